use std::fmt::{self, Write};

/// How much more than before is let pass, in percent: other inlining by an
/// edit elsewhere moves counts by a percent or two.
const TOLERANCE: f64 = 4.0;

/// What whoever sees the guard fail may want to know.
pub(crate) const WHAT_TO_DO: &str = "\
A workload takes more instructions than it did. Look at what has changed, say with
  valgrind --tool=callgrind --toggle-collect='*counted_region*' \
target/instructions/instructions run NAME
and callgrind_annotate. If the change is worth it, write the new counts with
  UPDATE_EXPECT=1 cargo xtask test --only instructions
and say in the commit what they pay for.";

/// What workloads took.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counts {
    /// Counts are of one compiler and one C library on one architecture.
    pub(crate) tools: String,
    /// By name, in the order in which they run.
    pub(crate) workloads: Vec<(String, u64)>,
}

/// What a comparison comes to.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// A line for each workload.
    pub(crate) report: String,
    /// Whether the new counts may stand.
    pub(crate) hold: bool,
}

impl Counts {
    /// From a file as [`Counts`] are written.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let tools = lines.next().ok_or("expected.txt: no compiler")?.to_owned();
        let count = |line: &str| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.trim().to_owned(), count.replace('_', "").parse().ok()?))
        };
        let workloads = lines.map(|line| count(line).ok_or(format!("expected.txt: {line}")));
        Ok(Self { tools, workloads: workloads.collect::<Result<_, _>>()? })
    }

    /// Whether `now` is as `self` was. More is an offence, but by other
    /// tools it only is worth a word; less is good, and worth writing down.
    pub(crate) fn compare(&self, now: &Self) -> Verdict {
        let by_same_tools = self.tools == now.tools;
        let (mut report, mut hold) = (String::new(), true);
        for (name, count) in &now.workloads {
            let before = self.workloads.iter().find(|(known, _)| known == name);
            let (text, is_well) = match before {
                None => ("new: write it down with UPDATE_EXPECT=1".to_owned(), false),
                Some((_, before)) => judged(*before, *count),
            };
            hold &= is_well || (before.is_some() && !by_same_tools);
            // A string does not refuse to be written to.
            let _ = writeln!(report, "{name:<32} {:>14} {text}", grouped(*count));
        }
        for (name, _) in &self.workloads {
            if !now.workloads.iter().any(|(known, _)| known == name) {
                let _ = writeln!(report, "{name:<32} is gone: UPDATE_EXPECT=1 takes it out");
                hold = false;
            }
        }
        if !by_same_tools {
            let _ = writeln!(
                report,
                "\nThese counts are by {}, the expected ones by {}: differences are only told.\n\
                 UPDATE_EXPECT=1 cargo xtask test --only instructions writes them anew.",
                now.tools, self.tools
            );
        }
        Verdict { report, hold }
    }
}

/// A count beside that before, in words, and whether it may stand.
fn judged(before: u64, now: u64) -> (String, bool) {
    let change = (now as f64 / before as f64 - 1.0) * 100.0;
    if change > TOLERANCE {
        let before = grouped(before);
        (format!("{change:.1} % more than {before}; {TOLERANCE} % are let pass"), false)
    } else if change < -TOLERANCE {
        let text = format!("{:.1} % less: UPDATE_EXPECT=1 keeps others from losing it", -change);
        (text, true)
    } else {
        (format!("{change:+.1} %"), true)
    }
}

/// Digits in threes.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Instructions that workloads take, as callgrind counts them. Written by")?;
        writeln!(f, "# UPDATE_EXPECT=1 cargo xtask test --only instructions")?;
        writeln!(f, "{}\n", self.tools)?;
        for (name, count) in &self.workloads {
            writeln!(f, "{name:<32} {:>14}", grouped(*count))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tools: &str, workloads: &[(&str, u64)]) -> Counts {
        let workloads = workloads.iter().map(|(name, count)| ((*name).to_owned(), *count));
        Counts { tools: tools.to_owned(), workloads: workloads.collect() }
    }

    #[test]
    fn counts_are_read_as_they_are_written() {
        let counts = counts("rustc 1.95.0", &[("window avg", 1_234_567), ("json", 12)]);

        assert_eq!(Counts::parse(&counts.to_string()), Ok(counts));
    }

    #[test]
    fn more_than_the_tolerance_is_an_offence_and_less_is_none() {
        let before = counts("rustc 1.95.0", &[("json", 1_000_000)]);
        let now = |count| before.compare(&counts("rustc 1.95.0", &[("json", count)]));

        assert!(now(1_039_000).hold);
        assert!(now(500_000).hold);
        let offence = now(1_120_000);
        assert!(!offence.hold);
        assert!(offence.report.contains("12.0 % more than 1_000_000"), "{}", offence.report);
    }

    #[test]
    fn other_tools_are_told_of_and_let_pass() {
        let before = counts("rustc 1.95.0", &[("json", 100)]);

        let verdict = before.compare(&counts("rustc 1.96.0", &[("json", 200)]));

        assert!(verdict.hold);
        assert!(verdict.report.contains("100.0 % more"), "{}", verdict.report);
    }

    #[test]
    fn a_workload_that_only_one_side_knows_is_an_offence() {
        let (one, two) = (counts("rustc", &[("a", 1)]), counts("rustc", &[("a", 1), ("b", 1)]));

        assert!(!one.compare(&two).hold);
        assert!(!two.compare(&one).hold);
    }
}
