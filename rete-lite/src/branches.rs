use alloc::vec::Vec;

use crate::{Check, Constant, Scalar};

/// Index of a node in its network.
pub(crate) type NodeIndex = usize;

/// All that a node asks of one attribute, laid out so that the tests which a
/// value meets are found by binary search, not one by one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Branches {
    present: Option<NodeIndex>,
    equal: Constants,
    not_equal: Constants,
    less: Constants,
    less_or_equal: Constants,
    greater: Constants,
    greater_or_equal: Constants,
}

/// The constants of one operator, ascending by kind and value, each once,
/// with the node behind it.
#[derive(Clone, Debug, Default)]
struct Constants(Vec<(Constant, NodeIndex)>);

impl Branches {
    /// The node behind `check`, which is `fresh` if there was none yet.
    pub(crate) fn node(&mut self, check: Check, fresh: NodeIndex) -> NodeIndex {
        match check {
            Check::Present => *self.present.get_or_insert(fresh),
            Check::Equal(constant) => self.equal.node(constant, fresh),
            Check::NotEqual(constant) => self.not_equal.node(constant, fresh),
            Check::Less(constant) => self.less.node(constant, fresh),
            Check::LessOrEqual(constant) => self.less_or_equal.node(constant, fresh),
            Check::Greater(constant) => self.greater.node(constant, fresh),
            Check::GreaterOrEqual(constant) => self.greater_or_equal.node(constant, fresh),
        }
    }

    /// Calls `enter` for the node behind every test that `value` meets.
    pub(crate) fn met_by(&self, value: Scalar<'_>, enter: &mut impl FnMut(NodeIndex)) {
        self.present.into_iter().for_each(&mut *enter);
        if !value.compares() {
            return;
        }
        let mut enter_all = |constants: &[(Constant, NodeIndex)]| {
            for (_, node) in constants {
                enter(*node);
            }
        };
        enter_all(self.equal.split(value).same);
        let not_equal = self.not_equal.split(value);
        enter_all(not_equal.smaller);
        enter_all(not_equal.larger);
        enter_all(self.less.split(value).larger);
        let less_or_equal = self.less_or_equal.split(value);
        enter_all(less_or_equal.same);
        enter_all(less_or_equal.larger);
        enter_all(self.greater.split(value).smaller);
        let greater_or_equal = self.greater_or_equal.split(value);
        enter_all(greater_or_equal.smaller);
        enter_all(greater_or_equal.same);
    }
}

/// The constants of a value's kind, by how they compare with it.
#[derive(Default)]
struct Split<'a> {
    smaller: &'a [(Constant, NodeIndex)],
    same: &'a [(Constant, NodeIndex)],
    larger: &'a [(Constant, NodeIndex)],
}

impl Constants {
    fn node(&mut self, constant: Constant, fresh: NodeIndex) -> NodeIndex {
        let place =
            self.0.binary_search_by(|(held, _)| held.as_scalar().layout(constant.as_scalar()));
        match place {
            Ok(index) => self.0.get(index).map_or(fresh, |(_, node)| *node),
            Err(index) => {
                self.0.insert(index, (constant, fresh));
                fresh
            }
        }
    }

    fn split(&self, value: Scalar<'_>) -> Split<'_> {
        if self.0.is_empty() {
            return Split::default();
        }
        let kind = value.kind();
        let start = self.0.partition_point(|(held, _)| held.as_scalar().kind() < kind);
        let end = self.0.partition_point(|(held, _)| held.as_scalar().kind() <= kind);
        let of_kind = self.0.get(start..end).unwrap_or_default();
        let from = of_kind.partition_point(|(held, _)| held.as_scalar().layout(value).is_lt());
        let (smaller, others) = of_kind.split_at_checked(from).unwrap_or_default();
        let to = others.partition_point(|(held, _)| held.as_scalar().layout(value).is_eq());
        let (same, larger) = others.split_at_checked(to).unwrap_or_default();
        Split { smaller, same, larger }
    }
}
