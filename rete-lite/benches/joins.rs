//! Joins: a session against trying the facts at every change.
//!
//! Facts are truths of machines on sites: hot, open, serviced. Each operation
//! moves one of them to another site and asks which matches of "hot and open
//! on one site, and nobody services it" began and ended. The one without a
//! network looks at all facts of a kind to find partners, but only for the two
//! sites concerned. They take turns, and the fastest round counts.
//!
//! Then one value walks among the thresholds of many productions, above half of
//! them: what an update costs must not depend on how many it stays above.

use std::{collections::BTreeSet, hint::black_box, sync::Arc, time::Instant};

use rete_lite::{
    Check, Constant, Fact, FactId, Network, Pattern, Production, ProductionId, Scalar, Session,
};

const ROUNDS: usize = 7;
const OPERATIONS: u32 = 2_000;
/// Facts of each site: 4 hot, 4 open, and on every other site one service.
const PER_SITE: u32 = 8;

fn main() {
    joins();
    walks();
}

fn walks() {
    println!("microseconds for each update of a value above half of the thresholds");
    println!("{:>12} {:>10}", "productions", "session");
    for productions in [100, 1_000, 10_000] {
        let mut session = session_of(0, productions);
        let value = |n: u32| f64::from(productions) / 2.0 + f64::from(n % 4) * 0.3;
        let (id, _) = session.assert(Truth(Kind::Hot, 1, value(0))).expect("few facts");
        let mut walk = || {
            for n in 0..OPERATIONS {
                session.update(id, Truth(Kind::Hot, 1, value(n))).expect("few tokens");
            }
        };
        let best = (0..ROUNDS).map(|_| timed(&mut walk).0).fold(f64::INFINITY, f64::min);
        println!("{productions:>12} {best:>10.2}");
    }
}

fn joins() {
    println!("microseconds for each update; {OPERATIONS} updates, best of {ROUNDS} rounds in turn");
    println!(
        "{:>8} {:>12} {:>10} {:>10} {:>8}",
        "facts", "productions", "scan", "session", "ratio"
    );
    for facts in [100, 1_000, 10_000] {
        for productions in [1, 100] {
            let (mut scan, mut session) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..ROUNDS {
                let mut world = world(facts);
                let (by_scan, a) = timed(|| scan_all(&mut world, facts, productions));
                let mut rete = session_of(facts, productions);
                let (by_session, b) = timed(|| session_all(&mut rete, facts));
                assert_eq!(a, b, "both count the same changes");
                scan = scan.min(by_scan);
                session = session.min(by_session);
            }
            let ratio = scan / session;
            println!("{facts:>8} {productions:>12} {scan:>10.2} {session:>10.2} {ratio:>7.1}x");
        }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Hot,
    Open,
    Service,
}

/// What a fact is: its kind, site, and a number that productions compare.
#[derive(Clone, Copy)]
struct Truth(Kind, u32, f64);

impl Fact for Truth {
    type Attribute = str;

    fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
        let Truth(kind, site, value) = self;
        let kind = match kind {
            Kind::Hot => "hot",
            Kind::Open => "open",
            Kind::Service => "service",
        };
        let site = Scalar::Number(f64::from(*site));
        [("kind", Scalar::Text(kind)), ("site", site), ("value", Scalar::Number(*value))]
            .into_iter()
    }
}

fn world(facts: u32) -> Vec<Truth> {
    let fact = |number| {
        let kind = match number % 9 {
            8 => Kind::Service,
            odd if odd % 2 == 1 => Kind::Hot,
            _ => Kind::Open,
        };
        Truth(kind, number / PER_SITE, f64::from(number * 7 % 100))
    };
    (0..facts).map(fact).collect()
}

/// Which fact moves, and to which site.
fn moves(facts: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..OPERATIONS).map(move |n| (n * 7_919 % facts, n * 104_729 % (facts / PER_SITE)))
}

/// The threshold of a production for the hot fact's value.
fn threshold(production: u32) -> f64 {
    f64::from(production)
}

fn session_of(facts: u32, productions: u32) -> Session<String, Truth> {
    let of = |kind| Pattern::new().test("kind", Check::Equal(Constant::from(kind)));
    let production = |id| {
        let hot = of("hot").test("value", Check::GreaterOrEqual(Constant::Number(threshold(id))));
        Production::new(ProductionId(id))
            .when(hot.bind("site", "s"))
            .when(of("open").bind("site", "s"))
            .unless(of("service").bind("site", "s"))
    };
    let network = Network::new((0..productions).map(production)).expect("bounded productions");
    let mut session = Session::new(Arc::new(network));
    for fact in world(facts) {
        session.assert(fact).expect("few facts");
    }
    session
}

fn session_all(session: &mut Session<String, Truth>, facts: u32) -> (usize, usize) {
    let (mut begun, mut ended) = (0, 0);
    for (fact, site) in moves(facts) {
        let id = FactId(u64::from(fact));
        let Truth(kind, _, value) = *session.fact(id).expect("facts stay");
        let delta = session.update(id, Truth(kind, site, value)).expect("few tokens");
        begun += delta.begun.len();
        ended += delta.ended.len();
    }
    (begun, ended)
}

fn scan_all(world: &mut [Truth], facts: u32, productions: u32) -> (usize, usize) {
    let (mut begun, mut ended) = (0, 0);
    for (fact, site) in moves(facts) {
        let place = fact as usize;
        let sites = [world[place].1, site];
        let before = matches(world, sites, productions);
        world[place].1 = site;
        let after = matches(world, sites, productions);
        begun += after.difference(&before).count();
        ended += before.difference(&after).count();
    }
    (begun, ended)
}

/// The matches on two sites, by production and facts.
fn matches(world: &[Truth], sites: [u32; 2], productions: u32) -> BTreeSet<(u32, usize, usize)> {
    let of = |kind, site| {
        let facts = world.iter().enumerate();
        facts.filter(move |(_, truth)| truth.0 == kind && truth.1 == site)
    };
    let mut found = BTreeSet::new();
    for site in sites {
        if of(Kind::Service, site).next().is_some() {
            continue;
        }
        let open: Vec<usize> = of(Kind::Open, site).map(|(place, _)| place).collect();
        for (hot, truth) in of(Kind::Hot, site) {
            for production in (0..productions).take_while(|id| truth.2 >= threshold(*id)) {
                found.extend(open.iter().map(|open| (production, hot, *open)));
            }
        }
    }
    found
}

/// Microseconds for each operation, and what came out.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = black_box(work());
    (start.elapsed().as_secs_f64() * 1e6 / f64::from(OPERATIONS), result)
}
