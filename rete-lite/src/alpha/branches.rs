use alloc::{string::String, vec::Vec};

use crate::{
    Check, Constant, Equality, EqualityIndex, Inequality, Scalar, ThresholdIndex,
    index::sorted::Sorted, test::layout,
};

/// Index of a node in its network.
pub(super) type NodeIndex = usize;

/// All that a node asks of one attribute, laid out so that the tests which a
/// value meets are found by binary search, not one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Branches {
    present: Option<NodeIndex>,
    equality: EqualityIndex<NodeIndex>,
    numbers: ThresholdIndex<NodeIndex>,
    /// `value >= text`, and `value < text`. Behind every text comes at once
    /// that text with a NUL at its end, so `>` and `<=` are of these forms too.
    at_least: Sorted<String, NodeIndex>,
    below: Sorted<String, NodeIndex>,
    /// The lists of `in`, ascending, and whose member a value is.
    lists: Vec<(Vec<Constant>, NodeIndex)>,
    members: EqualityIndex<NodeIndex>,
}

impl Branches {
    /// The node behind `check`, which must be in its plain form; `fresh` if
    /// there was none yet.
    pub(super) fn node(&mut self, check: Check, fresh: NodeIndex) -> NodeIndex {
        match check {
            Check::Present => *self.present.get_or_insert(fresh),
            Check::Equal(constant) => self.equality(Equality::Equal, constant, fresh),
            Check::NotEqual(constant) => self.equality(Equality::NotEqual, constant, fresh),
            Check::In(list) => self.list(list, fresh),
            Check::Less(bound) => self.bound(Inequality::Less, bound, fresh),
            Check::LessOrEqual(bound) => self.bound(Inequality::LessOrEqual, bound, fresh),
            Check::Greater(bound) => self.bound(Inequality::Greater, bound, fresh),
            Check::GreaterOrEqual(bound) => self.bound(Inequality::GreaterOrEqual, bound, fresh),
        }
    }

    /// Calls `enter` for the node behind every test that `value` meets.
    pub(super) fn met_by(&self, value: Scalar<'_>, enter: &mut impl FnMut(NodeIndex)) {
        self.present.into_iter().for_each(&mut *enter);
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

    /// Calls `begun` for the node behind every test that `new` meets and `old`
    /// does not, and `ended` the other way round; nothing else is visited.
    pub(super) fn changed(
        &self,
        old: Option<Scalar<'_>>,
        new: Option<Scalar<'_>>,
        begun: &mut impl FnMut(NodeIndex),
        ended: &mut impl FnMut(NodeIndex),
    ) {
        match (old, new) {
            (None, Some(_)) => self.present.into_iter().for_each(&mut *begun),
            (Some(_), None) => self.present.into_iter().for_each(&mut *ended),
            _ => {}
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

    fn bound(&mut self, inequality: Inequality, bound: Constant, fresh: NodeIndex) -> NodeIndex {
        match bound {
            Constant::Number(number) => {
                if let Some(node) = self.numbers.keys_of(inequality, number).first() {
                    return *node;
                }
                self.numbers.insert(inequality, number, fresh);
                fresh
            }
            Constant::Text(text) => self.text(inequality, text, fresh),
            // No plain check is an inequality of truths.
            Constant::Bool(_) => fresh,
        }
    }

    fn text(&mut self, inequality: Inequality, mut text: String, fresh: NodeIndex) -> NodeIndex {
        if matches!(inequality, Inequality::Greater | Inequality::LessOrEqual) {
            text.push('\0');
        }
        let side = match inequality {
            Inequality::Greater | Inequality::GreaterOrEqual => &mut self.at_least,
            Inequality::Less | Inequality::LessOrEqual => &mut self.below,
        };
        if let Some(node) = side.slice(side.run(text.as_str())).first() {
            return *node;
        }
        side.insert(text, fresh);
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
