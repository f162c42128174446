use rules_core::{Rule, document};

use crate::script::Script;

const AGGREGATES: [&str; 17] = [
    "avg(",
    "sum(",
    "count(",
    "min(",
    "max(",
    "range(",
    "stddev(",
    "median(",
    "quantile(0.9, ",
    "first(",
    "last(",
    "delta(",
    "rate(",
    "changes(",
    "distinct(",
    "all(",
    "any(",
];
const INPUTS: [&str; 6] = ["temp", "temp * 2 - 1", "open", "temp > 50", "mode", "`Volume Flow`"];
const FRAMES: [&str; 8] = [
    ", 10s)",
    ", 1m)",
    ", 3 samples)",
    ", 1 samples)",
    ", 20s, every 20s)",
    ", 30s, every 7s)",
    ", session 8s)",
    ", session 8s max 25s)",
];
const COMPARISONS: [&str; 6] = [" > 50", " < 20", " >= 2", " == true", " != 'on'", " == 0"];
const CONDITIONS: [&str; 12] = [
    "temp > 50",
    "open",
    "mode == 'on' || temp < 10",
    "!open && temp >= 20",
    "absent(15s)",
    "has(temp) && temp / 0 > 1",
    "fresh(temp, 12s) && temp > 30",
    "since(open) < 20s",
    "temp in [0, 50, 100]",
    "mode.startsWith('o')",
    "abs(temp) > 40 || absent(1m)",
    "temp > 50 ? open : has(mode)",
];
const DEVICES: [&str; 3] = ["[]", "[\"a*\"]", "[\"?\", \"bb*\"]"];
const PAUSES: [&str; 5] = ["0s", "5s", "10s", "30s", "1ms"];
const IDS: [&str; 4] = ["one", "two", "three", "four"];

/// A rule, if the engine does what it asks for. Two of one set may have the
/// same id; the rule store does not allow it, and the engine takes the first.
pub(crate) fn rule(script: &mut Script<'_>) -> Option<Rule> {
    let id = script.one_of(&IDS);
    let when = condition(script);
    let ids = script.one_of(&DEVICES);
    let flags = script.byte();
    let mut keys = vec![format!("\"id\": \"{id}\", \"when\": \"{when}\"")];
    if ids != "[]" {
        keys.push(format!("\"devices\": {{\"id\": {ids}}}"));
    }
    if flags & 1 != 0 {
        keys.push(format!("\"clear\": \"{}\"", condition(script)));
    }
    if flags & 2 != 0 {
        keys.push(format!("\"for\": \"{}\"", script.one_of(&PAUSES)));
    }
    if flags & 4 != 0 {
        keys.push(format!("\"keep_firing_for\": \"{}\"", script.one_of(&PAUSES)));
    }
    if flags & 8 != 0 {
        keys.push("\"missing\": \"clear\"".to_owned());
    }
    if flags & 16 != 0 {
        keys.push(format!("\"min_samples\": {}", 1 + script.byte() % 4));
    }
    if flags & 32 != 0 {
        keys.push("\"mode\": \"shadow\"".to_owned());
    }
    document::read(&format!("{{{}}}", keys.join(", "))).ok()
}

fn condition(script: &mut Script<'_>) -> String {
    let kind = script.byte();
    if kind.is_multiple_of(3) {
        return script.one_of(&CONDITIONS).to_owned();
    }
    let [aggregate, input, frame, comparison] =
        [&AGGREGATES[..], &INPUTS, &FRAMES, &COMPARISONS].map(|words| script.one_of(words));
    let window = format!("{aggregate}{input}{frame}{comparison}");
    if kind % 3 == 1 { window } else { format!("{window} && {}", script.one_of(&CONDITIONS)) }
}
