//! The HTTP API, the same on every host: a [`Request`] in, a [`Response`]
//! out. No socket and no clock is known here; a host binds [`App`] to both.
//!
//! A request is *admitted* first ([`route`], [`token`], limits, clock), then
//! answered by its route. Whatever goes wrong is a [`Problem`](problem::Problem).
//! Routes, limits and codes are described in `docs/http-api.md`.

mod alerts;
mod app;
pub use app::{App, Host};
mod devices;
mod message;
pub use message::{Request, Response};
mod operate;
pub use operate::misconfigured;
mod problem;
mod query;
mod readings;
pub use readings::Ingested;
mod route;
mod rules;
mod shards;
mod token;

#[cfg(test)]
mod tests;
