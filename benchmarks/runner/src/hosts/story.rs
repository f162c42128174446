//! The stream as a host gets it, and what has to come of it.

use std::{
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use bench_workload::{
    rule::{Rule, W1_WINDOW_MS},
    stream::{Event, START_MS, events},
    tripline::Tripline,
};
use rules_core::partition::Input;

use super::server::{Client, Server};

/// Event time of the first reading, ahead of the clock: the stream goes on
/// faster than time, so that no deadline of it comes by the clock.
const AHEAD_MS: i64 = 600_000;

/// One host's readings, as they go on from phase to phase, and the engine in
/// this process that sees the same.
pub(super) struct Story {
    events: Vec<Event>,
    next: usize,
    twin: Tripline,
}

/// How requests are made.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Way {
    /// Requests under way at once, each with devices of its own.
    pub(crate) at_once: usize,
    /// Readings in a request.
    pub(crate) batch: usize,
}

/// What a phase took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// What was done: readings, or requests of who takes none.
    pub(crate) count: usize,
    /// Seconds of the host's processor time.
    pub(crate) cpu: f64,
    /// Seconds.
    pub(crate) wall: f64,
}

impl Story {
    /// `readings` readings of so many devices, judged by `rules`.
    pub(super) fn new(devices: u32, readings: usize, rules: &[Rule]) -> Self {
        let seconds = readings.div_ceil(devices as usize) + 1;
        let mut events = events(devices, u32::try_from(seconds).unwrap_or(u32::MAX));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = i64::try_from(now.as_millis()).unwrap_or_default() + AHEAD_MS;
        for event in &mut events {
            event.ts += start - START_MS;
        }
        Self { events, next: 0, twin: Tripline::new(rules, W1_WINDOW_MS) }
    }

    /// Sends the next `count` readings. Which of them is late, and whose alert
    /// changes, depends on the order of one device's readings alone, and that
    /// is kept: so the engine here has to count what the host counts.
    pub(super) fn send(
        &mut self,
        server: &Server,
        way: Way,
        count: usize,
    ) -> Result<Taken, String> {
        let end = self.events.len().min(self.next + count);
        let events = &self.events[self.next..end];
        let bodies: Vec<Vec<String>> =
            (0..way.at_once).map(|lane| lane_of(events, way, lane)).collect();
        let (cpu, begun) = (server.cpu()?, Instant::now());
        let accepted = thread::scope(|scope| {
            let lanes: Vec<_> =
                bodies.iter().map(|bodies| scope.spawn(|| send_all(&server.url, bodies))).collect();
            let joined =
                lanes.into_iter().map(|lane| lane.join().map_err(|_| "a lane panicked")?);
            joined.sum::<Result<u64, String>>()
        })?;
        let (wall, cpu) = (begun.elapsed(), server.cpu()?.saturating_sub(cpu));
        let events_sent = events.len();
        let before = self.twin.counters().accepted;
        self.judge_here(end);
        let expected = self.twin.counters().accepted - before;
        if accepted != expected {
            return Err(format!("{}: {accepted} accepted, expected {expected}", server.url));
        }
        Ok(Taken { count: events_sent, cpu: cpu.as_secs_f64(), wall: wall.as_secs_f64() })
    }

    /// Compares what the host has counted with what the engine here has.
    pub(super) fn check(&self, server: &Server) -> Result<(), String> {
        let metrics = Client::new(&server.url).get("/metrics")?;
        let lines = metrics.lines().filter(|line| line.starts_with("tripline_transitions_total{"));
        let found: u64 =
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        let expected = self.twin.counters().transitions;
        if found == expected {
            Ok(())
        } else {
            Err(format!("{}: {found} changes of alerts, expected {expected}", server.url))
        }
    }

    fn judge_here(&mut self, end: usize) {
        let mut input = Input::Tick;
        for events in self.events[self.next..end].chunks(1_000) {
            Tripline::decode(body(events.iter()).as_bytes(), &mut input);
            let _ = self.twin.step(&input);
            self.twin.forget();
        }
        self.next = end;
    }
}

/// The bodies of one of the lanes of `way`: every lane has devices of its own.
fn lane_of(events: &[Event], way: Way, lane: usize) -> Vec<String> {
    let ours = events.iter().filter(|event| event.device as usize % way.at_once == lane);
    let ours: Vec<&Event> = ours.collect();
    ours.chunks(way.batch).map(|batch| body(batch.iter().copied())).collect()
}

fn body<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    let mut text = String::new();
    events.for_each(|event| event.write(&mut text));
    text
}

/// How many readings of `bodies` were accepted.
fn send_all(url: &str, bodies: &[String]) -> Result<u64, String> {
    let client = Client::new(url);
    let mut accepted = 0;
    for body in bodies {
        let answer = client.send(body)?;
        let count = |key: &str| answer[key].as_u64().unwrap_or_default();
        let lines = body.lines().count() as u64;
        if count("received") != lines || count("accepted") + count("late") != lines {
            return Err(format!("{lines} readings were sent, and the answer is {answer}"));
        }
        accepted += count("accepted");
    }
    Ok(accepted)
}

/// Asks for `path`, again and again.
pub(super) fn ask(server: &Server, path: &str, way: Way, count: usize) -> Result<Taken, String> {
    let (cpu, begun) = (server.cpu()?, Instant::now());
    thread::scope(|scope| {
        let ask_all = || {
            let client = Client::new(&server.url);
            (0..count / way.at_once).try_for_each(|_| client.get(path).map(drop))
        };
        let lanes: Vec<_> = (0..way.at_once).map(|_| scope.spawn(ask_all)).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "a lane panicked")?)
    })?;
    let (wall, cpu) = (begun.elapsed(), server.cpu()?.saturating_sub(cpu));
    Ok(Taken { count, cpu: cpu.as_secs_f64(), wall: wall.as_secs_f64() })
}
