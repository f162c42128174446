use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    iter,
};

use rules_core::{CellChange, Changes, Timestamp};
use rules_service::{
    ports::{Commit, Loaded, Store, StoredCell, Unavailable, Version, end_of_prefix},
    wire::readings::ITEMS_MAX,
};
use spin_sdk::sqlite::Value;

use crate::database::{Lease, Row, count, count_value};

/// Parameters that SQLite allows in one statement. Source: <https://www.sqlite.org/limits.html>.
const PARAMETERS_MAX: usize = 32_766;
/// Rows written by one statement: enough that the statements do not count
/// beside the commit, few enough that a prepared statement stays small.
const ROWS_PER_STATEMENT: usize = 200;

// A batch may name as many devices, which one statement loads.
const _: () = assert!(ITEMS_MAX < PARAMETERS_MAX);

/// [`Store`] in the application's SQLite database, for one request.
///
/// A commit is one transaction, begun as a writer (`BEGIN IMMEDIATE`), so
/// parallel ones come one after another. Who comes second with the same
/// version meets a [`Commit::Conflict`] and has to load again; that load takes
/// its *turn*: it begins the transaction in which the commit follows, so that
/// nobody loses twice however many there are. Who waits longer than SQLite's
/// 5 s is [`Unavailable`].
#[derive(Default)]
pub(crate) struct SqliteStore {
    /// Scopes with a conflict behind them.
    lost: RefCell<BTreeSet<String>>,
    turn: RefCell<Option<Turn>>,
}

/// An open transaction that has read a scope and may write to it.
///
/// No await lies between a driver's load and its commit, so only the request
/// that took the turn sees it. Anything else than that commit ends the turn.
struct Turn {
    scope: String,
    lease: Lease,
}

impl SqliteStore {
    /// The transaction to commit in: the scope's turn, or a new one.
    async fn writer(&self, scope: &str) -> Result<Lease, Unavailable> {
        match self.turn.take() {
            Some(turn) if turn.scope == scope => Ok(turn.lease),
            _ => begin().await,
        }
    }

    /// Runs one statement on its own.
    async fn query(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Unavailable> {
        drop(self.turn.take());
        let lease = Lease::take().await?;
        let rows = lease.run(statement, parameters).await?;
        lease.give_back();
        Ok(rows)
    }
}

impl Store for SqliteStore {
    async fn load(&self, scope: &str, keys: &[String]) -> Result<Loaded, Unavailable> {
        drop(self.turn.take());
        // Without keys no commit follows.
        let takes_turn = !keys.is_empty() && self.lost.borrow_mut().remove(scope);
        if takes_turn {
            let lease = begin().await?;
            let loaded = load(&lease, scope, keys).await?;
            self.turn.replace(Some(Turn { scope: scope.to_owned(), lease }));
            return Ok(loaded);
        }
        let lease = Lease::take().await?;
        let loaded = load(&lease, scope, keys).await?;
        lease.give_back();
        Ok(loaded)
    }

    async fn commit(
        &self,
        scope: &str,
        expected: Version,
        changes: &Changes,
    ) -> Result<Commit, Unavailable> {
        // With `?` the lease is dropped, which rolls back.
        let lease = self.writer(scope).await?;
        let commit = write_header(&lease, scope, expected, changes).await?;
        if commit == Commit::Conflict {
            lease.run("ROLLBACK", Vec::new()).await?;
            self.lost.borrow_mut().insert(scope.to_owned());
        } else {
            write_cells(&lease, scope, changes).await?;
            write_outbox(&lease, scope, changes).await?;
            lease.run("COMMIT", Vec::new()).await?;
        }
        lease.give_back();
        Ok(commit)
    }

    async fn due(
        &self,
        scope: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<String>, Unavailable> {
        let rows = self
            .query(
                "SELECT key FROM tripline_cell WHERE scope = ?1 AND wake_at <= ?2
             ORDER BY wake_at, key LIMIT ?3",
                vec![scope.into(), now.as_millis().into(), limit_value(limit)],
            )
            .await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    async fn next_wake(&self, scope: &str) -> Result<Option<Timestamp>, Unavailable> {
        let rows = self
            .query(
                "SELECT min(wake_at) FROM tripline_cell WHERE scope = ?1 AND wake_at IS NOT NULL",
                vec![scope.into()],
            )
            .await?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(row.optional_integer()?.map(Timestamp::from_millis))
    }

    async fn scan(
        &self,
        scope: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable> {
        let mut statement = String::from(
            "SELECT key, bytes FROM tripline_cell
             WHERE scope = ?1 AND key >= ?2 AND key > ?3",
        );
        let mut parameters = vec![scope.into(), prefix.into(), after.into(), limit_value(limit)];
        if let Some(end) = end_of_prefix(prefix) {
            statement.push_str(" AND key < ?5");
            parameters.push(end.into());
        }
        statement.push_str(" ORDER BY key LIMIT ?4");
        let rows = self.query(&statement, parameters).await?;
        rows.into_iter()
            .map(|mut row| Ok(StoredCell { key: row.text()?, bytes: row.blob()? }))
            .collect()
    }

    async fn outbox(
        &self,
        scope: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Unavailable> {
        let rows = self
            .query(
                "SELECT sequence, bytes FROM tripline_outbox WHERE scope = ?1 AND sequence > ?2
             ORDER BY sequence LIMIT ?3",
                vec![scope.into(), count_value(after)?, limit_value(limit)],
            )
            .await?;
        rows.into_iter().map(|mut row| Ok((row.count()?, row.blob()?))).collect()
    }

    async fn outbox_done(&self, scope: &str, sequences: &[u64]) -> Result<(), Unavailable> {
        for chunk in sequences.chunks(ROWS_PER_STATEMENT) {
            let mut statement =
                String::from("DELETE FROM tripline_outbox WHERE scope = ?1 AND sequence IN (");
            push_list(&mut statement, chunk.len(), "?");
            statement.push(')');
            let mut parameters = vec![Value::from(scope)];
            for sequence in chunk {
                parameters.push(count_value(*sequence)?);
            }
            self.query(&statement, parameters).await?;
        }
        Ok(())
    }
}

/// A connection with a transaction that nobody else writes beside.
async fn begin() -> Result<Lease, Unavailable> {
    let lease = Lease::take().await?;
    lease.run("BEGIN IMMEDIATE", Vec::new()).await?;
    Ok(lease)
}

/// Reads the header and `keys` in one statement, which sees one version.
async fn load(lease: &Lease, scope: &str, keys: &[String]) -> Result<Loaded, Unavailable> {
    let parameters = iter::once(scope).chain(keys.iter().map(String::as_str));
    let rows =
        lease.run(&load_statement(keys.len()), parameters.map(Value::from).collect()).await?;
    let mut loaded = Loaded::default();
    let mut cells = BTreeMap::new();
    for mut row in rows {
        let (version, key, bytes) = (row.optional_integer()?, row.text()?, row.blob()?);
        if let Some(version) = version {
            loaded.version = count(version)?;
            loaded.header = Some(bytes);
        } else {
            cells.insert(key, bytes);
        }
    }
    loaded.cells = keys.iter().map(|key| cells.get(key).cloned()).collect();
    Ok(loaded)
}

/// Reads the header, which has a version, and `keys` cells, which have none.
fn load_statement(keys: usize) -> String {
    let mut statement = String::from(
        "SELECT version, name, header FROM tripline_scope WHERE name = ?1
         UNION ALL
         SELECT NULL, key, bytes FROM tripline_cell WHERE scope = ?1 AND key IN (",
    );
    push_list(&mut statement, keys, "?");
    statement.push(')');
    statement
}

/// Moves the scope on from `expected`, if it still stands there.
async fn write_header(
    lease: &Lease,
    scope: &str,
    expected: Version,
    changes: &Changes,
) -> Result<Commit, Unavailable> {
    let header = Value::Blob(changes.header.clone());
    let rows = if expected == 0 {
        let statement = "INSERT INTO tripline_scope (name, version, header) VALUES (?1, 1, ?2)
             ON CONFLICT DO NOTHING RETURNING version";
        lease.run(statement, vec![scope.into(), header]).await?
    } else {
        let statement = "UPDATE tripline_scope SET version = version + 1, header = ?2
             WHERE name = ?1 AND version = ?3 RETURNING version";
        lease.run(statement, vec![scope.into(), header, count_value(expected)?]).await?
    };
    match rows.into_iter().next() {
        Some(mut row) => Ok(Commit::Stored(row.count()?)),
        None => Ok(Commit::Conflict),
    }
}

async fn write_cells(lease: &Lease, scope: &str, changes: &Changes) -> Result<(), Unavailable> {
    if let Some(at) = changes.wake_all {
        let statement = "UPDATE tripline_cell SET wake_at = min(coalesce(wake_at, ?2), ?2)
             WHERE scope = ?1";
        lease.run(statement, vec![scope.into(), at.as_millis().into()]).await?;
    }
    let stored: Vec<(&CellChange, &Vec<u8>)> = changes
        .cells
        .iter()
        .filter_map(|cell| cell.bytes.as_ref().map(|bytes| (cell, bytes)))
        .collect();
    for chunk in stored.chunks(ROWS_PER_STATEMENT) {
        let mut statement =
            String::from("INSERT INTO tripline_cell (scope, key, wake_at, bytes) VALUES ");
        push_list(&mut statement, chunk.len(), "(?1, ?, ?, ?)");
        statement.push_str(
            " ON CONFLICT DO UPDATE SET wake_at = excluded.wake_at, bytes = excluded.bytes",
        );
        let mut parameters = vec![Value::from(scope)];
        for (cell, bytes) in chunk {
            parameters.push(cell.key.as_str().into());
            parameters.push(cell.wake_at.map(Timestamp::as_millis).into());
            parameters.push(Value::Blob((*bytes).clone()));
        }
        lease.run(&statement, parameters).await?;
    }
    let removed: Vec<&CellChange> =
        changes.cells.iter().filter(|cell| cell.bytes.is_none()).collect();
    for chunk in removed.chunks(ROWS_PER_STATEMENT) {
        let mut statement = String::from("DELETE FROM tripline_cell WHERE scope = ?1 AND key IN (");
        push_list(&mut statement, chunk.len(), "?");
        statement.push(')');
        let keys = chunk.iter().map(|cell| cell.key.as_str());
        lease.run(&statement, iter::once(scope).chain(keys).map(Value::from).collect()).await?;
    }
    Ok(())
}

async fn write_outbox(lease: &Lease, scope: &str, changes: &Changes) -> Result<(), Unavailable> {
    for chunk in changes.outbox.chunks(ROWS_PER_STATEMENT) {
        let mut statement =
            String::from("INSERT INTO tripline_outbox (scope, sequence, bytes) VALUES ");
        push_list(&mut statement, chunk.len(), "(?1, ?, ?)");
        let mut parameters = vec![Value::from(scope)];
        for (sequence, bytes) in chunk {
            parameters.push(count_value(*sequence)?);
            parameters.push(Value::Blob(bytes.clone()));
        }
        lease.run(&statement, parameters).await?;
    }
    Ok(())
}

/// Appends `item` as often as asked for, with commas between.
fn push_list(statement: &mut String, items: usize, item: &str) {
    for index in 0..items {
        if index > 0 {
            statement.push_str(", ");
        }
        statement.push_str(item);
    }
}

fn limit_value(limit: usize) -> Value {
    Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX))
}
