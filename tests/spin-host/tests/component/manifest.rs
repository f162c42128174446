//! Spin itself does not run here, so what it would read is held against what the component asks for.

use std::{cell::RefCell, collections::BTreeMap, fs};

use rules_service::config::Config;

#[test]
fn manifest_hands_the_component_every_variable_that_it_asks_for() {
    let declared = section("[variables]");
    let handed = section("[component.tripline.variables]");
    let asked = RefCell::new(Vec::new());
    let _ = Config::from_variables(|name| {
        asked.borrow_mut().push(name.to_owned());
        None
    });

    for name in asked.into_inner() {
        let template = format!("\"{{{{ {name} }}}}\"");
        assert_eq!(handed.get(&name), Some(&template), "of {name}");
        let declaration = declared.get(&name).unwrap_or_else(|| panic!("{name} is not declared"));
        assert!(declaration.contains("default = "), "{name} = {declaration}");
        let is_secret = name.ends_with("_token") || name.ends_with("_url");
        assert_eq!(declaration.contains("secret = true"), is_secret, "{name} = {declaration}");
    }
}

#[test]
fn manifest_names_the_file_that_its_build_command_writes() {
    let component = section("[component.tripline]");
    let build = section("[component.tripline.build]");

    assert_eq!(component["source"], "\"target/wasm32-wasip2/wasm-fast/spin_app.wasm\"");
    for part in ["--profile wasm-fast", "--target wasm32-wasip2", "-p spin-app"] {
        assert!(build["command"].contains(part), "{part} is missing in {}", build["command"]);
    }
}

/// Keys and values of one section of `spin.toml`, each on a line of its own.
fn section(head: &str) -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
    let manifest = fs::read_to_string(path).expect("spin.toml is at the top level");
    let lines = manifest.lines().skip_while(|line| *line != head).skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
