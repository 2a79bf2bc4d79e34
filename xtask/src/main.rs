//! `cargo xtask`: the checks of the repository, the same by hand and in CI.

mod check;
mod coverage;
mod tally;
mod tidy;

use std::{
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask <command>

  check    format, tidy, clippy, tests, doc tests, docs, deny; stops at the first that fails
  test     the tests and doc tests alone; takes more arguments for cargo, such as --release
  coverage how much of each money crate its tests reach; fails below 90 % of the lines
  tidy     the promises of this repository that no other tool holds

tests that need what is absent print `SKIPPED <name>: <reason>` and are counted as skipped
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("xtask: {error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Returns whether everything that was checked holds.
fn run(arguments: &[String]) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().unwrap_or(root);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => check::all(root),
        ["coverage"] => coverage::run(root),
        ["tidy"] => check::tidy(root),
        ["test", ref more @ ..] => check::tests(root, more),
        [] | ["help" | "--help" | "-h"] => {
            say(HELP);
            Ok(true)
        }
        ref other => {
            bail!(
                "saw `{}`, wanted check, test, coverage or tidy: try cargo xtask help",
                other.join(" ")
            )
        }
    }
}

/// Writes a line to standard output; a reader that went away is not an error.
fn say(text: &str) {
    let _gone = writeln!(io::stdout(), "{text}");
}
