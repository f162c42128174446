//! How a batch travels from one object of a host to another.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    batch::{Batch, Entry, Item, Stretch},
    names::Names,
};

#[derive(Serialize)]
struct Written<'a> {
    text: &'a str,
    names: &'a [Stretch],
    items: &'a [Item],
    values: &'a [Entry],
    tags: &'a [(Stretch, Stretch)],
}

#[derive(Deserialize)]
struct Read {
    text: String,
    names: Vec<Stretch>,
    items: Vec<Item>,
    values: Vec<Entry>,
    tags: Vec<(Stretch, Stretch)>,
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { text, names, items, values, tags, drafts: _ } = self;
        Written { text, names: names.stretches(), items, values, tags }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { text, names, items, values, tags } = Read::deserialize(deserializer)?;
        Ok(Self { text, names: Names::of(names), items, values, tags, drafts: 0 })
    }
}
