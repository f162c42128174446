use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::{application::State, outgoing::LoopbackOnly};

/// What belongs to one instance of the component.
pub(crate) struct Guest {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: LoopbackOnly,
    table: ResourceTable,
    state: Arc<State>,
}

impl Guest {
    /// An instance of the application that `state` belongs to. Its standard
    /// error is this process's, so that a panic is seen.
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self {
            wasi: WasiCtxBuilder::new().inherit_stderr().build(),
            http: WasiHttpCtx::new(),
            outgoing: LoopbackOnly,
            table: ResourceTable::new(),
            state,
        }
    }

    /// What Spin's interfaces work on.
    pub(crate) fn spin(&mut self) -> SpinView<'_> {
        SpinView { table: &mut self.table, state: &self.state }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Guest {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outgoing }
    }
}

/// A view of a [`Guest`] for Spin's interfaces.
pub(crate) struct SpinView<'a> {
    /// Open connections and stores.
    pub(crate) table: &'a mut ResourceTable,
    /// The application's state.
    pub(crate) state: &'a Arc<State>,
}

/// Names [`SpinView`] where wasmtime wants a type without a lifetime.
pub(crate) struct Spin;

impl HasData for Spin {
    type Data<'a> = SpinView<'a>;
}
