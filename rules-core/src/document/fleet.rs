//! The keys of rules over several devices: `per`, or `match` with `on`; and `devices.tags`.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use sorted::{Gather, SortedMap};

use super::{
    BY_MAX, LABEL_NAME_BYTES_MAX, LABEL_VALUE_BYTES_MAX, ROLES_MAX, TAGS_MAX,
    json::{Json, shortened},
    keys::{Key, Reader},
};
use crate::{
    DeviceSelector, Fleet,
    expr::{Expr, Scope, is_role_name},
};

const EXPECTED_TAGS: &str = "an object of texts such as {\"site\": \"plant-1\"}";
const EXPECTED_BY: &str = "a list of names of tags such as [\"site\"]";
const EXPECTED_ROLES: &str = "an object of roles such as {\"in\": {\"tags\": {\"role\": \"inlet\"}}, \
                              \"out\": {\"tags\": {\"role\": \"outlet\"}}}";

/// What makes a rule one over several devices, while its keys are read.
#[derive(Default)]
pub(super) enum FleetDraft {
    /// Nothing.
    #[default]
    None,
    /// `per` with its tags, sorted.
    Per(Vec<String>),
    /// `match` with its roles, and `on` with its tags, both sorted. Without
    /// roles if what stands there has none that can be read.
    Match { roles: Option<Vec<RoleDraft>>, on: Vec<String> },
}

/// A role, and where in the document it stands.
pub(super) struct RoleDraft {
    name: String,
    offset: usize,
    devices: DeviceSelector,
}

impl FleetDraft {
    pub(super) fn finish<'a>(
        self,
        devices: &DeviceSelector,
        conditions: impl IntoIterator<Item = &'a Expr>,
        min_samples: u32,
    ) -> Option<Fleet> {
        let (by, roles) = match self {
            Self::None => return None,
            Self::Per(by) => (by, Vec::from([(None, devices.clone())])),
            Self::Match { roles, on } => {
                let roles = roles.unwrap_or_default().into_iter();
                (on, roles.map(|role| (Some(role.name), role.devices)).gather())
            }
        };
        Some(Fleet::new(by, roles, conditions, min_samples))
    }

    pub(super) fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// What conditions may name; `None` if that cannot be said.
    pub(super) fn scope(&self) -> Option<OwnedScope> {
        match self {
            Self::None => Some(OwnedScope::Device),
            Self::Per(_) => Some(OwnedScope::Group),
            Self::Match { roles, .. } => {
                let names = roles.as_ref()?.iter().map(|role| role.name.clone());
                Some(OwnedScope::Roles(names.gather()))
            }
        }
    }

    /// The names of the group's tags, and of the roles.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::Per(by) => by.clone(),
            Self::Match { roles, on } => {
                let roles = roles.iter().flatten().map(|role| role.name.clone());
                on.iter().cloned().chain(roles).gather()
            }
        }
    }
}

/// A [`Scope`] with the names of its roles.
pub(super) enum OwnedScope {
    Device,
    Group,
    Roles(Vec<String>),
}

impl OwnedScope {
    pub(super) fn borrowed(&self) -> Scope<'_> {
        match self {
            Self::Device => Scope::Device,
            Self::Group => Scope::Group,
            Self::Roles(names) => Scope::Roles(names),
        }
    }
}

impl Reader<'_, '_> {
    /// Reads `per`, `match` and `on`, and reports those that do not go together.
    pub(super) fn fleet(&mut self, entries: &[(Key, Json<'_>)]) -> FleetDraft {
        let entry = |name: &str| entries.iter().find(|(key, _)| key.name == name);
        let (per, joined, on) = (entry("per"), entry("match"), entry("on"));
        let by = |reader: &mut Self, entry: Option<&(Key, Json<'_>)>| {
            entry.and_then(|(_, value)| reader.tag_names(*value)).unwrap_or_default()
        };
        match (per, joined, on) {
            (None, None, None) => FleetDraft::None,
            (Some((key, _)), Some(_), _) => {
                let message = "found `per` and `match`: `per` looks at all devices of a group \
                               together, `match` at one in each role; a rule has one of them";
                self.mistakes.push(key.offset, "conflicting_keys", message);
                FleetDraft::Match { roles: None, on: Vec::new() }
            }
            (Some(_), None, Some((key, _))) => {
                let message = "found `on` beside `per`; `on` says which tags join the roles of \
                               `match`, and those of `per` stand in `per`";
                self.mistakes.push(key.offset, "conflicting_keys", message);
                FleetDraft::Per(by(self, per))
            }
            (Some(_), None, None) => FleetDraft::Per(by(self, per)),
            (None, None, Some((key, _))) => {
                let message = "found `on` without `match`, whose roles it joins";
                self.mistakes.push(key.offset, "missing_key", message);
                FleetDraft::None
            }
            (None, Some((key, value)), _) => {
                if on.is_none() {
                    let message = "`match` has no `on`, which says by which tags its roles belong \
                                   together, as in \"on\": [\"line\"]";
                    self.mistakes.push(key.offset, "missing_key", message);
                }
                if let Some((devices, _)) = entry("devices") {
                    let message = "found `devices` beside `match`, whose roles say which devices \
                                   the rule watches";
                    self.mistakes.push(devices.offset, "conflicting_keys", message);
                }
                let on = by(self, on);
                FleetDraft::Match { roles: self.roles(*value, &on), on }
            }
        }
    }

    /// Reports roles that `when` does not name: such a role would only multiply alerts.
    pub(super) fn unnamed_roles(&mut self, fleet: &FleetDraft, when: Option<&Expr>) {
        let (FleetDraft::Match { roles: Some(roles), .. }, Some(when)) = (fleet, when) else {
            return;
        };
        let named = when.roles();
        for role in roles.iter().filter(|role| !named.contains(role.name.as_str())) {
            let message = format!("`when` reads nothing of the role `{}`; leave it out", role.name);
            self.mistakes.push(role.offset, "unused_role", message);
        }
    }

    /// `{"site": "plant-1"}`.
    pub(super) fn tags(&mut self, value: Json<'_>) -> SortedMap<String, String> {
        let Some(entries) = value.entries() else {
            self.wrong_type(value, EXPECTED_TAGS);
            return SortedMap::new();
        };
        if entries.is_empty() || entries.len() > TAGS_MAX {
            let message = format!("found {} tags; there are 1 to {TAGS_MAX}", entries.len());
            self.mistakes.push(value.offset, "out_of_range", message);
            return SortedMap::new();
        }
        let mut tags = SortedMap::new();
        for (key, value) in self.distinct(entries) {
            self.tag_name(&key.name, key.offset);
            let text = self.text(value, "a text", LABEL_VALUE_BYTES_MAX);
            if let Some(text) = text.and_then(|text| self.not_empty(value, text)) {
                tags.insert(key.name, text);
            }
        }
        tags
    }

    /// `["site", "line"]`, sorted.
    fn tag_names(&mut self, value: Json<'_>) -> Option<Vec<String>> {
        let Some(items) = value.items() else {
            self.wrong_type(value, EXPECTED_BY);
            return None;
        };
        if items.is_empty() || items.len() > BY_MAX {
            let message = format!("found {} tags; there are 1 to {BY_MAX}", items.len());
            self.mistakes.push(value.offset, "out_of_range", message);
            return None;
        }
        let mut names = Vec::new();
        for item in items {
            let Some(text) = self.text(item, "the name of a tag such as \"site\"", usize::MAX)
            else {
                continue;
            };
            let name = text.text.to_string();
            self.tag_name(&name, item.offset);
            if names.contains(&name) {
                let message = format!("the tag `{}` stands here twice", shortened(&name));
                self.mistakes.push(item.offset, "doubled_key", message);
            } else {
                names.push(name);
            }
        }
        sorted::sort(&mut names);
        Some(names)
    }

    fn tag_name(&mut self, name: &str, offset: usize) {
        if name.is_empty() || name.len() > LABEL_NAME_BYTES_MAX {
            let message = format!(
                "the tag's name has {} bytes; it has 1 to {LABEL_NAME_BYTES_MAX}",
                name.len()
            );
            self.mistakes.push(offset, "out_of_range", message);
        }
    }

    /// `{"in": {"tags": {"role": "inlet"}}, "out": …}`, by their names.
    fn roles(&mut self, value: Json<'_>, on: &[String]) -> Option<Vec<RoleDraft>> {
        let Some(entries) = value.entries() else {
            self.wrong_type(value, EXPECTED_ROLES);
            return None;
        };
        if !(2..=ROLES_MAX).contains(&entries.len()) {
            let message = format!(
                "found {} roles; `match` joins 2 to {ROLES_MAX}, and a rule without it watches \
                 each device by itself",
                entries.len()
            );
            self.mistakes.push(value.offset, "out_of_range", message);
        }
        let mut roles = Vec::new();
        for (key, value) in self.distinct(entries) {
            self.role_name(&key, on);
            let devices = self.devices(value).unwrap_or_default();
            roles.push(RoleDraft { name: key.name, offset: key.offset, devices });
        }
        sorted::sort_by(&mut roles, |a, b| a.name.cmp(&b.name));
        Some(roles)
    }

    fn role_name(&mut self, key: &Key, on: &[String]) {
        let shown = shortened(&key.name);
        if !is_role_name(&key.name) || key.name.len() > LABEL_NAME_BYTES_MAX {
            let message = format!(
                "found the role `{shown}`; its name begins fields, as in `out.temp`: letters, \
                 digits and `_`, the first no digit"
            );
            self.mistakes.push(key.offset, "bad_name", message);
        } else if on.contains(&key.name) {
            let message = format!(
                "`{shown}` is a role and a tag of `on`; an alert names both, so they differ"
            );
            self.mistakes.push(key.offset, "doubled_key", message);
        }
    }
}
