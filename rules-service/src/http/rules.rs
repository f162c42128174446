//! `/v1/rules`: the rule set, rule by rule.

use rules_core::{
    Rule, Timestamp, Transition,
    cost::{Cost, Quota},
    document,
    json::{Reader, to_text},
};
use serde::Serialize;

use super::{
    App, Host, Request, Response,
    problem::Problem,
    query::{Detail, Query},
    shards::Stepped,
};
use crate::{
    drive::{FleetAsk, PartitionAsk},
    ports::{Commit, RuleStore, Unavailable, Version},
    wire::{RuleBook, StoredRule, TransitionJson},
};

/// How often a change is tried again because somebody else's came first.
const STORE_ATTEMPTS_MAX: usize = 5;

/// What is done to one rule.
enum Change<'a> {
    Put(&'a str),
    Delete,
}

/// A rule set that was stored.
struct Changed {
    version: Version,
    text: String,
    /// What stood under the id before.
    before: Option<StoredRule>,
}

impl<H: Host> App<H> {
    pub(super) async fn get_rules(&self) -> Result<Response, Problem> {
        let (version, book) = self.rule_book().await?;
        let mut rules = Vec::new();
        for (id, stored) in book.iter() {
            let document = Reader::new(stored.document.as_bytes())
                .skip()
                .map_err(|why| Unavailable(format!("the stored rule {id} is no JSON: {why}")))?;
            // The document as it was put, to the byte.
            let (id, etag) = (to_text(id), to_text(&etag(stored)));
            rules.push(format!(r#"{{"id":{id},"etag":{etag},"document":{document}}}"#));
        }
        let rules = rules.join(",");
        let text = format!(r#"{{"rules_version":{version},"rules":[{rules}]}}"#);
        Ok(Response::new(200, "application/json", text))
    }

    pub(super) async fn get_rule(&self, id: &str, request: &Request) -> Result<Response, Problem> {
        let (_, book) = self.rule_book().await?;
        let stored = book.get(id).ok_or_else(|| no_such_rule(id))?;
        let etag = etag(stored);
        let is_known = request.header("if-none-match").is_some_and(|list| names(list, &etag));
        let response = if is_known {
            Response::not_modified()
        } else {
            Response::new(200, "application/json", stored.document.as_str())
        };
        Ok(response.with_header("etag", &etag))
    }

    pub(super) async fn put_rule(
        &self,
        id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let detail = Query::parse(&request.query).detail()?;
        let (text, rule) = read(request)?;
        if rule.id != id {
            let detail =
                format!("the document's id is {:?}: allowed is {id:?}, as in the path", rule.id);
            return Err(Problem::new(400, "id_mismatch", detail));
        }
        let changed = self.change(id, &Change::Put(text), request).await?;
        let status = if changed.before.is_some() { 200 } else { 201 };
        let etag = format!("\"{}\"", changed.version);
        let response = self.announce(status, id, changed, detail, now).await?;
        Ok(response.with_header("etag", &etag))
    }

    pub(super) async fn delete_rule(
        &self,
        id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let detail = Query::parse(&request.query).detail()?;
        let changed = self.change(id, &Change::Delete, request).await?;
        self.announce(200, id, changed, detail, now).await
    }

    async fn rule_book(&self) -> Result<(Version, RuleBook), Problem> {
        let (version, text) = self.host.rules().load().await?;
        let book = RuleBook::parse(&text)
            .map_err(|why| Unavailable(format!("the stored rule set cannot be read: {why}")))?;
        Ok((version, book))
    }

    /// Stores the rule set with `change` in it, if the request's conditions hold.
    async fn change(
        &self,
        id: &str,
        change: &Change<'_>,
        request: &Request,
    ) -> Result<Changed, Problem> {
        for _ in 0..STORE_ATTEMPTS_MAX {
            let (expected, mut book) = self.rule_book().await?;
            check_conditions(book.get(id), request)?;
            let before = match change {
                Change::Put(text) => book.put(id, text, expected + 1),
                Change::Delete => Some(book.remove(id).ok_or_else(|| no_such_rule(id))?),
            };
            let text = book.to_text();
            check_limits(&book, &text)?;
            if let Change::Put(_) = change {
                check_quota(&book, &self.config.quota)?;
            }
            match self.host.rules().store(expected, &text).await? {
                Commit::Stored(version) => return Ok(Changed { version, text, before }),
                Commit::Conflict => {}
            }
        }
        let why = "other changes of the rule set came first each time: try again";
        Err(Unavailable(why.to_owned()).into())
    }

    /// Tells everybody who judges of the new rule set. One that does not hear it
    /// meets the new version at its next step, so that is no failure.
    async fn announce(
        &self,
        status: u16,
        id: &str,
        changed: Changed,
        detail: Detail,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let Changed { version, text, .. } = changed;
        // Groups first: what partitions then tell them is asked for by rules that they know.
        let ask = FleetAsk::RulesChanged { version, text: text.clone() };
        let fleets = self.ask_fleets(&ask, now).await;
        let partitions = self.ask_all(&PartitionAsk::RulesChanged { version, text }, now).await;
        let (Stepped { mut transitions, .. }, _) = Stepped::of_those_that_answered(fleets);
        let (stepped, _) = Stepped::of_those_that_answered(partitions);
        transitions.extend(stepped.transitions);
        self.settle(now).await?;
        Ok(Response::json(status, &ChangedJson::new(id, version, &transitions, detail)))
    }
}

/// `POST /v1/rules/validate`.
pub(super) fn validate(request: &Request) -> Result<Response, Problem> {
    let (_, rule) = read(request)?;
    let Rule { id, when, clear, .. } = rule;
    let clear = clear.map(|clear| clear.to_string());
    Ok(Response::json(200, &ValidJson { valid: true, id, when: when.to_string(), clear }))
}

/// A rule as it was understood.
#[derive(Serialize)]
struct ValidJson {
    valid: bool,
    id: String,
    when: String,
    clear: Option<String>,
}

#[derive(Serialize)]
struct ChangedJson<'a> {
    id: &'a str,
    rules_version: Version,
    #[serde(skip_serializing_if = "Option::is_none")]
    transitions: Option<Vec<TransitionJson<'a>>>,
}

impl<'a> ChangedJson<'a> {
    fn new(
        id: &'a str,
        rules_version: Version,
        transitions: &'a [Transition],
        detail: Detail,
    ) -> Self {
        let transitions = (detail == Detail::Transitions)
            .then(|| transitions.iter().map(TransitionJson::new).collect());
        Self { id, rules_version, transitions }
    }
}

/// The rule in the body, with its text.
fn read(request: &Request) -> Result<(&str, Rule), Problem> {
    let text = std::str::from_utf8(&request.body).map_err(|why| {
        let detail = format!("byte {} of the body is no UTF-8", why.valid_up_to());
        Problem::new(400, "invalid_utf8", detail)
    })?;
    let rule = document::read(text).map_err(Problem::invalid_rule)?;
    Ok((text, rule))
}

/// `if-match` and `if-none-match` of a change.
fn check_conditions(stored: Option<&StoredRule>, request: &Request) -> Result<(), Problem> {
    let found = stored.map(etag);
    let matches = |list: &str| found.as_ref().is_some_and(|etag| names(list, etag));
    let fails = |detail: &str| {
        let found = found.as_deref().unwrap_or("no such rule");
        Problem::new(412, "precondition_failed", format!("there is {found}: {detail}"))
    };
    match (request.header("if-match"), request.header("if-none-match")) {
        (Some(list), _) if !matches(list) => Err(fails(&format!("if-match allows {list}"))),
        (_, Some(list)) if matches(list) => Err(fails(&format!("if-none-match forbids {list}"))),
        _ => Ok(()),
    }
}

fn check_limits(book: &RuleBook, text: &str) -> Result<(), Problem> {
    if book.iter().len() > RuleBook::RULES_MAX {
        let detail = format!("the rule set is full: allowed are {} rules", RuleBook::RULES_MAX);
        return Err(Problem::new(409, "too_many_rules", detail));
    }
    if text.len() > RuleBook::TEXT_BYTES_MAX {
        let (length, most) = (text.len(), RuleBook::TEXT_BYTES_MAX);
        let detail = format!("the rule set would have {length} bytes: allowed are {most}");
        return Err(Problem::new(409, "rules_too_long", detail));
    }
    Ok(())
}

/// What the rule set would cost is held against the quota as a whole: a rule
/// adds what it does not share with others.
fn check_quota(book: &RuleBook, quota: &Quota) -> Result<(), Problem> {
    let rules: Vec<Rule> =
        book.iter().filter_map(|(_, stored)| document::read(&stored.document).ok()).collect();
    match quota.admit(&rules, Cost::INTERVAL) {
        Ok(_) => Ok(()),
        Err(over) => Err(Problem::new(409, "over_quota", format!("with this rule {over}"))),
    }
}

fn no_such_rule(id: &str) -> Problem {
    let detail = format!("there is no rule {id:?}: allowed are those that GET /v1/rules lists");
    Problem::new(404, "no_such_rule", detail)
}

fn etag(stored: &StoredRule) -> String {
    format!("\"{}\"", stored.stored_at)
}

/// Whether a list of entity tags holds `etag`, or is `*`.
///
/// RFC 9110 has a weak tag match no change. Ours are versions, so a tag that a
/// proxy weakened when it compressed the answer still names one document.
fn names(list: &str, etag: &str) -> bool {
    let is_ours = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag;
    list.trim() == "*" || list.split(',').any(|tag| is_ours(tag.trim()))
}
