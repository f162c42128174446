use rules_service::ports::{Unavailable, Version};

use crate::sql::{Database, Parameter, integer};

/// The table of a rule set, as [`Database::open`] wants it.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS rules (
    id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, text TEXT NOT NULL,
    copied INTEGER NOT NULL DEFAULT 0);
";

/// A rule set and its version; version 0 is none.
pub(crate) type RuleSet = (Version, String);

/// The rule set in an object's database: *the* rule set in the aggregator's,
/// the newest that it was told of in a shard's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqlRules<'a>(pub(crate) &'a Database);

impl SqlRules<'_> {
    /// What is stored.
    pub(crate) fn load(self) -> Result<RuleSet, Unavailable> {
        let rows = self.0.query("SELECT version, text FROM rules", &[])?;
        rows.first().map_or(Ok((0, String::new())), |row| Ok((row.count(0)?, row.text(1)?)))
    }

    /// Stores `text` as `expected + 1` if `expected` is what is stored; tells whether it was.
    pub(crate) fn store(self, expected: Version, text: &str) -> Result<Stored, Unavailable> {
        self.0.transaction(|| {
            let (version, stored) = self.load()?;
            if version != expected {
                return Ok(Stored::Conflict((version, stored)));
            }
            self.put(expected + 1, text)?;
            Ok(Stored::As(expected + 1))
        })
    }

    /// Keeps `text` if it is newer than what is stored.
    pub(crate) fn learn(self, version: Version, text: &str) -> Result<(), Unavailable> {
        self.0
            .transaction(|| if self.load()?.0 < version { self.put(version, text) } else { Ok(()) })
    }

    /// The rule set, if it was not copied out since it was stored.
    pub(crate) fn not_copied(self) -> Result<Option<RuleSet>, Unavailable> {
        let rows = self.0.query("SELECT version, text FROM rules WHERE copied < version", &[])?;
        rows.first().map(|row| Ok((row.count(0)?, row.text(1)?))).transpose()
    }

    /// Version `version` was copied out.
    pub(crate) fn copied(self, version: Version) -> Result<(), Unavailable> {
        self.0.execute("UPDATE rules SET copied = max(copied, ?)", &[integer(version)?])
    }

    fn put(self, version: Version, text: &str) -> Result<(), Unavailable> {
        self.0.execute(
            "INSERT INTO rules (id, version, text) VALUES (1, ?, ?)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, text = excluded.text",
            &[integer(version)?, Parameter::Text(text)],
        )
    }
}

/// What became of [`SqlRules::store`].
#[derive(Debug)]
pub(crate) enum Stored {
    /// It is stored under this version.
    As(Version),
    /// Something else was; here it is.
    Conflict(RuleSet),
}
