//! [`Names`]: symbols and assets by the numbers of the matching engine.

use sim::exchange::book::{AssetId, MatchingEngine};
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
    /// Returns the names of a venue.
    #[must_use]
    pub fn of(engine: &MatchingEngine) -> Self {
        let instruments =
            (0..=u16::MAX).map_while(|id| Some(&engine.rules(SymbolId(id))?.instrument));
        let mut names = Self::default();
        for instrument in instruments {
            names.symbols.push(instrument.symbol.to_string());
            for asset in [&instrument.base, &instrument.quote] {
                let Some(id) = engine.asset_id(asset) else { continue };
                let wanted = names.assets.len().max(id.index() + 1);
                names.assets.resize(wanted, String::new());
                names.assets[id.index()] = asset.to_string();
            }
        }
        names
    }

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
