use rules_core::json::{Fault, Piece, Reader, to_text};
use serde::Serialize;
use sorted::SortedMap;

use crate::ports::Version;

/// The whole rule set as a rule store keeps it: each document's text, as it
/// was sent, under its id.
///
/// JSON, so an operator who looks into the store can read it:
/// `{"rules":{"boiler-hot":{"stored_at":3,"document":"{…}"}}}`.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct RuleBook {
    rules: SortedMap<String, StoredRule>,
}

/// One rule of a [`RuleBook`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StoredRule {
    /// Version of the rule set with which the document was last stored; its `ETag`.
    pub stored_at: Version,
    /// The document's text, to the byte.
    pub document: String,
}

impl RuleBook {
    /// Most rules in one set: each costs compile time at every start of an instance.
    pub const RULES_MAX: usize = 1_000;
    /// Longest text of the whole set. The smallest place that it has to fit into is a
    /// row of 2 MB in a Durable Object, of which the header takes a share.
    pub const TEXT_BYTES_MAX: usize = 1_500_000;

    /// Reads what [`RuleBook::to_text`] wrote; the empty text is the empty book.
    ///
    /// # Errors
    /// The text is not a rule book, or one of a newer version of this code.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut book = Self::default();
        if text.is_empty() {
            return Ok(book);
        }
        let mut reader = Reader::new(text.as_bytes());
        let Piece::Object = reader.value()? else { return Err(reader.here(OTHER)) };
        while let Some(key) = reader.key()? {
            match (&*key, reader.value()?) {
                ("rules", Piece::Object) => book.parse_rules(&mut reader)?,
                _ => return Err(reader.here(OTHER)),
            }
        }
        reader.end()?;
        Ok(book)
    }

    fn parse_rules(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        while let Some(id) = reader.key()? {
            let rule = StoredRule::parse(reader)?;
            self.rules.insert(id.into_owned(), rule);
        }
        Ok(())
    }

    /// Puts `document` under `id` as of `version`; gives what stood there.
    pub fn put(&mut self, id: &str, document: &str, version: Version) -> Option<StoredRule> {
        let rule = StoredRule { stored_at: version, document: document.to_owned() };
        self.rules.insert(id.to_owned(), rule)
    }

    /// Takes out the rule `id`.
    pub fn remove(&mut self, id: &str) -> Option<StoredRule> {
        self.rules.remove(id)
    }

    /// The rule `id`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&StoredRule> {
        self.rules.get(id)
    }

    /// All rules, by id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &StoredRule)> {
        self.rules.iter().map(|(id, rule)| (id.as_str(), rule))
    }

    /// The form that a rule store keeps.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

impl StoredRule {
    fn parse(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let Piece::Object = reader.value()? else { return Err(reader.here(OTHER)) };
        let (mut stored_at, mut document) = (None, None);
        while let Some(key) = reader.key()? {
            match (&*key, reader.value()?) {
                ("stored_at", Piece::Number(version)) => stored_at = version.parse().ok(),
                ("document", Piece::Text(text)) => document = Some(text.into_owned()),
                _ => return Err(reader.here(OTHER)),
            }
        }
        match (stored_at, document) {
            (Some(stored_at), Some(document)) => Ok(Self { stored_at, document }),
            _ => Err(reader.here(OTHER)),
        }
    }
}

/// It is JSON, but none that [`RuleBook::to_text`] writes.
const OTHER: &str = "no rule book";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_reads_back_and_keeps_documents_to_the_byte() {
        let mut book = RuleBook::default();
        book.put("hot", "{ \"id\": \"hot\",\n  \"when\": \"temp > 80\" }", 3);

        let read = RuleBook::parse(&book.to_text()).expect("it was written by to_text");

        assert_eq!(read, book);
        assert_eq!(RuleBook::parse("").expect("empty"), RuleBook::default());
        for other in
            ["{\"rules\":{},\"more\":1}", "{\"rules\":{\"a\":{\"stored_at\":1}}}", "[]", "{}}"]
        {
            assert!(RuleBook::parse(other).is_err(), "{other}");
        }
    }
}
