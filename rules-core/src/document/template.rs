use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use sorted::Gather;

use crate::{
    Summary, SummaryPart,
    expr::{
        ParseError,
        spelling::{listed, nearest},
    },
};

/// What a hole can hold.
const HOLES: [(&str, SummaryPart); 3] = [
    ("value", SummaryPart::Value),
    ("rule", SummaryPart::Rule),
    ("severity", SummaryPart::Severity),
];

/// Whom the alerts of a rule are about.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    /// A device.
    Device,
    /// A group, with the names of its tags and roles.
    Group(&'a [String]),
}

impl About<'_> {
    /// What there is to fill in.
    fn holes(self) -> Vec<(String, SummaryPart)> {
        let own = match self {
            Self::Device => Vec::from([("device".to_string(), SummaryPart::Device)]),
            Self::Group(names) => {
                let tag = |name: &String| (name.clone(), SummaryPart::Tag(name.clone()));
                [("group".to_string(), SummaryPart::Group)]
                    .into_iter()
                    .chain(names.iter().map(tag))
                    .gather()
            }
        };
        let common = HOLES.iter().map(|(name, part)| ((*name).to_string(), part.clone()));
        let (mut first, mut others) = (own, common.gather());
        // A tag that is called like one of the common holes does not hide it.
        first.retain(|(name, _)| !others.iter().any(|(common, _)| common == name));
        first.append(&mut others);
        first
    }
}

/// Cuts a summary at its holes, `{{ name }}`.
pub(super) fn summary(text: &str, about: About<'_>) -> Result<Summary, Vec<ParseError>> {
    let holes = about.holes();
    let mut parts = Vec::new();
    let mut faults = Vec::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("{{") {
        push_text(&mut parts, before);
        let start = text.len() - opened.len() - 2;
        let Some((inside, after)) = opened.split_once("}}") else {
            let message = "this `{{` is not closed by `}}`";
            faults.push(ParseError::new("bad_summary", start..text.len(), message));
            rest = "";
            break;
        };
        let name = inside.trim();
        if let Some((_, part)) = holes.iter().find(|(known, _)| *known == name) {
            parts.push(part.clone());
        } else {
            let place = start..start + inside.len() + 4;
            faults.push(unknown_hole(name, place, &holes));
        }
        rest = after;
    }
    push_text(&mut parts, rest);
    if faults.is_empty() { Ok(Summary(parts)) } else { Err(faults) }
}

fn unknown_hole(
    name: &str,
    place: core::ops::Range<usize>,
    holes: &[(String, SummaryPart)],
) -> ParseError {
    let names = || holes.iter().map(|(known, _)| known.as_str());
    let message = format!(
        "there is nothing called `{}` to fill in; there are {}",
        super::json::shortened(name),
        listed(names(), ["{{ ", " }}", ", "])
    );
    ParseError::new("unknown_hole", place, message).suggesting(nearest(name, names()))
}

fn push_text(parts: &mut Vec<SummaryPart>, text: &str) {
    if !text.is_empty() {
        parts.push(SummaryPart::Text(text.to_string()));
    }
}
