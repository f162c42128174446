use alloc::{collections::VecDeque, vec::Vec};

use serde::{Deserialize, Serialize};

use sorted::Gather;

use crate::{Span, Timestamp, Value};

/// What one device has contributed to windows of its group, oldest first.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(from = "Vec<(i64, Value)>", into = "Vec<(i64, Value)>")]
pub(super) struct Samples {
    list: VecDeque<(Timestamp, Value)>,
    /// What they take together; follows from them, and is not stored.
    bytes: usize,
}

/// Which samples some window may still see.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Keep {
    /// Those younger than that.
    pub(super) span: Span,
    /// And so many, however old.
    pub(super) count: usize,
}

impl Keep {
    /// What both keep.
    pub(super) fn widened(self, other: Self) -> Self {
        Self { span: self.span.max(other.span), count: self.count.max(other.count) }
    }
}

impl Samples {
    /// Takes in a sample at its own time, behind those of the same time.
    pub(super) fn insert(&mut self, ts: Timestamp, value: Value) {
        let place = self.list.partition_point(|(other, _)| *other <= ts);
        self.bytes += bytes(&value);
        self.list.insert(place, (ts, value));
    }

    /// Forgets what no window can see any more at `t`.
    pub(super) fn forget(&mut self, t: Timestamp, keep: Keep) {
        let oldest = t.minus(keep.span);
        while self.list.len() > keep.count && self.oldest().is_some_and(|ts| ts <= oldest) {
            self.pop();
        }
    }

    /// Forgets the oldest.
    pub(super) fn pop(&mut self) {
        let bytes = self.list.pop_front().map_or(0, |(_, value)| bytes(&value));
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Forgets the oldest sixteenth, and at least one.
    pub(super) fn give_up(&mut self) {
        for _ in 0..self.list.len().div_ceil(16) {
            self.pop();
        }
    }

    /// Event time of the oldest.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.list.front().map(|(ts, _)| *ts)
    }

    /// Those with `from` ≤ event time ≤ `to`, oldest first.
    pub(super) fn between(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl DoubleEndedIterator<Item = (Timestamp, &Value)> {
        let start = self.list.partition_point(|(ts, _)| *ts < from);
        let end = self.list.partition_point(|(ts, _)| *ts <= to).max(start);
        self.list.range(start..end).map(|(ts, value)| (*ts, value))
    }

    /// About how many bytes they take when they are stored, rather too many.
    pub(super) fn all_bytes(&self) -> usize {
        const LIST_BYTES: usize = 14;
        if self.is_empty() { 0 } else { LIST_BYTES + self.bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Of a sample with its time, which takes up to five bytes while samples lie
/// less than 37 hours apart.
pub(super) fn bytes(value: &Value) -> usize {
    5 + value_bytes(value)
}

/// Of a value.
pub(super) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 2,
        Value::Number(_) => 9,
        Value::Text(text) => text.len() + 3,
    }
}

/// Each time as the step from the one before, in ms.
impl From<Samples> for Vec<(i64, Value)> {
    fn from(samples: Samples) -> Self {
        let mut before = 0;
        let step = |(ts, value): (Timestamp, Value)| {
            let step = ts.as_millis().saturating_sub(before);
            before = ts.as_millis();
            (step, value)
        };
        samples.list.into_iter().map(step).gather()
    }
}

impl From<Vec<(i64, Value)>> for Samples {
    fn from(steps: Vec<(i64, Value)>) -> Self {
        let mut before = 0_i64;
        let sample = |(step, value): (i64, Value)| {
            before = before.saturating_add(step);
            (Timestamp::from_millis(before), value)
        };
        let list: VecDeque<_> = steps.into_iter().map(sample).collect();
        let bytes = list.iter().map(|(_, value)| bytes(value)).sum();
        Self { list, bytes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sample_that_comes_late_takes_its_place() {
        let mut samples = Samples::default();
        for millis in [5, 9, 7, 5] {
            samples.insert(Timestamp::from_millis(millis), Value::Number(millis as f64));
        }
        let all = |samples: &Samples| {
            let between = samples.between(Timestamp::from_millis(0), Timestamp::from_millis(99));
            between.map(|(ts, _)| ts.as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(all(&samples), [5, 5, 7, 9]);

        let keep = Keep { span: Span::from_millis(4), count: 1 };
        samples.forget(Timestamp::from_millis(11), keep);

        assert_eq!(all(&samples), [9]);
    }

    proptest! {
        #[test]
        fn samples_read_back_as_they_were(times in prop::collection::vec(0_i64..1_000, 0..20)) {
            let mut samples = Samples::default();
            for time in times {
                samples.insert(Timestamp::from_millis(time), Value::Bool(time % 2 == 0));
            }
            let bytes = postcard::to_allocvec(&samples).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Samples>(&bytes).unwrap(), samples);
        }
    }
}
