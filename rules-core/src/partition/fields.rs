use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use super::plan::{NO_ROUTE, Selection};
use crate::{
    Batch, Timestamp, Value, ValueRef,
    hash::{hash_64, same_text},
};

/// The last known values of a device, in the order in which their names were
/// first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<Field>);

/// The last known value of a field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: Arc<str>,
    pub(super) value: Value,
    pub(super) ts: Timestamp,
    /// What a value of it touches in the device's selection.
    pub(super) route: u32,
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
pub(super) struct Names(BTreeSet<Arc<str>>);

impl Names {
    /// Fills `list` with the names of a batch, by their numbers.
    pub(super) fn of_batch(&mut self, batch: &Batch, list: &mut Vec<BatchName>) {
        list.clear();
        list.extend(
            batch
                .names()
                .map(|name| BatchName { text: self.get(name), hash: hash_64(1, name.as_bytes()) }),
        );
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(name);
        self.0.insert(Arc::clone(&new));
        new
    }
}

impl Fields {
    /// Makes `value` the last known one of `name`, one of the partition's
    /// [`Names`]. `guess` is where to look first: devices send their values in
    /// the same order again and again. Gives the field's place and what it touches.
    pub(super) fn learn(
        &mut self,
        guess: usize,
        name: &Arc<str>,
        value: ValueRef<'_>,
        ts: Timestamp,
        selection: &Selection,
    ) -> (usize, u32) {
        let is_it = |field: &Field| Arc::ptr_eq(&field.name, name);
        let place = match self.0.get(guess) {
            Some(field) if is_it(field) => Some(guess),
            _ => self.0.iter().position(is_it),
        };
        if let Some((place, field)) = place.and_then(|at| Some((at, self.0.get_mut(at)?))) {
            field.set(value);
            field.ts = ts;
            return (place, field.route);
        }
        let route = selection.route(name);
        let value = value.to_value();
        self.0.push(Field { name: Arc::clone(name), value, ts, route });
        (self.0.len() - 1, route)
    }

    pub(super) fn push(&mut self, field: Field) {
        self.0.push(field);
    }

    /// Finds out anew what each field touches.
    pub(super) fn lay(&mut self, selection: &Selection) {
        for field in &mut self.0 {
            field.route = selection.route(&field.name);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Field> {
        self.0.get(self.place(name)?)
    }

    /// The last known value of a field, unless it was said to have none.
    pub(super) fn known(&self, name: &str) -> Option<&Field> {
        self.get(name).filter(|field| field.value != Value::Null)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|field| same_text(&field.name, name))
    }
}

impl Field {
    /// Takes a value, and the room of the text before it for another text.
    fn set(&mut self, value: ValueRef<'_>) {
        match (&mut self.value, value) {
            (Value::Text(known), ValueRef::Text(text)) => {
                known.clear();
                known.push_str(text);
            }
            (known, value) => *known = value.to_value(),
        }
    }

    pub(super) fn new(name: Arc<str>, value: Value, ts: Timestamp) -> Self {
        Self { name, value, ts, route: NO_ROUTE }
    }
}
