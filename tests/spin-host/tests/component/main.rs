//! The Spin component in its host, through HTTP alone.
//!
//! - [`contract`]: its stores, in a component of their own, do as their ports say;
//! - [`service`]: it answers, alerts and tells;
//! - [`manifest`]: `spin.toml` hands over what it asks for;
//! - [`parallel`]: requests at the same time lose nothing;
//! - [`restart`]: what a killed process had promised, the next one keeps.

mod contract;
mod manifest;
mod parallel;
mod restart;
mod service;
mod support;
