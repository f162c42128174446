//! Many tests of one attribute, laid out so that those which a value meets are
//! found by binary search, and those that its change touches too.

use alloc::{string::String, vec::Vec};

use super::NodeIndex;
use crate::{
    Constant, Equality, EqualityIndex, Inequality, Scalar, ThresholdIndex,
    ask::{Ask, layout},
    index::sorted::Sorted,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Laid {
    present: Option<NodeIndex>,
    comparable: Option<NodeIndex>,
    equality: EqualityIndex<NodeIndex>,
    numbers: ThresholdIndex<NodeIndex>,
    /// `value >= text`, and `value < text`.
    at_least: Sorted<String, NodeIndex>,
    below: Sorted<String, NodeIndex>,
    /// The lists of `in`, ascending, and whose member a value is.
    lists: Vec<(Vec<Constant>, NodeIndex)>,
    members: EqualityIndex<NodeIndex>,
}

impl Laid {
    /// The node behind `ask`; `fresh` if there was none yet.
    pub(super) fn node(&mut self, ask: Ask, fresh: NodeIndex) -> NodeIndex {
        match ask {
            Ask::Present => *self.present.get_or_insert(fresh),
            Ask::Comparable => *self.comparable.get_or_insert(fresh),
            Ask::Equal(constant) => self.equality(Equality::Equal, constant, fresh),
            Ask::NotEqual(constant) => self.equality(Equality::NotEqual, constant, fresh),
            Ask::In(list) => self.list(list, fresh),
            Ask::Rising(rung) => self.bound(Inequality::GreaterOrEqual, rung, fresh),
            Ask::Falling(rung) => self.bound(Inequality::LessOrEqual, -rung, fresh),
            Ask::AtLeast(text) => text_node(&mut self.at_least, text, fresh),
            Ask::Below(text) => text_node(&mut self.below, text, fresh),
        }
    }

    /// As for [`Branches`](super::Branches).
    pub(super) fn met_by(&self, value: Scalar<'_>, enter: &mut impl FnMut(NodeIndex)) {
        self.present.into_iter().for_each(&mut *enter);
        self.comparable.filter(|_| value.compares()).into_iter().for_each(&mut *enter);
        self.equality.matches(value).copied().for_each(&mut *enter);
        self.members.matches(value).copied().for_each(&mut *enter);
        match value {
            Scalar::Number(number) => self.numbers.matches(number).copied().for_each(enter),
            Scalar::Text(_) => {
                let (at_least, below) = self.text_places(Some(value));
                let below = self.below.slice(below..self.below.len());
                self.at_least.slice(0..at_least).iter().chain(below).copied().for_each(enter);
            }
            Scalar::Null | Scalar::Bool(_) => {}
        }
    }

    /// As for [`Branches`](super::Branches).
    pub(super) fn changed(
        &self,
        old: Option<Scalar<'_>>,
        new: Option<Scalar<'_>>,
        begun: &mut impl FnMut(NodeIndex),
        ended: &mut impl FnMut(NodeIndex),
    ) {
        let compares = |value: Option<Scalar<'_>>| value.is_some_and(Scalar::compares);
        for (node, was, is) in [
            (self.present, old.is_some(), new.is_some()),
            (self.comparable, compares(old), compares(new)),
        ] {
            match (was, is) {
                (false, true) => node.into_iter().for_each(&mut *begun),
                (true, false) => node.into_iter().for_each(&mut *ended),
                _ => {}
            }
        }
        for index in [&self.equality, &self.members] {
            let (begins, ends) = index.changes(old, new);
            begins.copied().for_each(&mut *begun);
            ends.copied().for_each(&mut *ended);
        }
        let number = |value| match value {
            Some(Scalar::Number(number)) => Some(number),
            _ => None,
        };
        let (begins, ends) = self.numbers.changes(number(old), number(new));
        begins.copied().for_each(&mut *begun);
        ends.copied().for_each(&mut *ended);
        let (was_least, was_below) = self.text_places(old);
        let (least, below) = self.text_places(new);
        let begins = [self.at_least.slice(was_least..least), self.below.slice(below..was_below)];
        let ends = [self.at_least.slice(least..was_least), self.below.slice(was_below..below)];
        begins.into_iter().flatten().copied().for_each(begun);
        ends.into_iter().flatten().copied().for_each(ended);
    }

    /// Every test with the node behind it.
    pub(super) fn tests(&self) -> Vec<(Ask, NodeIndex)> {
        let single = [(Ask::Present, self.present), (Ask::Comparable, self.comparable)];
        let single = single.into_iter().filter_map(|(ask, node)| Some((ask, node?)));
        let equality = self.equality.iter().map(|(equality, constant, node)| match equality {
            Equality::Equal => (Ask::Equal(constant), *node),
            Equality::NotEqual => (Ask::NotEqual(constant), *node),
        });
        let numbers = self.numbers.iter().map(|(inequality, rung, node)| match inequality {
            Inequality::GreaterOrEqual | Inequality::Greater => (Ask::Rising(rung), *node),
            Inequality::LessOrEqual | Inequality::Less => (Ask::Falling(-rung), *node),
        });
        let at_least = self.at_least.iter().map(|(text, node)| (Ask::AtLeast(text.clone()), *node));
        let below = self.below.iter().map(|(text, node)| (Ask::Below(text.clone()), *node));
        let lists = self.lists.iter().map(|(list, node)| (Ask::In(list.clone()), *node));
        single.chain(equality).chain(numbers).chain(at_least).chain(below).chain(lists).collect()
    }

    pub(super) fn shrink(&mut self) {
        self.equality.shrink_to_fit();
        self.members.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self.at_least.shrink_to_fit();
        self.below.shrink_to_fit();
        self.lists.shrink_to_fit();
    }

    /// Where the texts that a value meets end in `at_least`, and begin in `below`.
    fn text_places(&self, value: Option<Scalar<'_>>) -> (usize, usize) {
        match value {
            Some(Scalar::Text(text)) => (self.at_least.prefix(text), self.below.prefix(text)),
            _ => (0, self.below.len()),
        }
    }

    fn equality(&mut self, equality: Equality, constant: Constant, fresh: NodeIndex) -> NodeIndex {
        if let Some(node) = self.equality.keys_of(equality, &constant).first() {
            return *node;
        }
        self.equality.insert(equality, constant, fresh);
        fresh
    }

    fn bound(&mut self, inequality: Inequality, bound: f64, fresh: NodeIndex) -> NodeIndex {
        if let Some(node) = self.numbers.keys_of(inequality, bound).first() {
            return *node;
        }
        self.numbers.insert(inequality, bound, fresh);
        fresh
    }

    fn list(&mut self, list: Vec<Constant>, fresh: NodeIndex) -> NodeIndex {
        match self.lists.binary_search_by(|(known, _)| layout(known, &list)) {
            Ok(place) => self.lists.get(place).map_or(fresh, |(_, node)| *node),
            Err(place) => {
                for constant in &list {
                    self.members.insert(Equality::Equal, constant.clone(), fresh);
                }
                self.lists.insert(place, (list, fresh));
                fresh
            }
        }
    }
}

fn text_node(side: &mut Sorted<String, NodeIndex>, text: String, fresh: NodeIndex) -> NodeIndex {
    if let Some(node) = side.slice(side.run(text.as_str())).first() {
        return *node;
    }
    side.insert(text, fresh);
    fresh
}
