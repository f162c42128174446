//! Every scenario, on every chosen host at once: the same lines as the file
//! has, the same states, the same words.
//!
//! `TRIPLINE_HOSTS=core,memory,worker,spin` chooses hosts, `TRIPLINE_SCENARIO=late`
//! the scenarios with that in their path below `tests/scenarios`; `UPDATE_EXPECT=1` writes what the
//! first host gives into the files.

use std::{env, error::Error, fs, thread};

use conformance::{hosts::Named, repository};
use scenario::{Scenario, transcript::Transcript};

/// `None` where the scenario is not for this host.
type Run = Option<Result<Transcript, String>>;

#[test]
fn every_host_gives_what_the_scenarios_say() -> Result<(), Box<dyn Error>> {
    let scenarios = scenarios()?;
    let hosts = Named::chosen();
    let runs: Vec<Vec<Run>> = thread::scope(|scope| {
        let scenarios = &scenarios;
        let start = |host: &Named| {
            let host = *host;
            scope.spawn(move || play(host, scenarios))
        };
        let threads: Vec<_> = hosts.iter().map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("a host panicked")).collect()
    });

    let mut mistakes = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        let of_scenario = hosts.iter().zip(runs.iter().map(|runs| &runs[index]));
        for mistake in judge(scenario, of_scenario)? {
            mistakes.push(format!("{} {mistake}", scenario.path.display()));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n\n"));
    Ok(())
}

/// The scenario files whose path has `TRIPLINE_SCENARIO` in it, by name.
fn scenarios() -> Result<Vec<Scenario>, Box<dyn Error>> {
    let wanted = env::var("TRIPLINE_SCENARIO").unwrap_or_default();
    let top = repository().join("tests/scenarios");
    let mut paths = scenario::files_below(&top)?;
    paths.retain(|path| {
        let below = path.strip_prefix(&top).unwrap_or(path);
        below.to_string_lossy().contains(&wanted)
    });
    assert!(!paths.is_empty(), "no scenario has {wanted:?} in its path");
    Ok(paths.iter().map(|path| Scenario::read(path)).collect::<Result<_, _>>()?)
}

fn play(host: Named, scenarios: &[Scenario]) -> Vec<Run> {
    let name = host.as_str();
    match host.host() {
        Ok(mut host) => scenarios
            .iter()
            .map(|scenario| {
                let spared = |hosts: &Vec<String>| hosts.iter().all(|it| it != name);
                if scenario.hosts.as_ref().is_some_and(spared) {
                    return None;
                }
                let run = Transcript::record(scenario, host.as_mut());
                Some(run.map_err(|failure| failure.to_string()))
            })
            .collect(),
        Err(failure) => scenarios.iter().map(|_| Some(Err(failure.to_string()))).collect(),
    }
}

/// What is wrong with the runs of one scenario. The first host is held against
/// the file, each other one against that and against the first that has words.
fn judge<'a>(
    scenario: &Scenario,
    runs: impl Iterator<Item = (&'a Named, &'a Run)>,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut mistakes = Vec::new();
    let mut models: Vec<(&Named, &Transcript)> = Vec::new();
    for (host, run) in runs {
        let transcript = match run {
            None => continue,
            Some(Ok(transcript)) => transcript,
            Some(Err(failure)) => {
                mistakes.push(format!("on {}: {failure}", host.as_str()));
                continue;
            }
        };
        for (model, other) in &models {
            if let Some(difference) = transcript.difference(other) {
                let (host, model) = (host.as_str(), model.as_str());
                mistakes.push(format!("on {host} is not as on {model}: {difference}"));
                break;
            }
        }
        if models.is_empty() && env::var_os("UPDATE_EXPECT").is_some_and(|set| set == "1") {
            fs::write(&scenario.path, scenario.with_outcomes(&transcript.outcomes))?;
        } else if models.is_empty() {
            let deviations = transcript.deviations(scenario).into_iter();
            mistakes.extend(deviations.map(|it| format!("on {}:\n{it}", host.as_str())));
        }
        if models.iter().all(|(_, model)| model.wording.is_empty()) {
            models.push((host, transcript));
        }
    }
    Ok(mistakes)
}
