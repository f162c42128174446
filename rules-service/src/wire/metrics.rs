//! Counts in the text format of Prometheus, version 0.0.4.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::Write as _;

use rules_core::{aggregator, fleet, partition};

/// The `content-type` of [`Metrics::into_text`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a scrape is told. A scope that does not answer is `None`: it is
/// reported as down, and its counts are left out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Metrics {
    /// Version of the rule set and how many rules it has.
    pub rules: Option<(u64, usize)>,
    /// Counts by shard number.
    pub partitions: Vec<Option<partition::Counters>>,
    /// Counts of groups, by the number of their fleet shard.
    pub fleets: Vec<Option<fleet::Counters>>,
    /// Counts of the aggregator.
    pub aggregator: Option<aggregator::Counters>,
}

impl Metrics {
    /// The exposition.
    #[must_use]
    pub fn into_text(self) -> String {
        let mut text = Exposition::default();
        self.write_up(&mut text);
        self.write_partitions(&mut text);
        write_fleets(&self.fleets, &mut text);
        if let Some((version, count)) = self.rules {
            text.family("tripline_rules", "gauge", "Rules in the rule set.");
            text.sample("tripline_rules", &[], count as u64);
            text.family("tripline_rules_version", "gauge", "Version of the rule set.");
            text.sample("tripline_rules_version", &[], version);
        }
        if let Some(counters) = &self.aggregator {
            write_aggregator(counters, &mut text);
        }
        text.0
    }

    fn write_up(&self, text: &mut Exposition) {
        text.family("tripline_up", "gauge", "Whether the scope answered this scrape.");
        for (counters, shard) in self.partitions.iter().zip(0_u32..) {
            let scope = format!("shard-{shard}");
            text.sample("tripline_up", &[("scope", &scope)], u64::from(counters.is_some()));
        }
        for (counters, shard) in self.fleets.iter().zip(0_u32..) {
            let scope = format!("fleet-{shard}");
            text.sample("tripline_up", &[("scope", &scope)], u64::from(counters.is_some()));
        }
        let up = u64::from(self.aggregator.is_some());
        text.sample("tripline_up", &[("scope", "alerts")], up);
    }

    /// *received = accepted + duplicate + late + refused*, in each shard.
    fn write_partitions(&self, text: &mut Exposition) {
        type Count = fn(&partition::Counters) -> u64;
        const RESULTS: [(&str, Count); 4] = [
            ("accepted", |counters| counters.accepted),
            ("duplicate", |counters| counters.duplicate),
            ("late", |counters| counters.late),
            ("refused", |counters| counters.refused),
        ];
        const PLAIN: [(&str, &str, Count); 4] = [
            ("tripline_readings_received_total", "Readings that came.", |c| c.received),
            ("tripline_transitions_total", "Changes of an alert's state.", |c| c.transitions),
            (
                "tripline_type_errors_total",
                "Operators that met a type they are not made for.",
                |c| c.type_errors,
            ),
            (
                "tripline_limits_reached_total",
                "Times a named limit was reached and something was forgotten for it.",
                |c| c.limits_reached,
            ),
        ];
        let known = || {
            let shards = self.partitions.iter().zip(0_u32..);
            shards.filter_map(|(counters, shard)| Some((shard.to_string(), counters.as_ref()?)))
        };
        text.family("tripline_readings_total", "counter", "Readings, by what became of them.");
        for (shard, counters) in known() {
            for (result, count) in RESULTS {
                let labels = [("shard", shard.as_str()), ("result", result)];
                text.sample("tripline_readings_total", &labels, count(counters));
            }
        }
        for (name, help, count) in PLAIN {
            text.family(name, "counter", help);
            for (shard, counters) in known() {
                text.sample(name, &[("shard", &shard)], count(counters));
            }
        }
    }
}

/// *messages = duplicate + those whose facts are counted*, in each fleet shard.
fn write_fleets(fleets: &[Option<fleet::Counters>], text: &mut Exposition) {
    type Count = fn(&fleet::Counters) -> u64;
    const COUNTS: [(&str, &str, Count); 6] = [
        ("tripline_fleet_messages_total", "Messages of shards to groups.", |c| c.messages),
        ("tripline_fleet_messages_duplicate_total", "Those of them that were here before.", |c| {
            c.duplicate
        }),
        ("tripline_fleet_facts_total", "What devices told their groups.", |c| c.facts),
        ("tripline_fleet_transitions_total", "Changes of the state of a group's alert.", |c| {
            c.transitions
        }),
        (
            "tripline_fleet_type_errors_total",
            "Operators on groups that met a type they are not made for.",
            |c| c.type_errors,
        ),
        (
            "tripline_fleet_limits_reached_total",
            "Times a named limit of groups was reached and something was left out for it.",
            |c| c.limits_reached,
        ),
    ];
    for (name, help, count) in COUNTS {
        text.family(name, "counter", help);
        for (counters, shard) in fleets.iter().zip(0_u32..) {
            if let Some(counters) = counters {
                text.sample(name, &[("shard", &shard.to_string())], count(counters));
            }
        }
    }
}

/// *transitions = sent + muted + pending + dead*.
fn write_aggregator(counters: &aggregator::Counters, text: &mut Exposition) {
    let name = "tripline_notifications_expected_total";
    text.family(name, "counter", "Transitions, once for each receiver.");
    text.sample(name, &[], counters.transitions);
    let name = "tripline_notifications_total";
    text.family(name, "counter", "Those that are settled, by how.");
    for (outcome, count) in
        [("sent", counters.sent), ("muted", counters.muted), ("dead", counters.dead)]
    {
        text.sample(name, &[("outcome", outcome)], count);
    }
    let name = "tripline_notifications_pending";
    text.family(name, "gauge", "Those that a receiver still has to be told.");
    text.sample(name, &[], counters.pending);
}

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], count: u64) {
        let pairs: Vec<_> =
            labels.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
        if pairs.is_empty() {
            self.line(format_args!("{name} {count}"));
        } else {
            self.line(format_args!("{name}{{{}}} {count}", pairs.join(",")));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_shard_that_is_silent_is_down_and_has_no_counts() {
        let counters =
            partition::Counters { received: 7, accepted: 6, late: 1, ..Default::default() };
        let metrics = Metrics {
            rules: Some((3, 2)),
            partitions: vec![Some(counters), None],
            fleets: vec![None, Some(fleet::Counters::default())],
            aggregator: Some(aggregator::Counters {
                transitions: 2,
                sent: 2,
                ..Default::default()
            }),
        };

        expect![[r##"
            # HELP tripline_up Whether the scope answered this scrape.
            # TYPE tripline_up gauge
            tripline_up{scope="shard-0"} 1
            tripline_up{scope="shard-1"} 0
            tripline_up{scope="fleet-0"} 0
            tripline_up{scope="fleet-1"} 1
            tripline_up{scope="alerts"} 1
            # HELP tripline_readings_total Readings, by what became of them.
            # TYPE tripline_readings_total counter
            tripline_readings_total{shard="0",result="accepted"} 6
            tripline_readings_total{shard="0",result="duplicate"} 0
            tripline_readings_total{shard="0",result="late"} 1
            tripline_readings_total{shard="0",result="refused"} 0
            # HELP tripline_readings_received_total Readings that came.
            # TYPE tripline_readings_received_total counter
            tripline_readings_received_total{shard="0"} 7
            # HELP tripline_transitions_total Changes of an alert's state.
            # TYPE tripline_transitions_total counter
            tripline_transitions_total{shard="0"} 0
            # HELP tripline_type_errors_total Operators that met a type they are not made for.
            # TYPE tripline_type_errors_total counter
            tripline_type_errors_total{shard="0"} 0
            # HELP tripline_limits_reached_total Times a named limit was reached and something was forgotten for it.
            # TYPE tripline_limits_reached_total counter
            tripline_limits_reached_total{shard="0"} 0
            # HELP tripline_fleet_messages_total Messages of shards to groups.
            # TYPE tripline_fleet_messages_total counter
            tripline_fleet_messages_total{shard="1"} 0
            # HELP tripline_fleet_messages_duplicate_total Those of them that were here before.
            # TYPE tripline_fleet_messages_duplicate_total counter
            tripline_fleet_messages_duplicate_total{shard="1"} 0
            # HELP tripline_fleet_facts_total What devices told their groups.
            # TYPE tripline_fleet_facts_total counter
            tripline_fleet_facts_total{shard="1"} 0
            # HELP tripline_fleet_transitions_total Changes of the state of a group's alert.
            # TYPE tripline_fleet_transitions_total counter
            tripline_fleet_transitions_total{shard="1"} 0
            # HELP tripline_fleet_type_errors_total Operators on groups that met a type they are not made for.
            # TYPE tripline_fleet_type_errors_total counter
            tripline_fleet_type_errors_total{shard="1"} 0
            # HELP tripline_fleet_limits_reached_total Times a named limit of groups was reached and something was left out for it.
            # TYPE tripline_fleet_limits_reached_total counter
            tripline_fleet_limits_reached_total{shard="1"} 0
            # HELP tripline_rules Rules in the rule set.
            # TYPE tripline_rules gauge
            tripline_rules 2
            # HELP tripline_rules_version Version of the rule set.
            # TYPE tripline_rules_version gauge
            tripline_rules_version 3
            # HELP tripline_notifications_expected_total Transitions, once for each receiver.
            # TYPE tripline_notifications_expected_total counter
            tripline_notifications_expected_total 2
            # HELP tripline_notifications_total Those that are settled, by how.
            # TYPE tripline_notifications_total counter
            tripline_notifications_total{outcome="sent"} 2
            tripline_notifications_total{outcome="muted"} 0
            tripline_notifications_total{outcome="dead"} 0
            # HELP tripline_notifications_pending Those that a receiver still has to be told.
            # TYPE tripline_notifications_pending gauge
            tripline_notifications_pending 0
        "##]].assert_eq(&metrics.into_text());
    }
}
