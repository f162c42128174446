/// A function as it stands in a file that rustfmt laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Function<'a> {
    /// Its name.
    pub name: &'a str,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from there to its closing brace, both counted; 1 without a body of its own.
    pub lines: usize,
    /// Whether it is only compiled for tests, as far as the file's own text tells.
    pub is_test: bool,
}

impl<'a> Function<'a> {
    /// The functions of `text`, those inside others too. Rests on rustfmt: a
    /// function ends at the first closing brace that stands as far in as its
    /// `fn` line, or on that line.
    #[must_use]
    pub fn all(text: &'a str) -> Vec<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let tests = lines.iter().position(|line| line.trim() == "mod tests {");
        let function = |(index, line): (usize, &&'a str)| {
            let name = name(line)?;
            let indent = &line[..line.len() - line.trim_start().len()];
            let is_end = |line: &&str| {
                let tail = line.strip_prefix(indent).unwrap_or_default();
                tail.starts_with('}')
            };
            let on_one_line = line.ends_with(['}', ';']);
            let after = lines[index + 1..].iter();
            let lines = if on_one_line { 1 } else { 2 + after.take_while(|l| !is_end(l)).count() };
            let is_test = tests.is_some_and(|tests| tests < index);
            Some(Self { name, line: index + 1, lines, is_test })
        };
        lines.iter().enumerate().filter_map(function).collect()
    }
}

/// The name after `fn`, where the words before it are such as may stand there.
fn name(line: &str) -> Option<&str> {
    const BEFORE: [&str; 7] =
        ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern"];
    let (before, after) = line.split_once("fn ")?;
    let fits = |word: &str| BEFORE.contains(&word) || word.starts_with('"');
    let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    (before.split_whitespace().all(fits) && end > 0).then_some(&after[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(text: &str) -> Vec<(&str, usize, usize)> {
        Function::all(text).iter().map(|it| (it.name, it.line, it.lines)).collect()
    }

    #[test]
    fn a_function_reaches_to_the_brace_that_closes_it() {
        let text = "\
pub(crate) const fn a(
    x: u8,
) -> u8 {
    if x > 1 {
        2
    }
}

impl B {
    fn b(&self) {}
    async fn c(&self);
    extern \"C\" fn d() {
        fn inner() {
            let fn_pointer: fn (u8) = e;
        }
    }
}
";
        assert_eq!(
            lengths(text),
            [("a", 1, 7), ("b", 10, 1), ("c", 11, 1), ("d", 12, 5), ("inner", 13, 3)]
        );
    }

    #[test]
    fn words_in_comments_and_types_are_no_functions() {
        assert_eq!(lengths("// the fn name\nlet f: Box<dyn Fn (u8)>;\ntype F = fn (u8);\n"), []);
    }

    #[test]
    fn what_stands_in_the_module_of_tests_is_a_test() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let tests: Vec<bool> = Function::all(text).iter().map(|it| it.is_test).collect();
        assert_eq!(tests, [false, true]);
    }
}
