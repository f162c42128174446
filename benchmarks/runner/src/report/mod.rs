//! What was measured, as it stands in `docs/performance.md`.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::Value;

use crate::{
    hosts::Hosts,
    rounds::{Outcome, Spread},
};

mod hosts;
mod machine;
mod plot;
mod tables;

use plot::{Line, Plot};

/// Everything that a run measured.
#[derive(Default)]
pub(crate) struct Report {
    /// How long and how often.
    pub(crate) how: String,
    /// W1, for each count of rules.
    pub(crate) w1: Vec<(u32, Vec<Outcome>)>,
    /// W2.
    pub(crate) w2: Vec<(u32, Vec<Outcome>)>,
    /// What `bench-memory` says.
    pub(crate) memory: Option<Value>,
    /// The applications on their hosts.
    pub(crate) hosts: Option<Hosts>,
}

impl Report {
    /// Writes the tables into `docs/performance.md`, and the plots beside it.
    pub(crate) fn write(&self, root: &Path) -> Result<(), String> {
        let document = root.join("docs/performance.md");
        let fault = |why: std::io::Error| format!("{}: {why}", document.display());
        let mut text = fs::read_to_string(&document).map_err(fault)?;
        for (name, tables) in self.sections() {
            text = between(&text, name, &tables)
                .ok_or_else(|| format!("{} has no place for {name}", document.display()))?;
        }
        fs::write(&document, text).map_err(fault)?;
        let folder = root.join("docs/performance");
        fs::create_dir_all(&folder).map_err(fault)?;
        for (name, svg) in self.plots() {
            fs::write(folder.join(name), svg).map_err(fault)?;
        }
        Ok(())
    }

    /// The tables by the name of their place; only those that were measured.
    pub(crate) fn sections(&self) -> Vec<(&'static str, String)> {
        let mut sections = Vec::new();
        if !self.w1.is_empty() {
            let mut text = format!("{}, {}.\n\n", machine::line(), self.how);
            let _ = writeln!(text, "{}", tables::throughput(&self.w1));
            let _ = write!(text, "{}", tables::targets(&self.w1));
            if self.w1.len() > 1 {
                text.push_str("\n![Readings per second over rules](performance/throughput.svg)\n");
            }
            sections.push(("throughput", text));
            sections.push(("stages", tables::stages(&self.w1)));
            sections.push(("wasm", tables::wasm(&self.w1)));
        }
        if !self.w2.is_empty() {
            sections.push(("hour", tables::throughput(&self.w2)));
        }
        if let Some(memory) = &self.memory {
            sections.push(("memory", tables::memory(memory)));
        }
        if let Some(hosts) = &self.hosts {
            let (machine, tables) = (machine::line(), hosts::tables(hosts));
            let text = format!("{machine}, {}, {}.\n\n{tables}", hosts.version, self.how);
            sections.push(("hosts", text));
        }
        sections
    }

    fn plots(&self) -> Vec<(&'static str, String)> {
        let mut plots = Vec::new();
        if self.w1.len() > 1 {
            let line = |name: &'static str| Line {
                name: name.to_owned(),
                points: self
                    .w1
                    .iter()
                    .filter_map(|(rules, outcomes)| {
                        let outcome = outcomes.iter().find(|outcome| outcome.name == name)?;
                        Some((f64::from(*rules), Spread::of(&outcome.rates).median))
                    })
                    .collect(),
            };
            let lines = tables::WHOLE_WAY.map(line);
            plots.push((
                "throughput.svg",
                Plot {
                    title: "W1: readings per second of processor time, JSON included",
                    across: "rules",
                    lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
                }
                .svg(),
            ));
        }
        plots
    }
}

/// `text` with `inner` between the marks of place `name`.
fn between(text: &str, name: &str, inner: &str) -> Option<String> {
    let [begin, end] = ["", "/"].map(|slash| format!("<!-- {slash}bench:{name} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n{end}{after}", inner.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = "a\n<!-- bench:x -->\nold\n<!-- /bench:x -->\nb\n";

        assert_eq!(
            between(text, "x", "new\n").as_deref(),
            Some("a\n<!-- bench:x -->\nnew\n<!-- /bench:x -->\nb\n")
        );
        assert_eq!(between(text, "y", "new"), None);
    }
}
