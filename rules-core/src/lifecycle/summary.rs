use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
};

use crate::{
    Group, Rule, Summary, SummaryPart, Value,
    fleet::tag,
    number::{Scientific, fixed},
};

/// The summary of an alert whose rule does not say one, or is gone.
pub(super) fn plain(rule: &str, group: &Group) -> String {
    format!("{rule} on {}", group.name())
}

/// The rule's summary with its holes filled; without one, `<rule> on <device>`.
pub(super) fn fill(rule: &Rule, group: &Group, value: Option<&Value>) -> String {
    filled((&rule.id, &rule.severity), rule.summary.as_ref(), group, value)
}

/// As [`fill`], of the rule with this id and severity.
pub(crate) fn filled(
    (rule, severity): (&str, &str),
    summary: Option<&Summary>,
    group: &Group,
    value: Option<&Value>,
) -> String {
    let Some(summary) = summary else { return plain(rule, group) };
    let tag_of = |name: &str| match group {
        Group::Tags(tags) => tag(tags, name).unwrap_or_default(),
        Group::Device(_) => "",
    };
    summary
        .0
        .iter()
        .map(|part| match part {
            SummaryPart::Text(text) => Cow::Borrowed(text.as_str()),
            SummaryPart::Device | SummaryPart::Group => group.name(),
            SummaryPart::Tag(name) => Cow::Borrowed(tag_of(name)),
            SummaryPart::Value => Cow::Owned(for_people(value)),
            SummaryPart::Rule => Cow::Borrowed(rule),
            SummaryPart::Severity => Cow::Borrowed(severity),
        })
        .collect()
}

/// A value as a person wants to read it: numbers to six significant digits.
fn for_people(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "unknown".to_string(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(number)) => six_digits(*number),
    }
}

fn six_digits(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return Scientific(number).to_string();
    }
    let mut decimals = 5;
    let mut bound = 10.0;
    while decimals > 0 && size >= bound {
        decimals -= 1;
        bound *= 10.0;
    }
    if size < 1.0 {
        decimals = 6;
    }
    let text = fixed(number, decimals);
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_six_significant_digits() {
        for (number, text) in [
            (81.233_333_333, "81.2333"),
            (100.0, "100"),
            (0.0, "0"),
            (-3.5, "-3.5"),
            (0.001_234_5, "0.001234"),
            (1_234_567.89, "1234568"),
            (1e20, "1e20"),
        ] {
            assert_eq!(six_digits(number), text);
        }
    }
}
