//! [`restore`]: a matching engine in the state that a ledger kept.

use sim::exchange::book::{AccountId, MatchingEngine, NewAccount};

use super::error::LedgerError;
use super::kept::{Kept, KeptAccount};
use crate::venue::market::CROWD;

/// Opens the accounts of a ledger in a venue that has its symbols and the crowd's account and nothing else, and puts it in
/// the state that was kept.
///
/// # Errors
/// `Unfit` where symbols or rows do not fit.
pub fn restore(mut engine: MatchingEngine, kept: &Kept) -> Result<MatchingEngine, LedgerError> {
    let unfit = |what: String| LedgerError::Unfit(what);
    for symbol in &kept.symbols {
        let has = engine.rules(symbol.symbol).map(|rules| rules.instrument.symbol.clone());
        if has.as_ref() != Some(&symbol.name) {
            return Err(unfit(format!(
                "it has {} as symbol {}, the market has {}: start it with the same data and symbols",
                symbol.name,
                symbol.symbol.0,
                has.map_or_else(|| "none".to_owned(), |name| name.to_string())
            )));
        }
        // The rules as they were last, whatever the instruments' file says today.
        engine
            .set_rules(symbol.symbol, symbol.rules.clone(), kept.at)
            .map_err(|rejection| unfit(rejection.to_string()))?;
    }
    for KeptAccount { account, .. } in kept.accounts.iter().filter(|kept| kept.account != CROWD) {
        let opened: AccountId = engine
            .open_account(NewAccount::CLIENT)
            .map_err(|rejection| unfit(rejection.to_string()))?;
        if opened != *account {
            return Err(unfit(format!("account {account} would be {opened}")));
        }
    }
    let mut saved = kept.saved()?;
    // Symbols that the ledger does not know begin anew.
    saved.symbols.retain(|symbol| engine.rules(symbol.symbol).is_some());
    let mut engine = engine.restored(saved).map_err(|rejection| unfit(rejection.to_string()))?;
    drop(engine.drain_events());
    Ok(engine)
}
