//! Hosts whose parts do not answer.

use std::cell::{Cell, RefCell};

use expect_test::expect;

use super::*;
use crate::{
    drive::{AggregatorReply, AggregatorRequest, PartitionReply, PartitionRequest, shard_of},
    ports::{AggregatorPort, Commit, Partitions, RuleStore, Unavailable, Version},
};

/// A host in memory, of which a shard may be cut off, or the rule store may
/// be changed by others each time.
struct Flaky {
    inside: MemoryHost,
    silent_shard: Cell<Option<u32>>,
    rivals: Cell<usize>,
    calls: RefCell<Vec<u32>>,
}

impl Flaky {
    fn app() -> App<Self> {
        let inside = memory::host(config());
        let host = Self {
            inside,
            silent_shard: Cell::default(),
            rivals: Cell::default(),
            calls: RefCell::default(),
        };
        App::new(host, &config())
    }
}

impl Host for Flaky {
    type Partitions = Self;
    type Fleets = MemoryHost;
    type Aggregator = Self;
    type Rules = Self;

    fn partitions(&self) -> &Self {
        self
    }

    fn fleets(&self) -> &MemoryHost {
        &self.inside
    }

    fn aggregator(&self) -> &Self {
        self
    }

    fn rules(&self) -> &Self {
        self
    }
}

impl Partitions for Flaky {
    async fn call(
        &self,
        shard: u32,
        request: PartitionRequest,
    ) -> Result<PartitionReply, Unavailable> {
        self.calls.borrow_mut().push(shard);
        if self.silent_shard.get() == Some(shard) {
            return Err(Unavailable("no answer in 10 s".to_owned()));
        }
        Partitions::call(&self.inside, shard, request).await
    }
}

impl AggregatorPort for Flaky {
    async fn call(&self, request: AggregatorRequest) -> Result<AggregatorReply, Unavailable> {
        AggregatorPort::call(&self.inside, request).await
    }
}

impl RuleStore for Flaky {
    async fn load(&self) -> Result<(Version, String), Unavailable> {
        RuleStore::load(&self.inside).await
    }

    async fn store(&self, expected: Version, text: &str) -> Result<Commit, Unavailable> {
        if let Some(left) = self.rivals.get().checked_sub(1) {
            self.rivals.set(left);
            let (version, theirs) = self.load().await?;
            RuleStore::store(&self.inside, version, &theirs).await?;
        }
        RuleStore::store(&self.inside, expected, text).await
    }
}

/// One device for each of the four shards.
fn devices() -> [String; 4] {
    [0, 1, 2, 3].map(|shard| {
        let mut names = (0..).map(|number| format!("d{number}"));
        names.find(|name| shard_of(name, 4) == shard).expect("one of many")
    })
}

#[test]
fn a_batch_that_a_shard_did_not_take_is_sent_again_as_a_whole_and_counts_once() {
    let app = Flaky::app();
    let body = devices().map(|device| reading(&device, 0, 1.0)).join("\n");
    app.host().silent_shard.set(Some(2));
    check(
        &app,
        request("POST /v1/readings", &body),
        expect![[r#"
        503
        content-type: application/problem+json
        retry-after: 1
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"partition shard-2 does not answer: no answer in 10 s"}"#]],
    );

    app.host().silent_shard.set(None);
    check(
        &app,
        request("POST /v1/readings", &body),
        expect![[r#"
        200
        {"received":4,"accepted":1,"duplicate":3,"late":0,"refused":0,"errors":[]}"#]],
    );
}

#[test]
fn each_shard_of_a_batch_is_called_once_and_no_other() {
    let app = Flaky::app();
    let [first, _, third, _] = devices();
    let body = [reading(&third, 0, 1.0), reading(&first, 0, 1.0), reading(&third, 1, 1.0)];
    assert_eq!(send(&app, request("POST /v1/readings", &body.join("\n"))).status, 200);
    assert_eq!(app.host().calls.take(), [0, 2]);
    assert_eq!(send(&app, request("POST /v1/readings", "[{}]")).status, 200);
    assert_eq!(app.host().calls.take(), [0]);
    assert_eq!(
        send(&app, request("POST /v1/readings", &format!("[{{}},{}]", body[0]))).status,
        200
    );
    assert_eq!(app.host().calls.take(), [2]);
}

#[test]
fn a_tick_runs_what_it_reaches_and_names_what_it_does_not() {
    let app = Flaky::app();
    app.host().silent_shard.set(Some(1));
    check(
        &app,
        request("POST /v1/tick", ""),
        expect![[r#"
        503
        content-type: application/problem+json
        retry-after: 1
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"partition shard-1 does not answer: no answer in 10 s"}"#]],
    );
    check(
        &app,
        request("GET /v1/state", ""),
        expect![[r#"
        503
        content-type: application/problem+json
        retry-after: 1
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"partition shard-1 does not answer: no answer in 10 s"}"#]],
    );
    assert_eq!(app.host().calls.take(), [0, 1, 2, 3, 0, 1, 2, 3]);
    let metrics = send(&app, request("GET /metrics", ""));
    assert_eq!(metrics.status, 200);
    assert!(String::from_utf8_lossy(&metrics.body).contains("tripline_up{scope=\"shard-1\"} 0\n"));
}

#[test]
fn a_shard_that_does_not_hear_of_a_rule_meets_it_at_its_next_step() {
    let app = Flaky::app();
    let [_, device, ..] = devices();
    app.host().silent_shard.set(Some(1));
    check(
        &app,
        request("PUT /v1/rules/hot", HOT),
        expect![[r#"
        201
        etag: "1"
        {"id":"hot","rules_version":1}"#]],
    );

    app.host().silent_shard.set(None);
    let answer =
        send(&app, request("POST /v1/readings?detail=transitions", &reading(&device, 0, 81.0)));
    assert!(String::from_utf8_lossy(&answer.body).contains(r#""state":"firing""#));
}

#[test]
fn a_change_of_rules_is_tried_again_when_others_come_first() {
    let app = Flaky::app();
    app.host().rivals.set(4);
    check(
        &app,
        request("PUT /v1/rules/hot", HOT),
        expect![[r#"
        201
        etag: "5"
        {"id":"hot","rules_version":5}"#]],
    );
    app.host().rivals.set(5);
    check(
        &app,
        request("PUT /v1/rules/hot", HOT),
        expect![[r#"
        503
        content-type: application/problem+json
        retry-after: 1
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable","detail":"other changes of the rule set came first each time: try again"}"#]],
    );
}
