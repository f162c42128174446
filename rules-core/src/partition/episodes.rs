use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    Timestamp, Value,
    lifecycle::{Course, Stand},
};

/// Names an episode of a device: its class, and the first rule whose alert it is.
pub(super) type EpisodeKey = (u32, u32);

/// The pending and firing alerts of one device. Alerts of a class that began
/// together are one episode, however many rules they belong to.
#[derive(Debug, Default)]
pub(super) struct Episodes {
    open: BTreeMap<EpisodeKey, Episode>,
    /// When each of them moves on by its own timer (`for`, `keep_firing_for`).
    timers: BTreeSet<(Timestamp, EpisodeKey)>,
}

/// Pending or firing alerts that began together.
#[derive(Clone, Debug)]
pub(super) struct Episode {
    pub(super) stand: Stand,
    /// The compared quantity at the last judgement, of a condition that is no
    /// threshold; the value of one is kept once a quantity.
    pub(super) value: Option<Value>,
    /// Whose alerts, as ascending indexes of rules.
    pub(super) rules: Arc<[u32]>,
}

impl Episodes {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn insert(&mut self, class: u32, course: &Course, episode: Episode) {
        let Some(first) = episode.rules.first() else { return };
        let key = (class, *first);
        if let Some(timer) = course.timer(episode.stand) {
            self.timers.insert((timer, key));
        }
        self.open.insert(key, episode);
    }

    pub(super) fn remove(&mut self, key: EpisodeKey, course: &Course) -> Option<Episode> {
        let episode = self.open.remove(&key)?;
        if let Some(timer) = course.timer(episode.stand) {
            self.timers.remove(&(timer, key));
        }
        Some(episode)
    }

    /// Puts the episode where it stands now.
    pub(super) fn set_stand(&mut self, key: EpisodeKey, course: &Course, stand: Stand) {
        let Some(episode) = self.open.get_mut(&key) else { return };
        let before = course.timer(episode.stand);
        let now = course.timer(stand);
        episode.stand = stand;
        if before != now {
            if let Some(timer) = before {
                self.timers.remove(&(timer, key));
            }
            if let Some(timer) = now {
                self.timers.insert((timer, key));
            }
        }
    }

    pub(super) fn get(&self, key: EpisodeKey) -> Option<&Episode> {
        self.open.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: EpisodeKey) -> Option<&mut Episode> {
        self.open.get_mut(&key)
    }

    /// The first episode of `class` whose key lies after `after`.
    pub(super) fn next_of(
        &self,
        class: u32,
        after: Option<EpisodeKey>,
    ) -> Option<(EpisodeKey, &Episode)> {
        use core::ops::Bound::{Excluded, Included};
        if self.open.is_empty() {
            return None;
        }
        let from = after.map_or(Included((class, 0)), Excluded);
        let next = self.open.range((from, Included((class, u32::MAX)))).next();
        next.map(|(key, episode)| (*key, episode))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (EpisodeKey, &Episode)> {
        self.open.iter().map(|(key, episode)| (*key, episode))
    }

    /// When the first of them moves on by its own timer.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(timer, _)| *timer)
    }

    /// Those whose timers have run out at `at`, in the order of their times.
    pub(super) fn timed_out(&self, at: Timestamp) -> impl Iterator<Item = EpisodeKey> {
        self.timers.iter().take_while(move |(timer, _)| *timer <= at).map(|(_, key)| *key)
    }
}
