//! `cargo xtask bench`: builds what is measured and measures it.

use std::process::Command;

use crate::{Failure, repository::Repository, schedule};

/// Builds, then measures; what `options` mean, the program `benchmarks` knows.
pub(crate) fn run(repository: &Repository, options: &[&str]) -> Result<(), Failure> {
    let mut steps = vec!["bench-build", "bench-hosts"];
    if wants_applications(options) {
        steps.extend(["worker", "spin"]);
    }
    schedule::run(repository, &steps)?;
    // In our own group and on our own terminal: it is what the user looks at and may end.
    let program = repository.target.join("release/benchmarks");
    let status = Command::new(&program).args(options).current_dir(&repository.root).status()?;
    if status.success() { Ok(()) } else { Err(Failure::Reported) }
}

/// Whether the applications themselves are measured, on their hosts.
fn wants_applications(options: &[&str]) -> bool {
    let only = options.iter().position(|option| *option == "--only");
    let parts = only.and_then(|place| options.get(place + 1));
    parts.is_none_or(|parts| parts.split(',').any(|part| part == "hosts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_are_built_where_hosts_are_measured() {
        assert!(wants_applications(&[]));
        assert!(wants_applications(&["--quick", "--only", "w1,hosts"]));
        assert!(!wants_applications(&["--only", "w1,w2", "--quick"]));
    }
}
