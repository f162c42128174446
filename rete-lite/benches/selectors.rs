//! Selectors: which of 10,000 want a device, by the index against a scan.
//!
//! Half of them name one device, most others begin with a few letters, and the
//! rest ask for a tag, as the rules of a large site do. Every device is asked
//! for once by each, in turn, and the fastest round counts.

use std::{hint::black_box, time::Instant};

use rete_lite::{SelectorIndex, glob};

const ROUNDS: usize = 7;
const DEVICES: usize = 1_000;

fn main() {
    println!("microseconds for each device; {DEVICES} devices, best of {ROUNDS} rounds in turn");
    println!("{:>10} {:>8} {:>10} {:>10} {:>8}", "selectors", "found", "scan", "index", "ratio");
    for count in [100, 1_000, 10_000] {
        let selectors = selectors(count);
        let mut index = SelectorIndex::new();
        let begun = Instant::now();
        for (key, selector) in (0..).zip(&selectors) {
            let tests = selector.tag.as_deref().map(|zone| ("zone", zone));
            index.insert(selector.pattern.as_deref(), tests.as_slice(), key);
        }
        let built = begun.elapsed();
        let devices = devices();
        let (mut scan, mut indexed, mut total) = (f64::INFINITY, f64::INFINITY, 0);
        for _ in 0..ROUNDS {
            let (by_scan, a) = timed(|| scan_all(&selectors, &devices));
            let (by_index, b) = timed(|| index_all(&index, &devices));
            assert_eq!(a, b, "both find the same");
            scan = scan.min(by_scan);
            indexed = indexed.min(by_index);
            total = a.len();
        }
        let (each, ratio) = (total as f64 / DEVICES as f64, scan / indexed);
        println!("{count:>10} {each:>8.1} {scan:>10.2} {indexed:>10.2} {ratio:>7.0}x");
        println!("{:>10} built in {:.2} ms", "", built.as_secs_f64() * 1e3);
    }
}

struct Selector {
    pattern: Option<String>,
    tag: Option<String>,
}

struct Device {
    id: String,
    zone: String,
}

/// Of ten, five name a device, four a few letters, and one asks for a zone.
fn selectors(count: usize) -> Vec<Selector> {
    let selector = |number: usize| match number % 10 {
        0..5 => Selector { pattern: Some(format!("boiler-{number:05}")), tag: None },
        5..9 => Selector { pattern: Some(format!("boiler-{:04}*", number / 10)), tag: None },
        _ => Selector { pattern: None, tag: Some(format!("zone-{}", number / 10)) },
    };
    (0..count).map(selector).collect()
}

/// Spread over the numbers that selectors ask for.
fn devices() -> Vec<Device> {
    let device = |number: usize| Device {
        id: format!("boiler-{:05}", number * 10 + number % 10),
        zone: format!("zone-{number}"),
    };
    (0..DEVICES).map(device).collect()
}

fn scan_all(selectors: &[Selector], devices: &[Device]) -> Vec<usize> {
    let mut found = Vec::new();
    for device in devices {
        let selects = |selector: &Selector| {
            selector.tag.as_ref().is_none_or(|zone| *zone == device.zone)
                && selector.pattern.as_ref().is_none_or(|pattern| glob(pattern, &device.id))
        };
        let all = selectors.iter().enumerate();
        found.extend(all.filter(|(_, selector)| selects(selector)).map(|(place, _)| place));
    }
    found
}

fn index_all(index: &SelectorIndex<usize>, devices: &[Device]) -> Vec<usize> {
    let (mut found, mut keys) = (Vec::new(), Vec::new());
    for device in devices {
        let zone = |name: &str| (name == "zone").then_some(device.zone.as_str());
        index.matching(&device.id, zone, &mut keys);
        found.append(&mut keys);
    }
    found
}

/// Microseconds for each device, and what came out.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64() * 1e6 / DEVICES as f64, result)
}
