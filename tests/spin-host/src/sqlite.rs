use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::types::{Value as Stored, ValueRef};
use tokio::task::spawn_blocking;
use wasmtime::{
    bail,
    component::{Accessor, FutureReader, Resource, StreamReader},
    error::Context as _,
};

use crate::{
    application::Durability,
    bindings::spin::sqlite::sqlite::{
        Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
    },
    guest::{Spin, SpinView},
};

/// A connection that a guest opened: its own, as in Spin, so that two of them
/// see each other's transactions as two processes would.
#[derive(Clone)]
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Connection(Arc<Mutex<rusqlite::Connection>>);

impl Connection {
    /// A new connection. A writer that finds another one waits for 5 s, rusqlite's default and so Spin's.
    fn open(path: &Path, durability: Durability) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        if durability == Durability::UntilClosed {
            connection.pragma_update(None, "synchronous", "OFF")?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    fn with<R>(&self, work: impl FnOnce(&rusqlite::Connection) -> R) -> R {
        work(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Column names, rows up to the first error, and that error.
type Answer = (Vec<String>, Vec<RowResult>, Result<(), Error>);

impl<T: Send + 'static> HostConnectionWithStore<T> for Spin {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        if database != "default" {
            return Ok(Err(Error::AccessDenied));
        }
        let state = accessor.with(|mut access| Arc::clone(access.get().state));
        let opened =
            spawn_blocking(move || Connection::open(&state.database, state.durability)).await?;
        match opened {
            Ok(connection) => {
                Ok(Ok(accessor.with(|mut access| access.get().table.push(connection))?))
            }
            Err(error) => Ok(Err(io(&error))),
        }
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<
        Result<(Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>), Error>,
    > {
        let connection = get(accessor, &connection)?;
        let (columns, rows, result) = spawn_blocking(move || {
            connection.with(|connection| execute(connection, &statement, parameters))
        })
        .await?;
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok(Ok((columns, rows, result)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        Ok(get(accessor, &connection)?.with(rusqlite::Connection::last_insert_rowid))
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        Ok(get(accessor, &connection)?.with(rusqlite::Connection::changes))
    }
}

/// The blocking functions that came before the ones above. No component built
/// with `spin-sdk` 7 imports them.
impl HostConnection for SpinView<'_> {
    async fn open(
        &mut self,
        _database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        bail!("connection.open: only open-async is there")
    }

    async fn execute(
        &mut self,
        _connection: Resource<Connection>,
        _statement: String,
        _parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        bail!("connection.execute: only execute-async is there")
    }

    async fn last_insert_rowid(
        &mut self,
        _connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        bail!("connection.last-insert-rowid: only last-insert-rowid-async is there")
    }

    async fn changes(&mut self, _connection: Resource<Connection>) -> wasmtime::Result<u64> {
        bail!("connection.changes: only changes-async is there")
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl Host for SpinView<'_> {}

fn get<T: 'static>(
    accessor: &Accessor<T, Spin>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<Connection> {
    accessor
        .with(|mut access| access.get().table.get(connection).cloned())
        .context("the connection is closed")
}

/// Runs one statement. As in Spin, its error comes after the rows, not instead of them.
fn execute(connection: &rusqlite::Connection, statement: &str, parameters: Vec<Value>) -> Answer {
    let mut columns = Vec::new();
    let mut rows = Vec::new();
    let result = (|| {
        let mut statement = connection.prepare(statement)?;
        columns = statement.column_names().into_iter().map(str::to_owned).collect();
        let parameters = rusqlite::params_from_iter(parameters.into_iter().map(stored));
        let mut found = statement.query(parameters)?;
        while let Some(row) = found.next()? {
            let values = (0..columns.len()).map(|column| row.get_ref(column).map(value));
            rows.push(RowResult { values: values.collect::<rusqlite::Result<_>>()? });
        }
        Ok(())
    })();
    (columns, rows, result.map_err(|error: rusqlite::Error| io(&error)))
}

fn stored(value: Value) -> Stored {
    match value {
        Value::Integer(integer) => Stored::Integer(integer),
        Value::Real(real) => Stored::Real(real),
        Value::Text(text) => Stored::Text(text),
        Value::Blob(bytes) => Stored::Blob(bytes),
        Value::Null => Stored::Null,
    }
}

fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
        ValueRef::Null => Value::Null,
    }
}

fn io(error: &rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}
