use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use scenario::{
    host::{Failure, Host},
    hosts::{CoreHost, Exchange, MemoryExchange, ServiceHost},
};

use super::{Launch, ProcessExchange, Running};
use crate::repository;

/// A host that tests can run on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Named {
    /// The machines alone.
    Core,
    /// The service in memory.
    Memory,
    /// The Worker in workerd; it has to be built.
    Worker,
    /// The Spin component in wasmtime; it has to be built.
    Spin,
}

impl Named {
    /// The hosts that the variable `TRIPLINE_HOSTS` names, separated by
    /// commas; if it is not set, those that need no build of their own.
    ///
    /// # Panics
    /// It names something else: a typing error must not pass as success.
    #[must_use]
    pub fn chosen() -> Vec<Self> {
        let Ok(list) = env::var("TRIPLINE_HOSTS") else { return vec![Self::Core, Self::Memory] };
        let all = [Self::Core, Self::Memory, Self::Worker, Self::Spin];
        let find = |name: &str| all.into_iter().find(|host| host.as_str() == name);
        let hosts = list.split(',').map(|name| find(name.trim()));
        hosts.collect::<Option<_>>().unwrap_or_else(|| {
            panic!("TRIPLINE_HOSTS={list}: some of core,memory,worker,spin are wanted")
        })
    }

    /// Its name in the variable and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Memory => "memory",
            Self::Worker => "worker",
            Self::Spin => "spin",
        }
    }

    /// Starts it for scenarios.
    ///
    /// # Errors
    /// It does not start.
    pub fn host(self) -> Result<Box<dyn Host>, Failure> {
        Ok(match self.exchange()? {
            Some(exchange) => Box::new(ServiceHost::new(exchange)),
            None => Box::new(CoreHost::default()),
        })
    }

    /// Starts it for tests of its HTTP API; `None` if it has none.
    ///
    /// # Errors
    /// It does not start.
    pub fn exchange(self) -> Result<Option<Box<dyn Exchange>>, Failure> {
        Ok(match self {
            Self::Core => None,
            Self::Memory => Some(Box::new(MemoryExchange::default())),
            Self::Worker => Some(Box::new(ProcessExchange::start(worker())?)),
            Self::Spin => Some(Box::new(ProcessExchange::start(spin())?)),
        })
    }
}

/// Spells variables in capitals, as Workers' are.
fn worker() -> Launch {
    let app = repository().join("worker-app");
    let node = app.join("node_modules/node/bin/node");
    let mut command =
        Command::new(if node.exists() { node.into() } else { OsString::from("node") });
    command.arg(app.join("test/host.mjs"));
    let renewal = |variables: &[(String, String)], _: &Path| {
        let capitals = variables.iter().map(|(name, value)| (name.to_uppercase(), value.as_str()));
        format!("new {}", serde_json::json!(capitals.collect::<BTreeMap<_, _>>()))
    };
    Launch { command, renewal, restart: |_| vec!["restart".to_owned()] }
}

/// A component has no state but its stores, so another application on the
/// same stores is a restart.
fn spin() -> Launch {
    let mut command = Command::new(built(&format!("debug/spin-host{}", env::consts::EXE_SUFFIX)));
    command.arg("--component").arg(built("wasm32-wasip2/wasm-fast/spin_app.wasm"));
    let restart = |running: &Running| {
        let Running { url, variables, folder } = running;
        vec![format!("close {url}"), new_application(variables, &folder.0)]
    };
    Launch { command, renewal: new_application, restart }
}

fn new_application(variables: &[(String, String)], state: &Path) -> String {
    let words = variables.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("new --state {}{}", state.display(), words.collect::<String>())
}

/// What cargo built, by its path below the folder for what it builds: the
/// executable of this test lies in `<profile>/deps` there.
fn built(path: &str) -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    here.ancestors().nth(3).unwrap_or(Path::new("")).join(path)
}
