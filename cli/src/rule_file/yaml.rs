//! Rules as YAML: each becomes a JSON text that knows where in the YAML file
//! each of its characters stands, so that a mistake found in it is told at
//! the place where its author wrote it.
//!
//! YAML 1.2 with the core schema: `on`, `no` and `yes` are texts. A tag that
//! is none of YAML's own, a key that is no text, and a merge (`<<`) are
//! mistakes. Several documents may follow each other, and a document may be a
//! list of rules. [docs/decisions/yaml.md] says why.
//!
//! [docs/decisions/yaml.md]: ../../../docs/decisions/yaml.md

use std::rc::Rc;

use rules_core::document::Mistake;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Place, mistake_at, to_u32};

mod builder;
use builder::Builder;
mod json;
pub(super) use json::Document;
mod scalar;
use scalar::Scalar;

/// A value with the place where it begins.
struct Node {
    place: Place,
    kind: Kind,
}

enum Kind {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>),
    /// What is wrong with it was reported.
    Wrong,
}

/// The rules of `text`, one a document, and what is wrong with it as YAML.
pub(super) fn read(text: &str) -> (Vec<Document>, Vec<Mistake>) {
    let characters: Vec<char> = text.chars().collect();
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let source = characters.get(span.start.index()..span.end.index());
                builder.take(event, place(span.start), source.unwrap_or_default());
            }
            Err(error) => {
                let message = syntax(text, error.info(), *error.marker());
                builder.mistakes.push(mistake_at("yaml_syntax", message, place(*error.marker())));
                // The parser would give the same error again for ever.
                break;
            }
        }
    }
    let (roots, mut mistakes) = builder.finish();
    if roots.is_empty() && mistakes.is_empty() {
        let message = "there is no rule in the file".to_owned();
        mistakes.push(mistake_at("missing_key", message, (1, 1)));
    }
    let documents = roots.iter().filter_map(|root| match Document::new(root) {
        Ok(document) => Some(document),
        Err(mistake) => {
            mistakes.push(mistake);
            None
        }
    });
    let documents = documents.collect();
    (documents, mistakes)
}

/// The parser counts lines from 1 and columns from 0.
fn place(marker: Marker) -> Place {
    (to_u32(marker.line()), to_u32(marker.col() + 1))
}

/// What the parser says, and what its author may have meant.
fn syntax(text: &str, info: &str, marker: Marker) -> String {
    let line = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
    let key = line.trim_start_matches([' ', '\t', '-']).split_once(": ");
    match key {
        Some((key, value)) if !value.trim().is_empty() => format!(
            "the file is not YAML: {info}; if the value of `{key}` is meant as a text, put it in \
             quotes as a whole: {key}: '…'"
        ),
        _ => format!("the file is not YAML: {info}"),
    }
}
