use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::config::Config;

/// When the messages of these tests arrive.
const ARRIVED_MS: i64 = 1_700_000_000_000;

/// The mappings of a file's `[[topics]]`.
fn mappings(topics: &str) -> Vec<Mapping> {
    let file = format!(
        "[broker]\nurl = \"mqtt://b\"\n[service]\nurl = \"http://s\"\n{}",
        topics.replace("[]", "[[topics]]")
    );
    Config::read(&file, |_| None, 0).unwrap().topics
}

fn verdict(topics: &str, topic: &str, payload: &[u8], retained: bool) -> String {
    let message = Message { topic, payload, retained, arrived_ms: ARRIVED_MS };
    match read(&mappings(topics), message) {
        Verdict::Reading(mapped) => {
            assert!(mapped.line.contains(&json(&mapped.device)), "{mapped:?}");
            mapped.line
        }
        Verdict::Skipped => "skipped\n".to_owned(),
        Verdict::Malformed(why) => format!("{}: {}\n", why.code, why.message),
    }
}

/// What each of these payloads on `topic` becomes.
fn check(topics: &str, topic: &str, payloads: &[&str], expected: &Expect) {
    let verdicts = payloads.iter().map(|text| verdict(topics, topic, text.as_bytes(), false));
    expected.assert_eq(&verdicts.collect::<String>());
}

/// Messages of real devices, each with where it comes from.
#[derive(Deserialize)]
struct Sample {
    topic: String,
    payload: String,
}

/// What the messages number `samples` of the collection become.
fn check_samples(topics: &str, samples: &[usize], expected: &Expect) {
    let collection: Vec<Sample> =
        serde_json::from_str(include_str!("../../tests/data/device_payloads.json")).unwrap();
    let samples = samples.iter().map(|number| &collection[*number]);
    let verdicts =
        samples.map(|sample| verdict(topics, &sample.topic, sample.payload.as_bytes(), false));
    expected.assert_eq(&verdicts.collect::<String>());
}

#[test]
fn an_object_on_a_device_s_topic_is_a_reading_with_its_own_time_or_that_of_arrival() {
    check(
        "[]\nfilter = \"sensors/+/telemetry\"\ndevice = \"{1}\"",
        "sensors/boiler-1/telemetry",
        &[
            r#"{"temp":81.5,"ts":1700000000123}"#,
            r#"{"temp":81.5,"ts":"2023-11-14T22:13:20.123Z"}"#,
            r#"{"temp":81.5,"ts":null}"#,
            r#"{"temp":81.5,"device":"somebody else","on":true,"inner":{"a":[1,"x"]}}"#,
            r#"{"temp":81.5,"ts":"yesterday"}"#,
            r#"{"temp":81.5"#,
            r#"{"temp":1e999}"#,
            r#"{"temp":1},"device":"x""#,
            "[1,2]",
            "",
        ],
        &expect![[r#"
            {"device":"boiler-1","ts":1700000000123,"values":{"temp":81.5}}
            {"device":"boiler-1","ts":1700000000123,"values":{"temp":81.5}}
            {"device":"boiler-1","ts":1700000000000,"values":{"temp":81.5}}
            {"device":"boiler-1","ts":1700000000000,"values":{"device":"somebody else","inner.a.0":1.0,"inner.a.1":"x","on":true,"temp":81.5}}
            bad_ts: ts is "yesterday": allowed are milliseconds or seconds since 1970 as a number, or an RFC 3339 time with offset as text
            invalid_json: EOF while parsing an object at line 1 column 12
            not_finite: line 1, column 72: the number is not finite: allowed are numbers up to 1.7976931348623157e308
            invalid_json: trailing characters at line 1 column 11
            not_an_object: payload is no object: allowed is a JSON object of values
            invalid_json: EOF while parsing a value at line 1 column 0
        "#]],
    );
}

#[test]
fn a_bare_payload_is_one_value_under_a_name_of_the_configuration_or_the_topic() {
    let topics = "[]\nfilter = \"+/sensor/+/state\"\ndevice = \"home-{1}\"\nvalue = \"{2}\"";
    let payloads = ["23.4", " 7 \n", "true", "\"on\"", "ON", "nan", "null", "", "{\"a\":1}"];
    check(
        topics,
        "hall/sensor/temp/state",
        &payloads,
        &expect![[r#"
        {"device":"home-hall","ts":1700000000000,"values":{"temp":23.4}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":7.0}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":true}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":"on"}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":"ON"}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":null}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":null}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp":""}}
        {"device":"home-hall","ts":1700000000000,"values":{"temp.a":1.0}}
    "#]],
    );
    let no_text = verdict(topics, "hall/sensor/temp/state", &[0xff, 0xfe], false);
    assert_eq!(no_text, "not_utf8: the payload is no UTF-8 text\n");
}

#[test]
fn a_whole_reading_says_everything_itself() {
    check(
        "[]\nfilter = \"readings\"",
        "readings",
        &[
            r#"{"device":"a","ts":1700000000123,"id":"7","values":{"temp":1}}"#,
            r#"{"deviceId":"a","payload":{"temp":1}}"#,
            r#"{"device":"a","temp":1}"#,
            r#"{"temp":1}"#,
        ],
        &expect![[r#"
            {"device":"a","ts":1700000000123,"id":"7","values":{"temp":1.0}}
            {"device":"a","ts":1700000000000,"values":{"temp":1.0}}
            {"device":"a","ts":1700000000000,"values":{"temp":1.0}}
            missing_device: the reading has no device: allowed is a text `device` or `deviceId`
        "#]],
    );
}

#[test]
fn real_devices_are_understood() {
    let tasmota = "[]\nfilter = \"tele/+/SENSOR\"\ndevice = \"{1}\"\ntime = \"arrival\"";
    check_samples(
        tasmota,
        &[0],
        &expect![[r#"
        {"device":"tasmota","ts":1700000000000,"values":{"BME280.Humidity":66.6,"BME280.Pressure":988.6,"BME280.Temperature":21.7,"PressureUnit":"hPa","TempUnit":"C","Time":"2019-11-03T19:34:28"}}
    "#]],
    );
    let by_epoch = "[]\nfilter = \"tele/+/SENSOR\"\ndevice = \"{1}\"\ntime = \"{Epoch}\"";
    check_samples(
        by_epoch,
        &[2, 0],
        &expect![[r#"
        {"device":"tasmota","ts":1567595328000,"values":{"ANALOG.A0":8.0,"Time":"2019-09-04T13:08:48"}}
        missing_field: the payload has no field Epoch
    "#]],
    );
    let zigbee = "[]\nfilter = \"zigbee2mqtt/bridge/#\"\ndevice = \"bridge\"\nvalue = \"{1}\"\n\
                  []\nfilter = \"zigbee2mqtt/#\"\ndevice = \"{1}\"";
    check_samples(
        zigbee,
        &[5, 6, 7, 8],
        &expect![[r#"
        {"device":"FRIENDLY_NAME","ts":1700000000000,"values":{"humidity":44.72,"temperature":27.34}}
        {"device":"FRIENDLY_NAME","ts":1700000000000,"values":{"occupancy":true}}
        {"device":"FRIENDLY_NAME","ts":1700000000000,"values":{"action":"single"}}
        {"device":"bridge","ts":1700000000000,"values":{"state":"online"}}
    "#]],
    );
    let shelly = "[]\nfilter = \"+/events/rpc\"\ndevice = \"{src}\"\nvalues = \"params\"\n\
                  time = \"{params.ts}\"";
    check_samples(
        shelly,
        &[9],
        &expect![[r#"
        {"device":"shellyplusht-b8d61a8b17cc","ts":1680962879620,"values":{"cloud.connected":false,"devicepower:0.battery.V":0.43,"devicepower:0.battery.percent":0.0,"devicepower:0.external.present":true,"devicepower:0.id":0.0,"humidity:0.id":0.0,"humidity:0.rh":42.2,"mqtt.connected":true,"sys.mac":"B8D61A8B17CC","sys.restart_required":false,"sys.time":null,"sys.unixtime":null,"sys.uptime":3.0,"sys.wakeup_period":600.0,"sys.wakeup_reason.boot":"deepsleep_wake","sys.wakeup_reason.cause":"status_update","temperature:0.id":0.0,"temperature:0.tC":19.8,"temperature:0.tF":67.6}}
    "#]],
    );
    let things = "[]\nfilter = \"v3/+/devices/+/up\"\ndevice = \"{end_device_ids.device_id}\"\n\
                  values = \"uplink_message.decoded_payload\"\ntime = \"{received_at}\"";
    check_samples(
        things,
        &[14, 13],
        &expect![[r#"
        {"device":"dev1","ts":1581520546015,"values":{"luminosity":0.64,"temperature":1.0}}
        invalid_json: expected `,` or `}` at line 79 column 5
    "#]],
    );
    let chirpstack = "[]\nfilter = \"application/+/device/+/event/+\"\ndevice = \"{2}\"\n\
                      time = \"{time}\"\nid = \"{deduplicationId}\"";
    check_samples(
        chirpstack,
        &[16],
        &expect![[r#"
        {"device":"0101010101010101","ts":1658136906927,"id":"bf2a9746-1c8b-49be-a92e-f0b89c8534e4","values":{"batteryLevel":88.3,"deviceInfo.applicationId":"17c82e96-be03-4f38-aef3-f83d48582d97","deviceInfo.applicationName":"Test application","deviceInfo.devEui":"0101010101010101","deviceInfo.deviceName":"Test device","deviceInfo.deviceProfileId":"14855bf7-d10d-4aee-b618-ebfcb64dc7ad","deviceInfo.deviceProfileName":"Test device-profile","deviceInfo.tenantId":"52f14cd4-c6f1-4fbd-8f87-4025e1d49242","deviceInfo.tenantName":"ChirpStack","margin":10.0}}
    "#]],
    );
    let demo = "[]\nfilter = \"iot-device-data\"\ndevice = \"{device_id}\"\nvalues = \"data\"\n\
                time = \"{ts}\"";
    check_samples(
        demo,
        &[23],
        &expect![[r#"
        {"device":"5e:44:3b:f3:79:c8","ts":1594598726539,"values":{"co":0.004565749630211374,"humidity":58.20000076293945,"light":true,"lpg":0.007210160263049861,"motion":false,"smoke":0.019158003725736547,"temp":27.0}}
    "#]],
    );
}

#[test]
fn what_the_broker_had_kept_is_skipped_unless_it_is_wanted() {
    let skip = "[]\nfilter = \"a\"\ndevice = \"a\"";
    let take = format!("{skip}\nretained = \"take\"");
    let payload = br#"{"ts":1700000000001,"on":true}"#;

    assert_eq!(verdict(skip, "a", payload, true), "skipped\n");
    let taken = verdict(&take, "a", payload, true);
    assert_eq!(taken, "{\"device\":\"a\",\"ts\":1700000000001,\"values\":{\"on\":true}}\n");
}

#[test]
fn a_topic_that_nobody_asked_for_and_a_payload_without_measure_are_told() {
    let topics = "[]\nfilter = \"a\"\ndevice = \"a\"";
    let large = vec![b' '; PAYLOAD_BYTES_MAX + 1];

    let unknown = verdict(topics, "b", b"{}", false);
    let large = verdict(topics, "a", &large, false);

    assert_eq!(unknown, "unknown_topic: no [[topics]] of the configuration matches the topic\n");
    assert_eq!(large, "payload_too_large: 262145 bytes: allowed are 262144\n");
}

proptest! {
    /// Whatever arrives is a reading that the service reads back, or is told.
    #[test]
    fn any_payload_is_one_line_or_a_reason(payload in prop::collection::vec(any::<u8>(), 0..60)) {
        for topics in ["[]\nfilter = \"+\"\ndevice = \"{1}\"", "[]\nfilter = \"+\"\ndevice = \"{1}\"\nvalue = \"v\""] {
            let message =
                Message { topic: "d", payload: &payload, retained: false, arrived_ms: ARRIVED_MS };
            if let Verdict::Reading(mapped) = read(&mappings(topics), message) {
                prop_assert_eq!(mapped.line.lines().count(), 1);
                let back = readings::decode_one(mapped.line.as_bytes(), 0, Defaults::default());
                prop_assert_eq!(back.map(|reading| reading.device), Ok("d".to_owned()));
            }
        }
    }
}
