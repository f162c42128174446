use super::*;

/// A plan of steps, each with its lane and what it needs.
fn plan(steps: &[(&'static str, Lane, &'static [&'static str])]) -> Vec<Progress> {
    let progress = |(name, lane, needs): &(&'static str, Lane, &'static [&'static str])| Progress {
        step: Step { name, what: "", lane: *lane, needs, work: |_| Ok(String::new()) },
        begun: None,
        took: Duration::ZERO,
        ended: None,
    };
    steps.iter().map(progress).collect()
}

/// Begins what may begin now; gives the names.
fn begin(plan: &mut [Progress]) -> Vec<&'static str> {
    let mut begun = Vec::new();
    while let Some(index) = next_ready(plan) {
        plan[index].begun = Some(Instant::now());
        begun.push(plan[index].step.name);
    }
    begun
}

fn finish(plan: &mut [Progress], name: &str, ended: Ended) {
    plan.iter_mut().find(|p| p.step.name == name).expect("it is in the plan").ended = Some(ended);
}

fn not_run(plan: &[Progress]) -> Vec<&'static str> {
    let skipped = plan.iter().filter(|p| matches!(p.ended, Some(Ended::NotRun)));
    skipped.map(|p| p.step.name).collect()
}

#[test]
fn one_step_builds_while_another_one_runs_aside() {
    let mut plan = plan(&[
        ("build", Lane::Cargo, &[]),
        ("more", Lane::Cargo, &[]),
        ("fetch", Lane::Aside, &[]),
        ("look", Lane::Aside, &[]),
    ]);

    assert_eq!(begin(&mut plan), ["build", "fetch"]);

    finish(&mut plan, "fetch", Ended::Well);
    assert_eq!(begin(&mut plan), ["look"]);

    finish(&mut plan, "build", Ended::Well);
    assert_eq!(begin(&mut plan), ["more"]);
}

#[test]
fn where_nothing_builds_two_steps_run_aside() {
    let mut plan =
        plan(&[("a", Lane::Aside, &[]), ("b", Lane::Aside, &[]), ("c", Lane::Aside, &[])]);

    assert_eq!(begin(&mut plan), ["a", "b"]);
}

#[test]
fn a_step_waits_for_all_that_it_needs() {
    let mut plan = plan(&[
        ("rust", Lane::Aside, &[]),
        ("npm", Lane::Aside, &[]),
        ("worker", Lane::Cargo, &["rust", "npm"]),
    ]);

    assert_eq!(begin(&mut plan), ["rust", "npm"]);
    finish(&mut plan, "npm", Ended::Well);
    assert_eq!(begin(&mut plan), [""; 0]);
    finish(&mut plan, "rust", Ended::Well);
    assert_eq!(begin(&mut plan), ["worker"]);
}

#[test]
fn what_needs_a_step_that_failed_is_not_run_however_far_it_stands_from_it() {
    let mut plan = plan(&[
        ("rust", Lane::Aside, &[]),
        ("worker", Lane::Cargo, &["rust"]),
        ("worker-tests", Lane::Aside, &["worker"]),
        ("unit", Lane::Cargo, &[]),
    ]);
    assert_eq!(begin(&mut plan), ["unit", "rust"]);

    finish(&mut plan, "rust", Ended::Badly);
    // Each look takes it one step further; the loop looks again whenever something ends.
    while not_run(&plan).len() < 2 {
        assert_eq!(begin(&mut plan), [""; 0]);
    }

    assert_eq!(not_run(&plan), ["worker", "worker-tests"]);
}

#[test]
fn an_interrupt_skips_what_has_not_begun_and_leaves_what_runs() {
    let mut plan = plan(&[("a", Lane::Cargo, &[]), ("b", Lane::Cargo, &[])]);
    begin(&mut plan);

    skip_what_waits(&mut plan);

    assert_eq!(not_run(&plan), ["b"]);
    assert!(plan[0].ended.is_none());
}

#[test]
fn every_step_of_the_catalogue_is_run_once_if_all_go_well() {
    let mut plan: Vec<Progress> = catalogue::with_needs(catalogue::TEST)
        .into_iter()
        .map(|step| Progress { step, begun: None, took: Duration::ZERO, ended: None })
        .collect();
    let mut ran = Vec::new();
    loop {
        let begun = begin(&mut plan);
        if begun.is_empty() {
            break;
        }
        for name in &begun {
            finish(&mut plan, name, Ended::Well);
        }
        ran.extend(begun);
    }
    assert_eq!(ran.len(), plan.len(), "{ran:?}");
}

#[test]
fn tests_of_cargo_and_node_are_counted_over_a_whole_log() {
    let log = "\
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s
# pass 7
# fail 1
ℹ pass 4
ℹ fail 0
test some::name ... ok
";
    assert_eq!(Tests::in_log(log), Tests { passed: 24, failed: 3 });
    assert_eq!(Tests::in_log(""), Tests::default());
}

#[test]
fn the_last_line_that_says_something_is_shown() {
    assert_eq!(last_line("one\n  two \n\n \n"), "two");
    assert_eq!(last_line(""), "");
}

#[test]
fn times_are_shown_in_seconds_and_from_a_minute_on_in_minutes() {
    assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
    assert_eq!(seconds(Duration::from_secs(59)), "59.0 s");
    assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s");
}
