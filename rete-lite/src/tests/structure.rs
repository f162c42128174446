use super::{
    row::number,
    sessions::{ALARM, KIND, SITE, VALUE, add, alarm, fact, of, session},
};
use crate::{Check, Comparison, Constant, Network, Pattern, Production, ProductionId};

#[test]
fn equal_patterns_and_prefixes_are_one_node_each() {
    let longer = Production { id: ProductionId(8), ..alarm() }
        .when(of("night").test(VALUE, Check::Equal(number(1.0))).bind(VALUE, "v"));
    let turned =
        Production { id: ProductionId(9), patterns: alarm().patterns.into_iter().rev().collect() };

    let network = Network::new([alarm(), longer, turned]).unwrap();

    assert_eq!((network.alpha_nodes(), network.beta_nodes()), (4, 3 + 4));
}

#[test]
fn names_of_variables_do_not_keep_productions_apart() {
    let renamed = Production::new(ProductionId(8))
        .when(of("hot").bind(SITE, "s"))
        .when(of("open").bind(SITE, "s"))
        .unless(of("service").bind(SITE, "s"));

    let network = Network::new([alarm(), renamed]).unwrap();

    assert_eq!((network.alpha_nodes(), network.beta_nodes()), (3, 3));
}

#[test]
fn the_narrowest_pattern_comes_first_and_ties_come_before_products() {
    let free = || Pattern::new().test(VALUE, Check::Greater(number(1.0)));
    let production = Production::new(ALARM)
        .when(free())
        .when(free().bind(SITE, "site"))
        .when(of("unrelated").test(VALUE, Check::Less(number(9.0))))
        .when(of("hot").test(VALUE, Check::Equal(number(1.0))).bind(SITE, "site"));

    let network = Network::new([production]).unwrap();

    assert_eq!(network.join_order(ALARM).unwrap(), [3, 1, 2, 0]);
}

#[test]
fn a_short_list_is_narrower_than_a_long_one() {
    let list = |length: u32| {
        Pattern::<u8>::new()
            .test(KIND, Check::In((0..length).map(|n| f64::from(n).into()).collect()))
    };
    let production = Production::new(ALARM).when(list(40)).when(list(4));

    let network = Network::new([production]).unwrap();

    assert_eq!(network.join_order(ALARM).unwrap(), [1, 0]);
}

#[test]
fn a_negation_comes_as_soon_as_its_variables_are_bound() {
    let production = Production::new(ALARM)
        .unless(of("service").bind(SITE, "site"))
        .when(of("hot").bind(SITE, "site"))
        .when(of("open").bind(VALUE, "v"))
        .unless(of("limit").compare(VALUE, Comparison::Less, "v"));

    let network = Network::new([production]).unwrap();

    assert_eq!(network.join_order(ALARM).unwrap(), [1, 0, 2, 3]);
}

#[test]
fn a_pattern_that_nothing_can_meet_matches_nothing() {
    let contradiction = of("hot").test(VALUE, Check::Less(number(f64::NAN)));
    let mut session = session([
        Production::new(ALARM).when(contradiction.clone()),
        Production::new(ProductionId(8)).when(of("hot")).unless(contradiction),
    ]);

    add(&mut session, fact("hot", "a", 1.0));

    let matched: std::vec::Vec<_> = session.activations().iter().map(|a| a.production).collect();
    assert_eq!(matched, [ProductionId(8)]);
}

#[test]
fn joins_that_look_up_by_the_same_values_share_an_index() {
    let above = |n: u32| {
        let hot = of("hot").test(VALUE, Check::Greater(number(f64::from(n)))).bind(SITE, "s");
        Production::new(ProductionId(n)).when(hot).when(of("open").bind(SITE, "s"))
    };

    let network = Network::new((0..3).map(above)).unwrap();

    let indexes: std::vec::Vec<_> = (0..4).map(|alpha| network.indexes_of(alpha).len()).collect();
    assert_eq!((network.beta_nodes(), indexes), (6, std::vec![0, 1, 0, 0]));
}

/// Memories are made when something comes to them.
#[test]
fn productions_of_which_nothing_is_there_cost_a_session_nothing() {
    let quiet = |id| Production { id: ProductionId(id), ..alarm() }.when(of("night"));
    let mut session = session((0..1_000).map(quiet));

    let before = session.memory.nodes_in_use();
    let id = add(&mut session, fact("open", "a", 1.0));
    let with_one = session.memory.nodes_in_use();
    session.retract(id).unwrap();

    assert_eq!((before, with_one, session.memory.nodes_in_use()), ((0, 0), (1, 0), (0, 0)));
}

/// Right unlinking: facts for the second pattern are put to nobody while the
/// first pattern has none.
#[test]
fn a_node_without_matches_before_it_does_not_hear_of_facts() {
    let mut session = session([alarm()]);
    add(&mut session, fact("open", "a", 1.0));
    let without_first = session.memory.linked.len();

    let hot = add(&mut session, fact("hot", "b", 1.0));
    let with_first = session.memory.linked.len();
    session.retract(hot).unwrap();

    assert_eq!((without_first, with_first, session.memory.linked.len()), (0, 2, 0));
}

#[test]
fn thresholds_of_many_productions_are_told_apart() {
    let above = |n: u32| {
        let pattern = Pattern::new().test(VALUE, Check::Greater(number(f64::from(n))));
        Production::new(ProductionId(n)).when(pattern).when(of("on").bind(SITE, "site"))
    };
    let mut session = session((0..1_000).map(above));
    add(&mut session, fact("on", "a", 0.0));

    let (_, delta) = session.assert(fact("temp", "a", 10.5)).unwrap();

    assert_eq!(delta.begun.len(), 11);
    assert_eq!(session.network().alpha_nodes(), 1_001);
}

#[test]
fn names_of_constants_are_texts_like_any_other() {
    let quoted = Pattern::<u8>::new().test(KIND, Check::Equal(Constant::from("a\"b\\c\n")));
    let network = Network::new([Production::new(ALARM).when(quoted)]).unwrap();

    let dot = network.to_dot();

    assert!(dot.contains(r#"label="0 == \"a\\\"b\\\\c\\n\"""#), "{dot}");
}
