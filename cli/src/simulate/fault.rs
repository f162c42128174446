//! What goes wrong with a device.

use clap::ValueEnum;
use rules_core::Span;

use super::{device::Values, dice::Dice};

/// A fault, as it is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Word {
    /// A sensor says the same for half a minute
    Stuck,
    /// A device says nothing for half a minute
    Silence,
    /// A reading arrives after newer ones of its device
    Late,
    /// A message arrives twice
    Duplicate,
    /// The clock of every fourth device is two minutes ahead
    Skew,
    /// A message is no JSON
    BadJson,
    /// All of these
    All,
}

/// Which faults happen.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(Vec<Word>);

/// What happens to one reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Happens {
    /// Nothing.
    Well,
    /// It is not sent.
    Unsent,
    /// It is sent so much later.
    Late(Span),
    /// It is sent twice.
    Twice,
    /// It is cut off.
    Broken,
}

/// How long a sensor sticks and a device is silent.
const EPISODE_SECONDS: f64 = 30.0;
/// How late a late reading is.
const LATE_BY: Span = Span::from_secs(5);
/// How far the clocks that are wrong are ahead; more than a service allows.
const SKEW: Span = Span::from_secs(120);
/// Every so manieth device has a wrong clock.
const SKEWED_DEVICE: u32 = 4;
/// One reading in so many meets each fault of its own.
const RARE: u32 = 50;
/// One reading in so many begins an episode.
const VERY_RARE: u32 = 200;

impl Faults {
    pub(super) fn from_words(words: &[Word]) -> Self {
        Self(words.to_vec())
    }

    fn has(&self, word: Word) -> bool {
        self.0.contains(&word) || self.0.contains(&Word::All)
    }
}

/// The faults of one device.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    faults: Faults,
    dice: Dice,
    stuck: Option<(f64, Values)>,
    silent_until: f64,
    clock_ahead: Span,
}

impl Trouble {
    pub(super) fn new(faults: Faults, index: u32, seed: u64) -> Self {
        let skewed = faults.has(Word::Skew) && index % SKEWED_DEVICE == SKEWED_DEVICE - 1;
        Self {
            // Other numbers than the device's own: with faults it measures the same as without.
            dice: Dice::new(!seed, u64::from(index)),
            faults,
            stuck: None,
            silent_until: 0.0,
            clock_ahead: if skewed { SKEW } else { Span::from_secs(0) },
        }
    }

    /// By how much the device's clock is ahead.
    pub(super) const fn clock_ahead(&self) -> Span {
        self.clock_ahead
    }

    /// What happens to a reading `at` seconds after the start; may change its values.
    pub(super) fn befall(&mut self, at: f64, values: &mut Values) -> Happens {
        // Every number is drawn each time, so that one fault does not shift the others.
        let sticks = self.dice.once_in(VERY_RARE) && self.faults.has(Word::Stuck);
        let falls_silent = self.dice.once_in(VERY_RARE) && self.faults.has(Word::Silence);
        let is_late = self.dice.once_in(RARE) && self.faults.has(Word::Late);
        let is_twice = self.dice.once_in(RARE) && self.faults.has(Word::Duplicate);
        let is_broken = self.dice.once_in(RARE) && self.faults.has(Word::BadJson);
        match &self.stuck {
            Some((until, stuck)) if at < *until => values.clone_from(stuck),
            _ if sticks => self.stuck = Some((at + EPISODE_SECONDS, values.clone())),
            _ => self.stuck = None,
        }
        if falls_silent && at >= self.silent_until {
            self.silent_until = at + EPISODE_SECONDS;
        }
        if at < self.silent_until {
            return Happens::Unsent;
        }
        match (is_broken, is_late, is_twice) {
            (true, _, _) => Happens::Broken,
            (_, true, _) => Happens::Late(LATE_BY),
            (_, _, true) => Happens::Twice,
            _ => Happens::Well,
        }
    }
}
