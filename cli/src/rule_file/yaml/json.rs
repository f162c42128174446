use std::rc::Rc;

use rules_core::document::{BYTES_MAX, Mistake};

use super::{Kind, Node, Place, scalar::Meaning};
use crate::rule_file::mistake_at;

/// One rule as JSON, on one line.
pub(crate) struct Document {
    pub(crate) text: String,
    /// Where the YAML file has each character of `text`.
    places: Vec<Place>,
    /// Where what is wrong was reported already.
    wrong: Vec<Place>,
}

impl Document {
    /// The JSON of `root`.
    ///
    /// # Errors
    /// It is longer than a rule may be once its aliases are filled in, so a
    /// few aliases of aliases cannot fill the memory.
    pub(super) fn new(root: &Rc<Node>) -> Result<Self, Mistake> {
        let mut document = Self { text: String::new(), places: Vec::new(), wrong: Vec::new() };
        document.node(root);
        if document.is_full() {
            let message = format!(
                "the rule, its aliases filled in, is longer than the {BYTES_MAX} bytes that are read"
            );
            return Err(mistake_at("too_long", message, root.place));
        }
        Ok(document)
    }

    /// Where the rule begins.
    pub(crate) fn place(&self) -> Place {
        self.places.first().copied().unwrap_or((1, 1))
    }

    /// What is wrong in this text, as it is wrong in the YAML file; `None` if
    /// it was reported already.
    pub(crate) fn mistake(&self, mut mistake: Mistake) -> Option<Mistake> {
        let index = usize::try_from(mistake.column).unwrap_or(usize::MAX).saturating_sub(1);
        let place = self.places.get(index).or(self.places.last()).copied().unwrap_or((1, 1));
        (mistake.line, mistake.column) = place;
        (!self.wrong.contains(&place)).then_some(mistake)
    }

    fn is_full(&self) -> bool {
        self.text.len() > BYTES_MAX
    }

    fn node(&mut self, node: &Node) {
        if self.is_full() {
            return;
        }
        match &node.kind {
            Kind::Wrong => {
                self.wrong.push(node.place);
                self.push("null", node.place);
            }
            Kind::Scalar(scalar) => match &scalar.meaning {
                Meaning::Json(json) => self.push(json, node.place),
                Meaning::Text => self.quoted(node),
            },
            Kind::List(items) => {
                self.push("[", node.place);
                for (index, item) in items.iter().enumerate() {
                    self.comma(index, item.place);
                    self.node(item);
                }
                self.push("]", node.place);
            }
            Kind::Map(entries) => {
                self.push("{", node.place);
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.comma(index, key.place);
                    self.quoted(key);
                    self.push(":", key.place);
                    self.node(value);
                }
                self.push("}", node.place);
            }
        }
    }

    /// A scalar as a text, whatever it means: keys are texts.
    fn quoted(&mut self, node: &Node) {
        self.push("\"", node.place);
        let mut end = node.place;
        if let Kind::Scalar(scalar) = &node.kind {
            for (character, place) in &scalar.characters {
                match character {
                    '"' | '\\' => self.push(&format!("\\{character}"), *place),
                    '\u{0}'..='\u{1f}' => {
                        self.push(&format!("\\u{:04x}", u32::from(*character)), *place);
                    }
                    _ => self.push(character.encode_utf8(&mut [0; 4]), *place),
                }
            }
            end = scalar.end;
        } else {
            self.wrong.push(node.place);
        }
        self.push("\"", end);
    }

    fn comma(&mut self, index: usize, place: Place) {
        if index > 0 {
            self.push(",", place);
        }
    }

    fn push(&mut self, text: &str, place: Place) {
        self.text.push_str(text);
        self.places.extend(text.chars().map(|_| place));
    }
}
