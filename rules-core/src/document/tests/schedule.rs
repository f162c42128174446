use alloc::{format, string::String, vec};

use expect_test::expect;

use super::{super::*, keys::check_key};

fn opened(schedule: &str) -> String {
    let text = format!("{{\"id\": \"x\", \"when\": \"a\", \"schedule\": {schedule}}}");
    let rule = read(&text).unwrap_or_else(|mistakes| panic!("{schedule}: {mistakes:?}"));
    format!("{}\n", rule.schedule.unwrap())
}

#[test]
fn a_schedule_is_a_period_or_a_list_of_them() {
    let shown = [
        r#"{"time_zone": "Europe/Berlin", "days": ["mon", "tue"], "hours": "08:00-17:30"}"#,
        r#"{"time_zone": "Europe/Berlin", "days": ["sat", "sun"]}"#,
        r#"{"time_zone": "Asia/Calcutta", "hours": ["00:00-24:00"]}"#,
        r#"{"time_zone": "UTC"}"#,
        r#"{"time_zone": "UTC", "days": ["fri"], "hours": "22:00-06:00"}"#,
        r#"{"time_zone": "UTC", "days": ["sun"], "hours": ["22:00-06:00", "12:00-13:00"]}"#,
        r#"{"time_zone": "UTC", "days": ["fri"], "hours": "18:00-00:00"}"#,
        r#"{"time_zone": "UTC", "days": ["fri", "fri"], "hours": ["08:00-12:00", "11:00-14:00"]}"#,
        r#"[{"time_zone": "UTC", "days": ["mon"], "hours": "08:00-09:00"},
            {"time_zone": "America/New_York", "days": ["mon"], "hours": "08:00-09:00"},
            {"time_zone": "UTC", "days": ["tue"], "hours": "08:00-09:00"}]"#,
    ]
    .map(opened);
    expect![[r#"
        Europe/Berlin: mon 08:00-17:30, tue 08:00-17:30
        Europe/Berlin: sat 00:00-mon 00:00
        Asia/Calcutta: always
        UTC: always
        UTC: fri 22:00-sat 06:00
        UTC: sun 12:00-13:00, sun 22:00-mon 06:00
        UTC: fri 18:00-24:00
        UTC: fri 08:00-14:00
        America/New_York: mon 08:00-09:00; UTC: mon 08:00-09:00, tue 08:00-09:00
    "#]]
    .assert_eq(&shown.concat());
}

#[test]
fn mistakes_of_a_schedule_are_told_at_their_places() {
    check_key(
        "schedule",
        &[
            r#""weekdays""#,
            r#"[]"#,
            r#"[{}, 5]"#,
            r#"{"days": ["mon"]}"#,
            r#"{"time_zone": 1, "days": "mon", "hours": {"from": 8}}"#,
            r#"{"time_zone": "berlin", "days": ["Monday", "mno", "weekend", 5], "hour": "08:00-17:00"}"#,
            r#"{"time_zone": "CEST", "days": [], "hours": []}"#,
            r#"{"time_zone": "UTC", "hours": ["8:00-17:00", "08:00", "08:00-17:60", "08:00–17:00", "08:00 - 17:00"]}"#,
            r#"{"time_zone": "UTC", "hours": ["08:00-08:00", "24:00-08:00", "08:00-24:01", "00:00-24:00"]}"#,
            r#"{"time_zone": "UTC", "time_zone": "UTC"}"#,
        ],
        &expect![[r#"
            "weekdays"
                1:1: found text "weekdays", expected an object such as {"time_zone": "Europe/Berlin", "days": ["mon", "fri"], "hours": "08:00-17:00"}, or a list of them [wrong_type]
            []
                1:1: found 0 periods; there are 1 to 32 [out_of_range]
            [{}, 5]
                1:2: the schedule has no `time_zone`; it names a time zone such as "Europe/Berlin" [missing_key]
                1:6: found number 5, expected an object such as {"time_zone": "Europe/Berlin", "days": ["mon", "fri"], "hours": "08:00-17:00"}, or a list of them [wrong_type]
            {"days": ["mon"]}
                1:1: the schedule has no `time_zone`; it names a time zone such as "Europe/Berlin" [missing_key]
            {"time_zone": 1, "days": "mon", "hours": {"from": 8}}
                1:15: found number 1, expected a time zone such as "Europe/Berlin" [wrong_type]
                1:26: found text "mon", expected a list of days such as ["mon", "tue"] [wrong_type]
                1:42: found an object, expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [wrong_type]
            {"time_zone": "berlin", "days": ["Monday", "mno", "weekend", 5], "hour": "08:00-17:00"}
                1:15: there is no time zone `berlin`; there are the names of the IANA database, release 2026f, as in "Europe/Berlin" or "UTC"; did you mean `Europe/Berlin`? [unknown_time_zone]
                1:34: found text "Monday", expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun"; did you mean `mon`? [unknown_word]
                1:44: found text "mno", expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun"; did you mean `mon`? [unknown_word]
                1:51: found text "weekend", expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun" [unknown_word]
                1:62: found number 5, expected one of "mon", "tue", "wed", "thu", "fri", "sat", "sun" [wrong_type]
                1:66: unknown key `hour`; there are `time_zone`, `days`, `hours`; did you mean `hours`? [unknown_key]
            {"time_zone": "CEST", "days": [], "hours": []}
                1:15: there is no time zone `CEST`; there are the names of the IANA database, release 2026f, as in "Europe/Berlin" or "UTC" [unknown_time_zone]
                1:31: found 0 days; there are 1 to 7 [out_of_range]
                1:44: found 0 ranges of hours; there are 1 to 24 [out_of_range]
            {"time_zone": "UTC", "hours": ["8:00-17:00", "08:00", "08:00-17:60", "08:00–17:00", "08:00 - 17:00"]}
                1:32: found text "8:00-17:00", expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [bad_hours]
                1:46: found text "08:00", expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [bad_hours]
                1:55: found text "08:00-17:60", expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [bad_hours]
                1:70: found text "08:00–17:00", expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [bad_hours]
                1:85: found text "08:00 - 17:00", expected hours such as "08:00-17:30", "22:00-06:00" or "18:00-24:00" [bad_hours]
            {"time_zone": "UTC", "hours": ["08:00-08:00", "24:00-08:00", "08:00-24:01", "00:00-24:00"]}
                1:32: found text "08:00-08:00"; hours that end when they begin are none; the whole day is "00:00-24:00" [out_of_range]
                1:47: found text "24:00-08:00"; hours begin at 00:00 to 23:59, and end at 00:00 to 24:00 [out_of_range]
                1:62: found text "08:00-24:01"; hours begin at 00:00 to 23:59, and end at 00:00 to 24:00 [out_of_range]
            {"time_zone": "UTC", "time_zone": "UTC"}
                1:22: the key `time_zone` stands here twice [doubled_key]
        "#]],
    );
}

#[test]
fn more_periods_and_hours_than_are_kept_are_refused() {
    let periods = vec![r#"{"time_zone": "UTC"}"#; SCHEDULE_PERIODS_MAX + 1].join(",");
    let hours = vec![r#""08:00-09:00""#; SCHEDULE_HOURS_MAX + 1].join(",");
    for (schedule, message) in [
        (format!("[{periods}]"), "found 33 periods; there are 1 to 32"),
        (
            format!("{{\"time_zone\": \"UTC\", \"hours\": [{hours}]}}"),
            "found 25 ranges of hours; there are 1 to 24",
        ),
    ] {
        let text = format!("{{\"id\": \"x\", \"when\": \"a\", \"schedule\": {schedule}}}");
        let mistakes = read(&text).unwrap_err();
        assert_eq!(mistakes.first().map(|mistake| mistake.message.as_str()), Some(message));
    }
}
