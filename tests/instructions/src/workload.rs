//! What is counted. Each workload prepares what it needs, and then runs a
//! fixed piece of work inside [`counted_region`].

use std::{hint::black_box, sync::Arc};

use bench_workload::{
    rule::{self, W1_WINDOW_MS},
    stream,
    tripline::Tripline,
};
use rete_lite::{
    Check, Constant, Fact, Inequality, Network, Pattern, Production, ProductionId, Scalar,
    SelectorIndex, Session, ThresholdIndex,
};
use rules_core::{
    Span, Timestamp,
    expr::{Aggregate, Frame},
    partition::Input,
    window::{Sample, Series, View},
};

const WINDOW: &str = "window ";

/// Every workload.
pub(crate) fn names() -> Vec<String> {
    let fixed = [
        "thresholds",
        "selectors",
        "joins",
        "json",
        "engine, 100 rules",
        "engine, 1000 rules",
        "engine, what is stored",
    ];
    let windows = Aggregate::ALL.iter().map(|aggregate| format!("{WINDOW}{}", word(aggregate)));
    fixed.into_iter().map(str::to_owned).chain(windows).collect()
}

/// Does one of them.
pub(crate) fn run(name: &str) -> Result<(), String> {
    match name {
        "thresholds" => thresholds(),
        "selectors" => selectors(),
        "joins" => joins(),
        "json" => json(),
        "engine, 100 rules" => engine(100),
        "engine, 1000 rules" => engine(1_000),
        "engine, what is stored" => stored(),
        _ => {
            let aggregate = Aggregate::ALL.iter().find(|aggregate| {
                name.strip_prefix(WINDOW).is_some_and(|rest| rest == word(aggregate))
            });
            window(*aggregate.ok_or(format!("no workload `{name}`"))?);
        }
    }
    Ok(())
}

/// What an aggregate is called, without its rank.
fn word(aggregate: &Aggregate) -> String {
    let text = format!("{aggregate:?}").to_lowercase();
    text.split('(').next().unwrap_or_default().to_owned()
}

/// What callgrind collects between its beginning and its end.
#[inline(never)]
fn counted_region(work: &mut dyn FnMut()) {
    work();
}

/// A value walks among 10,000 thresholds, 2,000 steps.
fn thresholds() {
    let index: ThresholdIndex<u32> =
        (0..10_000).map(|n| (Inequality::Greater, f64::from(n) / 100.0, n)).collect();
    let mut value = 50.0;
    let (mut steps, mut crossed) = (0_u32, 0);
    counted_region(&mut || {
        while steps < 2_000 {
            let next = value + f64::from(steps * 7_919 % 100) / 100.0 - 0.495;
            let (begun, ended) = index.changes(Some(value), Some(next));
            crossed += begun.count() + ended.count();
            (value, steps) = (next, steps + 1);
        }
    });
    black_box(crossed);
}

/// Which of 3,000 selectors want each of 500 devices.
fn selectors() {
    let mut index = SelectorIndex::new();
    for number in 0..1_000_u32 {
        index.insert(Some(&format!("boiler-{number:04}")), &[], number);
        index.insert(Some(&format!("boiler-{:03}*", number / 10)), &[], number);
        index.insert(None, &[("zone", &format!("{number}"))], number);
    }
    let devices: Vec<(String, String)> =
        (0..500).map(|number| (format!("boiler-{number:04}"), format!("{number}"))).collect();
    let mut keys = Vec::new();
    counted_region(&mut || {
        for (device, zone) in &devices {
            let zone = |name: &str| (name == "zone").then_some(zone.as_str());
            index.matching(device, zone, &mut keys);
        }
    });
    black_box(keys);
}

/// A boiler or a valve of a site, with a number.
struct Part(&'static str, u32, f64);

impl Fact for Part {
    type Attribute = str;

    fn values(&self) -> impl Iterator<Item = (&str, Scalar<'_>)> {
        let site = Scalar::Number(f64::from(self.1));
        [("kind", Scalar::Text(self.0)), ("site", site), ("value", Scalar::Number(self.2))]
            .into_iter()
    }
}

/// 20 productions over 400 facts on 50 sites: 200 boilers move, 200 valves go
/// and come again.
fn joins() {
    let of = |kind| Pattern::new().test("kind", Check::Equal(Constant::from(kind)));
    let production = |id: u32| {
        let above = Check::Greater(Constant::Number(f64::from(id)));
        Production::new(ProductionId(id))
            .when(of("boiler").test("value", above).bind("site", "s"))
            .when(of("valve").bind("site", "s"))
            .unless(of("service").bind("site", "s"))
    };
    let network: Network<String> =
        Network::new((0..20).map(production)).expect("bounded productions");
    let mut session = Session::new(Arc::new(network));
    let part = |n: u32| Part(if n.is_multiple_of(2) { "boiler" } else { "valve" }, n % 50, 10.0);
    let mut facts: Vec<_> =
        (0..400).map(|n| session.assert(part(n)).expect("few facts").0).collect();
    let mut changes = 0;
    counted_region(&mut || {
        for (n, id) in (0..400).zip(&mut facts) {
            if n % 2 == 0 {
                let moved = Part("boiler", (n + 24) % 50, 10.0);
                changes += session.update(*id, moved).expect("few tokens").begun.len();
            } else {
                let (valve, _) = session.retract(*id).expect("a fact");
                *id = session.assert(valve).expect("few tokens").0;
            }
        }
    });
    black_box(changes);
}

/// 1,000 lines of the stream W1 become a batch.
fn json() {
    let body = stream::bodies(&stream::events(100, 10)).remove(0);
    let mut input = Input::Tick;
    counted_region(&mut || Tripline::decode(body.as_bytes(), &mut input));
    black_box(input);
}

/// A thousand readings of a hundred devices, whose windows have been filled
/// for a minute and a half, by so many rules of W1.
fn engine(rules: u32) {
    let (mut tripline, last) = warm(rules);
    let mut step = None;
    counted_region(&mut || {
        step = Some(tripline.step(&last));
        tripline.forget();
    });
    black_box(step);
}

/// What a thousand readings of a hundred devices have changed, as bytes.
fn stored() {
    let (mut tripline, last) = warm(100);
    let _ = tripline.step(&last);
    let mut changes = None;
    counted_region(&mut || changes = Some(tripline.take()));
    black_box(changes);
}

/// An engine, and the batch that comes next.
fn warm(rules: u32) -> (Tripline, Input) {
    let mut tripline = Tripline::new(&rule::rules(rules), W1_WINDOW_MS);
    let bodies = stream::bodies(&stream::events(100, 100));
    let (last, before) = bodies.split_last().expect("a hundred seconds are ten batches");
    let mut input = Input::Tick;
    for body in before {
        Tripline::decode(body.as_bytes(), &mut input);
        let _ = tripline.step(&input);
        tripline.forget();
    }
    Tripline::decode(last.as_bytes(), &mut input);
    (tripline, input)
}

/// A thousand samples, one a second, go through a window of a minute that is
/// full, and each time the aggregate is asked for.
fn window(aggregate: Aggregate) {
    let frame = Frame::Sliding(Span::from_secs(60));
    let view = View { aggregate, frame };
    let mut series = Series::new(&[view]);
    let of_truths = matches!(aggregate, Aggregate::All | Aggregate::Any);
    let mut push = |second: i64| {
        let noise = u32::try_from(second * 7_919 % 997).unwrap_or_default();
        let sample = if of_truths {
            Sample::Bool(!noise.is_multiple_of(5))
        } else {
            Sample::Number(f64::from(noise) / 10.0)
        };
        let at = Timestamp::from_millis(second * 1_000);
        let _ = series.push(at, sample);
        black_box(series.value(&view, 1));
    };
    (0..60).for_each(&mut push);
    counted_region(&mut || (60..1_060).for_each(&mut push));
}
