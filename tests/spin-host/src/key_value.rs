use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::OptionalExtension;
use tokio::task::spawn_blocking;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::{
    application::Durability,
    bindings::spin::key_value::key_value::{Error, Host, HostStore, HostStoreWithStore},
    guest::{Spin, SpinView},
};

/// An application's key-value store: a table, as Spin's default store is.
#[derive(Clone)]
#[allow(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct Store(Arc<Mutex<rusqlite::Connection>>);

impl Store {
    /// The store in the file at `path`.
    pub(crate) fn open(path: &Path, durability: Durability) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open(path)?;
        if durability == Durability::UntilClosed {
            connection.pragma_update(None, "synchronous", "OFF")?;
        }
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS pair (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Does `work` where it may block, so that other requests run meanwhile.
    async fn run<R: Send + 'static>(
        self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> wasmtime::Result<Result<R, Error>> {
        let result =
            spawn_blocking(move || work(&self.0.lock().unwrap_or_else(PoisonError::into_inner)))
                .await?;
        Ok(result.map_err(|error| Error::Other(error.to_string())))
    }
}

impl<T: Send + 'static> HostStoreWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        if label != "default" {
            return Ok(Err(Error::AccessDenied));
        }
        accessor.with(|mut access| {
            let view = access.get();
            Ok(Ok(view.table.push(view.state.key_value.clone())?))
        })
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let get = "SELECT value FROM pair WHERE key = ?1";
        find(accessor, &store)?
            .run(move |pairs| pairs.query_row(get, [key], |row| row.get(0)).optional())
            .await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let set = "INSERT OR REPLACE INTO pair (key, value) VALUES (?1, ?2)";
        find(accessor, &store)?.run(move |pairs| pairs.execute(set, (key, value)).map(drop)).await
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        let delete = "DELETE FROM pair WHERE key = ?1";
        find(accessor, &store)?.run(move |pairs| pairs.execute(delete, [key]).map(drop)).await
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        let exists = "SELECT EXISTS (SELECT 1 FROM pair WHERE key = ?1)";
        find(accessor, &store)?
            .run(move |pairs| pairs.query_row(exists, [key], |row| row.get(0)))
            .await
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let keys = find(accessor, &store)?
            .run(|pairs| {
                let mut statement = pairs.prepare("SELECT key FROM pair ORDER BY key")?;
                statement.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        let (keys, result) = match keys {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let result =
                FutureReader::new(&mut access, async move { wasmtime::error::Ok(result) })?;
            Ok((keys, result))
        })
    }
}

impl HostStore for SpinView<'_> {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl Host for SpinView<'_> {}

fn find<T: 'static>(
    accessor: &Accessor<T, Spin>,
    store: &Resource<Store>,
) -> wasmtime::Result<Store> {
    Ok(accessor.with(|mut access| access.get().table.get(store).cloned())?)
}
