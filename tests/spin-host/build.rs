//! Takes the WIT files of Spin's interfaces out of the `spin-sdk` crate that
//! `spin-app` is built with, and makes the host's bindings from them. They
//! are not copied into the repository, so they cannot fall behind.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The packages under `spin-sdk`'s `wit/deps` that the component imports.
const PACKAGES: [&str; 3] = ["spin-key-value@3.0.0", "spin-sqlite@3.1.0", "spin-variables@3.0.0"];

const WORLD: &str = "package tripline:spin-host;

world spin-host {
    import spin:key-value/key-value@3.0.0;
    import spin:sqlite/sqlite@3.1.0;
    import spin:variables/variables@3.0.0;
}
";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let wit = out.join("wit");
    let deps = wit.join("deps");
    let sdk = spin_sdk_folder();
    for package in PACKAGES {
        copy_folder(&sdk.join("wit/deps").join(package), &deps.join(package));
    }
    fs::write(wit.join("world.wit"), WORLD).expect("OUT_DIR can be written");
    // `bindgen!` wants its path as a literal.
    let path = wit.to_str().expect("OUT_DIR is text");
    let bindings = format!(
        "wasmtime::component::bindgen!({{
            path: {path:?},
            world: \"spin-host\",
            imports: {{ default: async | trappable }},
            with: {{
                \"spin:key-value/key-value.store\": crate::key_value::Store,
                \"spin:sqlite/sqlite.connection\": crate::sqlite::Connection,
            }},
        }});"
    );
    fs::write(out.join("bindings.rs"), bindings).expect("OUT_DIR can be written");
}

/// Where cargo unpacked the `spin-sdk` that the lock file names.
fn spin_sdk_folder() -> PathBuf {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let manifest = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "spin-sdk")
        .and_then(|package| package["manifest_path"].as_str())
        .expect("the workspace depends on spin-sdk");
    Path::new(manifest).parent().expect("a manifest lies in a folder").to_owned()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("OUT_DIR can be written");
    let entries = fs::read_dir(from)
        .unwrap_or_else(|error| panic!("{} of spin-sdk: {error}", from.display()));
    for entry in entries {
        let entry = entry.expect("the folder can be read");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("OUT_DIR can be written");
    }
}
