//! The life cycle against an oracle that knows no states: it looks at the
//! whole history of evaluations each time.

use std::{fmt::Write as _, format, string::String, vec, vec::Vec};

use proptest::prelude::*;

use super::{Bench, play};

/// What a script does at one second.
#[derive(Clone, Copy, Debug)]
enum Act {
    Tick,
    /// A reading with this value, or null.
    Reading(Option<i8>),
}

fn acts() -> impl Strategy<Value = Vec<(u32, Act)>> {
    let act = prop_oneof![
        1 => Just(Act::Tick),
        4 => prop_oneof![Just(None), (0_i8..4).prop_map(Some)].prop_map(Act::Reading),
    ];
    prop::collection::vec((0_u32..4, act), 1..40)
}

/// One episode, as the oracle finds it.
#[derive(Debug, PartialEq)]
struct Episode {
    start: u32,
    firing: Option<u32>,
    end: Option<u32>,
}

/// Episodes of `v > 2` (cleared by `v < 1`), found by walking the seconds one
/// by one: at each second first the readings, then what time alone brings.
/// A timer may only be noticed at a tick or before a later reading, but it
/// counts at its own second, so the walk needs no notion of ticks except that
/// nothing after the last act is noticed.
fn oracle(acts: &[(u32, Act)], hold: u32, keep: u32, clears: bool) -> Vec<Episode> {
    let last = acts.iter().map(|(t, _)| *t).max().unwrap_or(0);
    let ticked = acts.iter().filter(|(_, act)| matches!(act, Act::Tick)).map(|(t, _)| *t).max();
    let mut episodes: Vec<Episode> = Vec::new();
    let mut clearing_since: Option<u32> = None;
    for second in 0..=last {
        for (_, act) in acts.iter().filter(|(t, _)| *t == second) {
            let Act::Reading(value) = act else { continue };
            let when = value.map(|v| v > 2);
            let ends = match (value, clears) {
                (Some(v), _) => Some(*v < 1),
                (None, true) => Some(true),
                (None, false) => None,
            };
            let when = when.or(if clears { Some(false) } else { None });
            let open = episodes.last_mut().filter(|episode| episode.end.is_none());
            match open {
                None if when == Some(true) => {
                    let firing = (hold == 0).then_some(second);
                    episodes.push(Episode { start: second, firing, end: None });
                    clearing_since = None;
                }
                None => {}
                Some(episode) if episode.firing.is_none() => match when {
                    Some(true) if second - episode.start >= hold => {
                        episode.firing = Some(second);
                    }
                    Some(false) => episode.end = Some(second),
                    _ => {}
                },
                Some(episode) => match ends {
                    Some(true) => {
                        let since = *clearing_since.get_or_insert(second);
                        if second - since >= keep {
                            episode.end = Some(second);
                        }
                    }
                    Some(false) => clearing_since = None,
                    None => {}
                },
            }
        }
        let later_reading =
            acts.iter().any(|(t, act)| *t > second && matches!(act, Act::Reading(_)));
        let noticed = later_reading || ticked.is_some_and(|ticked| ticked >= second);
        if let Some(episode) =
            episodes.last_mut().filter(|episode| episode.end.is_none() && noticed)
        {
            if episode.firing.is_none() && second - episode.start >= hold {
                episode.firing = Some(second);
            } else if episode.firing.is_some()
                && clearing_since.is_some_and(|since| keep > 0 && second - since >= keep)
            {
                episode.end = Some(second);
            }
        }
    }
    episodes
}

/// The same, read from the engine's transcript.
fn engine(acts: &[(u32, Act)], hold: u32, keep: u32, clears: bool) -> Vec<Episode> {
    let missing = if clears { "clear" } else { "hold" };
    let rule = format!(
        r#"{{"id": "r", "when": "v > 2", "clear": "v < 1", "for": "{hold}s", "keep_firing_for": "{keep}s", "missing": "{missing}"}}"#
    );
    let mut script = String::new();
    for (t, act) in acts {
        let written = match act {
            Act::Tick => writeln!(script, "{t}s tick"),
            Act::Reading(None) => writeln!(script, "{t}s d v=null"),
            Act::Reading(Some(v)) => writeln!(script, "{t}s d v={v}"),
        };
        written.unwrap();
    }
    let mut bench = Bench::new(&[rule.as_str()]);
    let mut episodes: Vec<Episode> = vec![];
    for line in play(&mut bench, &script).lines().filter(|line| line.starts_with("    ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let seconds = |word: &str| {
            u32::try_from(crate::Span::parse(word).unwrap().as_millis() / 1_000).unwrap()
        };
        match words[0] {
            "pending" => {
                episodes.push(Episode { start: seconds(words[3]), firing: None, end: None });
            }
            "firing" => {
                let at = seconds(words[3]);
                match episodes.last_mut().filter(|episode| episode.end.is_none()) {
                    Some(episode) => episode.firing = Some(at),
                    None => episodes.push(Episode { start: at, firing: Some(at), end: None }),
                }
            }
            "inactive" | "resolved" => {
                episodes.last_mut().unwrap().end = Some(seconds(words[3]));
            }
            other => panic!("{other}"),
        }
    }
    episodes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the readings and however early, late or often the ticks, the
    /// engine's episodes are those found by walking the whole history second
    /// by second.
    #[test]
    fn episodes_equal_those_of_a_walk_over_the_whole_history(
        steps in acts(), hold in 0_u32..4, keep in 0_u32..4, clears in any::<bool>(),
    ) {
        let mut t = 0;
        let mut seen = vec![];
        let mut ticked = None;
        for (pause, act) in steps {
            t += pause;
            // A reading in the very second of a tick may be late, and a repeat
            // is swallowed; neither is the life cycle's concern.
            if ticked == Some(t) || seen.last().is_some_and(|(last, _)| *last == t) {
                t += 1;
            }
            if matches!(act, Act::Tick) {
                ticked = Some(t);
            }
            seen.push((t, act));
        }
        prop_assert_eq!(engine(&seen, hold, keep, clears), oracle(&seen, hold, keep, clears));
    }
}
