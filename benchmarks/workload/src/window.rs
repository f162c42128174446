use std::collections::VecDeque;

/// A sliding window over one device's temperatures: a ring, a running sum,
/// and the samples that can still become the maximum.
///
/// The sum of numbers with two decimals below a hundred stays within 1e-9 of
/// the true one over all that is measured here, and no threshold is as near.
#[derive(Clone, Debug, Default)]
pub struct Window {
    samples: VecDeque<(i64, f64)>,
    sum: f64,
    /// By time, falling in value.
    peaks: VecDeque<(i64, f64)>,
}

impl Window {
    /// Adds a sample that is the newest.
    #[inline]
    pub fn push(&mut self, ts: i64, temp: f64) {
        self.samples.push_back((ts, temp));
        self.sum += temp;
        while self.peaks.back().is_some_and(|(_, peak)| *peak <= temp) {
            self.peaks.pop_back();
        }
        self.peaks.push_back((ts, temp));
    }

    /// Adds a sample that newer ones have overtaken, in its place.
    #[cold]
    pub fn insert(&mut self, ts: i64, temp: f64) {
        let place = self.samples.partition_point(|(other, _)| *other <= ts);
        self.samples.insert(place, (ts, temp));
        self.sum += temp;
        let place = self.peaks.partition_point(|(other, _)| *other <= ts);
        if self.peaks.get(place).is_some_and(|(_, peak)| *peak >= temp) {
            return;
        }
        let mut first = place;
        while first > 0 && self.peaks[first - 1].1 <= temp {
            first -= 1;
        }
        self.peaks.drain(first..place);
        self.peaks.insert(first, (ts, temp));
    }

    /// Forgets what is not newer than `oldest`.
    #[inline]
    pub fn forget(&mut self, oldest: i64) {
        while let Some((ts, temp)) = self.samples.front()
            && *ts <= oldest
        {
            self.sum -= temp;
            self.samples.pop_front();
        }
        while self.peaks.front().is_some_and(|(ts, _)| *ts <= oldest) {
            self.peaks.pop_front();
        }
    }

    /// How many samples there are.
    #[inline]
    #[must_use]
    pub fn count(&self) -> f64 {
        self.samples.len() as f64
    }

    /// Their mean; not a number without samples.
    #[inline]
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.count()
    }

    /// The greatest; minus infinity without samples.
    #[inline]
    #[must_use]
    pub fn max(&self) -> f64 {
        self.peaks.front().map_or(f64::NEG_INFINITY, |(_, peak)| *peak)
    }
}
