//! State that an older version of the code has stored.

use std::{fmt::Write as _, format, string::String, vec::Vec};

use expect_test::expect;

use super::super::*;
use super::{describe, rules};
use crate::{Batch, CellKey, Reading, Timestamp, Value};

const RULES: [&str; 7] = [
    r#"{"id": "held", "when": "avg(temp, 1m) > 80", "for": "1m"}"#,
    r#"{"id": "summed", "when": "sum(temp, 1m) > 300", "clear": "sum(temp, 1m) < 100"}"#,
    r#"{"id": "highest", "when": "max(temp, 1m) > 89", "keep_firing_for": "5m"}"#,
    r#"{"id": "lowest", "when": "min(temp, 1m) < 75"}"#,
    r#"{"id": "opened", "when": "count(open, 1m) >= 3"}"#,
    r#"{"id": "reported", "when": "count(temp > 80, 5m) > 2", "for": "10m"}"#,
    r#"{"id": "silent", "when": "absent(5m)"}"#,
];

/// What encoding version 1 stored by these rules (version 7 of the set) after
/// the first four of [`READINGS`].
const HEADER_V1: &str = "010404000000050000e0f4d8edee66070500";
const CELL_V1: &str = "0101e0f4d8edee6600000702046f70656e0101e0f4d8edee660474656d70020000000000805640e0f4d8edee66\
     06bcadfaf2fbc4c9c00cc0a90780a0d5edee66020400904e904e904e0400000000004055400000000000805540\
     0000000000e053400000000000805640c1d3aec88b9ec7a148c0a90780a0d5edee66000401a09c01a19c01a19c\
     01f7ca97f8e7a088e16cc0a90780a0d5edee66010400904e904e904e0400000000004055400000000000805540\
     0000000000e053400000000000805640b18ab8c584d2c9adb401c0cf2480a0d5edee66000401a19c01a09c01a1\
     9c018a8d8fa7c799ca82e201c0a90780a0d5edee66040400a09c01a09c01a19c01010000000000805640f08aa7\
     da9bbfe9eee201c0a90780a0d5edee66030400a09c01a19c01a19c01020000000000e053400000000000805640\
     050468656c6480a0d5edee660001020000000000485540077761726e696e6700000768696768657374e0f4d8ed\
     ee66010001020000000000805640077761726e696e670000066f70656e6564e0f4d8edee660100010200000000\
     00000840077761726e696e670000087265706f72746564e0f4d8edee660001020000000000000840077761726e\
     696e6700000673756d6d6564e0f4d8edee66010001020000000000487540077761726e696e6700000480a0d5ed\
     ee66d281de9bcb8bfda564a0bcd6edee66b4b7cb94c5f5ddc99001c0d8d7edee66e898c5b7bcc9c0a1dc01e0f4\
     d8edee66b391f1b1aa98de869e0100";

/// What encoding version 3 stored by these rules after the first four of
/// [`READINGS`] and one with an id, a second later.
const CELL_V3: &str = "0301b084d9edee6601b084d9edee6600000702046f70656e0101b084d9edee660474656d700200\
     00000000805640b084d9edee660393e9e6d0abeab3a345000080a0d5edee660500a09c010000cf8c0102050101\
     00010100e9e1d999c6f6e5a7f801000080a0d5edee660500a09c010000cf8c01020501000101010087f3cbcef1\
     ddbda6fa01000080a0d5edee660500a09c010000cf8c01000105a40d148101d2010000050468656c6480a0d5ed\
     ee660001026666666666865540077761726e696e6700000768696768657374e0f4d8edee660100010200000000\
     00805640077761726e696e670000066f70656e6564e0f4d8edee66010001020000000000001040077761726e69\
     6e670000087265706f72746564e0f4d8edee660001020000000000001040077761726e696e6700000673756d6d\
     6564e0f4d8edee66010001020000000000e87a40077761726e696e67000080a0d5edee660500f4832701e0cc7d\
     34a09c0100e6b8913a62cfada09c0111c9acf373b4ee9ba09c01b35707b20a3b18e6d00f9703a6e1b507104400\
     0188a9919f85ddceb77bb084d9edee66000006c39cdfbb89b6aad601010000000000e053400096e2fc96eabaf6\
     d81701000000000000104000bdebc6c3fc9790eb3201000000000080564000f7acf2db8a9ba8c8680166666666\
     6686554000cc9b84d4c2b7be949e01010000000000e87a4000a8ecb3f997f3bfe5cd0101000000000000104000\
     0000";

/// Second, `temp` and `open` of what `boiler-1` said since 2026-01-01T00:00:00Z.
const READINGS: [(i64, f64, bool); 10] = [
    (0, 85.0, true),
    (10, 86.0, false),
    (20, 79.5, true),
    (30, 90.0, true),
    (45, 84.0, true),
    (58, 70.0, false),
    (61, 91.0, false),
    (75, 60.0, false),
    (95, 60.0, false),
    (700, 85.0, true),
];

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn reading((second, temp, open): (i64, f64, bool), id: Option<&str>) -> Reading {
    let ts = Timestamp::from_millis(1_767_225_600_000 + second * 1_000);
    let values = [("open".into(), Value::Bool(open)), ("temp".into(), Value::Number(temp))];
    let (device, id) = ("boiler-1".into(), id.map(String::from));
    Reading { device, ts, id, values: values.into(), tags: Vec::new() }
}

fn input(reading: &Reading) -> Input {
    Input::Readings { source: None, batch: Batch::from(reading), refused_before: 0 }
}

fn outcome(engine: &Engine, partition: &mut Partition, readings: &[(i64, f64, bool)]) -> String {
    let mut text = String::new();
    for known in readings {
        let (reading, second) = (reading(*known, None), known.0);
        let before = reading.ts.minus(crate::Span::from_millis(1));
        let tick = engine.step(partition, &Input::Tick, before);
        let step = describe(&engine.step(partition, &input(&reading), reading.ts));
        write!(text, "{second}s\n{}{step}", describe(&tick)).unwrap();
    }
    text
}

#[test]
fn state_of_encoding_version_1_goes_on_as_if_it_had_been_kept_by_this_one() {
    let engine = Engine::new(7, rules(&RULES), Settings::default());
    let cell = (CellKey::device("boiler-1"), Some(bytes(CELL_V1)));
    let mut migrated = Partition::decode(Some(&bytes(HEADER_V1)), [cell]).unwrap();
    let mut kept = Partition::default();
    let _ = outcome(&engine, &mut kept, &READINGS[..4]);

    let after_migration = outcome(&engine, &mut migrated, &READINGS[4..]);

    assert_eq!(after_migration, outcome(&engine, &mut kept, &READINGS[4..]));
    expect![[r#"
        45s
        58s
            firing lowest{boiler-1} at 778d1h58s since 778d1h58s value 70
        61s
            firing held{boiler-1} at 778d1h1m since 778d1h value 82.41666666666667
        75s
            resolved held{boiler-1} at 778d1h1m15s since 778d1h value 79.08333333333333
        95s
            resolved opened{boiler-1} at 778d1h1m35s since 778d1h30s value 1
        700s
            firing silent{boiler-1} at 778d1h6m35s since 778d1h6m35s
            firing reported{boiler-1} at 778d1h10m30s since 778d1h30s value 5
            pending held{boiler-1} at 778d1h11m40s since 778d1h11m40s value 85
            resolved lowest{boiler-1} at 778d1h11m40s since 778d1h58s value 85
            resolved reported{boiler-1} at 778d1h11m40s since 778d1h30s value 1
            resolved silent{boiler-1} at 778d1h11m40s since 778d1h6m35s
            resolved summed{boiler-1} at 778d1h11m40s since 778d1h30s value 85
    "#]]
    .assert_eq(&after_migration);
}

#[test]
fn state_of_encoding_version_3_goes_on_as_if_it_had_been_kept_by_this_one() {
    let engine = Engine::new(7, rules(&RULES), Settings::default());
    let cell = (CellKey::device("boiler-1"), Some(bytes(CELL_V3)));
    let mut migrated = Partition::decode(Some(&bytes(HEADER_V1)), [cell]).unwrap();
    let mut kept = Partition::default();
    let _ = outcome(&engine, &mut kept, &READINGS[..4]);
    let named = reading((31, 90.0, true), Some("a"));
    let _ = engine.step(&mut kept, &input(&named), named.ts);

    for known in [reading(READINGS[2], None), reading(READINGS[3], None), named] {
        let ts = known.ts.max(Timestamp::from_millis(1_767_225_631_000));
        let step = engine.step(&mut migrated, &input(&known), ts);
        assert_eq!(step.receipts, [(0, Receipt::Duplicate)]);
        let _ = engine.step(&mut kept, &input(&known), ts);
    }
    let after_migration = outcome(&engine, &mut migrated, &READINGS[4..]);

    assert_eq!(after_migration, outcome(&engine, &mut kept, &READINGS[4..]));
    let cells = |partition: &mut Partition| partition.take_changes().unwrap().cells;
    assert_eq!(cells(&mut migrated), cells(&mut kept));
}

#[test]
fn state_of_a_version_to_come_is_refused_and_left_alone() {
    let cell = (CellKey::device("boiler-1"), Some([&[5][..], &bytes(CELL_V1)[1..]].concat()));
    let error = Partition::decode(None, [cell]).unwrap_err();
    expect!["device/boiler-1 is not state that this version can read: it has encoding version 5, and this code reads version 4 and older"]
        .assert_eq(&format!("{error}"));
}
