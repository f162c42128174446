//! `/v1/devices/{id}`.

use expect_test::expect;

use super::*;

const HOT_SITE: &str = r#"{"id":"hot-site","per":["site"],"when":"devices(temp > 60) >= 1"}"#;

#[test]
fn a_device_is_shown_with_its_tags_and_what_it_said_last() {
    let app = app();
    let body = format!(
        r#"[{{"device":"pump 1","ts":{START},"values":{{"temp":81.5,"state":"open"}},"tags":{{"site":"plant-1"}}}},
            {{"device":"pump 1","ts":{},"values":{{"temp":null,"on":true}}}}]"#,
        START + 1_000
    );
    assert_eq!(send(&app, at(request("POST /v1/readings", &body), 1)).status, 200);

    check(
        &app,
        at(request("GET /v1/devices/pump%201", ""), 1),
        expect![[r#"
        200
        {"device":"pump 1","tags":{"site":"plant-1"},"last":"2023-11-14T22:13:21.000Z","values":{"on":{"value":true,"at":"2023-11-14T22:13:21.000Z"},"state":{"value":"open","at":"2023-11-14T22:13:20.000Z"},"temp":{"value":null,"at":"2023-11-14T22:13:21.000Z"}},"samples":0,"alerts":[]}"#]],
    );
}

#[test]
fn tags_are_replaced_all_together_and_move_the_device_to_another_group() {
    let app = app();
    assert_eq!(send(&app, request("PUT /v1/rules/hot-site", HOT_SITE)).status, 201);
    check(
        &app,
        request("PUT /v1/devices/pump-1", r#"{"tags":{"site":"plant-1","line":"3","role":""}}"#),
        expect![[r#"
            200
            {"device":"pump-1","tags":{"line":"3","site":"plant-1"},"last":null,"values":{},"samples":0,"alerts":[]}"#]],
    );
    let hot =
        send(&app, request("POST /v1/readings?detail=transitions", &reading("pump-1", 0, 61.0)));
    let hot = String::from_utf8_lossy(&hot.body).into_owned();
    assert!(hot.contains(r#""group":{"site":"plant-1"},"state":"firing""#), "{hot}");

    check(
        &app,
        at(
            request("PUT /v1/devices/pump-1?detail=transitions", r#"{"tags":{"site":"plant-2"}}"#),
            5,
        ),
        expect![[r#"
            200
            {"device":"pump-1","tags":{"site":"plant-2"},"last":"2023-11-14T22:13:20.000Z","values":{"temp":{"value":61.0,"at":"2023-11-14T22:13:20.000Z"}},"samples":0,"alerts":[],"transitions":[{"rule":"hot-site","group":{"site":"plant-1"},"state":"resolved","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":1.0,"episode":"e39aa4a205c6e0b5301e920d0d822b79","reason":"rule_narrowed"},{"rule":"hot-site","group":{"site":"plant-2"},"state":"firing","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":1.0,"episode":"52a0fe76149eef631952685bb4b70ee4"}]}"#]],
    );
}

#[test]
fn a_device_that_nothing_is_known_of_is_404() {
    check(
        &app(),
        request("GET /v1/devices/pump-1", ""),
        expect![[r#"
        404
        content-type: application/problem+json
        {"type":"about:blank","title":"Not Found","status":404,"code":"no_such_device","detail":"nothing is known of device \"pump-1\": allowed are those that have sent a reading or were put here"}"#]],
    );
}

#[test]
fn what_is_no_description_of_a_device_is_refused_and_changes_nothing() {
    let app = app();
    let many: Vec<String> = (0..33).map(|number| format!(r#""t{number}":"x""#)).collect();
    let mut told = String::new();
    for body in [
        String::new(),
        r#"{"tags":{"site":5}}"#.to_owned(),
        r#"{"tags":{},"name":"x"}"#.to_owned(),
        format!(r#"{{"tags":{{{}}}}}"#, many.join(",")),
        r#"{"tags":{"":"x"}}"#.to_owned(),
        format!(r#"{{"tags":{{"site":"{}"}}}}"#, "x".repeat(129)),
    ] {
        let response = send(&app, request("PUT /v1/devices/pump-1", &body));
        writeln!(told, "{} {}", response.status, String::from_utf8_lossy(&response.body))
            .expect("a String");
    }
    let long = request(&format!("PUT /v1/devices/{}", "x".repeat(257)), r#"{"tags":{}}"#);
    told.push_str(&String::from_utf8_lossy(&send(&app, long).body));

    expect![[r#"
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"EOF while parsing a value at line 1 column 0: allowed is {\"tags\": {\"name\": \"text\"}}"}
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"invalid type: integer `5`, expected a string at line 1 column 17: allowed is {\"tags\": {\"name\": \"text\"}}"}
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"unknown field `name`, expected `tags` at line 1 column 17: allowed is {\"tags\": {\"name\": \"text\"}}"}
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"the device has 33 tags: allowed are 32"}
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"the name of a tag has 0 bytes: allowed are 1 to 128"}
        400 {"type":"about:blank","title":"Bad Request","status":400,"code":"invalid_device","detail":"the text of tag \"site\" has 129 bytes: allowed are 128"}
        {"type":"about:blank","title":"Bad Request","status":400,"code":"bad_device","detail":"the path names a device by 257 bytes: allowed are 1 to 256 without control characters"}"#]].assert_eq(&told);
    assert_eq!(send(&app, request("GET /v1/devices/pump-1", "")).status, 404);
}
