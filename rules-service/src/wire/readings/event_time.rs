//! `ts`: epoch milliseconds, epoch seconds or RFC 3339 → [`Timestamp`].

use rules_core::{Timestamp, Value};

use super::Refusal;
use crate::wire::time;

pub(super) fn read(ts: &Value) -> Result<Timestamp, Refusal> {
    let found = match ts {
        Value::Number(number) => time::from_number(*number),
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
