//! What JavaScript in Node gets to read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bench_workload::{
    rule::{Kind, Rule},
    stream::device_id,
};
use serde_json::{Value, json};

/// A file with the rules, in `folder`.
pub(crate) fn rules_file(rules: &[Rule], folder: &Path) -> Result<PathBuf, String> {
    let path = folder.join(format!("{}-rules.json", rules.len()));
    let text = rules.iter().map(document).collect::<Value>().to_string();
    fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))?;
    Ok(path)
}

fn document(rule: &Rule) -> Value {
    let kind = match rule.kind {
        Kind::Temp => "temp",
        Kind::Motion => "motion",
        Kind::Mean => "avg",
        Kind::Max => "max",
        Kind::Count => "count",
    };
    let mut document = json!({ "number": rule.number, "kind": kind, "threshold": rule.threshold });
    if let Some(device) = rule.device {
        document["device"] = device_id(device).into();
    }
    document
}
