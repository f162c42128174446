//! What is fuzzed: bytes that nobody vouches for, and what has to hold whatever they are.
//!
//! Each target takes any bytes and panics where something does not hold. Two
//! things feed them: libFuzzer (`cargo xtask fuzz`), which looks for new ways
//! through the code, and the tests of this package, which play every seed and
//! a fixed number of mutations of it on stable Rust.

use std::path::PathBuf;

pub mod expression;
mod groups;
mod mutation;
pub use mutation::Mutator;
pub mod readings;
pub mod rule;
mod rules;
pub mod scenario;
mod script;
pub mod state;
mod store;

/// One thing to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name on the command line, and that of its folder of seeds.
    pub name: &'static str,
    /// Panics if something does not hold.
    pub run: fn(&[u8]),
    /// Inputs that are made and not kept: they follow the code they are for.
    pub made_seeds: fn() -> Vec<Vec<u8>>,
    /// Pieces of text that inputs are made of.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "expression",
        run: expression::run,
        made_seeds: Vec::new,
        words: expression::WORDS,
    },
    Target { name: "rule", run: rule::run, made_seeds: Vec::new, words: rule::WORDS },
    Target { name: "readings", run: readings::run, made_seeds: Vec::new, words: readings::WORDS },
    Target { name: "state", run: state::run, made_seeds: state::seeds, words: &[] },
    Target { name: "scenario", run: scenario::run, made_seeds: scenario::seeds, words: &[] },
];

impl Target {
    /// The inputs to begin with: those in the target's folder, by name, then
    /// those that are made.
    ///
    /// # Panics
    /// A file in the folder cannot be read.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(self.name);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.sort();
        let kept = files.iter().map(|file| std::fs::read(file).expect("a seed can be read"));
        kept.chain((self.made_seeds)()).collect()
    }
}
