//! [`Names`]: symbols and assets by the numbers of the matching engine.

use sim::exchange::book::AssetId;
use types::ids::SymbolId;

/// Names by number; they do not change while the venue runs.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Symbols by their id.
    pub symbols: Vec<String>,
    /// Assets by their id.
    pub assets: Vec<String>,
}

impl Names {
    /// Returns a symbol's name; empty if there is no such symbol.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> &str {
        self.symbols.get(id.index()).map_or("", String::as_str)
    }

    /// Returns an asset's name; empty if there is no such asset.
    #[must_use]
    pub fn asset(&self, id: AssetId) -> &str {
        self.assets.get(id.index()).map_or("", String::as_str)
    }
}
