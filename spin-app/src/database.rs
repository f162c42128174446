//! The application's SQLite database: connections and the tables in it.

use std::cell::{Cell, RefCell};

use rules_service::ports::Unavailable;
use spin_sdk::sqlite::{self, Connection, RowResult, Value};

/// The label of the database in `spin.toml`.
const DATABASE: &str = "default";

/// Connections kept open between requests of an instance; Spin runs at most 16 requests in one at a time.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// The tables. Each name begins with `tripline_`, since other components of an application may share the database.
const TABLES: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS tripline_scope (
        name TEXT PRIMARY KEY, version INTEGER NOT NULL, header BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS tripline_cell (
        scope TEXT NOT NULL, key TEXT NOT NULL, wake_at INTEGER, bytes BLOB NOT NULL,
        PRIMARY KEY (scope, key))",
    "CREATE INDEX IF NOT EXISTS tripline_cell_wake
        ON tripline_cell (scope, wake_at, key) WHERE wake_at IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS tripline_outbox (
        scope TEXT NOT NULL, sequence INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (scope, sequence))",
    "CREATE TABLE IF NOT EXISTS tripline_rules (
        id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, key TEXT NOT NULL)",
];

thread_local! {
    static IDLE: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
    static TABLES_EXIST: Cell<bool> = const { Cell::new(false) };
}

/// A connection that nobody else uses.
///
/// Dropping it closes the connection, and with it rolls back whatever
/// transaction is open; [`Lease::give_back`] keeps it for the next request.
pub(crate) struct Lease(Connection);

impl Lease {
    /// An idle connection, or a new one.
    pub(crate) async fn take() -> Result<Self, Unavailable> {
        if let Some(idle) = IDLE.with_borrow_mut(Vec::pop) {
            return Ok(Self(idle));
        }
        let lease = Self(Connection::open(DATABASE).await.map_err(|error| unavailable(&error))?);
        if !TABLES_EXIST.get() {
            lease.create_tables().await?;
            TABLES_EXIST.set(true);
        }
        Ok(lease)
    }

    /// Runs one statement to its end and returns its rows.
    pub(crate) async fn run(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Unavailable> {
        // An error of the statement shows only after the last row.
        let result =
            self.0.execute(statement, parameters).await.map_err(|error| unavailable(&error))?;
        let rows = result.collect().await.map_err(|error| unavailable(&error))?;
        Ok(rows.into_iter().map(Row::from).collect())
    }

    /// Keeps the connection for another request. Not to be called with a transaction open.
    pub(crate) fn give_back(self) {
        IDLE.with_borrow_mut(|idle| {
            if idle.len() < IDLE_CONNECTIONS_MAX {
                idle.push(self.0);
            }
        });
    }

    async fn create_tables(&self) -> Result<(), Unavailable> {
        // Readers then do not wait for writers and commits cost a third. The
        // file keeps the mode; a database without it (libSQL over the
        // network) works too, so its refusal does not matter.
        let _ = self.run("PRAGMA journal_mode = WAL", Vec::new()).await;
        for table in TABLES {
            self.run(table, Vec::new()).await?;
        }
        Ok(())
    }
}

/// One row of a result, whose columns are taken from left to right.
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl From<RowResult> for Row {
    fn from(row: RowResult) -> Self {
        Self(row.values.into_iter())
    }
}

impl Row {
    /// The next column, which holds text.
    pub(crate) fn text(&mut self) -> Result<String, Unavailable> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            found => Err(unexpected("text", found.as_ref())),
        }
    }

    /// The next column, which holds bytes.
    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Unavailable> {
        match self.0.next() {
            Some(Value::Blob(bytes)) => Ok(bytes),
            found => Err(unexpected("a blob", found.as_ref())),
        }
    }

    /// The next column, which holds an integer.
    pub(crate) fn integer(&mut self) -> Result<i64, Unavailable> {
        self.optional_integer()?.ok_or_else(|| unexpected("an integer", Some(&Value::Null)))
    }

    /// The next column, which holds an integer or null.
    pub(crate) fn optional_integer(&mut self) -> Result<Option<i64>, Unavailable> {
        match self.0.next() {
            Some(Value::Integer(integer)) => Ok(Some(integer)),
            Some(Value::Null) => Ok(None),
            found => Err(unexpected("an integer", found.as_ref())),
        }
    }

    /// The next column, which holds a number that counts up from 0.
    pub(crate) fn count(&mut self) -> Result<u64, Unavailable> {
        count(self.integer()?)
    }
}

/// A number that counts up from 0, as SQLite gives it.
pub(crate) fn count(stored: i64) -> Result<u64, Unavailable> {
    u64::try_from(stored)
        .map_err(|_| Unavailable(format!("the database holds {stored} where a count is expected")))
}

/// A number that counts up from 0, as SQLite takes it.
pub(crate) fn count_value(count: u64) -> Result<Value, Unavailable> {
    i64::try_from(count)
        .map(Value::Integer)
        .map_err(|_| Unavailable(format!("{count} is more than the database can hold")))
}

fn unavailable(error: &sqlite::Error) -> Unavailable {
    Unavailable(format!("database: {error}"))
}

fn unexpected(expected: &str, found: Option<&Value>) -> Unavailable {
    let found = match found {
        None => "no column",
        Some(Value::Null) => "null",
        Some(Value::Integer(_)) => "an integer",
        Some(Value::Real(_)) => "a real",
        Some(Value::Text(_)) => "text",
        Some(Value::Blob(_)) => "a blob",
    };
    Unavailable(format!("the database holds {found} where {expected} is expected"))
}
