use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::answer::{Refusal, Stored};

const SETTINGS: Settings = Settings {
    lanes: 1,
    readings_max: 4,
    bytes_max: 1_000,
    age_max: Duration::from_millis(500),
    gap_max: Duration::from_millis(50),
    seed: 1,
};

fn at(millis: u64) -> Moment {
    Moment::new(Duration::from_millis(millis))
}

fn reading(number: u64) -> Input {
    of_device("boiler-1", number)
}

fn of_device(device: &str, number: u64) -> Input {
    let line = format!("{device} {number}\n");
    Input::Reading(Ticket::new(number), Mapped { device: device.to_owned(), line })
}

fn sent(step: &Step) -> Vec<&Batch> {
    let mut batches = Vec::new();
    for output in &step.outputs {
        if let Output::Send(batch) = output {
            batches.push(batch);
        }
    }
    batches
}

fn settled(step: &Step) -> Vec<Ticket> {
    let settled = |output: &Output| match output {
        Output::Settled(tickets) => Some(tickets.clone()),
        _ => None,
    };
    step.outputs.iter().filter_map(settled).flatten().collect()
}

fn notices(step: &Step) -> Vec<&'static str> {
    let notice = |output: &Output| match output {
        Output::Notice(notice) => Some(notice.kind()),
        _ => None,
    };
    step.outputs.iter().filter_map(notice).collect()
}

fn stored() -> Answer {
    Answer::Stored(Stored::default())
}

/// A batcher whose first batch, with so many readings, is under way at 0.
fn with_batch(readings: u64) -> Batcher {
    let mut batcher = Batcher::new(Settings { readings_max: 100, ..SETTINGS });
    for number in 0..readings {
        let _ = batcher.step(reading(number), at(0));
    }
    assert_eq!(sent(&batcher.step(Input::Elapsed, at(50))).len(), 1);
    batcher
}

fn answer(batcher: &mut Batcher, answer: Answer, millis: u64) -> Step {
    batcher.step(Input::Answer(LaneId(0), answer), at(millis))
}

#[test]
fn a_full_batch_goes_at_once() {
    let mut batcher = Batcher::new(SETTINGS);
    let quiet: Vec<_> = (0..3).map(|number| batcher.step(reading(number), at(number))).collect();

    let full = batcher.step(reading(3), at(3));

    assert!(quiet.iter().all(|step| step.outputs.is_empty()));
    assert_eq!(sent(&full)[0].readings, 4);
    assert_eq!(full.wake_at, None);
}

#[test]
fn a_pause_in_the_arrivals_ends_the_wait_and_so_does_age() {
    let mut batcher = Batcher::new(Settings { readings_max: 1_000, ..SETTINGS });
    let first = batcher.step(reading(0), at(0));
    let second = batcher.step(reading(1), at(40));
    assert_eq!((first.wake_at, second.wake_at), (Some(at(50)), Some(at(90))));
    assert_eq!(sent(&batcher.step(Input::Elapsed, at(89))), Vec::<&Batch>::new());
    assert_eq!(sent(&batcher.step(Input::Elapsed, at(90))).len(), 1);
    let _ = answer(&mut batcher, stored(), 95);

    for number in 2..20 {
        let steady = batcher.step(reading(number), at(60 + 20 * number));
        assert!(sent(&steady).is_empty(), "{number}");
    }
    // The oldest came at 100, the newest at 440.
    let aged = batcher.step(reading(20), at(600));
    assert_eq!(sent(&aged)[0].readings, 19);
}

#[test]
fn one_batch_of_a_lane_is_under_way_and_the_next_follows_its_answer() {
    let mut batcher = with_batch(2);
    for number in 2..5 {
        assert!(batcher.step(reading(number), at(60)).outputs.is_empty());
    }

    let step = answer(&mut batcher, stored(), 200);

    assert_eq!(settled(&step), [Ticket::new(0), Ticket::new(1)]);
    assert_eq!(sent(&step)[0].body, "boiler-1 2\nboiler-1 3\nboiler-1 4\n");
}

#[test]
fn a_busy_service_gets_the_same_readings_again_later_and_nothing_is_settled() {
    let mut batcher = with_batch(2);
    let busy = || Answer::Busy { why: "503".to_owned(), wait: Some(Duration::from_secs(3)) };

    let step = answer(&mut batcher, busy(), 100);

    assert_eq!((settled(&step), notices(&step)), (vec![], vec!["busy"]));
    assert_eq!(step.wake_at, Some(at(3_100)), "it asked for three seconds");
    let again = batcher.step(Input::Elapsed, at(3_100));
    assert_eq!(sent(&again)[0].body, "boiler-1 0\nboiler-1 1\n");
    let step = answer(&mut batcher, stored(), 3_200);
    assert_eq!((settled(&step).len(), notices(&step)), (2, vec!["recovered"]));
    assert_eq!(batcher.tally().failures, 1);
}

#[test]
fn a_service_that_denies_us_is_asked_slowly_and_nothing_is_lost() {
    let mut batcher = with_batch(2);

    let step = answer(&mut batcher, Answer::Denied { why: "401".to_owned() }, 100);

    assert_eq!((settled(&step), notices(&step)), (vec![], vec!["denied"]));
    assert!(step.wake_at.is_some_and(|wake| wake >= at(5_100)), "{:?}", step.wake_at);
    assert_eq!(batcher.held(), 2);
}

#[test]
fn a_refused_batch_is_halved_until_the_one_reading_is_found() {
    let mut batcher = with_batch(8);
    let mut bodies = Vec::new();
    let mut all_settled = Vec::new();
    let mut all_notices = Vec::new();
    let refused = || Answer::Refused { status: 400, why: "no".to_owned() };
    let mut step = answer(&mut batcher, refused(), 100);
    for _ in 0..20 {
        all_settled.extend(settled(&step));
        all_notices.extend(notices(&step));
        let Some(batch) = sent(&step).first().map(|batch| batch.body.clone()) else { break };
        let is_bad = batch.contains("boiler-1 5\n");
        bodies.push(batch.lines().count());
        step = answer(&mut batcher, if is_bad { refused() } else { stored() }, 100);
    }

    assert_eq!(all_settled, (0..8).map(Ticket::new).collect::<Vec<_>>());
    assert_eq!(bodies, [4, 4, 2, 1, 2, 1, 1, 1]);
    assert_eq!(all_notices, ["split", "split", "split", "split", "dead"]);
    assert_eq!((batcher.tally().dead, batcher.held()), (1, 0));
}

#[test]
fn readings_that_the_service_refused_by_themselves_are_told_with_their_text() {
    let mut batcher = with_batch(2);
    let refusal =
        Refusal { index: 1, code: "clock_ahead".to_owned(), message: "an hour".to_owned() };
    let receipt = Receipt { received: 2, accepted: 1, refused: 1, ..Receipt::default() };
    let stored = Answer::Stored(Stored { receipt, refusals: vec![refusal] });

    let step = answer(&mut batcher, stored, 100);

    let told = step.outputs.iter().any(|output| {
        matches!(output, Output::Notice(Notice::ReadingRefused { line, .. }) if line == "boiler-1 1\n")
    });
    assert!(told, "{step:?}");
    assert_eq!(batcher.tally().receipt, receipt);
}

#[test]
fn closing_sends_what_waits_and_what_rests() {
    let mut batcher = with_batch(1);
    let _ = answer(&mut batcher, Answer::Denied { why: "401".to_owned() }, 100);
    let _ = batcher.step(reading(1), at(110));

    let step = batcher.step(Input::Close, at(120));

    assert_eq!(sent(&step)[0].readings, 2);
}

#[derive(Clone, Debug)]
enum Fate {
    Arrives(u8),
    Time(u16),
    /// The oldest batch under way is answered: stored, busy, denied, refused.
    Answered(u8),
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        4 => any::<u8>().prop_map(|device| Fate::Arrives(device % 7)),
        2 => (1..2_000_u16).prop_map(Fate::Time),
        3 => any::<u8>().prop_map(Fate::Answered),
    ];
    prop::collection::vec(fate, 1..300)
}

/// The service as the batcher sees it, and what it may rely on.
struct World {
    batcher: Batcher,
    now: Moment,
    next: u64,
    under_way: Vec<(LaneId, String)>,
    stored: Vec<String>,
    settled: BTreeMap<Ticket, String>,
    wake_at: Option<Moment>,
}

impl World {
    fn new() -> Self {
        let settings = Settings { lanes: 3, bytes_max: 60, readings_max: 5, ..SETTINGS };
        Self {
            batcher: Batcher::new(settings),
            now: at(0),
            next: 0,
            under_way: Vec::new(),
            stored: Vec::new(),
            settled: BTreeMap::new(),
            wake_at: None,
        }
    }

    fn meet(&mut self, fate: &Fate) {
        match *fate {
            Fate::Arrives(device) => {
                let input = of_device(&format!("d{device}"), self.next);
                self.next += 1;
                self.step(input, None);
            }
            Fate::Time(millis) => {
                self.now = self.now + Duration::from_millis(millis.into());
                if self.wake_at.is_some_and(|wake| wake <= self.now) {
                    self.step(Input::Elapsed, None);
                }
            }
            Fate::Answered(how) if !self.under_way.is_empty() => {
                let (lane, body) = self.under_way.remove(0);
                let answer = match how % 8 {
                    0 => Answer::Busy { why: String::new(), wait: None },
                    1 => Answer::Denied { why: String::new() },
                    2 => Answer::Refused { status: 400, why: String::new() },
                    _ => stored(),
                };
                if matches!(answer, Answer::Stored(_)) {
                    self.stored.extend(body.lines().map(str::to_owned));
                }
                let is_final =
                    matches!(answer, Answer::Stored(_)) || matches!(answer, Answer::Refused { .. });
                self.step(Input::Answer(lane, answer), is_final.then_some(&body));
            }
            Fate::Answered(_) => {}
        }
    }

    /// `answered` is the body that may be settled by this step.
    fn step(&mut self, input: Input, answered: Option<&String>) {
        let step = self.batcher.step(input, self.now);
        for output in step.outputs {
            match output {
                Output::Send(batch) => {
                    assert!(batch.readings <= 5 && batch.body.lines().count() == batch.readings);
                    assert!(batch.readings == 1 || batch.body.len() <= 60);
                    assert!(self.under_way.iter().all(|(lane, _)| *lane != batch.lane));
                    self.under_way.push((batch.lane, batch.body));
                }
                Output::Settled(tickets) => {
                    let lines = answered.expect("only an answer settles").lines();
                    for (ticket, line) in tickets.into_iter().zip(lines) {
                        let twice = self.settled.insert(ticket, line.to_owned());
                        assert_eq!(twice, None, "{ticket:?} is settled twice");
                    }
                }
                Output::Notice(_) => {}
            }
        }
        let waits =
            self.batcher.held() > self.under_way.iter().map(|(_, body)| body.lines().count()).sum();
        assert!(
            !waits || step.wake_at.is_some() || !self.under_way.is_empty(),
            "nobody will wake it"
        );
        self.wake_at = step.wake_at;
    }
}

proptest! {
    /// Whatever the service answers and when: every reading is settled once,
    /// only by an answer to a batch that held it, and those of one device are
    /// stored in the order in which they came.
    #[test]
    fn every_reading_is_settled_once_and_devices_keep_their_order(fates in fates()) {
        let mut world = World::new();

        for fate in &fates {
            world.meet(fate);
        }
        world.step(Input::Close, None);
        while world.batcher.held() > 0 {
            world.meet(&Fate::Time(60_000));
            world.meet(&Fate::Answered(7));
        }

        prop_assert_eq!(world.settled.len() as u64, world.next);
        for (ticket, line) in &world.settled {
            let number: u64 = line.split_once(' ').unwrap().1.parse().unwrap();
            prop_assert_eq!(*ticket, Ticket::new(number));
        }
        let mut last = BTreeMap::new();
        for line in &world.stored {
            let (device, number) = line.split_once(' ').unwrap();
            let number: u64 = number.parse().unwrap();
            let before = last.insert(device, number);
            prop_assert!(before.is_none_or(|before| before < number), "{} after {:?}", line, before);
        }
        let dead = world.batcher.tally().dead;
        prop_assert_eq!(world.stored.len() as u64 + dead, world.next);
    }
}
