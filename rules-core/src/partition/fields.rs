use alloc::{
    collections::{BTreeSet, VecDeque},
    string::String,
    sync::Arc,
    vec::Vec,
};

use super::{
    dedup::digest_of_value,
    plan::{NO_ROUTE, Selection, at, number},
    stored::LastKnown,
};
use crate::{
    Batch, ReadingRef, Timestamp, Value, ValueRef,
    hash::{hash_64, same_text},
};

/// The last known values of a device, in the order in which their names were
/// first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    shape: Arc<Shape>,
    /// One for each name of the shape.
    values: Vec<Known>,
}

/// A last known value.
#[derive(Clone, Debug)]
struct Known {
    value: Value,
    ts: Timestamp,
}

/// What devices that send the same values have in common.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shape {
    names: Vec<Arc<str>>,
    /// Of each name, what a value of it touches in the devices' selection.
    routes: Vec<u32>,
    /// The other way round: of each route the place of its name, one more.
    places: Vec<u32>,
}

/// The last known value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) name: &'a Arc<str>,
    pub(super) value: &'a Value,
    pub(super) ts: Timestamp,
}

/// Where the values of a reading belong: devices send the same names in the
/// same order again and again, so what is found for one reading mostly holds
/// for the next.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    /// None before the first reading, and where names have other numbers now.
    shape: Option<Arc<Shape>>,
    /// Of each value.
    values: Vec<Belonging>,
}

/// Where a value of a pattern belongs.
#[derive(Clone, Copy, Debug)]
struct Belonging {
    /// The number of its name in the batch.
    name: u32,
    /// Its place in the shape.
    place: u32,
    /// Of the name.
    hash: u64,
}

impl Pattern {
    /// Forgets what it is.
    pub(super) fn forget(&mut self) {
        self.shape = None;
    }

    fn fits(&self, shape: &Arc<Shape>, reading: ReadingRef<'_>) -> bool {
        let numbers = self.values.iter().map(|value| value.name);
        self.shape.as_ref().is_some_and(|known| Arc::ptr_eq(known, shape))
            && reading.name_numbers().eq(numbers)
    }

    /// What each value touches.
    pub(super) fn routes(&self) -> impl Iterator<Item = u32> {
        let values = self.values.iter();
        values.filter_map(|value| at(&self.shape.as_ref()?.routes, value.place).copied())
    }
}

/// A name in a batch.
#[derive(Debug)]
pub(super) struct BatchName {
    pub(super) text: Arc<str>,
    /// Of the text; stored digests of readings are made of it.
    pub(super) hash: u64,
}

/// The names of values that the devices of a partition send, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: BTreeSet<Arc<str>>,
    /// Shapes that were made last.
    shapes: VecDeque<Arc<Shape>>,
}

/// Among how many shapes a device that sends another value looks for its own:
/// most send the same.
const SHAPES_MAX: usize = 32;

impl Names {
    /// Fills `list` with the names of a batch, by their numbers. Whether it
    /// was filled with the same before.
    #[must_use]
    pub(super) fn of_batch(&mut self, batch: &Batch, list: &mut Vec<BatchName>) -> bool {
        let mut is_same = batch.names().len() == list.len();
        list.truncate(batch.names().len());
        for (place, name) in batch.names().enumerate() {
            let known = list.get_mut(place);
            if known.as_ref().is_some_and(|known| same_text(&known.text, name)) {
                continue;
            }
            is_same = false;
            let new = BatchName { text: self.get(name), hash: hash_64(1, name.as_bytes()) };
            match known {
                Some(known) => *known = new,
                None => list.push(new),
            }
        }
        is_same
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.all.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(name);
        self.all.insert(Arc::clone(&new));
        new
    }

    /// The shape of these names and their routes.
    fn shape(&mut self, names: Vec<Arc<str>>, routes: Vec<u32>) -> Arc<Shape> {
        let mut new = Shape { names, routes, places: Vec::new() };
        for (route, place) in new.routes.iter().zip(1..).filter(|(route, _)| **route != NO_ROUTE) {
            let route = *route as usize;
            if new.places.len() <= route {
                new.places.resize(route + 1, 0);
            }
            new.places.get_mut(route).into_iter().for_each(|it| *it = place);
        }
        if let Some(known) = self.shapes.iter().find(|known| ***known == new) {
            return Arc::clone(known);
        }
        if self.shapes.len() == SHAPES_MAX {
            self.shapes.pop_front();
        }
        let new = Arc::new(new);
        self.shapes.push_back(Arc::clone(&new));
        new
    }
}

impl Fields {
    /// Makes `pattern` that of `reading`, whose names are `batch`: names that
    /// were not known before have no value yet. Whether it was that already.
    pub(super) fn follow(
        &mut self,
        pattern: &mut Pattern,
        reading: ReadingRef<'_>,
        batch: &[BatchName],
        selection: &Selection,
        names: &mut Names,
    ) -> bool {
        if pattern.fits(&self.shape, reading) {
            return true;
        }
        let known = &self.shape.names;
        let (mut new, mut guess) = (Vec::new(), 0);
        pattern.values.clear();
        for name in reading.name_numbers() {
            let Some(BatchName { text, hash }) = at(batch, name) else { continue };
            let place = match known.get(guess) {
                Some(field) if Arc::ptr_eq(field, text) => Some(guess),
                _ => known.iter().position(|field| Arc::ptr_eq(field, text)),
            };
            let place = place.unwrap_or_else(|| {
                new.push(Arc::clone(text));
                known.len() + new.len() - 1
            });
            pattern.values.push(Belonging { name, place: number(place), hash: *hash });
            guess = place + 1;
        }
        if !new.is_empty() {
            let (mut all, mut routes) = (known.clone(), self.shape.routes.clone());
            routes.extend(new.iter().map(|name| selection.route(name)));
            let unknown = Known { value: Value::Null, ts: reading.ts() };
            self.values.reserve_exact(new.len());
            self.values.extend(new.iter().map(|_| unknown.clone()));
            all.extend(new);
            self.shape = names.shape(all, routes);
        }
        pattern.shape = Some(Arc::clone(&self.shape));
        false
    }

    /// Makes the values of `reading`, whose pattern is `pattern`, the last known
    /// ones; calls `is_news` with the route of each that is another than before.
    /// Gives the sum of their digests.
    pub(super) fn learn(
        &mut self,
        reading: ReadingRef<'_>,
        pattern: &Pattern,
        mut is_news: impl FnMut(u32),
    ) -> u64 {
        let (ts, mut digest) = (reading.ts(), 0_u64);
        for ((_, value), belonging) in reading.numbered_values().zip(&pattern.values) {
            digest = digest.wrapping_add(digest_of_value(belonging.hash, value));
            let Some(known) = self.values.get_mut(belonging.place as usize) else { continue };
            known.ts = ts;
            if known.set(value) {
                is_news(at(&self.shape.routes, belonging.place).copied().unwrap_or(NO_ROUTE));
            }
        }
        digest
    }

    /// Those that were stored, each name once.
    pub(super) fn stored(
        fields: Vec<(String, LastKnown)>,
        selection: &Selection,
        names: &mut Names,
    ) -> Self {
        let (mut known, mut routes) = (Vec::new(), Vec::new());
        let mut values = Vec::with_capacity(fields.len());
        for (name, LastKnown { value, ts }) in fields {
            routes.push(selection.route(&name));
            known.push(names.get(&name));
            values.push(Known { value, ts });
        }
        Self { shape: names.shape(known, routes), values }
    }

    /// The last known value of the field with this route, unless it was said to have none.
    pub(super) fn on_route(&self, route: u32) -> Option<&Value> {
        let place = at(&self.shape.places, route)?.checked_sub(1)?;
        let value = &at(&self.values, place)?.value;
        (*value != Value::Null).then_some(value)
    }

    pub(super) fn get(&self, name: &str) -> Option<Field<'_>> {
        self.iter().find(|field| same_text(field.name, name))
    }

    /// The last known value of a field, unless it was said to have none.
    pub(super) fn known(&self, name: &str) -> Option<Field<'_>> {
        self.get(name).filter(|field| *field.value != Value::Null)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        let fields = self.shape.names.iter().zip(&self.values);
        fields.map(|(name, known)| Field { name, value: &known.value, ts: known.ts })
    }
}

impl Known {
    /// Takes a value, and the room of the text before it for another text.
    /// Whether it is another value than before.
    #[inline]
    fn set(&mut self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Number(number) => {
                if let Value::Number(known) = &mut self.value {
                    return core::mem::replace(known, number).to_bits() != number.to_bits();
                }
            }
            ValueRef::Bool(truth) => {
                if let Value::Bool(known) = &mut self.value {
                    return core::mem::replace(known, truth) != truth;
                }
            }
            ValueRef::Text(_) | ValueRef::Null => {}
        }
        self.replace(value)
    }

    fn replace(&mut self, value: ValueRef<'_>) -> bool {
        if let (Value::Text(known), ValueRef::Text(text)) = (&mut self.value, value) {
            let is_news = *known != *text;
            if is_news {
                known.clear();
                known.push_str(text);
            }
            return is_news;
        }
        let value = value.to_value();
        let is_news = self.value != value;
        self.value = value;
        is_news
    }
}
