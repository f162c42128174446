use std::{cell::RefCell, collections::VecDeque};

use crate::ports::{Notifier, OutgoingRequest};

/// Receivers in memory: keeps what it was given, and answers 200 unless told otherwise.
#[derive(Debug, Default)]
pub struct MemoryNotifier {
    sent: RefCell<Vec<OutgoingRequest>>,
    answers: RefCell<VecDeque<Result<u16, String>>>,
}

impl MemoryNotifier {
    /// The next request without an answer yet gets `answer`.
    pub fn answer_next(&self, answer: Result<u16, String>) {
        self.answers.borrow_mut().push_back(answer);
    }

    /// What was sent since the last call, in order, whatever the answer was.
    #[must_use]
    pub fn take_sent(&self) -> Vec<OutgoingRequest> {
        self.sent.take()
    }
}

impl Notifier for MemoryNotifier {
    async fn send(&self, request: OutgoingRequest) -> Result<u16, String> {
        self.sent.borrow_mut().push(request);
        self.answers.borrow_mut().pop_front().unwrap_or(Ok(200))
    }
}
