//! Files of rules: JSON with one rule or an array of them, or YAML ([`yaml`]).

use std::{collections::BTreeMap, ffi::OsStr, fs, path::Path};

use rules_core::{
    Rule,
    document::{self, Mistake},
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::Fault;

mod yaml;

/// One mistake with the file it stands in.
#[derive(Debug, Serialize)]
pub(crate) struct FileMistake {
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) mistake: Mistake,
}

impl FileMistake {
    /// A mistake of the whole rule.
    pub(crate) fn at(rule: &FileRule, code: &str, message: String) -> Self {
        let mistake = mistake_at(code, message, (rule.line, rule.column));
        Self { file: rule.file.clone(), mistake }
    }
}

impl std::fmt::Display for FileMistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mistake { line, column, message, suggestion, .. } = &self.mistake;
        write!(f, "{}:{line}:{column}: {message}", self.file)?;
        match suggestion {
            Some(near) => write!(f, " (did you mean `{near}`?)"),
            None => Ok(()),
        }
    }
}

/// A rule with the place where its document begins.
pub(crate) struct FileRule {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) rule: Rule,
}

/// As [`read`], for commands that have nothing to say of rules with mistakes.
pub(crate) fn read_or_complain(files: &[String]) -> Result<Vec<FileRule>, Fault> {
    read(files).map_err(|mistakes| {
        for mistake in mistakes {
            eprintln!("{mistake}");
        }
        Fault::Reported
    })
}

/// Reads all rules of `files`, in their order.
///
/// # Errors
/// Every mistake of every file, and rules that bear another's name.
pub(crate) fn read(files: &[String]) -> Result<Vec<FileRule>, Vec<FileMistake>> {
    let mut rules = Vec::new();
    let mut mistakes = Vec::new();
    let mut names = BTreeMap::new();
    for file in files {
        let refused = |mistake| FileMistake { file: file.clone(), mistake };
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(why) => {
                mistakes.push(refused(mistake_at("unreadable", why.to_string(), (1, 1))));
                continue;
            }
        };
        let (found, wrong) = if is_yaml(file) { read_yaml(&text) } else { read_json(&text) };
        mistakes.extend(wrong.into_iter().map(refused));
        for (place, rule) in found {
            if let Some(other) = names.insert(rule.id.clone(), file.clone()) {
                let message = format!("rule {} is also in {other}: ids are unique", rule.id);
                mistakes.push(refused(mistake_at("duplicate_id", message, place)));
            }
            let (line, column) = place;
            rules.push(FileRule { file: file.clone(), line, column, rule });
        }
    }
    if mistakes.is_empty() { Ok(rules) } else { Err(mistakes) }
}

/// Line and column, both from 1.
type Place = (u32, u32);

fn mistake_at(code: &str, message: String, (line, column): Place) -> Mistake {
    Mistake { code: code.to_owned(), message, line, column, suggestion: None }
}

/// The rules in the text of `file`, each as JSON, whether they are right or not.
///
/// # Errors
/// What keeps the text from being rules at all, a line each.
pub(crate) fn documents(file: &str, text: &str) -> Result<Vec<String>, String> {
    if !is_yaml(file) {
        if !text.trim_start().starts_with('[') {
            return Ok(vec![text.to_owned()]);
        }
        let elements: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|why| format!("{file}: no list of rules: {why}"))?;
        return Ok(elements.into_iter().map(|element| element.get().to_owned()).collect());
    }
    let (documents, mistakes) = yaml::read(text);
    let told = |mistake| FileMistake { file: file.to_owned(), mistake }.to_string();
    let mistakes: Vec<String> = mistakes.into_iter().map(told).collect();
    if mistakes.is_empty() {
        Ok(documents.into_iter().map(|document| document.text).collect())
    } else {
        Err(mistakes.join("\n"))
    }
}

fn is_yaml(file: &str) -> bool {
    let extension = Path::new(file).extension().map(OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The rules of one file with where each begins, and what is wrong in it.
type Found = (Vec<(Place, Rule)>, Vec<Mistake>);

fn read_yaml(text: &str) -> Found {
    let (documents, mut mistakes) = yaml::read(text);
    let mut rules = Vec::new();
    for yaml in documents {
        match document::read(&yaml.text) {
            Ok(rule) => rules.push((yaml.place(), rule)),
            Err(wrong) => {
                mistakes.extend(wrong.into_iter().filter_map(|wrong| yaml.mistake(wrong)));
            }
        }
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    // An alias repeats what is wrong where its anchor stands.
    mistakes.dedup();
    (rules, mistakes)
}

fn read_json(text: &str) -> Found {
    if !text.trim_start().starts_with('[') {
        return match document::read(text) {
            Ok(rule) => (vec![((1, 1), rule)], Vec::new()),
            Err(mistakes) => (Vec::new(), mistakes),
        };
    }
    let elements: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(elements) => elements,
        Err(why) => {
            let place = (to_u32(why.line()), to_u32(why.column()));
            let said = why.to_string();
            // The place stands before the message already.
            let what = said.split(" at line ").next().unwrap_or_default();
            let mistake = mistake_at("invalid_json", format!("no list of rules: {what}"), place);
            return (Vec::new(), vec![mistake]);
        }
    };
    let mut rules = Vec::new();
    let mut mistakes = Vec::new();
    let (mut place, mut reached) = ((1, 1), 0);
    for element in elements {
        // The element borrows from `text`, so its address says where it stands.
        let start = element.get().as_ptr() as usize - text.as_ptr() as usize;
        place = moved(place, &text[reached..start]);
        reached = start;
        match document::read(element.get()) {
            Ok(rule) => rules.push((place, rule)),
            Err(wrong) => mistakes.extend(wrong.into_iter().map(|mistake| shifted(mistake, place))),
        }
    }
    (rules, mistakes)
}

/// A mistake in an element that begins at `place`, as a mistake in the file.
fn shifted(mut mistake: Mistake, (line, column): Place) -> Mistake {
    if mistake.line == 1 {
        mistake.column += column - 1;
    }
    mistake.line += line - 1;
    mistake
}

/// The place after `passed`, which begins at `place`.
fn moved((line, column): Place, passed: &str) -> Place {
    let characters = |text: &str| to_u32(text.chars().count());
    match passed.rsplit_once('\n') {
        Some((before, tail)) => {
            (line + 1 + to_u32(before.matches('\n').count()), 1 + characters(tail))
        }
        None => (line, column + characters(passed)),
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
