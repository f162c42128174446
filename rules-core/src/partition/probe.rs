use alloc::{borrow::Cow, boxed::Box, string::String, sync::Arc};

use sorted::SortedMap;

use super::{
    Settings,
    dedup::digest,
    device::Device,
    facts::DeviceFacts,
    fields::Names,
    happening::Happenings,
    judge::{Judge, Scratch},
    plan::{Condition, Plan, Selection, Shared, Thresholds},
    state::Header,
    stored::StoredDevice,
};
use crate::{
    Batch, DeviceSelector, Missing, Mode, Reading, Rule, Span, Timestamp, Value,
    expr::{Explained, Expr, evaluate, explain},
};

/// One expression on one device: readings in, its value at any later time out.
///
/// It stands on the very machine that judges rules, without a rule's life
/// cycle: what it says is what a condition would have seen.
#[derive(Debug)]
pub struct Probe {
    plan: Arc<Plan>,
    selection: Selection,
    settings: Settings,
    device: Device,
    names: Names,
    header: Header,
}

impl Probe {
    /// A probe that has seen nothing yet; a window with fewer than
    /// `min_samples` samples is missing. The expression may be of any type.
    #[must_use]
    pub fn new(expr: Expr, min_samples: u32) -> Self {
        let rule = Rule {
            id: String::from("probe"),
            devices: DeviceSelector::default(),
            when: expr,
            clear: None,
            // No alert of it ever fires, so nothing of it has to be told.
            hold: Span::MAX,
            schedule: None,
            keep_firing: Span::ZERO,
            min_samples,
            missing: Missing::Hold,
            mode: Mode::Shadow,
            severity: String::new(),
            labels: SortedMap::new(),
            summary: None,
            fleet: None,
        };
        let plan = Arc::new(Plan::new(&[rule], Thresholds::Evaluated));
        let selection = Selection::new(&plan, plan.scopes_of("", &[]), &mut Shared::default());
        let mut names = Names::default();
        let (device, _) = StoredDevice::default().lay(&plan, &selection, &mut names);
        let header = Header::default();
        Self { plan, selection, settings: Settings::default(), device, names, header }
    }

    /// Takes in a reading, not older than the one before. A repeat within the
    /// dedup horizon, or one behind a time that was asked for, is left out.
    pub fn reading(&mut self, reading: &Reading) {
        let batch = Batch::from(reading);
        let Some((_, reading)) = batch.iter().next() else { return };
        let mut scratch = Box::<Scratch>::default();
        scratch.name(&batch, &mut self.names);
        let known = self.device.recent.contains(reading, &scratch.names, self.device.newest);
        if known || self.device.late_by(reading.ts(), &self.settings).is_some() {
            return;
        }
        let horizon = self.settings.dedup_horizon;
        let digest = digest(reading, &scratch.names);
        let _ = self.device.recent.remember(reading, digest, reading.ts(), horizon);
        self.judge(scratch, |judge| {
            judge.accept(reading);
        });
    }

    /// The value at `t`, not before the newest reading: windows are (t − W, t],
    /// and deadlines up to `t` have run. `None` is missing or unknown.
    pub fn value_at(&mut self, t: Timestamp) -> Option<Value> {
        self.pass(t);
        let condition = self.plan.conditions.first()?;
        let facts = self.facts(condition, t);
        evaluate(&condition.expr, &facts).map(Cow::into_owned)
    }

    /// The value at `t` with the values of all parts, as [`Probe::value_at`] sees them.
    pub fn explain_at(&mut self, t: Timestamp) -> Option<Explained> {
        self.pass(t);
        let condition = self.plan.conditions.first()?;
        let facts = self.facts(condition, t);
        Some(explain(&condition.expr, &facts))
    }

    fn facts<'a>(&'a self, condition: &'a Condition, t: Timestamp) -> DeviceFacts<'a> {
        DeviceFacts::new(&self.device, &self.selection, Some(condition), t, Span::ZERO)
    }

    /// Runs what time brings up to `t`, and lets windows forget what they leave out at `t`.
    fn pass(&mut self, t: Timestamp) {
        self.judge(Box::default(), |judge| {
            judge.pass(t);
            if let Some(condition) = judge.plan.conditions.first() {
                judge.advance(condition, t);
                judge.follow_sinces(condition, t);
            }
        });
    }

    fn judge(&mut self, scratch: Box<Scratch>, act: impl FnOnce(&mut Judge<'_>)) {
        let Self { plan, selection, settings, device, names, header } = self;
        act(&mut Judge {
            plan,
            selection,
            settings,
            id: &Arc::from(""),
            device,
            names,
            header,
            happened: &mut Happenings::new(0, plan),
            facts: &mut SortedMap::new(),
            scratch: &mut Some(scratch),
        });
    }
}
