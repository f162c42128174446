//! `tripline replay`.

use expect_test::expect;

use crate::{HOT, folder::Folder};

#[test]
fn replay_reads_json_in_every_form_and_counts_what_it_cannot_use() {
    let lines = r#"{"device": "b-1", "ts": 1700000000000, "values": {"temp": 81}}
{"deviceId": "b-1", "payload": {"temp": 82.5, "ts": 1700000030}}
{"deviceId": "b-1", "payload": {"temp": 82.5, "ts": 1700000030}}

not json
{"device": "b-1", "ts": "2023-11-14T22:13:10Z", "temp": 20}
{"device": "b-1", "ts": "2023-11-14T22:14:20Z", "temp": 20}
"#;
    let folder = Folder::new("replay_json", &[("hot.json", HOT)]);
    folder.check("replay --rules hot.json --readings -", lines, &expect![[r#"
        {"rule":"hot","device":"b-1","state":"firing","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.0,"episode":"438865b323402272e2acc5cebc88f9fe"}
        {"rule":"hot","device":"b-1","state":"resolved","at":"2023-11-14T22:14:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":20.0,"episode":"438865b323402272e2acc5cebc88f9fe"}
        standard input:5: invalid_json: line 1, column 2: expected a JSON value
        exit 0
    "#]]);
}

#[test]
fn replay_lets_the_clock_run_on_to_the_time_given() {
    let silent = r#"{"id": "silent", "devices": {"id": ["a", "b"]}, "when": "absent(10m)"}"#;
    let line = r#"{"device": "a", "ts": "2026-03-01T00:00:00Z", "temp": 1}"#;
    let folder = Folder::new("replay_until", &[("silent.json", silent), ("day.ndjson", line)]);
    folder.check(
        "replay --rules silent.json --readings day.ndjson",
        "",
        &expect![[r#"
        exit 0
    "#]],
    );
    folder.check(
        "replay --rules silent.json --readings day.ndjson --until 2026-03-01T00:10:00Z",
        "",
        &expect![[r#"
            {"rule":"silent","device":"a","state":"firing","at":"2026-03-01T00:10:00.000Z","started_at":"2026-03-01T00:10:00.000Z","value":null,"episode":"497a9662dd34d68899c68d8651c10335"}
            {"rule":"silent","device":"b","state":"firing","at":"2026-03-01T00:10:00.000Z","started_at":"2026-03-01T00:10:00.000Z","value":null,"episode":"27f1216b84d230c2db3ce8023611f058"}
            exit 0
        "#]],
    );
}

#[test]
fn replay_runs_deadlines_of_all_devices_in_the_order_of_time() {
    let lines = r#"{"device": "a", "ts": 1700000000000, "temp": 90}
{"device": "b", "ts": 1700000010000, "temp": 90}
{"device": "c", "ts": 1700000100000, "temp": 10}
"#;
    let rule = r#"{"id": "held", "when": "temp > 80", "for": "30s"}"#;
    let folder = Folder::new("replay_order", &[("held.json", rule)]);
    folder.check("replay --rules held.json --readings -", lines, &expect![[r#"
        {"rule":"held","device":"a","state":"pending","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":90.0,"episode":"5d28ca5e45c81b63517ea429cdac6bfa"}
        {"rule":"held","device":"b","state":"pending","at":"2023-11-14T22:13:30.000Z","started_at":"2023-11-14T22:13:30.000Z","value":90.0,"episode":"4c05841af86575f480171615fbf82ef6"}
        {"rule":"held","device":"a","state":"firing","at":"2023-11-14T22:13:50.000Z","started_at":"2023-11-14T22:13:20.000Z","value":90.0,"episode":"5d28ca5e45c81b63517ea429cdac6bfa"}
        {"rule":"held","device":"b","state":"firing","at":"2023-11-14T22:14:00.000Z","started_at":"2023-11-14T22:13:30.000Z","value":90.0,"episode":"4c05841af86575f480171615fbf82ef6"}
        exit 0
    "#]]);
}

#[test]
fn replay_reads_tables_with_devices_in_a_column_and_times_in_a_zone() {
    let table = "\
sensor,when,temp,door,note
b-1,2023-11-14 23:13:20,81,true,
b-2,2023-11-14 23:13:21,,false,ok
b-1,2023-11-14 23:13:30,NaN,,
b-1,yesterday,20,,
b-1,2023-11-14 23:13:40,20,,,too,many
b-1,2023-11-14 23:13:50,20
";
    let folder = Folder::new("replay_table", &[("hot.json", HOT), ("day.csv", table)]);
    folder.check(
        "replay --rules hot.json --readings day.csv --csv-device column:sensor --time-zone +01:00",
        "",
        &expect![[r#"
            {"rule":"hot","device":"b-1","state":"firing","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.0,"episode":"438865b323402272e2acc5cebc88f9fe"}
            {"rule":"hot","device":"b-1","state":"resolved","at":"2023-11-14T22:13:50.000Z","started_at":"2023-11-14T22:13:20.000Z","value":20.0,"episode":"438865b323402272e2acc5cebc88f9fe"}
            day.csv:4: not_finite: temp is NaN; a finite number is wanted
            day.csv:5: bad_ts: "yesterday" is no time; allowed is 2013-12-02 21:15:00, RFC 3339, or seconds or milliseconds since 1970
            day.csv:6: bad_row: 7 cells under 5 columns
            exit 0
        "#]],
    );
    folder.check(
        "replay --rules hot.json --readings day.csv --csv-time at",
        "",
        &expect![[r#"
        tripline: day.csv: no column `at`; there are sensor, when, temp, door, note
        exit 1
    "#]],
    );
}

#[test]
fn replay_takes_the_file_s_name_for_the_device_and_a_number_for_the_time() {
    let table = "ts,temp\n1700000000,81\n1700000060.5,20\n";
    let folder = Folder::new("replay_stem", &[("hot.json", HOT), ("boiler-7.csv", table)]);
    folder.check("replay --rules hot.json --readings boiler-7.csv", "", &expect![[r#"
        {"rule":"hot","device":"boiler-7","state":"firing","at":"2023-11-14T22:13:20.000Z","started_at":"2023-11-14T22:13:20.000Z","value":81.0,"episode":"17fc779922da727020b27fe81b254838"}
        {"rule":"hot","device":"boiler-7","state":"resolved","at":"2023-11-14T22:14:20.500Z","started_at":"2023-11-14T22:13:20.000Z","value":20.0,"episode":"17fc779922da727020b27fe81b254838"}
        exit 0
    "#]]);
    folder.check(
        "replay --rules hot.json --readings -",
        "a,b\n1,2\n",
        &expect![[r#"
            tripline: standard input: no column of the first row looks like a time; name it with --csv-time
            exit 1
        "#]],
    );
    folder.check(
        "replay --rules hot.json --readings gone.csv",
        "",
        &expect![[r#"
        tripline: gone.csv: No such file or directory (os error 2)
        exit 1
    "#]],
    );
}

#[test]
fn a_column_of_the_table_may_name_the_device() {
    let table = "time,sensor,temp\n2026-01-01T00:00:00Z,a,81\n2026-01-01T00:00:01Z,b,7\n";
    let folder = Folder::new("device_column", &[("hot.json", HOT), ("log.csv", table)]);
    let replay = "replay --rules hot.json --readings log.csv --dedup-horizon 0 --csv-device";
    folder.check(&format!("{replay} sensor"), "", &expect![[r#"
        {"rule":"hot","device":"a","state":"firing","at":"2026-01-01T00:00:00.000Z","started_at":"2026-01-01T00:00:00.000Z","value":81.0,"episode":"33cf3f0422e07a6d81cc45e109b2c5bb"}
        exit 0
    "#]]);
    folder.check(&format!("{replay} boiler"), "", &expect![[r#"
        {"rule":"hot","device":"boiler","state":"firing","at":"2026-01-01T00:00:00.000Z","started_at":"2026-01-01T00:00:00.000Z","value":81.0,"episode":"29a32a80c997baa6766755f4fe97db16"}
        {"rule":"hot","device":"boiler","state":"resolved","at":"2026-01-01T00:00:01.000Z","started_at":"2026-01-01T00:00:00.000Z","value":7.0,"episode":"29a32a80c997baa6766755f4fe97db16"}
        exit 0
    "#]]);
    folder.check(
        &format!("{replay} column:boiler"),
        "",
        &expect![[r#"
        tripline: log.csv: no column `boiler`; there are time, sensor, temp
        exit 1
    "#]],
    );
}

#[test]
fn replay_sorts_what_comes_within_the_allowed_lateness() {
    let lines = r#"{"device": "a", "ts": "2026-03-01T00:00:00Z", "temp": 90}
{"device": "a", "ts": "2026-03-01T00:02:00Z", "temp": 10}
{"device": "a", "ts": "2026-03-01T00:01:00Z", "temp": 91}
{"device": "b", "ts": "2026-03-01T00:10:00Z", "temp": 10}
{"device": "a", "ts": "2026-03-01T00:01:30Z", "temp": 92}
{"device": "b", "ts": "2026-03-01T00:06:00Z", "temp": 95}
"#;
    let rule = r#"{"id": "held", "when": "temp > 80", "for": "90s"}"#;
    let folder = Folder::new("replay_lateness", &[("held.json", rule), ("day.ndjson", lines)]);
    let replay = "replay --rules held.json --readings day.ndjson --stats --allowed-lateness";
    let run = |lateness: &str| {
        let mut words: Vec<&str> = replay.split_whitespace().collect();
        words.push(lateness);
        let output = folder.run_words(&words, "");
        // How fast it was is another each time.
        let end = output.find("\"readings_per_second\"").unwrap_or(output.len());
        let rest = output.get(end..).unwrap_or_default();
        let after = rest.find(',').map_or("", |comma| &rest[comma + 1..]);
        format!("{}{after}", &output[..end])
    };
    expect![[r#"
        {"rule":"held","device":"a","state":"pending","at":"2026-03-01T00:00:00.000Z","started_at":"2026-03-01T00:00:00.000Z","value":90.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"rule":"held","device":"a","state":"firing","at":"2026-03-01T00:01:30.000Z","started_at":"2026-03-01T00:00:00.000Z","value":90.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"rule":"held","device":"a","state":"resolved","at":"2026-03-01T00:02:00.000Z","started_at":"2026-03-01T00:00:00.000Z","value":10.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"accepted":3,"duplicate":0,"late":3,"limits_reached":0,"received":6,"refused":0,"rules":1,"transitions":3,"type_errors":0}
        exit 0
    "#]].assert_eq(&run("0s"));
    expect![[r#"
        {"rule":"held","device":"a","state":"pending","at":"2026-03-01T00:00:00.000Z","started_at":"2026-03-01T00:00:00.000Z","value":90.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"rule":"held","device":"a","state":"firing","at":"2026-03-01T00:01:30.000Z","started_at":"2026-03-01T00:00:00.000Z","value":91.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"rule":"held","device":"a","state":"resolved","at":"2026-03-01T00:02:00.000Z","started_at":"2026-03-01T00:00:00.000Z","value":10.0,"episode":"cf79955feac81b60d9982dc44a4e5322"}
        {"rule":"held","device":"b","state":"pending","at":"2026-03-01T00:06:00.000Z","started_at":"2026-03-01T00:06:00.000Z","value":95.0,"episode":"08409fe4766576ef7f4b8b9aa4f4aa6f"}
        {"rule":"held","device":"b","state":"firing","at":"2026-03-01T00:07:30.000Z","started_at":"2026-03-01T00:06:00.000Z","value":95.0,"episode":"08409fe4766576ef7f4b8b9aa4f4aa6f"}
        {"rule":"held","device":"b","state":"resolved","at":"2026-03-01T00:10:00.000Z","started_at":"2026-03-01T00:06:00.000Z","value":10.0,"episode":"08409fe4766576ef7f4b8b9aa4f4aa6f"}
        {"accepted":5,"duplicate":0,"late":1,"limits_reached":0,"received":6,"refused":0,"rules":1,"transitions":6,"type_errors":0}
        exit 0
    "#]].assert_eq(&run("5m"));
}

#[test]
fn replay_judges_rules_over_several_devices_and_tells_in_the_order_of_time() {
    let rules = r#"[
  {"id": "hot", "per": ["site"], "when": "devices(temp > 60) >= 2", "for": "20s"},
  {"id": "quiet", "when": "absent(25s)"},
  {"id": "spread", "match": {"in": {"tags": {"role": "inlet"}}, "out": {"tags": {"role": "outlet"}}},
   "on": ["site"], "when": "avg(out.temp, 1m) - avg(in.temp, 1m) < 3"}
]"#;
    let lines = r#"{"device": "a", "ts": 1700000000000, "values": {"temp": 70}, "tags": {"site": "plant-1", "role": "inlet"}}
{"device": "b", "ts": 1700000001000, "values": {"temp": 71}, "tags": {"site": "plant-1", "role": "outlet"}}
{"device": "a", "ts": 1700000040000, "values": {"temp": 20}}
"#;
    let folder = Folder::new("replay_fleet", &[("rules.json", rules), ("day.ndjson", lines)]);
    folder.check("replay --rules rules.json --readings day.ndjson", "", &expect![[r#"
        {"rule":"hot","group":{"site":"plant-1"},"state":"pending","at":"2023-11-14T22:13:21.000Z","started_at":"2023-11-14T22:13:21.000Z","value":2.0,"episode":"6001045372a45034334a2191dc26b6ef"}
        {"rule":"spread","group":{"in":"a","out":"b","site":"plant-1"},"state":"firing","at":"2023-11-14T22:13:21.000Z","started_at":"2023-11-14T22:13:21.000Z","value":1.0,"episode":"d4276dfeb76f79ed83951e760c31b4a7"}
        {"rule":"hot","group":{"site":"plant-1"},"state":"firing","at":"2023-11-14T22:13:41.000Z","started_at":"2023-11-14T22:13:21.000Z","value":2.0,"episode":"6001045372a45034334a2191dc26b6ef"}
        {"rule":"quiet","device":"a","state":"firing","at":"2023-11-14T22:13:45.000Z","started_at":"2023-11-14T22:13:45.000Z","value":null,"episode":"e9070242675bfe9d791aeca7fa9a2c97"}
        {"rule":"quiet","device":"b","state":"firing","at":"2023-11-14T22:13:46.000Z","started_at":"2023-11-14T22:13:46.000Z","value":null,"episode":"85568190d683f11957ef337e0320bb12"}
        {"rule":"quiet","device":"a","state":"resolved","at":"2023-11-14T22:14:00.000Z","started_at":"2023-11-14T22:13:45.000Z","value":null,"episode":"e9070242675bfe9d791aeca7fa9a2c97"}
        {"rule":"hot","group":{"site":"plant-1"},"state":"resolved","at":"2023-11-14T22:14:00.000Z","started_at":"2023-11-14T22:13:21.000Z","value":1.0,"episode":"6001045372a45034334a2191dc26b6ef"}
        {"rule":"spread","group":{"in":"a","out":"b","site":"plant-1"},"state":"resolved","at":"2023-11-14T22:14:00.000Z","started_at":"2023-11-14T22:13:21.000Z","value":26.0,"episode":"d4276dfeb76f79ed83951e760c31b4a7"}
        exit 0
    "#]]);
    folder.check("check rules.json", "", &expect![[r#"
        hot: 270 B a device at one reading a second, at most 2.2 kB; 8 steps a reading
          fields: temp
          windows: none
          timers: for 20s
          told to groups: changes of temp > 60
        quiet: 112 B a device at one reading a second, at most 1.1 kB; 3 steps a reading
          fields: none
          windows: none
          timers: absent 25s
        spread: 1.7 kB a device at one reading a second, at most 2.2 MB; 14 steps a reading
          fields: in.temp, out.temp
          windows: avg(in.temp, 1m) (60 samples in 720 B), avg(out.temp, 1m) (60 samples in 720 B)
          timers: none
          told to groups: in: each temp, out: each temp
        3 rules for the busiest device: 3.2 kB a device at one reading a second, at most 2.2 MB; 25 steps a reading
        rules.json:2:3: warning: when a device falls silent, this alert stays as it is for ever; `fresh` or `absent` in the rule, or `missing: clear` over windows, ends it
        rules.json:4:3: warning: when a device falls silent, this alert stays as it is for ever; `fresh` or `absent` in the rule, or `missing: clear` over windows, ends it
        exit 0
    "#]]);
    folder.check(
        "explain --rules rules.json --readings day.ndjson --rule hot",
        "",
        &expect![[r#"
            tripline: hot is a rule over several devices; `tripline replay` shows what becomes of its groups
            exit 1
        "#]],
    );
}
