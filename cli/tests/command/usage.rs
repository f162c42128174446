//! What the command says of wrong usage.

use expect_test::expect;

use crate::{HOT, folder::Folder};

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new("usage", &[("hot.json", HOT), ("day.ndjson", "")]);
    folder.check(
        "check",
        "",
        &expect![[r#"
        error: the following required arguments were not provided:
          <FILE>...

        Usage: tripline check <FILE>...

        For more information, try '--help'.
        exit 2
    "#]],
    );
    folder.check(
        "replay --rules hot.json --readings day.ndjson --allowed-lateness 25h",
        "",
        &expect![[r#"
            error: invalid value '25h' for '--allowed-lateness <DURATION>': at most 1d is allowed

            For more information, try '--help'.
            exit 2
        "#]],
    );
    folder.check(
        "replay --rules hot.json --readings day.ndjson --until noon",
        "",
        &expect![[r#"
        tripline: --until noon: a time like 2026-03-01T00:00:00Z is wanted
        exit 2
    "#]],
    );
    folder.check(
        "replay --rules hot.json --readings day.ndjson --dedup-horizon 5",
        "",
        &expect![[r#"
            error: invalid value '5' for '--dedup-horizon <DURATION>': a duration like 30s, 5m or 1h30m is wanted

            For more information, try '--help'.
            exit 2
        "#]],
    );
}
