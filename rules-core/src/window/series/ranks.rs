use alloc::vec::Vec;

/// Numbers in ascending order, each with how often it stands, so that the
/// one at a rank is found in logarithmic time.
///
/// A height-balanced search tree whose nodes also hold how many numbers are
/// below them. The nodes live in one arena, and those that were freed are
/// used again. Source: Adelson-Velsky & Landis, "An algorithm for the
/// organization of information" (1962); order statistics as in Knuth, The Art
/// of Computer Programming, volume 3, 6.2.3.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    nodes: Vec<Node>,
    root: Link,
    free: Vec<u32>,
}

/// Place of a node in the arena, plus one; 0 of none.
type Link = u32;

#[derive(Clone, Copy, Debug)]
struct Node {
    number: f64,
    /// How often the number stands.
    weight: u64,
    /// Weights of the node and all below it.
    total: u64,
    height: u8,
    left: Link,
    right: Link,
}

const NONE: Node = Node { number: 0.0, weight: 0, total: 0, height: 0, left: 0, right: 0 };

impl Ranks {
    /// Adds a number `weight` times.
    pub(super) fn add(&mut self, number: f64, weight: u64) {
        self.root = self.added(self.root, number, weight);
    }

    /// Takes a number away `weight` times.
    pub(super) fn remove(&mut self, number: f64, weight: u64) {
        self.root = self.removed(self.root, number, weight);
    }

    /// The number below which there are `rank` others.
    pub(super) fn at(&self, mut rank: u64) -> Option<f64> {
        let mut link = self.root;
        while link != 0 {
            let node = self.node(link);
            let below = self.node(node.left).total;
            if rank < below {
                link = node.left;
            } else if rank < below + node.weight {
                return Some(node.number);
            } else {
                rank -= below + node.weight;
                link = node.right;
            }
        }
        None
    }

    /// The quantile q by linear interpolation between the numbers around rank
    /// q·(n − 1), as Prometheus' `quantile_over_time` has it.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is not negative and below the number of samples"
    )]
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.node(self.root).total;
        let place = q * count.checked_sub(1)? as f64;
        let below = libm::floor(place);
        let part = place - below;
        let lower = self.at(below as u64)?;
        if part == 0.0 {
            return Some(lower);
        }
        let upper = self.at(below as u64 + 1)?;
        // Between equal numbers, rounding must not lead elsewhere.
        Some(if lower.total_cmp(&upper).is_eq() {
            lower
        } else {
            lower * (1.0 - part) + upper * part
        })
    }

    fn added(&mut self, link: Link, number: f64, weight: u64) -> Link {
        if link == 0 {
            return self.create(number, weight);
        }
        let node = self.node(link);
        match number.total_cmp(&node.number) {
            core::cmp::Ordering::Less => {
                let left = self.added(node.left, number, weight);
                self.set(link, |node| node.left = left);
            }
            core::cmp::Ordering::Greater => {
                let right = self.added(node.right, number, weight);
                self.set(link, |node| node.right = right);
            }
            core::cmp::Ordering::Equal => {
                self.set(link, |node| node.weight += weight);
            }
        }
        self.balanced(link)
    }

    fn removed(&mut self, link: Link, number: f64, weight: u64) -> Link {
        if link == 0 {
            return 0;
        }
        let node = self.node(link);
        match number.total_cmp(&node.number) {
            core::cmp::Ordering::Less => {
                let left = self.removed(node.left, number, weight);
                self.set(link, |node| node.left = left);
            }
            core::cmp::Ordering::Greater => {
                let right = self.removed(node.right, number, weight);
                self.set(link, |node| node.right = right);
            }
            core::cmp::Ordering::Equal if node.weight > weight => {
                self.set(link, |node| node.weight -= weight);
            }
            core::cmp::Ordering::Equal => return self.without(link),
        }
        self.balanced(link)
    }

    /// The tree at `link` without its top, which is freed.
    fn without(&mut self, link: Link) -> Link {
        let Node { left, right, .. } = self.node(link);
        self.free.push(link);
        if left == 0 || right == 0 {
            return left.max(right);
        }
        let (rest, smallest) = self.without_smallest(right);
        self.set(smallest, |node| (node.left, node.right) = (left, rest));
        self.balanced(smallest)
    }

    /// The tree at `link` without its smallest node, and that node.
    fn without_smallest(&mut self, link: Link) -> (Link, Link) {
        let node = self.node(link);
        if node.left == 0 {
            return (node.right, link);
        }
        let (rest, smallest) = self.without_smallest(node.left);
        self.set(link, |node| node.left = rest);
        (self.balanced(link), smallest)
    }

    /// The tree at `link`, whose branches differ in height by at most two,
    /// with branches that differ by at most one.
    fn balanced(&mut self, link: Link) -> Link {
        let Node { left, right, .. } = self.node(link);
        let (left_height, right_height) = (self.node(left).height, self.node(right).height);
        if left_height > right_height + 1 {
            let Node { left: outer, right: inner, .. } = self.node(left);
            if self.node(inner).height > self.node(outer).height {
                let turned = self.turned_left(left);
                self.set(link, |node| node.left = turned);
            }
            return self.turned_right(link);
        }
        if right_height > left_height + 1 {
            let Node { left: inner, right: outer, .. } = self.node(right);
            if self.node(inner).height > self.node(outer).height {
                let turned = self.turned_right(right);
                self.set(link, |node| node.right = turned);
            }
            return self.turned_left(link);
        }
        self.summed(link);
        link
    }

    fn turned_right(&mut self, link: Link) -> Link {
        let top = self.node(link).left;
        let inner = self.node(top).right;
        self.set(link, |node| node.left = inner);
        self.summed(link);
        self.set(top, |node| node.right = link);
        self.summed(top);
        top
    }

    fn turned_left(&mut self, link: Link) -> Link {
        let top = self.node(link).right;
        let inner = self.node(top).left;
        self.set(link, |node| node.right = inner);
        self.summed(link);
        self.set(top, |node| node.left = link);
        self.summed(top);
        top
    }

    /// Finds anew what a node holds of those below it.
    fn summed(&mut self, link: Link) {
        let node = self.node(link);
        let (left, right) = (self.node(node.left), self.node(node.right));
        self.set(link, |node| {
            node.total = node.weight + left.total + right.total;
            node.height = left.height.max(right.height) + 1;
        });
    }

    fn create(&mut self, number: f64, weight: u64) -> Link {
        let node = Node { number, weight, total: weight, height: 1, left: 0, right: 0 };
        if let Some(link) = self.free.pop() {
            self.set(link, |free| *free = node);
            return link;
        }
        self.nodes.push(node);
        // A series holds far fewer than 2^32 items.
        u32::try_from(self.nodes.len()).unwrap_or(0)
    }

    fn node(&self, link: Link) -> Node {
        let place = (link as usize).checked_sub(1);
        place.and_then(|place| self.nodes.get(place)).copied().unwrap_or(NONE)
    }

    fn set(&mut self, link: Link, change: impl FnOnce(&mut Node)) {
        let place = (link as usize).checked_sub(1);
        if let Some(node) = place.and_then(|place| self.nodes.get_mut(place)) {
            change(node);
        }
    }
}
