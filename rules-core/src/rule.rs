use alloc::{format, string::String, vec::Vec};

use sorted::SortedMap;

use rete_lite::glob;
use serde::{Deserialize, Serialize};

use crate::{
    Span,
    expr::Expr,
    fleet::{GroupKey, tag},
    hash::fnv1a_64,
    schedule::Schedule,
};

/// A rule after its document was read and checked: everything in it holds.
///
/// Only [`crate::document::read`] makes one, so the engine never meets a rule
/// with a mistake in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name, unique in a rule set: `[a-z0-9][a-z0-9_-]*`, at most 128 bytes (letters may be of either case).
    pub id: String,
    /// Which devices it watches; of a fleet rule, the roles say more.
    pub devices: DeviceSelector,
    /// True while there is something to tell. Its type is bool.
    pub when: Expr,
    /// Ends a firing alert when true (hysteresis); without it, `when` false does.
    pub clear: Option<Expr>,
    /// How long `when` must have stayed true before the alert fires (`for`).
    pub hold: Span,
    /// How long the end must have lasted before the alert resolves.
    pub keep_firing: Span,
    /// A window with fewer samples than this is missing; at least 1.
    pub min_samples: u32,
    /// When it may fire: always, if there is none.
    pub schedule: Option<Schedule>,
    /// What unknown means at the top of a condition.
    pub missing: Missing,
    /// Whether anybody is told.
    pub mode: Mode,
    /// How bad it is, in the user's own scale.
    pub severity: String,
    /// Passed through to receivers.
    pub labels: SortedMap<String, String>,
    /// One line for people.
    pub summary: Option<Summary>,
    /// How it looks at several devices at once; without it, it watches each by itself.
    pub fleet: Option<Fleet>,
}

/// What makes a rule one over several devices.
///
/// The rule's `when` and `clear` are about a group of devices; what they ask
/// of each single device stands in its role as a [`Want`], which the partition
/// of the device answers with facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The tags whose values make a group (`per`) or join roles (`on`), sorted.
    pub by: Vec<String>,
    /// Of a `per` rule one role without a name; of a `match` rule the named ones, by their names.
    pub roles: Vec<Role>,
}

impl Fleet {
    /// The group of a device with `tags`; `None` if it lacks one of the tags,
    /// or plays no role.
    #[must_use]
    pub fn group(&self, device: &str, tags: &[(String, String)]) -> Option<GroupKey> {
        self.roles_of(device, tags).next()?;
        GroupKey::of(&self.by, tags)
    }

    /// The roles that a device with `tags` plays.
    pub fn roles_of(&self, device: &str, tags: &[(String, String)]) -> impl Iterator<Item = &Role> {
        self.roles.iter().filter(move |role| role.devices.selects(device, tags))
    }
}

/// A part that devices play in a fleet rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its name in `match`; none under `per`.
    pub name: Option<String>,
    /// The devices that play it.
    pub devices: DeviceSelector,
    /// What each of them tells its group.
    pub wants: Vec<Want>,
}

/// Something that a device tells its group.
#[derive(Clone, Debug, PartialEq)]
pub struct Want {
    /// Names it in facts and in state: of its canonical text, `min_samples` and [`Telling`].
    pub key: u64,
    /// Speaks of the device alone.
    pub expr: Expr,
    /// A window with fewer samples than this is missing.
    pub min_samples: u32,
    /// When it is told.
    pub telling: Telling,
}

impl Want {
    /// A want, with its name.
    #[must_use]
    pub fn new(expr: Expr, min_samples: u32, telling: Telling) -> Self {
        let key = fnv1a_64(format!("{telling:?} {min_samples} {expr}").as_bytes());
        Self { key, expr, min_samples, telling }
    }
}

/// When a device tells what is wanted of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Telling {
    /// When its value or truth changes, and at joining.
    Changes,
    /// At each reading that feeds it: it is a sample of a window of the group.
    Samples,
}

/// Which devices a rule watches: all of them unless patterns or tags narrow it.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct DeviceSelector {
    /// Patterns for the device id, of which one must match; empty means every device.
    /// `*` stands for any run of characters, `?` for any one character.
    pub ids: Vec<String>,
    /// Tags that the device must have, all of them with exactly these values.
    pub tags: SortedMap<String, String>,
}

impl DeviceSelector {
    /// Whether the rule watches `device`, which has `tags`.
    #[must_use]
    pub fn selects(&self, device: &str, tags: &[(String, String)]) -> bool {
        self.selects_id(device)
            && self.tags.iter().all(|(name, value)| tag(tags, name) == Some(value.as_str()))
    }

    /// Whether the patterns let `device` pass, whatever its tags.
    #[must_use]
    pub fn selects_id(&self, device: &str) -> bool {
        self.ids.is_empty() || self.ids.iter().any(|pattern| glob(pattern, device))
    }

    /// The patterns that are plain names: they select one device each.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str).filter(|pattern| !pattern.contains(['*', '?']))
    }
}

/// What unknown means at the top of a condition (`missing`).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// No evaluation: the alert keeps its state.
    #[default]
    Hold,
    /// It counts as false, and ends a firing alert.
    Clear,
}

/// Whether a rule's alerts reach anybody (`mode`).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Receivers are told.
    #[default]
    Live,
    /// Evaluated and recorded; nobody is told.
    Shadow,
}

/// A summary text with its holes: `{{ device }} is {{ value }} °C`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary(pub Vec<SummaryPart>);

/// A piece of a [`Summary`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SummaryPart {
    /// Copied as it stands.
    Text(String),
    /// `{{ device }}`.
    Device,
    /// `{{ group }}`: all tags of a fleet rule's group in one text.
    Group,
    /// `{{ site }}`: the value of a tag that makes the group, or the device
    /// that plays the role of this name.
    Tag(String),
    /// `{{ value }}`.
    Value,
    /// `{{ rule }}`.
    Rule,
    /// `{{ severity }}`.
    Severity,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_matches_any_run_and_question_mark_any_one_character() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("boiler-*", "boiler-1", true),
            ("boiler-*", "boiler", false),
            ("*-1", "boiler-1-1", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("b?iler", "böiler", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} on {text}");
        }
    }
}
