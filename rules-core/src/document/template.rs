use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    Summary, SummaryPart,
    expr::{ParseError, spelling::nearest},
};

/// What a hole can hold.
const HOLES: [(&str, SummaryPart); 4] = [
    ("device", SummaryPart::Device),
    ("value", SummaryPart::Value),
    ("rule", SummaryPart::Rule),
    ("severity", SummaryPart::Severity),
];

/// Cuts a summary at its holes, `{{ name }}`.
pub(super) fn summary(text: &str) -> Result<Summary, Vec<ParseError>> {
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
        if let Some((_, part)) = HOLES.iter().find(|(known, _)| *known == name) {
            parts.push(part.clone());
        } else {
            let place = start..start + inside.len() + 4;
            faults.push(unknown_hole(name, place));
        }
        rest = after;
    }
    push_text(&mut parts, rest);
    if faults.is_empty() { Ok(Summary(parts)) } else { Err(faults) }
}

fn unknown_hole(name: &str, place: core::ops::Range<usize>) -> ParseError {
    let names = || HOLES.iter().map(|(known, _)| *known);
    let allowed: Vec<String> = names().map(|known| format!("{{{{ {known} }}}}")).collect();
    let message = format!(
        "there is nothing called `{}` to fill in; there are {}",
        super::json::shortened(name),
        allowed.join(", ")
    );
    ParseError::new("unknown_hole", place, message).suggesting(nearest(name, names()))
}

fn push_text(parts: &mut Vec<SummaryPart>, text: &str) {
    if !text.is_empty() {
        parts.push(SummaryPart::Text(text.to_string()));
    }
}
