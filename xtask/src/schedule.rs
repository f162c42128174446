//! Runs steps: what does not wait for each other side by side, with progress
//! for whatever takes long, and a table at the end.

use std::{
    fs,
    io::{self, IsTerminal, Write},
    process::Command,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::{
    Failure, catalogue,
    process::{self, interrupted},
    repository::Repository,
};

/// Steps at a time. Two keep a small machine busy: cargo beside something
/// that waits for the network or runs on one core.
const SIDE_BY_SIDE: usize = 2;

/// One thing to do.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    /// What `--only` calls it.
    pub(crate) name: &'static str,
    /// What it does and why.
    pub(crate) what: &'static str,
    /// Who it has to share with.
    pub(crate) lane: Lane,
    /// Steps that have to succeed first.
    pub(crate) needs: &'static [&'static str],
    /// Does it; says in a few words how it went.
    pub(crate) work: fn(&Job) -> Result<String, String>,
}

/// Who a step has to share with.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Lane {
    /// Builds in cargo's target folder, of which only one step can at a time.
    Cargo,
    /// Anything else.
    Aside,
}

/// What a step works with.
pub(crate) struct Job {
    /// Where things are.
    pub(crate) repository: Repository,
    name: &'static str,
}

impl Job {
    /// A step takes longest with nothing cached: then it compiles some hundred crates.
    const LIMIT: Duration = Duration::from_mins(25);

    /// Runs a command; its output goes to the step's log.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), String> {
        process::run(command, &self.repository.log(self.name), Self::LIMIT)
    }

    /// Runs cargo at the top of the repository.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<(), String> {
        self.run(
            process::command(crate::repository::cargo())
                .args(arguments)
                .current_dir(&self.repository.root),
        )
    }
}

/// How a step ended.
enum Ended {
    Well,
    Badly,
    NotRun,
}

/// What is known of a step.
struct Progress {
    step: Step,
    begun: Option<Instant>,
    took: Duration,
    ended: Option<Ended>,
}

/// Runs the steps `names` and all that they need.
pub(crate) fn run(repository: &Repository, names: &[&'static str]) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut plan: Vec<Progress> = catalogue::with_needs(names)
        .into_iter()
        .map(|step| Progress { step, begun: None, took: Duration::ZERO, ended: None })
        .collect();
    let (done, finished) = mpsc::channel();
    let mut screen = Screen::new();
    loop {
        // After an interrupt nothing begins, and what runs ends soon.
        if interrupted() {
            skip_what_waits(&mut plan);
        }
        begin_what_is_ready(&mut plan, repository, &done);
        if plan.iter().all(|progress| progress.ended.is_some()) {
            break;
        }
        match finished.recv_timeout(Duration::from_millis(250)) {
            Ok((name, outcome)) => {
                screen.clear();
                end(&mut plan, name, outcome, repository);
            }
            Err(RecvTimeoutError::Timeout) => screen.show(&plan, repository),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    screen.clear();
    if interrupted() {
        return Err(Failure::Message("interrupted".to_owned()));
    }
    sum_up(&plan, repository, begun.elapsed())
}

fn skip_what_waits(plan: &mut [Progress]) {
    for progress in plan.iter_mut().filter(|progress| progress.begun.is_none()) {
        progress.ended = Some(Ended::NotRun);
    }
}

fn begin_what_is_ready(
    plan: &mut [Progress],
    repository: &Repository,
    done: &Sender<(&'static str, Result<String, String>)>,
) {
    while let Some(index) = next_ready(plan) {
        let progress = &mut plan[index];
        let step = progress.step;
        progress.begun = Some(Instant::now());
        println!("▶ {}: {}", step.name, step.what);
        let _ = fs::remove_file(repository.log(step.name));
        let job = Job { repository: repository.clone(), name: step.name };
        let done = done.clone();
        thread::spawn(move || {
            let outcome = (step.work)(&job);
            // Somebody listens as long as a step runs.
            let _ = done.send((step.name, outcome));
        });
    }
}

/// The step to begin now, if one may. Marks those whose needs failed.
fn next_ready(plan: &mut [Progress]) -> Option<usize> {
    let failed: Vec<&str> = plan
        .iter()
        .filter(|progress| matches!(progress.ended, Some(Ended::Badly | Ended::NotRun)))
        .map(|progress| progress.step.name)
        .collect();
    for progress in plan.iter_mut().filter(|progress| progress.ended.is_none()) {
        if progress.step.needs.iter().any(|need| failed.contains(need)) {
            progress.ended = Some(Ended::NotRun);
        }
    }
    let running = || plan.iter().filter(|p| p.begun.is_some() && p.ended.is_none());
    if running().count() >= SIDE_BY_SIDE {
        return None;
    }
    let cargo_is_taken = running().any(|progress| progress.step.lane == Lane::Cargo);
    let is_done = |name: &&str| {
        plan.iter().any(|p| p.step.name == *name && matches!(p.ended, Some(Ended::Well)))
    };
    let ready = |lane: Lane| {
        plan.iter().position(|progress| {
            progress.begun.is_none()
                && progress.ended.is_none()
                && progress.step.lane == lane
                && progress.step.needs.iter().all(is_done)
        })
    };
    let cargo = if cargo_is_taken { None } else { ready(Lane::Cargo) };
    cargo.or_else(|| ready(Lane::Aside))
}

fn end(
    plan: &mut [Progress],
    name: &str,
    outcome: Result<String, String>,
    repository: &Repository,
) {
    let Some(progress) = plan.iter_mut().find(|progress| progress.step.name == name) else {
        return;
    };
    progress.took = progress.begun.map_or(Duration::ZERO, |begun| begun.elapsed());
    let took = seconds(progress.took);
    progress.ended = Some(match outcome {
        Ok(note) => {
            println!("✔ {name} ({took}){}{note}", if note.is_empty() { "" } else { ": " });
            Ended::Well
        }
        Err(why) => {
            let output = fs::read_to_string(repository.log(name)).unwrap_or_default();
            println!("✘ {name} ({took}): {why}\n{output}");
            println!("  To run this step alone: cargo xtask test --only {name}\n");
            Ended::Badly
        }
    });
}

fn sum_up(plan: &[Progress], repository: &Repository, took: Duration) -> Result<(), Failure> {
    let mut total = Tests::default();
    let mut good = true;
    println!("\n{:<14} {:<8} {:>12} {:>9}", "step", "result", "tests", "time");
    for progress in plan {
        let name = progress.step.name;
        let mut tests =
            Tests::in_log(&fs::read_to_string(repository.log(name)).unwrap_or_default());
        let counted = match tests {
            Tests { passed: 0, failed: 0 } => String::new(),
            Tests { passed, failed: 0 } => format!("{passed}"),
            Tests { passed, failed } => format!("{passed}, {failed} ✘"),
        };
        let result = match progress.ended {
            Some(Ended::Well) => {
                // A step without tests of its own counts as one.
                tests.passed = tests.passed.max(1);
                "ok"
            }
            Some(Ended::Badly) => {
                tests.failed = tests.failed.max(1);
                "FAILED"
            }
            Some(Ended::NotRun) | None => {
                tests = Tests::default();
                "not run"
            }
        };
        good &= result == "ok";
        total.passed += tests.passed;
        total.failed += tests.failed;
        println!("{name:<14} {result:<8} {counted:>12} {:>9}", seconds(progress.took));
    }
    println!("{:<14} {:<8} {:>12} {:>9}", "all", "", "", seconds(took));
    println!("{} passed, {} failed", total.passed, total.failed);
    io::stdout().flush()?;
    if good { Ok(()) } else { Err(Failure::Reported) }
}

/// Tests that a step's log tells of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Tests {
    passed: u64,
    failed: u64,
}

impl Tests {
    /// From cargo's `test result: ok. 3 passed; 0 failed; …` and node's `# pass 3` or `ℹ pass 3`.
    fn in_log(log: &str) -> Self {
        let mut tests = Self::default();
        for line in log.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok());
            match words.as_slice() {
                ["test", "result:", _, _, "passed;", _, "failed;", ..] => {
                    tests.passed += number(3).unwrap_or(0);
                    tests.failed += number(5).unwrap_or(0);
                }
                ["#" | "ℹ", "pass", _] => tests.passed += number(2).unwrap_or(0),
                ["#" | "ℹ", "fail", _] => tests.failed += number(2).unwrap_or(0),
                _ => {}
            }
        }
        tests
    }
}

/// Says what is going on: one line that changes on a terminal, a line now and
/// then elsewhere.
struct Screen {
    terminal: Option<()>,
    said: Instant,
    dirty: Option<()>,
}

impl Screen {
    fn new() -> Self {
        let terminal = io::stdout().is_terminal().then_some(());
        Self { terminal, said: Instant::now(), dirty: None }
    }

    fn show(&mut self, plan: &[Progress], repository: &Repository) {
        let pause = if self.terminal.is_some() { 1 } else { 30 };
        if self.said.elapsed() < Duration::from_secs(pause) {
            return;
        }
        self.said = Instant::now();
        let running = plan.iter().filter(|p| p.ended.is_none());
        for (progress, begun) in running.filter_map(|p| Some((p, p.begun?))) {
            let name = progress.step.name;
            let last = last_line(&fs::read_to_string(repository.log(name)).unwrap_or_default());
            let line = format!("… {name} {}: {last}", seconds(begun.elapsed()));
            if self.terminal.is_some() {
                let cut: String = line.chars().take(100).collect();
                print!("\r\x1b[K{cut}");
                self.dirty = Some(());
            } else {
                println!("{line}");
            }
        }
        let _ = io::stdout().flush();
    }

    fn clear(&mut self) {
        if self.dirty.take().is_some() {
            print!("\r\x1b[K");
        }
    }
}

fn last_line(log: &str) -> String {
    log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=59 => format!("{:.1} s", time.as_secs_f64()),
        secs => format!("{} m {:02} s", secs / 60, secs % 60),
    }
}

#[cfg(test)]
mod tests;
