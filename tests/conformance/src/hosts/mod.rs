//! The hosts in processes of their own, and all hosts by name.

mod named;
pub use named::Named;
mod process;
pub use process::{Folder, Launch, ProcessExchange, Running};
