//! The condition language: text → typed tree → value.
//!
//! CEL's operators, precedence and literals, plus duration literals and
//! aggregates over windows. What the grammar names but the engine cannot do
//! is refused by name when a rule is read, never half-done.

mod ast;
pub use ast::{Aggregate, BinaryOp, Expr, Frame, Type, UnaryOp, WindowCall};
mod eval;
pub use eval::{Facts, evaluate};
mod lexer;
mod parser;
pub use parser::{ParseError, parse};
mod print;
