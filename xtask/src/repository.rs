//! Where things are.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use tinyjson::JsonValue;

use crate::Failure;

/// The folders that steps work in.
#[derive(Clone)]
pub(crate) struct Repository {
    /// The top of the working copy.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// Where cargo-installed tools live, shared by all working copies of a user.
    pub(crate) tools: PathBuf,
}

impl Repository {
    pub(crate) fn find() -> Result<Self, Failure> {
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let Some(root) = here.parent().map(Path::to_path_buf) else {
            return Err(Failure::Message("start it as `cargo xtask`".to_owned()));
        };
        let target = target_directory(&root)?;
        let Some(home) = cargo_home() else {
            return Err(Failure::Message("neither CARGO_HOME nor HOME is set".to_owned()));
        };
        Ok(Self { target, tools: home.join("tripline-tools"), root })
    }

    /// A file or folder by its path below the top.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// An executable that a set-up step installed with cargo.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.tools.join("bin").join(name)
    }

    /// Where a step's output goes.
    pub(crate) fn log(&self, step: &str) -> PathBuf {
        self.target.join("xtask").join(format!("{step}.log"))
    }
}

fn cargo_home() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("CARGO_HOME").or_else(|| set("HOME").map(|home| home.join(".cargo")))
}

/// As cargo sees it: it may be set by the environment or a configuration file.
fn target_directory(root: &Path) -> Result<PathBuf, Failure> {
    let output = Command::new(cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    let metadata: Option<JsonValue> = String::from_utf8_lossy(&output.stdout).parse().ok();
    let metadata: Option<&HashMap<String, JsonValue>> = metadata.as_ref().and_then(JsonValue::get);
    match metadata.and_then(|fields| fields.get("target_directory")) {
        Some(JsonValue::String(path)) => Ok(PathBuf::from(path)),
        _ => Err(Failure::Message(format!(
            "`cargo metadata` does not say where it builds:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

/// The cargo that runs us.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
