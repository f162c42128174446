//! The words of one action.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rules_core::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::{Action, RuleReader, time};
use crate::stored::Stored;

/// What lies around a scenario's file.
pub(super) struct Surroundings<'a> {
    /// Its folder.
    pub(super) folder: &'a Path,
    /// How the text of a file of rules is read.
    pub(super) rules: RuleReader<'a>,
}

/// Reads what happens from the words behind `at TIME`; `body` is what stood
/// between `<<` and `>>`. A file of several rules makes several things happen.
pub(super) fn actions(
    around: &Surroundings<'_>,
    verb: &str,
    rest: &str,
    body: Option<&str>,
    at: Timestamp,
) -> Result<Vec<Action>, String> {
    if verb == "rule" && !rest.starts_with("delete ") {
        return rules(around, body.unwrap_or(rest));
    }
    action(around, verb, rest, body, at).map(|action| vec![action])
}

fn action(
    around: &Surroundings<'_>,
    verb: &str,
    rest: &str,
    body: Option<&str>,
    at: Timestamp,
) -> Result<Action, String> {
    match verb {
        "reading" => reading(rest, at),
        "device" => device(rest),
        "post" => post(rest, body.ok_or("post wants a body between << and >>")?),
        "tick" if rest.is_empty() => Ok(Action::Tick),
        "rule" => {
            let id = rest.strip_prefix("delete ").unwrap_or_default();
            Ok(Action::DeleteRule { id: id.trim().to_owned() })
        }
        "receiver" => receiver(rest),
        "restart" if rest.is_empty() => Ok(Action::Restart),
        "state" => Ok(Action::State(state(around.folder, rest)?)),
        "end" if rest.is_empty() => Ok(Action::End),
        _ => Err(format!(
            "`{verb} {rest}`: reading, device, post, tick, rule, receiver, restart, state or end is wanted, \
             and nothing behind tick, restart and end"
        )),
    }
}

/// `DEVICE [@TIME] [id=ID] NAME=VALUE … [tags NAME=TEXT …]`
fn reading(text: &str, at: Timestamp) -> Result<Action, String> {
    let mut words = words(text)?.into_iter().peekable();
    let device = words.next().ok_or("reading wants a device")?;
    let ts = match words.next_if(|word| word.starts_with('@')) {
        Some(word) => time(span(word.get(1..).unwrap_or_default())?),
        None => at,
    };
    let mut reading = json!({ "device": device, "ts": ts.as_millis() });
    let mut values = Map::new();
    for word in words.by_ref().take_while(|word| word != "tags") {
        let (name, value) = named(&word)?;
        if name == "id" {
            reading["id"] = Value::from(value);
        } else {
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            values.insert(name.to_owned(), value);
        }
    }
    reading["values"] = Value::from(values);
    let tags = tags(words)?;
    if !tags.is_empty() {
        reading["tags"] = json!(tags);
    }
    Ok(Action::Readings {
        numbered: None,
        content_type: "application/json".to_owned(),
        body: reading.to_string(),
    })
}

/// `DEVICE NAME=TEXT …`
fn device(text: &str) -> Result<Action, String> {
    let mut words = words(text)?.into_iter();
    let device = words.next().ok_or("device wants a device")?;
    Ok(Action::Describe { device, tags: tags(words)? })
}

fn tags(words: impl Iterator<Item = String>) -> Result<BTreeMap<String, String>, String> {
    words
        .map(|word| {
            let (name, text) = named(&word)?;
            Ok((name.to_owned(), text.trim_matches('"').to_owned()))
        })
        .collect()
}

fn named(word: &str) -> Result<(&str, &str), String> {
    word.split_once('=').ok_or_else(|| format!("`{word}`: NAME=VALUE is wanted"))
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

/// `{JSON}`, or the path of a file of rules
fn rules(around: &Surroundings<'_>, text: &str) -> Result<Vec<Action>, String> {
    let documents = if text.starts_with('{') {
        vec![text.to_owned()]
    } else {
        let path = find(around.folder, text);
        let text = read(&path)?;
        (around.rules)(&path, &text)?
    };
    let put = |document: String| {
        let json: Value = serde_json::from_str(&document).map_err(|why| why.to_string())?;
        let id = json.get("id").and_then(Value::as_str).ok_or("the rule has no id")?;
        Ok(Action::PutRule { id: id.to_owned(), document })
    };
    documents.into_iter().map(put).collect()
}

/// The path of a file of stored state.
fn state(folder: &Path, text: &str) -> Result<Stored, String> {
    Stored::parse(&read(&find(folder, text))?).map_err(|why| format!("{text}: {why}"))
}

/// The file at `path`, seen from the scenario's folder or else from the working directory.
fn find(folder: &Path, path: &str) -> PathBuf {
    let beside = folder.join(path);
    if beside.exists() { beside } else { PathBuf::from(path) }
}

fn read(path: &Path) -> Result<String, String> {
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
