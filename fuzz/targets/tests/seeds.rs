//! Every seed, and what comes of it by a fixed number of changes, on stable Rust.

use fuzz_targets::{Mutator, TARGETS, Target};

/// Shows the input that a target panicked on.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was b\"{}\"", self.0.escape_ascii());
        }
    }
}

fn play(target: &Target, input: &[u8]) {
    let _shown = Shown(input);
    (target.run)(input);
}

/// Plays the seeds of `name`, then `mutations` inputs made of them.
fn hold(name: &str, mutations: usize) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("it is a target");
    let seeds = target.seeds();
    assert!(seeds.len() >= 3, "a target needs something to begin with");
    for seed in &seeds {
        play(target, seed);
    }
    let mut mutator = Mutator::new(1);
    let mut last = Vec::new();
    for index in 0..mutations {
        let seed = &seeds[index % seeds.len()];
        let other = &seeds[mutator.below(seeds.len())];
        // Every second one goes on from the one before.
        let from = if index % 2 == 0 { seed } else { &last };
        let input = mutator.mutate(from, other, target.words);
        play(target, &input);
        last = input;
    }
}

#[test]
fn an_expression_is_read_and_printed_or_refused_at_its_place() {
    hold("expression", 20_000);
}

#[test]
fn a_rule_is_read_or_refused_at_its_place() {
    hold("rule", 8_000);
}

#[test]
fn readings_are_decoded_as_promised_or_refused() {
    hold("readings", 6_000);
}

#[test]
fn stored_bytes_are_refused_or_can_be_stepped() {
    hold("state", 6_000);
}

#[test]
fn whatever_happens_accounts_balance_and_lives_go_their_way() {
    hold("scenario", 3_000);
}
