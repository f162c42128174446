//! Performs what the pure parts decide, over a broker and a service.

use std::pin::pin;

use serde_json::json;
use tokio::{sync::mpsc, time::sleep_until};

use crate::{
    batcher::Tally, bridge::Bridge, broker, clock::Clock, config::Config, moment::Moment,
    notice::Notice, service::Service,
};

/// What the bridge did from start to stop.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Messages that the broker sent.
    pub messages: u64,
    /// Of these: sent again, and known already.
    pub redelivered: u64,
    /// Of these: kept by the broker, and skipped.
    pub skipped: u64,
    /// Of these: no readings.
    pub malformed: u64,
    /// How often a connection to the broker stood.
    pub connections: u64,
    /// What became of the readings.
    pub tally: Tally,
    /// Readings that were not sent.
    pub unsent: usize,
}

impl Summary {
    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let receipt = self.tally.receipt;
        json!({
            "messages": self.messages, "redelivered": self.redelivered, "skipped": self.skipped,
            "malformed": self.malformed, "connections": self.connections,
            "sent": receipt.received, "accepted": receipt.accepted,
            "duplicate": receipt.duplicate, "late": receipt.late, "refused": receipt.refused,
            "dead": self.tally.dead, "batches": self.tally.batches,
            "failures": self.tally.failures, "unsent": self.unsent,
        })
        .to_string()
    }
}

/// Bridges until `stop` ends, and then until everything is sent or the time
/// for that is up. `tell` hears what an operator should know.
///
/// # Errors
/// Certificates that cannot be read. Nothing else: a broker or a service that
/// is away is waited for.
pub async fn run(
    config: Config,
    stop: impl Future<Output = ()>,
    tell: impl FnMut(&Notice, Moment),
) -> Result<Summary, String> {
    let (mouth, mut events) = broker::open(&config.broker, &config.topics)?;
    let service = Service::new(&config.service, config.batch.lanes)?;
    let (answer_to, mut answers) = mpsc::unbounded_channel();
    let mut stop = pin!(stop);
    let mut bridge = Bridge::new(config, mouth, service, answer_to, tell);
    loop {
        if bridge.is_full() {
            bridge.leave(&mut events);
        }
        // Kept until it ends: dropping it half-way could lose an acknowledgement.
        let mut poll = Box::pin(events.poll());
        let event = loop {
            let clock = bridge.clock();
            tokio::select! {
                event = &mut poll, if bridge.is_listening() => break event,
                Some(turn) = answers.recv() => bridge.turn(turn),
                () = at(clock, bridge.resume_at()) => bridge.resume(),
                () = at(clock, bridge.wake_at()) => bridge.elapsed(),
                () = at(clock, bridge.tick_at()) => bridge.tick(),
                () = at(clock, bridge.stop_at()) => return Ok(bridge.stopped()),
                () = &mut stop, if bridge.stop_at().is_none() => bridge.stop(),
            }
            if bridge.is_done() {
                return Ok(bridge.stopped());
            }
        };
        drop(poll);
        match event {
            Ok(event) => bridge.event(event),
            Err(why) => bridge.lost(&why, &mut events),
        }
        if bridge.is_done() {
            return Ok(bridge.stopped());
        }
    }
}

/// Sleeps until `moment`; for ever without one.
async fn at(clock: Clock, moment: Option<Moment>) {
    match moment {
        Some(moment) => sleep_until(clock.instant(moment)).await,
        None => std::future::pending().await,
    }
}
