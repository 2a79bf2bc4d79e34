//! The steps of `cargo xtask check`, cheapest first, so that what fails fails early.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result};

use crate::{
    say,
    tally::{Tally, frame},
    tidy::{Finding, findings, promises},
};

/// Where all steps run, and what came of them.
struct Run<'a> {
    root: &'a Path,
    tally: Tally,
}

/// A step returns whether what it checks holds.
type Step = fn(&mut Run<'_>) -> Result<bool>;

const STEPS: [(&str, Step); 8] = [
    ("format", |run| run.cargo(&["fmt", "--all", "--check"])),
    ("tidy", |run| tidy(run.root)),
    ("clippy", |run| {
        run.cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    }),
    ("tests", |run| run.tests(&[])),
    ("doc tests", |run| run.doc_tests(&[])),
    ("docs", |run| run.docs()),
    ("deny", |run| run.deny()),
    ("advisories", |run| run.advisories()),
];

/// Runs all steps up to the first that fails and prints the counts; returns whether all hold.
///
/// # Errors
/// A tool that cannot be started.
pub(crate) fn all(root: &Path) -> Result<bool> {
    let mut run = Run { root, tally: Tally::default() };
    let mut broken = None;
    for (name, step) in STEPS {
        if !run.step(name, step)? {
            broken = Some(name);
            break;
        }
    }
    Ok(run.close(broken))
}

/// Runs the tests alone, with more arguments for cargo; returns whether all pass.
///
/// # Errors
/// A tool that cannot be started.
pub(crate) fn tests(root: &Path, arguments: &[&str]) -> Result<bool> {
    let mut run = Run { root, tally: Tally::default() };
    let good = run.tests(arguments)? && run.doc_tests(arguments)?;
    Ok(run.close((!good).then_some("tests")))
}

/// Prints every broken promise; returns whether there is none.
///
/// # Errors
/// A folder or file that cannot be read.
pub(crate) fn tidy(root: &Path) -> Result<bool> {
    let found = findings(root)?;
    for finding in &found {
        say(&Finding::to_string(finding));
    }
    if found.is_empty() {
        say("tidy: all promises hold");
    } else {
        say(&format!("tidy: {} findings; the promises are", found.len()));
        promises().for_each(|promise| say(&format!("  {promise}")));
    }
    Ok(found.is_empty())
}

impl Run<'_> {
    #[expect(clippy::disallowed_methods, reason = "how long a step took is shown to a person")]
    fn step(&mut self, name: &str, step: Step) -> Result<bool> {
        say(&format!("== {name}"));
        let started = Instant::now();
        let good = step(self)?;
        let outcome = if good { "done" } else { "FAILED" };
        say(&format!("== {name} {outcome} after {:.1} s", started.elapsed().as_secs_f64()));
        Ok(good)
    }

    /// Prints what was skipped and the counts; the counts are the last line.
    fn close(&mut self, broken: Option<&str>) -> bool {
        let tally = &mut self.tally;
        for skip in tally.skipped_tests.iter().chain(&tally.skipped_steps) {
            say(&format!("SKIPPED {skip}"));
        }
        if let Some(name) = broken {
            say(&format!(
                "saw the step {name} fail, wanted all steps to hold: its output is above"
            ));
            tally.failed = tally.failed.max(1);
        }
        say(&tally.to_string());
        tally.failed == 0
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(self.root).stdin(Stdio::null());
        command
    }

    fn cargo(&self, arguments: &[&str]) -> Result<bool> {
        let status = self.command(arguments).status();
        Ok(status.with_context(|| format!("starting cargo {}", arguments.join(" ")))?.success())
    }

    /// Whether cargo knows this subcommand.
    fn has(&self, tool: &str) -> bool {
        let quiet =
            self.command(&[tool, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    }

    /// Runs the unit and integration tests: with nextest where it is installed.
    fn tests(&mut self, arguments: &[&str]) -> Result<bool> {
        if self.has("nextest") {
            let mut command = self.command(&["nextest", "run", "--workspace", "--locked"]);
            command.args(["--no-fail-fast", "--no-tests", "pass", "--color", "never"]);
            command.args(["--success-output", "immediate", "--status-level", "pass"]);
            // nextest reports on standard error.
            let mut child = command.args(arguments).stderr(Stdio::piped()).spawn()?;
            self.read(child.stderr.take());
            Ok(child.wait()?.success())
        } else {
            self.libtest(&["--lib", "--bins", "--tests"], arguments)
        }
    }

    fn doc_tests(&mut self, arguments: &[&str]) -> Result<bool> {
        self.libtest(&["--doc"], arguments)
    }

    /// Runs `cargo test`, showing what passing tests print: a skipped test says so there.
    fn libtest(&mut self, targets: &[&str], arguments: &[&str]) -> Result<bool> {
        let mut command = self.command(&["test", "--workspace", "--locked", "--no-fail-fast"]);
        command.args(targets).args(arguments).args(["--", "--show-output"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        self.read(child.stdout.take());
        Ok(child.wait()?.success())
    }

    /// Counts a runner's report and passes it on; of passing tests only those that said something.
    fn read(&mut self, report: Option<impl Read>) {
        let lines = report.into_iter().flat_map(|report| BufReader::new(report).split(b'\n'));
        let mut passed = None;
        for line in lines.map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            self.tally.read(&line);
            if line.trim_start().starts_with("PASS [") {
                passed = Some(line.into_owned());
            } else if !frame(&line) {
                passed
                    .take()
                    .filter(|_| line.starts_with("    "))
                    .iter()
                    .for_each(|line| say(line));
                say(&line);
            }
        }
    }

    fn docs(&mut self) -> Result<bool> {
        let mut command = self.command(&["doc", "--workspace", "--no-deps", "--locked"]);
        Ok(command.env("RUSTDOCFLAGS", "-D warnings").status()?.success())
    }

    /// Licences, bans and sources of all dependencies, by `deny.toml`.
    fn deny(&mut self) -> Result<bool> {
        if !self.has("deny") {
            self.skip("deny: cargo-deny is not installed (cargo install cargo-deny --locked)");
            return Ok(true);
        }
        self.cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"])
    }

    /// Known weaknesses of all dependencies; the database is fetched anew each time.
    fn advisories(&mut self) -> Result<bool> {
        if !self.has("deny") {
            self.skip(
                "advisories: cargo-deny is not installed (cargo install cargo-deny --locked)",
            );
            return Ok(true);
        }
        let fetch = self.command(&["deny", "fetch", "db"]).stderr(Stdio::null()).status()?;
        if !fetch.success() {
            self.skip("advisories: the RustSec database cannot be fetched (cargo deny fetch db)");
            return Ok(true);
        }
        self.cargo(&["deny", "--locked", "check", "--disable-fetch", "advisories"])
    }

    fn skip(&mut self, what: &str) {
        self.tally.skipped_steps.insert(what.to_owned());
    }
}
