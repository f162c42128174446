//! The contracts of [`Store`] and [`RuleStore`] as checks that a host runs on
//! its own, so that a store is known to be right before anything runs on it.

use core::fmt::Debug;

use rules_core::{CellChange, CellKey, Changes, Timestamp};

use super::{Commit, Loaded, RuleStore, Store, StoredCell, Unavailable, Version};

/// Checks `store` on `scope`, which must never have been committed to.
///
/// # Errors
/// What the store did, and what the contract asks for.
pub async fn check_store(store: &impl Store, scope: &str) -> Result<(), String> {
    let scope = Scope { store, scope };
    scope.unknown_scopes_are_empty().await?;
    scope.a_commit_is_seen_and_a_stale_one_changes_nothing().await?;
    scope.due_cells_come_by_time_then_key().await?;
    scope.waking_all_makes_no_cell_later().await?;
    scope.cells_are_scanned_by_prefix_bytewise().await?;
    scope.bytes_of_every_kind_and_number_come_back().await?;
    scope.the_outbox_is_in_order_and_forgets_what_is_done().await
}

/// Checks `rules`, into which nothing must have been stored.
///
/// # Errors
/// What the rule store did, and what the contract asks for.
pub async fn check_rule_store(rules: &impl RuleStore) -> Result<(), String> {
    same("an empty rule store", rules.load().await, &Ok((0, String::new())))?;
    same("the first store", rules.store(0, "{\"a\":\"ä\"}").await, &Ok(Commit::Stored(1)))?;
    same("a stale store", rules.store(0, "{}").await, &Ok(Commit::Conflict))?;
    same("an early store", rules.store(2, "{}").await, &Ok(Commit::Conflict))?;
    same("a load", rules.load().await, &Ok((1, String::from("{\"a\":\"ä\"}"))))?;
    same("the second store", rules.store(1, "").await, &Ok(Commit::Stored(2)))?;
    same("a load", rules.load().await, &Ok((2, String::new())))
}

struct Scope<'a, S> {
    store: &'a S,
    scope: &'a str,
}

impl<S: Store> Scope<'_, S> {
    async fn unknown_scopes_are_empty(&self) -> Result<(), String> {
        let nothing = Loaded { cells: vec![None], ..Loaded::default() };
        self.holds("an unknown scope", &["device/a"], &nothing).await?;
        let due = self.store.due(self.scope, Timestamp::MAX, 9).await;
        same("due in an unknown scope", due, &Ok(Vec::new()))?;
        same("next wake-up of an unknown scope", self.next_wake().await, &Ok(None))?;
        same("scan of an unknown scope", self.scan("", "", 9).await, &Ok(Vec::new()))?;
        same("outbox of an unknown scope", self.outbox(9).await, &Ok(Vec::new()))
    }

    async fn a_commit_is_seen_and_a_stale_one_changes_nothing(&self) -> Result<(), String> {
        let first = Changes {
            header: vec![1],
            cells: vec![cell("device/a", Some(&[10]), Some(5)), cell("device/b", Some(&[]), None)],
            outbox: vec![(1, vec![100])],
            wake_all: None,
        };
        self.stored("the first commit", 0, &first, 1).await?;
        let seen = Loaded {
            version: 1,
            header: Some(vec![1]),
            cells: vec![Some(vec![]), None, Some(vec![10])],
        };
        self.holds("the first commit", &["device/b", "device/c", "device/a"], &seen).await?;

        let stale = Changes {
            header: vec![2],
            cells: vec![cell("device/a", None, None), cell("device/c", Some(&[30]), Some(1))],
            outbox: vec![(2, vec![200])],
            wake_all: Some(at(0)),
        };
        let commit = self.store.commit(self.scope, 0, &stale).await;
        same("a commit that expects version 0 at version 1", commit, &Ok(Commit::Conflict))?;
        let commit = self.store.commit(self.scope, 2, &stale).await;
        same("a commit that expects version 2 at version 1", commit, &Ok(Commit::Conflict))?;
        self.holds("after a conflict", &["device/b", "device/c", "device/a"], &seen).await?;
        same("outbox after a conflict", self.outbox(9).await, &Ok(vec![(1, vec![100])]))?;
        same("wake-up after a conflict", self.next_wake().await, &Ok(Some(at(5))))?;

        let second = Changes {
            header: vec![3],
            cells: vec![cell("device/a", None, None), cell("device/b", Some(&[21]), None)],
            ..Changes::default()
        };
        self.stored("a commit that removes a cell", 1, &second, 2).await?;
        let seen = Loaded { version: 2, header: Some(vec![3]), cells: vec![None, Some(vec![21])] };
        self.holds("after the removal", &["device/a", "device/b"], &seen).await?;
        same("wake-up of a removed cell", self.next_wake().await, &Ok(None))
    }

    async fn due_cells_come_by_time_then_key(&self) -> Result<(), String> {
        let cells = [("d", 20), ("b", 10), ("c", 10), ("a", 10), ("e", 30)];
        let cells = cells.map(|(name, at)| cell(&format!("due/{name}"), Some(&[1]), Some(at)));
        self.stored("cells with wake-ups", 2, &with_cells(cells), 3).await?;
        let due = |now, limit| self.store.due(self.scope, at(now), limit);

        same("due before any", due(9, 9).await, &keys(&[]))?;
        same("due at the time itself", due(10, 9).await, &keys(&["due/a", "due/b", "due/c"]))?;
        same("due, of which two are wanted", due(20, 2).await, &keys(&["due/a", "due/b"]))?;
        let all = keys(&["due/a", "due/b", "due/c", "due/d", "due/e"]);
        same("due later", due(99, 9).await, &all)?;
        same("next wake-up", self.next_wake().await, &Ok(Some(at(10))))?;

        let cells = [cell("due/a", Some(&[2]), None), cell("due/b", Some(&[2]), Some(25))];
        self.stored("cells with other wake-ups", 3, &with_cells(cells), 4).await?;
        let due = due(99, 9).await;
        same("due after that", due, &keys(&["due/c", "due/d", "due/b", "due/e"]))
    }

    async fn waking_all_makes_no_cell_later(&self) -> Result<(), String> {
        let own = [cell("due/d", Some(&[3]), None), cell("due/f", Some(&[3]), Some(40))];
        let changes = Changes { wake_all: Some(at(15)), ..with_cells(own) };
        self.stored("a commit that wakes all", 4, &changes, 5).await?;
        let due = |now| self.store.due(self.scope, at(now), 9);

        same("due before all were woken", due(14).await, &keys(&["due/c"]))?;
        let woken = keys(&["due/c", "device/b", "due/a", "due/b", "due/e"]);
        same("due once all are woken, but for the commit's own", due(39).await, &woken)
    }

    async fn cells_are_scanned_by_prefix_bytewise(&self) -> Result<(), String> {
        let names = ["a%b", "a_", "aX", "ab", "ab/c", "A", "é", "z'\"", "\u{10000}", "\u{ffff}"];
        let cells = names.map(|name| cell(&format!("scan/{name}"), Some(&[7]), None));
        self.stored("cells to scan", 5, &with_cells(cells), 6).await?;
        let found = |names: &[&str]| {
            let found = names.iter().map(|name| format!("scan/{name}"));
            Ok(found.map(|key| StoredCell { key, bytes: vec![7] }).collect())
        };

        let sorted = ["A", "aX", "a%b", "a_", "ab", "ab/c", "z'\"", "é", "\u{ffff}", "\u{10000}"];
        let mut sorted: Vec<&str> = sorted.to_vec();
        sorted.sort_unstable();
        same("a scan", self.scan("scan/", "", 99).await, &found(&sorted))?;
        same("a scan for a_", self.scan("scan/a_", "", 99).await, &found(&["a_"]))?;
        same("a scan for a%", self.scan("scan/a%", "", 99).await, &found(&["a%b"]))?;
        let rest = self.scan("scan/a", "scan/a_", 1).await;
        same("one cell after a_", rest, &found(&["ab"]))?;
        same("a scan past the prefix", self.scan("scan/a", "scan/b", 9).await, &found(&[]))?;
        same("a scan after nothing", self.scan("scan/a", "a", 1).await, &found(&["a%b"]))
    }

    async fn bytes_of_every_kind_and_number_come_back(&self) -> Result<(), String> {
        let every: Vec<u8> = (0..=u8::MAX).collect();
        let large = every.repeat(400);
        let names: Vec<String> = (0..250).map(|n| format!("many/{n:03}")).collect();
        let mut cells: Vec<CellChange> =
            names.iter().map(|name| cell(name, Some(&every), Some(1_000))).collect();
        cells.push(cell("large", Some(&large), None));
        let changes = Changes { header: every.clone(), ..with_cells(cells) };
        self.stored("250 cells at once, and a large one", 6, &changes, 7).await?;

        let mut keys: Vec<&str> = names.iter().map(String::as_str).collect();
        keys.extend(["missing", "large"]);
        let mut cells = vec![Some(every.clone()); 250];
        cells.extend([None, Some(large)]);
        let seen = Loaded { version: 7, header: Some(every), cells };
        self.holds("250 cells at once, and a large one", &keys, &seen).await
    }

    async fn the_outbox_is_in_order_and_forgets_what_is_done(&self) -> Result<(), String> {
        let message = |sequence: u64| (sequence, sequence.to_le_bytes().to_vec());
        let sequences = [2, 9, 10, 4_294_967_296, 9_007_199_254_740_991];
        let outbox = sequences.iter().copied().map(message).collect();
        let changes = Changes { header: vec![8], outbox, ..Changes::default() };
        self.stored("messages", 7, &changes, 8).await?;
        let first = vec![(1, vec![100]), message(2)];
        same("two of the outbox", self.outbox(2).await, &Ok(first))?;
        let next = self.store.outbox(self.scope, 2, 2).await;
        same("the two after them", next, &Ok(vec![message(9), message(10)]))?;

        let done = async |sequences: &[u64]| self.store.outbox_done(self.scope, sequences).await;
        same("messages that are done", done(&[1, 9, 10]).await, &Ok(()))?;
        same("messages that were done before", done(&[9, 1]).await, &Ok(()))?;
        same("no messages that are done", done(&[]).await, &Ok(()))?;
        let rest = [2, 4_294_967_296, 9_007_199_254_740_991].map(message).to_vec();
        same("the rest of the outbox", self.outbox(9).await, &Ok(rest))?;
        let last = self.store.outbox(self.scope, 4_294_967_296, 9).await;
        same("the last of it", last, &Ok(vec![message(9_007_199_254_740_991)]))?;
        let unchanged = Loaded { version: 8, header: Some(vec![8]), cells: Vec::new() };
        self.holds("after messages were done", &[], &unchanged).await
    }

    async fn stored(
        &self,
        what: &str,
        expected: Version,
        changes: &Changes,
        version: Version,
    ) -> Result<(), String> {
        let commit = self.store.commit(self.scope, expected, changes).await;
        same(what, commit, &Ok(Commit::Stored(version)))
    }

    async fn holds(&self, what: &str, keys: &[&str], wanted: &Loaded) -> Result<(), String> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        same(what, self.store.load(self.scope, &keys).await, &Ok(wanted.clone()))
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, Unavailable> {
        self.store.next_wake(self.scope).await
    }

    async fn scan(
        &self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredCell>, Unavailable> {
        self.store.scan(self.scope, prefix, after, limit).await
    }

    async fn outbox(&self, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, Unavailable> {
        self.store.outbox(self.scope, 0, limit).await
    }
}

#[allow(clippy::needless_pass_by_value, reason = "callers make `got` on the spot")]
fn same<T: Debug + PartialEq>(what: &str, got: T, wanted: &T) -> Result<(), String> {
    if got == *wanted {
        return Ok(());
    }
    Err(format!("{what}: the store gives {got:?}, and the contract asks for {wanted:?}"))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn cell(key: &str, bytes: Option<&[u8]>, wake_at: Option<i64>) -> CellChange {
    CellChange {
        key: CellKey::from_stored(key.to_owned()),
        bytes: bytes.map(<[u8]>::to_vec),
        wake_at: wake_at.map(at),
    }
}

fn with_cells(cells: impl IntoIterator<Item = CellChange>) -> Changes {
    Changes { header: vec![0], cells: cells.into_iter().collect(), ..Changes::default() }
}

#[allow(clippy::unnecessary_wraps, reason = "it is compared with what a store gives")]
fn keys(names: &[&str]) -> Result<Vec<String>, Unavailable> {
    Ok(names.iter().map(|name| (*name).to_owned()).collect())
}
