use rules_core::{Timestamp, json::to_text};
use serde::Serialize;

/// An HTTP request, as a host hands it over.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Request {
    /// `GET`, `POST` …, upper case.
    pub method: String,
    /// The path, percent-encoded as it came: `/v1/rules/cold-room`.
    pub path: String,
    /// What stands after `?`, percent-encoded as it came; empty if nothing does.
    pub query: String,
    /// Names in any case; values that are no UTF-8 are left out.
    pub headers: Vec<(String, String)>,
    /// The body. A host may stop reading at [`Request::BODY_BYTES_MAX`] + 1 bytes: what is
    /// longer than the limit is refused without being looked at.
    pub body: Vec<u8>,
    /// The host's clock when the request came.
    pub now: Timestamp,
}

impl Request {
    /// Longest body of any request.
    pub const BODY_BYTES_MAX: usize = 1_048_576;

    /// The first header of that name, given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An HTTP response, as a host sends it: status, headers and body are
/// complete (`content-length` and `content-type` included) and nothing needs adding.
///
/// An empty body goes out as *no* body: with status 304 anything else is an
/// error on some hosts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with a body of type `content_type`.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        // Spin leaves TCP_NODELAY off: without a length small answers wait for an acknowledgement.
        let length = body.len().to_string();
        let response = Self { status, headers: Vec::new(), body };
        response.with_header("content-type", content_type).with_header("content-length", &length)
    }

    /// A response with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self::new(status, "application/json", to_text(body))
    }

    /// 304: what the client has still holds.
    pub(super) fn not_modified() -> Self {
        Self { status: 304, ..Self::default() }
    }

    /// With one more header; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The answer to `HEAD`: everything but the body. The length goes too, as
    /// some hosts compare it with what they send.
    pub(super) fn without_body(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "content-length");
        self.body.clear();
        self
    }

    /// The first header of that name, given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
