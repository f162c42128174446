//! A fact for tests, and strategies for its values.

use std::vec::Vec;

use proptest::prelude::*;

use crate::{Check, Constant, Fact, Scalar};

/// A fact over attributes that are numbers.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) Vec<(u8, Field)>);

#[derive(Clone, Debug)]
pub(crate) enum Field {
    Null,
    Of(Constant),
}

impl Fact for Row {
    type Attribute = u8;

    fn values(&self) -> impl Iterator<Item = (&u8, Scalar<'_>)> {
        self.0.iter().map(|(attribute, field)| {
            let value = match field {
                Field::Null => Scalar::Null,
                Field::Of(constant) => constant.as_scalar(),
            };
            (attribute, value)
        })
    }
}

pub(crate) fn number(number: f64) -> Constant {
    Constant::Number(number)
}

/// Few values, so that they often meet, and the odd ones.
pub(crate) fn constants() -> impl Strategy<Value = Constant> {
    prop_oneof![
        6 => (-3_i8..4).prop_map(|whole| number(f64::from(whole) / 2.0)),
        1 => Just(number(-0.0)),
        1 => prop::sample::select(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY][..]).prop_map(number),
        1 => any::<bool>().prop_map(Constant::Bool),
        2 => "[ab]{0,2}".prop_map(Constant::Text),
    ]
}

pub(crate) fn checks() -> impl Strategy<Value = Check> {
    prop_oneof![
        Just(Check::Present),
        constants().prop_map(Check::Equal),
        constants().prop_map(Check::NotEqual),
        prop::collection::vec(constants(), 0..4).prop_map(Check::In),
        constants().prop_map(Check::Less),
        constants().prop_map(Check::LessOrEqual),
        constants().prop_map(Check::Greater),
        constants().prop_map(Check::GreaterOrEqual),
    ]
}

pub(crate) fn rows() -> impl Strategy<Value = Row> {
    let field = prop_oneof![1 => Just(Field::Null), 9 => constants().prop_map(Field::Of)];
    prop::collection::btree_map(0_u8..5, field, 0..5)
        .prop_map(|fields| Row(fields.into_iter().collect()))
}
