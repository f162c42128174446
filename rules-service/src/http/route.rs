//! Path and method → what is asked, and who may ask it.

use super::{problem::Problem, query};
use crate::config::Role;

/// What a path names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Route {
    /// `/healthz`
    Health,
    /// `/metrics`
    Metrics,
    /// `/v1/readings`
    Readings,
    /// `/v1/rules`
    Rules,
    /// `/v1/rules/validate`
    Validate,
    /// `/v1/rules/{id}`
    Rule(String),
    /// `/v1/alerts`
    Alerts,
    /// `/v1/alerts/{episode}`
    Alert(String),
    /// `/v1/devices/{id}`
    Device(String),
    /// `/v1/tick`
    Tick,
    /// `/v1/state`
    State,
}

/// What is done with what a path names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl Route {
    /// The route that `path` names and what `method` does with it. `HEAD` is a `GET`.
    ///
    /// # Errors
    /// 404 if it names none; 405 with the allowed methods.
    pub(super) fn of(method: &str, path: &str) -> Result<(Self, Method), Problem> {
        let Some(route) = Self::named_by(path) else {
            let detail =
                format!("{path} names nothing here: allowed are the paths of docs/http-api.md");
            return Err(Problem::new(404, "not_found", detail));
        };
        let wanted = if method == "HEAD" { "GET" } else { method };
        let found = route.methods().iter().find(|allowed| allowed.as_str() == wanted);
        match found {
            Some(method) => Ok((route, *method)),
            None => Err(route.not_allowed(method)),
        }
    }

    fn named_by(path: &str) -> Option<Self> {
        Some(match path {
            "/healthz" => Self::Health,
            "/metrics" => Self::Metrics,
            "/v1/readings" => Self::Readings,
            "/v1/rules" => Self::Rules,
            "/v1/rules/validate" => Self::Validate,
            "/v1/alerts" => Self::Alerts,
            "/v1/tick" => Self::Tick,
            "/v1/state" => Self::State,
            _ => {
                let (parent, last) = path.rsplit_once('/')?;
                match (parent, query::decoded(last)) {
                    (_, last) if last.is_empty() => return None,
                    ("/v1/rules", id) => Self::Rule(id),
                    ("/v1/devices", id) => Self::Device(id),
                    ("/v1/alerts", episode) => Self::Alert(episode),
                    _ => return None,
                }
            }
        })
    }

    const fn methods(&self) -> &'static [Method] {
        match self {
            Self::Readings | Self::Validate | Self::Tick => &[Method::Post],
            Self::Rule(_) => &[Method::Get, Method::Put, Method::Delete],
            Self::Device(_) => &[Method::Get, Method::Put],
            _ => &[Method::Get],
        }
    }

    fn not_allowed(&self, found: &str) -> Problem {
        let mut allowed: Vec<_> = self.methods().iter().map(|method| method.as_str()).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        let allowed = allowed.join(", ");
        let detail = format!("{found} does nothing here: allowed are {allowed}");
        Problem::new(405, "method_not_allowed", detail).with_header("allow", allowed)
    }

    /// The role that may do `method` here, beside [`Role::Admin`]; `None` if no token is asked for.
    pub(super) const fn role(&self, method: Method) -> Option<Role> {
        match (self, method) {
            (Self::Health, _) => None,
            (Self::Readings | Self::Tick, _) => Some(Role::Ingest),
            (Self::State, _)
            | (Self::Rule(_), Method::Put | Method::Delete)
            | (Self::Device(_), Method::Put) => Some(Role::Admin),
            _ => Some(Role::Read),
        }
    }
}
