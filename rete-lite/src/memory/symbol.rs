use alloc::{boxed::Box, vec::Vec};

use sorted::LongMap;

use crate::Scalar;

/// A value by which joins look up, as a small number: equal values, and they
/// alone, have equal symbols as long as a fact holds them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Symbol(pub(super) u32);

/// The symbols of a session's values, each counting the facts that hold it.
///
/// Values come from outside and are therefore searched in order: nobody can
/// make them collide. What is hashed later are the symbols, which are given out
/// here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    /// By the bits of the number, those of 0 for -0.
    numbers: LongMap<u64, Held>,
    texts: LongMap<Box<str>, Held>,
    /// How many numbers have been given out, and which of them came back.
    given: u32,
    free: Vec<Symbol>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    symbol: Symbol,
    facts: u32,
}

const FALSE: Symbol = Symbol(0);
const TRUE: Symbol = Symbol(1);

impl Symbols {
    /// The symbol of `value`, for one fact more; none if it compares with nothing.
    pub(crate) fn acquire(&mut self, value: Scalar<'_>) -> Option<Symbol> {
        match value {
            Scalar::Null => None,
            Scalar::Bool(truth) => Some(if truth { TRUE } else { FALSE }),
            Scalar::Number(number) if number.is_nan() => None,
            Scalar::Number(number) => {
                let bits = bits(number);
                if let Some(held) = self.numbers.get_mut(&bits) {
                    held.facts += 1;
                    return Some(held.symbol);
                }
                let symbol = self.next();
                self.numbers.insert(bits, Held { symbol, facts: 1 });
                Some(symbol)
            }
            Scalar::Text(text) => {
                if let Some(held) = self.texts.get_mut(text) {
                    held.facts += 1;
                    return Some(held.symbol);
                }
                let symbol = self.next();
                self.texts.insert(text.into(), Held { symbol, facts: 1 });
                Some(symbol)
            }
        }
    }

    /// One fact less has `value`.
    pub(crate) fn release(&mut self, value: Scalar<'_>) {
        let gone = match value {
            Scalar::Number(number) => {
                let bits = bits(number);
                let Some(held) = self.numbers.get_mut(&bits) else { return };
                held.facts -= 1;
                let gone = (held.facts == 0).then_some(held.symbol);
                if gone.is_some() {
                    self.numbers.remove(&bits);
                }
                gone
            }
            Scalar::Text(text) => {
                let Some(held) = self.texts.get_mut(text) else { return };
                held.facts -= 1;
                let gone = (held.facts == 0).then_some(held.symbol);
                if gone.is_some() {
                    self.texts.remove(text);
                }
                gone
            }
            Scalar::Null | Scalar::Bool(_) => None,
        };
        self.free.extend(gone);
    }

    fn next(&mut self) -> Symbol {
        self.free.pop().unwrap_or_else(|| {
            self.given += 1;
            Symbol(TRUE.0 + self.given)
        })
    }

    /// Every value with its symbol.
    #[cfg(test)]
    pub(super) fn values(&self) -> alloc::collections::BTreeMap<Symbol, alloc::string::String> {
        let numbers = self.numbers.iter().map(|(bits, held)| {
            (held.symbol, alloc::format!("{} x{}", f64::from_bits(*bits), held.facts))
        });
        let texts = self.texts.iter();
        let texts =
            texts.map(|(text, held)| (held.symbol, alloc::format!("{text:?} x{}", held.facts)));
        numbers.chain(texts).collect()
    }
}

fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
