use alloc::{
    format,
    string::{String, ToString},
};

use sorted::{Gather, SortedMap, SortedSet};

use super::{
    Cost, WindowCost,
    frame::{Held, MIXED_SAMPLE_BYTES, to_u64},
};
use crate::{
    Fleet, Reading, Rule, Span, Telling,
    expr::{Aggregate, Expr, Frame, WindowCall},
    fleet::{Purpose, Split},
    window::DEVICE_SAMPLES_MAX,
};

/// Longest text that the usual cost allows for beside a number.
const SHORT_TEXT_BYTES: u64 = 20;

/// Bytes of any cell: newest, watched, settled, version, lengths of lists.
const CELL_BYTES: u64 = 64;
/// Readings by which repeats are recognised: within the default horizon of a
/// minute, and the most that are kept.
const REMEMBERED: (Span, u64) = (Span::from_secs(60), 1_024);
/// Bytes of one of them: its time and its digest, of an id.
const REMEMBERED_BYTES: u64 = 17;
/// Bytes of a last known value beside its name and text: lengths, type, number, time.
const FIELD_BYTES: u64 = 24;
/// Bytes of an alert beside the texts of its rule: times, phase, value, lengths.
const ALERT_BYTES: u64 = 48;
/// Bytes of a label beside its texts.
const LABEL_BYTES: u64 = 4;
/// Bytes of what a condition remembers of an `absent`, `fresh` or `since`.
const MARK_BYTES: u64 = 32;
/// Bytes of what a device tells its group: its key and value, on both sides.
const TOLD_BYTES: u64 = 2 * (10 + 10 + SHORT_TEXT_BYTES);
/// Bytes of a series of samples beside these.
const SERIES_BYTES: u64 = 48;
/// Bytes of what a window remembers beside its samples: its key and last value.
const VIEW_BYTES: u64 = 48;

/// Adds up what rules cost together, each thing that they share once.
pub(super) struct Tally<'a> {
    interval: Span,
    device: DeviceShare,
    fields: SortedSet<&'a str>,
    /// Steps of each different condition.
    conditions: SortedMap<String, u64>,
    /// By the text of the input.
    series: SortedMap<String, Series>,
    /// By the text of the window.
    windows: SortedMap<String, Window>,
    alerts: Alerts,
    /// What is told to groups, by [`crate::Want::key`].
    told: SortedSet<u64>,
}

/// Whether what every device costs is counted.
#[derive(Clone, Copy, Eq, PartialEq)]
enum DeviceShare {
    LeftOut,
    Counted,
}

struct Series {
    held: Held,
    /// To evaluate the input, and to take the sample in.
    steps: u64,
}

struct Window {
    held: Held,
    steps: u64,
}

#[derive(Default)]
struct Alerts {
    bytes: u64,
    /// Of texts that may be longer than usual.
    bytes_max: u64,
    steps: u64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(interval: Span) -> Self {
        Self {
            interval,
            device: DeviceShare::LeftOut,
            fields: SortedSet::new(),
            conditions: SortedMap::new(),
            series: SortedMap::new(),
            windows: SortedMap::new(),
            alerts: Alerts::default(),
            told: SortedSet::new(),
        }
    }

    /// Counts what every device costs.
    pub(super) fn device(&mut self) {
        self.device = DeviceShare::Counted;
    }

    pub(super) fn rule(&mut self, rule: &'a Rule) {
        self.alert(rule);
        if let Some(fleet) = &rule.fleet {
            self.fleet(rule, fleet);
            return;
        }
        for condition in [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten() {
            self.fields.extend(condition.fields());
            self.condition(condition, rule.min_samples);
        }
    }

    /// What a device keeps for its group, and what it adds to the group's cell.
    fn fleet(&mut self, rule: &'a Rule, fleet: &'a Fleet) {
        let wants = fleet.roles.iter().flat_map(|role| &role.wants);
        for want in wants {
            self.fields.extend(want.expr.fields());
            if want.telling == Telling::Changes {
                self.condition(&want.expr, want.min_samples);
                self.told.insert(want.key);
            }
        }
        let roles = fleet.role_names();
        for condition in [Some(&rule.when), rule.clear.as_ref()].into_iter().flatten() {
            let split = Split::new(condition, &roles, rule.min_samples);
            for part in split.parts {
                if let Purpose::Window(call) = part.purpose {
                    self.window(&call);
                }
            }
            let text = format!("{} of {:?}: {condition}", rule.min_samples, fleet.by);
            self.conditions.entry(text).or_insert_with(|| operators(&split.expr));
        }
    }

    pub(super) fn cost(&self) -> Cost {
        let names: u64 = self.fields.iter().map(|name| to_u64(name.len())).sum();
        let fields = to_u64(self.fields.len());
        let texts_max = fields * to_u64(Reading::TEXT_BYTES_MAX);
        let marks = to_u64(self.conditions.len()) * MARK_BYTES;
        let parts = to_u64(self.series.len()) * SERIES_BYTES
            + to_u64(self.windows.len()) * VIEW_BYTES
            + names
            + fields * FIELD_BYTES
            + marks
            + to_u64(self.told.len()) * TOLD_BYTES
            + self.alerts.bytes;
        let series = || self.series.values().map(|series| series.held);
        let samples: u64 = series().map(Held::bytes).sum();
        let samples_max: u64 = series().map(Held::samples_bytes_max).sum();
        let other_max: u64 = series().map(Held::other_bytes_max).sum();
        // All series of a device together keep no more samples than that.
        let room = to_u64(DEVICE_SAMPLES_MAX) * MIXED_SAMPLE_BYTES;
        let (device, device_max) = self.device_bytes();
        let bytes_per_device = device + parts + fields * SHORT_TEXT_BYTES + samples;
        let bytes_per_device_max = device_max
            + parts
            + texts_max
            + self.alerts.bytes_max
            + samples_max.min(room)
            + other_max;
        Cost {
            bytes_per_device,
            bytes_per_device_max: bytes_per_device_max.max(bytes_per_device),
            steps_per_reading: self.steps(),
            windows: self.windows.iter().map(|(text, window)| window.cost(text)).gather(),
        }
    }

    fn steps(&self) -> u64 {
        self.conditions.values().sum::<u64>()
            + self.series.values().map(|series| series.steps).sum::<u64>()
            + self.windows.values().map(|window| window.steps).sum::<u64>()
            + self.alerts.steps
    }

    fn device_bytes(&self) -> (u64, u64) {
        if self.device == DeviceShare::LeftOut {
            return (0, 0);
        }
        let (horizon, most) = REMEMBERED;
        let interval = self.interval.as_millis().max(1);
        let remembered = (horizon.as_millis() / interval).unsigned_abs() + 2;
        let bytes = |remembered: u64| CELL_BYTES + remembered.min(most) * REMEMBERED_BYTES;
        (bytes(remembered), bytes(most))
    }

    fn alert(&mut self, rule: &Rule) {
        let texts =
            |(name, text): (&String, &String)| to_u64(name.len() + text.len()) + LABEL_BYTES;
        self.alerts.bytes += ALERT_BYTES
            + SHORT_TEXT_BYTES
            + to_u64(rule.id.len() + rule.severity.len())
            + rule.labels.iter().map(texts).sum::<u64>();
        self.alerts.bytes_max += to_u64(Reading::TEXT_BYTES_MAX);
        let timers = [rule.hold, rule.keep_firing].into_iter().filter(|span| *span > Span::ZERO);
        self.alerts.steps += 1 + to_u64(timers.count());
    }

    fn condition(&mut self, condition: &Expr, min_samples: u32) {
        let text = format!("{min_samples}|{condition}");
        if self.conditions.contains_key(&text) {
            return;
        }
        let mut steps = operators(condition);
        condition.visit(&mut |part| match part {
            Expr::Window(call) => self.window(call),
            // Each has a deadline that is looked at.
            Expr::Absent(_) | Expr::Fresh(..) => steps += 1,
            _ => {}
        });
        self.conditions.insert(text, steps);
    }

    fn window(&mut self, call: &WindowCall) {
        let held = Held::by(call, self.interval);
        let series = self
            .series
            .entry(call.input.to_string())
            .or_insert_with(|| Series { held: Held::default(), steps: operators(&call.input) + 1 });
        series.held = series.held.shared(held);
        self.windows
            .entry(call.to_string())
            .or_insert_with(|| Window { held, steps: window_steps(call, held) });
    }
}

impl Window {
    fn cost(&self, text: &str) -> WindowCost {
        let Held { samples, resolution, .. } = self.held;
        WindowCost { text: text.to_string(), samples, bytes: self.held.bytes(), resolution }
    }
}

/// One for each part of `expr` that is evaluated when it is judged; what
/// stands inside windows is evaluated when they take a sample.
fn operators(expr: &Expr) -> u64 {
    let below = match expr {
        Expr::Literal(_)
        | Expr::Duration(_)
        | Expr::Field(_)
        | Expr::Has(_)
        | Expr::Fresh(..)
        | Expr::Absent(_)
        | Expr::RoleAbsent(..)
        // A count is kept, whoever is counted.
        | Expr::Devices(_)
        | Expr::Window(_) => 0,
        Expr::In(operand, list) => operators(operand) + to_u64(list.len()),
        Expr::Unary(_, operand) | Expr::Since(operand) => operators(operand),
        Expr::Binary(_, left, right) => operators(left) + operators(right),
        Expr::Call(_, arguments) => arguments.iter().map(operators).sum(),
    };
    1 + below
}

/// To take one sample in and one out, amortised, and to look for the frame's deadline.
fn window_steps(call: &WindowCall, held: Held) -> u64 {
    let ordered = match call.aggregate {
        Aggregate::Quantile(_) | Aggregate::Distinct => {
            u64::from(held.samples.max(2).next_power_of_two().ilog2())
        }
        _ => 1,
    };
    let deadline = u64::from(matches!(call.frame, Frame::Hopping { .. } | Frame::Session { .. }));
    2 * ordered + deadline
}
