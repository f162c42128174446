//! The repository as the house rules see it: its files, and its packages with
//! what they depend on. The rules themselves are the tests of this package.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

mod function;
pub use function::Function;

/// The top of the working copy.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A text file of the repository.
#[derive(Debug)]
pub struct SourceFile {
    /// Path below the top, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

impl SourceFile {
    /// Whether the path ends in one of `extensions`, which have no dot.
    #[must_use]
    pub fn has_extension(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    /// Whether it is Rust that is only compiled for tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The lines of Rust code with their numbers, without comments, and up to
    /// the module of tests, which is last in its file.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let until_tests = lines.take_while(|(_, line)| line.trim() != "mod tests {");
        until_tests.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }
}

/// Every text file that is or would be committed, by path.
///
/// # Panics
/// `git` does not run, or this is no working copy of it.
#[must_use]
pub fn files() -> Vec<SourceFile> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let paths: BTreeSet<String> = String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    // A file that is deleted but not yet committed so is listed and not there; data is no text.
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some(SourceFile { path, text })
    };
    paths.into_iter().filter_map(read).collect()
}

/// What a package depends on when it is built and shipped, tests left out.
#[derive(Debug, Default)]
pub struct Package {
    /// Packages of this repository.
    pub ours: BTreeSet<String>,
    /// Packages of others.
    pub others: BTreeSet<String>,
}

/// The packages of the workspace, by name.
///
/// # Panics
/// `cargo metadata` does not run or says something else than it used to.
#[must_use]
pub fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().map(|package| (text(&package["name"]), dependencies(package))).collect()
}

fn dependencies(package: &Value) -> Package {
    let mut found = Package::default();
    for dependency in package["dependencies"].as_array().expect("a list of dependencies") {
        // `kind` is null for those of the library or program itself.
        if dependency["kind"] == "dev" {
            continue;
        }
        let of = if dependency["path"].is_null() { &mut found.others } else { &mut found.ours };
        of.insert(text(&dependency["name"]));
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
