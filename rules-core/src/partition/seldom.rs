use alloc::{boxed::Box, vec::Vec};
use core::ops::{Deref, DerefMut};

use sorted::SortedMap;

use super::held::Held;

/// Something that most devices have nothing in: empty, it takes the room of a
/// pointer.
#[derive(Clone, Debug)]
pub(super) struct Seldom<T>(Option<Box<T>>);

/// What can be empty.
pub(super) trait Empty: Default + 'static {
    const EMPTY: &'static Self;

    fn has_nothing(&self) -> bool;
}

impl<K: 'static, V: 'static> Empty for SortedMap<K, V> {
    const EMPTY: &'static Self = &Self::new();

    fn has_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl<T: 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Self::new();

    fn has_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Empty for Held {
    const EMPTY: &'static Self = &Self::new();

    fn has_nothing(&self) -> bool {
        self.next_ts().is_none()
    }
}

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Empty> From<T> for Seldom<T> {
    fn from(content: T) -> Self {
        Self((!content.has_nothing()).then(|| Box::new(content)))
    }
}

impl<T: Empty> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Empty> DerefMut for Seldom<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}
