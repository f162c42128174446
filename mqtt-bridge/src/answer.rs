//! What the service's answer to a batch means for the readings in it.

use std::time::Duration;

use serde::Deserialize;

/// What became of a batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It is stored, or at least every reading was judged.
    Stored(Stored),
    /// The service is well and will not have this body, now or ever.
    Refused {
        /// 400, 413 or 422.
        status: u16,
        /// What it said.
        why: String,
    },
    /// It was not reached, or it asks for patience.
    Busy {
        /// What happened.
        why: String,
        /// How long it asked to be left alone.
        wait: Option<Duration>,
    },
    /// It was reached, and trying again cannot help: the address or the token is wrong.
    Denied {
        /// What it said.
        why: String,
    },
}

/// What the service did with a batch.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stored {
    /// In numbers.
    pub receipt: Receipt,
    /// The readings that it refused, each by itself.
    pub refusals: Vec<Refusal>,
}

/// How many readings met which fate; *received = accepted + duplicate + late + refused*.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Receipt {
    /// All of them.
    pub received: u64,
    /// Taken.
    pub accepted: u64,
    /// Known already.
    pub duplicate: u64,
    /// Behind the device's watermark.
    pub late: u64,
    /// No readings that can be taken.
    pub refused: u64,
}

/// One reading that the service refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Refusal {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// A stable word.
    pub code: String,
    /// For people.
    pub message: String,
}

/// The part of an HTTP response that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Response<'r> {
    /// The status code.
    pub status: u16,
    /// The header `content-type`, or nothing.
    pub content_type: &'r str,
    /// The header `retry-after` in seconds.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: &'r str,
}

impl Answer {
    /// What `response` to a batch means.
    ///
    /// Only an answer that can be nothing but the service's own makes the
    /// bridge let go of readings: a page of somebody else under the same
    /// address says 200 or 400 just as well.
    #[must_use]
    pub fn read(response: Response<'_>) -> Self {
        let is_problem = response.content_type.starts_with("application/problem+json");
        match response.status {
            200..300 => Self::success(response),
            400 | 422 if is_problem => {
                Self::Refused { status: response.status, why: response.why() }
            }
            413 => Self::Refused { status: 413, why: response.why() },
            408 | 425 | 429 | 500.. => {
                let wait = response.retry_after.map(Duration::from_secs);
                Self::Busy { why: response.why(), wait }
            }
            _ => Self::Denied { why: response.why() },
        }
    }

    fn success(response: Response<'_>) -> Self {
        if response.body.trim().is_empty() {
            return Self::Stored(Stored::default());
        }
        match serde_json::from_str::<ReceiptBody>(response.body) {
            Ok(body) => Self::Stored(Stored { receipt: body.receipt, refusals: body.errors }),
            Err(_) => Self::Denied { why: format!("{}: not an answer to a batch", response.why()) },
        }
    }
}

#[derive(Deserialize)]
struct ReceiptBody {
    #[serde(flatten)]
    receipt: Receipt,
    #[serde(default)]
    errors: Vec<Refusal>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
}

impl Response<'_> {
    /// The status and what the body says of it, on one line.
    #[must_use]
    pub fn why(self) -> String {
        let problem: Problem = serde_json::from_str(self.body).unwrap_or_default();
        let said = [problem.title, problem.detail];
        let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty()).collect();
        match said.as_slice() {
            [] => format!("{} {}", self.status, excerpt(self.body)).trim_end().to_owned(),
            said => format!("{} {}", self.status, said.join(": ")),
        }
    }
}

/// Characters of somebody else's text that fit on a line of ours.
const EXCERPT_CHARS: usize = 200;

/// The beginning of `text`, without line breaks.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(EXCERPT_CHARS)
        .collect();
    if line.len() < text.len() {
        line.push('…');
    }
    line.trim().to_owned()
}

impl Receipt {
    /// Both together.
    pub const fn add(&mut self, other: Self) {
        self.received += other.received;
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.late += other.late;
        self.refused += other.refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, content_type: &str, body: &str) -> Answer {
        Answer::read(Response { status, content_type, retry_after: Some(7), body })
    }

    const PROBLEM: &str = "application/problem+json";

    #[test]
    fn a_receipt_settles_and_names_each_refused_reading() {
        let body = r#"{"received":2,"accepted":1,"duplicate":0,"late":0,"refused":1,
            "errors":[{"index":1,"code":"clock_ahead","message":"an hour ahead"}]}"#;

        let Answer::Stored(stored) = read(200, "application/json", body) else { panic!() };

        assert_eq!(stored.receipt.accepted, 1);
        assert_eq!(stored.refusals[0].code, "clock_ahead");
        assert_eq!(read(204, "", ""), Answer::Stored(Stored::default()));
    }

    #[test]
    fn only_the_service_itself_can_refuse_a_body() {
        let refused = read(400, PROBLEM, r#"{"title":"Too many readings","detail":"10001"}"#);
        let why = "400 Too many readings: 10001".to_owned();
        assert_eq!(refused, Answer::Refused { status: 400, why });
        assert!(matches!(read(413, "text/html", "<html>"), Answer::Refused { status: 413, .. }));

        for (status, body) in [(400, "plain HTTP"), (200, "<html>"), (404, ""), (302, "")] {
            let answer = read(status, "text/html", body);
            assert!(matches!(answer, Answer::Denied { .. }), "{status}: {answer:?}");
        }
        assert!(matches!(read(401, PROBLEM, "{}"), Answer::Denied { .. }));
    }

    #[test]
    fn patience_is_asked_for_with_a_time() {
        for status in [408, 425, 429, 500, 502, 503] {
            let Answer::Busy { wait, .. } = read(status, "", "") else { panic!("{status}") };
            assert_eq!(wait, Some(Duration::from_secs(7)));
        }
    }
}
