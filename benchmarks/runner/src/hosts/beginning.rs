use std::time::Instant;

use bench_workload::rule::rules;

use super::{
    RULES, put_rules,
    server::{Client, Server},
    start::{self, Folder},
    story::{Story, Way},
};
use crate::{options::Pace, places::Places};

/// Applications that stand beside each other to see what memory one takes.
const APPLICATIONS: usize = 64;

/// What first answers took, milliseconds, by what they were.
#[derive(Debug, Default)]
pub(crate) struct Beginnings {
    pub(crate) times: Vec<(&'static str, Vec<f64>)>,
    /// Bytes that an instance of the Spin component takes.
    pub(crate) spin_instance: f64,
}

const HELLO: &str = "workerd, hello: from starting the process to the answer";
const WORKER: &str = "workerd, Tripline: the same, an answer without state";
const OBJECT: &str = "workerd, Tripline: then a reading, in objects that were asleep";
const LOAD: &str = "Spin: loading the precompiled component";
const INSTANCE: &str = "Spin: a new instance and its answer without state";
const READING: &str = "Spin: a new instance and its answer to a reading, 100 rules";
const WARM: &str = "Spin: an instance that is there, without state";

/// Measures first answers.
pub(super) fn measure(pace: Pace, places: &Places) -> Result<Beginnings, String> {
    let mut beginnings = Beginnings::default();
    eprintln!("  first answers");
    let (folder, mut story) = (Folder::new("beginnings")?, story());
    let server = start::worker(places, &folder)?;
    put_rules(&server, &rules(RULES))?;
    let _ = story.send(&server, Way { at_once: 1, batch: 100 }, 1_000)?;
    drop(server);
    for _ in 0..pace.starts() {
        let server = start::hello(places)?;
        beginnings.add(HELLO, first(&server, "/")?);
        drop(server);
        let server = start::worker(places, &folder)?;
        beginnings.add(WORKER, first(&server, "/healthz")?);
        let taken = story.send(&server, Way { at_once: 1, batch: 1 }, 1)?;
        beginnings.add(OBJECT, taken.wall * 1e3);
    }
    for _ in 0..pace.starts() {
        let server = start::spin(places, Some(1))?;
        beginnings.add(LOAD, server.said["component_ms"].as_f64().unwrap_or(f64::NAN));
    }
    beginnings.instances(pace, places)?;
    beginnings.spin_instance = instance(places)?;
    Ok(beginnings)
}

fn story() -> Story {
    Story::new(10, 20_000, &rules(RULES))
}

/// Milliseconds until `server` had answered.
fn first(server: &Server, path: &str) -> Result<f64, String> {
    Client::new(&server.url).get(path)?;
    Ok(server.started.elapsed().as_secs_f64() * 1e3)
}

impl Beginnings {
    fn add(&mut self, name: &'static str, milliseconds: f64) {
        match self.times.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => times.push(milliseconds),
            None => self.times.push((name, vec![milliseconds])),
        }
    }

    /// Answers of instances that serve one request each, beside those of one that goes on.
    fn instances(&mut self, pace: Pace, places: &Places) -> Result<(), String> {
        let (fresh, warm) = (start::spin(places, Some(1))?, start::spin(places, None)?);
        put_rules(&fresh, &rules(RULES))?;
        let mut story = story();
        let clients = [(INSTANCE, Client::new(&fresh.url)), (WARM, Client::new(&warm.url))];
        for _ in 0..pace.starts() * 40 {
            for (name, client) in &clients {
                let begun = Instant::now();
                client.get("/healthz")?;
                self.add(name, begun.elapsed().as_secs_f64() * 1e3);
            }
            let taken = story.send(&fresh, Way { at_once: 1, batch: 1 }, 1)?;
            self.add(READING, taken.wall * 1e3);
        }
        Ok(())
    }
}

/// Bytes of memory that an instance takes, of many that stand beside each other.
fn instance(places: &Places) -> Result<f64, String> {
    let mut server = start::spin(places, None)?;
    let mut addresses = Vec::new();
    for _ in 0..APPLICATIONS {
        let answer = server.command("new")?;
        addresses.push(answer["url"].as_str().unwrap_or_default().to_owned());
    }
    let before = server.resident()?;
    for address in &addresses {
        Client::new(address).get("/healthz")?;
    }
    Ok((server.resident()? - before) / APPLICATIONS as f64)
}
