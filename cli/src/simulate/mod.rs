//! `tripline simulate`: devices that are not there.
//!
//! - [`fleet`]: which device says what and when, the same for the same seed;
//! - [`device`]: boilers and rooms; [`fault`]: what goes wrong with them;
//! - [`target`]: a broker, the HTTP API, or standard output.

use std::{
    env, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rules_core::{Span, Timestamp};
use rules_service::wire::time;

use crate::{Fault, duration};

mod device;
mod dice;
mod fault;
mod fleet;
mod target;

use fleet::{Fleet, Message};
use target::{Address, Target};

/// Publish readings of made-up devices to a broker, to the HTTP API, or to standard output
///
/// Every odd device is a boiler (`boiler-1`: temp, pressure) that overheats now and then,
/// every even one a room (`room-1`: temp, humidity, motion, `door_open`) in which something
/// moves, now and then behind a closed door. The same seed gives the same readings.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where to: `mqtt://HOST:PORT`, `http://HOST:PORT`, `https://HOST`, or `-` for standard output
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    to: Address,
    /// How many devices
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    devices: u32,
    /// Readings per second of each device
    #[arg(long, value_name = "R", default_value_t = 1.0, value_parser = rate)]
    rate: f64,
    /// Where chance begins
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What goes wrong: some of the following, with commas between them, or `all`
    #[arg(long, value_name = "FAULT", value_enum, value_delimiter = ',')]
    faults: Vec<fault::Word>,
    /// Stop after this much of the devices' time [default: never; 10m for `-`]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    duration: Option<Span>,
    /// Begin so long ago, and send everything up to now at once
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration::parse)]
    backfill: Span,
    /// The time of the first reading, instead of now; only for `-`
    #[arg(long, value_name = "TIME", value_parser = rfc3339)]
    start: Option<Timestamp>,
    /// Bearer token of the HTTP API [default: the variable `TRIPLINE_TOKEN`]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Topic of each device's messages
    #[arg(long, value_name = "TOPIC", default_value = "sensors/{device}/telemetry")]
    topic: String,
}

const EXAMPLES: &str = "\
Ends after --duration, or at Ctrl-C. With --duration the counts are then printed as one
JSON object on standard error, so that they can be compared with the service's /metrics.

The boilers and rooms fit examples/rules: boiler-1 fires within half a minute and is
resolved within 90 seconds, and so on every three minutes.

Examples:
  tripline simulate --to mqtt://127.0.0.1:1883
  tripline simulate --to https://tripline.example.workers.dev --devices 50 --faults all
  tripline simulate --to - --duration 1h | tripline replay --rules examples/rules/*.json --readings -";

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1_000.0).contains(rate));
    rate.ok_or_else(|| "a number from 0.001 to 1000 is wanted".to_owned())
}

fn rfc3339(text: &str) -> Result<Timestamp, String> {
    time::parse(text).ok_or_else(|| "a time like 2026-03-02T00:00:00Z is wanted".to_owned())
}

/// How long standard output goes on where nothing is said.
const FILE_DURATION: Span = Span::from_secs(600);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let paced = arguments.to != Address::Output;
    if paced && arguments.start.is_some() {
        return Err(Fault::Usage(
            "--start goes only with --to -: a service refuses what is not from now".to_owned(),
        ));
    }
    let duration = arguments.duration.or((!paced).then_some(FILE_DURATION));
    let start = arguments.start.unwrap_or_else(now).minus(arguments.backfill);
    let fleet = Fleet::new(&fleet::Settings {
        devices: arguments.devices,
        rate: arguments.rate,
        seed: arguments.seed,
        start,
        faults: fault::Faults::from_words(&arguments.faults),
    });
    let token = arguments.token.clone().or_else(|| env::var("TRIPLINE_TOKEN").ok());
    let mut target = Target::open(&arguments.to, token, arguments.topic.clone(), arguments.seed)?;
    let fleet = fleet.take_while(|message| duration.is_none_or(|end| message.due < end));
    if paced {
        send_in_time(fleet, arguments.backfill, &mut target)?;
    } else {
        for message in fleet {
            target.send(&message)?;
        }
    }
    target.close()?;
    if paced {
        eprintln!("{}", target.counts().to_json());
    }
    Ok(())
}

/// Sends each message when it is due; `backfill` is how far we have got already.
fn send_in_time(
    messages: impl Iterator<Item = Message>,
    backfill: Span,
    target: &mut Target,
) -> Result<(), Fault> {
    let started = Instant::now();
    for message in messages {
        let due_ms = message.due.as_millis() - backfill.as_millis();
        let due = Duration::from_millis(u64::try_from(due_ms).unwrap_or(0));
        let early = due.saturating_sub(started.elapsed());
        if !early.is_zero() {
            target.flush()?;
            thread::sleep(early);
        }
        target.send(&message)?;
    }
    Ok(())
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
