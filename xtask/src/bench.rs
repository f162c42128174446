//! `cargo xtask bench`: builds what is measured and measures it.

use std::process::Command;

use crate::{Failure, repository::Repository, schedule};

/// Builds, then measures; what `options` mean, the program `benchmarks` knows.
pub(crate) fn run(repository: &Repository, options: &[&str]) -> Result<(), Failure> {
    schedule::run(repository, &["bench-build", "bench-hosts"])?;
    // In our own group and on our own terminal: it is what the user looks at and may end.
    let program = repository.target.join("release/benchmarks");
    let status = Command::new(&program).args(options).current_dir(&repository.root).status()?;
    if status.success() { Ok(()) } else { Err(Failure::Reported) }
}
