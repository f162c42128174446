use std::cell::Cell;

use rules_core::{Span, Timestamp};
use rules_service::{
    config::VirtualTime,
    ports::{Unavailable, WakeUps},
};
use wasm_bindgen::JsValue;
use worker::{ScheduledTime, Storage, js_sys};

/// How long after an alarm began another one comes if its work did not end.
///
/// The runtime gives an alarm up after six retries; this one is set before the
/// work, so there is always a next.
///
/// Source: <https://developers.cloudflare.com/durable-objects/api/alarms>.
const SECOND_CHANCE: Span = Span::from_secs(30);

/// The alarm of an object: the wake-up of its one scope.
#[derive(Debug)]
pub(crate) struct Alarm {
    storage: Storage,
    time: VirtualTime,
    set_to: Cell<SetTo>,
    /// How many times it was set.
    times_set: Cell<u64>,
}

/// What an alarm was last set to, to save the write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SetTo {
    /// Not known: the object was just woken, or it is being set.
    Unknown,
    /// It rings then, or not at all.
    Time(Option<Timestamp>),
}

impl Alarm {
    /// The alarm of the object with `storage`; on virtual time it never rings.
    pub(crate) fn new(storage: Storage, time: VirtualTime) -> Self {
        Self { storage, time, set_to: Cell::new(SetTo::Unknown), times_set: Cell::new(0) }
    }

    /// It rang at `now`: sets the next one before anything can go wrong.
    pub(crate) async fn rang(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.set_to.set(SetTo::Unknown);
        self.set(Some(now.plus(SECOND_CHANCE))).await
    }

    async fn set(&self, at: Option<Timestamp>) -> Result<(), Unavailable> {
        if self.time == VirtualTime::Header || self.set_to.get() == SetTo::Time(at) {
            return Ok(());
        }
        // Not known while it is being set, nor if another request set it meanwhile.
        let times_set = self.times_set.get().wrapping_add(1);
        self.times_set.set(times_set);
        self.set_to.set(SetTo::Unknown);
        let set = match at {
            Some(at) => {
                let millis = JsValue::from_f64(at.as_millis() as f64);
                self.storage.set_alarm(ScheduledTime::new(js_sys::Date::new(&millis))).await
            }
            None => self.storage.delete_alarm().await,
        };
        set.map_err(|error| Unavailable(format!("the object's alarm: {error}")))?;
        if self.times_set.get() == times_set {
            self.set_to.set(SetTo::Time(at));
        }
        Ok(())
    }
}

impl WakeUps for Alarm {
    async fn wake_at(&self, _scope: &str, at: Option<Timestamp>) -> Result<(), Unavailable> {
        self.set(at).await
    }
}
