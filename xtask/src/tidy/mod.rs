//! The promises that are ours and that no other tool holds, each a rule that names its violations.

mod catalogue;
mod edges;
mod links;
mod manifest;
mod purity;
mod rust;
mod shape;
mod tree;
mod words;

use std::{fmt, path::Path};

use anyhow::Result;

pub(crate) use rust::Rust;
pub(crate) use tree::{File, Tree};

/// A broken promise: what was seen, what was wanted, and what the reader can do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Path from the root of the repository.
    pub(crate) path: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) seen: String,
    pub(crate) wanted: String,
    pub(crate) remedy: String,
}

impl Finding {
    fn new(
        path: impl Into<String>,
        line: usize,
        seen: impl Into<String>,
        wanted: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (path, seen) = (path.into(), seen.into());
        Self { path, line, seen, wanted: wanted.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, seen, wanted, remedy } = self;
        write!(f, "{path}:{line}: saw {seen}, wanted {wanted}: {remedy}")
    }
}

type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule with the promise it holds.
const RULES: [(&str, Rule); 11] = [
    ("a crate uses only the crates its row allows", edges::between_crates),
    ("sockets and SQL stay in the outer rooms", edges::heavy_libraries),
    ("analysis names no money and no orders", purity::analysis_names_the_market_only),
    ("pure crates have no clock, thread, environment or hash order", purity::pure_crates),
    ("every source file says what it is", shape::headers),
    ("a file is one idea", shape::lengths),
    ("every relative link resolves", links::resolve),
    ("every refusal and reason is documented", catalogue::refusals),
    ("every kind of entry is documented", catalogue::entries),
    ("files are finished and speak of the product alone", words::finished),
    ("packages come from the public registry", words::registries),
];

/// Returns all findings of all rules over the repository at `root`, ordered by rule.
///
/// # Errors
/// A folder or file that cannot be read.
pub(crate) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    Ok(RULES.iter().flat_map(|(_, rule)| rule(&tree)).collect())
}

/// Returns the promises held, for the summary.
pub(crate) fn promises() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(promise, _)| *promise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let finding = Finding::new("a/b.rs", 3, "`HashMap`", "a fixed order", "use BTreeMap");
        assert_eq!(
            finding.to_string(),
            "a/b.rs:3: saw `HashMap`, wanted a fixed order: use BTreeMap"
        );
    }
}
