use std::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use proptest::prelude::*;

use super::{Key, List, Lists, Symbol};

/// Lists and keys of every kind, few enough to meet again.
fn places() -> impl Strategy<Value = (List, Key)> {
    let list = (0_u8..4, 0_u32..6).prop_map(|(kind, number)| match kind {
        0 => List::Facts(number),
        1 => List::Matches(number),
        2 => List::Waiting(number),
        _ => List::Index(number),
    });
    let key = prop::collection::vec((0_u32..6).prop_map(Symbol), 0..3);
    let key = key.prop_map(|symbols| Key::of(symbols.into_iter().map(Some)).unwrap());
    (list, key)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Members come into several lists and leave all of them at once; at any
    /// time each list has those that an ordered map of sets has, and tells of
    /// its end when its last member leaves.
    #[test]
    fn lists_hold_what_ordered_sets_hold(
        steps in prop::collection::vec((0_u32..40, prop::collection::btree_set(
            places(), 1..6)), 0..120),
    ) {
        let mut lists = Lists::default();
        let mut entries = BTreeMap::new();
        let mut model: BTreeMap<(List, Key), BTreeSet<u32>> = BTreeMap::new();
        for (member, places) in steps {
            if let Some(mut entries) = entries.remove(&member) {
                let mut ended = Vec::new();
                lists.remove_all(&mut entries, |list| ended.push(list));
                for set in model.values_mut() {
                    set.remove(&member);
                }
                let mut empty: Vec<List> = model.extract_if(.., |_, set| set.is_empty())
                    .map(|((list, _), _)| list).collect();
                ended.sort();
                empty.sort();
                prop_assert_eq!(ended, empty);
            } else {
                let own = entries.entry(member).or_insert(None);
                for (list, key) in places {
                    let set = model.entry((list, key.clone())).or_default();
                    set.insert(member);
                    prop_assert_eq!(lists.add(list, key, member, own), set.len());
                }
            }
            let all = lists.all().into_iter();
            let all: BTreeMap<(List, Key), BTreeSet<u32>> =
                all.map(|(list, key, members)| ((list, key), members.into_iter().collect())).collect();
            prop_assert_eq!(&all, &model);
            for ((list, key), set) in &model {
                prop_assert_eq!(lists.len(*list, key), set.len());
            }
        }
    }
}

#[test]
fn emptied_lists_give_their_table_back() {
    let mut lists = Lists::default();
    let mut entries = Vec::new();
    for number in 0..1_000 {
        let mut own = None;
        lists.add(List::Index(number), Key::None, number, &mut own);
        entries.push(own);
    }

    for own in &mut entries {
        lists.remove_all(own, |_| {});
    }

    assert!(lists.table.len() < 8, "{}", lists.table.len());
}
