//! The stream and the engine as a wasm module without imports: the host
//! measures the time that its functions take.
//!
//! `prepare`, then for each run `renew`, for each batch `decode`, `step` and
//! `note`, and `finish`; `count` and `sum` tell what was found.

use std::cell::RefCell;

use bench_workload::{
    found::Found,
    rule::{Rule, rules},
    stream::{SECONDS, bodies, events},
    tripline::{self, Tripline},
};
use rules_core::partition::{Input, Step};

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    window_ms: i64,
    bodies: Vec<String>,
    engine: Option<Tripline>,
    input: Option<Input>,
    step: Option<Step>,
    found: Found,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Makes the rules and the readings of the first devices; gives the number of batches.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn prepare(devices: u32, count: u32, window_ms: i64) -> u32 {
    STATE.with_borrow_mut(|state| {
        let bodies = bodies(&events(devices, SECONDS));
        *state = State { rules: rules(count), window_ms, bodies, ..State::default() };
        u32::try_from(state.bodies.len()).unwrap_or(u32::MAX)
    })
}

/// An engine that has seen nothing.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn renew() {
    STATE.with_borrow_mut(|state| {
        state.engine = Some(Tripline::new(&state.rules, state.window_ms));
        state.found = Found::default();
    });
}

/// Reads batch `index`.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn decode(index: u32) {
    STATE.with_borrow_mut(|state| {
        let body = state.bodies.get(index as usize).map(String::as_bytes).unwrap_or_default();
        Tripline::decode(body, state.input.get_or_insert(Input::Tick));
    });
}

/// Judges what was read last.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn step() {
    STATE.with_borrow_mut(|state| {
        let (Some(engine), Some(input)) = (&mut state.engine, &state.input) else { return };
        state.step = Some(engine.step(input));
        engine.forget();
    });
}

/// Notes what came of it; not part of what is measured.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn note() {
    STATE.with_borrow_mut(State::note);
}

/// Runs the deadlines up to the newest reading, and notes what came of it.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn finish() {
    STATE.with_borrow_mut(|state| {
        state.step = state.engine.as_mut().map(Tripline::finish);
        state.note();
    });
}

/// How many changes were noted.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn count() -> u32 {
    STATE.with_borrow(|state| u32::try_from(state.found.count).unwrap_or(u32::MAX))
}

/// The sum over their digests.
#[expect(unsafe_code, reason = "what a module exports must not be renamed")]
#[unsafe(no_mangle)]
pub extern "C" fn sum() -> u32 {
    STATE.with_borrow(|state| state.found.sum)
}

impl State {
    fn note(&mut self) {
        let happened = self.step.iter().flat_map(|step| step.happened.iter());
        self.found.add_changes(happened.map(tripline::change));
    }
}
