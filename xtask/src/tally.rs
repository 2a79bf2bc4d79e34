//! What a test runner printed, as counts and as tests that skipped themselves.

use std::{collections::BTreeSet, fmt};

/// Counts over one or more runners.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Passed by the runner's word, those that skipped themselves among them.
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Not started by the runner.
    pub(crate) left_out: usize,
    /// `name: reason` of each test that said `SKIPPED`.
    pub(crate) skipped_tests: BTreeSet<String>,
    /// `name: reason` of each step that could not run here.
    pub(crate) skipped_steps: BTreeSet<String>,
}

impl Tally {
    /// Reads one line of `cargo test` or `cargo nextest`.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(skip) = line.trim().strip_prefix("SKIPPED ") {
            self.skipped_tests.insert(skip.to_owned());
        } else if line.starts_with("test result: ") {
            self.passed += count(line, "passed");
            self.failed += count(line, "failed");
            self.left_out += count(line, "ignored");
        } else if line.trim_start().starts_with("Summary [") {
            self.passed += count(line, "passed");
            self.failed += count(line, "failed") + count(line, "timed out");
            self.left_out += count(line, "skipped");
        }
    }
}

/// `N passed, N failed, N skipped`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.passed.saturating_sub(self.skipped_tests.len());
        let skipped = self.left_out + self.skipped_tests.len() + self.skipped_steps.len();
        write!(f, "{passed} passed, {} failed, {skipped} skipped", self.failed)
    }
}

/// Whether a line is only the frame that nextest's child prints around a test, not what the test said.
pub(crate) fn frame(line: &str) -> bool {
    if let Some(inside) = line.strip_prefix("    ") {
        inside == "running 1 test"
            || inside.is_empty()
            || inside.starts_with("test result: ")
            || (inside.starts_with("test ") && inside.contains(" ... "))
    } else {
        line.is_empty()
            || line.starts_with("  stdout \u{2500}")
            || line.starts_with("  stderr \u{2500}")
    }
}

/// Returns the number in front of a word, 0 where the word is absent.
fn count(line: &str, word: &str) -> usize {
    let parts = &mut line.split([',', ';', ':', '.', '(']);
    let before = parts.find_map(|part| part.trim().strip_suffix(word));
    before.and_then(|text| text.trim().rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn lines_of_both_runners_are_counted() {
        let tally = read(&[
            "test result: FAILED. 31 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out",
            "     Summary [   0.012s] 29/30 tests run: 27 passed (1 slow), 2 failed, 4 skipped",
            "     Summary [   0.012s] 30 tests run: 30 passed, 0 skipped",
            "     Summary [   9.000s] 2 tests run: 1 passed, 1 timed out, 0 skipped",
        ]);
        assert_eq!(tally.to_string(), "89 passed, 5 failed, 5 skipped");
    }

    #[test]
    fn a_child_of_nextest_is_not_counted_a_second_time() {
        let lines = [
            "        PASS [   0.009s] (1/1) nt tests::a",
            "  stdout \u{2500}\u{2500}\u{2500}",
            "    running 1 test",
            "    SKIPPED golden_values: ../shared is absent",
            "    refused by the collar: 7",
            "    test tests::a ... ok",
            "    test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
            "",
            "     Summary [   0.012s] 1 test run: 1 passed, 0 skipped",
        ];
        assert_eq!(read(&lines).to_string(), "0 passed, 0 failed, 1 skipped");
        let shown: Vec<_> = lines.into_iter().filter(|line| !frame(line)).collect();
        assert_eq!(shown, [lines[0], lines[3], lines[4], lines[8]]);
    }

    #[test]
    fn a_skipped_step_does_not_lower_the_passed_tests() {
        let mut tally = read(&["test result: ok. 3 passed; 0 failed; 0 ignored"]);
        tally.skipped_steps.insert("deny: absent".to_owned());
        assert_eq!(tally.to_string(), "3 passed, 0 failed, 1 skipped");
    }
}
