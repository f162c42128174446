//! What the machines say, in the words of scenarios.

use rules_core::{aggregator, document, partition};
use rules_service::wire::readings::ItemError;

use crate::outcome::{self, Alert, End, Notice, Receipt, Refusal};

impl Receipt {
    pub(super) fn count(&mut self, index: u32, receipt: partition::Receipt) {
        match receipt {
            partition::Receipt::Accepted => self.accepted += 1,
            partition::Receipt::Duplicate => self.duplicate += 1,
            partition::Receipt::Late(_) => self.late += 1,
            partition::Receipt::Refused { code, message } => {
                self.refused += 1;
                self.errors.push(outcome::ItemError { index, code, message });
            }
        }
    }

    pub(super) fn refuse(&mut self, error: ItemError) {
        let ItemError { index, code, message } = error;
        self.refused += 1;
        self.errors.push(outcome::ItemError { index, code: code.to_owned(), message });
    }
}

impl From<&aggregator::AlertRecord> for Alert {
    fn from(record: &aggregator::AlertRecord) -> Self {
        Self {
            rule: record.last.rule.clone(),
            group: record.last.group.name().into_owned(),
            state: record.last.state.as_str().to_owned(),
            started_at: record.last.started_at,
        }
    }
}

impl End {
    /// Adds what a partition counted.
    pub fn count_readings(&mut self, counters: &partition::Counters) {
        let partition::Counters { received, accepted, duplicate, late, refused, .. } = *counters;
        let all = [received, accepted, duplicate, late, refused];
        for (sum, count) in self.readings.iter_mut().zip(all) {
            *sum += count;
        }
    }

    /// Adds what the aggregator counted.
    pub fn count_told(&mut self, counters: &aggregator::Counters) {
        let aggregator::Counters { transitions, sent, muted, pending, dead, .. } = *counters;
        for (sum, count) in self.told.iter_mut().zip([transitions, sent, muted, pending, dead]) {
            *sum += count;
        }
    }
}

pub(super) fn refusal(mistakes: &[document::Mistake]) -> Refusal {
    let told = |mistake: &document::Mistake| outcome::Mistake {
        line: mistake.line,
        column: mistake.column,
        code: mistake.code.clone(),
        message: mistake.message.clone(),
    };
    Refusal {
        status: 400,
        code: "invalid_rule".to_owned(),
        mistakes: mistakes.iter().map(told).collect(),
    }
}

pub(super) fn notice(notification: &aggregator::Notification, answered: u16) -> Notice {
    Notice {
        kind: notification.reason.kind().to_owned(),
        rule: notification.transition.rule.clone(),
        group: notification.transition.group.name().into_owned(),
        summary: notification.transition.summary.clone(),
        attempt: u64::from(notification.attempts) + 1,
        answered,
    }
}
