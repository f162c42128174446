use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::time::{Sleep, sleep};
use wasmtime::{Result, Store, StoreContextMut, component::GuestTaskId};
use wasmtime_wasi_http::{
    WasiHttpView,
    handler::{
        HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
    },
};

use crate::{application::State, component::Runnable, guest::Guest};

/// Requests that one instance serves before another takes its place; Spin's default.
pub(crate) const REQUESTS_PER_INSTANCE: usize = 128;
/// Requests that one instance serves at a time; Spin's default.
const REQUESTS_AT_A_TIME: usize = 16;
/// How long an instance waits for its next request; Spin's default.
const IDLE: Duration = Duration::from_secs(1);
/// How long a request may take; Spin sets no limit, a test wants one.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Makes an application's instances.
pub(crate) struct Instances {
    pub(crate) component: Arc<Runnable>,
    pub(crate) state: Arc<State>,
}

impl HandlerState for Instances {
    type StoreData = Guest;
    type WorkerExpiration = Expiration;
    type WorkerState = Reuse;

    async fn instantiate(&self) -> Result<Instance<Guest, Expiration, Reuse>> {
        let guest = Guest::new(Arc::clone(&self.state));
        let (store, service) = self.component.instantiate(guest).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: Guest::http,
            expiration: Expiration(Box::pin(sleep(IDLE))),
            state: Reuse(Arc::clone(&self.state)),
        })
    }
}

/// Says how many requests an instance takes.
pub(crate) struct Reuse(Arc<State>);

impl WorkerState for Reuse {
    type StoreData = Guest;
    type RequestData = ();

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        if total_count >= self.0.requests_per_instance {
            ShouldAccept::Never
        } else if concurrent_count >= REQUESTS_AT_A_TIME {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _store: StoreContextMut<'_, Guest>,
        (): (),
        _task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(sleep(REQUEST_TIMEOUT))
    }

    fn drop(&self, _store: Store<Guest>, result: Result<()>) {
        // Instances that are cut off because the application ends are no failure.
        if let Err(error) = result
            && !self.0.is_closed()
        {
            eprintln!("an instance failed: {error:?}");
        }
    }
}

/// Says when an instance is given up.
pub(crate) struct Expiration(Pin<Box<Sleep>>);

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        let timeout = match status {
            WorkerStatus::Idle => IDLE,
            WorkerStatus::Requests | WorkerStatus::PostReturn => REQUEST_TIMEOUT,
        };
        let deadline = (start + timeout).into();
        if self.0.deadline() != deadline {
            self.0.as_mut().reset(deadline);
        }
        self.0.as_mut().poll(context)
    }
}
