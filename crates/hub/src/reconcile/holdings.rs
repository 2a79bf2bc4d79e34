//! What we own of each asset, by our books.

use std::collections::BTreeMap;

use types::books::Books;
use types::ids::{Asset, OrderId, SymbolId};
use types::instrument::Instrument;
use types::num::{Money, Qty};

use crate::units::symbol_ids;

/// What we own, by asset, and which symbol it is held under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Cash in the settlement asset.
    pub cash: Money,
    /// Quantities by base asset, with the symbol held.
    pub base: BTreeMap<Asset, (SymbolId, Qty)>,
    /// The settlement asset.
    pub settlement: Option<Asset>,
}

impl Holdings {
    /// Returns what the books say. Of two symbols with one base asset the quantities are added under the first.
    #[must_use]
    pub fn of(books: &Books, instruments: &[Instrument]) -> Self {
        let mut base: BTreeMap<Asset, (SymbolId, Qty)> = BTreeMap::new();
        let listed = instruments.iter().zip(books.positions());
        for (symbol, (instrument, position)) in symbol_ids(instruments.len()).zip(listed) {
            let held = base.entry(instrument.base.clone()).or_insert((symbol, Qty::ZERO));
            held.1 += position.qty();
        }
        let settlement = instruments.first().map(|instrument| instrument.quote.clone());
        Self { cash: books.cash(), base, settlement }
    }
}

/// An open order of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Its identity.
    pub order: OrderId,
    /// What it trades.
    pub symbol: SymbolId,
    /// The name the venue knows.
    pub client_id: String,
}
