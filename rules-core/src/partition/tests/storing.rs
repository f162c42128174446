//! Storing and loading state around every step, or keeping it in memory.

use std::{string::String, vec::Vec};

use proptest::prelude::*;

use super::{super::*, Bench, describe, lateness, rules};
use crate::{Batch, CellKey, Reading, Span, Timestamp, Value};

/// Milliseconds that pass, then a reading's delay and value, or a tick.
fn acts() -> impl Strategy<Value = Vec<(i64, Option<(i64, i8)>)>> {
    let act = prop_oneof![1 => Just(None), 4 => (0_i64..8_000, 0_i8..5).prop_map(Some)];
    prop::collection::vec((1_i64..6_000, act), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A partition that is encoded and decoded around every step, as hosts do,
    /// gives the outputs, and ends with the bytes, of one kept in memory.
    #[test]
    fn stored_state_goes_on_as_kept_state_does(acts in acts(), lateness in 0_i64..3) {
        let settings = Settings {
            allowed_lateness: Span::from_secs(lateness * 5),
            ..Settings::default()
        };
        let mut stored = Bench::with(&lateness::RULES, settings);
        let engine = Engine::new(1, rules(&lateness::RULES), settings);
        let mut kept = Partition::default();
        let mut now = Timestamp::from_millis(super::ZERO);
        for (pause, act) in acts {
            now = now.plus(Span::from_millis(pause));
            let input = match act {
                None => Input::Tick,
                Some((delay, value)) => {
                    let ts = now.minus(Span::from_millis(delay));
                    let values = [(String::from("v"), Value::Number(f64::from(value)))].into();
                    let reading = Reading { device: "d".into(), ts, id: None, values, tags: Vec::new() };
                    Input::Readings { source: None, batch: Batch::from(&reading), refused_before: 0 }
                }
            };
            prop_assert_eq!(
                describe(&stored.step(&input, now)),
                describe(&engine.step(&mut kept, &input, now))
            );
            let key = CellKey::device("d");
            let changes = kept.take_changes().unwrap();
            if let Some(cell) = changes.cells.first() {
                let (bytes, wake_at) = &stored.cells[&key];
                prop_assert_eq!(Some(bytes), cell.bytes.as_ref());
                prop_assert_eq!(*wake_at, cell.wake_at);
            }
        }
    }
}
