//! [`Authorities`]: whose decisions are carried out, by symbol (invariant 2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::entry::{Authority, Scope};
use types::ids::{Epoch, SlotId, SymbolId};

/// Which slot may act for what. Before the first entry that says otherwise slot 0 may for everything, in epoch 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorities {
    account: (SlotId, Epoch),
    symbols: BTreeMap<SymbolId, (SlotId, Epoch)>,
}

impl Authorities {
    /// Folds an entry; one with a stale epoch says nothing.
    pub fn fold(&mut self, authority: &Authority) {
        let Authority { scope, slot, epoch } = *authority;
        match scope {
            Scope::Account if epoch > self.account.1 => self.account = (slot, epoch),
            Scope::Symbol(symbol) if epoch > self.of(Some(symbol)).1 => {
                self.symbols.insert(symbol, (slot, epoch));
            }
            Scope::Account | Scope::Symbol(_) => {}
        }
    }

    /// Returns who may act for a symbol, or for the account.
    #[must_use]
    pub fn of(&self, symbol: Option<SymbolId>) -> (SlotId, Epoch) {
        let own = symbol.and_then(|symbol| self.symbols.get(&symbol));
        own.copied().unwrap_or(self.account)
    }

    /// Returns whether one slot acts for everything.
    #[must_use]
    pub fn is_whole(&self, slot: SlotId) -> bool {
        self.symbols.is_empty() && self.account.0 == slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_epoch_says_nothing_and_a_symbol_has_its_own() {
        let mut authorities = Authorities::default();
        let btc = SymbolId(0);
        let symbol = Scope::Symbol(btc);
        for (scope, slot, epoch, account, of_btc) in [
            (Scope::Account, 1, 0, 0, 0),
            (symbol, 1, 1, 0, 1),
            (Scope::Account, 2, 2, 2, 1),
            (symbol, 3, 1, 2, 1),
            (Scope::Account, 0, 1, 2, 1),
            (symbol, 2, 2, 2, 2),
        ] {
            authorities.fold(&Authority { scope, slot: SlotId(slot), epoch: Epoch(epoch) });
            let seen = [None, Some(btc)].map(|symbol| authorities.of(symbol).0.0);
            assert_eq!(seen, [account, of_btc], "{scope:?} {slot} {epoch}");
            assert_eq!(authorities.of(Some(SymbolId(9))).0.0, account);
        }
    }
}
