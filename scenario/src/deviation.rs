//! Where a run is not as its file says.

use std::fmt;

/// One step of which something else came than the file says. Its text is a
/// hunk of a unified diff: `-` before what the file says, `+` before what came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deviation {
    /// The number of the line that the step ends on, from 1.
    pub line: usize,
    /// That line.
    pub step: String,
    /// What the file says, held against what came of it.
    pub lines: Vec<Compared>,
    /// More for people than a file says: messages of mistakes.
    pub notes: Vec<String>,
}

/// A line of what the file says or of what came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Compared {
    /// The file says it, and it came.
    Both(String),
    /// The file says it, and it did not come.
    Expected(String),
    /// It came, and the file does not say it.
    Got(String),
}

impl Compared {
    /// Holds `expected` against `got`: the shortest list of changes that turns
    /// one into the other, what goes before what comes.
    #[must_use]
    pub fn list(expected: &[String], got: &[String]) -> Vec<Self> {
        let common = common_lengths(expected, got);
        let (mut from, mut to) = (0, 0);
        let mut list = Vec::new();
        while from < expected.len() || to < got.len() {
            match (expected.get(from), got.get(to)) {
                (Some(line), Some(other)) if line == other => {
                    list.push(Self::Both(line.clone()));
                    (from, to) = (from + 1, to + 1);
                }
                (Some(line), other)
                    if other.is_none() || common[from + 1][to] >= common[from][to + 1] =>
                {
                    list.push(Self::Expected(line.clone()));
                    from += 1;
                }
                (_, Some(other)) => {
                    list.push(Self::Got(other.clone()));
                    to += 1;
                }
                (_, None) => break,
            }
        }
        list
    }
}

/// For each pair of places, how many lines the rests behind them have in
/// common, in order. Steps have a handful of lines.
fn common_lengths(expected: &[String], got: &[String]) -> Vec<Vec<usize>> {
    let mut common = vec![vec![0; got.len() + 1]; expected.len() + 1];
    for (from, line) in expected.iter().enumerate().rev() {
        for (to, other) in got.iter().enumerate().rev() {
            common[from][to] = if line == other {
                common[from + 1][to + 1] + 1
            } else {
                common[from + 1][to].max(common[from][to + 1])
            };
        }
    }
    common
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@@ line {} @@ {}", self.line, self.step)?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))?;
        self.notes.iter().try_for_each(|note| write!(f, "\nnote: {note}"))
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Both(line) => write!(f, "     {line}"),
            Self::Expected(line) => write!(f, "-    {line}"),
            Self::Got(line) => write!(f, "+    {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, got: &str, list: &str) {
        let lines = |text: &str| text.split_terminator(' ').map(str::to_owned).collect::<Vec<_>>();
        let found = Compared::list(&lines(expected), &lines(got));
        let found: Vec<String> = found
            .iter()
            .map(|line| match line {
                Compared::Both(line) => format!("={line}"),
                Compared::Expected(line) => format!("-{line}"),
                Compared::Got(line) => format!("+{line}"),
            })
            .collect();
        assert_eq!(found.join(" "), list);
    }

    #[test]
    fn what_both_have_stays_in_place() {
        check("a b c", "a b c", "=a =b =c");
        check("a b c", "a x c", "=a -b +x =c");
        check("nothing", "late", "-nothing +late");
        check("", "a b", "+a +b");
        check("a b", "", "-a -b");
        check("a b c d", "b d e", "-a =b -c =d +e");
    }
}
