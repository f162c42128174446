use super::{Format, Items};

#[test]
fn items_of_several_bodies_count_on() {
    let body = "{\"device\":\"a\",\"ts\":1}\n{}\n";
    let items = || Items::decode(body.as_bytes(), Format::Lines).unwrap();
    let mut all = Items::default();
    all.append(items());
    all.append(items());
    all.append(Items::refused("too_many_items", String::new()));
    let good: Vec<u32> = all.batch.iter().map(|(index, _)| index).collect();
    let bad: Vec<u32> = all.errors.iter().map(|why| why.index).collect();
    assert_eq!((all.len(), good, bad), (5, vec![0, 2], vec![1, 3, 4]));
}
