use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use super::laid::Laid;
use crate::{Scalar, ask::Ask};

/// Index of a node in its network.
pub(crate) type NodeIndex = u32;

/// As many tests of one attribute are asked one by one; more are laid out to be searched.
const FEW: usize = 6;

/// All that a node asks of one attribute.
#[derive(Clone, Debug)]
pub(super) enum Branches {
    /// Each with the node behind it, in the order in which they came.
    Few(Vec<(Ask, NodeIndex)>),
    /// Found by binary search.
    Many(Box<Laid>),
}

impl Default for Branches {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Branches {
    /// The node behind `ask`; `fresh` if there was none yet.
    pub(super) fn node(&mut self, ask: Ask, fresh: NodeIndex) -> NodeIndex {
        match self {
            Self::Few(few) => {
                if let Some((_, node)) = few.iter().find(|(known, _)| *known == ask) {
                    return *node;
                }
                if few.is_empty() {
                    few.reserve_exact(1);
                }
                few.push((ask, fresh));
                if few.len() > FEW {
                    let mut laid = Box::<Laid>::default();
                    for (ask, node) in few.drain(..) {
                        laid.node(ask, node);
                    }
                    *self = Self::Many(laid);
                }
                fresh
            }
            Self::Many(laid) => laid.node(ask, fresh),
        }
    }

    /// Calls `enter` for the node behind every test that `value` meets.
    pub(super) fn met_by(&self, value: Scalar<'_>, enter: &mut impl FnMut(NodeIndex)) {
        match self {
            Self::Few(few) => {
                few.iter().filter(|(ask, _)| ask.holds(value)).for_each(|(_, node)| enter(*node));
            }
            Self::Many(laid) => laid.met_by(value, enter),
        }
    }

    /// Calls `begun` for the node behind every test that `new` meets and `old`
    /// does not, and `ended` the other way round; where they are many, no
    /// other is looked at.
    pub(super) fn changed(
        &self,
        old: Option<Scalar<'_>>,
        new: Option<Scalar<'_>>,
        begun: &mut impl FnMut(NodeIndex),
        ended: &mut impl FnMut(NodeIndex),
    ) {
        let few = match self {
            Self::Few(few) => few,
            Self::Many(laid) => return laid.changed(old, new, begun, ended),
        };
        for (ask, node) in few {
            let held = |value: Option<Scalar<'_>>| value.is_some_and(|value| ask.holds(value));
            match (held(old), held(new)) {
                (false, true) => begun(*node),
                (true, false) => ended(*node),
                _ => {}
            }
        }
    }

    /// Every test in words, with the node behind it.
    pub(super) fn described(&self) -> Vec<(String, NodeIndex)> {
        match self {
            Self::Few(few) => few.iter().map(|(ask, node)| (ask.to_string(), *node)).collect(),
            Self::Many(laid) => {
                laid.tests().into_iter().map(|(ask, node)| (ask.to_string(), node)).collect()
            }
        }
    }

    pub(super) fn shrink(&mut self) {
        match self {
            Self::Few(few) => few.shrink_to_fit(),
            Self::Many(laid) => laid.shrink(),
        }
    }
}
