//! The engine as a wasm module of its own, without std and without a host.
//!
//! `cargo xtask test` builds it and looks into its list of imports, which has
//! to be empty: whatever asked for a clock, randomness or I/O would stand there.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::{string::String, vec, vec::Vec};

use rules_core::{
    Batch, Reading, Span, Timestamp, Value,
    aggregator::{self, Aggregator, AggregatorState},
    document,
    partition::{Engine, Input, Partition, Settings},
    state_hash,
};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Runs both machines once, so that all of them is linked, on values that
/// come from outside, so that nothing is computed while compiling. Gives the
/// lower half of the partition's state hash.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn judge(value: f64, at: i64) -> u64 {
    let text = r#"{"id": "hot", "when": "avg(temp, 5m) > 80 && !off", "for": "1m"}"#;
    let rules = document::read(text).into_iter().collect();
    let engine = Engine::new(1, rules, Settings::default());
    let now = Timestamp::from_millis(at);
    let mut partition = Partition::default();
    let readings = engine.step(&mut partition, &batch(value, now), now);
    let later = now.plus(Span::from_secs(60));
    let ticked = engine.step(&mut partition, &Input::Tick, later);

    let items = readings.transitions().chain(ticked.transitions()).zip(1..);
    let input = aggregator::Input::Transitions {
        sender: String::from("shard-0"),
        items: items.map(|(transition, sequence)| (sequence, transition)).collect(),
    };
    let mut alerts = AggregatorState::default();
    let aggregator = Aggregator::new(aggregator::Settings::default());
    let told = aggregator.step(&mut alerts, &input, later).len()
        + aggregator.step(&mut alerts, &aggregator::Input::Tick, later).len();

    let changes = partition.take_changes().unwrap_or_default();
    let cells: Vec<(&str, &[u8])> = changes
        .cells
        .iter()
        .map(|cell| (cell.key.as_str(), cell.bytes.as_deref().unwrap_or_default()))
        .collect();
    let hash = state_hash(&changes.header, cells).to_le_bytes();
    let lower = hash.first_chunk().map_or(0, |half| u64::from_le_bytes(*half));
    lower.wrapping_add(told as u64)
}

fn batch(value: f64, ts: Timestamp) -> Input {
    let values = vec![
        (String::from("off"), Value::Bool(false)),
        (String::from("temp"), Value::Number(value)),
    ];
    let reading =
        Reading { device: String::from("boiler-1"), ts, id: None, values, tags: Vec::new() };
    Input::Readings { source: None, batch: Batch::from(&reading), refused_before: 0 }
}
