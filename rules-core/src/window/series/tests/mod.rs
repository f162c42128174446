use std::vec::Vec;

use super::{Sample, Series, View};
use crate::{
    Span, Timestamp, Value,
    expr::{Aggregate, Frame},
};

mod aggregates;
mod frames;
mod oracle;
mod panes;
mod properties;
mod storage;
mod views;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn span(millis: i64) -> Span {
    Span::from_millis(millis)
}

fn view(aggregate: Aggregate, frame: Frame) -> View {
    View { aggregate, frame }
}

fn filled(view: View, samples: &[(i64, f64)]) -> Series {
    let mut series = Series::new(&[view]);
    for (ts, number) in samples {
        assert_eq!(series.push(at(*ts), Sample::Number(*number)), super::Pushed::default());
    }
    series
}

#[allow(clippy::unnecessary_wraps, reason = "as `Series::value` gives it")]
fn number(number: f64) -> Option<Value> {
    Some(Value::Number(number))
}

fn encoded(series: &Series) -> Vec<u8> {
    series.to_bytes()
}

fn reloaded(series: &Series, views: &[View]) -> Series {
    let mut series: Series = Series::from_bytes(&encoded(series)).unwrap();
    series.lay_views(views);
    series
}
