//! Prints the state that a scenario leaves on the machines, for `at T state FILE`:
//! `cargo run -p scenario --example stored -- FILE.scenario`.

use std::{env, error::Error, path::Path};

use scenario::{Scenario, hosts::CoreHost, transcript::Transcript};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("FILE.scenario is wanted")?;
    let scenario = Scenario::read(Path::new(&path))?;
    let mut host = CoreHost::default();
    Transcript::record(&scenario, &mut host)?;
    print!("{}", host.stored());
    Ok(())
}
