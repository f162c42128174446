use crate::{host::Failure, stored::Stored};

/// A request to the service.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query, percent-encoded.
    pub target: String,
    /// Headers, lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the service answers.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body; it is always text.
    pub body: String,
}

/// A request to the receiver, and what it was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delivery {
    /// Path and query.
    pub path: String,
    /// The header `idempotency-key`.
    pub idempotency_key: String,
    /// The body.
    pub body: String,
    /// The status it got.
    pub answered: u16,
}

/// The service on some host, reached by HTTP or as if.
pub trait Exchange {
    /// Starts it anew with nothing stored, and with `variables` alone. A value
    /// `receiver:/path` stands for an address of the exchange's receiver.
    ///
    /// # Errors
    /// It does not start.
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure>;

    /// Kills it, and starts it anew with what it has stored and the same variables.
    ///
    /// # Errors
    /// It does not start.
    fn restart(&mut self) -> Result<(), Failure>;

    /// Writes `stored` into its store.
    ///
    /// # Errors
    /// It does not take it, or there is no way to do so.
    fn load(&mut self, _stored: &Stored) -> Result<(), Failure> {
        Err(Failure(
            "no state can be put into this host; a line `hosts core memory` spares it".to_owned(),
        ))
    }

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// There is none. That the service refuses is no error.
    fn send(&mut self, call: &Call) -> Result<Answer, Failure>;

    /// Sends all of them at once, if that means anything here.
    ///
    /// # Errors
    /// As [`Exchange::send`], of any.
    fn send_together(&mut self, calls: &[Call]) -> Result<Vec<Answer>, Failure> {
        calls.iter().map(|call| self.send(call)).collect()
    }

    /// The receiver answers its next requests so.
    fn answer_next(&mut self, answers: &[u16]);

    /// What the receiver was sent since the last call.
    fn take_deliveries(&mut self) -> Vec<Delivery>;
}

impl Exchange for Box<dyn Exchange> {
    fn renew(&mut self, variables: &[(String, String)]) -> Result<(), Failure> {
        (**self).renew(variables)
    }

    fn restart(&mut self) -> Result<(), Failure> {
        (**self).restart()
    }

    fn load(&mut self, stored: &Stored) -> Result<(), Failure> {
        (**self).load(stored)
    }

    fn send(&mut self, call: &Call) -> Result<Answer, Failure> {
        (**self).send(call)
    }

    fn send_together(&mut self, calls: &[Call]) -> Result<Vec<Answer>, Failure> {
        (**self).send_together(calls)
    }

    fn answer_next(&mut self, answers: &[u16]) {
        (**self).answer_next(answers);
    }

    fn take_deliveries(&mut self) -> Vec<Delivery> {
        (**self).take_deliveries()
    }
}

impl Call {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// With one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.body("application/json", body)
    }

    /// With a body of some type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.header("content-type", content_type)
    }
}

impl Answer {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.body)
            .map_err(|why| Failure::of(format_args!("{} {}", self.status, self.body), why))
    }
}
