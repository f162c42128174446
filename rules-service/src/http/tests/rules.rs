//! `/v1/rules`.

use expect_test::expect;

use rules_core::cost::Quota;

use super::*;

#[test]
fn a_rule_is_put_read_listed_replaced_and_deleted() {
    let app = app();
    let spaced = "{ \"id\": \"hot\",\n  \"when\": \"temp > 80.10\" }\n";
    check(
        &app,
        request("GET /v1/rules", ""),
        expect![[r#"
        200
        {"rules_version":0,"rules":[]}"#]],
    );
    check(
        &app,
        request("PUT /v1/rules/hot", spaced),
        expect![[r#"
        201
        etag: "1"
        {"id":"hot","rules_version":1}"#]],
    );
    check(
        &app,
        request("GET /v1/rules/hot", ""),
        expect![[r#"
        200
        etag: "1"
        { "id": "hot",
          "when": "temp > 80.10" }
    "#]],
    );
    check(
        &app,
        request("PUT /v1/rules/hot", HOT),
        expect![[r#"
        200
        etag: "2"
        {"id":"hot","rules_version":2}"#]],
    );
    check(
        &app,
        request("PUT /v1/rules/cold", r#"{"id":"cold","when":"temp < 0"}"#),
        expect![[r#"
        201
        etag: "3"
        {"id":"cold","rules_version":3}"#]],
    );
    check(
        &app,
        request("GET /v1/rules", ""),
        expect![[r#"
        200
        {"rules_version":3,"rules":[{"id":"cold","etag":"\"3\"","document":{"id":"cold","when":"temp < 0"}},{"id":"hot","etag":"\"2\"","document":{"id":"hot","when":"temp > 80","severity":"critical"}}]}"#]],
    );
    check(
        &app,
        request("DELETE /v1/rules/cold", ""),
        expect![[r#"
        200
        {"id":"cold","rules_version":4}"#]],
    );
    check(
        &app,
        request("DELETE /v1/rules/cold", ""),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"no_such_rule","detail":"there is no rule \"cold\": allowed are those that GET /v1/rules lists"}"#]],
    );
    check(
        &app,
        request("GET /v1/rules/cold", ""),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"no_such_rule","detail":"there is no rule \"cold\": allowed are those that GET /v1/rules lists"}"#]],
    );
}

#[test]
fn all_mistakes_of_a_rule_come_at_once_with_their_places() {
    let app = app();
    let wrong = "{\"id\": \"hot\",\n \"when\": \"tmp > \",\n \"fro\": \"5m\",\n \"severity\": 3}";
    check(
        &app,
        request("PUT /v1/rules/hot", wrong),
        expect![[r#"
            400
            content-type: application/problem+json
            {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_rule","detail":"the rule has 3 mistakes","mistakes":[{"code":"syntax","message":"the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected","line":2,"column":17,"suggestion":null},{"code":"unknown_key","message":"unknown key `fro`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary`","line":3,"column":2,"suggestion":"for"},{"code":"wrong_type","message":"found number 3, expected a text such as \"critical\"","line":4,"column":14,"suggestion":null}]}"#]],
    );
    check(
        &app,
        request("POST /v1/rules/validate", wrong),
        expect![[r#"
            400
            content-type: application/problem+json
            {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_rule","detail":"the rule has 3 mistakes","mistakes":[{"code":"syntax","message":"the expression ends where a number, a text, a field, a function, `!`, `-` or `(` is expected","line":2,"column":17,"suggestion":null},{"code":"unknown_key","message":"unknown key `fro`; there are `id`, `devices`, `per`, `match`, `on`, `when`, `clear`, `for`, `keep_firing_for`, `min_samples`, `schedule`, `missing`, `mode`, `severity`, `labels`, `summary`","line":3,"column":2,"suggestion":"for"},{"code":"wrong_type","message":"found number 3, expected a text such as \"critical\"","line":4,"column":14,"suggestion":null}]}"#]],
    );
    check(
        &app,
        request("POST /v1/rules/validate", "no JSON"),
        expect![[r#"
            400
            content-type: application/problem+json
            {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_rule","detail":"the document is not JSON: expected ident","mistakes":[{"code":"json_syntax","message":"the document is not JSON: expected ident","line":1,"column":2,"suggestion":null}]}"#]],
    );
    check(
        &app,
        request("GET /v1/rules", ""),
        expect![[r#"
        200
        {"rules_version":0,"rules":[]}"#]],
    );
}

#[test]
fn a_rule_that_holds_is_shown_as_it_was_understood() {
    let rule = r#"{"id":"warm","when":"avg(temp,60s)>8&&!(door_open)","clear":"avg(temp,1m)<6"}"#;
    check(
        &app(),
        request("POST /v1/rules/validate", rule),
        expect![[r#"
            200
            {"valid":true,"id":"warm","when":"avg(temp, 1m) > 8 && !door_open","clear":"avg(temp, 1m) < 6"}"#]],
    );
}

#[test]
fn the_id_of_the_path_is_that_of_the_document() {
    check(
        &app(),
        request("PUT /v1/rules/cold", HOT),
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"about:blank","title":"Bad Request","status":400,"code":"id_mismatch","detail":"the document's id is \"hot\": allowed is \"cold\", as in the path"}"#]],
    );
    let mut latin = request("PUT /v1/rules/hot", "");
    latin.body = b"{\"id\":\"h\xf6t\"}".to_vec();
    check(
        &app(),
        latin,
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_utf8","detail":"byte 8 of the body is no UTF-8"}"#]],
    );
}

#[test]
fn deleting_a_rule_resolves_its_alerts_and_says_so() {
    let app = app();
    assert_eq!(send(&app, request("PUT /v1/rules/hot", HOT)).status, 201);
    assert_eq!(send(&app, request("POST /v1/readings", &reading("a", 0, 81.0))).status, 200);
    check(
        &app,
        at(request("DELETE /v1/rules/hot?detail=transitions", ""), 5),
        expect![[r#"
        200
        {"id":"hot","rules_version":2,"transitions":[{"rule":"hot","device":"a","state":"resolved","at":"2023-11-14T22:13:25.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.0,"episode":"c799883a59e07a6a4ec2d96bd4a92e2b","reason":"rule_deleted"}]}"#]],
    );
    let last = app.host().notifier.take_sent().pop().expect("a notification");
    assert!(String::from_utf8_lossy(&last.body).contains(r#""reason":"rule_deleted""#));
}

#[test]
fn a_rule_set_has_room_for_a_thousand_rules() {
    let app = app();
    let mut book = crate::wire::RuleBook::default();
    for number in 0..1_000 {
        let id = format!("r{number}");
        book.put(&id, &format!(r#"{{"id":"{id}","when":"t > {number}"}}"#), 1);
    }
    let text = book.to_text();
    let stored = crate::ports::RuleStore::store(app.host(), 0, &text);
    stored.now_or_never().expect("at once").expect("stored");
    check(
        &app,
        request("PUT /v1/rules/one-more", r#"{"id":"one-more","when":"t > 0"}"#),
        expect![[r#"
            409
            content-type: application/problem+json
            {"type":"about:blank","title":"Conflict","status":409,"code":"too_many_rules","detail":"the rule set is full: allowed are 1000 rules"}"#]],
    );
    assert_eq!(
        send(&app, request("PUT /v1/rules/r7", r#"{"id":"r7","when":"t < 0"}"#)).status,
        200
    );
}

#[test]
fn a_rule_that_makes_the_set_cost_more_than_the_quota_is_refused_with_the_figures() {
    let quota = Quota { bytes_per_device: 1_200_000, ..Quota::default() };
    let app = app_with(&Config { quota, ..config() });
    let day = |id: &str, field: &str| {
        let rule = format!(r#"{{"id":"{id}","when":"avg({field}, 24h) > 8"}}"#);
        request(&format!("PUT /v1/rules/{id}"), &rule)
    };
    assert_eq!(send(&app, day("a", "temp")).status, 201);
    check(
        &app,
        day("b", "load"),
        expect![[r#"
            409
            content-type: application/problem+json
            {"type":"about:blank","title":"Conflict","status":409,"code":"over_quota","detail":"with this rule the rules take 2.0 MB a device at a reading each 1s, where 1.2 MB are allowed"}"#]],
    );
    assert_eq!(send(&app, day("b", "temp")).status, 201, "what is shared counts once");
}
