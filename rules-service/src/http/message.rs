use rules_core::Timestamp;

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
