//! What productions, sessions and facts weigh, counted by an allocator.

#![allow(unsafe_code, reason = "an allocator that counts is one")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::Arc,
};

use rete_lite::{
    Check, Constant, Fact, Network, Pattern, Production, ProductionId, Scalar, Session,
};

thread_local! {
    /// Bytes that this thread has asked for and not given back.
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get().wrapping_add(layout.size()));
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().wrapping_sub(layout.size()));
        // SAFETY: as the caller says.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `make` makes, and how many bytes it holds.
fn weighed<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    let made = make();
    (made, LIVE.get().wrapping_sub(before))
}

/// A machine's value on a site.
struct Report(&'static str, f64, f64);

impl Fact for Report {
    type Attribute = str;

    fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
        let Report(kind, site, value) = *self;
        let (site, value) = (Scalar::Number(site), Scalar::Number(value));
        [("kind", Scalar::Text(kind)), ("site", site), ("value", value)].into_iter()
    }
}

const PRODUCTIONS: u32 = 10_000;

/// Above a threshold of its own, and open, on one site.
fn danger(id: u32) -> Production<String> {
    let of = |kind| Pattern::new().test("kind", Check::Equal(Constant::from(kind)));
    let above = Check::Greater(Constant::Number(f64::from(id)));
    Production::new(ProductionId(id))
        .when(of("boiler").test("value", above).bind("site", "s"))
        .when(of("valve").bind("site", "s"))
}

fn network() -> Network<String> {
    Network::new((0..PRODUCTIONS).map(danger)).expect("bounded productions")
}

#[test]
fn a_production_with_its_own_threshold_weighs_less_than_300_bytes() {
    let (network, bytes) = weighed(network);

    let each = bytes / PRODUCTIONS as usize;
    println!("{each} bytes a production of two patterns");
    assert_eq!(network.beta_nodes(), 2 * PRODUCTIONS as usize);
    assert!(each < 300, "{each} bytes");
}

#[test]
fn a_production_whose_both_patterns_are_its_own_weighs_less_than_400_bytes() {
    let own = |id: u32| {
        let mut production = danger(id);
        let below = Check::Less(Constant::Number(f64::from(id)));
        let valve = production.patterns.remove(1).test("value", below);
        production.when(valve)
    };
    let (network, bytes) = weighed(|| Network::new((0..PRODUCTIONS).map(own)));

    let each = bytes / PRODUCTIONS as usize;
    println!("{each} bytes a production of two patterns that are its own");
    assert_eq!(network.expect("bounded productions").alpha_nodes(), 2 * PRODUCTIONS as usize);
    assert!(each < 400, "{each} bytes");
}

#[test]
fn a_session_without_facts_weighs_nothing_whatever_its_network() {
    let network = Arc::new(network());

    let (_session, bytes) = weighed(|| Session::<String, Report>::new(network));

    println!("{bytes} bytes an empty session");
    assert!(bytes < 100, "{bytes} bytes");
}

#[test]
fn a_fact_and_its_match_weigh_less_than_a_kilobyte() {
    const SITES: u32 = 1_000;
    let network = Arc::new(Network::new([danger(0)]).expect("one production"));
    let mut session = Session::new(network);

    let ((), bytes) = weighed(|| {
        for site in (0..SITES).map(f64::from) {
            session.assert(Report("boiler", site, 1.0)).expect("few facts");
            session.assert(Report("valve", site, 1.0)).expect("few facts");
        }
    });

    let each = bytes / SITES as usize;
    println!("{each} bytes for two facts and their match");
    assert_eq!(session.tokens(), 2 * SITES as usize);
    assert!(each < 1_000, "{each} bytes");
}

#[test]
fn a_session_of_a_small_group_weighs_less_than_five_kilobytes() {
    let network = Arc::new(network());

    let (session, bytes) = weighed(|| {
        let mut session = Session::new(network);
        for kind in ["boiler", "boiler", "valve", "valve"] {
            session.assert(Report(kind, 1.0, 2.5)).expect("few facts");
        }
        session
    });

    println!("{bytes} bytes for four facts and {} tokens", session.tokens());
    // Above three thresholds, each of two boilers with each of two valves.
    assert_eq!(session.tokens(), 3 * (2 + 2 * 2));
    assert!(bytes < 5_000, "{bytes} bytes");
}
