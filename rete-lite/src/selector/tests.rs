use std::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use proptest::prelude::*;

use super::{SelectorIndex, glob};

/// As it is defined, trying everything.
fn plain_glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => plain_glob(rest, text),
        (Some(('*', rest)), Some((_, after))) => {
            plain_glob(rest, text) || plain_glob(pattern, after)
        }
        (Some(('?', rest)), Some((_, after))) => plain_glob(rest, after),
        (Some((wanted, rest)), Some((found, after))) => wanted == found && plain_glob(rest, after),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[derive(Clone, Debug)]
struct Selector {
    pattern: Option<String>,
    tests: Vec<(String, String)>,
}

impl Selector {
    fn selects(&self, text: &str, attributes: &BTreeMap<String, String>) -> bool {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        self.pattern.as_ref().is_none_or(|pattern| plain_glob(&chars(pattern), &chars(text)))
            && self.tests.iter().all(|(name, value)| attributes.get(name) == Some(value))
    }

    fn tests(&self) -> Vec<(&str, &str)> {
        self.tests.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Few letters, so that beginnings and ends often meet; one of two bytes that
/// shares its first with another.
fn texts() -> impl Strategy<Value = String> {
    "[abéè]{0,5}"
}

fn selectors() -> impl Strategy<Value = Selector> {
    let pattern = prop::option::weighted(0.8, "[abéè*?]{0,5}");
    let tests = prop::collection::vec(("[st]", "[xy]"), 0..3);
    (pattern, tests).prop_map(|(pattern, tests)| Selector { pattern, tests })
}

fn found(index: &SelectorIndex<u8>, text: &str, attributes: &BTreeMap<String, String>) -> Vec<u8> {
    let mut keys = std::vec![0xFF];
    index.matching(text, |name| attributes.get(name).map(String::as_str), &mut keys);
    keys
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn glob_is_what_trying_every_run_says(pattern in "[abé*?]{0,7}", text in "[abé]{0,7}") {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(glob(&pattern, &text), plain_glob(&chars(&pattern), &chars(&text)));
    }

    /// Whatever was inserted and taken out again, the index finds the keys
    /// that a look at every selector finds.
    #[test]
    fn matching_is_a_scan_of_all_selectors(
        selectors in prop::collection::vec((selectors(), 0_u8..8), 0..24),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        texts in prop::collection::vec(texts(), 1..6),
        attributes in prop::collection::btree_map("[st]", "[xy]", 0..3),
    ) {
        let mut index = SelectorIndex::new();
        let mut kept = Vec::new();
        let mut distinct = BTreeSet::new();
        for (selector, key) in &selectors {
            let set: BTreeSet<_> = selector.tests.iter().cloned().collect();
            let names: BTreeSet<_> = set.iter().map(|(name, _)| name.clone()).collect();
            let contradicts = names.len() < set.len();
            let pattern = selector.pattern.clone().filter(|pattern| pattern != "*");
            let fresh = !contradicts && distinct.insert((pattern, set, *key));
            prop_assert_eq!(
                index.insert(selector.pattern.as_deref(), &selector.tests(), *key), fresh
            );
            if fresh {
                kept.push((selector.clone(), *key));
            }
        }
        for place in removed.iter().filter(|_| !selectors.is_empty()) {
            if kept.is_empty() { break }
            let (selector, key) = kept.swap_remove(place.index(kept.len()));
            let pattern = selector.pattern.as_deref();
            prop_assert!(index.remove(pattern, &selector.tests(), &key));
            prop_assert!(!index.remove(pattern, &selector.tests(), &key));
        }
        prop_assert_eq!(index.len(), kept.len());
        for text in &texts {
            let scan: BTreeSet<u8> = kept.iter()
                .filter(|(selector, _)| selector.selects(text, &attributes))
                .map(|(_, key)| *key)
                .collect();
            prop_assert_eq!(found(&index, text, &attributes), scan.into_iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn an_emptied_index_keeps_no_anchor() {
    let patterns = ["boiler-1", "boiler-*", "*-north", "*"];
    let mut index = SelectorIndex::new();
    for pattern in patterns {
        assert!(index.insert(Some(pattern), &[], 1));
    }
    assert!(index.insert(None, &[("site", "a")], 1));

    for pattern in patterns {
        assert!(index.remove(Some(pattern), &[], &1));
    }
    assert!(index.remove(None, &[("site", "a")], &1));

    let maps = [index.texts.len(), index.beginnings.len(), index.ends.len(), index.tests.len()];
    assert_eq!((maps, index.others.len(), index.is_empty()), ([0; 4], 0, true));
}

#[test]
fn selectors_that_share_one_anchor_are_told_apart_by_the_other() {
    let mut index = SelectorIndex::new();

    for site in 0..1_000 {
        index.insert(Some("pump-*"), &[("site", &std::format!("{site}"))], site);
    }

    assert_eq!(index.beginnings.get("pump-").unwrap().len(), 1);
    assert_eq!(index.tests.get("site").unwrap().len(), 999);
}
