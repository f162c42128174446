use std::{collections::BTreeSet, fmt};

use rules_core::{
    Fleet, Missing, Rule, Span, Telling,
    cost::{Bytes, Cost, Quota, WindowCost},
    expr::{Expr, Frame},
};
use serde::Serialize;

use crate::rule_file::{FileMistake, FileRule};

/// What `check` found.
#[derive(Serialize)]
pub(super) struct Report {
    /// The assumed time between two readings of a device.
    #[serde(serialize_with = "literal")]
    interval: Span,
    quota: Option<Quota>,
    /// For the device that the rules cost most for.
    total: Option<Total>,
    rules: Vec<Described>,
    pub(super) mistakes: Vec<FileMistake>,
}

#[derive(Serialize)]
struct Total {
    bytes_per_device: u64,
    bytes_per_device_max: u64,
    steps_per_reading: u64,
}

/// What one rule reads, keeps and costs.
#[derive(Serialize)]
struct Described {
    file: String,
    line: u32,
    column: u32,
    rule: String,
    fields: Vec<String>,
    windows: Vec<DescribedWindow>,
    timers: Vec<String>,
    /// What devices tell the groups of a rule over several of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    told: Vec<String>,
    #[serde(flatten)]
    cost: Total,
    warning: Option<&'static str>,
}

#[derive(Serialize)]
struct DescribedWindow {
    window: String,
    samples: u64,
    bytes: u64,
    resolution: Option<String>,
}

impl Report {
    pub(super) fn of_mistakes(mistakes: Vec<FileMistake>, interval: Span) -> Self {
        Self { interval, quota: None, total: None, rules: Vec::new(), mistakes }
    }

    pub(super) fn of_rules(
        found: &[FileRule],
        rules: &[Rule],
        quota: Quota,
        interval: Span,
    ) -> Self {
        let total = Total::new(&Cost::of_busiest_device(rules, interval));
        let rules = found.iter().map(|found| Described::new(found, interval)).collect();
        Self { interval, quota: Some(quota), total: Some(total), rules, mistakes: Vec::new() }
    }

    /// One line for each rule that may surprise its author.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.rules.iter().filter_map(|rule| {
            let Described { file, line, column, .. } = rule;
            rule.warning.map(|warning| format!("{file}:{line}:{column}: warning: {warning}"))
        })
    }

    pub(super) fn to_json(&self) -> String {
        // Texts and whole numbers always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn cost(&self, cost: &Total) -> String {
        let rate = if self.interval == Cost::INTERVAL {
            "one reading a second".to_owned()
        } else {
            format!("a reading each {}", self.interval)
        };
        let [usual, most] = [cost.bytes_per_device, cost.bytes_per_device_max].map(Bytes);
        format!(
            "{usual} a device at {rate}, at most {most}; {} steps a reading",
            cost.steps_per_reading
        )
    }
}

/// As people read it: the rules and what they cost together, then the mistakes.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in &self.rules {
            writeln!(f, "{}: {}", rule.rule, self.cost(&rule.cost))?;
            writeln!(f, "  fields: {}", listed(&rule.fields))?;
            let windows: Vec<String> = rule.windows.iter().map(ToString::to_string).collect();
            writeln!(f, "  windows: {}", listed(&windows))?;
            writeln!(f, "  timers: {}", listed(&rule.timers))?;
            if !rule.told.is_empty() {
                writeln!(f, "  told to groups: {}", listed(&rule.told))?;
            }
        }
        if let Some(total) = &self.total {
            let rules = match self.rules.len() {
                1 => "1 rule".to_owned(),
                count => format!("{count} rules"),
            };
            writeln!(f, "{rules} for the busiest device: {}", self.cost(total))?;
        }
        self.mistakes.iter().try_for_each(|mistake| writeln!(f, "{mistake}"))
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Total {
    fn new(cost: &Cost) -> Self {
        let Cost { bytes_per_device, bytes_per_device_max, steps_per_reading, .. } = *cost;
        Self { bytes_per_device, bytes_per_device_max, steps_per_reading }
    }
}

impl Described {
    fn new(found: &FileRule, interval: Span) -> Self {
        let rule = &found.rule;
        let cost = Cost::of(rule, interval);
        let conditions = || [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten();
        let fields: BTreeSet<&str> = conditions().flat_map(Expr::fields).collect();
        let mut timers = BTreeSet::new();
        for condition in conditions() {
            condition.visit(&mut |part| timers.extend(timer(part)));
        }
        let mut timers: Vec<String> = timers.into_iter().collect();
        for (name, span) in [("for", rule.hold), ("keep_firing_for", rule.keep_firing)] {
            if span > Span::ZERO {
                timers.push(format!("{name} {span}"));
            }
        }
        Self {
            file: found.file.clone(),
            line: found.line,
            column: found.column,
            rule: rule.id.clone(),
            fields: fields.into_iter().map(str::to_owned).collect(),
            cost: Total::new(&cost),
            told: rule.fleet.as_ref().map(told).unwrap_or_default(),
            windows: cost.windows.into_iter().map(DescribedWindow::new).collect(),
            timers,
            warning: warning(rule),
        }
    }
}

impl DescribedWindow {
    fn new(window: WindowCost) -> Self {
        let WindowCost { text, samples, bytes, resolution } = window;
        let resolution = resolution.map(|span| span.to_string());
        Self { window: text, samples, bytes, resolution }
    }
}

impl fmt::Display for DescribedWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window, samples, bytes, resolution } = self;
        let bytes = Bytes(*bytes);
        match resolution {
            Some(resolution) => {
                write!(
                    f,
                    "{window} ({samples} samples and older ones in panes of {resolution}, {bytes})"
                )
            }
            None if *samples == 1 => write!(f, "{window} (1 sample in {bytes})"),
            None => write!(f, "{window} ({samples} samples in {bytes})"),
        }
    }
}

/// What of `part` happens at a time and not at a reading.
fn timer(part: &Expr) -> Option<String> {
    match part {
        Expr::Absent(span) => Some(format!("absent {span}")),
        Expr::RoleAbsent(role, span) => Some(format!("absent {role} {span}")),
        Expr::Fresh(field, span) => Some(format!("fresh {field} {span}")),
        Expr::Window(call) => match call.frame {
            Frame::Hopping { every, .. } => Some(format!("every {every}")),
            Frame::Session { gap, max: None } => Some(format!("session {gap}")),
            Frame::Session { gap, max: Some(max) } => Some(format!("session {gap} max {max}")),
            Frame::Sliding(_) | Frame::Samples(_) => None,
        },
        _ => None,
    }
}

/// What devices tell the groups of a rule, role by role.
fn told(fleet: &Fleet) -> Vec<String> {
    let told = fleet.roles.iter().flat_map(|role| {
        let name = role.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        role.wants.iter().map(move |want| match want.telling {
            Telling::Changes => format!("{name}changes of {}", want.expr),
            Telling::Samples => format!("{name}each {}", want.expr),
        })
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    told
}

/// What is right by the grammar and surprises its author on a silent device.
fn warning(rule: &Rule) -> Option<&'static str> {
    let mut speaks_of_silence = false;
    for condition in [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten() {
        condition.visit(&mut |part| {
            speaks_of_silence |=
                matches!(part, Expr::Absent(_) | Expr::RoleAbsent(..) | Expr::Fresh(..));
        });
    }
    (!speaks_of_silence && rule.missing == Missing::Hold).then_some(
        "when a device falls silent, this alert stays as it is for ever; `fresh` or `absent` in \
         the rule, or `missing: clear` over windows, ends it",
    )
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn literal<S: serde::Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(span)
}
