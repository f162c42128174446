use expect_test::expect;

use super::{Format, check};

#[test]
fn tags_within_their_limits_belong_to_the_reading_sorted_by_name() {
    let long = "x".repeat(129);
    let with =
        |tags: &str| format!(r#"{{"device":"a","ts":1,"values":{{}},"tags":{{{tags}}}}}"#) + "\n";
    let many: Vec<String> = (0..33).map(|number| format!(r#""t{number}":"x""#)).collect();
    check(
        Format::Lines,
        &[
            with(r#""site":"plant-1","line":"4","old":"""#),
            with(&many.join(",")),
            with(&format!(r#""{long}":"x""#)),
            with(&format!(r#""site":"{long}""#)),
            with(r#""":"x""#),
            with(r#""site":"x","site":"y""#),
        ]
        .concat(),
        expect![[r#"
            {"device":"a","ts":"1970-01-01T00:00:01.000Z","values":{},"tags":{"line":"4","old":"","site":"plant-1"}}
            bad_tags: the reading has 33 tags: allowed are 32
            bad_tags: the name of a tag has 129 bytes: allowed are names of 1 to 128 bytes and texts of at most 128
            bad_tags: tags.site is a text of 129 bytes: allowed are names of 1 to 128 bytes and texts of at most 128
            bad_tags: there is a tag without a name: allowed are names of 1 to 128 bytes and texts of at most 128
            duplicate_name: tags.site is there twice: allowed is once
        "#]],
    );
}
