//! The HTTP API, the same on every host: a [`Request`] in, a [`Response`]
//! out. No socket and no clock is known here; a host binds [`App`] to both.

mod app;
pub use app::{App, Host};
mod message;
pub use message::{Request, Response};
