//! Where things are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Files and programs that are measured with.
pub(crate) struct Places {
    /// The top of the working copy.
    pub(crate) root: PathBuf,
    /// Scripts for Node.
    pub(crate) scripts: PathBuf,
    /// A folder for what contenders read.
    pub(crate) scratch: PathBuf,
    /// The program that measures on hosts of wasm.
    pub(crate) hosts: PathBuf,
    /// The program that measures memory.
    pub(crate) memory: PathBuf,
    /// workerd, as it was installed for the Worker, and what it is told to run.
    pub(crate) workerd: PathBuf,
    pub(crate) workerd_configs: PathBuf,
    /// The host of the Spin component, and the component.
    pub(crate) spin_host: PathBuf,
    pub(crate) component: PathBuf,
    /// Where cargo builds.
    target: PathBuf,
    /// Node: the one that was installed for the Worker, else that of the machine.
    pub(crate) node: PathBuf,
}

impl Places {
    pub(crate) fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = env::current_exe().map_err(|why| why.to_string())?;
        let target = program.ancestors().nth(2).ok_or("started from where cargo built it")?;
        let scratch = target.join("benchmarks");
        fs::create_dir_all(&scratch).map_err(|why| format!("{}: {why}", scratch.display()))?;
        let installed = root.join("worker-app/node_modules/node/bin/node");
        let node = if installed.is_file() { installed } else { PathBuf::from("node") };
        Ok(Self {
            workerd: root.join("worker-app/node_modules/workerd/bin/workerd"),
            workerd_configs: root.join("benchmarks/workerd"),
            spin_host: target.join("hosts/spin-host"),
            component: target.join("wasm32-wasip2/wasm-fast/spin_app.wasm"),
            scripts: root.join("benchmarks/js"),
            root,
            scratch,
            memory: program.with_file_name("bench-memory"),
            hosts: target.join("hosts/bench-hosts"),
            target: target.to_owned(),
            node,
        })
    }

    /// Whether everything is there that hosts are started with.
    pub(crate) fn insist_on_hosts(&self) -> Result<(), String> {
        let worker = self.root.join("worker-app/build/index.js");
        let files = [&self.workerd, &self.spin_host, &self.component, &worker];
        match files.into_iter().find(|file| !file.is_file()) {
            Some(missing) => Err(format!("{} is not there", missing.display())),
            None => Ok(()),
        }
    }

    /// The engine as a module of its own, built with `profile`.
    pub(crate) fn module(&self, profile: &str) -> PathBuf {
        self.target.join("wasm32-unknown-unknown").join(profile).join("bench_module.wasm")
    }
}
