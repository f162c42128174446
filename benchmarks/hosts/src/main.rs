//! The engine as wasm under wasmtime: a contender of `benchmarks`, by its protocol.
//!
//! - [`module`]: the engine as a module.

mod module;

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["module", file, devices, rules, window] => module::serve(file, [devices, rules, window]),
        _ => Err("bench-hosts module FILE DEVICES RULES WINDOW_MS".to_owned()),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench-hosts: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}
