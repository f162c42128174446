//! `if-match` and `if-none-match`.

use super::*;

/// What a conditional request on rule `hot` (stored at version 1) and rule
/// `none` (not there) gives.
#[test]
fn conditions_hold_or_the_change_is_412() {
    let none = r#"{"id":"none","when":"temp > 80"}"#;
    for (line, body, name, value, status) in [
        ("PUT /v1/rules/hot", HOT, "if-match", "\"1\"", 200),
        ("PUT /v1/rules/hot", HOT, "if-match", "\"7\", \"1\"", 200),
        ("PUT /v1/rules/hot", HOT, "if-match", "*", 200),
        ("PUT /v1/rules/hot", HOT, "if-match", "\"2\"", 412),
        ("PUT /v1/rules/hot", HOT, "if-match", "W/\"1\"", 200),
        ("PUT /v1/rules/hot", HOT, "if-match", "1", 412),
        ("PUT /v1/rules/hot", HOT, "if-none-match", "*", 412),
        ("PUT /v1/rules/hot", HOT, "if-none-match", "\"1\"", 412),
        ("PUT /v1/rules/hot", HOT, "if-none-match", "\"2\"", 200),
        ("PUT /v1/rules/none", none, "if-match", "*", 412),
        ("PUT /v1/rules/none", none, "if-match", "\"1\"", 412),
        ("PUT /v1/rules/none", none, "if-none-match", "*", 201),
        ("DELETE /v1/rules/hot", "", "if-match", "\"1\"", 200),
        ("DELETE /v1/rules/hot", "", "if-match", "\"2\"", 412),
        ("DELETE /v1/rules/none", "", "if-match", "*", 412),
        ("GET /v1/rules/hot", "", "if-none-match", "\"1\"", 304),
        ("GET /v1/rules/hot", "", "if-none-match", "\"2\"", 200),
        ("GET /v1/rules/hot", "", "if-none-match", "\"3\", W/\"1\"", 304),
        ("GET /v1/rules/none", "", "if-none-match", "*", 404),
    ] {
        let app = app();
        assert_eq!(send(&app, request("PUT /v1/rules/hot", HOT)).status, 201);

        let response = send(&app, header(request(line, body), name, value));

        assert_eq!(response.status, status, "{line} {name}: {value}");
        if status == 304 {
            assert!(response.body.is_empty());
            assert_eq!(response.header("etag"), Some("\"1\""));
        }
        let stored = send(&app, request("GET /v1/rules/hot", ""));
        if status == 412 {
            assert_eq!(stored.header("etag"), Some("\"1\""), "{line} {name}: {value}");
        }
    }
}
