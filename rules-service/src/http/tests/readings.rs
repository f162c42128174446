//! `POST /v1/readings`, alerts, tick, state, metrics.

use expect_test::expect;

use super::*;

#[test]
fn bad_items_are_refused_by_index_and_the_rest_counts() {
    let app = app();
    let body = [
        reading("a", 0, 20.0),
        r#"{"ts":1700000000000,"temp":1}"#.to_owned(),
        "no JSON".to_owned(),
        r#"{"device":"a","ts":1700000000000,"temp":1e999}"#.to_owned(),
        r#"{"device":"a","ts":-5,"temp":1}"#.to_owned(),
        reading("b", 61, 20.0),
        reading("c", 0, 20.0),
        reading("a", 0, 20.0),
        reading("a", -3, 20.0),
        reading("a", 1, 21.0),
    ];
    check(
        &app,
        request("POST /v1/readings", &body.join("\n")),
        expect![[r#"
            200
            {"received":10,"accepted":3,"duplicate":1,"late":1,"refused":5,"errors":[{"index":1,"code":"missing_device","message":"the reading has no device: allowed is a text `device` or `deviceId`"},{"index":2,"code":"invalid_json","message":"line 3, column 2: expected a JSON value"},{"index":3,"code":"not_finite","message":"line 4, column 45: the number is not finite: allowed are numbers up to 1.7976931348623157e308"},{"index":4,"code":"ts_out_of_bounds","message":"ts is -5: allowed are times from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z; numbers from 1e11 on are milliseconds, smaller ones seconds"},{"index":5,"code":"clock_ahead","message":"event time is 1m1s ahead of the clock, and 1m is allowed"}],"late_items":[{"index":8,"behind_ms":3000}]}"#]],
    );
    check(
        &app,
        request("GET /v1/state", ""),
        expect![[r#"
            200
            [{"scope":"shard-0","version":1,"hash":"43f9e1f64fa6ab47b4e5af0141ee19b0","cells":1,"partition":{"received":8,"accepted":2,"duplicate":1,"late":1,"refused":4,"transitions":0,"type_errors":0,"limits_reached":0},"fleet":null,"aggregator":null},{"scope":"shard-1","version":1,"hash":"a28c5b44ab50e741c5bd170138aac268","cells":0,"partition":{"received":1,"accepted":0,"duplicate":0,"late":0,"refused":1,"transitions":0,"type_errors":0,"limits_reached":0},"fleet":null,"aggregator":null},{"scope":"shard-2","version":1,"hash":"e8f8d689624e3e27b8fef76c3fd0f0ee","cells":1,"partition":{"received":1,"accepted":1,"duplicate":0,"late":0,"refused":0,"transitions":0,"type_errors":0,"limits_reached":0},"fleet":null,"aggregator":null},{"scope":"shard-3","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":{"received":0,"accepted":0,"duplicate":0,"late":0,"refused":0,"transitions":0,"type_errors":0,"limits_reached":0},"fleet":null,"aggregator":null},{"scope":"fleet-0","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":null,"fleet":{"messages":0,"duplicate":0,"unreadable":0,"facts":0,"transitions":0,"type_errors":0,"limits_reached":0},"aggregator":null},{"scope":"fleet-1","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":null,"fleet":{"messages":0,"duplicate":0,"unreadable":0,"facts":0,"transitions":0,"type_errors":0,"limits_reached":0},"aggregator":null},{"scope":"fleet-2","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":null,"fleet":{"messages":0,"duplicate":0,"unreadable":0,"facts":0,"transitions":0,"type_errors":0,"limits_reached":0},"aggregator":null},{"scope":"fleet-3","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":null,"fleet":{"messages":0,"duplicate":0,"unreadable":0,"facts":0,"transitions":0,"type_errors":0,"limits_reached":0},"aggregator":null},{"scope":"alerts","version":0,"hash":"9d30c1f78465995be47dda5e4e4e77ed","cells":0,"partition":null,"fleet":null,"aggregator":{"transitions":0,"sent":0,"muted":0,"pending":0,"dead":0}}]"#]],
    );
}

#[test]
fn a_body_that_is_no_json_is_one_refused_item() {
    check(
        &app(),
        request("POST /v1/readings", "temp=81"),
        expect![[r#"
            200
            {"received":1,"accepted":0,"duplicate":0,"late":0,"refused":1,"errors":[{"index":0,"code":"invalid_json","message":"line 1, column 2: expected a JSON value"}]}"#]],
    );
    check(
        &app(),
        request("POST /v1/readings", "[]"),
        expect![[r#"
        200
        {"received":0,"accepted":0,"duplicate":0,"late":0,"refused":0,"errors":[]}"#]],
    );
}

#[test]
fn more_items_than_the_limit_are_413() {
    let body = "1\n".repeat(10_001);
    let lines = header(request("POST /v1/readings", &body), "content-type", "application/x-ndjson");
    check(
        &app(),
        lines,
        expect![[r#"
        413
        content-type: application/problem+json
        {"type":"about:blank","title":"Content Too Large","status":413,"code":"too_many_items","detail":"the batch has more than 10000 items: send it in parts"}"#]],
    );
}

#[test]
fn a_cloud_event_is_taken_by_its_content_type() {
    let app = app();
    let event = r#"{"specversion":"1.0","id":"7","source":"/gateways/4","type":"reading",
        "subject":"boiler-1","time":"2023-11-14T22:13:20Z","data":{"temp":81}}"#;
    let post = || {
        let request = request("POST /v1/readings", event);
        header(request, "Content-Type", "application/cloudevents+json; charset=utf-8")
    };
    check(
        &app,
        post(),
        expect![[r#"
        200
        {"received":1,"accepted":1,"duplicate":0,"late":0,"refused":0,"errors":[]}"#]],
    );
    check(
        &app,
        post(),
        expect![[r#"
        200
        {"received":1,"accepted":0,"duplicate":1,"late":0,"refused":0,"errors":[]}"#]],
    );
}

#[test]
fn a_numbered_batch_sent_twice_counts_once() {
    let app = app();
    let body = format!("{}\n{{}}\n{}", reading("a", 0, 1.0), reading("b", 0, 2.0));
    let post = || request("POST /v1/readings?source=bridge%201&seq=40", &body);
    check(
        &app,
        post(),
        expect![[r#"
        200
        {"received":3,"accepted":2,"duplicate":0,"late":0,"refused":1,"errors":[{"index":1,"code":"missing_device","message":"the reading has no device: allowed is a text `device` or `deviceId`"}]}"#]],
    );
    check(
        &app,
        post(),
        expect![[r#"
        200
        {"received":3,"accepted":0,"duplicate":2,"late":0,"refused":1,"errors":[{"index":1,"code":"missing_device","message":"the reading has no device: allowed is a text `device` or `deviceId`"}]}"#]],
    );
}

#[test]
fn what_a_query_may_not_say_is_refused() {
    let app = app();
    for query in [
        "source=x",
        "seq=1",
        "source=&seq=1",
        "source=x%00&seq=1",
        "source=x&seq=-1",
        "source=x&seq=%2B1",
        "source=x&seq=9007199254740992",
        "detail=everything",
    ] {
        let response = send(&app, request(&format!("POST /v1/readings?{query}"), "[]"));
        assert_eq!(response.status, 400, "{query}");
        assert!(String::from_utf8_lossy(&response.body).contains("bad_query"), "{query}");
    }
    check(
        &app,
        request("POST /v1/readings?source=x", "[]"),
        expect![[r#"
            400
            content-type: application/problem+json
            {"type":"about:blank","title":"Bad Request","status":400,"code":"bad_query","detail":"source and seq belong together: allowed are both or neither"}"#]],
    );
    check(
        &app,
        request("GET /v1/alerts?state=silent", ""),
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"about:blank","title":"Bad Request","status":400,"code":"bad_query","detail":"state is \"silent\": allowed is active, pending, firing, resolved or all"}"#]],
    );
}

#[test]
fn an_episode_is_told_once_and_listed_until_and_after_it_ends() {
    let app = app();
    let held = r#"{"id":"hot","when":"temp > 80","for":"10s","severity":"critical",
        "summary":"{{ device }} is {{ value }} °C","labels":{"team":"ops"}}"#;
    check(
        &app,
        request("PUT /v1/rules/hot", held),
        expect![[r#"
        201
        etag: "1"
        {"id":"hot","rules_version":1}"#]],
    );
    let post = |seconds, temp| {
        let body = reading("boiler-1", seconds, temp);
        at(request("POST /v1/readings?detail=transitions", &body), seconds)
    };
    check(
        &app,
        post(0, 81.5),
        expect![[r#"
        200
        {"received":1,"accepted":1,"duplicate":0,"late":0,"refused":0,"errors":[],"transitions":[{"rule":"hot","device":"boiler-1","state":"pending","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.5,"episode":"9cc8e7a5a92a55109b3ce5025da54d62"}]}"#]],
    );
    check(
        &app,
        request("GET /v1/alerts", ""),
        expect![[r#"
        200
        {"alerts":[{"rule":"hot","device":"boiler-1","state":"pending","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.5,"episode":"9cc8e7a5a92a55109b3ce5025da54d62","severity":"critical","labels":{"team":"ops"},"summary":"boiler-1 is 81.5 °C","mode":"live","rules_version":1}]}"#]],
    );
    check(
        &app,
        at(request("POST /v1/tick?detail=transitions", ""), 10),
        expect![[r#"
        200
        {"shards":4,"transition_count":1,"transitions":[{"rule":"hot","device":"boiler-1","state":"firing","at":"2023-11-14T22:13:30.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.5,"episode":"9cc8e7a5a92a55109b3ce5025da54d62"}]}"#]],
    );
    check(
        &app,
        at(request("POST /v1/tick", ""), 11),
        expect![[r#"
        200
        {"shards":4,"transition_count":0}"#]],
    );
    check(
        &app,
        at(request("GET /v1/alerts?state=firing", ""), 11),
        expect![[r#"
        200
        {"alerts":[{"rule":"hot","device":"boiler-1","state":"firing","at":"2023-11-14T22:13:30.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.5,"episode":"9cc8e7a5a92a55109b3ce5025da54d62","fired_at":"2023-11-14T22:13:30.000Z","severity":"critical","labels":{"team":"ops"},"summary":"boiler-1 is 81.5 °C","mode":"live","rules_version":1}]}"#]],
    );
    for seconds in 12..20 {
        assert_eq!(send(&app, post(seconds, 90.0)).status, 200);
    }
    check(
        &app,
        post(20, 70.0),
        expect![[r#"
        200
        {"received":1,"accepted":1,"duplicate":0,"late":0,"refused":0,"errors":[],"transitions":[{"rule":"hot","device":"boiler-1","state":"resolved","at":"2023-11-14T22:13:40.000Z","started_at":"2023-11-14T22:13:20.000Z","value":70.0,"episode":"9cc8e7a5a92a55109b3ce5025da54d62"}]}"#]],
    );
    check(
        &app,
        at(request("GET /v1/alerts", ""), 20),
        expect![[r#"
        200
        {"alerts":[]}"#]],
    );
    check(
        &app,
        at(request("GET /v1/alerts?state=all", ""), 20),
        expect![[r#"
        200
        {"alerts":[{"rule":"hot","device":"boiler-1","state":"resolved","at":"2023-11-14T22:13:40.000Z","started_at":"2023-11-14T22:13:20.000Z","value":70.0,"episode":"9cc8e7a5a92a55109b3ce5025da54d62","fired_at":"2023-11-14T22:13:30.000Z","severity":"critical","labels":{"team":"ops"},"summary":"boiler-1 is 70 °C","mode":"live","rules_version":1}]}"#]],
    );

    let sent = app.host().notifier.take_sent();
    let kinds: Vec<_> = sent.iter().map(|request| kind(&request.body)).collect();
    assert_eq!(kinds, ["firing", "resolved"]);
}

fn kind(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    body["kind"].as_str().expect("kind").to_owned()
}

#[test]
fn an_episode_is_found_by_its_id() {
    let app = app();
    assert_eq!(send(&app, request("PUT /v1/rules/hot", HOT)).status, 201);
    let answer =
        send(&app, request("POST /v1/readings?detail=transitions", &reading("a", 0, 81.0)));
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let episode = answer["transitions"][0]["episode"].as_str().expect("an id").to_owned();

    check(
        &app,
        request(&format!("GET /v1/alerts/{episode}"), ""),
        expect![[r#"
        200
        {"rule":"hot","device":"a","state":"firing","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.0,"episode":"c799883a59e07a6a4ec2d96bd4a92e2b","fired_at":"2023-11-14T22:13:20.000Z","severity":"critical","labels":{},"summary":"hot on a","mode":"live","rules_version":1}"#]],
    );
    check(
        &app,
        request("GET /v1/alerts/00000000000000000000000000000000", ""),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"no_such_alert","detail":"there is no episode \"00000000000000000000000000000000\": allowed are those that GET /v1/alerts?state=all lists"}"#]],
    );
    check(
        &app,
        request("GET /v1/alerts/nonsense", ""),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"no_such_alert","detail":"there is no episode \"nonsense\": allowed are those that GET /v1/alerts?state=all lists"}"#]],
    );
}

#[test]
fn metrics_tell_what_became_of_readings_and_transitions() {
    let app = app();
    assert_eq!(send(&app, request("PUT /v1/rules/hot", HOT)).status, 201);
    let body = format!("{}\n{}\n5", reading("a", 0, 81.0), reading("b", 0, 20.0));
    assert_eq!(send(&app, request("POST /v1/readings", &body)).status, 200);

    let response = send(&app, request("GET /metrics", ""));

    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(response.body).expect("UTF-8");
    let total = |name: &str| -> u64 {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    };
    assert_eq!(total("tripline_up"), 9);
    assert_eq!(total("tripline_readings_received_total"), 3);
    assert_eq!(total("tripline_readings_total"), 3);
    assert_eq!(total("tripline_transitions_total"), 1);
    assert_eq!(total("tripline_notifications_total{outcome=\"sent\"}"), 1);
    assert_eq!(total("tripline_rules "), 1);
}
