use sorted::SortedMap;

use expect_test::{Expect, expect};
use rules_core::{
    AlertState, CellKey, EpisodeId, Group, Mode, Reason, Timestamp, Transition, Value,
    aggregator::NotifyReason,
};

use super::*;

fn firing() -> Notification {
    let group = Group::Device("fridge-1".to_owned());
    let started_at = Timestamp::from_millis(1_700_000_000_000);
    let episode = EpisodeId::new("cold-room-warm", &group, started_at);
    Notification {
        id: format!("{episode}-firing"),
        cell: CellKey::from_stored("delivery/x".to_owned()),
        receiver: "ops".to_owned(),
        reason: NotifyReason::FirstNotification,
        transition: Transition {
            rule: "cold-room-warm".to_owned(),
            group,
            state: AlertState::Firing,
            at: Timestamp::from_millis(1_700_000_600_000),
            started_at,
            value: Some(Value::Number(9.25)),
            episode,
            reason: None,
            severity: "critical".to_owned(),
            labels: SortedMap::from([("team".to_owned(), "ops".to_owned())]),
            summary: "fridge-1 is 9.25 °C".to_owned(),
            mode: Mode::Live,
            rules_version: 3,
        },
        fired_at: Some(Timestamp::from_millis(1_700_000_600_000)),
        attempts: 1,
    }
}

#[allow(clippy::needless_pass_by_value, reason = "reads as a sentence at the call")]
fn check(kind: ReceiverKind, notification: &Notification, expected: Expect) {
    let receiver =
        Receiver { name: "ops".to_owned(), kind, url: "https://hooks.example/1".to_owned() };
    let request = render(&receiver, notification);
    assert_eq!(request.url, receiver.url);
    let key = request.headers.iter().find(|(name, _)| name == "idempotency-key");
    assert_eq!(key.map(|(_, value)| value), Some(&notification.id));
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    expected.assert_eq(&serde_json::to_string_pretty(&body).expect("JSON"));
}

#[test]
fn a_webhook_gets_everything_that_is_known() {
    check(
        ReceiverKind::Webhook,
        &firing(),
        expect![[r#"
        {
          "at": "2023-11-14T22:23:20.000Z",
          "attempt": 2,
          "device": "fridge-1",
          "episode": "26d66c6cce60555c39b89c4f20816a94",
          "fired_at": "2023-11-14T22:23:20.000Z",
          "id": "26d66c6cce60555c39b89c4f20816a94-firing",
          "kind": "firing",
          "labels": {
            "team": "ops"
          },
          "reason": "first_notification",
          "rule": "cold-room-warm",
          "rules_version": 3,
          "severity": "critical",
          "started_at": "2023-11-14T22:13:20.000Z",
          "state": "firing",
          "summary": "fridge-1 is 9.25 °C",
          "value": 9.25
        }"#]],
    );
}

#[test]
fn a_resolved_webhook_says_why_where_it_is_not_the_condition() {
    let mut resolved = firing();
    resolved.reason = NotifyReason::Resolved;
    resolved.transition.state = AlertState::Resolved;
    resolved.transition.reason = Some(Reason::RuleDeleted);
    resolved.transition.value = None;
    check(
        ReceiverKind::Webhook,
        &resolved,
        expect![[r#"
        {
          "at": "2023-11-14T22:23:20.000Z",
          "attempt": 2,
          "device": "fridge-1",
          "episode": "26d66c6cce60555c39b89c4f20816a94",
          "fired_at": "2023-11-14T22:23:20.000Z",
          "id": "26d66c6cce60555c39b89c4f20816a94-firing",
          "kind": "resolved",
          "labels": {
            "team": "ops"
          },
          "reason": "rule_deleted",
          "rule": "cold-room-warm",
          "rules_version": 3,
          "severity": "critical",
          "started_at": "2023-11-14T22:13:20.000Z",
          "state": "resolved",
          "summary": "fridge-1 is 9.25 °C",
          "value": null
        }"#]],
    );
}

#[test]
fn slack_gets_a_text_and_blocks() {
    check(
        ReceiverKind::Slack,
        &firing(),
        expect![[r#"
        {
          "blocks": [
            {
              "text": {
                "text": ":red_circle: *Firing*: fridge-1 is 9.25 °C",
                "type": "mrkdwn"
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "rule `cold-room-warm` · device `fridge-1` · severity `critical` · value `9.25` · since 2023-11-14T22:13:20.000Z",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": ":red_circle: Firing: fridge-1 is 9.25 °C"
        }"#]],
    );
}

#[test]
fn what_slack_would_take_for_markup_is_escaped_and_cut() {
    let mut sly = firing();
    sly.reason = NotifyReason::Resolved;
    sly.transition.state = AlertState::Resolved;
    sly.transition.group = Group::Device("a`<!channel>&_b_".to_owned());
    sly.transition.summary = format!("<!here> {}", "&".repeat(500));
    sly.transition.severity = String::new();
    let receiver =
        Receiver { name: "ops".to_owned(), kind: ReceiverKind::Slack, url: String::new() };

    let body = String::from_utf8(render(&receiver, &sly).body).expect("UTF-8");

    assert!(!body.contains('<') && !body.contains('>'), "{body}");
    assert!(body.contains("device `a´&lt;!channel&gt;&amp;_b_`"), "{body}");
    assert!(body.contains("&amp;…"), "{body}");
    let message: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let section = message["blocks"][0]["text"]["text"].as_str().expect("text");
    assert!(section.chars().count() < 3_000);
}
