use core::{iter::FusedIterator, mem, slice};

/// The keys a look-up finds, borrowed from the index: a few slices of it, so
/// nothing is allocated and nothing copied.
#[derive(Clone, Debug)]
pub struct Keys<'a, K> {
    run: slice::Iter<'a, K>,
    /// Ascending like the first run, whose keys are left out where they stand here too.
    without: &'a [K],
    rest: [&'a [K]; 2],
}

impl<'a, K> Keys<'a, K> {
    pub(crate) fn of(runs: [&'a [K]; 3]) -> Self {
        let [run, second, third] = runs;
        Self { run: run.iter(), without: &[], rest: [second, third] }
    }

    /// Leaves out of the first run what stands in `without`; both ascend.
    pub(crate) fn without(mut self, without: &'a [K]) -> Self {
        self.without = without;
        self
    }
}

impl<'a, K: Ord> Iterator for Keys<'a, K> {
    type Item = &'a K;

    #[inline]
    fn next(&mut self) -> Option<&'a K> {
        loop {
            let without = &mut self.without;
            if let Some(key) = self.run.find(|key| without.is_empty() || !skips(without, key)) {
                return Some(key);
            }
            self.without = &[];
            let [second, third] = &mut self.rest;
            let next = mem::replace(second, mem::take(third));
            if next.is_empty() && second.is_empty() {
                return None;
            }
            self.run = next.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let rest: usize = self.rest.iter().map(|run| run.len()).sum();
        let run = self.run.len();
        (run.saturating_sub(self.without.len()) + rest, Some(run + rest))
    }
}

impl<K: Ord> FusedIterator for Keys<'_, K> {}

/// Whether `key` stands in `without`, which is moved on to where it would.
fn skips<K: Ord>(without: &mut &[K], key: &K) -> bool {
    let from = without.partition_point(|other| other < key);
    *without = without.get(from..).unwrap_or_default();
    without.first() == Some(key)
}
