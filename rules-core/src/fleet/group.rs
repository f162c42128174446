use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use sorted::Gather;

/// Names a group of devices by the tags they share: `line=3,site=plant-1`.
///
/// Tags stand in the order of their names; a `,`, `=` or `\` in a name or
/// value has a `\` before it, so that different tags never give one text.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct GroupKey(String);

impl GroupKey {
    /// The group that a device with `tags` is in, of those made `by` these
    /// tags; `None` if it lacks one of them.
    #[must_use]
    pub fn of(by: &[String], tags: &[(String, String)]) -> Option<Self> {
        let of_device = |name: &String| Some((name.clone(), String::from(tag(tags, name)?)));
        by.iter().map(of_device).gather_all().map(|tags| Self::from_tags(&tags))
    }

    /// The group of devices that share exactly these tags.
    #[must_use]
    pub fn from_tags(tags: &[(String, String)]) -> Self {
        let mut sorted: Vec<&(String, String)> = tags.iter().gather();
        ::sorted::sort(&mut sorted);
        let mut text = String::new();
        for (name, value) in sorted {
            if !text.is_empty() {
                text.push(',');
            }
            push_escaped(&mut text, name);
            text.push('=');
            push_escaped(&mut text, value);
        }
        Self(text)
    }

    /// Takes back what a host stored.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The tags and their values, in the order of their names.
    #[must_use]
    pub fn tags(&self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        let (mut name, mut part) = (None, String::new());
        let mut characters = self.0.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => part.extend(characters.next()),
                '=' if name.is_none() => name = Some(core::mem::take(&mut part)),
                ',' => {
                    let value = core::mem::take(&mut part);
                    tags.extend(name.take().map(|name| (name, value)));
                }
                _ => part.push(character),
            }
        }
        tags.extend(name.map(|name| (name, part)));
        tags
    }

    /// The text that names it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that names it.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of the tag `name`.
#[must_use]
pub fn tag<'a>(tags: &'a [(String, String)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn push_escaped(text: &mut String, part: &str) {
    for character in part.chars() {
        if matches!(character, ',' | '=' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::{collection::btree_map, prelude::*};

    use super::*;

    #[test]
    fn a_device_without_one_of_the_tags_is_in_no_group() {
        let tags = [("line", "3"), ("site", "plant-1")];
        let tags = tags.map(|(name, value)| (name.to_string(), value.to_string()));
        let by = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();

        let key = GroupKey::of(&by(&["line", "site"]), &tags);
        assert_eq!(key.as_ref().map(GroupKey::as_str), Some("line=3,site=plant-1"));
        assert_eq!(GroupKey::of(&by(&["hall", "site"]), &tags), None);
    }

    proptest! {
        #[test]
        fn tags_read_back_from_the_text_whatever_is_in_them(
            tags in btree_map("[a,=\\\\]{1,4}", "[b,=\\\\]{0,4}", 0..4)
        ) {
            let tags: Vec<(String, String)> = tags.into_iter().collect();
            prop_assert_eq!(GroupKey::from_tags(&tags).tags(), tags);
        }
    }
}
