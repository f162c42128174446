//! JSON text, written and read byte for byte as `serde_json` does, in less code.

mod escape;
pub(crate) use escape::escaped;
mod read;
pub use read::{Fault, Piece, Reader};
mod write;
pub use write::{quote, to_text};

#[cfg(test)]
mod tests;
