use super::Thresholds;
use crate::rule::REST_MS;

/// Where a device stands with the rules over one quantity.
#[derive(Debug)]
pub(super) struct Standing {
    /// So many of the lowest thresholds are known to rest …
    quiet: usize,
    /// … until then.
    pub(super) quiet_until: i64,
    /// When each rule may fire again; empty until one has.
    rested: Vec<i64>,
}

impl Default for Standing {
    fn default() -> Self {
        Self { quiet: 0, quiet_until: i64::MAX, rested: Vec::new() }
    }
}

impl Standing {
    /// The least threshold whose rule is not known to rest.
    pub(super) fn ceiling(&self, thresholds: &Thresholds) -> f64 {
        thresholds.at(self.quiet)
    }

    /// Fires the rules that `value` matches and that have rested at `now`.
    pub(super) fn look(
        &mut self,
        value: f64,
        thresholds: &Thresholds,
        now: i64,
        fire: &mut impl FnMut(u32),
    ) {
        if now >= self.quiet_until {
            (self.quiet, self.quiet_until) = (0, i64::MAX);
        }
        if value <= thresholds.at(self.quiet) {
            return;
        }
        let matched = thresholds.below(value);
        if self.rested.is_empty() {
            self.rested.resize(thresholds.len(), i64::MIN);
        }
        let news = self.quiet..matched;
        for (rested, rule) in self.rested[news.clone()].iter_mut().zip(thresholds.rules(news)) {
            if now >= *rested {
                *rested = now + REST_MS;
                fire(*rule);
            }
            self.quiet_until = self.quiet_until.min(*rested);
        }
        self.quiet = matched;
    }
}
