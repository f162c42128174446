//! The keys of a rule document, one function each.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use sorted::{Gather, SortedMap, SortedSet};

use super::{
    BYTES_MAX, HOLD_MAX, ID_BYTES_MAX, LABEL_NAME_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_MAX,
    MIN_SAMPLES_MAX, PATTERNS_MAX, SEVERITY_BYTES_MAX, SUMMARY_BYTES_MAX,
    fleet::FleetDraft,
    json::{Json, shortened},
    mistakes::Mistakes,
    quoted::Quoted,
    template::{self, About},
};
use crate::{
    DeviceSelector, Missing, Mode, Reading, Rule, Span, Summary,
    expr::{
        Expr, ParseError, parse_condition_in,
        spelling::{listed, nearest},
    },
    schedule::Schedule,
};

/// The keys there are, in the order of the reference.
const KEYS: [&str; 16] = [
    "id",
    "devices",
    "per",
    "match",
    "on",
    "when",
    "clear",
    "for",
    "keep_firing_for",
    "min_samples",
    "schedule",
    "missing",
    "mode",
    "severity",
    "labels",
    "summary",
];

/// The severity of a rule that names none.
const SEVERITY_DEFAULT: &str = "warning";

/// The rule that `text` describes; `None` if something was reported.
pub(super) fn rule(text: &str, mistakes: &mut Mistakes<'_>) -> Option<Rule> {
    if text.len() > BYTES_MAX {
        let message =
            format!("the document has {} bytes; at most {BYTES_MAX} are read", text.len());
        mistakes.push(0, "too_long", message);
        return None;
    }
    let document = match Json::read(text) {
        Ok(document) => document,
        Err(malformed) => {
            mistakes.push(malformed.offset, "json_syntax", malformed.message);
            return None;
        }
    };
    let Some(entries) = document.entries() else {
        let message = format!("found {}, expected an object: a rule", document.described());
        mistakes.push(document.offset, "wrong_type", message);
        return None;
    };
    let mut draft = Draft::default();
    let mut reader = Reader { mistakes };
    let entries = reader.distinct(entries);
    for required in ["id", "when"] {
        if !entries.iter().any(|(key, _)| key.name == required) {
            let message = format!("the rule has no `{required}`");
            reader.mistakes.push(document.offset, "missing_key", message);
        }
    }
    // They decide what the conditions may name.
    draft.fleet = reader.fleet(&entries);
    for (key, value) in entries {
        reader.key(&mut draft, &key, value);
    }
    reader.unnamed_roles(&draft.fleet, draft.when.as_ref());
    draft.finish()
}

/// A rule while its keys are read; what was wrong is left out.
#[derive(Default)]
struct Draft {
    id: Option<String>,
    devices: Option<DeviceSelector>,
    fleet: FleetDraft,
    when: Option<Expr>,
    clear: Option<Expr>,
    hold: Option<Span>,
    keep_firing: Option<Span>,
    min_samples: Option<u32>,
    schedule: Option<Schedule>,
    missing: Option<Missing>,
    mode: Option<Mode>,
    severity: Option<String>,
    labels: SortedMap<String, String>,
    summary: Option<Summary>,
}

impl Draft {
    fn finish(self) -> Option<Rule> {
        let (devices, when) = (self.devices.unwrap_or_default(), self.when?);
        let min_samples = self.min_samples.unwrap_or(1);
        let conditions = [Some(&when), self.clear.as_ref()].into_iter().flatten();
        let fleet = self.fleet.finish(&devices, conditions, min_samples);
        Some(Rule {
            id: self.id?,
            devices,
            fleet,
            when,
            clear: self.clear,
            hold: self.hold.unwrap_or_default(),
            keep_firing: self.keep_firing.unwrap_or_default(),
            min_samples,
            schedule: self.schedule,
            missing: self.missing.unwrap_or_default(),
            mode: self.mode.unwrap_or_default(),
            severity: self.severity.unwrap_or_else(|| SEVERITY_DEFAULT.to_string()),
            labels: self.labels,
            summary: self.summary,
        })
    }
}

pub(super) struct Reader<'m, 't> {
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

/// A key with its place.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) offset: usize,
}

impl Reader<'_, '_> {
    fn key(&mut self, draft: &mut Draft, key: &Key, value: Json<'_>) {
        match key.name.as_str() {
            "id" => draft.id = self.id(value),
            "devices" => draft.devices = self.devices(value),
            "per" | "match" | "on" => {}
            "when" => draft.when = self.condition(value, &draft.fleet),
            "clear" => draft.clear = self.condition(value, &draft.fleet),
            "for" => draft.hold = self.duration(value),
            "keep_firing_for" => draft.keep_firing = self.duration(value),
            "min_samples" => draft.min_samples = self.min_samples(value),
            "schedule" => draft.schedule = self.schedule(value),
            "missing" => {
                let word = self.word(value, ["hold", "clear"]);
                draft.missing =
                    word.map(|word| if word == "hold" { Missing::Hold } else { Missing::Clear });
            }
            "mode" => {
                let word = self.word(value, ["live", "shadow"]);
                draft.mode =
                    word.map(|word| if word == "live" { Mode::Live } else { Mode::Shadow });
            }
            "severity" => draft.severity = self.severity(value),
            "labels" => draft.labels = self.labels(value),
            "summary" => draft.summary = self.summary(value, &draft.fleet),
            _ => self.unknown_key(key, &KEYS),
        }
    }

    fn id(&mut self, value: Json<'_>) -> Option<String> {
        let id = self.text(value, "a name such as \"cold-room-warm\"", ID_BYTES_MAX)?;
        let wrong = id.text.char_indices().find(|(at, character)| {
            let inner = *at > 0 && matches!(character, '-' | '_');
            !character.is_ascii_alphanumeric() && !inner
        });
        if let Some((at, character)) = wrong {
            let message = format!(
                "found {character:?} in the id; it is made of letters, digits, `-` and `_`, and \
                 begins with a letter or digit"
            );
            self.mistakes.push(id.offset(at), "bad_id", message);
            return None;
        }
        self.not_empty(value, id)
    }

    /// `{"id": "boiler-*"}`, `{"id": ["boiler-*", "pump-7"]}`, or the list alone.
    pub(super) fn devices(&mut self, value: Json<'_>) -> Option<DeviceSelector> {
        if let Some(items) = value.items() {
            return self.patterns(value, items);
        }
        let Some(entries) = value.entries() else {
            self.wrong_type(
                value,
                "an object such as {\"id\": \"boiler-*\"}, or a list of patterns",
            );
            return None;
        };
        let mut devices = DeviceSelector::default();
        for (key, value) in self.distinct(entries) {
            match key.name.as_str() {
                "id" => {
                    let items = value.items().unwrap_or_else(|| Vec::from([value]));
                    devices.ids = self.patterns(value, items).unwrap_or_default().ids;
                }
                "tags" => devices.tags = self.tags(value),
                _ => self.unknown_key(&key, &["id", "tags"]),
            }
        }
        Some(devices)
    }

    fn patterns(&mut self, list: Json<'_>, items: Vec<Json<'_>>) -> Option<DeviceSelector> {
        if items.is_empty() || items.len() > PATTERNS_MAX {
            let message = format!(
                "found {} patterns; there are 1 to {PATTERNS_MAX}, or no `devices` at all, which \
                 selects every device",
                items.len()
            );
            self.mistakes.push(list.offset, "out_of_range", message);
            return None;
        }
        let read = |item| {
            let expected = "a pattern of device ids such as \"boiler-*\"";
            let pattern = self.text(item, expected, Reading::DEVICE_BYTES_MAX)?;
            self.not_empty(item, pattern)
        };
        let ids = items.into_iter().map(read).gather_all()?;
        Some(DeviceSelector { ids, ..DeviceSelector::default() })
    }

    fn condition(&mut self, value: Json<'_>, fleet: &FleetDraft) -> Option<Expr> {
        let text = self.text(value, "a condition such as \"temp > 80\"", BYTES_MAX)?;
        let condition = parse_condition_in(&text.text, fleet.scope()?.borrowed());
        condition.map_err(|faults| self.faults(&text, faults)).ok()
    }

    fn duration(&mut self, value: Json<'_>) -> Option<Span> {
        let expected = "a duration such as \"5m\"";
        let text = self.text(value, expected, BYTES_MAX)?;
        match Span::parse(&text.text) {
            Some(span) if span <= HOLD_MAX => return Some(span),
            Some(span) => {
                let message = format!("found {span}; at most {HOLD_MAX} is allowed");
                self.mistakes.push(value.offset, "out_of_range", message);
            }
            None => {
                let message = format!(
                    "found {}, expected {expected}: whole numbers with the units d, h, m, s and \
                     ms, from large to small",
                    value.described()
                );
                self.mistakes.push(value.offset, "bad_duration", message);
            }
        }
        None
    }

    fn min_samples(&mut self, value: Json<'_>) -> Option<u32> {
        let number = value.raw.parse::<u32>().ok();
        let number = number.filter(|number| (1..=MIN_SAMPLES_MAX).contains(number));
        if number.is_none() {
            self.wrong_type(value, &format!("a whole number from 1 to {MIN_SAMPLES_MAX}"));
        }
        number
    }

    /// One of two words.
    fn word(&mut self, value: Json<'_>, words: [&'static str; 2]) -> Option<&'static str> {
        let expected = listed(words, ["\"", "\"", " or "]);
        let text = self.text(value, &expected, BYTES_MAX)?;
        let found = words.into_iter().find(|word| *word == text.text);
        if found.is_none() {
            let message = format!("found {}, expected {expected}", value.described());
            let near = nearest(&text.text, words);
            self.mistakes.push_suggesting(
                value.offset,
                "unknown_word",
                message,
                near.map(String::from),
            );
        }
        found
    }

    fn severity(&mut self, value: Json<'_>) -> Option<String> {
        let text = self.text(value, "a text such as \"critical\"", SEVERITY_BYTES_MAX)?;
        self.not_empty(value, text)
    }

    fn labels(&mut self, value: Json<'_>) -> SortedMap<String, String> {
        let Some(entries) = value.entries() else {
            self.wrong_type(value, "an object of texts such as {\"team\": \"ops\"}");
            return SortedMap::new();
        };
        if entries.len() > LABELS_MAX {
            let message = format!("found {} labels; at most {LABELS_MAX} are kept", entries.len());
            self.mistakes.push(value.offset, "out_of_range", message);
            return SortedMap::new();
        }
        let mut labels = SortedMap::new();
        for (key, value) in self.distinct(entries) {
            if key.name.is_empty() || key.name.len() > LABEL_NAME_BYTES_MAX {
                let message = format!(
                    "the label's name has {} bytes; it has 1 to {LABEL_NAME_BYTES_MAX}",
                    key.name.len()
                );
                self.mistakes.push(key.offset, "out_of_range", message);
            }
            if let Some(text) = self.text(value, "a text", LABEL_VALUE_BYTES_MAX) {
                labels.insert(key.name, text.text.into_owned());
            }
        }
        labels
    }

    fn summary(&mut self, value: Json<'_>, fleet: &FleetDraft) -> Option<Summary> {
        let text = self.text(value, "a text such as \"{{ device }} is hot\"", SUMMARY_BYTES_MAX)?;
        let names = fleet.names();
        let about = if fleet.is_some() { About::Group(&names) } else { About::Device };
        template::summary(&text.text, about).map_err(|faults| self.faults(&text, faults)).ok()
    }

    /// A text of at most `bytes_max` bytes.
    pub(super) fn text<'v>(
        &mut self,
        value: Json<'v>,
        expected: &str,
        bytes_max: usize,
    ) -> Option<Quoted<'v>> {
        if !value.is_text() {
            self.wrong_type(value, expected);
            return None;
        }
        let text = self.quoted(value)?;
        if text.text.len() > bytes_max {
            let found = text.text.len();
            let message = format!("the text has {found} bytes; at most {bytes_max} are allowed");
            self.mistakes.push(value.offset, "too_long", message);
            return None;
        }
        Some(text)
    }

    fn quoted<'v>(&mut self, value: Json<'v>) -> Option<Quoted<'v>> {
        let message = "this escape is half a pair; it names no character";
        Quoted::read(value.raw, value.offset)
            .map_err(|offset| self.mistakes.push(offset, "json_syntax", message))
            .ok()
    }

    pub(super) fn not_empty(&mut self, value: Json<'_>, text: Quoted<'_>) -> Option<String> {
        if text.text.is_empty() {
            self.mistakes.push(value.offset, "empty", "found an empty text; it needs a character");
            return None;
        }
        Some(text.text.into_owned())
    }

    /// The entries with their keys read; a key that comes again is reported, and left out.
    pub(super) fn distinct<'v>(
        &mut self,
        entries: Vec<(Json<'v>, Json<'v>)>,
    ) -> Vec<(Key, Json<'v>)> {
        let mut distinct = Vec::new();
        let mut names = SortedSet::new();
        for (key, value) in entries {
            let Some(name) = self.quoted(key) else { continue };
            let name = name.text.into_owned();
            if names.insert(name.clone()) {
                distinct.push((Key { name, offset: key.offset }, value));
            } else {
                let message = format!("the key `{}` stands here twice", shortened(&name));
                self.mistakes.push(key.offset, "doubled_key", message);
            }
        }
        distinct
    }

    pub(super) fn unknown_key(&mut self, key: &Key, allowed: &[&str]) {
        let known = listed(allowed.iter().copied(), ["`", "`", ", "]);
        let message = format!("unknown key `{}`; there are {known}", shortened(&key.name));
        let near = nearest(&key.name, allowed.iter().copied());
        self.mistakes.push_suggesting(key.offset, "unknown_key", message, near.map(String::from));
    }

    pub(super) fn wrong_type(&mut self, value: Json<'_>, expected: &str) {
        let message = format!("found {}, expected {expected}", value.described());
        self.mistakes.push(value.offset, "wrong_type", message);
    }

    /// Mistakes inside a text, at their places in the document.
    fn faults(&mut self, text: &Quoted<'_>, faults: Vec<ParseError>) {
        for fault in faults {
            let offset = text.offset(fault.place.start);
            self.mistakes.push_suggesting(offset, fault.code, fault.message, fault.suggestion);
        }
    }
}
