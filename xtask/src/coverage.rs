//! `cargo xtask coverage`: which lines of the crates that hold money or its record no test reaches.
//!
//! cargo-llvm-cov counts; what is left to do here is to leave test code out, to add up by crate, and to hold the line.

use std::{
    collections::BTreeMap,
    fmt, fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    say,
    tidy::{File, Rust, Tree},
};

/// The crates that have to be covered.
const CRATES: [&str; 4] = ["types", "engine", "hub", "journal"];

/// Lines of each crate that its tests have to reach, in percent.
const LINES_PERCENT_MIN: usize = 90;

/// Where the reports lie, from the root of the repository.
const REPORTS: &str = "target/coverage";

/// Files that are named of a crate below the line.
const FILES_NAMED: usize = 15;

/// Lines with code, and those of them that ran.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Lines {
    all: usize,
    reached: usize,
}

/// Runs the tests of all [`CRATES`] and prints a row for each; returns whether each is at the line or above.
///
/// # Errors
/// A tool that is absent or cannot be started, a test that fails, a report that cannot be read.
pub(crate) fn run(root: &Path) -> Result<bool> {
    wanted(root)?;
    llvm_cov(root, &["clean", "--workspace"])?;
    let mut tests = vec!["--no-report", "--locked", "--lib", "--tests"];
    tests.extend(CRATES.iter().flat_map(|name| ["--package", name]));
    llvm_cov(root, &tests)?;
    fs::create_dir_all(root.join(REPORTS)).context("making the folder of the reports")?;
    let lcov = format!("{REPORTS}/lcov.info");
    llvm_cov(root, &["report", "--lcov", "--output-path", &lcov])?;
    llvm_cov(root, &["report", "--html", "--output-dir", REPORTS])?;
    let lcov = fs::read_to_string(root.join(lcov)).context("reading the report")?;
    let files = by_file(&lcov, root, &Tree::read(root)?);
    let good = CRATES.map(|name| row(name, &files)).iter().all(|good| *good);
    say(&format!("line by line, test code too: {REPORTS}/html/index.html, {REPORTS}/lcov.info"));
    Ok(good)
}

/// Names the tool that is absent with the command that installs it.
#[expect(
    clippy::disallowed_methods,
    reason = "who has these tools elsewhere says so to cargo-llvm-cov"
)]
fn wanted(root: &Path) -> Result<()> {
    let output = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).current_dir(root).output().ok()
    };
    if !output("cargo", &["llvm-cov", "--version"]).is_some_and(|output| output.status.success()) {
        bail!("saw no cargo-llvm-cov, wanted it: cargo install cargo-llvm-cov --locked");
    }
    let rustc = output("rustc", &["--print", "target-libdir"]).context("starting rustc")?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&rustc.stdout).trim());
    let beside = libraries.with_file_name("bin").join("llvm-profdata");
    if !beside.exists() && std::env::var_os("LLVM_PROFDATA").is_none() {
        bail!("saw no llvm-profdata of this compiler, wanted it: rustup component add llvm-tools");
    }
    Ok(())
}

fn llvm_cov(root: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("cargo");
    command.arg("llvm-cov").args(arguments).current_dir(root);
    let status = command.status().context("starting cargo llvm-cov")?;
    if !status.success() {
        bail!("saw cargo llvm-cov {} fail: its output is above", arguments.join(" "));
    }
    Ok(())
}

/// Reads a report in the form of lcov; returns the lines of each file under `root` that are no test code.
fn by_file<'a>(lcov: &'a str, root: &Path, tree: &Tree) -> BTreeMap<&'a str, Lines> {
    let mut files: BTreeMap<&str, Lines> = BTreeMap::new();
    let mut open: Option<(&str, Vec<RangeInclusive<usize>>)> = None;
    for line in lcov.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let inside = Path::new(path).strip_prefix(root).ok().and_then(Path::to_str);
            open = inside.and_then(|path| Some((path, tests(tree.files.get(path)?))));
        } else if let Some((path, tests)) = &open
            && let Some((line, runs)) = line.strip_prefix("DA:").and_then(|of| of.split_once(','))
            && let Ok(line) = line.parse()
            && !tests.iter().any(|span| span.contains(&line))
        {
            let lines = files.entry(path).or_default();
            lines.all += 1;
            lines.reached += usize::from(runs != "0");
        }
    }
    files
}

/// The lines of a file that are test code, counted from 1.
fn tests(file: &File) -> Vec<RangeInclusive<usize>> {
    let marked = || file.rust.iter().flat_map(Rust::test_spans).collect();
    if file.test { vec![0..=usize::MAX] } else { marked() }
}

/// Prints the row of a crate, and what it lacks where it is below the line; returns whether it is not.
fn row(name: &str, files: &BTreeMap<&str, Lines>) -> bool {
    let folder = format!("crates/{name}/src/");
    let mut inside: Vec<_> = files.iter().filter(|(path, _)| path.starts_with(&folder)).collect();
    let sum = inside.iter().fold(Lines::default(), |sum, (_, lines)| sum.plus(**lines));
    say(&format!("{name:<10}{sum}"));
    if !sum.is_enough() {
        say(&format!(
            "saw {name} below {LINES_PERCENT_MIN} %, wanted tests of what it does; most is lacking in"
        ));
        inside.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.all - lines.reached));
        inside
            .iter()
            .take(FILES_NAMED)
            .for_each(|(path, lines)| say(&format!("  {lines}  {path}")));
    }
    sum.is_enough()
}

impl Lines {
    fn plus(self, other: Self) -> Self {
        Self { all: self.all + other.all, reached: self.reached + other.reached }
    }

    /// A crate without lines was not measured, so it is not enough.
    fn is_enough(self) -> bool {
        self.all > 0 && self.reached * 100 >= self.all * LINES_PERCENT_MIN
    }
}

/// Tenths of a percent are cut off, so that what is printed as the line is at the line.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.reached * 1_000).checked_div(self.all).unwrap_or(0);
        let (whole, rest) = (tenths / 10, tenths % 10);
        write!(f, "{:>7} of {:>7} lines {whole:>4}.{rest} %", self.reached, self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_no_tests_count() {
        let tree = Tree::of([
            ("crates/hub/src/lib.rs", "fn a() {\n}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n"),
            ("crates/hub/src/tests.rs", "fn c() {}\n"),
        ]);
        let lcov = "SF:/r/crates/hub/src/lib.rs\nFN:1,a\nDA:1,7\nDA:2,0\nDA:5,0\nLF:3\nend_of_record\n\
            SF:/r/crates/hub/src/tests.rs\nDA:1,3\nend_of_record\n\
            SF:/elsewhere/core/option.rs\nDA:1,3\nend_of_record\n";
        let files = by_file(lcov, Path::new("/r"), &tree);
        let expected = BTreeMap::from([("crates/hub/src/lib.rs", Lines { all: 2, reached: 1 })]);
        assert_eq!(files, expected);
    }

    #[test]
    fn a_crate_is_its_own_files_and_no_others() {
        let files = BTreeMap::from([
            ("crates/hub/src/a.rs", Lines { all: 10, reached: 9 }),
            ("crates/hubs/src/a.rs", Lines { all: 10, reached: 0 }),
            ("crates/types/src/b.rs", Lines { all: 10, reached: 8 }),
        ]);
        assert!(row("hub", &files) && !row("types", &files) && !row("engine", &files));
    }

    #[test]
    fn a_crate_at_the_line_is_enough_and_a_line_less_is_not() {
        let of = |reached| Lines { all: 1_000, reached };
        assert!(of(900).is_enough() && !of(899).is_enough());
        assert_eq!(of(899).to_string(), "    899 of    1000 lines   89.9 %");
        assert!(!Lines::default().is_enough(), "what was not measured");
        assert_eq!(Lines::default().to_string(), "      0 of       0 lines    0.0 %");
    }
}
