//! The parts of a whole installation, each real, on 127.0.0.1: Mosquitto, the
//! bridge, the Worker in workerd, and somebody who is told.
//!
//! Whatever starts a process ends it when it is dropped, also when a test
//! fails; and a process ends by itself when the test that started it is gone.
//! Nothing waits without a limit. A part that is not installed fails the test
//! and says what to do.

mod bridge;
mod broker;
mod publisher;
mod receiver;
mod relay;
mod scratch;
mod wait;
mod worker;

pub use bridge::Bridge;
pub use broker::Mosquitto;
pub use publisher::Publisher;
pub use receiver::Receiver;
pub use relay::Relay;
pub use scratch::Scratch;
pub use wait::{PATIENCE, eventually};
pub use worker::Worker;
