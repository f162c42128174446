use std::{env, fmt::Write};

use rules_core::{AlertState, Span, Timestamp, expr::Explained, partition::Standing};
use rules_service::wire::time::rfc3339;

use super::story::Story;
use crate::eval;

/// Whether what is true, false and unknown is told apart by colours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Colours {
    None,
    Ansi,
}

impl Colours {
    /// For a terminal. Source: <https://no-color.org>.
    pub(super) fn of_environment() -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if set("NO_COLOR") || dumb { Self::None } else { Self::Ansi }
    }

    fn paint(self, explained: &Explained, text: &str) -> String {
        let code = match (Story::truth(explained), &explained.value) {
            (Some(true), _) => "32",
            (Some(false), _) => "31",
            (None, None) => "33",
            (None, Some(_)) => return text.to_owned(),
        };
        match self {
            Self::None => text.to_owned(),
            Self::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Most transitions that are listed: the last ones.
const HISTORY_MAX: usize = 5;

/// A story as people read it.
pub(super) fn text(story: &Story<'_>, colours: Colours) -> String {
    let mut text = String::new();
    let (rule, device, at) = (&story.rule.id, story.device, rfc3339(story.at));
    // Writing to a text never fails.
    let _ = writeln!(text, "{rule} on {device} at {at}: {}", state(story));
    branch(&mut text, "when", &story.when, colours);
    if let Some(clear) = &story.clear {
        branch(&mut text, "clear", clear, colours);
    }
    let counters = &story.counters;
    let _ = writeln!(
        text,
        "  readings: {} received, {} accepted, {} duplicate, {} late, {} refused",
        counters.received, counters.accepted, counters.duplicate, counters.late, counters.refused
    );
    let left_out = story.transitions.len().saturating_sub(HISTORY_MAX);
    if left_out > 0 {
        let _ = writeln!(text, "  {left_out} transitions before these");
    }
    for transition in story.transitions.iter().skip(left_out) {
        let _ = writeln!(text, "  {} {}", rfc3339(transition.at), transition.state.as_str());
    }
    text
}

/// Where the alert stands, and what would move it.
fn state(story: &Story<'_>) -> String {
    let Standing { state, started_at, clearing_since, timer, .. } = story.standing;
    let since =
        |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(" since {}", rfc3339(at)));
    let rule = story.rule;
    match state {
        AlertState::Pending => match timer {
            Some(timer) => format!(
                "pending{}, fires at {} if it stays true",
                since(started_at),
                rfc3339(timer)
            ),
            None => format!("pending{}", since(started_at)),
        },
        AlertState::Firing => match (clearing_since, timer) {
            (Some(_), Some(timer)) => format!(
                "firing{}, clearing{}, resolves at {} if it stays so",
                since(started_at),
                since(clearing_since),
                rfc3339(timer)
            ),
            _ => format!("firing{}", since(started_at)),
        },
        AlertState::Inactive | AlertState::Resolved => {
            let why = match Story::truth(&story.when) {
                _ if !story.open => "its schedule does not let it fire now",
                Some(true) => "its condition holds now, and no reading or timer has judged it so",
                Some(false) => "its condition does not hold",
                None => "its condition is unknown",
            };
            let hold = if rule.hold > Span::ZERO {
                format!("; it fires once that holds for {}", rule.hold)
            } else {
                String::new()
            };
            format!("inactive: {why}{hold}")
        }
    }
}

fn branch(text: &mut String, name: &str, explained: &Explained, colours: Colours) {
    let _ = writeln!(text, "  {name}: {}", line(explained, colours));
    children(text, "  ", explained, colours);
}

fn children(text: &mut String, indent: &str, explained: &Explained, colours: Colours) {
    let last = explained.children.len().saturating_sub(1);
    for (index, child) in explained.children.iter().enumerate() {
        let (branch, below) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let _ = writeln!(text, "{indent}{branch}{}", line(child, colours));
        children(text, &format!("{indent}{below}"), child, colours);
    }
}

fn line(explained: &Explained, colours: Colours) -> String {
    let value = match &explained.value {
        Some(value) => eval::json(Some(value)).to_string(),
        None => "unknown".to_owned(),
    };
    let value = colours.paint(explained, &value);
    match explained.distance.map(|distance| rounded(distance.abs())) {
        Some(distance) if Story::truth(explained) == Some(true) => {
            format!("{} = {value} (by {distance})", explained.text)
        }
        Some(distance) => format!("{} = {value} ({distance} to go)", explained.text),
        None => format!("{} = {value}", explained.text),
    }
}

/// To twelve digits, which leaves out what subtraction made of the last ones.
fn rounded(distance: f64) -> f64 {
    format!("{distance:.11e}").parse().unwrap_or(distance)
}
