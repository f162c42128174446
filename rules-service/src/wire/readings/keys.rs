//! The keys of a body's objects: what each means, and which comes next.
//!
//! Devices send the same keys again and again in the same order. So a key that
//! was taken apart is kept with all that stands around it, `,"temp":` say, and
//! from then on the text is compared with that at once.

/// Most keys that are kept: behind one that is not followed by the same as
/// last time, all of them are looked at.
const KEYS_MAX: usize = 128;

/// The place of a key that is not kept.
const NOT_KEPT: u32 = u32::MAX;

/// What stands behind a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Role {
    /// The reading itself, which has no key.
    Reading,
    Device,
    DeviceId,
    Ts,
    Id,
    /// `values`, which makes a reading canonical if it is an object.
    Values,
    /// `payload`, which has the values if it is an object.
    Payload,
    /// `ts` in that.
    InnerTs,
    Tags,
    /// A text in `tags`.
    Tag,
    /// Anything else.
    Value,
}

impl Role {
    /// Of the key `name` in an object that has the role `object`.
    pub(super) fn of(object: Self, name: &str) -> Self {
        match (object, name) {
            (Self::Reading, "device") => Self::Device,
            (Self::Reading, "deviceId") => Self::DeviceId,
            (Self::Reading, "ts") => Self::Ts,
            (Self::Reading, "id") => Self::Id,
            (Self::Reading, "values") => Self::Values,
            (Self::Reading, "payload") => Self::Payload,
            (Self::Reading, "tags") => Self::Tags,
            (Self::Payload, "ts") => Self::InnerTs,
            (Self::Tags, _) => Self::Tag,
            _ => Self::Value,
        }
    }
}

/// Where keys with the same text are the same: in an object, before or behind
/// its first key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place(u32);

impl Place {
    /// Where no key is kept.
    pub(super) const NOWHERE: Self = Self(NOT_KEPT - 1);
    /// At the beginning of a reading.
    pub(super) const START: Self = Self(0);
    /// That of no key.
    const NONE: Self = Self(NOT_KEPT - 2);

    /// At the beginning of the object behind the key at `at`.
    pub(super) fn behind(at: u32) -> Self {
        Self(at.saturating_mul(2) & !1)
    }

    pub(super) fn is_first(self) -> bool {
        self.0 & 1 == 0
    }

    /// In the same object behind its first key.
    #[inline]
    pub(super) fn further(self) -> Self {
        Self(self.0 | 1)
    }
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    place: Place,
    /// From behind what stands before the key to its value.
    text: &'a [u8],
    /// The first eight bytes of that, behind its end zeros.
    first: u64,
    /// The bits of these that belong to it.
    mask: u64,
    pub(super) name: &'a str,
    pub(super) role: Role,
    /// The number of the value's name in the batch, if that is known.
    pub(super) number: Option<u32>,
    /// The key that came next last time.
    next: u32,
}

impl<'a> Key<'a> {
    pub(super) fn new(place: Place, text: &'a [u8], name: &'a str, role: Role) -> Self {
        let first = text.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let mask = text.iter().take(8).fold(0, |mask, _| mask << 8 | 0xff);
        Self { place, text, first, mask, name, role, number: None, next: NOT_KEPT }
    }

    /// What comes behind this key, if `rest` begins with it.
    #[inline]
    fn behind<'r>(&self, rest: &'r [u8]) -> Option<&'r [u8]> {
        let first = u64::from_le_bytes(*rest.first_chunk()?);
        if (first ^ self.first) & self.mask != 0 {
            return None;
        }
        let (text, behind) = rest.split_at_checked(self.text.len())?;
        // The last eight bytes may overlap those before.
        let is_it = self.text.last_chunk::<8>() == text.last_chunk::<8>()
            && (text.len() <= 16 || is_same(text, self.text));
        is_it.then_some(behind)
    }
}

/// Whether two texts of the same length, whose ends are the same, are equal.
fn is_same(text: &[u8], other: &[u8]) -> bool {
    let (words, others) = (text.as_chunks::<8>().0, other.as_chunks::<8>().0);
    words.iter().zip(others).all(|(word, other)| word == other)
}

/// The keys of a body.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    /// The first stands for the beginning of a reading; empty, if none will be kept.
    kept: Vec<Key<'a>>,
    /// The last one that is not kept.
    other: Key<'a>,
    /// The one that was read last.
    last: u32,
    /// The one that comes next if all is as it was.
    next: u32,
}

impl<'a> Keys<'a> {
    /// Those of one reading.
    pub(super) fn of_one() -> Self {
        let other = Key::new(Place::NONE, &[], "", Role::Reading);
        Self { kept: Vec::new(), other, last: NOT_KEPT, next: NOT_KEPT }
    }

    /// Those of many.
    pub(super) fn of_many() -> Self {
        let mut keys = Self::of_one();
        keys.forget();
        keys
    }

    /// Forgets all keys: the numbers of their names are no longer true.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
        self.kept.push(Key::new(Place::NONE, &[], "", Role::Reading));
    }

    /// Goes to the beginning of a reading.
    #[inline]
    pub(super) fn restart(&mut self) {
        self.last = 0;
        self.next = self.get(0).next;
    }

    /// The key with which `rest` begins and what is behind it, if it is the
    /// one that came here last time.
    #[inline]
    pub(super) fn expected<'r>(
        &mut self,
        place: Place,
        rest: &'r [u8],
    ) -> Option<(&Key<'a>, &'r [u8])> {
        let key = self.kept.get(self.next as usize)?;
        if key.place != place {
            return None;
        }
        let behind = key.behind(rest)?;
        (self.last, self.next) = (self.next, key.next);
        Some((key, behind))
    }

    /// The same for any other key that is kept.
    pub(super) fn find(&mut self, place: Place, rest: &[u8]) -> Option<u32> {
        let is_it = |key: &Key<'_>| key.place == place && key.behind(rest).is_some();
        let found = self.kept.iter().position(is_it)?;
        self.follow(found);
        self.expected(place, rest)?;
        Some(self.last)
    }

    /// Adds a key behind the last one; where.
    pub(super) fn add(&mut self, key: Key<'a>) -> u32 {
        let at = self.kept.len();
        let is_odd = key.place.further() == Place::NOWHERE.further() || key.text.contains(&b'\n');
        if is_odd || !(1..KEYS_MAX).contains(&at) {
            self.other = Key { place: Place::NONE, ..key };
            (self.last, self.next) = (NOT_KEPT, NOT_KEPT);
            return NOT_KEPT;
        }
        self.follow(at);
        self.kept.push(key);
        self.last = std::mem::replace(&mut self.next, NOT_KEPT);
        self.last
    }

    /// Notes the number that the name of the key at `at` has in the batch.
    pub(super) fn set_number(&mut self, at: u32, number: u32) {
        if let Some(key) = self.kept.get_mut(at as usize) {
            key.number = Some(number);
        }
    }

    /// The place of the key that was read last.
    #[inline]
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// The key at `at`.
    #[inline]
    pub(super) fn get(&self, at: u32) -> &Key<'a> {
        self.kept.get(at as usize).unwrap_or(&self.other)
    }

    /// Notes what comes behind the key that was read last.
    fn follow(&mut self, next: usize) {
        self.next = u32::try_from(next).unwrap_or(NOT_KEPT);
        if let Some(last) = self.kept.get_mut(self.last as usize) {
            last.next = self.next;
        }
    }
}
