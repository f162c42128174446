//! What goes wrong, as RFC 9457 problem bodies.

use rules_core::{document::Mistake, json::to_text};
use serde::Serialize;

use super::Response;
use crate::ports::Unavailable;

/// Why a request was not answered as it wished.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    detail: String,
    mistakes: Vec<Mistake>,
    header: Option<(&'static str, String)>,
}

impl Problem {
    /// `code` is the stable word for programs, `detail` says what was found and what is allowed.
    pub(super) fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), mistakes: Vec::new(), header: None }
    }

    /// A rule document with mistakes in it.
    pub(super) fn invalid_rule(mistakes: Vec<Mistake>) -> Self {
        let detail = match mistakes.as_slice() {
            [mistake] => mistake.message.clone(),
            mistakes => format!("the rule has {} mistakes", mistakes.len()),
        };
        Self { mistakes, ..Self::new(400, "invalid_rule", detail) }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }
}

/// Something behind the service did not answer in time.
impl From<Unavailable> for Problem {
    fn from(Unavailable(why): Unavailable) -> Self {
        Self::new(503, "unavailable", why).with_header("retry-after", "1")
    }
}

/// The body. Its type is `about:blank`, as the RFC has it where the status
/// and `code` say everything; so the title is the status's own phrase.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Mistake]>::is_empty")]
    mistakes: &'a [Mistake],
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let Problem { status, code, detail, mistakes, header } = &problem;
        let (status, title) = (*status, title(*status));
        let body = Body { r#type: "about:blank", title, status, code, detail, mistakes };
        let response = Self::new(status, "application/problem+json", to_text(&body));
        header.iter().fold(response, |response, (name, value)| response.with_header(name, value))
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        _ => "Service Unavailable",
    }
}
