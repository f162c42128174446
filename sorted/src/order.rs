use alloc::{vec, vec::Vec};
use core::cmp::Ordering;

/// Up to so many items are sorted in place, without memory of their own.
const SHORT_LIST: usize = 16;

/// Sorts `items` by `order`; equal ones stay in the order they were in.
///
/// O(n log n) comparisons and O(n) swaps, each through a pointer.
pub fn sort_by<T>(items: &mut [T], order: impl FnMut(&T, &T) -> Ordering) {
    let len = items.len();
    sort_places(len, &mut Sorting { items, order });
}

/// Sorts `items`; equal ones stay in the order they were in.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts `items`, and moves those that repeat another behind all others; of
/// equal ones the last one stays. Returns how many stay.
pub(crate) fn sort_distinct_by<T>(items: &mut [T], order: impl FnMut(&T, &T) -> Ordering) -> usize {
    let len = items.len();
    sort_distinct_places(len, &mut Sorting { items, order })
}

/// A list as the algorithm sees it: places, whatever stands there.
trait Places {
    fn order(&mut self, a: usize, b: usize) -> Ordering;
    fn swap(&mut self, a: usize, b: usize);
}

struct Sorting<'a, T, F> {
    items: &'a mut [T],
    order: F,
}

impl<T, F: FnMut(&T, &T) -> Ordering> Places for Sorting<'_, T, F> {
    fn order(&mut self, a: usize, b: usize) -> Ordering {
        match (self.items.get(a), self.items.get(b)) {
            (Some(a), Some(b)) => (self.order)(a, b),
            _ => Ordering::Equal,
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < self.items.len() {
            self.items.swap(a, b);
        }
    }
}

fn sort_places(len: usize, places: &mut dyn Places) {
    if (1..len).all(|place| places.order(place - 1, place) != Ordering::Greater) {
        return;
    }
    if len > SHORT_LIST {
        let sources = merged(len, places);
        move_from(&sources, places);
        return;
    }
    for end in 1..len {
        for place in (0..end).rev() {
            if places.order(place, place + 1) != Ordering::Greater {
                break;
            }
            places.swap(place, place + 1);
        }
    }
}

fn sort_distinct_places(len: usize, places: &mut dyn Places) -> usize {
    sort_places(len, places);
    let mut distinct = len.min(1);
    for place in 1..len {
        if places.order(distinct - 1, place) != Ordering::Equal {
            distinct += 1;
        }
        if distinct <= place {
            places.swap(distinct - 1, place);
        }
    }
    distinct
}

/// For each place of the sorted list, the place that its item has now.
///
/// A merge sort from the bottom up: runs of 1, 2, 4, … are merged in pairs.
fn merged(len: usize, places: &mut dyn Places) -> Vec<usize> {
    let mut from: Vec<usize> = (0..len).collect();
    let mut to = Vec::with_capacity(len);
    let mut run = 1;
    while run < len {
        for pair in from.chunks(run.saturating_mul(2)) {
            merge(pair.split_at_checked(run).unwrap_or((pair, &[])), places, &mut to);
        }
        core::mem::swap(&mut from, &mut to);
        to.clear();
        run = run.saturating_mul(2);
    }
    from
}

/// Appends both sorted runs to `to`, the left one's first where they are equal.
fn merge(
    (mut left, mut right): (&[usize], &[usize]),
    places: &mut dyn Places,
    to: &mut Vec<usize>,
) {
    while let (Some((&a, after_a)), Some((&b, after_b))) = (left.split_first(), right.split_first())
    {
        if places.order(a, b) == Ordering::Greater {
            to.push(b);
            right = after_b;
        } else {
            to.push(a);
            left = after_a;
        }
    }
    to.extend_from_slice(left);
    to.extend_from_slice(right);
}

/// Moves the item at `sources[place]` to `place`, for each place, cycle by cycle.
fn move_from(sources: &[usize], places: &mut dyn Places) {
    let mut done = vec![false; sources.len()];
    for start in 0..sources.len() {
        let mut at = start;
        while let (Some(arrived), Some(&source)) = (done.get_mut(at), sources.get(at)) {
            if *arrived {
                break;
            }
            *arrived = true;
            if source == start {
                break;
            }
            places.swap(at, source);
            at = source;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The same list as the standard library's stable sort makes, with
        /// equal items in the same order.
        #[test]
        fn sorted_as_the_standard_library_sorts(
            mut items in proptest::collection::vec((0_u8..20, any::<u16>()), 0..200),
        ) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);

            sort_by(&mut items, |(a, _), (b, _)| a.cmp(b));

            prop_assert_eq!(items, expected);
        }

        #[test]
        fn texts_are_sorted_whole(mut items in proptest::collection::vec("[a-c]{0,3}", 0..30)) {
            let mut expected: Vec<String> = items.clone();
            expected.sort();

            sort(&mut items);

            prop_assert_eq!(items, expected);
        }
    }
}
