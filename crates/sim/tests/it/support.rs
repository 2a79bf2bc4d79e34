//! What several tests need: the recorded data, runs over it.

use std::path::PathBuf;

use proptest::prelude::ProptestConfig;
use sim::backtest::{Inputs, Options, Outcome, Run, run};
use sim::data::Catalog;
use sim::instruments::Catalogue;
use types::instrument::Market;

/// Returns a path below the shared data, or says that the test is skipped.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "where the data lies is the machine's affair, and a skip must be seen"
)]
pub(crate) fn shared(test: &str, path: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("PLIMSOLL_SHARED").map_or_else(|| beside.into(), PathBuf::from);
    let found = root.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    println!("SKIPPED {test}: ../shared/data is not beside the project");
    None
}

/// Returns the settings of a property that is tried so often, and more often where
/// `PROPTEST_CASES` asks for more, as `make soak` does.
///
/// For a `TestRunner`; the `proptest!` macro heeds the variable by itself.
pub(crate) fn at_least(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(cases), failure_persistence: None, ..usual }
}

/// Returns the inputs and options of a catalog.
pub(crate) fn open(catalog: &Catalog, market: Market) -> (Options, Inputs) {
    let feed = catalog.feed().expect("the files can be opened");
    let listings = Catalogue::embedded().table(feed.symbols(), market);
    let marks = feed.symbols().iter().map(|symbol| catalog.marks(symbol)).collect();
    let funding =
        feed.symbols().iter().map(|s| catalog.funding(s).expect("funding can be read")).collect();
    let options = Options {
        known: listings.iter().map(|(_, listing)| listing.known).collect(),
        instruments: listings.into_iter().map(|(_, listing)| listing.instrument).collect(),
        close_at_end: true,
    };
    (options, Inputs { feed, marks, funding })
}

/// Runs over files.
pub(crate) fn run_files(paths: &[PathBuf], market: Market, runs: &[Run]) -> Outcome {
    let mut catalog = Catalog::open(paths, None).expect("the files are there");
    if market == Market::Perp {
        catalog.add_siblings().expect("marks and funding are there");
    }
    let (options, mut inputs) = open(&catalog, market);
    run(&options, runs, &mut inputs, &mut ()).expect("the run ends")
}
