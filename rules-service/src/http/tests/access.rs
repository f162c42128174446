//! Who may ask what: paths, methods, tokens, limits, clock.

use expect_test::expect;

use super::{super::misconfigured, *};

fn without(mut request: Request, name: &str) -> Request {
    request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    request
}

#[test]
fn health_is_open_and_says_whether_anything_is_served() {
    let open = without(request("GET /healthz", ""), "authorization");
    check(
        &app(),
        without(open.clone(), "tripline-now"),
        expect![[r#"
            200
            {"status":"ok","configured":true}"#]],
    );
    let unset = app_with(&Config { tokens: Vec::new(), ..config() });
    check(
        &unset,
        open,
        expect![[r#"
            200
            {"status":"ok","configured":false}"#]],
    );
    check(
        &unset,
        request("GET /v1/rules", ""),
        expect![[r#"
        503
        content-type: application/problem+json
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"not_configured","detail":"no token is configured: set one of the variables admin_token, read_token and ingest_token; until then only /healthz is served"}"#]],
    );
    check(
        &unset,
        request("GET /nothing", ""),
        expect![[r#"
        503
        content-type: application/problem+json
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"not_configured","detail":"no token is configured: set one of the variables admin_token, read_token and ingest_token; until then only /healthz is served"}"#]],
    );
}

#[test]
fn wrong_variables_are_all_named_by_everything_but_the_health_check() {
    let mistakes = ["shards is \"many\"".to_owned(), "clock_skew is \"soon\"".to_owned()];
    let answer = |line| shown(&misconfigured(&request(line, ""), &mistakes));

    expect![[r#"
        200
        {"status":"ok","configured":false}"#]]
    .assert_eq(&answer("GET /healthz"));
    expect![[r#"
        503
        content-type: application/problem+json
        {"type":"about:blank","title":"Service Unavailable","status":503,"code":"misconfigured","detail":"shards is \"many\"; clock_skew is \"soon\""}"#]]
    .assert_eq(&answer("GET /v1/rules"));
}

#[test]
fn a_token_is_asked_for_and_its_role_has_to_be_enough() {
    let app = app();
    check(
        &app,
        without(request("GET /v1/rules", ""), "authorization"),
        expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer realm="tripline"
        {"type":"about:blank","title":"Unauthorized","status":401,"code":"unauthorized","detail":"the request has no token: allowed is a header `authorization: Bearer <token>`"}"#]],
    );
    check(
        &app,
        header(request("GET /v1/rules", ""), "authorization", "Bearer no"),
        expect![[r#"
        401
        content-type: application/problem+json
        www-authenticate: Bearer realm="tripline", error="invalid_token"
        {"type":"about:blank","title":"Unauthorized","status":401,"code":"unauthorized","detail":"the token is not known here"}"#]],
    );
    let ingest = |line| header(request(line, ""), "authorization", "bearer  ingest-secret");
    check(
        &app,
        ingest("GET /v1/rules"),
        expect![[r#"
        403
        content-type: application/problem+json
        {"type":"about:blank","title":"Forbidden","status":403,"code":"forbidden","detail":"the token's role is not enough: allowed are read and admin"}"#]],
    );
    let read = |line| header(request(line, ""), "authorization", "Bearer read-secret");
    check(
        &app,
        read("DELETE /v1/rules/hot"),
        expect![[r#"
        403
        content-type: application/problem+json
        {"type":"about:blank","title":"Forbidden","status":403,"code":"forbidden","detail":"the token's role is not enough: allowed are admin"}"#]],
    );
}

#[test]
fn each_role_may_do_its_own_and_admin_everything() {
    let app = app();
    for (line, ingest, read) in [
        ("POST /v1/readings", true, false),
        ("POST /v1/tick", true, false),
        ("GET /v1/rules", false, true),
        ("GET /v1/rules/hot", false, true),
        ("PUT /v1/rules/hot", false, false),
        ("DELETE /v1/rules/hot", false, false),
        ("POST /v1/rules/validate", false, true),
        ("GET /v1/alerts", false, true),
        ("GET /v1/alerts/00000000000000000000000000000000", false, true),
        ("GET /v1/devices/pump-1", false, true),
        ("PUT /v1/devices/pump-1", false, false),
        ("GET /v1/state", false, false),
        ("GET /metrics", false, true),
    ] {
        for (token, may) in
            [("ingest-secret", ingest), ("read-secret", read), ("admin-secret", true)]
        {
            let request = header(request(line, ""), "authorization", &format!("Bearer {token}"));
            assert_eq!(send(&app, request).status != 403, may, "{line} with {token}");
        }
        let schemes =
            ["Basic admin-secret", "Bearer", "Bearer ", "admin-secret", "Bearer admin-secre"];
        for authorization in schemes {
            let request = header(request(line, ""), "authorization", authorization);
            assert_eq!(send(&app, request).status, 401, "{line} with {authorization:?}");
        }
    }
}

#[test]
fn what_is_not_there_is_404_and_a_wrong_method_405() {
    let app = app();
    check(
        &app,
        without(request("GET /v1/nothing", ""), "authorization"),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"/v1/nothing names nothing here: allowed are the paths of docs/http-api.md"}"#]],
    );
    for path in
        ["/", "", "/v1", "/v1/rules/", "/v1/rules/a/b", "/v1/alerts/", "/healthz/", "//v1/rules"]
    {
        assert_eq!(send(&app, request(&format!("GET {path}"), "")).status, 404, "{path}");
    }
    check(
        &app,
        request("PATCH /v1/rules/hot", ""),
        expect![[r#"
        405
        content-type: application/problem+json
        allow: GET, PUT, DELETE, HEAD
        {"type":"about:blank","title":"Method Not Allowed","status":405,"code":"method_not_allowed","detail":"PATCH does nothing here: allowed are GET, PUT, DELETE, HEAD"}"#]],
    );
    check(
        &app,
        request("POST /healthz", ""),
        expect![[r#"
        405
        content-type: application/problem+json
        allow: GET, HEAD
        {"type":"about:blank","title":"Method Not Allowed","status":405,"code":"method_not_allowed","detail":"POST does nothing here: allowed are GET, HEAD"}"#]],
    );
    check(
        &app,
        request("GET /v1/readings", ""),
        expect![[r#"
        405
        content-type: application/problem+json
        allow: POST
        {"type":"about:blank","title":"Method Not Allowed","status":405,"code":"method_not_allowed","detail":"GET does nothing here: allowed are POST"}"#]],
    );
}

#[test]
fn head_is_get_without_its_body() {
    check(
        &app(),
        request("HEAD /healthz", ""),
        expect![[r#"
        200
    "#]],
    );
    check(
        &app(),
        request("HEAD /v1/rules/hot", ""),
        expect![[r#"
        404
        content-type: application/problem+json
    "#]],
    );
}

#[test]
fn a_body_over_the_limit_or_encoded_is_refused_unread() {
    let app = app();
    let most = " ".repeat(Request::BODY_BYTES_MAX);
    assert_eq!(send(&app, request("POST /v1/readings", &most)).status, 200);
    check(
        &app,
        request("POST /v1/readings", &format!("{most} ")),
        expect![[r#"
        413
        content-type: application/problem+json
        {"type":"about:blank","title":"Content Too Large","status":413,"code":"body_too_large","detail":"the body is longer than 1048576 bytes: allowed are 1048576"}"#]],
    );
    check(
        &app,
        request("PUT /v1/rules/hot", &format!("{most} ")),
        expect![[r#"
        413
        content-type: application/problem+json
        {"type":"about:blank","title":"Content Too Large","status":413,"code":"body_too_large","detail":"the body is longer than 1048576 bytes: allowed are 1048576"}"#]],
    );
    let gzip = header(request("POST /v1/readings", "x"), "content-encoding", "gzip");
    check(
        &app,
        gzip,
        expect![[r#"
        415
        content-type: application/problem+json
        {"type":"about:blank","title":"Unsupported Media Type","status":415,"code":"unsupported_encoding","detail":"the body is encoded as \"gzip\": allowed is no encoding"}"#]],
    );
}

#[test]
fn only_a_host_set_up_for_tests_takes_its_time_from_the_header() {
    let ahead = format!("[{}]", reading("a", 3_600, 1.0));
    let at_that_time = || at(request("POST /v1/readings", &ahead), 3_600);
    check(
        &app(),
        at_that_time(),
        expect![[r#"
        200
        {"received":1,"accepted":1,"duplicate":0,"late":0,"refused":0,"errors":[]}"#]],
    );

    let real = app_with(&Config { virtual_time: VirtualTime::Off, ..config() });
    let by_its_clock = |request| Request { now: Timestamp::from_millis(START), ..request };
    check(
        &real,
        by_its_clock(at_that_time()),
        expect![[r#"
        200
        {"received":1,"accepted":0,"duplicate":0,"late":0,"refused":1,"errors":[{"index":0,"code":"clock_ahead","message":"event time is 1h ahead of the clock, and 1m is allowed"}]}"#]],
    );
    let garbage = header(request("POST /v1/tick", ""), "tripline-now", "garbage");
    check(
        &real,
        by_its_clock(garbage),
        expect![[r#"
        200
        {"shards":4,"transition_count":0}"#]],
    );
}

#[test]
fn on_virtual_time_a_request_has_to_say_when_it_is() {
    let app = app();
    check(
        &app,
        without(request("GET /v1/alerts", ""), "tripline-now"),
        expect![[r#"
        400
        content-type: application/problem+json
        {"type":"about:blank","title":"Bad Request","status":400,"code":"bad_now","detail":"tripline-now is \"\": allowed are milliseconds since 1970, from which this host takes its time"}"#]],
    );
    for now in ["soon", "-1", "+1", "1.5", "99999999999999999999", "253402300800000"] {
        let request = header(request("POST /v1/tick", ""), "tripline-now", now);
        assert_eq!(send(&app, request).status, 400, "{now}");
    }
}
