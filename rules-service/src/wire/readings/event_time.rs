//! `ts`: epoch milliseconds, epoch seconds or RFC 3339 → [`Timestamp`].

use rules_core::{Timestamp, Value};

use super::Refusal;
use crate::wire::time;

/// A number below this is seconds, from it on milliseconds.
///
/// As seconds it is the year 5138, as milliseconds 3 March 1973: no device
/// means either. Who has to say an earlier time in numbers says it in seconds.
const MILLIS_FROM: f64 = 1e11;

pub(super) fn read(ts: &Value) -> Result<Timestamp, Refusal> {
    let found = match ts {
        Value::Number(number) if *number < MILLIS_FROM => from_millis(number * 1_000.0),
        Value::Number(number) => from_millis(*number),
        Value::Text(text) => match time::parse(text) {
            Some(at) => Some(at).filter(|at| (Timestamp::MIN..=Timestamp::MAX).contains(at)),
            None => return Err(no_time(ts)),
        },
        Value::Null | Value::Bool(_) => return Err(no_time(ts)),
    };
    found.ok_or_else(|| {
        let (first, last) = (time::rfc3339(Timestamp::MIN), time::rfc3339(Timestamp::MAX));
        let message = format!(
            "ts is {ts}: allowed are times from {first} to {last}; \
             numbers from 1e11 on are milliseconds, smaller ones seconds"
        );
        Refusal::new("ts_out_of_bounds", message)
    })
}

fn no_time(ts: &Value) -> Refusal {
    let message = format!(
        "ts is {ts}: allowed are milliseconds or seconds since 1970 as a number, \
         or an RFC 3339 time with offset as text"
    );
    Refusal::new("bad_ts", message)
}

/// The nearest millisecond, if it lies within bounds.
fn from_millis(millis: f64) -> Option<Timestamp> {
    let nearest = millis.round();
    let bounds = Timestamp::MIN.as_millis() as f64..=Timestamp::MAX.as_millis() as f64;
    #[allow(clippy::cast_possible_truncation, reason = "whole, and within the bounds above")]
    bounds.contains(&nearest).then(|| Timestamp::from_millis(nearest as i64))
}
