//! What several tests need: how often a property is tried.

use proptest::prelude::ProptestConfig;

/// Returns the settings of a property that is tried so often, and more often where
/// `PROPTEST_CASES` asks for more, as `make soak` does.
///
/// For a `TestRunner`; the `proptest!` macro heeds the variable by itself.
pub(crate) fn at_least(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(cases), failure_persistence: None, ..usual }
}
