use crate::rule::Rule;

/// The thresholds of rules over one quantity, rising, and whose they are.
#[derive(Debug, Default)]
pub(super) struct Thresholds {
    values: Vec<f64>,
    rules: Vec<u32>,
}

impl Thresholds {
    pub(super) fn new<'a>(rules: impl Iterator<Item = &'a Rule>) -> Self {
        let mut pairs: Vec<(f64, u32)> = rules.map(|rule| (rule.threshold, rule.number)).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (values, rules) = pairs.into_iter().unzip();
        Self { values, rules }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// How many lie below `value`.
    pub(super) fn below(&self, value: f64) -> usize {
        self.values.partition_point(|threshold| *threshold < value)
    }

    /// The one at `place`; infinity behind the last.
    pub(super) fn at(&self, place: usize) -> f64 {
        self.values.get(place).copied().unwrap_or(f64::INFINITY)
    }

    /// The rules from one place to another.
    pub(super) fn rules(&self, places: std::ops::Range<usize>) -> &[u32] {
        &self.rules[places]
    }
}
