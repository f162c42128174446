//! One run of one scenario on one host.

use crate::{
    Action, Run, Scenario, Stage, Step,
    deviation::{Compared, Deviation},
    host::{Failure, Host},
    offset,
    outcome::NOTHING,
};

/// What came of a scenario on one host.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Transcript {
    /// The indented lines, step by step.
    pub outcomes: Vec<Vec<String>>,
    /// Each scope with the hash of its state and how many cells it has.
    pub scopes: Vec<(String, String, u64)>,
    /// Answers and notifications word for word, where the host speaks HTTP.
    pub wording: Vec<String>,
    /// What people may want to know beside each step's lines.
    pub notes: Vec<Vec<String>>,
}

impl Transcript {
    /// Plays `scenario` on `host`, from nothing to its end.
    ///
    /// # Errors
    /// The host fails; the message says at which step.
    pub fn record(scenario: &Scenario, host: &mut dyn Host) -> Result<Self, Failure> {
        let mut transcript = Self::default();
        host.renew(&scenario.variables)?;
        for step in &scenario.steps {
            let (mut lines, mut notes) = (Vec::new(), Vec::new());
            for run in &step.runs {
                let happened = transcript.run(step, run, host).map_err(|failure| {
                    Failure(format!("line {}: {}: {failure}", step.line(), scenario.text(step)))
                })?;
                lines.extend(happened.0);
                notes.extend(happened.1);
            }
            if step.runs.len() > 1 && step.stage == Stage::Play && lines.is_empty() {
                lines.push(NOTHING.to_owned());
            }
            transcript.outcomes.push(lines);
            transcript.notes.push(notes);
            transcript.wording.extend(host.take_wording());
        }
        Ok(transcript)
    }

    /// Does one thing; gives the lines that it adds, and notes.
    fn run(
        &mut self,
        step: &Step,
        run: &Run,
        host: &mut dyn Host,
    ) -> Result<(Vec<String>, Vec<String>), Failure> {
        let Run { at, action } = run;
        if *action == Action::End {
            let end = host.end(*at)?;
            self.scopes.clone_from(&end.scopes);
            return Ok((end.lines()?, Vec::new()));
        }
        let outcome = host.perform(action, *at)?;
        let quiet = match action {
            Action::Receiver { .. } => true,
            _ => outcome.is_nothing() && (step.stage == Stage::Setup || step.runs.len() > 1),
        };
        let lines = if quiet { Vec::new() } else { outcome.lines(*at) };
        let timed = |line: String| {
            if step.repeats() { format!("{}: {line}", offset(*at)) } else { line }
        };
        Ok((lines.into_iter().map(timed).collect(), outcome.notes()))
    }

    /// Where this run is not as the file says, step by step.
    #[must_use]
    pub fn deviations(&self, scenario: &Scenario) -> Vec<Deviation> {
        let steps = scenario.steps.iter().zip(&self.outcomes).enumerate();
        let apart = steps.filter(|(_, (step, outcome))| step.expected != **outcome);
        apart
            .map(|(index, (step, outcome))| Deviation {
                line: step.line(),
                step: scenario.text(step).to_owned(),
                lines: Compared::list(&step.expected, outcome),
                notes: self.notes.get(index).cloned().unwrap_or_default(),
            })
            .collect()
    }

    /// How this run differs from `other` of the same scenario; `None` if it
    /// does not. Where one of them has no wording, that is not compared.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        for (step, (ours, theirs)) in self.outcomes.iter().zip(&other.outcomes).enumerate() {
            if ours != theirs {
                let (ours, theirs) = (ours.join("\n    "), theirs.join("\n    "));
                return Some(format!("step {}:\n    {ours}\n  against\n    {theirs}", step + 1));
            }
        }
        if self.scopes != other.scopes {
            return Some(format!("states {:?}\n  against {:?}", self.scopes, other.scopes));
        }
        let worded = !self.wording.is_empty() && !other.wording.is_empty();
        let mut wordings = self.wording.iter().zip(&other.wording);
        match wordings.find(|(ours, theirs)| worded && ours != theirs) {
            Some((ours, theirs)) => Some(format!("wording\n    {ours}\n  against\n    {theirs}")),
            None if worded && self.wording.len() != other.wording.len() => Some(format!(
                "{} answers and notifications against {}",
                self.wording.len(),
                other.wording.len()
            )),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Transcript {
        Transcript {
            outcomes: vec![vec!["nothing".to_owned()], vec!["late".to_owned()]],
            scopes: vec![("shard-0".to_owned(), "ab".to_owned(), 1)],
            wording: vec!["200 {}".to_owned()],
            notes: Vec::new(),
        }
    }

    #[test]
    fn runs_differ_in_lines_states_and_words() {
        assert_eq!(run().difference(&run()), None);
        let changes: [fn(&mut Transcript); 4] = [
            |run| run.outcomes[1].clear(),
            |run| run.scopes[0].1.push('c'),
            |run| run.wording[0].push(' '),
            |run| run.wording.push(String::new()),
        ];
        for change in changes {
            let mut other = run();
            change(&mut other);
            assert!(run().difference(&other).is_some(), "{other:?}");
        }
    }

    #[test]
    fn a_host_without_words_is_compared_by_lines_and_states() {
        let wordless = Transcript { wording: Vec::new(), ..run() };

        assert_eq!(run().difference(&wordless), None);
        let other = Transcript { scopes: Vec::new(), ..wordless };
        assert!(run().difference(&other).is_some());
    }
}
