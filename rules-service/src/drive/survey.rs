use rules_core::StateHash;

use super::StateReport;
use crate::ports::{Loaded, Store, Unavailable};

/// Cells read at once: a page of the largest cells stays far below a host's memory.
const PAGE: usize = 64;

/// How often a scope that changes while it is read is read anew.
const LOOKS_MAX: usize = 4;

/// Reads the whole of a scope: what a load without cells gives, and a report
/// without counts.
///
/// # Errors
/// The store could not, or the scope changed during each look.
pub(super) async fn survey(
    store: &impl Store,
    scope: &str,
) -> Result<(Loaded, StateReport), Unavailable> {
    for _ in 0..LOOKS_MAX {
        let before = store.load(scope, &[]).await?;
        let mut hash = StateHash::new(before.header.as_deref().unwrap_or_default());
        let mut cells = 0;
        let mut after = String::new();
        loop {
            let page = store.scan(scope, "", &after, PAGE).await?;
            for cell in &page {
                hash.add(&cell.key, &cell.bytes);
                cells += 1;
            }
            let Some(last) = page.into_iter().last() else { break };
            after = last.key;
        }
        if store.load(scope, &[]).await?.version == before.version {
            let report = StateReport {
                scope: scope.to_owned(),
                version: before.version,
                hash: format!("{:032x}", hash.value()),
                cells,
                partition: None,
                fleet: None,
                aggregator: None,
            };
            return Ok((before, report));
        }
    }
    Err(Unavailable(format!("{scope} changed during each of {LOOKS_MAX} looks at its state")))
}
