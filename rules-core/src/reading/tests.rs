use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use proptest::prelude::*;

use super::{Batch, DoubledName, Reading, ValueRef};
use crate::{Timestamp, Value};

fn reading(device: &str, values: &[(&str, f64)]) -> Reading {
    Reading {
        device: device.into(),
        ts: Timestamp::from_millis(1_700_000_000_000),
        id: None,
        values: values
            .iter()
            .map(|(name, value)| ((*name).into(), Value::Number(*value)))
            .collect(),
        tags: Vec::new(),
    }
}

fn readings(batch: &Batch) -> Vec<(u32, Reading)> {
    batch.iter().map(|(index, reading)| (index, reading.to_reading())).collect()
}

#[test]
fn values_come_in_the_senders_order_and_each_name_counts_once() {
    let mut batch = Batch::default();

    let mut draft = batch.draft(3);
    draft.device("boiler-1");
    assert_eq!(draft.value("temp", ValueRef::Number(81.0)), Ok(()));
    assert_eq!(draft.value("door", ValueRef::Text("open")), Ok(()));
    assert_eq!(draft.value("temp", ValueRef::Null), Err(DoubledName));
    draft.finish();

    let (index, reading) = batch.iter().next().unwrap();
    let values: Vec<_> = reading.values().collect();
    assert_eq!(index, 3);
    assert_eq!(values, [("temp", ValueRef::Number(81.0)), ("door", ValueRef::Text("open"))]);
    let sorted: Vec<_> = reading.to_reading().values.into_iter().map(|(name, _)| name).collect();
    assert_eq!(sorted, ["door", "temp"]);
}

#[test]
fn tags_come_sorted_and_the_last_of_a_name_counts() {
    let mut batch = Batch::default();

    let mut draft = batch.draft(0);
    draft.device("boiler-1");
    for (name, text) in [("site", "plant-1"), ("line", "4"), ("site", "plant-2")] {
        draft.tag(name, text);
    }
    draft.finish();

    let (_, reading) = batch.iter().next().unwrap();
    assert_eq!(reading.tags().collect::<Vec<_>>(), [("line", "4"), ("site", "plant-2")]);
}

#[test]
fn a_name_has_one_number_however_often_it_comes() {
    let mut batch = Batch::default();
    for index in 0..100 {
        batch.push(index, &reading("a", &[("hum", 1.0), ("temp", 2.0)]));
        batch.push(index, &reading("b", &[("rpm", 1.0), ("temp", 2.0)]));
    }
    assert_eq!(batch.names().collect::<Vec<_>>(), ["hum", "temp", "rpm"]);
    let numbers =
        |place| batch.iter().nth(place).unwrap().1.numbered_values().map(|(name, _)| name);
    assert_eq!(numbers(198).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(numbers(199).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn more_names_than_are_found_again_still_count_once_each() {
    let mut batch = Batch::default();
    let names: Vec<String> = (0..5_000).map(|number| format!("n{number}")).collect();
    for (name, index) in names.iter().zip(0..) {
        batch.push(index, &reading("a", &[(name, 1.0)]));
    }

    let mut draft = batch.draft(5_000);
    for name in &names[4_900..] {
        assert_eq!(draft.value(name, ValueRef::Null), Ok(()));
    }
    for name in &names[4_900..] {
        assert_eq!(draft.value(name, ValueRef::Null), Err(DoubledName));
    }
    drop(draft);
    let said = batch.iter().map(|(_, reading)| reading.values().next().unwrap().0);
    assert!(said.eq(names.iter().map(String::as_str)));
}

#[test]
fn a_decoded_batch_may_be_nonsense_and_says_nothing_then() {
    let mut batch = Batch::default();
    batch.push(0, &reading("boiler-1", &[("temp", 1.0)]));
    let bytes = postcard::to_allocvec(&batch).unwrap();
    for place in 0..bytes.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut broken = bytes.clone();
            broken[place] = byte;
            let Ok(mut broken) = postcard::from_bytes::<Batch>(&broken) else { continue };
            let _ = readings(&broken);
            broken.push(1, &reading("boiler-2", &[("temp", 2.0), ("hum", 3.0)]));
            let _ = readings(&broken);
        }
    }
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-1e9..1e9).prop_map(Value::Number),
        ".{0,6}".prop_map(Value::Text),
    ];
    let values = prop::collection::btree_map("[a-d]{0,2}", value, 0..6);
    let tags = prop::collection::btree_map("[a-d]{1,2}", "[a-d]{0,2}", 0..3);
    (".{1,8}", 0..1_i64 << 50, prop::option::of(".{1,4}"), values, tags).prop_map(
        |(device, ts, id, values, tags): (_, _, _, BTreeMap<_, _>, BTreeMap<_, _>)| Reading {
            device,
            ts: Timestamp::from_millis(ts),
            id,
            values: values.into_iter().collect(),
            tags: tags.into_iter().collect(),
        },
    )
}

proptest! {
    /// Whatever is written, dropped in the middle, copied, encoded and
    /// decoded: the batch is the list of what was finished.
    #[test]
    fn a_batch_is_the_list_of_what_was_put_in(
        acts in prop::collection::vec((any_reading(), prop::option::of(0..4_usize)), 0..12)
    ) {
        let mut batch = Batch::default();
        batch.push(9, &acts.first().map_or_else(|| reading("x", &[]), |(reading, _)| reading.clone()));
        batch.clear();
        let mut expected = Vec::new();
        for ((reading, broken_off), index) in acts.into_iter().zip(0..) {
            let Some(values) = broken_off else {
                batch.push(index, &reading);
                expected.push((index, reading));
                continue;
            };
            let mut draft = batch.draft(index);
            draft.device(&reading.device);
            for (name, value) in reading.values.iter().take(values) {
                prop_assert_eq!(draft.value(name, value.into()), Ok(()));
            }
            draft.tag("site", "nowhere");
        }

        let mut copied = Batch::default();
        for (index, reading) in batch.iter() {
            copied.copy(index, reading);
        }
        let decoded: Batch = postcard::from_bytes(&postcard::to_allocvec(&batch).unwrap()).unwrap();

        prop_assert_eq!(&readings(&batch), &expected);
        prop_assert_eq!(&copied, &batch);
        prop_assert_eq!(&decoded, &batch);
        prop_assert_eq!(postcard::to_allocvec(&decoded), postcard::to_allocvec(&batch));
    }
}
