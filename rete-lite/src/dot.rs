//! The network as a drawing for Graphviz.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::fmt::{self, Display, Write};

use crate::{
    Network, ProductionId,
    names::Column,
    network::{AlphaIndex, AlphaNode, BetaNode, Kind, ROOT, Slot},
};

impl<A: Display> Network<A> {
    /// The network in the language of Graphviz: alpha nodes are boxes, joins
    /// ellipses, negations dashed ellipses, productions double octagons.
    ///
    /// In labels `1.site` is the attribute `site` of the fact that the first
    /// pattern of the chain found. The text depends on the productions and
    /// their order alone. Takes O(nodes), and the text.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut dot = String::new();
        // Writing to a string does not fail.
        let _ = self.write_dot(&mut dot);
        dot
    }

    fn write_dot(&self, dot: &mut String) -> fmt::Result {
        writeln!(dot, "digraph rete {{")?;
        let described = self.routes.described();
        for (index, alpha) in (0..).zip(&self.alphas) {
            let label = escaped(&self.alpha_label(index, alpha, &described));
            writeln!(dot, "  alpha{index} [shape=box, label=\"{label}\"];")?;
        }
        for (index, node) in (0..).zip(&self.nodes) {
            if index == ROOT {
                writeln!(dot, "  beta{index} [shape=point];")?;
                continue;
            }
            let style = if node.kind == Kind::Negation { ", style=dashed" } else { "" };
            let label = escaped(&self.beta_label(node));
            writeln!(dot, "  beta{index} [shape=ellipse{style}, label=\"{label}\"];")?;
            writeln!(dot, "  beta{} -> beta{index};", node.parent)?;
            writeln!(dot, "  alpha{} -> beta{index};", node.alpha)?;
            let numbers = self.list(node.productions).iter();
            for (ProductionId(id), _) in numbers.filter_map(|number| self.production(*number)) {
                writeln!(dot, "  production{id} [shape=doubleoctagon, label=\"{id}\"];")?;
                writeln!(dot, "  beta{index} -> production{id};")?;
            }
        }
        writeln!(dot, "}}")
    }

    fn alpha_label(&self, index: AlphaIndex, alpha: &AlphaNode, described: &[String]) -> String {
        let Some(path) = alpha.path else { return "never".into() };
        let tests = usize::try_from(path).ok().and_then(|path| described.get(path)).cloned();
        let within = self.within(index).iter();
        let within =
            within.map(|(a, with, b)| format!("{} {with} {}", self.name(*a), self.name(*b)));
        let lines: Vec<String> =
            tests.into_iter().filter(|tests| !tests.is_empty()).chain(within).collect();
        if lines.is_empty() { "any fact".into() } else { lines.join("\n") }
    }

    fn beta_label(&self, node: &BetaNode) -> String {
        let kind = match node.kind {
            Kind::Join => "join",
            Kind::Negation => "no",
        };
        let mut lines = vec![format!("{} {kind}", node.depth)];
        let slot = |slot: &Slot| format!("{}.{}", slot.depth, self.name(slot.column));
        if let Some(link) = self.link(node) {
            let equal = link.right.iter().zip(&link.left);
            lines.extend(
                equal.map(|(r, left)| format!("{} == {}", self.name(r.column), slot(left))),
            );
            let filters = link.filters.iter();
            lines.extend(filters.map(|(column, comparison, left)| {
                format!("{} {comparison} {}", self.name(*column), slot(left))
            }));
        }
        lines.join("\n")
    }

    fn name(&self, column: Column) -> String {
        self.names().name(column).map(ToString::to_string).unwrap_or_default()
    }
}

/// As it stands between double quotes.
fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
