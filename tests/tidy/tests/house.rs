//! House rules for files: sizes, headers, and what may not be left behind.

use std::path::Path;

use tidy::{Function, SourceFile};

/// A file longer than this is more than one thing.
const LINES_MAX: usize = 500;
/// A function longer than this does more than one thing.
const FUNCTION_LINES_MAX: usize = 70;
/// A test may tell a longer story, but not two.
const TEST_LINES_MAX: usize = 100;

fn offences(offends: impl Fn(&SourceFile) -> Option<String>) -> String {
    let found: Vec<String> = tidy::files()
        .iter()
        .filter_map(|file| offends(file).map(|why| format!("{}: {why}", file.path)))
        .collect();
    found.join("\n")
}

#[test]
fn no_source_file_is_longer_than_one_thing() {
    let too_long = offences(|file| {
        let lines = file.text.lines().count();
        (file.has_extension(&["rs", "mjs", "js"]) && lines > LINES_MAX)
            .then(|| format!("{lines} lines, and {LINES_MAX} are allowed"))
    });
    assert_eq!(too_long, "");
}

#[test]
fn no_function_is_longer_than_one_thing() {
    let too_long = offences(|file| {
        if !file.has_extension(&["rs"]) {
            return None;
        }
        let in_tests = file.is_test() || file.path.starts_with("tests/");
        Function::all(&file.text).into_iter().find_map(|function| {
            let Function { name, line, lines, is_test } = function;
            let max = if is_test || in_tests { TEST_LINES_MAX } else { FUNCTION_LINES_MAX };
            (lines > max)
                .then(|| format!("`{name}` on line {line} has {lines} lines; allowed are {max}"))
        })
    });
    assert_eq!(too_long, "");
}

#[test]
fn every_crate_opens_with_what_it_is() {
    let silent = offences(|file| {
        let is_root = file.path.ends_with("src/lib.rs") || file.path.ends_with("src/main.rs");
        let opens = file.text.starts_with("//! ") || file.text.starts_with("#![doc");
        (is_root && !opens).then(|| "no module doc".to_owned())
    });
    assert_eq!(silent, "");
}

#[test]
fn every_package_takes_the_workspace_s_lints_edition_and_licence() {
    let apart = offences(|file| {
        // A package that is a workspace of its own has none to take from.
        if !file.path.ends_with("/Cargo.toml") || file.text.contains("[workspace]\n") {
            return None;
        }
        ["edition.workspace = true", "license.workspace = true", "[lints]\nworkspace = true"]
            .iter()
            .find(|line| !file.text.contains(**line))
            .map(|line| format!("lacks `{}`", line.replace('\n', " ")))
    });
    assert_eq!(apart, "");
    assert!(tidy::root().join("LICENSE").is_file());
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not hold what it looks for.
    let words = ["todo", "unimplemented"].map(|word| format!("{word}!("));
    let unfinished = offences(|file| {
        if !file.has_extension(&["rs", "mjs", "js", "md", "toml"]) {
            return None;
        }
        let found = words.iter().find(|word| file.text.contains(*word))?;
        Some(format!("`{found}`"))
    });
    assert_eq!(unfinished, "");
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let folders = ["work", "root", "farm", "home", "Users"].map(|folder| format!("/{folder}/"));
    // Only where a path begins: `docs/work/` is no folder of a machine.
    let begins = |line: &str, at: usize| {
        line[..at].chars().next_back().is_none_or(|before| " \t\"'`(=:".contains(before))
    };
    let named = offences(|file| {
        let line = file.text.lines().find(|line| {
            folders.iter().any(|folder| line.match_indices(folder).any(|(at, _)| begins(line, at)))
        })?;
        Some(line.trim().to_owned())
    });
    assert_eq!(named, "");
}

#[test]
fn lock_files_name_packages_and_not_where_they_came_from() {
    let located = offences(|file| {
        let is_lock = file.path.ends_with("package-lock.json");
        (is_lock && file.text.contains("\"resolved\"")).then(|| "names a registry".to_owned())
    });
    assert_eq!(located, "");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let broken = offences(|file| {
        if !file.has_extension(&["md"]) {
            return None;
        }
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        let dangling: Vec<&str> = links(&file.text)
            .filter(|link| !link.contains("://") && !link.starts_with(['#', '<']))
            .filter(|link| {
                let target = link.split('#').next().unwrap_or_default();
                !tidy::root().join(folder).join(target).exists()
            })
            .collect();
        (!dangling.is_empty()).then(|| dangling.join(", "))
    });
    assert_eq!(broken, "");
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next())
}

#[test]
fn changelog_has_unreleased_on_top() {
    let text = tidy::files()
        .into_iter()
        .find(|file| file.path == "CHANGELOG.md")
        .map(|file| file.text)
        .unwrap_or_default();
    let first = text.lines().find(|line| line.starts_with("## "));
    assert_eq!(first, Some("## Unreleased"));
}
