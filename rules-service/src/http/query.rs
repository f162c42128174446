//! What stands behind `?`.

use super::problem::Problem;

/// The names and values of a query, decoded.
pub(super) struct Query(Vec<(String, String)>);

/// How much an answer tells of what happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Detail {
    Counts,
    Transitions,
}

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        };
        Self(query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect())
    }

    /// The first value of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn detail(&self) -> Result<Detail, Problem> {
        match self.get("detail") {
            None => Ok(Detail::Counts),
            Some("transitions") => Ok(Detail::Transitions),
            Some(found) => Err(bad_query("detail", found, "transitions")),
        }
    }
}

/// A query that says what it may not.
pub(super) fn bad_query(name: &str, found: &str, allowed: &str) -> Problem {
    Problem::new(400, "bad_query", format!("{name} is {found:?}: allowed is {allowed}"))
}

/// Text with its `%41` decoded; what is no such sequence stays as it is, and
/// what is no UTF-8 then is replaced.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let escape = if *byte == b'%' { tail.split_at_checked(2) } else { None };
        let escape = escape.and_then(|(digits, tail)| Some((hexadecimal(digits)?, tail)));
        let (byte, tail) = escape.unwrap_or((*byte, tail));
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let is_plain = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_plain)?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_and_the_first_of_a_name_counts() {
        let query = Query::parse("a=1&b=x%20y+z&a=2&&c&%C3%A9=%zz%4");
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("x y z")),
            ("c", Some("")),
            ("é", Some("%zz%4")),
            ("d", None),
        ] {
            assert_eq!(query.get(name), value, "{name}");
        }
        assert_eq!(decoded("%ff%+1"), "\u{fffd}%+1");
    }
}
