use std::{collections::BTreeMap, rc::Rc};

use super::{Event, Kind, Mistake, Node, Place, Scalar, ScalarStyle, Tag, mistake_at};

/// Deepest nesting that is read; a rule needs three levels.
const DEPTH_MAX: usize = 32;

/// Makes trees of the parser's events.
#[derive(Default)]
pub(super) struct Builder {
    roots: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Rc<Node>>,
    pub(super) mistakes: Vec<Mistake>,
}

/// A list or a map whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>, Option<Rc<Node>>),
}

impl Builder {
    /// Takes in the next event, which stands at `place` as `source`.
    pub(super) fn take(&mut self, event: Event<'_>, place: Place, source: &[char]) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.as_deref();
                let kind = if self.tag_is_known(tag, place) {
                    Kind::Scalar(Scalar::new(&value, style, tag, source, place))
                } else {
                    Kind::Wrong
                };
                self.add(anchor, Node { place, kind });
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(anchor, tag) => {
                self.tag_is_known(tag.as_deref(), place);
                self.open.push(Open { place, anchor, kind: OpenKind::List(Vec::new()) });
            }
            Event::MappingStart(anchor, tag) => {
                self.tag_is_known(tag.as_deref(), place);
                self.open.push(Open { place, anchor, kind: OpenKind::Map(Vec::new(), None) });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::DocumentEnd => self.anchors.clear(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }

    /// The rules that were read to their ends, lists of them taken apart.
    pub(super) fn finish(mut self) -> (Vec<Rc<Node>>, Vec<Mistake>) {
        // After a syntax error, the rules of a list that stand before it.
        if let Some(Open { kind: OpenKind::List(items), .. }) = self.open.into_iter().next() {
            self.roots.extend(items);
        }
        (self.roots, self.mistakes)
    }

    fn report(&mut self, code: &str, message: impl Into<String>, place: Place) {
        self.mistakes.push(mistake_at(code, message.into(), place));
    }

    fn tag_is_known(&mut self, tag: Option<&Tag>, place: Place) -> bool {
        let Some(tag) = tag else { return true };
        let known = ["str", "int", "float", "bool", "null", "seq", "map"];
        if tag.is_yaml_core_schema() && known.contains(&tag.suffix.as_str()) {
            return true;
        }
        let message = format!(
            "YAML takes `!{0}` for a tag; a value that begins with `!` stands in quotes: '!{0} …'",
            tag.suffix
        );
        self.report("yaml_tag", message, place);
        false
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        // The parser knows anchors that are under way, and no others.
        if !self.anchors.contains_key(&anchor) {
            self.report("yaml_alias", "this alias stands inside what it repeats", place);
            self.anchors.insert(anchor, Rc::new(Node { place, kind: Kind::Wrong }));
        }
        let Some(node) = self.anchors.get(&anchor).cloned() else { return };
        self.attach(node);
    }

    fn close(&mut self) {
        let Some(Open { place, anchor, kind }) = self.open.pop() else { return };
        let kind = match kind {
            _ if self.open.len() == DEPTH_MAX => {
                let message = format!("found more than {DEPTH_MAX} levels of lists and maps");
                self.report("too_deep", message, place);
                Kind::Wrong
            }
            OpenKind::List(items) => Kind::List(items),
            // Such as `{{ device }}`: all of it is something else than it seems to be.
            OpenKind::Map(entries, _)
                if !entries.is_empty()
                    && entries.iter().all(|(key, _)| matches!(key.kind, Kind::Wrong)) =>
            {
                Kind::Wrong
            }
            OpenKind::Map(entries, _) => Kind::Map(entries),
        };
        self.add(anchor, Node { place, kind });
    }

    fn add(&mut self, anchor: usize, node: Node) {
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.attach(node);
    }

    fn attach(&mut self, node: Rc<Node>) {
        match self.open.last_mut().map(|open| &mut open.kind) {
            Some(OpenKind::List(items)) => items.push(node),
            Some(OpenKind::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => match key_is_wrong(&node.kind) {
                    Some(message) => {
                        let place = node.place;
                        *key = Some(Rc::new(Node { place, kind: Kind::Wrong }));
                        self.report("yaml_key", message, place);
                    }
                    None => *key = Some(node),
                },
            },
            None => match &node.kind {
                Kind::List(items) => self.roots.extend(items.iter().cloned()),
                // Nothing stands between two lines of dashes.
                Kind::Scalar(scalar) if scalar.is_nothing() => {}
                _ => self.roots.push(node),
            },
        }
    }
}

/// What is wrong with a key, if it is.
fn key_is_wrong(key: &Kind) -> Option<&'static str> {
    match key {
        Kind::Scalar(key) if key.is_merge() => Some(
            "a merge (`<<`) is not part of YAML 1.2; repeat single values with an alias: labels: *ours",
        ),
        Kind::Scalar(_) | Kind::Wrong => None,
        Kind::List(_) | Kind::Map(_) => Some(
            "found a list or a map as a key; a text that begins with `[` or `{` stands in quotes",
        ),
    }
}

impl Scalar {
    fn is_nothing(&self) -> bool {
        self.style == ScalarStyle::Plain && self.characters.is_empty()
    }

    fn is_merge(&self) -> bool {
        let text: String = self.characters.iter().map(|(character, _)| character).collect();
        self.style == ScalarStyle::Plain && text == "<<"
    }
}
