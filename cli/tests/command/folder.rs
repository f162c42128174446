use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use expect_test::Expect;

/// A folder of its own for one test, with files in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&folder).expect("a writable folder");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a writable file");
        }
        Self(folder)
    }

    /// Runs `tripline` with the words of `line`: exit code, standard output, standard error.
    pub(crate) fn check(&self, line: &str, input: &str, expected: &Expect) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tripline"))
            .args(line.split_whitespace())
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // It may end without having read it all.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the command ends");
        expected.assert_eq(&format!(
            "{}{}exit {}\n",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            output.status.code().expect("an exit code"),
        ));
    }
}
