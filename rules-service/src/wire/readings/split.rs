//! A body → the texts of its items. Cuts by brackets and lines alone, so an
//! item that is no JSON spoils only itself.

use super::{Format, ITEMS_MAX, Place, TooManyItems};

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
    Lines,
}

pub(super) fn split(body: &[u8], format: Format) -> Result<Vec<Item<'_>>, TooManyItems> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let shape = match format {
        Format::Auto => sniff(body),
        Format::Lines => Shape::Lines,
        Format::CloudEventBatch if first_byte(body) == Some(b'[') => Shape::Array,
        Format::CloudEvent | Format::CloudEventBatch => Shape::One,
    };
    match shape {
        Shape::One => Ok(vec![item(body, Place::START)]),
        Shape::Array => elements(body),
        Shape::Lines => lines(body),
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

fn lines(body: &[u8]) -> Result<Vec<Item<'_>>, TooManyItems> {
    let mut items = Vec::new();
    for (line, number) in body.split(|byte| *byte == b'\n').zip(1..) {
        if !line.trim_ascii().is_empty() {
            push(&mut items, item(line, Place { line: number, column: 1 }))?;
        }
    }
    Ok(items)
}

fn elements(body: &[u8]) -> Result<Vec<Item<'_>>, TooManyItems> {
    let open = body.len() - body.trim_ascii_start().len() + 1;
    let (before, mut rest) = body.split_at_checked(open).unwrap_or((body, &[]));
    let mut place = Place::START.after(before);
    let mut items = Vec::new();
    loop {
        let (text, end) = element(rest);
        // Nothing between brackets, or behind a body that ends too early, is no item;
        // nothing between commas is one, and a bad one.
        let may_be_nothing = end.is_none() || (end == Some(b']') && items.is_empty());
        if !(may_be_nothing && text.trim_ascii().is_empty()) {
            push(&mut items, item(text, place))?;
        }
        place = place.after(text);
        rest = rest.get(text.len()..).unwrap_or_default();
        let fault = match end {
            Some(b',') => None,
            Some(_) if rest.get(1..).unwrap_or_default().trim_ascii().is_empty() => break,
            Some(_) => Some("there is text behind the end of the array"),
            None => Some("the array has no end: `]` is missing"),
        };
        if let Some(fault) = fault {
            push(&mut items, Item { text: rest, place, fault: Some(fault) })?;
            break;
        }
        place.column += 1;
        rest = rest.get(1..).unwrap_or_default();
    }
    Ok(items)
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

fn item(text: &[u8], place: Place) -> Item<'_> {
    let blanks = text.len() - text.trim_ascii_start().len();
    let place = place.after(text.get(..blanks).unwrap_or_default());
    Item { text: text.trim_ascii(), place, fault: None }
}

fn push<'a>(items: &mut Vec<Item<'a>>, item: Item<'a>) -> Result<(), TooManyItems> {
    if items.len() == ITEMS_MAX {
        return Err(TooManyItems);
    }
    items.push(item);
    Ok(())
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
