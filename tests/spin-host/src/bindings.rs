//! What [`bindgen!`](wasmtime::component::bindgen) makes of Spin's WIT files; see `build.rs`.
#![allow(missing_docs, clippy::pedantic, unreachable_pub, reason = "generated code")]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
