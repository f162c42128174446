use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use sorted::Gather;

use super::{MISTAKES_MAX, Mistake};

/// The mistakes found so far in one document, each at a byte of its text.
pub(super) struct Mistakes<'t> {
    text: &'t str,
    found: Vec<(usize, Mistake)>,
}

impl<'t> Mistakes<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn push(&mut self, offset: usize, code: &str, message: impl Into<String>) {
        self.push_suggesting(offset, code, message, None);
    }

    /// With a near name.
    pub(super) fn push_suggesting(
        &mut self,
        offset: usize,
        code: &str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let (code, message) = (code.to_string(), message.into());
        self.found.push((offset, Mistake { code, message, line: 0, column: 0, suggestion }));
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them in the order of their places, with line and column.
    pub(super) fn into_list(mut self) -> Vec<Mistake> {
        sorted::sort_by(&mut self.found, |(a, _), (b, _)| a.cmp(b));
        let left_out = self.found.len().saturating_sub(MISTAKES_MAX);
        self.found.truncate(MISTAKES_MAX);
        if left_out > 0
            && let Some((last, _)) = self.found.last()
        {
            let message = format!("{left_out} more mistakes are not listed");
            self.push(*last, "too_many_mistakes", message);
        }
        let text = self.text;
        let placed = |(offset, mistake)| {
            let (line, column) = line_and_column(text, offset);
            Mistake { line, column, ..mistake }
        };
        self.found.into_iter().map(placed).gather()
    }
}

/// Line and column of a byte, both from 1, the column in characters.
fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
