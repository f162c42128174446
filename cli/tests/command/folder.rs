use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use expect_test::Expect;

/// A folder of its own for one test, with files in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of `test`, with `files` by their paths in it.
    pub(crate) fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&folder).expect("a writable folder");
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("writable");
            fs::write(path, text).expect("a writable file");
        }
        Self(folder)
    }

    /// Runs `tripline` with the words of `line`: standard output, standard error, exit code.
    pub(crate) fn run(&self, line: &str, input: &str) -> String {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>(), input)
    }

    /// The same for words with blanks in them.
    pub(crate) fn run_words(&self, words: &[&str], input: &str) -> String {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tripline"))
            .args(words)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // It may end without having read it all.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the command ends");
        format!(
            "{}{}exit {}\n",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            output.status.code().expect("an exit code"),
        )
    }

    /// Runs it and holds what comes against `expected`.
    pub(crate) fn check(&self, line: &str, input: &str, expected: &Expect) {
        expected.assert_eq(&self.run(line, input));
    }

    /// What a file holds now.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("a readable file")
    }
}
