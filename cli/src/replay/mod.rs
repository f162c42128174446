//! `tripline replay`: recorded readings through the production engine.

use crate::Fault;

/// Judge recorded readings by rules, as fast as they can be read, and print every transition
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files that hold one rule or an array of rules (JSON)
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    rules: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Fault> {
    let _ = &arguments.rules;
    Err(Fault::Usage("replay has nothing to read yet".to_owned()))
}
