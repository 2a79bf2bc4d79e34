//! The shape of source files.

use super::{Finding, Tree};

/// Most lines of one file, tests left out: past this it holds a second idea.
/// Nine of ten files of the code bases this one learns from stay under 300 to 600.
const LINES_MAX: usize = 600;

/// Each `.rs` file, tests and binaries included, starts by saying what is in it.
pub(crate) fn headers(tree: &Tree) -> Vec<Finding> {
    let silent =
        tree.files.iter().filter(|(_, file)| file.rust.is_some() && !file.text.starts_with("//!"));
    silent
        .map(|(path, file)| {
            Finding::new(
                path.as_str(),
                1,
                format!("`{}`", file.text.lines().next().unwrap_or_default()),
                "a `//!` line first",
                "say in one sentence what the file holds",
            )
        })
        .collect()
}

/// No file grows past [`LINES_MAX`] lines of code.
pub(crate) fn lengths(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, file) in tree.files.iter().filter(|(_, file)| !file.test) {
        let Some(rust) = &file.rust else { continue };
        let lines = file.text.lines().count() - rust.test_lines();
        if lines > LINES_MAX {
            found.push(Finding::new(
                path.as_str(),
                LINES_MAX + 1,
                format!("{lines} lines without tests"),
                format!("at most {LINES_MAX}"),
                "look for the second noun and give it a file",
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_header_is_named() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "//! A.\n"),
            ("crates/a/tests/it/main.rs", "use a::b;\n"),
            ("README.md", "x"),
        ]);
        let found: Vec<_> = headers(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            ["crates/a/tests/it/main.rs:1: saw `use a::b;`, wanted a `//!` line first: \
                 say in one sentence what the file holds"]
        );
    }

    #[test]
    fn one_line_too_many_is_named_and_tests_do_not_count() {
        let full = "//! A.\n".repeat(LINES_MAX);
        let tested = format!("{full}#[cfg(test)]\nmod tests {{\n{}}}\n", "fn a() {}\n".repeat(900));
        let long = format!("{full}fn a() {{}}\n");
        let tree = Tree::of([
            ("crates/a/src/full.rs", full.as_str()),
            ("crates/a/src/tested.rs", tested.as_str()),
            ("crates/a/src/long.rs", long.as_str()),
            ("crates/a/tests/it/long.rs", long.as_str()),
        ]);
        let found = lengths(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("crates/a/src/long.rs", 601));
    }
}
