//! Frames: which samples of its input a window looks at, and their limits.

use alloc::format;
use core::ops::Range;

use super::super::{
    FRAME_SAMPLES_MAX, Frame, STEP_MIN, STEPS_MAX, WINDOW_MAX,
    check::Checker,
    node::{Kind, Node, Sampling},
};
use crate::{Span, number::Plain};

impl Checker<'_> {
    /// The frame that the last arguments of the aggregate `name` say.
    pub(super) fn frame(&mut self, name: &str, parts: &[Node]) -> Option<Frame> {
        let (first, last) = (parts.first()?, parts.last()?);
        match (parts.len(), &first.kind, &last.kind) {
            (1, Kind::Duration(width), _) => {
                self.in_range("window", *width, first.place.clone()).map(Frame::Sliding)
            }
            (1, Kind::Frame(Sampling::Samples(count)), _) => {
                self.sample_count(*count, first.place.clone()).map(Frame::Samples)
            }
            (1, Kind::Frame(Sampling::Session { gap, max }), _) => {
                self.session(*gap, *max, first.place.clone())
            }
            (2, Kind::Duration(width), Kind::Frame(Sampling::Every(every))) => {
                let width = self.in_range("window", *width, first.place.clone());
                self.hopping(width, *every, last.place.clone())
            }
            (_, Kind::Frame(Sampling::Every(every)), _) => {
                let message = format!(
                    "`every {every}` follows how wide the window is, as in \
                     `{name}(temp, {every}, every {every})`"
                );
                self.fault("wrong_arguments", first.place.clone(), message)
            }
            _ => {
                let place = first.place.start..last.place.end;
                let message = format!(
                    "which samples `{name}` looks at is said once: `5m`, `10 samples`, \
                     `5m, every 1m`, `session 5m` or `session 5m max 1h`"
                );
                self.fault("wrong_arguments", place, message)
            }
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and in the range of a u32"
    )]
    fn sample_count(&mut self, count: f64, place: Range<usize>) -> Option<u32> {
        if (1.0..=f64::from(FRAME_SAMPLES_MAX)).contains(&count) && count % 1.0 == 0.0 {
            return Some(count as u32);
        }
        let message = format!(
            "a window holds a whole number of samples from 1 to {FRAME_SAMPLES_MAX}; found {}",
            Plain(count)
        );
        self.fault("window_out_of_range", place, message)
    }

    fn hopping(&mut self, width: Option<Span>, every: Span, place: Range<usize>) -> Option<Frame> {
        if every < STEP_MIN || every > WINDOW_MAX {
            let message =
                format!("a window moves on every {STEP_MIN} to {WINDOW_MAX}; found `{every}`");
            return self.fault("window_out_of_range", place, message);
        }
        let width = width?;
        let shortest = (width.as_millis() + STEPS_MAX - 1) / STEPS_MAX;
        if every.as_millis() < shortest {
            let message = format!(
                "a window is at most {STEPS_MAX} steps wide, so one of `{width}` moves on every \
                 `{}` or more; found `{every}`",
                Span::from_millis(shortest)
            );
            return self.fault("window_out_of_range", place, message);
        }
        Some(Frame::Hopping { width, every })
    }

    fn session(&mut self, gap: Span, max: Option<Span>, place: Range<usize>) -> Option<Frame> {
        let gap = self.in_range("session's gap", gap, place.clone())?;
        let Some(max) = max else { return Some(Frame::Session { gap, max: None }) };
        let max = self.in_range("session", max, place.clone())?;
        if max < gap {
            let message = format!(
                "a session ends by its gap of `{gap}` at the earliest, so its `max` is no \
                 shorter; found `{max}`"
            );
            return self.fault("window_out_of_range", place, message);
        }
        Some(Frame::Session { gap, max: Some(max) })
    }

    /// `span`, if samples and marks are kept for that long.
    pub(super) fn in_range(&mut self, what: &str, span: Span, place: Range<usize>) -> Option<Span> {
        self.up_to(what, WINDOW_MAX, span, place)
    }

    pub(super) fn up_to(
        &mut self,
        what: &str,
        longest: Span,
        span: Span,
        place: Range<usize>,
    ) -> Option<Span> {
        if span > Span::ZERO && span <= longest {
            return Some(span);
        }
        let message = format!("a {what} is more than 0s and at most {longest}; found `{span}`");
        self.fault("window_out_of_range", place, message)
    }
}
