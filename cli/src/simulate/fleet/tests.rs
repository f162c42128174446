use super::*;
use crate::simulate::fault::Word;

fn settings(seed: u64, faults: &[Word]) -> Settings {
    let start = Timestamp::from_millis(1_700_000_000_000);
    Settings { devices: 6, rate: 1.0, seed, start, faults: Faults::from_words(faults) }
}

fn messages(seed: u64, faults: &[Word], count: usize) -> Vec<Message> {
    Fleet::new(&settings(seed, faults)).take(count).collect()
}

#[test]
fn the_same_seed_says_the_same() {
    assert_eq!(messages(7, &[Word::All], 2_000), messages(7, &[Word::All], 2_000));
    assert_ne!(messages(7, &[], 100), messages(8, &[], 100));
}

#[test]
fn without_faults_every_device_speaks_in_order_and_in_time() {
    let said = messages(1, &[], 600);

    for message in &said {
        assert_eq!(message.quality, Quality::Good);
        assert_eq!(message.reading.ts.as_millis() - 1_700_000_000_000, message.due.as_millis());
        assert!(message.reading.values.is_sorted_by(|one, other| one.0 < other.0));
    }
    assert!(said.is_sorted_by_key(|message| message.due));
    let boiler = said.iter().filter(|message| message.reading.device == "boiler-2");
    assert_eq!(boiler.count(), 100);
}

#[test]
fn each_fault_happens_and_only_if_it_is_asked_for() {
    for (word, quality) in [
        (Word::Late, Quality::Late),
        (Word::Duplicate, Quality::Repeated),
        (Word::Skew, Quality::Ahead),
        (Word::BadJson, Quality::Broken),
    ] {
        let said = messages(3, &[word], 2_000);
        let count = said.iter().filter(|message| message.quality == quality).count();
        let others = said.iter().filter(|message| message.quality > Quality::Good).count();
        assert!(count > 10, "{quality:?}: {count}");
        assert_eq!(others, count, "{quality:?}");
    }
    let silent = messages(3, &[Word::Silence], 2_000);
    let well = messages(3, &[], 2_000);
    assert!(silent.last().map(|last| last.due) > well.last().map(|last| last.due));
    assert_ne!(messages(3, &[Word::Stuck], 2_000), well);
}

#[test]
fn a_late_message_comes_behind_newer_ones_of_its_device() {
    let said = messages(3, &[Word::Late], 2_000);
    let at = said.iter().position(|message| message.quality == Quality::Late).unwrap();

    let late = &said[at].reading;
    let newer = said[..at]
        .iter()
        .any(|message| message.reading.device == late.device && message.reading.ts > late.ts);

    assert!(newer);
    assert!(said.is_sorted_by_key(|message| message.due));
}
