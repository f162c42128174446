//! All devices together, in the order in which they speak.

use std::{cmp::Reverse, collections::BinaryHeap};

use rules_core::{Reading, Span, Timestamp};

use super::{
    device::Device,
    fault::{Faults, Happens, Trouble},
};

/// Who there is.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) devices: u32,
    /// Readings per second of each device.
    pub(super) rate: f64,
    pub(super) seed: u64,
    /// When the first reading is measured.
    pub(super) start: Timestamp,
    pub(super) faults: Faults,
}

/// What a device says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Message {
    /// When it is said, counted from the start.
    pub(super) due: Span,
    /// What is said, or what was meant.
    pub(super) reading: Reading,
    pub(super) quality: Quality,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Quality {
    Good,
    /// Behind newer ones of its device.
    Late,
    /// Said before.
    Repeated,
    /// Measured by a clock that is ahead.
    Ahead,
    /// Cut off in the middle.
    Broken,
}

/// The messages of a fleet, without end, by the time at which they are due.
pub(super) struct Fleet {
    start: Timestamp,
    rate: f64,
    members: Vec<Member>,
    /// When each device speaks next, or again: time, device, what.
    turns: BinaryHeap<Reverse<(i64, usize, Turn)>>,
}

struct Member {
    device: Device,
    trouble: Trouble,
    /// Milliseconds after the start at which it first speaks, so that not all speak at once.
    first_ms: f64,
    spoken: u32,
    /// Said late; by due time, since all are late by the same.
    held_back: Vec<Message>,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Turn {
    /// What was held back is due.
    Late,
    /// A new reading is due.
    Next,
}

impl Fleet {
    pub(super) fn new(settings: &Settings) -> Self {
        let period_ms = 1_000.0 / settings.rate;
        let members: Vec<_> = (0..settings.devices)
            .map(|index| Member {
                device: Device::new(index, settings.seed),
                trouble: Trouble::new(settings.faults.clone(), index, settings.seed),
                first_ms: period_ms * f64::from(index) / f64::from(settings.devices),
                spoken: 0,
                held_back: Vec::new(),
            })
            .collect();
        let turns = members.iter().enumerate();
        let turns = turns
            .map(|(index, member)| Reverse((whole(member.first_ms), index, Turn::Next)))
            .collect();
        Self { start: settings.start, rate: settings.rate, members, turns }
    }

    /// The next reading of a device, if it is sent now.
    fn speak(&mut self, due_ms: i64, index: usize) -> Vec<Message> {
        let member = &mut self.members[index];
        member.spoken += 1;
        let next_ms = member.first_ms + f64::from(member.spoken) * 1_000.0 / self.rate;
        self.turns.push(Reverse((whole(next_ms), index, Turn::Next)));

        let at = due_ms as f64 / 1_000.0;
        let mut values = member.device.measure(at);
        let happens = member.trouble.befall(at, &mut values);
        let due = Span::from_millis(due_ms);
        let ahead = member.trouble.clock_ahead();
        let ts = self.start.plus(due).plus(ahead);
        let device = member.device.name.clone();
        let quality = if ahead == Span::from_secs(0) { Quality::Good } else { Quality::Ahead };
        let message = Message {
            due,
            reading: Reading { device, ts, id: None, values, tags: Vec::new() },
            quality,
        };
        match happens {
            Happens::Well => vec![message],
            Happens::Unsent => Vec::new(),
            Happens::Broken => vec![Message { quality: Quality::Broken, ..message }],
            Happens::Twice => {
                let again = Message { quality: quality.max(Quality::Repeated), ..message.clone() };
                vec![message, again]
            }
            Happens::Late(by) => {
                let due = Span::from_millis(due_ms + by.as_millis());
                let quality = quality.max(Quality::Late);
                member.held_back.push(Message { due, quality, ..message });
                self.turns.push(Reverse((due.as_millis(), index, Turn::Late)));
                Vec::new()
            }
        }
    }
}

impl Iterator for Fleet {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let Reverse((due_ms, index, turn)) = self.turns.pop()?;
            let mut messages = match turn {
                Turn::Late => vec![self.members.get_mut(index)?.held_back.remove(0)],
                Turn::Next => self.speak(due_ms, index),
            };
            if messages.len() == 2 {
                // The repetition comes by the way of the late ones, at once.
                let again = messages.pop()?;
                self.members.get_mut(index)?.held_back.insert(0, again);
                self.turns.push(Reverse((due_ms, index, Turn::Late)));
            }
            if let Some(message) = messages.pop() {
                return Some(message);
            }
        }
    }
}

/// The whole milliseconds.
#[allow(clippy::cast_possible_truncation, reason = "a simulation ends long before 2^53 ms")]
const fn whole(millis: f64) -> i64 {
    millis as i64
}

#[cfg(test)]
mod tests;
