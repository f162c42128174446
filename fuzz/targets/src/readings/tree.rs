//! What one item means, said again in the plainest way: `serde_json` makes a
//! tree of it, and the tree is walked. Slow, and without messages.

use std::{collections::BTreeMap, fmt};

use rules_core::{Reading, Timestamp, Value};
use rules_service::wire::{readings::DEPTH_MAX, time};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

type Fields = Vec<(String, Value)>;

/// The reading that `text` is, if it is one.
pub(super) fn reading(text: &[u8]) -> Option<Reading> {
    let Node::Object(members) = serde_json::from_slice(text).ok()? else { return None };
    let (mut values, mut payload, mut rest) = (None, None, Fields::new());
    for (name, node) in members {
        within(name.len(), 0..=Reading::NAME_BYTES_MAX)?;
        let part = match name.as_str() {
            "values" => &mut values,
            "payload" => &mut payload,
            _ => {
                flatten(&node, &name, 1, &mut rest)?;
                continue;
            }
        };
        let Node::Object(inner) = node else {
            flatten(&node, &name, 1, &mut rest)?;
            continue;
        };
        let mut fields = Fields::new();
        for (name, node) in inner {
            within(name.len(), 0..=Reading::NAME_BYTES_MAX)?;
            flatten(&node, &name, 2, &mut fields)?;
        }
        if part.replace(fields).is_some() {
            return None;
        }
    }
    understood(values, payload, rest)
}

fn understood(
    values: Option<Fields>,
    payload: Option<Fields>,
    mut rest: Fields,
) -> Option<Reading> {
    let canonical = values.is_some();
    let [first, second] = if canonical { ["device", "deviceId"] } else { ["deviceId", "device"] };
    let (mut device, mut ts, mut id, mut tags) = (None, None, None, Vec::new());
    take(&mut rest, first, &mut device)?;
    if device.is_none() {
        take(&mut rest, second, &mut device)?;
    }
    take(&mut rest, "ts", &mut ts)?;
    let mut all = Fields::new();
    if let Some(values) = values {
        take(&mut rest, "id", &mut id)?;
        let (told, others): (Fields, Fields) = std::mem::take(&mut rest)
            .into_iter()
            .partition(|(name, _)| name == "tags" || name.starts_with("tags."));
        for (name, value) in told {
            let Value::Text(text) = value else { return None };
            tags.push((name.strip_prefix("tags.")?.to_owned(), text));
        }
        all.extend(values);
        let inner = payload.unwrap_or_default().into_iter();
        all.extend(inner.map(|(name, value)| (format!("payload.{name}"), value)));
        rest = others;
    } else if let Some(mut payload) = payload {
        take(&mut payload, "ts", &mut ts)?;
        all.extend(payload);
    }
    all.extend(rest);
    let Some(Value::Text(device)) = device else { return None };
    within(device.len(), 1..=Reading::DEVICE_BYTES_MAX)?;
    let id = match id {
        None | Some(Value::Null) => None,
        Some(Value::Text(id)) => {
            within(id.len(), 1..=Reading::ID_BYTES_MAX)?;
            Some(id)
        }
        Some(_) => return None,
    };
    for (name, text) in &tags {
        within(name.len(), 1..=Reading::TAG_BYTES_MAX)?;
        within(text.len(), 0..=Reading::TAG_BYTES_MAX)?;
    }
    within(tags.len(), 0..=Reading::TAGS_MAX)?;
    within(all.len(), 0..=Reading::VALUES_MAX)?;
    let reading =
        Reading { ts: event_time(ts?)?, id, values: sorted(all)?, tags: sorted(tags)?, device };
    (!reading.device.contains(char::is_control)).then_some(reading)
}

/// Moves the field `name` to `to`, if it is there; it must not be there twice.
fn take(fields: &mut Fields, name: &str, to: &mut Option<Value>) -> Option<()> {
    let mut found = fields.extract_if(.., |(other, _)| other == name);
    if let Some((_, value)) = found.next() {
        *to = Some(value);
    }
    found.next().is_none().then_some(())
}

fn sorted<T>(fields: Vec<(String, T)>) -> Option<Vec<(String, T)>> {
    let count = fields.len();
    let by_name: BTreeMap<String, T> = fields.into_iter().collect();
    (by_name.len() == count).then(|| by_name.into_iter().collect())
}

fn event_time(ts: Value) -> Option<Timestamp> {
    let ts = match ts {
        Value::Number(number) => time::from_number(number),
        Value::Text(text) => time::parse(&text),
        Value::Null | Value::Bool(_) => None,
    };
    ts.filter(|ts| (Timestamp::MIN..=Timestamp::MAX).contains(ts))
}

fn within(length: usize, allowed: std::ops::RangeInclusive<usize>) -> Option<()> {
    allowed.contains(&length).then_some(())
}

/// Puts what `node` holds under names that begin with `name`.
fn flatten(node: &Node, name: &str, depth: usize, into: &mut Fields) -> Option<()> {
    // A name that is empty has no dot behind it.
    let below =
        |inner: &str| if name.is_empty() { inner.into() } else { format!("{name}.{inner}") };
    match node {
        Node::Scalar(value) => {
            if let Value::Text(text) = value {
                within(text.len(), 0..=Reading::TEXT_BYTES_MAX)?;
            }
            into.push((name.to_owned(), value.clone()));
            return Some(());
        }
        Node::Array(nodes) => {
            within(depth + 1, 0..=DEPTH_MAX)?;
            for (index, node) in nodes.iter().enumerate() {
                let name = below(&index.to_string());
                within(name.len(), 0..=Reading::NAME_BYTES_MAX)?;
                flatten(node, &name, depth + 1, into)?;
            }
            // The name behind the last one counts as well.
            within(below(&nodes.len().to_string()).len(), 0..=Reading::NAME_BYTES_MAX)?;
        }
        Node::Object(members) => {
            within(depth + 1, 0..=DEPTH_MAX)?;
            for (inner, node) in members {
                let name = below(inner);
                within(name.len(), 0..=Reading::NAME_BYTES_MAX)?;
                flatten(node, &name, depth + 1, into)?;
            }
        }
    }
    Some(())
}

/// JSON as it stands there, doubled names included.
enum Node {
    Scalar(Value),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(truth)))
    }

    #[allow(clippy::cast_precision_loss, reason = "numbers are the nearest f64")]
    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(number as f64)))
    }

    #[allow(clippy::cast_precision_loss, reason = "numbers are the nearest f64")]
    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Node::Object(members))
    }
}
