//! A line on the terminal while a replay takes long.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use super::source::Meter;

/// Shown after two seconds, and only to a person: on a terminal.
pub(super) struct Progress {
    meter: Meter,
    begun: Instant,
    readings: u64,
    next: Option<Instant>,
    shown: Shown,
}

#[derive(PartialEq)]
enum Shown {
    Nothing,
    Line,
}

impl Progress {
    /// Readings between looks at the clock.
    const EVERY: u64 = 4_096;

    pub(super) fn new(meter: Meter) -> Self {
        let begun = Instant::now();
        let next = io::stderr().is_terminal().then(|| begun + Duration::from_secs(2));
        Self { meter, begun, readings: 0, next, shown: Shown::Nothing }
    }

    /// One reading more.
    pub(super) fn step(&mut self) {
        self.readings += 1;
        if self.readings.is_multiple_of(Self::EVERY)
            && self.next.is_some_and(|next| Instant::now() >= next)
        {
            self.next = Some(Instant::now() + Duration::from_millis(500));
            self.show();
        }
    }

    fn show(&mut self) {
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let read = megabytes(self.meter.read.get());
        let of =
            self.meter.size.map_or(String::new(), |size| format!(" of {:.0}", megabytes(size)));
        let per_second = self.readings as f64 / self.begun.elapsed().as_secs_f64();
        eprint!("\r\x1b[K{read:.0}{of} MB, {} readings, {per_second:.0} a second", self.readings);
        let _ = io::stderr().flush();
        self.shown = Shown::Line;
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.shown == Shown::Line {
            eprint!("\r\x1b[K");
            self.shown = Shown::Nothing;
        }
    }
}
