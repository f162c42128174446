//! The applications on their hosts: readings over HTTP into a database, beside a
//! Worker that does nothing and a request that needs no state.
//!
//! - [`server`]: a host as a process; [`start`]: which hosts there are;
//! - [`story`]: the stream as a host gets it, and what has to come of it;
//! - [`beginning`]: what a first answer takes.

use std::collections::BTreeMap;

use bench_workload::rule::{Rule, W1_WINDOW_MS, rules};

use crate::{options::Pace, places::Places};

mod beginning;
mod server;
mod start;
mod story;

pub(crate) use beginning::Beginnings;
use server::{Client, Server};
use start::Folder;
use story::{Story, ask};
pub(crate) use story::{Taken, Way};

/// Rules that judge.
const RULES: u32 = 100;
/// Readings a request.
pub(crate) const BATCHES: [usize; 4] = [1, 10, 100, 1_000];
/// Requests at once.
pub(crate) const AT_ONCE: [usize; 2] = [1, 4];
/// Devices, each of which reports once a second.
const DEVICES: [u32; 2] = [100, 1_000];
/// Seconds of the stream that fill the windows before anything is measured.
const WARM_UP: usize = 70;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// Which workerd.
    pub(crate) version: String,
    /// By name, in the order of the tables.
    pub(crate) served: Vec<Served>,
    pub(crate) beginnings: Beginnings,
}

/// What one host took, round by round.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) name: String,
    /// Whether requests bring readings.
    pub(crate) takes_readings: bool,
    pub(crate) taken: BTreeMap<Way, Vec<Taken>>,
    /// Bytes resident when it had its rules, and after the windows were filled.
    pub(crate) resident: [f64; 2],
}

/// Measures all hosts in alternating rounds.
pub(crate) fn measure(pace: Pace, places: &Places) -> Result<Hosts, String> {
    places.insist_on_hosts()?;
    let mut guests = guests(pace, places)?;
    for round in 0..pace.rounds {
        eprintln!("  hosts, round {} of {}", round + 1, pace.rounds);
        for place in 0..guests.len() {
            let place = (place + round) % guests.len();
            guests[place].round(pace)?;
        }
    }
    for guest in &guests {
        if let Work::Readings(story) = &guest.work {
            story.check(&guest.server)?;
        }
    }
    let served = guests.into_iter().map(|guest| guest.served).collect();
    let version = start::version(places)?;
    Ok(Hosts { version, served, beginnings: beginning::measure(pace, places)? })
}

/// An application on its host.
struct Guest {
    served: Served,
    work: Work,
    server: Server,
    /// Goes after the server.
    _folder: Option<Folder>,
}

/// What a host is asked.
enum Work {
    /// For this path.
    Path(&'static str),
    /// To take readings.
    Readings(Box<Story>),
}

fn guests(pace: Pace, places: &Places) -> Result<Vec<Guest>, String> {
    let mut guests = Vec::new();
    guests.push(Guest::new("workerd, hello", start::hello(places)?, Work::Path("/"), None));
    for devices in DEVICES {
        let folder = Folder::new(&format!("{devices}"))?;
        let server = start::worker(places, &folder)?;
        let name = format!("workerd, {devices} devices");
        guests.push(Guest::with_readings(&name, server, devices, pace, Some(folder))?);
    }
    let health = Work::Path("/healthz");
    guests.push(Guest::new("Spin, no state", start::spin(places, None)?, health, None));
    for devices in DEVICES {
        let server = start::spin(places, None)?;
        let name = format!("Spin, {devices} devices");
        guests.push(Guest::with_readings(&name, server, devices, pace, None)?);
    }
    Ok(guests)
}

impl Guest {
    fn new(name: &str, server: Server, work: Work, folder: Option<Folder>) -> Self {
        let served = Served {
            name: name.to_owned(),
            takes_readings: matches!(work, Work::Readings(_)),
            taken: BTreeMap::new(),
            resident: [0.0; 2],
        };
        Self { served, work, server, _folder: folder }
    }

    /// A host that has its rules, and whose windows are full.
    fn with_readings(
        name: &str,
        server: Server,
        devices: u32,
        pace: Pace,
        folder: Option<Folder>,
    ) -> Result<Self, String> {
        eprintln!("  {name}: filling windows");
        let rules = rules(RULES);
        put_rules(&server, &rules)?;
        let empty = server.resident()?;
        let warm_up = WARM_UP * devices as usize;
        let measured: usize = ways().map(|way| way.batch * pace.requests(way)).sum();
        let mut story = Story::new(devices, warm_up + pace.rounds * measured, &rules);
        let _ = story.send(&server, Way { at_once: 1, batch: 1_000 }, warm_up)?;
        let resident = [empty, server.resident()?];
        let mut guest = Self::new(name, server, Work::Readings(Box::new(story)), folder);
        guest.served.resident = resident;
        Ok(guest)
    }

    fn round(&mut self, pace: Pace) -> Result<(), String> {
        for way in ways() {
            let requests = pace.requests(way);
            let taken = match &mut self.work {
                Work::Readings(story) => story.send(&self.server, way, requests * way.batch)?,
                Work::Path(path) if way.batch == 1 => ask(&self.server, path, way, 20 * requests)?,
                Work::Path(_) => continue,
            };
            self.served.taken.entry(way).or_default().push(taken);
        }
        Ok(())
    }
}

fn ways() -> impl Iterator<Item = Way> {
    AT_ONCE.into_iter().flat_map(|at_once| BATCHES.map(|batch| Way { at_once, batch }))
}

fn put_rules(server: &Server, rules: &[Rule]) -> Result<(), String> {
    let client = Client::new(&server.url);
    rules.iter().try_for_each(|rule| client.put_rule(&rule.id(), &rule.document(W1_WINDOW_MS)))
}
