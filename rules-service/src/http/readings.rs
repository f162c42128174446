//! `POST /v1/readings`.

use rules_core::{
    Batch, Timestamp, Transition,
    partition::{Input, Receipt, SourceRange},
};
use serde::Serialize;
use sorted::SortedMap;

use super::{
    App, Host, Request, Response,
    problem::Problem,
    query::{Detail, Query, bad_query},
    shards::Stepped,
};
use crate::{
    drive::{PartitionAsk, shard_of},
    ports::Unavailable,
    wire::{
        TransitionJson,
        readings::{Format, Items},
    },
};

/// Longest name of a source: each partition keeps it with its state.
const SOURCE_BYTES_MAX: usize = 128;
/// Largest number of a numbered batch: it has to pass through JavaScript's numbers.
const SEQ_MAX: u64 = (1 << 53) - 1;

/// What became of a batch: *received = accepted + duplicate + late + refused*.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ingested {
    /// All items.
    pub received: usize,
    /// Those that count.
    pub accepted: usize,
    /// Those that were here before.
    pub duplicate: usize,
    /// Those behind their device's watermark: index, and by how many milliseconds.
    pub late: Vec<(u32, i64)>,
    /// Those that cannot count: index, code and message, by index.
    pub refused: Vec<(u32, String, String)>,
    /// What happened to alerts.
    pub transitions: Vec<Transition>,
}

impl<H: Host> App<H> {
    pub(super) async fn post_readings(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let query = Query::parse(&request.query);
        let detail = query.detail()?;
        let source = numbering(&query)?;
        let format = Format::from_content_type(request.header("content-type").unwrap_or_default());
        let items = Items::decode(&request.body, format)
            .map_err(|why| Problem::new(413, "too_many_items", why.to_string()))?;
        let ingested = self.ingest(items, source, now).await?;
        Ok(Response::json(200, &Answer::new(&ingested, detail)))
    }

    /// Hands each partition its readings, in one call each, all at the same time.
    ///
    /// # Errors
    /// Some partition did not take its share. Others may have: the sender
    /// sends the whole batch again, and what was taken comes out as duplicate
    /// (by id, by equal values, or by its number).
    pub async fn ingest(
        &self,
        items: Items,
        source: Option<SourceRange>,
        now: Timestamp,
    ) -> Result<Ingested, Unavailable> {
        let mut ingested = Ingested { received: items.len(), ..Ingested::default() };
        let Items { batch, errors } = items;
        let refused_before = u32::try_from(errors.len()).unwrap_or(u32::MAX);
        let refused = errors.into_iter();
        ingested.refused =
            refused.map(|why| (why.index, why.code.to_owned(), why.message)).collect();
        // Refused items belong to no device; the partition of the first good one counts them.
        let first =
            batch.iter().next().map(|(_, reading)| shard_of(reading.device(), self.shards()));
        let counts_refused = first.unwrap_or_default();
        let mut shares = shares(batch, self.shards());
        if refused_before > 0 {
            shares.entry(counts_refused).or_default();
        }
        let asks = shares.into_iter().map(|(shard, batch)| {
            let refused_before = if shard == counts_refused { refused_before } else { 0 };
            let input = Input::Readings { source: source.clone(), batch, refused_before };
            (shard, PartitionAsk::Step(input))
        });
        let stepped = Stepped::of_all(self.ask(asks.collect(), now).await)?;
        ingested.take(stepped);
        self.settle(now).await?;
        Ok(ingested)
    }
}

/// What each partition gets of `batch`.
fn shares(batch: Batch, shards: u32) -> SortedMap<u32, Batch> {
    let mut shares: SortedMap<u32, Batch> = SortedMap::new();
    if shards == 1 && !batch.is_empty() {
        shares.insert(0, batch);
        return shares;
    }
    for (index, reading) in batch.iter() {
        let shard = shard_of(reading.device(), shards);
        shares.entry(shard).or_default().copy(index, reading);
    }
    shares
}

impl Ingested {
    fn take(&mut self, stepped: Stepped) {
        for (index, receipt) in stepped.receipts {
            match receipt {
                Receipt::Accepted => self.accepted += 1,
                Receipt::Duplicate => self.duplicate += 1,
                Receipt::Late(by) => self.late.push((index, by.as_millis())),
                Receipt::Refused { code, message } => self.refused.push((index, code, message)),
            }
        }
        sorted::sort(&mut self.late);
        sorted::sort(&mut self.refused);
        self.transitions = stepped.transitions;
    }
}

/// `source` and `seq`: both or neither.
fn numbering(query: &Query) -> Result<Option<SourceRange>, Problem> {
    let (source, first) = match (query.get("source"), query.get("seq")) {
        (None, None) => return Ok(None),
        (Some(source), Some(first)) => (source, first),
        _ => {
            let detail = "source and seq belong together: allowed are both or neither";
            return Err(Problem::new(400, "bad_query", detail));
        }
    };
    let is_name =
        (1..=SOURCE_BYTES_MAX).contains(&source.len()) && !source.contains(char::is_control);
    if !is_name {
        let allowed = format!("a name of 1 to {SOURCE_BYTES_MAX} bytes without control characters");
        return Err(bad_query("source", source, &allowed));
    }
    let number = first.parse().ok().filter(|number| *number <= SEQ_MAX);
    let Some(first) = number.filter(|_| first.bytes().all(|byte| byte.is_ascii_digit())) else {
        return Err(bad_query("seq", first, &format!("a whole number from 0 to {SEQ_MAX}")));
    };
    Ok(Some(SourceRange { source: source.to_owned(), first }))
}

#[derive(Serialize)]
struct Answer<'a> {
    received: usize,
    accepted: usize,
    duplicate: usize,
    late: usize,
    refused: usize,
    errors: Vec<ErrorJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    late_items: Vec<LateJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transitions: Option<Vec<TransitionJson<'a>>>,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    index: u32,
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct LateJson {
    index: u32,
    behind_ms: i64,
}

impl<'a> Answer<'a> {
    fn new(ingested: &'a Ingested, detail: Detail) -> Self {
        let late = ingested.late.iter();
        Self {
            received: ingested.received,
            accepted: ingested.accepted,
            duplicate: ingested.duplicate,
            late: ingested.late.len(),
            refused: ingested.refused.len(),
            errors: ingested.refused.iter().map(ErrorJson::new).collect(),
            late_items: late
                .map(|(index, by)| LateJson { index: *index, behind_ms: *by })
                .collect(),
            transitions: (detail == Detail::Transitions)
                .then(|| ingested.transitions.iter().map(TransitionJson::new).collect()),
        }
    }
}

impl<'a> ErrorJson<'a> {
    fn new((index, code, message): &'a (u32, String, String)) -> Self {
        Self { index: *index, code, message }
    }
}
