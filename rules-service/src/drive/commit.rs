//! What both drivers share of *load → step → commit*.

use rules_core::{CellKey, Span, Timestamp};
use sorted::SortedSet;

use crate::ports::{Loaded, Store, Unavailable, WakeUps};

/// How often one input is stepped anew because somebody else committed in
/// between. Sixteen requests to one scope at once is what one Spin instance
/// serves; the last of them to commit has lost to all others.
pub(super) const COMMIT_ATTEMPTS_MAX: usize = 16;

/// Cells that a tick loads and commits at once: Durable Object SQL takes 100
/// parameters in a statement.
pub(super) const DUE_MAX: usize = 64;

/// Rounds of [`DUE_MAX`] cells in one tick, a quarter of a million devices.
/// What is left over has its wake-up.
pub(super) const ROUNDS_MAX: usize = 4_096;

/// When work that could not be done is tried again.
const PAUSE_AFTER_ERROR: Span = Span::from_secs(10);

/// What [`load`] gives: cells, each with its key.
pub(super) type Cells = Vec<(CellKey, Option<Vec<u8>>)>;

/// Loads a scope's header and the cells named by `keys`.
pub(super) async fn load(
    store: &impl Store,
    scope: &str,
    keys: SortedSet<CellKey>,
) -> Result<(Loaded, Cells), Unavailable> {
    let names: Vec<String> = keys.iter().map(|key| key.as_str().to_owned()).collect();
    let mut loaded = store.load(scope, &names).await?;
    if loaded.cells.len() != names.len() {
        // A cell taken for missing would be overwritten.
        let (asked, got) = (names.len(), loaded.cells.len());
        return Err(Unavailable(format!("{scope}: the store gave {got} cells for {asked} keys")));
    }
    let cells = keys.into_iter().zip(std::mem::take(&mut loaded.cells)).collect();
    Ok((loaded, cells))
}

/// Asks to be woken after `scope` could not: for what is due already after a
/// pause, for anything else in time.
pub(super) async fn wake_after_error(
    store: &impl Store,
    wakeups: &impl WakeUps,
    scope: &str,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let again = now.plus(PAUSE_AFTER_ERROR);
    let next = store.next_wake(scope).await.unwrap_or_default();
    let next = next.filter(|next| *next > now);
    wakeups.wake_at(scope, Some(next.map_or(again, |next| next.min(again)))).await
}

/// Others kept committing.
pub(super) fn contended(scope: &str) -> Unavailable {
    let attempts = COMMIT_ATTEMPTS_MAX;
    Unavailable(format!("{scope}: others committed during each of {attempts} attempts; try again"))
}

/// A tick left due what it was given. Only a mistake in the machine does that;
/// going on would go on for ever.
pub(super) fn stuck(scope: &str, due: &[String], now: Timestamp) -> Unavailable {
    let (count, first) = (due.len(), due.first().map_or("", |key| key));
    let millis = now.as_millis();
    Unavailable(format!("{scope}: {count} cells stay due at {millis} ms, {first} first"))
}
