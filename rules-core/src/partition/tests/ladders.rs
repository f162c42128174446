//! Many thresholds on one quantity, whose alerts move together.

use std::{format, string::String, vec::Vec};

use proptest::prelude::*;

use super::Bench;

/// A rule that compares `temp`, and may be in force before, after, or both.
#[derive(Clone, Debug)]
struct Threshold {
    when: (&'static str, u8),
    clear: Option<(&'static str, u8)>,
    course: &'static str,
    in_force: (bool, bool),
}

impl Threshold {
    /// The rule, comparing what `quantity` says.
    fn document(&self, number: usize, quantity: &str) -> String {
        let Self { when: (than, bound), clear, course, .. } = self;
        let clear = clear.map_or(String::new(), |(than, bound)| {
            format!(r#""clear": "{quantity} {than} {bound}", "#)
        });
        format!(r#"{{"id": "r{number:02}", {course}{clear}"when": "{quantity} {than} {bound}"}}"#)
    }
}

fn thresholds() -> impl Strategy<Value = Vec<Threshold>> {
    let than = || prop::sample::select(&[">", ">=", "<", "<="][..]);
    let courses = [
        "",
        "",
        r#""for": "3s", "#,
        r#""keep_firing_for": "4s", "#,
        r#""for": "2s", "keep_firing_for": "2s", "#,
        r#""keep_firing_for": "3s", "missing": "clear", "#,
    ];
    let clear = prop::option::weighted(0.2, (than(), 0_u8..8));
    let course = prop::sample::select(courses.to_vec());
    let in_force =
        prop::sample::select(&[(true, true), (true, true), (true, false), (false, true)]);
    let rule = (than(), 0_u8..8, clear, course, in_force).prop_map(
        |(than, bound, clear, course, in_force)| Threshold {
            when: (than, bound),
            clear,
            course,
            in_force,
        },
    );
    prop::collection::vec(rule, 1..14)
}

/// What a reading says, or that the clock passes.
fn lines() -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
    let value = prop_oneof![8 => (0_u8..9).prop_map(Some), 1 => Just(None)];
    prop::collection::vec((0_u8..4, value), 1..40)
}

proptest! {
    /// Found by their thresholds, alerts move as those of conditions that are
    /// evaluated one by one, also when rules change in between.
    #[test]
    fn thresholds_move_alerts_as_conditions_do(
        rules in thresholds(), before in lines(), after in lines(), ticks in any::<bool>(),
    ) {
        let documents = |quantity: &str, is_in_force: fn(&Threshold) -> bool| -> Vec<String> {
            let rules = rules.iter().enumerate().filter(|(_, rule)| is_in_force(rule));
            rules.map(|(number, rule)| rule.document(number, quantity)).collect()
        };
        let play = |quantity: &str| {
            let documents = |which| documents(quantity, which);
            let (first, second) = (documents(|it| it.in_force.0), documents(|it| it.in_force.1));
            let mut bench = Bench::new(&first.iter().map(String::as_str).collect::<Vec<_>>());
            let (mut now, mut transcript) = (0, String::new());
            for (lines, is_first) in [(&before, true), (&after, false)] {
                if !is_first {
                    bench.change_rules(&second.iter().map(String::as_str).collect::<Vec<_>>());
                }
                for (pause, value) in lines {
                    now += u32::from(*pause);
                    if ticks {
                        transcript.push_str(&bench.line(&format!("{now}s tick")));
                    }
                    let value = value.map_or(String::from("null"), |value| format!("{value}"));
                    let line = format!("{now}s boiler temp={value}");
                    transcript.push_str(&line);
                    transcript.push('\n');
                    transcript.push_str(&bench.line(&line));
                }
            }
            transcript
        };
        prop_assert_eq!(play("temp"), play("(temp + 0)"));
    }
}
