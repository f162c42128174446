//! The component: compiled once, instantiated often.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use wasmtime::{
    Config, Engine, Result, Store,
    component::{Component, Linker},
    error::Context as _,
};
use wasmtime_wasi_http::p3::bindings::{Service, ServicePre};

use crate::{
    bindings::SpinHost,
    guest::{Guest, Spin},
};

/// A component with everything it imports.
pub struct Runnable {
    engine: Engine,
    pre: ServicePre<Guest>,
    /// How long it took to compile or to load.
    pub ready_after: Duration,
}

impl Runnable {
    /// Compiles the component at `path`, or loads what an earlier call compiled into `precompiled`.
    ///
    /// # Errors
    /// The file is no component, or imports what this host does not have.
    pub fn load(path: &Path, precompiled: Option<PathBuf>) -> Result<Self> {
        let start = Instant::now();
        let mut config = Config::new();
        config.wasm_component_model_async(true);
        let engine = Engine::new(&config)?;
        let component = component(&engine, path, precompiled)?;
        let mut linker = Linker::new(&engine);
        // Rust's standard library imports WASI 0.2, spin-sdk WASI 0.3.
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        SpinHost::add_to_linker::<_, Spin>(&mut linker, Guest::spin)?;
        let pre = ServicePre::new(linker.instantiate_pre(&component)?)?;
        Ok(Self { engine, pre, ready_after: start.elapsed() })
    }

    /// A fresh instance.
    pub(crate) async fn instantiate(&self, guest: Guest) -> Result<(Store<Guest>, Service)> {
        let mut store = Store::new(&self.engine, guest);
        let service = self.pre.instantiate_async(&mut store).await?;
        Ok((store, service))
    }
}

fn component(engine: &Engine, path: &Path, precompiled: Option<PathBuf>) -> Result<Component> {
    let Some(precompiled) = precompiled else {
        return Component::from_file(engine, path);
    };
    if is_newer(&precompiled, path)
        && let Some(component) = load_precompiled(engine, &precompiled)
    {
        return Ok(component);
    }
    let component = Component::from_file(engine, path)?;
    // Another process may read the file meanwhile: it gets the old one or the new one.
    let unfinished = precompiled.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&unfinished, component.serialize()?)
        .and_then(|()| fs::rename(&unfinished, &precompiled))
        .with_context(|| format!("writing {}", precompiled.display()))?;
    Ok(component)
}

fn is_newer(precompiled: &Path, component: &Path) -> bool {
    let modified = |path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    modified(precompiled) > modified(component)
}

#[allow(unsafe_code, reason = "wasmtime cannot check machine code, only who compiled it")]
fn load_precompiled(engine: &Engine, path: &Path) -> Option<Component> {
    // SAFETY: the file was written by `component` above; wasmtime refuses it if
    // another version or configuration wrote it. Who can change files in the
    // build folder can also change this program.
    unsafe { Component::deserialize_file(engine, path) }.ok()
}
