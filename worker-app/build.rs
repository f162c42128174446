//! Keeps the section in which the linker says what features of wasm the module
//! uses: wasm-bindgen reads it, and stripping the names takes it off as well.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-cdylib=--keep-section=target_features");
}
