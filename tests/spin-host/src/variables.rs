use wasmtime::component::Accessor;

use crate::{
    bindings::spin::variables::variables::{Error, Host, HostWithStore},
    guest::{Spin, SpinView},
};

impl<T: 'static> HostWithStore<T> for Spin {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        let value = accessor.with(|mut access| access.get().state.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| Error::Undefined(format!("no variable {name:?}"))))
    }
}

impl Host for SpinView<'_> {}
