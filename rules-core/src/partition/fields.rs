use alloc::{
    collections::{BTreeSet, VecDeque},
    string::String,
    sync::Arc,
    vec::Vec,
};

use super::{
    plan::{NO_ROUTE, Selection},
    stored::LastKnown,
};
use crate::{
    Batch, Timestamp, Value, ValueRef,
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
}

/// The last known value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) name: &'a Arc<str>,
    pub(super) value: &'a Value,
    pub(super) ts: Timestamp,
}

/// What came of a value.
pub(super) struct Learned {
    /// The place of its field.
    pub(super) place: usize,
    /// What it touches.
    pub(super) route: u32,
    /// Whether it is another value than before.
    pub(super) is_news: bool,
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

    fn shape(&mut self, new: Shape) -> Arc<Shape> {
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
    /// Makes `value` the last known one of the name at `number` of a batch.
    /// `guess` is where to look first: devices send their values in the same
    /// order again and again.
    pub(super) fn learn(
        &mut self,
        guess: usize,
        name: &Arc<str>,
        (value, ts): (ValueRef<'_>, Timestamp),
        selection: &Selection,
        names: &mut Names,
    ) -> Learned {
        let known = &self.shape.names;
        let place = match known.get(guess) {
            Some(field) if Arc::ptr_eq(field, name) => Some(guess),
            _ => known.iter().position(|field| Arc::ptr_eq(field, name)),
        };
        if let Some((place, known)) = place.and_then(|at| Some((at, self.values.get_mut(at)?))) {
            let is_news = known.set(value);
            known.ts = ts;
            let route = self.shape.routes.get(place).copied().unwrap_or(NO_ROUTE);
            return Learned { place, route, is_news };
        }
        let route = selection.route(name);
        let mut shape = (*self.shape).clone();
        shape.names.push(Arc::clone(name));
        shape.routes.push(route);
        self.shape = names.shape(shape);
        self.values.reserve_exact(1);
        self.values.push(Known { value: value.to_value(), ts });
        Learned { place: self.values.len() - 1, route, is_news: true }
    }

    /// Those that were stored, each name once.
    pub(super) fn stored(
        fields: Vec<(String, LastKnown)>,
        selection: &Selection,
        names: &mut Names,
    ) -> Self {
        let mut shape = Shape::default();
        let mut values = Vec::with_capacity(fields.len());
        for (name, LastKnown { value, ts }) in fields {
            shape.routes.push(selection.route(&name));
            shape.names.push(names.get(&name));
            values.push(Known { value, ts });
        }
        Self { shape: names.shape(shape), values }
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
    fn set(&mut self, value: ValueRef<'_>) -> bool {
        match (&mut self.value, value) {
            (Value::Text(known), ValueRef::Text(text)) => {
                let is_news = *known != *text;
                if is_news {
                    known.clear();
                    known.push_str(text);
                }
                is_news
            }
            (Value::Number(known), ValueRef::Number(number)) => {
                core::mem::replace(known, number).to_bits() != number.to_bits()
            }
            (known, value) => {
                let value = value.to_value();
                let is_news = *known != value;
                *known = value;
                is_news
            }
        }
    }
}
