//! How the hosts are started.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

use serde_json::Value;

use super::server::{CLOCK_SKEW, Server, TOKEN};
use crate::places::Places;

/// Partitions of the Worker, as in `wrangler.toml`.
pub(super) const SHARDS: &str = "4";

/// A folder in memory, where there is one, which goes when this is dropped.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Result<Self, String> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
        let path = parent.join(format!("tripline-bench-{}-{name}", process::id()));
        fs::create_dir_all(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The Worker that does nothing, in workerd.
pub(super) fn hello(places: &Places) -> Result<Server, String> {
    Server::start(workerd(places).arg(places.workerd_configs.join("hello.capnp")), port)
}

/// The Worker in workerd, with its state in `folder`.
pub(super) fn worker(places: &Places, folder: &Folder) -> Result<Server, String> {
    let mut command = workerd(places);
    command
        .arg(format!("--directory-path=state={}", folder.0.display()))
        .arg(places.workerd_configs.join("tripline.capnp"))
        .env("SHARDS", SHARDS)
        .env("ADMIN_TOKEN", TOKEN)
        .env("CLOCK_SKEW", CLOCK_SKEW);
    Server::start(&mut command, port)
}

/// What workerd calls itself.
pub(super) fn version(places: &Places) -> Result<String, String> {
    let output = Command::new(&places.workerd).arg("--version").output();
    let output = output.map_err(|why| format!("{}: {why}", places.workerd.display()))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn workerd(places: &Places) -> Command {
    let mut command = Command::new(&places.workerd);
    // What a client that goes away leaves in the log is not looked at.
    command.args(["serve", "--control-fd=1"]).stderr(Stdio::null());
    command
}

fn port(said: &Value) -> Option<String> {
    Some(format!("http://127.0.0.1:{}", said["port"].as_u64()?))
}

/// The Spin component in its test host. An instance takes so many requests, or as many as with Spin.
pub(super) fn spin(places: &Places, requests: Option<usize>) -> Result<Server, String> {
    let mut command = Command::new(&places.spin_host);
    command
        .arg("--component")
        .arg(&places.component)
        .arg("--precompiled")
        .arg(places.scratch.join("spin_app.cwasm"))
        .args(["--variable", &format!("admin_token={TOKEN}")])
        .args(["--variable", &format!("clock_skew={CLOCK_SKEW}")]);
    if let Some(requests) = requests {
        command.args(["--requests-per-instance", &requests.to_string()]);
    }
    Server::start(&mut command, |said| said["url"].as_str().map(str::to_owned))
}
