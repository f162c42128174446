//! A message for a Slack incoming webhook.
//!
//! Source: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
//! and <https://docs.slack.dev/messaging/formatting-message-text>.

use rules_core::{
    Transition,
    aggregator::{Notification, NotifyReason},
    json::to_text,
};

use crate::wire::time;

/// Most characters of a text that comes from a rule or a device: Slack takes
/// 3,000 in a section, escapes counted, and one character is escaped to five at most.
const TEXT_CHARS_MAX: usize = 400;

pub(super) fn body(notification: &Notification) -> Vec<u8> {
    let Notification { reason, transition, .. } = notification;
    let Transition { rule, group, severity, summary, .. } = transition;
    let word = match reason {
        NotifyReason::FirstNotification => "Firing",
        NotifyReason::Resolved => "Resolved",
        NotifyReason::HoldLengthened => "Pending again",
    };
    let what = match summary.trim() {
        "" => format!("{rule} on {}", group.name()),
        summary => summary.to_owned(),
    };
    let what = escaped(&what);
    let mut facts =
        vec![format!("rule {}", code(rule)), format!("{} {}", group.kind(), code(&group.name()))];
    if !severity.is_empty() {
        facts.push(format!("severity {}", code(severity)));
    }
    if let Some(value) = &transition.value {
        facts.push(format!("value {}", code(&value.to_string())));
    }
    facts.push(format!("since {}", time::rfc3339(transition.started_at)));
    if let Some(why) = transition.reason {
        facts.push(format!("because {}", code(why.as_str())));
    }
    let emoji = emoji(*reason, severity);
    let heading = to_text(&format!("{emoji} *{word}*: {what}"));
    let facts = to_text(&facts.join(" · "));
    let text = to_text(&format!("{emoji} {word}: {what}"));
    [
        r#"{"blocks":[{"text":{"text":"#,
        &heading,
        r#","type":"mrkdwn"},"type":"section"},{"elements":[{"text":"#,
        &facts,
        r#","type":"mrkdwn"}],"type":"context"}],"text":"#,
        &text,
        "}",
    ]
    .concat()
    .into_bytes()
}

fn emoji(reason: NotifyReason, severity: &str) -> &'static str {
    match (reason, severity) {
        (NotifyReason::Resolved, _) => ":white_check_mark:",
        (NotifyReason::HoldLengthened, _) => ":hourglass_flowing_sand:",
        (NotifyReason::FirstNotification, "critical" | "error" | "page") => ":red_circle:",
        (NotifyReason::FirstNotification, "warning" | "warn") => ":large_orange_circle:",
        (NotifyReason::FirstNotification, "info") => ":large_blue_circle:",
        (NotifyReason::FirstNotification, _) => ":rotating_light:",
    }
}

/// Text that Slack shows as it is: no mention, link or channel can be smuggled in.
fn escaped(text: &str) -> String {
    let mut shown: String = text.chars().take(TEXT_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text in a code span, where `_` and `*` mean nothing.
fn code(text: &str) -> String {
    format!("`{}`", escaped(text).replace('`', "´"))
}
