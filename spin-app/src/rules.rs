use std::{cell::RefCell, rc::Rc};

use rules_core::hash::fnv1a_128;
use rules_service::ports::{Commit, RuleStore, Unavailable, Version};
use spin_sdk::key_value;

use crate::database::{Lease, count_value};

/// The label of the key-value store in `spin.toml`.
const STORE: &str = "default";

/// How often a load looks again when the text it was sent to is gone.
const LOADS_MAX: usize = 3;

/// [`RuleStore`] with the text in key-value and its version in SQLite.
///
/// Key-value has no transactions, so it decides nothing: a text lies under a
/// key of its own (`rules/<version>-<hash>`), and a row in SQLite, moved on in
/// one statement, says which key counts. Of two writers with the same
/// `expected` one moves the row; the other has only written a text that
/// nobody reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyValueRules {
    /// The newest that this instance has read; clones share it.
    newest: Rc<RefCell<(Version, String)>>,
}

impl RuleStore for KeyValueRules {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        for _ in 0..LOADS_MAX {
            let Some((version, key)) = current().await? else { return Ok((0, String::new())) };
            if self.newest.borrow().0 >= version {
                return Ok(self.newest.borrow().clone());
            }
            // None: replaced since the row was read.
            let Some(bytes) = open().await?.get(&key).await.map_err(|error| unavailable(&error))?
            else {
                continue;
            };
            let text = String::from_utf8(bytes)
                .map_err(|error| Unavailable(format!("key-value: {key} is no text: {error}")))?;
            let mut newest = self.newest.borrow_mut();
            // Another request of the instance may have found a newer one meanwhile.
            if newest.0 < version {
                *newest = (version, text);
            }
            return Ok(newest.clone());
        }
        Err(Unavailable("key-value: the rule set that SQLite names is not there".into()))
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        let before = current().await?;
        if before.as_ref().map_or(0, |(version, _)| *version) != expected {
            return Ok(Commit::Conflict);
        }
        let version = expected + 1;
        let key = format!("rules/{version}-{:032x}", fnv1a_128(&[text.as_bytes()]));
        let store = open().await?;
        store.set(&key, text).await.map_err(|error| unavailable(&error))?;
        let moved = move_on(expected, &key).await?;
        let obsolete = if moved {
            before.map(|(_, replaced)| replaced)
        } else {
            // Who came first may have stored the very same text.
            current().await?.is_none_or(|(_, winner)| winner != key).then_some(key)
        };
        if let Some(obsolete) = obsolete {
            // A text that stays is in nobody's way.
            let _ = store.delete(&obsolete).await;
        }
        Ok(if moved { Commit::Stored(version) } else { Commit::Conflict })
    }
}

/// The version that counts, and the key of its text.
async fn current() -> Result<Option<(Version, String)>, Unavailable> {
    let lease = Lease::take().await?;
    let rows = lease.run("SELECT version, key FROM tripline_rules", Vec::new()).await?;
    lease.give_back();
    rows.into_iter().next().map(|mut row| Ok((row.count()?, row.text()?))).transpose()
}

/// Makes `key` the text that counts, if the version is still `expected`.
async fn move_on(expected: Version, key: &str) -> Result<bool, Unavailable> {
    let lease = Lease::take().await?;
    let rows = if expected == 0 {
        let statement = "INSERT INTO tripline_rules (id, version, key) VALUES (1, 1, ?1)
             ON CONFLICT DO NOTHING RETURNING version";
        lease.run(statement, vec![key.into()]).await?
    } else {
        let statement = "UPDATE tripline_rules SET version = version + 1, key = ?1
             WHERE version = ?2 RETURNING version";
        lease.run(statement, vec![key.into(), count_value(expected)?]).await?
    };
    lease.give_back();
    Ok(!rows.is_empty())
}

async fn open() -> Result<key_value::Store, Unavailable> {
    key_value::Store::open(STORE).await.map_err(|error| unavailable(&error))
}

fn unavailable(error: &key_value::Error) -> Unavailable {
    Unavailable(format!("key-value: {error}"))
}
