use std::{fs, io, path::Path};

use rules_core::Timestamp;

use super::{
    Action, RuleReader, Run, Scenario, Stage, Step, ZERO,
    line::{self, Surroundings},
    offset, time,
};

/// Most times that one line with `every` may happen: a week by the minute. A
/// typing error in its times must not keep a test busy for ever.
const REPEATS_MAX: i64 = 10_080;

/// The hosts by name. What the machines alone cannot play is no scenario.
const HOSTS: [&str; 4] = ["core", "memory", "worker", "spin"];

/// What is wrong with a scenario file.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}: {what}")]
pub struct SyntaxError {
    path: String,
    line: usize,
    what: String,
}

impl Scenario {
    /// Reads a file; those of rules that it names hold one each, as JSON.
    ///
    /// # Errors
    /// It is not there, or the first mistake in it.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::read_with(path, &|_, text| Ok(vec![text.to_owned()]))
    }

    /// Reads a file; `rules` reads those of rules that it names.
    ///
    /// # Errors
    /// As [`Scenario::read`].
    pub fn read_with(path: &Path, rules: RuleReader<'_>) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        Self::parse(path, &text, rules)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Reads the text of the file `path`.
    ///
    /// # Errors
    /// The first mistake in it.
    pub fn parse(path: &Path, text: &str, rules: RuleReader<'_>) -> Result<Self, SyntaxError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut parser = Parser {
            around: Surroundings { folder, rules },
            now: ZERO,
            begun: false,
            open: None,
            scenario: Self {
                path: path.to_owned(),
                variables: Vec::new(),
                hosts: None,
                steps: Vec::new(),
                lines: text.lines().map(str::to_owned).collect(),
            },
        };
        let lines = parser.scenario.lines.clone();
        let fail = |line: usize, what| SyntaxError { path: path.display().to_string(), line, what };
        for (index, line) in lines.iter().enumerate() {
            parser.line(index, line).map_err(|what| fail(index + 1, what))?;
        }
        parser.finish().map_err(|what| fail(lines.len(), what))?;
        Ok(parser.scenario)
    }
}

struct Parser<'a> {
    around: Surroundings<'a>,
    now: Timestamp,
    /// A line with a time has come.
    begun: bool,
    /// Verb, words before `<<` and the body so far of an action that has not ended yet.
    open: Option<(String, String, String)>,
    scenario: Scenario,
}

impl Parser<'_> {
    fn line(&mut self, index: usize, line: &str) -> Result<(), String> {
        if let Some((verb, rest, mut body)) = self.open.take() {
            if let Some(last) = line.strip_suffix(">>") {
                body.push_str(last);
                return self.push_line(index, &verb, &rest, Some(&body));
            }
            body.push_str(line);
            body.push('\n');
            self.open = Some((verb, rest, body));
            return Ok(());
        }
        if line.starts_with(' ') && !line.trim().is_empty() {
            return self.expected(index, line.trim());
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(setting) = line.strip_prefix("set ") {
            return self.set(setting);
        }
        if let Some(hosts) = line.strip_prefix("hosts ") {
            return self.hosts(hosts);
        }
        if let Some(repeated) = line.strip_prefix("every ") {
            return self.every(index, repeated);
        }
        let line = match line.strip_prefix("at ") {
            Some(timed) => self.clock(timed)?,
            None => line,
        };
        if !self.begun && !line.starts_with("rule ") {
            return Err(format!("`{line}`: `at TIME` comes first"));
        }
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let has_body = verb == "post" || verb == "rule" && rest.trim_start().starts_with("<<");
        let Some((options, body)) = rest.split_once("<<").filter(|_| has_body) else {
            return self.push_line(index, verb, rest.trim(), None);
        };
        let options = options.trim();
        if let Some(body) = body.strip_suffix(">>") {
            return self.push_line(index, verb, options, Some(body));
        }
        self.open = Some((verb.to_owned(), options.to_owned(), format!("{body}\n")));
        Ok(())
    }

    fn set(&mut self, setting: &str) -> Result<(), String> {
        if !self.scenario.steps.is_empty() {
            return Err("set comes before everything else".to_owned());
        }
        let (name, value) = setting
            .split_once('=')
            .ok_or_else(|| format!("`set {setting}`: set NAME=VALUE is wanted"))?;
        self.scenario.variables.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// `core memory …`
    fn hosts(&mut self, names: &str) -> Result<(), String> {
        let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        let known = names.iter().all(|name| HOSTS.contains(&name.as_str()));
        if !self.scenario.steps.is_empty() || !known || !names.iter().any(|name| name == "core") {
            return Err(format!(
                "`hosts {}`: before everything else, core and some of {} are wanted",
                names.join(" "),
                HOSTS.join(", ")
            ));
        }
        self.scenario.hosts = Some(names);
        Ok(())
    }

    /// `SPAN from TIME to TIME reading …`, or `tick`
    fn every(&mut self, index: usize, text: &str) -> Result<(), String> {
        let wanted = || format!("`every {text}`: every SPAN from TIME to TIME reading … is wanted");
        let words: Vec<&str> = text.splitn(6, ' ').collect();
        let [pause, "from", from, "to", to, action] = words.as_slice() else {
            return Err(wanted());
        };
        let (pause, from, to) =
            (line::span(pause)?, time(line::span(from)?), time(line::span(to)?));
        let (verb, rest) = action.split_once(' ').unwrap_or((action, ""));
        if !["reading", "tick"].contains(&verb) {
            return Err(wanted());
        }
        let repeats = to.since(from).as_millis() / pause.as_millis().max(1);
        if from > to || pause == rules_core::Span::ZERO || repeats >= REPEATS_MAX {
            return Err(format!("`every {text}`: from 1 to {REPEATS_MAX} times are wanted"));
        }
        self.move_clock(from)?;
        let mut runs = Vec::new();
        while self.now <= to {
            runs.extend(self.runs(verb, rest.trim(), None)?);
            self.now = self.now.plus(pause);
        }
        self.now = runs.last().map_or(from, |run| run.at);
        self.push(index, runs);
        Ok(())
    }

    /// Reads the time and gives the words behind it.
    fn clock<'a>(&mut self, timed: &'a str) -> Result<&'a str, String> {
        let (at, rest) = timed.split_once(' ').ok_or("at TIME is followed by an action")?;
        self.move_clock(time(line::span(at)?))?;
        Ok(rest.trim_start())
    }

    fn move_clock(&mut self, at: Timestamp) -> Result<(), String> {
        if at < self.now {
            return Err(format!("time runs back from {}", offset(self.now)));
        }
        self.now = at;
        self.begun = true;
        Ok(())
    }

    /// Reads what happens now.
    fn runs(&self, verb: &str, rest: &str, body: Option<&str>) -> Result<Vec<Run>, String> {
        let actions = line::actions(&self.around, verb, rest, body, self.now)?;
        Ok(actions.into_iter().map(|action| Run { at: self.now, action }).collect())
    }

    fn push_line(
        &mut self,
        index: usize,
        verb: &str,
        rest: &str,
        body: Option<&str>,
    ) -> Result<(), String> {
        let runs = self.runs(verb, rest, body)?;
        self.push(index, runs);
        Ok(())
    }

    fn push(&mut self, index: usize, runs: Vec<Run>) {
        let stage = if self.begun { Stage::Play } else { Stage::Setup };
        self.scenario.steps.push(Step { runs, stage, expected: Vec::new(), place: (index, 0) });
    }

    fn expected(&mut self, index: usize, text: &str) -> Result<(), String> {
        let step = self.scenario.steps.last_mut();
        match step.filter(|step| step.place.0 + step.place.1 + 1 == index) {
            Some(step) => {
                step.place.1 += 1;
                step.expected.push(text.to_owned());
                Ok(())
            }
            None => Err("indented lines stand right below what they come of".to_owned()),
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        let last = self.scenario.steps.last().and_then(|step| step.runs.last());
        match last {
            _ if self.open.is_some() => Err("a body is not closed by >>".to_owned()),
            Some(Run { action: Action::End, .. }) => Ok(()),
            _ => Err("a scenario ends with `end`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
