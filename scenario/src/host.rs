//! What a host is to a scenario.

use std::{error::Error, fmt};

use rules_core::Timestamp;

use crate::{
    Action,
    outcome::{End, Outcome},
};

/// A host did not do what it was asked: not a refusal, which is an outcome.
#[derive(Debug)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {}

impl Failure {
    /// Says what was tried and why it did not work.
    pub fn of(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

/// Something that runs the rule engine.
///
/// Time is virtual: nothing happens but by [`Host::perform`], and when it
/// returns, whatever had to be sent at `now` was sent.
pub trait Host {
    /// Forgets everything, and starts with these variables beside the usual ones.
    ///
    /// # Errors
    /// The host does not start.
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure>;

    /// Does what one step says, at `now`.
    ///
    /// # Errors
    /// The host does not answer, or not as it should.
    fn perform(&mut self, action: &Action, now: Timestamp) -> Result<Outcome, Failure>;

    /// What is left.
    ///
    /// # Errors
    /// The host does not answer, or not as it should.
    fn end(&mut self, now: Timestamp) -> Result<End, Failure>;

    /// Everything that was said word for word since the last call, where the
    /// host speaks HTTP: answers and notifications. Equal on all such hosts.
    fn take_wording(&mut self) -> Vec<String> {
        Vec::new()
    }
}
