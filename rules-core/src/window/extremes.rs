use alloc::collections::VecDeque;

/// Which end of the samples is looked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extreme {
    Min,
    Max,
}

/// The samples of a window that are, or may still become, its extreme.
///
/// A sample is dropped as soon as a later one is at least as extreme: the
/// later one outlives it. What remains is monotone, so the extreme is in
/// front, and each sample is pushed and popped once.
///
/// Source: Lemire, "Streaming maximum-minimum filter using no more than three
/// comparisons per element", Nordic Journal of Computing 13(4) (2006).
#[derive(Clone, Debug)]
pub(super) struct Extremes {
    pub(super) of: Extreme,
    /// Position of the oldest sample that the window holds, counted from the
    /// first it ever held.
    oldest: u64,
    /// Position of the next sample.
    next: u64,
    /// Position and value.
    candidates: VecDeque<(u64, f64)>,
}

impl Extremes {
    pub(super) fn new(of: Extreme) -> Self {
        Self { of, oldest: 0, next: 0, candidates: VecDeque::new() }
    }

    /// Takes in the window's newest sample.
    pub(super) fn push(&mut self, value: f64) {
        while self.candidates.back().is_some_and(|(_, held)| self.outdoes(value, *held)) {
            self.candidates.pop_back();
        }
        self.push_candidate(value);
    }

    /// Takes in the newest sample of which it is known that no earlier
    /// candidate is outdone by it.
    pub(super) fn push_candidate(&mut self, value: f64) {
        self.candidates.push_back((self.next, value));
        self.next += 1;
    }

    /// Takes in the newest sample of which it is known that it is no candidate.
    pub(super) fn push_outdone(&mut self) {
        self.next += 1;
    }

    /// Forgets the window's oldest sample.
    pub(super) fn evict(&mut self) {
        if self.candidates.front().is_some_and(|(position, _)| *position == self.oldest) {
            self.candidates.pop_front();
        }
        self.oldest += 1;
    }

    /// The extreme; `None` of no samples.
    pub(super) fn value(&self) -> Option<f64> {
        self.candidates.front().map(|(_, value)| *value)
    }

    /// The candidates, oldest first, each with its place among the window's samples.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (u64, f64)> {
        self.candidates.iter().map(|(position, value)| (position - self.oldest, *value))
    }

    fn outdoes(&self, new: f64, held: f64) -> bool {
        match self.of {
            Extreme::Min => new <= held,
            Extreme::Max => new >= held,
        }
    }
}

/// Equal if they say the same of the same samples, however many came before.
impl PartialEq for Extremes {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of
            && self.next - self.oldest == other.next - other.oldest
            && self.candidates().eq(other.candidates())
    }
}
