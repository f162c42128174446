//! `tripline explain`: why an alert fires, or does not, and how far it is from it.
//!
//! - [`story`]: what the engine did with the readings, and what it knows now;
//! - [`tree`]: conditions, part by part, for people.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Write},
};

use rules_core::{Rule, Timestamp};
use rules_service::wire;
use serde_json::json;

use crate::{
    Fault,
    recording::Recording,
    replay::{Order, input::Input},
    rule_file,
};

mod story;
use story::Story;
mod tree;
use tree::Colours;

/// Say why an alert fires, or does not, and how far it is from that
///
/// The readings with event times up to TIME go through the production engine;
/// then each part of the rule's conditions is shown with its value at TIME.
/// The number behind a comparison is by how much its left side would have to
/// move to turn it.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files that hold one rule or a list of rules: JSON, or YAML by the extension .yaml or .yml
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    rules: Vec<String>,
    #[command(flatten)]
    input: Input,
    /// The rule to explain [default: all]
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// The device to explain it on [default: all that the rule watches]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// When [default: the newest event time in the file, or of the device given]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    order: Order,
    /// Print one JSON object instead of text for people
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Colours only on a terminal, and not if NO_COLOR is set.

Exit code: 0, 1 if a file is at fault or there is no such rule or device, 2 for wrong usage.

Examples:
  tripline explain --rules rules.yaml --readings day.ndjson --rule boiler-hot --device boiler-1
  tripline explain --rules rules.yaml --readings day.ndjson --at 2026-03-01T12:00:00Z --json";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let at = arguments.input.time("--at", arguments.at.as_deref())?;
    let mut rules: Vec<Rule> = rule_file::read_or_complain(&arguments.rules)?
        .into_iter()
        .map(|found| found.rule)
        .collect();
    if let Some(wanted) = &arguments.rule {
        let ids: Vec<String> = rules.iter().map(|rule| rule.id.clone()).collect();
        rules.retain(|rule| rule.id == *wanted);
        if rules.is_empty() {
            let ids = ids.join(", ");
            return Err(Fault::Input(format!("there is no rule {wanted:?}; there are {ids}")));
        }
    }
    if let [Rule { id, fleet: Some(_), .. }] = rules.as_slice() {
        return Err(Fault::Input(format!(
            "{id} is a rule over several devices; `tripline replay` shows what becomes of its groups"
        )));
    }
    let wanted = |device: &str| arguments.device.as_ref().is_none_or(|wanted| wanted == device);
    let recording = Recording::read(&arguments.input, wanted)?;
    let at = match (at, &arguments.device) {
        (Some(at), _) => at,
        (None, Some(device)) => recording.newest(device)?,
        (None, None) => recording.newest_of_all()?,
    };
    let devices: BTreeSet<&str> = match &arguments.device {
        Some(device) => {
            recording.of(device)?;
            BTreeSet::from([device.as_str()])
        }
        None => recording.readings.keys().map(String::as_str).collect(),
    };
    let stories = stories(&rules, &devices, &recording, at, arguments)?;
    let mut out = std::io::stdout().lock();
    let printed = if arguments.json {
        let explanations: Vec<_> = stories.iter().map(Story::to_json).collect();
        writeln!(out, "{}", json!({ "at": wire::time::rfc3339(at), "explanations": explanations }))
    } else {
        let colours = if out.is_terminal() { Colours::of_environment() } else { Colours::None };
        stories.iter().try_for_each(|story| write!(out, "{}", tree::text(story, colours)))
    };
    printed.map_err(|why| Fault::Output(why.kind()))
}

fn stories<'a>(
    rules: &'a [Rule],
    devices: &BTreeSet<&'a str>,
    recording: &'a Recording,
    at: Timestamp,
    arguments: &Arguments,
) -> Result<Vec<Story<'a>>, Fault> {
    let mut stories = Vec::new();
    for device in devices {
        let tags = recording.tags(device, at)?;
        let watches = |rule: &Rule| rule.fleet.is_none() && rule.devices.selects(device, &tags);
        let watching = || rules.iter().filter(|rule| watches(rule));
        if arguments.device.is_some() && watching().next().is_none() {
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            let ids = ids.join(", ");
            return Err(Fault::Input(format!("{ids}: no rule watches device {device:?}")));
        }
        let past = story::Past::new(rules, recording, device, at, arguments.order.settings())?;
        stories.extend(watching().map(|rule| past.story(rule)));
    }
    Ok(stories)
}
