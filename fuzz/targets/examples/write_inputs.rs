//! Writes the seeds and the dictionary of one target where libFuzzer reads them.
//!
//! `cargo run -p fuzz-targets --example write_inputs -- TARGET FOLDER`

use std::{fmt::Write as _, fs, path::Path};

use fuzz_targets::TARGETS;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else { return Err("usage: TARGET FOLDER".into()) };
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| format!("there is no target {name}"))?;
    let folder = Path::new(folder);
    let seeds = folder.join("seeds");
    if seeds.exists() {
        fs::remove_dir_all(&seeds)?;
    }
    fs::create_dir_all(&seeds)?;
    for (index, seed) in target.seeds().iter().enumerate() {
        fs::write(seeds.join(format!("{index:03}")), seed)?;
    }
    // libFuzzer takes no empty file.
    let mut dictionary = String::from("# words\n");
    for word in target.words {
        let bytes = word.bytes().fold(String::new(), |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "\\x{byte:02x}");
            text
        });
        writeln!(dictionary, "\"{bytes}\"")?;
    }
    fs::write(folder.join("words.dict"), dictionary)?;
    Ok(())
}
