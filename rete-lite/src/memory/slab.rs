use alloc::vec::Vec;
use core::{fmt, marker::PhantomData, num::NonZeroU32};

/// Names a thing among those that live; used again after it has gone.
///
/// Counted from 1, so that an optional one is four bytes too. `M` only tells
/// names of different things apart.
pub(crate) struct Ref<M>(NonZeroU32, PhantomData<fn() -> M>);

/// Things that come and go; one that goes leaves its place to the next that comes.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T, M = T> {
    places: Vec<Option<T>>,
    free: Vec<Ref<M>>,
}

impl<M> Ref<M> {
    /// The name of what comes first into a slab.
    pub(crate) const FIRST: Self = Self(NonZeroU32::MIN, PhantomData);

    fn place(self) -> usize {
        usize::try_from(self.0.get()).map_or(usize::MAX, |number| number - 1)
    }
}

impl<T, M> Default for Slab<T, M> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T, M> Slab<T, M> {
    /// None if there are 2^32 already.
    pub(crate) fn insert(&mut self, thing: T) -> Option<Ref<M>> {
        if let Some(free) = self.free.pop() {
            *self.places.get_mut(free.place())? = Some(thing);
            return Some(free);
        }
        let number = NonZeroU32::MIN.checked_add(u32::try_from(self.places.len()).ok()?)?;
        if self.places.is_empty() {
            self.places.reserve_exact(1);
        }
        self.places.push(Some(thing));
        Some(Ref(number, PhantomData))
    }

    pub(crate) fn remove(&mut self, name: Ref<M>) -> Option<T> {
        let thing = self.places.get_mut(name.place())?.take()?;
        self.free.push(name);
        Some(thing)
    }

    #[inline]
    pub(crate) fn get(&self, name: Ref<M>) -> Option<&T> {
        self.places.get(name.place())?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, name: Ref<M>) -> Option<&mut T> {
        self.places.get_mut(name.place())?.as_mut()
    }

    /// How many live.
    pub(crate) fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }
}

// By hand, since a derive would ask the same of `M`.
impl<M> Clone for Ref<M> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M> Copy for Ref<M> {}
impl<M> PartialEq for Ref<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<M> Eq for Ref<M> {}
impl<M> fmt::Debug for Ref<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
