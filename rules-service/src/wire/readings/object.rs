//! One JSON object → one reading, in whichever of the three forms it is.

use rules_core::{Reading, Timestamp, Value, json::Fault, number::Scientific};

use super::{Defaults, Place, Refusal, event_time};

mod flatten;
use flatten::Members;

type Fields = Vec<(String, Value)>;

/// Reads `text`, which begins at `place` of the body.
pub(super) fn read(text: &[u8], place: Place, defaults: Defaults<'_>) -> Result<Reading, Refusal> {
    let members = Members::read(text).map_err(|why| match why {
        flatten::Error::Refused(refusal) => refusal,
        flatten::Error::Json(why) => not_json(&why, text, place),
    })?;
    let said = Said::by(members)?;
    let device = device(said.device, defaults.device)?;
    let ts = match (&said.ts, defaults.ts) {
        (Some(ts), _) => event_time::read(ts)?,
        (None, Some(ts)) => within_bounds(ts)?,
        (None, None) => {
            let message = "the reading has no ts: allowed is a time as number or RFC 3339 text";
            return Err(Refusal::new("missing_ts", message));
        }
    };
    let id = id(said.id, defaults.id)?;
    let values = in_order(said.values)?;
    Ok(Reading { device, ts, id, values, tags: said.tags })
}

/// The values by name, each name once.
fn in_order(mut values: Fields) -> Result<Fields, Refusal> {
    if values.len() > Reading::VALUES_MAX {
        return Err(too_many_values());
    }
    sorted::sort_by(&mut values, |(one, _), (other, _)| one.cmp(other));
    let doubled = values.windows(2).find_map(|pair| match pair {
        [(one, _), (other, _)] if one == other => Some(duplicate(one)),
        _ => None,
    });
    doubled.map_or(Ok(values), Err)
}

/// What an object says, its form understood.
struct Said {
    device: Option<Value>,
    ts: Option<Value>,
    id: Option<Value>,
    values: Fields,
    tags: Vec<(String, String)>,
}

impl Said {
    /// An object `values` makes it canonical, else an object `payload` the
    /// second form, else it is flat. What a form has no word for is a value.
    fn by(members: Members) -> Result<Self, Refusal> {
        let Members { values, payload, mut rest } = members;
        let is_canonical = values.is_some();
        let names = if is_canonical { ["device", "deviceId"] } else { ["deviceId", "device"] };
        let device = take_first(&mut rest, names)?;
        let mut ts = take(&mut rest, "ts")?;
        let id = if is_canonical { take(&mut rest, "id")? } else { None };
        let tags = if is_canonical { take_tags(&mut rest)? } else { Vec::new() };
        let mut fields = match (values, payload) {
            (Some(values), payload) => {
                let payload = payload.unwrap_or_default().into_iter();
                rest.extend(payload.map(|(name, value)| (format!("payload.{name}"), value)));
                values
            }
            (None, Some(mut payload)) => {
                ts = take(&mut payload, "ts")?.or(ts);
                payload
            }
            (None, None) => Vec::new(),
        };
        fields.append(&mut rest);
        Ok(Self { device, ts, id, values: fields, tags })
    }
}

/// Takes out the first of `names` that is there; the other one stays.
fn take_first(fields: &mut Fields, names: [&str; 2]) -> Result<Option<Value>, Refusal> {
    for name in names {
        let found = take(fields, name)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Takes the field `name` out of `fields`.
fn take(fields: &mut Fields, name: &str) -> Result<Option<Value>, Refusal> {
    let Some(at) = fields.iter().position(|(other, _)| other == name) else { return Ok(None) };
    let (_, value) = fields.swap_remove(at);
    if fields.iter().any(|(other, _)| other == name) {
        return Err(duplicate(name));
    }
    Ok(Some(value))
}

/// Takes `tags` out: texts by name, sorted.
fn take_tags(rest: &mut Fields) -> Result<Vec<(String, String)>, Refusal> {
    let is_tag = |name: &str| name == "tags" || name.starts_with("tags.");
    let mut tags = Vec::new();
    for (name, value) in rest.extract_if(.., |(name, _)| is_tag(name)) {
        let Some((tag, text)) = name.strip_prefix("tags.").zip(text(&value)) else {
            let message = format!("{name} is {value}: allowed are texts in an object tags");
            return Err(Refusal::new("bad_tags", message));
        };
        tags.push(tag_within_bounds(tag, text)?);
    }
    if tags.len() > Reading::TAGS_MAX {
        let most = Reading::TAGS_MAX;
        let message = format!("the reading has {} tags: allowed are {most}", tags.len());
        return Err(Refusal::new("bad_tags", message));
    }
    sorted::sort(&mut tags);
    match tags.windows(2).find(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        Some([(name, _), ..]) => Err(duplicate(&format!("tags.{name}"))),
        _ => Ok(tags),
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A tag: an empty text takes the tag of that name away from the device.
fn tag_within_bounds(name: &str, text: &str) -> Result<(String, String), Refusal> {
    let most = Reading::TAG_BYTES_MAX;
    let fault = match (name.len(), text.len()) {
        (0, _) => "there is a tag without a name".to_owned(),
        (length, _) if length > most => format!("the name of a tag has {length} bytes"),
        (_, length) if length > most => format!("tags.{name} is a text of {length} bytes"),
        _ => return Ok((name.to_owned(), text.to_owned())),
    };
    let message =
        format!("{fault}: allowed are names of 1 to {most} bytes and texts of at most {most}");
    Err(Refusal::new("bad_tags", message))
}

fn device(said: Option<Value>, default: Option<&str>) -> Result<String, Refusal> {
    let device = match (said, default) {
        (Some(Value::Text(device)), _) => device,
        (Some(other), _) => {
            let message = format!("device is {other}: allowed is a text");
            return Err(Refusal::new("bad_device", message));
        }
        (None, Some(device)) => device.to_owned(),
        (None, None) => {
            let message = "the reading has no device: allowed is a text `device` or `deviceId`";
            return Err(Refusal::new("missing_device", message));
        }
    };
    let fault = match device.len() {
        0 => "empty".to_owned(),
        length if length > Reading::DEVICE_BYTES_MAX => format!("{length} bytes long"),
        _ if device.chars().any(char::is_control) => format!("{device:?}"),
        _ => return Ok(device),
    };
    let message = format!(
        "device is {fault}: allowed are 1 to {} bytes without control characters",
        Reading::DEVICE_BYTES_MAX
    );
    Err(Refusal::new("bad_device", message))
}

fn id(said: Option<Value>, default: Option<&str>) -> Result<Option<String>, Refusal> {
    let fault = match said {
        None | Some(Value::Null) => return Ok(default.map(str::to_owned)),
        Some(Value::Text(id)) if (1..=Reading::ID_BYTES_MAX).contains(&id.len()) => {
            return Ok(Some(id));
        }
        Some(Value::Text(id)) => format!("{} bytes long", id.len()),
        Some(other) => other.to_string(),
    };
    let message =
        format!("id is {fault}: allowed is a text of 1 to {} bytes", Reading::ID_BYTES_MAX);
    Err(Refusal::new("bad_id", message))
}

fn within_bounds(ts: Timestamp) -> Result<Timestamp, Refusal> {
    event_time::read(&Value::Text(crate::wire::time::rfc3339(ts)))
}

fn too_many_values() -> Refusal {
    let most = Reading::VALUES_MAX;
    let message = format!("the reading has more than {most} values: allowed are {most}");
    Refusal::new("too_many_values", message)
}

fn duplicate(name: &str) -> Refusal {
    Refusal::new("duplicate_name", format!("{name} is there twice: allowed is once"))
}

/// What makes `text`, which begins at `place`, no JSON.
pub(super) fn not_json(why: &Fault, text: &[u8], place: Place) -> Refusal {
    let at = place.within(why.line, why.column);
    if why.is_end() {
        return Refusal::invalid_json("the JSON ends too early", at);
    }
    if why.what == "number out of range" || is_non_finite(word_at(text, why.read)) {
        let message = format!(
            "line {}, column {}: the number is not finite: allowed are numbers up to {}",
            at.line,
            at.column,
            Scientific(f64::MAX)
        );
        return Refusal::new("not_finite", message);
    }
    let said = if why.what == "expected ident" { "expected a JSON value" } else { &*why.what };
    Refusal::invalid_json(said, at)
}

/// The run of letters, digits and signs around the byte behind which reading stopped.
fn word_at(text: &[u8], read: usize) -> &[u8] {
    let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    let (before, after) = text.split_at_checked(read).unwrap_or((text, &[]));
    let ahead = before.iter().rev().take_while(|byte| is_in_word(byte)).count();
    let behind = after.iter().take_while(|byte| is_in_word(byte)).count();
    text.get(before.len() - ahead..before.len() + behind).unwrap_or_default()
}

/// The words that other writers of JSON use for what JSON has no number for.
fn is_non_finite(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    [&b"nan"[..], b"inf", b"infinity"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
