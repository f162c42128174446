//! A body → the texts of its items. Cuts by brackets and lines alone, so an
//! item that is no JSON spoils only itself.

use super::{Format, Place};

/// The text of one item, without blanks around it.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) text: &'a [u8],
    /// Where it begins in the body.
    pub(super) place: Place,
    /// What is wrong with the batch here; then `text` is no item at all.
    pub(super) fault: Option<&'static str>,
}

/// How the items of a body are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shape {
    One,
    Array,
    /// What is left of an array behind its last item.
    ArrayEnd,
    Lines,
}

/// The items of a body, one after the other.
#[derive(Debug)]
pub(super) struct Items<'a> {
    /// Without a byte order mark.
    body: &'a [u8],
    shape: Shape,
    /// Where the next item begins, blanks included; `None` behind the last.
    at: Option<usize>,
    /// Whether an item was found.
    found: bool,
    /// A place that is known, and where in the body it is.
    known: (usize, Place),
}

impl<'a> Items<'a> {
    pub(super) fn of(body: &'a [u8], format: Format) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let shape = match format {
            Format::Auto => sniff(body),
            Format::Lines => Shape::Lines,
            Format::CloudEventBatch if first_byte(body) == Some(b'[') => Shape::Array,
            Format::CloudEvent | Format::CloudEventBatch => Shape::One,
        };
        let at = match shape {
            Shape::One | Shape::Lines => 0,
            Shape::Array | Shape::ArrayEnd => body.len() - body.trim_ascii_start().len() + 1,
        };
        Self { body, shape, at: Some(at), found: false, known: (0, Place::START) }
    }

    pub(super) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Where the next item begins, blanks included; `None` if there is none.
    pub(super) fn at(&self) -> Option<usize> {
        self.at
    }

    /// Goes on behind an item that somebody else has read: up to `end`, and it
    /// `crossed_line` if it goes over several. `false` if an item does not end there.
    pub(super) fn pass(&mut self, end: usize, crossed_line: bool) -> bool {
        let rest = self.body.get(end..).unwrap_or_default();
        let is_blank = |byte: &&u8| {
            matches!(byte, b' ' | b'\t' | b'\r') || (**byte == b'\n' && self.shape != Shape::Lines)
        };
        let behind = end + rest.iter().take_while(is_blank).count();
        let at = match (self.shape, self.body.get(behind)) {
            (Shape::Lines, None) if !crossed_line => None,
            (Shape::Lines, Some(b'\n')) if !crossed_line => Some(behind + 1),
            (Shape::Array, Some(b',')) => Some(behind + 1),
            (Shape::Array, Some(b']')) => {
                self.shape = Shape::ArrayEnd;
                Some(behind)
            }
            (Shape::One, None) => None,
            _ => return false,
        };
        (self.at, self.found) = (at, true);
        true
    }

    /// Where `at` is.
    fn place(&mut self, at: usize) -> Place {
        let (from, place) = self.known;
        let place = place.after(self.body.get(from..at).unwrap_or_default());
        self.known = (at, place);
        place
    }

    /// The item that is `text` and begins at `at`, blanks included.
    fn item(&mut self, text: &'a [u8], at: usize) -> Item<'a> {
        let blanks = text.len() - text.trim_ascii_start().len();
        Item { text: text.trim_ascii(), place: self.place(at + blanks), fault: None }
    }

    fn fault(&mut self, at: usize, fault: &'static str) -> Item<'a> {
        let text = self.body.get(at..).unwrap_or_default();
        Item { text, place: self.place(at), fault: Some(fault) }
    }

    fn line(&mut self) -> Option<Item<'a>> {
        loop {
            let at = self.at?;
            let rest = self.body.get(at..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            self.at = end.map(|end| at + end + 1);
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if !line.trim_ascii().is_empty() {
                return Some(self.item(line, at));
            }
        }
    }

    fn element(&mut self) -> Option<Item<'a>> {
        let at = self.at?;
        let rest = self.body.get(at..).unwrap_or_default();
        let (text, end) = element(rest);
        // Nothing between brackets, or behind a body that ends too early, is no item;
        // nothing between commas is one, and a bad one.
        let may_be_nothing = end.is_none() || (end == Some(b']') && !self.found);
        if !(may_be_nothing && text.trim_ascii().is_empty()) {
            // An item that is the last is followed by what is wrong with the array's end.
            self.found = true;
            let behind = at + text.len();
            self.at = Some(if end == Some(b',') { behind + 1 } else { behind });
            if end != Some(b',') {
                self.shape = Shape::ArrayEnd;
            }
            return Some(self.item(text, at));
        }
        self.shape = Shape::ArrayEnd;
        self.at = Some(at + text.len());
        self.array_end()
    }

    /// What is wrong with the end of the array, at which `at` stands.
    fn array_end(&mut self) -> Option<Item<'a>> {
        let at = self.at.take()?;
        let rest = self.body.get(at..).unwrap_or_default();
        match rest.split_first() {
            None => Some(self.fault(at, "the array has no end: `]` is missing")),
            Some((_, behind)) if behind.trim_ascii().is_empty() => None,
            Some(_) => Some(self.fault(at, "there is text behind the end of the array")),
        }
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        match self.shape {
            Shape::One => {
                let at = self.at.take()?;
                Some(self.item(self.body, at))
            }
            Shape::Lines => self.line(),
            Shape::Array => self.element(),
            Shape::ArrayEnd => self.array_end(),
        }
    }
}

/// Looks at a body of which nobody said what it is.
fn sniff(body: &[u8]) -> Shape {
    let is_blank = |line: &&[u8]| !line.trim_ascii().is_empty();
    let mut lines = body.split(|byte| *byte == b'\n').filter(is_blank);
    match first_byte(body) {
        Some(b'[') => return Shape::Array,
        // An object over several lines, with nothing behind it.
        Some(b'{') if closes_at_the_end(body.trim_ascii()) => return Shape::One,
        _ => {}
    }
    let _first = lines.next();
    if lines.any(|line| line.trim_ascii_start().starts_with(b"{")) {
        Shape::Lines
    } else {
        Shape::One
    }
}

fn first_byte(body: &[u8]) -> Option<u8> {
    body.trim_ascii_start().first().copied()
}

/// Whether the bracket that opens `text` is closed by its last byte, not earlier.
fn closes_at_the_end(text: &[u8]) -> bool {
    let mut scan = Scan::default();
    let closed = text.iter().position(|byte| scan.is_structure(*byte) && scan.depth == 0);
    closed.is_some_and(|at| at + 1 == text.len())
}

/// The text up to the `,` or `]` that ends the first element of `rest`, and that byte.
fn element(rest: &[u8]) -> (&[u8], Option<u8>) {
    let mut scan = Scan::default();
    for (at, byte) in rest.iter().enumerate() {
        let is_end = scan.depth == 0 && !scan.in_text && matches!(byte, b',' | b']');
        if is_end {
            return (rest.get(..at).unwrap_or_default(), Some(*byte));
        }
        scan.is_structure(*byte);
    }
    (rest, None)
}

/// Follows brackets and texts through JSON, without judging it.
#[derive(Debug, Default)]
struct Scan {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Takes the next byte; true if it is a bracket outside a text.
    fn is_structure(&mut self, byte: u8) -> bool {
        if self.in_text {
            let was_escaped = std::mem::take(&mut self.escaped);
            match byte {
                b'\\' => self.escaped = !was_escaped,
                b'"' => self.in_text = was_escaped,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => return false,
        }
        byte != b'"'
    }
}
