//! `docs/command-line.md` shows what the command really prints: its examples
//! are run here. `UPDATE_EXPECT=1` writes what comes into the page.

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

/// A fenced block: what stands behind its three backticks, and its text.
struct Block {
    label: String,
    text: String,
}

#[test]
fn every_example_of_the_manual_prints_what_stands_there() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command-line.md");
    let text = fs::read_to_string(&page).expect("a page of the repository");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manual");
    fs::create_dir_all(&folder).expect("a writable folder");

    let mut shown = String::new();
    let mut examples = 0;
    let mut rest = text.as_str();
    while let Some((before, opened)) = rest.split_once("```") {
        let (inside, after) = opened.split_once("```").expect("every block is closed");
        let (label, block) = inside.split_once('\n').expect("a block begins a line");
        let block = Block { label: label.to_owned(), text: block.to_owned() };
        shown.push_str(before);
        let block = match block.label.split_once(' ') {
            // The file of this name, for the examples that follow.
            Some((_, name)) => {
                fs::write(folder.join(name), &block.text).expect("a writable file");
                block
            }
            None if block.label == "console" => {
                examples += 1;
                Block { text: run(&block.text, &folder), ..block }
            }
            None => block,
        };
        let _ = write!(shown, "```{}\n{}```", block.label, block.text);
        rest = after;
    }
    shown.push_str(rest);

    assert!(examples > 10);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&page, &shown).expect("a writable page");
        return;
    }
    assert!(shown == text, "the manual is not up to date:\n{shown}");
}

/// The lines that begin with `$`, each with what it prints.
fn run(block: &str, folder: &Path) -> String {
    let mut shown = String::new();
    for line in block.lines().filter(|line| line.starts_with("$ ")) {
        shown.push_str(line);
        shown.push('\n');
        let tripline = Path::new(env!("CARGO_BIN_EXE_tripline"));
        let path = env::join_paths(
            [tripline.parent().expect("a folder").to_owned()]
                .into_iter()
                .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
        );
        let command = line.trim_start_matches("$ ");
        let output = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .env("PATH", path.expect("a path"))
            .current_dir(folder)
            .output()
            .expect("a shell");
        let printed = String::from_utf8(output.stdout).expect("text");
        shown.push_str(&without_speed(&printed));
        match output.status.code() {
            Some(0) => {}
            code => {
                let _ = writeln!(shown, "# exit code {}", code.unwrap_or(-1));
            }
        }
    }
    shown
}

/// How fast a replay was is another each time.
fn without_speed(printed: &str) -> String {
    const NAME: &str = "\"readings_per_second\":";
    match printed.split_once(NAME) {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|letter: char| letter != ',' && letter != '}');
            format!("{before}{NAME}1000000.0{rest}")
        }
        None => printed.to_owned(),
    }
}
