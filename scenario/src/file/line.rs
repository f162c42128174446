//! The words of one action.

use std::{fs, path::Path};

use rules_core::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::{Action, time};
use crate::stored::Stored;

/// Reads an action from the words behind `at TIME`; `body` is what stood
/// between `<<` and `>>`, and `folder` is where the scenario's file lies.
pub(super) fn action(
    folder: &Path,
    verb: &str,
    rest: &str,
    body: Option<&str>,
    at: Timestamp,
) -> Result<Action, String> {
    match verb {
        "reading" => reading(rest, at),
        "post" => post(rest, body.ok_or("post wants a body between << and >>")?),
        "tick" if rest.is_empty() => Ok(Action::Tick),
        "rule" => rule(folder, rest),
        "receiver" => receiver(rest),
        "restart" if rest.is_empty() => Ok(Action::Restart),
        "state" => Ok(Action::State(state(folder, rest)?)),
        "end" if rest.is_empty() => Ok(Action::End),
        _ => Err(format!(
            "`{verb} {rest}`: reading, post, tick, rule, receiver, restart, state or end is wanted, \
             and nothing behind tick, restart and end"
        )),
    }
}

/// `DEVICE [@TIME] [id=ID] NAME=VALUE …`
fn reading(text: &str, at: Timestamp) -> Result<Action, String> {
    let mut words = words(text)?.into_iter().peekable();
    let device = words.next().ok_or("reading wants a device")?;
    let ts = match words.next_if(|word| word.starts_with('@')) {
        Some(word) => time(span(word.get(1..).unwrap_or_default())?),
        None => at,
    };
    let mut id = None;
    let mut values = Map::new();
    for word in words {
        let (name, value) =
            word.split_once('=').ok_or_else(|| format!("`{word}`: NAME=VALUE is wanted"))?;
        if name == "id" {
            id = Some(value.to_owned());
        } else {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            values.insert(name.to_owned(), value);
        }
    }
    let mut reading = json!({ "device": device, "ts": ts.as_millis(), "values": values });
    if let (Some(id), Some(object)) = (id, reading.as_object_mut()) {
        object.insert("id".to_owned(), Value::from(id));
    }
    Ok(Action::Readings {
        numbered: None,
        content_type: "application/json".to_owned(),
        body: reading.to_string(),
    })
}

/// `[source=NAME seq=NUMBER] [type=CONTENT-TYPE] <<BODY>>`
fn post(options: &str, body: &str) -> Result<Action, String> {
    let (mut source, mut seq) = (None, None);
    let mut content_type = "application/json".to_owned();
    for word in words(options)? {
        match word.split_once('=') {
            Some(("source", name)) => source = Some(name.to_owned()),
            Some(("seq", number)) => {
                seq = Some(number.parse().map_err(|_| format!("`{word}`: a number is wanted"))?);
            }
            Some(("type", essence)) => essence.clone_into(&mut content_type),
            _ => return Err(format!("`{word}`: source=, seq= or type= is wanted")),
        }
    }
    let numbered = match (source, seq) {
        (Some(source), Some(seq)) => Some((source, seq)),
        (None, None) => None,
        _ => return Err("source= and seq= go together".to_owned()),
    };
    Ok(Action::Readings { numbered, content_type, body: body.to_owned() })
}

/// `{JSON}`, the path of a JSON file, or `delete ID`
fn rule(folder: &Path, text: &str) -> Result<Action, String> {
    if let Some(id) = text.strip_prefix("delete ") {
        return Ok(Action::DeleteRule { id: id.trim().to_owned() });
    }
    let document = if text.starts_with('{') { text.to_owned() } else { read(folder, text)? };
    let json: Value = serde_json::from_str(&document).map_err(|why| why.to_string())?;
    let id = json.get("id").and_then(Value::as_str).ok_or("the rule has no id")?;
    Ok(Action::PutRule { id: id.to_owned(), document })
}

/// The path of a file of stored state.
fn state(folder: &Path, text: &str) -> Result<Stored, String> {
    Stored::parse(&read(folder, text)?).map_err(|why| format!("{text}: {why}"))
}

/// The text of the file at `path`, seen from the scenario's folder or else from the working directory.
fn read(folder: &Path, path: &str) -> Result<String, String> {
    let beside = folder.join(path);
    let path = if beside.exists() { beside.as_path() } else { Path::new(path) };
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// `answers STATUS …`
fn receiver(text: &str) -> Result<Action, String> {
    let mut words = text.split_whitespace();
    if words.next() != Some("answers") {
        return Err(format!("`receiver {text}`: receiver answers STATUS … is wanted"));
    }
    let answers = words.map(|word| word.parse().map_err(|_| format!("`{word}`: no status")));
    Ok(Action::Receiver { answers: answers.collect::<Result<_, _>>()? })
}

/// A duration literal.
pub(super) fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).ok_or_else(|| format!("`{text}`: a duration as 90s or 1m30s is wanted"))
}

/// Splits at spaces, but not inside double quotes.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in text.chars() {
        quoted ^= character == '"';
        if character == ' ' && !quoted {
            words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
        } else {
            word.push(character);
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    Ok(words)
}
