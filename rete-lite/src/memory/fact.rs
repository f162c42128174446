use alloc::vec::Vec;
use core::{borrow::Borrow, mem};

use sorted::{Gather, LongMap};

use super::{Entries, Ref, Slab, Symbol, Symbols, TokenId};
use crate::{
    Fact, FactId,
    names::Column,
    network::{AlphaIndex, Moves, Network},
};

/// Tells names of facts from other names.
#[derive(Clone, Debug)]
pub(crate) enum Asserted {}

/// Names a fact inside a session; used again after it has gone.
pub(crate) type FactRef = Ref<Asserted>;

/// All facts.
#[derive(Clone, Debug)]
pub(crate) struct Facts<F> {
    by_id: LongMap<FactId, FactRef>,
    slab: Slab<Held<F>, Asserted>,
    symbols: Symbols,
}

/// A fact with where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Held<F> {
    pub(crate) id: FactId,
    pub(crate) fact: F,
    /// What joins look it up by, ascending by column; empty while no alpha
    /// node holds it.
    keyed: Vec<(Column, Symbol)>,
    /// The alpha nodes that hold it, ascending.
    pub(crate) places: Vec<Place>,
}

/// A fact in one alpha node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) alpha: AlphaIndex,
    /// Where the list of tokens begins that end with the fact at a node of this alpha node.
    pub(crate) tokens: Option<TokenId>,
    /// Where the node lists it.
    pub(crate) listed: Entries<FactRef>,
}

/// Where `alpha` is among `places`, or would be.
pub(crate) fn place(places: &[Place], alpha: AlphaIndex) -> Result<usize, usize> {
    places.binary_search_by_key(&alpha, |place| place.alpha)
}

impl<F> Default for Facts<F> {
    fn default() -> Self {
        Self { by_id: LongMap::new(), slab: Slab::default(), symbols: Symbols::default() }
    }
}

impl<F: Fact> Facts<F> {
    /// Adds a fact to be held by `alphas`, which ascend; none if there is no room.
    pub(crate) fn insert<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        id: FactId,
        fact: F,
        alphas: &[AlphaIndex],
    ) -> Option<FactRef> {
        let places: Vec<Place> = alphas.iter().map(|alpha| Place::new(*alpha)).gather();
        let keyed = acquire(&mut self.symbols, network, &fact, &places);
        let name = self.slab.insert(Held { id, fact, keyed, places })?;
        self.by_id.insert(id, name);
        Some(name)
    }

    /// Removes a fact, which must have no tokens.
    pub(crate) fn remove<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        name: FactRef,
    ) -> Option<F> {
        let Held { id, fact, keyed, .. } = self.slab.remove(name)?;
        self.by_id.remove(&id);
        release(&mut self.symbols, network, &fact, &keyed);
        Some(fact)
    }

    /// Puts `fact` in the place of another, which is given back, and moves it, out of
    /// alpha nodes where it must have no tokens.
    pub(crate) fn replace<A: Borrow<F::Attribute>>(
        &mut self,
        network: &Network<A>,
        name: FactRef,
        fact: F,
        moves: &Moves,
    ) -> Option<F> {
        let held = self.slab.get_mut(name)?;
        let before = mem::replace(&mut held.fact, fact);
        let was_held = !held.places.is_empty();
        held.change(&moves.out, &moves.into);
        let is_held = !held.places.is_empty();
        if moves.is_keyed_anew || was_held != is_held {
            let keyed = acquire(&mut self.symbols, network, &held.fact, &held.places);
            let old = mem::replace(&mut held.keyed, keyed);
            // After the new ones, so that a value in both keeps its symbol.
            release(&mut self.symbols, network, &before, &old);
        }
        Some(before)
    }
}

/// The symbols of what joins look `fact` up by, if anything holds it at all.
fn acquire<A: Borrow<F::Attribute>, F: Fact>(
    symbols: &mut Symbols,
    network: &Network<A>,
    fact: &F,
    places: &[Place],
) -> Vec<(Column, Symbol)> {
    let mut keyed = Vec::new();
    if places.is_empty() {
        return keyed;
    }
    for (attribute, value) in fact.values() {
        if let Some(column) = network.names().column(attribute)
            && network.is_keyed(column)
            && let Some(symbol) = symbols.acquire(value)
        {
            keyed.push((column, symbol));
        }
    }
    sorted::sort(&mut keyed);
    keyed
}

fn release<A: Borrow<F::Attribute>, F: Fact>(
    symbols: &mut Symbols,
    network: &Network<A>,
    fact: &F,
    keyed: &[(Column, Symbol)],
) {
    for (column, _) in keyed {
        if let Some(value) = network.value(fact, *column) {
            symbols.release(value);
        }
    }
}

impl<F> Facts<F> {
    pub(crate) fn find(&self, id: FactId) -> Option<FactRef> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn get(&self, name: FactRef) -> Option<&Held<F>> {
        self.slab.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: FactRef) -> Option<&mut Held<F>> {
        self.slab.get_mut(name)
    }

    /// Ascending by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Held<F>> {
        self.by_id.values().filter_map(|name| self.slab.get(*name))
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    #[cfg(test)]
    pub(super) fn symbols(&self) -> &Symbols {
        &self.symbols
    }
}

impl<F> Held<F> {
    /// What joins look it up by in `column`.
    pub(crate) fn symbol(&self, column: Column) -> Option<Symbol> {
        let place = self.keyed.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.keyed.get(place).map(|(_, symbol)| *symbol)
    }

    pub(crate) fn alphas(&self) -> Vec<AlphaIndex> {
        self.places.iter().map(|place| place.alpha).gather()
    }

    /// Its place in `alpha`.
    pub(crate) fn place_mut(&mut self, alpha: AlphaIndex) -> Option<&mut Place> {
        let at = place(&self.places, alpha).ok()?;
        self.places.get_mut(at)
    }

    fn change(&mut self, out: &[AlphaIndex], into: &[AlphaIndex]) {
        // A few among thousands are found and moved; many are merged at once.
        if (out.len() + into.len()) * 16 < self.places.len() {
            for alpha in out {
                if let Ok(at) = place(&self.places, *alpha) {
                    self.places.remove(at);
                }
            }
            for alpha in into {
                if let Err(at) = place(&self.places, *alpha) {
                    self.places.insert(at, Place::new(*alpha));
                }
            }
            return;
        }
        if !out.is_empty() {
            self.places.retain(|place| out.binary_search(&place.alpha).is_err());
        }
        self.places.extend(into.iter().map(|alpha| Place::new(*alpha)));
        sorted::sort_by(&mut self.places, |a, b| a.alpha.cmp(&b.alpha));
    }
}

impl Place {
    fn new(alpha: AlphaIndex) -> Self {
        Self { alpha, tokens: None, listed: None }
    }
}
