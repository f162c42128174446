use alloc::vec::Vec;

use super::{Facets, Item, Items, Lens, Pane, resolution};
use crate::expr::Frame;

/// Most panes that a series keeps, whatever the lengths of its views.
pub const SERIES_PANES_MAX: usize = 2 * super::PANES_PER_WINDOW_MAX as usize;

/// How many samples a pane has to replace on average: a pane takes the room
/// of some ten samples.
const SAMPLES_PER_PANE: u64 = 24;

/// Merges the items below `end` into panes with these facets; whether that left fewer items.
///
/// A pane is as wide as the narrowest view that still sees its samples asks
/// for, and it lies on multiples of that width since 1970. If that leaves
/// more panes than there is room for, all widths are doubled until it does
/// not. No pane reaches across the edge of a view's window.
pub(super) fn merge(items: &mut Items, lenses: &mut [Lens], facets: Facets, end: u64) -> bool {
    let old: Vec<Item<'_>> = items.range(items.first(), end).map(|(_, item)| item).collect();
    let cuts = cuts(items, lenses);
    let widths = widths(items, lenses, old.len());
    let samples: u64 = end.saturating_sub(items.first_sample());
    let panes = items.panes().len() as u64;
    let aim = match samples {
        0 => panes / 2,
        samples => (samples / SAMPLES_PER_PANE + panes).min(SERIES_PANES_MAX as u64),
    };
    let mut starts = Vec::new();
    for doubled in 0..48 {
        starts = group(&old, items.first(), &cuts, &widths, doubled);
        // No doubling does away with a cut.
        if starts.len() as u64 <= aim.max(cuts.len() as u64 + 2) {
            break;
        }
    }
    if starts.len() >= old.len() {
        return false;
    }
    let ends = starts.iter().skip(1).copied().chain([old.len()]);
    let merged: Vec<Pane> = starts
        .iter()
        .zip(ends)
        .filter_map(|(from, to)| match old.get(*from..to)? {
            [Item::Pane(pane)] => Some((*pane).clone()),
            group => Pane::merged(group, facets),
        })
        .collect();
    let renumbered: Vec<(u64, u64)> = lenses
        .iter()
        .map(|lens| (lens.lo, lens.hi))
        .map(|(lo, hi)| (new_number(items, &starts, end, lo), new_number(items, &starts, end, hi)))
        .collect();
    items.replace(end, merged);
    for (lens, (lo, hi)) in lenses.iter_mut().zip(renumbered) {
        lens.look_anew(items, lo, hi);
    }
    true
}

/// Below which item everything may be merged: half of the samples, but none
/// that a count window looks at.
pub(super) fn mergeable_end(items: &Items, lenses: &[Lens]) -> u64 {
    let half = items.first_sample() + items.samples().len().div_ceil(2) as u64;
    let counted = lenses.iter().filter(|lens| matches!(lens.view.frame, Frame::Samples(_)));
    counted.map(|lens| lens.lo).fold(half, u64::min)
}

/// The number of the oldest item that the lens may see, as far as that
/// follows from what is stored: how far a sliding window has advanced beyond
/// the newest sample is not, and panes must not depend on it.
fn seen_from(items: &Items, lens: &Lens) -> u64 {
    match (lens.view.frame, items.newest()) {
        (Frame::Sliding(width), Some(newest)) => items.first_after(newest.minus(width)),
        _ => lens.lo,
    }
}

/// The numbers of the items at which some window begins or ends.
fn cuts(items: &Items, lenses: &[Lens]) -> Vec<u64> {
    let ends = |lens: &Lens| [seen_from(items, lens), lens.hi];
    let mut cuts: Vec<u64> = lenses.iter().flat_map(ends).collect();
    sorted::sort(&mut cuts);
    cuts.dedup();
    cuts
}

/// For the first `count` items the narrowest pane width, in ms, that a view
/// which sees it asks for.
fn widths(items: &Items, lenses: &[Lens], count: usize) -> Vec<i64> {
    let mut asked: Vec<(u64, i64)> = lenses
        .iter()
        .filter_map(|lens| Some((seen_from(items, lens), resolution(lens.view.frame)?.as_millis())))
        .collect();
    sorted::sort(&mut asked);
    let mut asked = asked.into_iter().peekable();
    let mut narrowest = i64::MAX;
    (items.first()..)
        .take(count)
        .map(|number| {
            while let Some((_, width)) = asked.next_if(|(lo, _)| *lo <= number) {
                narrowest = narrowest.min(width);
            }
            narrowest
        })
        .collect()
}

/// Where each group of items begins that becomes one pane, when all widths
/// are doubled so often.
fn group(old: &[Item<'_>], first: u64, cuts: &[u64], widths: &[i64], doubled: u32) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut current = None;
    for ((place, item), width) in old.iter().enumerate().zip(widths) {
        let width = width.saturating_mul(1_i64.checked_shl(doubled).unwrap_or(i64::MAX)).max(1);
        let pane = (width, item.last_at().as_millis().div_euclid(width));
        if current != Some(pane) || cuts.binary_search(&(first + place as u64)).is_ok() {
            starts.push(place);
            current = Some(pane);
        }
    }
    starts
}

/// The number of what holds the item `number` when the groups that begin at
/// `starts` stand for everything below `end`.
fn new_number(items: &Items, starts: &[usize], end: u64, number: u64) -> u64 {
    let first = items.first();
    if number >= end {
        return number - (end - first) + starts.len() as u64;
    }
    let place = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
    first + starts.partition_point(|start| *start <= place).saturating_sub(1) as u64
}

/// Whether merging the items below `end` makes enough room to be worth its while.
pub(super) fn is_worthwhile(items: &Items, end: u64) -> bool {
    let samples = end.saturating_sub(items.first_sample());
    // Few samples that may be merged among many would have to be merged often.
    let many = samples >= 2 * SAMPLES_PER_PANE && samples >= items.samples().len() as u64 / 8;
    many || (items.samples().is_empty() && items.panes().len() >= 8)
}
