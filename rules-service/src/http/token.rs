//! Bearer tokens and what they may do.

use super::{Request, problem::Problem};
use crate::config::{Role, Token};

/// Whether the request's token may do what `needed` may do.
///
/// # Errors
/// 401 without a known token, 403 if its role is not enough.
pub(super) fn check(tokens: &[Token], request: &Request, needed: Role) -> Result<(), Problem> {
    let Some(given) = request.header("authorization").and_then(bearer) else {
        let detail =
            "the request has no token: allowed is a header `authorization: Bearer <token>`";
        let problem = Problem::new(401, "unauthorized", detail);
        return Err(problem.with_header("www-authenticate", "Bearer realm=\"tripline\""));
    };
    // No early return: how long this takes says nothing about which token came close.
    let mut known = false;
    let mut allowed = false;
    for token in tokens {
        let is_this = equal(given.as_bytes(), token.secret.as_bytes());
        known |= is_this;
        let may = token.role == needed || token.role == Role::Admin;
        allowed |= is_this && may;
    }
    match (known, allowed) {
        (_, true) => Ok(()),
        (true, false) => {
            let detail = format!("the token's role is not enough: allowed are {}", names(needed));
            Err(Problem::new(403, "forbidden", detail))
        }
        (false, false) => {
            let problem = Problem::new(401, "unauthorized", "the token is not known here");
            let challenge = "Bearer realm=\"tripline\", error=\"invalid_token\"";
            Err(problem.with_header("www-authenticate", challenge))
        }
    }
}

/// 503: without any token nobody may do anything.
pub(super) fn not_configured() -> Problem {
    let detail = "no token is configured: set one of the variables admin_token, read_token \
                  and ingest_token; until then only /healthz is served";
    Problem::new(503, "not_configured", detail)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Compares every byte of `given`, wherever they begin to differ. An empty
/// secret equals nothing.
fn equal(given: &[u8], secret: &[u8]) -> bool {
    let pairs = given.iter().zip(secret.iter().cycle());
    let differences = pairs.fold(0_u8, |seen, (ours, theirs)| seen | (ours ^ theirs));
    (differences == 0) & (given.len() == secret.len()) & !secret.is_empty()
}

fn names(role: Role) -> &'static str {
    match role {
        Role::Ingest => "ingest and admin",
        Role::Read => "read and admin",
        Role::Admin => "admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_equal_only_in_full() {
        for (given, secret, same) in [
            ("secret", "secret", true),
            ("secreT", "secret", false),
            ("secretsecret", "secret", false),
            ("sec", "secret", false),
            ("", "", false),
            ("", "secret", false),
            ("secret", "", false),
        ] {
            assert_eq!(equal(given.as_bytes(), secret.as_bytes()), same, "{given} {secret}");
        }
    }
}
