//! The Spin component in its host, through HTTP alone.
//!
//! - [`service`]: it answers, alerts and tells;
//! - [`parallel`]: requests at the same time lose nothing;
//! - [`restart`]: what a killed process had promised, the next one keeps.

mod parallel;
mod restart;
mod service;
mod support;
