//! MQTT topic filters: which topics they match, and what stood in the place of their wildcards.

/// A topic filter, `sensors/+/telemetry` or `zigbee2mqtt/#`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    text: String,
}

/// Why a text is no filter that the bridge can subscribe to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// Nothing at all, or a NUL character.
    #[error("filter {0:?} is empty or holds a NUL character")]
    Empty(String),
    /// `a+/b`, or `#` in the middle.
    #[error("filter {0:?}: `+` must stand for a whole level, `#` for all the last ones")]
    Wildcard(String),
    /// `$share/…`.
    #[error(
        "filter {0:?} is a shared subscription: the readings of one device would come by two ways \
         and out of order"
    )]
    Shared(String),
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.is_empty() || text.len() > usize::from(u16::MAX) || text.contains('\0') {
            return Err(FilterError::Empty(text.to_owned()));
        }
        if text.starts_with("$share/") {
            return Err(FilterError::Shared(text.to_owned()));
        }
        let mut levels = text.split('/').peekable();
        while let Some(level) = levels.next() {
            let is_last = levels.peek().is_none();
            if level.contains(['+', '#']) && level != "+" && !(level == "#" && is_last) {
                return Err(FilterError::Wildcard(text.to_owned()));
            }
        }
        Ok(Self { text: text.to_owned() })
    }

    /// What each wildcard stands for in `topic`, from left to right: one
    /// level for a `+`, all the remaining ones for a `#`. `None` if the topic
    /// does not match.
    ///
    /// A topic that begins with `$` is only matched by a filter that says so
    /// (MQTT 3.1.1, 4.7.2); `a/#` also matches `a`, with nothing for the `#`.
    #[must_use]
    pub fn captures<'t>(&self, topic: &'t str) -> Option<Vec<&'t str>> {
        if topic.starts_with('$') && self.text.starts_with(['+', '#']) {
            return None;
        }
        let mut captures = Vec::new();
        let mut rest = Some(topic);
        for level in self.text.split('/') {
            if level == "#" {
                captures.push(rest.unwrap_or_default());
                return Some(captures);
            }
            let remaining = rest?;
            let (found, next) = match remaining.split_once('/') {
                Some((found, next)) => (found, Some(next)),
                None => (remaining, None),
            };
            match level {
                "+" => captures.push(found),
                exact if exact == found => {}
                _ => return None,
            }
            rest = next;
        }
        rest.is_none().then_some(captures)
    }

    /// How many wildcards it has.
    #[must_use]
    pub fn wildcards(&self) -> usize {
        self.text.split('/').filter(|level| matches!(*level, "+" | "#")).count()
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures<'t>(filter: &str, topic: &'t str) -> Option<Vec<&'t str>> {
        Filter::parse(filter).unwrap().captures(topic)
    }

    #[test]
    fn wildcards_capture_what_they_stand_for() {
        for (filter, topic, expected) in [
            ("sensors/+/telemetry", "sensors/boiler-1/telemetry", Some(vec!["boiler-1"])),
            ("sensors/+/telemetry", "sensors/a/b/telemetry", None),
            ("sensors/+/telemetry", "sensors/boiler-1", None),
            ("sensors/+", "sensors/", Some(vec![""])),
            ("+/sensor/+/state", "hall/sensor/temp/state", Some(vec!["hall", "temp"])),
            ("zigbee2mqtt/#", "zigbee2mqtt/attic/east", Some(vec!["attic/east"])),
            ("zigbee2mqtt/#", "zigbee2mqtt", Some(vec![""])),
            ("zigbee2mqtt/#", "zigbee2mqtts", None),
            ("+/#", "a/b/c", Some(vec!["a", "b/c"])),
            ("exact", "exact", Some(vec![])),
            ("exact", "exact/", None),
            ("#", "$SYS/uptime", None),
            ("+/uptime", "$SYS/uptime", None),
            ("$SYS/#", "$SYS/uptime", Some(vec!["uptime"])),
        ] {
            assert_eq!(captures(filter, topic), expected, "{filter} on {topic}");
        }
    }

    #[test]
    fn misplaced_wildcards_and_shared_subscriptions_are_refused() {
        for wrong in ["", "a\0b", "a+/b", "#/a", "a/#/b", "a#", "$share/g/a"] {
            assert!(Filter::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
