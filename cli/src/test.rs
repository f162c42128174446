//! `tripline test`: scenario files, played through the production engine.

use std::{
    env, fs,
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use scenario::{
    Scenario,
    deviation::{Compared, Deviation},
    hosts::CoreHost,
    transcript::Transcript,
};

use crate::{Fault, rule_file};

/// Play scenarios (rules, readings and ticks as plain text) and say where something else comes of them than they say
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Scenario files, or folders: of these, every file below that ends in .scenario
    #[arg(required = true, value_name = "SCENARIO")]
    paths: Vec<PathBuf>,
    /// Write what comes of each step into the files, in place of what they say
    #[arg(long)]
    update: bool,
}

const EXAMPLES: &str = "\
Exit code: 0 if every scenario comes out as it says, 1 if one does not, 2 for wrong usage.

A scenario, boiler.scenario:
  rule {\"id\": \"hot\", \"when\": \"temp > 80\", \"for\": \"1m\"}
  at 0s reading boiler-1 temp=85
      pending hot{boiler-1} since 0s value 85
  at 1m tick
      firing hot{boiler-1} since 0s value 85
      notify webhook firing hot{boiler-1} \"hot on boiler-1\"
  at 2m end
      1 reading: 1 accepted
      2 transitions: 1 sent, 1 muted
      alert hot{boiler-1} firing since 0s

A line `rule FILE.json` takes a rule from a file beside the scenario.
docs/testing-rules.md tells the whole language.

Examples:
  tripline test boiler.scenario
  tripline test rules/tests/
  tripline test --update boiler.scenario && git diff boiler.scenario";

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let files = files(&arguments.paths)?;
    let mut report = Report { out: io::stdout().lock(), style: Style::of_standard_output() };
    let (mut updated, mut failed) = (0_usize, 0_usize);
    for file in &files {
        let verdict = judge(file, arguments.update);
        updated += usize::from(matches!(verdict, Verdict::Updated));
        failed += usize::from(verdict.is_failure());
        report.file(file, &verdict).map_err(|why| Fault::Output(why.kind()))?;
    }
    let summary = summary(files.len(), updated, failed);
    writeln!(report.out, "{summary}").map_err(|why| Fault::Output(why.kind()))?;
    if failed == 0 { Ok(()) } else { Err(Fault::Reported) }
}

/// What became of one file.
enum Verdict {
    /// All came as it says.
    Fine,
    /// Something else came, and the file says so now.
    Updated,
    /// Something else came.
    Apart(Vec<Deviation>),
    /// It could not be played to its end; says why.
    Broken(String),
}

impl Verdict {
    const fn is_failure(&self) -> bool {
        matches!(self, Self::Apart(_) | Self::Broken(_))
    }
}

fn judge(file: &Path, update: bool) -> Verdict {
    let rules = |path: &Path, text: &str| rule_file::documents(&path.to_string_lossy(), text);
    let scenario = match Scenario::read_with(file, &rules) {
        Ok(scenario) => scenario,
        Err(why) => return Verdict::Broken(why.to_string()),
    };
    let transcript = match Transcript::record(&scenario, &mut CoreHost::default()) {
        Ok(transcript) => transcript,
        Err(why) => return Verdict::Broken(why.to_string()),
    };
    let deviations = transcript.deviations(&scenario);
    if deviations.is_empty() {
        return Verdict::Fine;
    }
    if !update {
        return Verdict::Apart(deviations);
    }
    match fs::write(file, scenario.with_outcomes(&transcript.outcomes)) {
        Ok(()) => Verdict::Updated,
        Err(why) => Verdict::Broken(why.to_string()),
    }
}

/// The files that `paths` name, folders walked, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let below = scenario::files_below(path)
                .map_err(|why| Fault::Input(format!("{}: {why}", path.display())))?;
            if below.is_empty() {
                let message = format!("{}: no file below ends in .scenario", path.display());
                return Err(Fault::Input(message));
            }
            files.extend(below);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// `3 scenarios: 2 ok, 1 failed`
fn summary(all: usize, updated: usize, failed: usize) -> String {
    let parts = [("ok", all - updated - failed), ("updated", updated), ("failed", failed)];
    let parts = parts.iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(what, count)| format!("{count} {what}")).collect();
    let noun = if all == 1 { "scenario" } else { "scenarios" };
    format!("{all} {noun}: {}", parts.join(", "))
}

struct Report<W> {
    out: W,
    style: Style,
}

impl<W: Write> Report<W> {
    fn file(&mut self, file: &Path, verdict: &Verdict) -> io::Result<()> {
        let Self { out, style } = self;
        let name = file.display();
        match verdict {
            Verdict::Fine => writeln!(out, "{name}: {}", style.good("ok")),
            Verdict::Updated => writeln!(out, "{name}: {}", style.good("updated")),
            Verdict::Broken(why) => {
                writeln!(out, "{name}: {}", style.bad("FAILED"))?;
                writeln!(out, "{}\n", indented(why))
            }
            Verdict::Apart(deviations) => {
                writeln!(out, "{name}: {}", style.bad("FAILED"))?;
                writeln!(out, "  --- expected\n  +++ got")?;
                for deviation in deviations {
                    let Deviation { line, step, lines, notes } = deviation;
                    let place = style.place(&format!("@@ line {line} @@"));
                    writeln!(out, "  {place} {step}")?;
                    for line in lines {
                        writeln!(out, "  {}", style.compared(line))?;
                    }
                    for note in notes {
                        writeln!(out, "  note: {note}")?;
                    }
                }
                writeln!(out)
            }
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// How words are set off for people.
#[derive(Clone, Copy)]
enum Style {
    /// Not at all.
    Plain,
    /// By the terminal's colours.
    Colours,
}

impl Style {
    /// Colours on a terminal, unless `NO_COLOR` holds something.
    ///
    /// Source: <https://no-color.org>.
    fn of_standard_output() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if io::stdout().is_terminal() && !refused { Self::Colours } else { Self::Plain }
    }

    fn good(self, text: &str) -> String {
        self.in_colour("32", text)
    }

    fn bad(self, text: &str) -> String {
        self.in_colour("31", text)
    }

    fn place(self, text: &str) -> String {
        self.in_colour("36", text)
    }

    fn compared(self, line: &Compared) -> String {
        let text = line.to_string();
        match line {
            Compared::Both(_) => text,
            Compared::Expected(_) => self.bad(&text),
            Compared::Got(_) => self.good(&text),
        }
    }

    fn in_colour(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colours => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stand_around_what_changed_and_nowhere_else() {
        let (both, got) = (Compared::Both("late".to_owned()), Compared::Got("late".to_owned()));

        assert_eq!(Style::Colours.compared(&both), "     late");
        assert_eq!(Style::Colours.compared(&got), "\u{1b}[32m+    late\u{1b}[0m");
        assert_eq!(Style::Plain.compared(&got), "+    late");
    }
}
