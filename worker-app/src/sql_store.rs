use rules_core::{CellChange, Changes, Timestamp};
use rules_service::ports::{
    Commit, Loaded, Store, StoredCell, Unavailable, Version, end_of_prefix,
};

use crate::sql::{Database, Parameter, Row, integer};

/// The tables of one scope, as [`Database::open`] wants them.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS scope (
    id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL,
    version INTEGER NOT NULL, header BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS cell (
    key TEXT PRIMARY KEY, wake_at INTEGER, bytes BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS cell_by_wake ON cell (wake_at, key) WHERE wake_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS outbox (
    sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
";

/// Most rows in one statement: a Durable Object takes 100 parameters, a cell has three.
///
/// Source: <https://developers.cloudflare.com/durable-objects/platform/limits>.
const ROWS_PER_STATEMENT: usize = 33;

/// The state of the one scope that an object has, in its database.
///
/// Nothing here waits, so no other request of the object comes between the
/// statements of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SqlStore<'a>(pub(crate) &'a Database);

impl SqlStore<'_> {
    /// The scope's name, which an alarm does not bring; `None` before the first commit.
    pub(crate) fn scope(self) -> Result<Option<String>, Unavailable> {
        let rows = self.0.query("SELECT name FROM scope", &[])?;
        rows.first().map(|row| row.text(0)).transpose()
    }

    fn version(self) -> Result<Version, Unavailable> {
        let rows = self.0.query("SELECT version FROM scope", &[])?;
        rows.first().map_or(Ok(0), |row| row.count(0))
    }

    fn write(self, scope: &str, version: Version, changes: &Changes) -> Result<(), Unavailable> {
        self.0.execute(
            "INSERT INTO scope (id, name, version, header) VALUES (1, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, header = excluded.header",
            &[Parameter::Text(scope), integer(version)?, Parameter::Blob(&changes.header)],
        )?;
        if let Some(at) = changes.wake_all {
            self.0.execute(
                "UPDATE cell SET wake_at = ?1 WHERE wake_at IS NULL OR wake_at > ?1",
                &[Parameter::Integer(at.as_millis())],
            )?;
        }
        self.write_cells(&changes.cells)?;
        self.write_outbox(&changes.outbox)
    }

    fn write_cells(self, cells: &[CellChange]) -> Result<(), Unavailable> {
        let removed: Vec<&str> = cells
            .iter()
            .filter(|cell| cell.bytes.is_none())
            .map(|cell| cell.key.as_str())
            .collect();
        if !removed.is_empty() {
            self.0.execute(
                "DELETE FROM cell WHERE key IN (SELECT value FROM json_each(?))",
                &[Parameter::Text(&json_list(&removed))],
            )?;
        }
        let kept: Vec<(&CellChange, &[u8])> = cells
            .iter()
            .filter_map(|cell| cell.bytes.as_deref().map(|bytes| (cell, bytes)))
            .collect();
        for rows in kept.chunks(ROWS_PER_STATEMENT) {
            let statement = format!(
                "INSERT INTO cell (key, wake_at, bytes) VALUES {}
                 ON CONFLICT (key) DO UPDATE SET wake_at = excluded.wake_at, bytes = excluded.bytes",
                placeholders("(?, ?, ?)", rows.len())
            );
            let mut parameters = Vec::with_capacity(rows.len() * 3);
            for (cell, bytes) in rows {
                let wake_at =
                    cell.wake_at.map_or(Parameter::Null, |at| Parameter::Integer(at.as_millis()));
                let key = Parameter::Text(cell.key.as_str());
                parameters.extend([key, wake_at, Parameter::Blob(bytes)]);
            }
            self.0.execute(&statement, &parameters)?;
        }
        Ok(())
    }

    fn write_outbox(self, messages: &[(u64, Vec<u8>)]) -> Result<(), Unavailable> {
        for rows in messages.chunks(ROWS_PER_STATEMENT) {
            let statement = format!(
                "INSERT OR REPLACE INTO outbox (sequence, bytes) VALUES {}",
                placeholders("(?, ?)", rows.len())
            );
            let mut parameters = Vec::with_capacity(rows.len() * 2);
            for (sequence, bytes) in rows {
                parameters.extend([integer(*sequence)?, Parameter::Blob(bytes)]);
            }
            self.0.execute(&statement, &parameters)?;
        }
        Ok(())
    }
}

impl Store for SqlStore<'_> {
    async fn load(&self, _scope: &str, keys: &[String]) -> Result<Loaded, Unavailable> {
        let scope = self.0.query("SELECT version, header FROM scope", &[])?;
        let Some(scope) = scope.first() else {
            return Ok(Loaded { version: 0, header: None, cells: vec![None; keys.len()] });
        };
        let mut cells = vec![None; keys.len()];
        if !keys.is_empty() {
            // The position comes back, so that no text has to.
            let found = self.0.query(
                "SELECT wanted.key, cell.bytes FROM json_each(?) AS wanted
                 JOIN cell ON cell.key = wanted.value",
                &[Parameter::Text(&json_list(keys))],
            )?;
            for row in &found {
                let position = usize::try_from(row.integer(0)?).unwrap_or(usize::MAX);
                if let Some(cell) = cells.get_mut(position) {
                    *cell = Some(row.blob(1));
                }
            }
        }
        Ok(Loaded { version: scope.count(0)?, header: Some(scope.blob(1)), cells })
    }

    async fn commit(
        &self,
        scope: &str,
        expected: Version,
        changes: &Changes,
    ) -> Result<Commit, Unavailable> {
        self.0.transaction(|| {
            if self.version()? != expected {
                return Ok(Commit::Conflict);
            }
            let version = expected + 1;
            self.write(scope, version, changes)?;
            Ok(Commit::Stored(version))
        })
    }

    async fn due(
        &self,
        _scope: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, Unavailable> {
        let rows = self.0.query(
            "SELECT key FROM cell WHERE wake_at <= ? ORDER BY wake_at, key LIMIT ?",
            &[Parameter::Integer(now.as_millis()), integer(limit)?],
        )?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    async fn next_wake(&self, _scope: &str) -> Result<Option<Timestamp>, Unavailable> {
        let rows = self.0.query(
            "SELECT wake_at FROM cell WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1",
            &[],
        )?;
        rows.first().map(|row| row.integer(0).map(Timestamp::from_millis)).transpose()
    }

    async fn scan(
        &self,
        _scope: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable> {
        let stored = |row: &Row| Ok(StoredCell { key: row.text(0)?, bytes: row.blob(1) });
        let rows = self.0.query(
            "SELECT key, bytes FROM cell
             WHERE key >= ?1 AND key > ?2 AND (?3 IS NULL OR key < ?3) ORDER BY key LIMIT ?4",
            &[
                Parameter::Text(prefix),
                Parameter::Text(after),
                end_of_prefix(prefix).as_deref().map_or(Parameter::Null, Parameter::Text),
                integer(limit)?,
            ],
        )?;
        rows.iter().map(stored).collect()
    }

    async fn outbox(
        &self,
        _scope: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Unavailable> {
        let rows = self.0.query(
            "SELECT sequence, bytes FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?",
            &[integer(after)?, integer(limit)?],
        )?;
        rows.iter().map(|row| Ok((row.count(0)?, row.blob(1)))).collect()
    }

    async fn outbox_done(&self, _scope: &str, sequences: &[u64]) -> Result<(), Unavailable> {
        if sequences.is_empty() {
            return Ok(());
        }
        self.0.execute(
            "DELETE FROM outbox WHERE sequence IN (SELECT value FROM json_each(?))",
            &[Parameter::Text(&json_list(sequences))],
        )
    }
}

/// `row`, `count` times.
fn placeholders(row: &str, count: usize) -> String {
    vec![row; count].join(", ")
}

fn json_list(items: &[impl serde::Serialize]) -> String {
    rules_core::json::to_text(items)
}
