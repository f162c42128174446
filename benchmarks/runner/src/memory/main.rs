//! What rules and devices take of memory, by an allocator that counts.
//!
//! Prints one line of JSON.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use bench_workload::{
    rule::{Kind, Rule, W1_WINDOW_MS, rules},
    stream::{BATCH, DEVICES, bodies, events},
    tripline::Tripline,
};
use rules_core::partition::Input;
use serde_json::json;

/// The system's allocator, with counts.
struct Counting;

static LIVE: AtomicU64 = AtomicU64::new(0);
static CALLS: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "an allocator is")]
// SAFETY: everything is the system allocator's own doing; this only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as u64, Relaxed);
        CALLS.fetch_add(1, Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as u64, Relaxed);
        // SAFETY: the caller keeps `dealloc`'s contract, which is the same.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Seconds of the stream that fill a window twice.
const SECONDS: u32 = 120;
/// Readings at the end over which allocations are counted.
const WARM: usize = 20_000;

fn main() {
    let few = Engine::with_idle_rules(10);
    let many = Engine::with_idle_rules(1_000);
    let most = Engine::with_idle_rules(10_000);
    let per_rule = (most.rules - many.rules) as f64 / 9_000.0;
    let [few, many] = [few, many].map(Engine::watched);
    let report = json!({
        "bytes_per_idle_rule": per_rule,
        "bytes_per_device": many.device,
        "encoded_bytes_per_device": many.encoded,
        "bytes_per_device_with_10_rules": few.device,
        "encoded_bytes_per_device_with_10_rules": few.encoded,
        "allocations_per_reading_decode": many.decode_calls,
        "allocations_per_reading_step": many.step_calls,
    });
    println!("{report}");
}

/// An engine, and the bytes that it takes.
struct Engine {
    tripline: Tripline,
    rules: u64,
}

/// What a device takes, on the average.
struct Watched {
    device: f64,
    encoded: f64,
    decode_calls: f64,
    step_calls: f64,
}

impl Engine {
    /// Rules of W1's kinds for every device, whose thresholds nothing reaches.
    fn with_idle_rules(count: u32) -> Self {
        let before = LIVE.load(Relaxed);
        let idle = |rule: Rule| Rule {
            threshold: rule.threshold + f64::from(rule.number) + 10_000.0,
            kind: if rule.kind == Kind::Motion { Kind::Temp } else { rule.kind },
            device: None,
            ..rule
        };
        let rules: Vec<Rule> = rules(count).into_iter().map(idle).collect();
        let tripline = Tripline::new(&rules, W1_WINDOW_MS);
        drop(rules);
        Self { tripline, rules: LIVE.load(Relaxed) - before }
    }

    /// Lets every device report for two minutes.
    fn watched(mut self) -> Watched {
        let bodies = bodies(&events(DEVICES, SECONDS));
        let mut input = Input::Tick;
        Tripline::decode(bodies[0].as_bytes(), &mut input);
        let before = LIVE.load(Relaxed);
        let (mut decode, mut step) = (0, 0);
        for (index, body) in bodies.iter().enumerate() {
            let begun = CALLS.load(Relaxed);
            Tripline::decode(body.as_bytes(), &mut input);
            let decoded = CALLS.load(Relaxed);
            let stepped = self.tripline.step(&input);
            assert!(stepped.happened.is_empty(), "the rules are idle");
            drop(stepped);
            if (bodies.len() - index) * BATCH <= WARM {
                decode += decoded - begun;
                step += CALLS.load(Relaxed) - decoded;
            }
            // The last readings of all devices are left to be stored.
            if index + 2 * DEVICES as usize / BATCH < bodies.len() {
                self.tripline.forget();
            }
        }
        let device = (LIVE.load(Relaxed) - before) as f64 / f64::from(DEVICES);
        let cells = self.tripline.take().cells;
        assert!(cells.len() == DEVICES as usize, "every device is there");
        let bytes = cells.iter().filter_map(|cell| cell.bytes.as_ref());
        let encoded = bytes.map(Vec::len).sum::<usize>() as f64 / f64::from(DEVICES);
        let per_reading = |calls: u64| calls as f64 / WARM as f64;
        Watched {
            device,
            encoded,
            decode_calls: per_reading(decode),
            step_calls: per_reading(step),
        }
    }
}
