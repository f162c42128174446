use alloc::{format, string::String};

use expect_test::{Expect, expect};

use super::*;

/// Reads a document, and shows the rule or every mistake with line and column.
fn check(text: &str, expected: &Expect) {
    let shown = match read(text) {
        Ok(rule) => shown(&rule),
        Err(mistakes) => mistakes.iter().map(line).collect::<String>(),
    };
    expected.assert_eq(&shown);
}

fn shown(rule: &Rule) -> String {
    let Rule { id, devices, when, clear, hold, keep_firing, min_samples, .. } = rule;
    let Rule { missing, mode, severity, labels, summary, .. } = rule;
    let clear = clear.as_ref().map_or(String::from("-"), |clear| format!("{clear}"));
    format!(
        "{id} on {:?}: {when}\nclear {clear}\nfor {hold}, keep {keep_firing}, {min_samples} samples, \
         {missing:?}, {mode:?}\n{severity} {labels:?} {summary:?}\n",
        devices.ids
    )
}

fn line(mistake: &Mistake) -> String {
    let Mistake { code, message, line, column, .. } = mistake;
    format!("{line}:{column} {code}: {message}\n")
}

#[test]
fn the_documents_example_reads() {
    check(
        r#"{ "id": "cold-room-warm",
  "devices": { "id": "fridge-*" },
  "when":  "avg(temp, 5m) > 8 && !door_open",
  "clear": "avg(temp, 5m) < 6",
  "for": "10m", "keep_firing_for": "1m", "min_samples": 3,
  "severity": "critical", "labels": { "team": "ops" },
  "summary": "{{ device }} is {{ value }} °C",
  "missing": "hold", "mode": "live" }"#,
        &expect![[r#"
            cold-room-warm on ["fridge-*"]: avg(temp, 5m) > 8 && !door_open
            clear avg(temp, 5m) < 6
            for 10m, keep 1m, 3 samples, Hold, Live
            critical {"team": "ops"} Some(Summary([Device, Text(" is "), Value, Text(" °C")]))
        "#]],
    );
}
