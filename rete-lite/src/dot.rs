//! The network as a drawing for Graphviz.

use alloc::{format, string::String, vec::Vec};
use core::fmt::{self, Display, Write};

use crate::{
    Network,
    network::{AlphaNode, BetaNode, Kind, ROOT, Slot},
};

impl<A: Display> Network<A> {
    /// The network in the language of Graphviz: alpha nodes are boxes, joins
    /// ellipses, negations dashed ellipses, productions double octagons.
    ///
    /// In labels `1.site` is the attribute `site` of the fact that the first
    /// pattern of the chain found. The text depends on the productions and
    /// their order alone.
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut dot = String::new();
        // Writing to a string does not fail.
        let _ = self.write_dot(&mut dot);
        dot
    }

    fn write_dot(&self, dot: &mut String) -> fmt::Result {
        writeln!(dot, "digraph rete {{")?;
        for (index, alpha) in self.alphas.iter().enumerate() {
            writeln!(
                dot,
                "  alpha{index} [shape=box, label=\"{}\"];",
                escaped(&alpha_label(alpha))
            )?;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if index == ROOT {
                writeln!(dot, "  beta{index} [shape=point];")?;
                continue;
            }
            let style = if node.kind == Kind::Negation { ", style=dashed" } else { "" };
            let label = escaped(&beta_label(node));
            writeln!(dot, "  beta{index} [shape=ellipse{style}, label=\"{label}\"];")?;
            writeln!(dot, "  beta{} -> beta{index};", node.parent)?;
            writeln!(dot, "  alpha{} -> beta{index};", node.alpha)?;
            for production in &node.productions {
                let id = production.0;
                writeln!(dot, "  production{id} [shape=doubleoctagon, label=\"{id}\"];")?;
                writeln!(dot, "  beta{index} -> production{id};")?;
            }
        }
        writeln!(dot, "}}")
    }
}

fn alpha_label<A: Display>(alpha: &AlphaNode<A>) -> String {
    let Some(tests) = &alpha.tests else { return "never".into() };
    let tests = tests.iter().map(|test| format!("{test}"));
    let within = alpha.within.iter().map(|(a, comparison, b)| format!("{a} {comparison} {b}"));
    let lines: Vec<String> = tests.chain(within).collect();
    if lines.is_empty() { "any fact".into() } else { lines.join("\n") }
}

fn beta_label<A: Display>(node: &BetaNode<A>) -> String {
    let kind = match node.kind {
        Kind::Join => "join",
        Kind::Negation => "no",
    };
    let slot = |Slot { depth, attribute }: &Slot<A>| format!("{depth}.{attribute}");
    let equal = node.right_key.iter().zip(&node.left_key);
    let equal = equal.map(|(attribute, left)| format!("{attribute} == {}", slot(left)));
    let filters = node.filters.iter();
    let filters = filters.map(|(a, comparison, left)| format!("{a} {comparison} {}", slot(left)));
    let lines: Vec<String> =
        core::iter::once(format!("{} {kind}", node.depth)).chain(equal).chain(filters).collect();
    lines.join("\n")
}

/// As it stands between double quotes.
fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
