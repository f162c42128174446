use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
};

use mqtt_bridge::{
    config::Config,
    drive::{self, Summary},
    notice::Notice,
};
use tokio::{runtime, sync::oneshot};

use crate::wait::eventually;

/// A running bridge.
pub struct Bridge {
    stop: Option<oneshot::Sender<End>>,
    thread: Option<JoinHandle<Option<Summary>>>,
    subscribed: Arc<AtomicU32>,
}

/// How a bridge ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// It sends what it has.
    Orderly,
    /// At once, whatever it was about to do.
    Crash,
}

impl Bridge {
    /// Starts one between the broker on `port` and the service at `url`, and
    /// waits until it hears.
    ///
    /// # Panics
    /// Its configuration is wrong, or it does not get to hear.
    #[must_use]
    pub fn start(port: u16, url: &str, token: &str) -> Self {
        let file = format!(
            "[broker]\nurl = \"mqtt://127.0.0.1:{port}\"\n\
             [service]\nurl = \"{url}\"\n\
             [[topics]]\nfilter = \"sensors/+/telemetry\"\ndevice = \"{{1}}\"\n"
        );
        let secret = |name: &str| (name == "TRIPLINE_TOKEN").then(|| token.to_owned());
        let config = Config::read(&file, secret, 1).expect("the configuration");
        let subscribed = Arc::new(AtomicU32::new(0));
        let heard = Arc::clone(&subscribed);
        let (stop, told) = oneshot::channel();
        let thread = thread::spawn(move || {
            let tell = move |notice: &Notice, _| {
                eprintln!("bridge: {notice}");
                if matches!(notice, Notice::Subscribed { .. }) {
                    heard.fetch_add(1, Ordering::Relaxed);
                }
            };
            run(config, told, tell)
        });
        let bridge = Self { stop: Some(stop), thread: Some(thread), subscribed };
        bridge.hears(1);
        bridge
    }

    /// Waits until it has subscribed `times` times.
    ///
    /// # Panics
    /// It does not.
    pub fn hears(&self, times: u32) {
        let subscribed = || self.subscribed.load(Ordering::Relaxed);
        eventually("the bridge subscribes", || (subscribed() >= times).then_some(()));
    }

    /// Has it send what it has, and end.
    ///
    /// # Panics
    /// It ended in another way.
    #[must_use]
    pub fn stop(mut self) -> Summary {
        self.end(End::Orderly).expect("the bridge's summary")
    }

    /// Ends it as a power cut would.
    pub fn crash(mut self) {
        self.end(End::Crash);
    }

    fn end(&mut self, end: End) -> Option<Summary> {
        let _ = self.stop.take().map(|stop| stop.send(end));
        self.thread.take().and_then(|thread| thread.join().ok()).flatten()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.end(End::Crash);
    }
}

fn run(
    config: Config,
    told: oneshot::Receiver<End>,
    tell: impl FnMut(&Notice, mqtt_bridge::Moment),
) -> Option<Summary> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (stop, stopped) = oneshot::channel();
    let crash = async move {
        match told.await {
            Ok(End::Orderly) => {
                let _ = stop.send(());
                std::future::pending::<()>().await;
            }
            Ok(End::Crash) | Err(_) => (),
        }
    };
    let bridge = drive::run(config, async move { drop(stopped.await) }, tell);
    let summary = runtime.block_on(async {
        tokio::select! {
            summary = bridge => Some(summary.expect("a bridge that starts")),
            () = crash => None,
        }
    });
    // A request under way must not hold up the crash.
    runtime.shutdown_background();
    summary
}
