//! Carries out what happens to the venue by itself, or because the control port says so.

use sim::exchange::Rejection;
use sim::exchange::book::SymbolStatus;
use types::ids::Symbol;
use types::market::TsNanos;
use types::num::Money;

use super::Clock;
use crate::venue::core::Core;
use crate::venue::faults::Change;

/// Carries a change out at a moment.
///
/// # Errors
/// A sentence: an unknown symbol or account, or what the matching engine says.
pub fn apply(change: &Change, at: TsNanos, core: &mut Core, clock: &Clock) -> Result<(), String> {
    match change {
        Change::Skew { nanos } => {
            clock.set_skew(*nanos);
            Ok(())
        }
        Change::Flow { account, asset, amount } => {
            let key = core
                .keys
                .key(account)
                .ok_or_else(|| format!("no account has the key `{account}`"))?;
            let (id, amount) = (key.account, amount.money());
            core.step(at, |engine, now| {
                let free = engine
                    .asset_id(asset)
                    .map_or(Money::ZERO, |asset| engine.balance(id, asset).free);
                // Nobody can take what is not free.
                let amount = if amount < -free { -free } else { amount };
                engine.flow(id, asset, amount, now)
            })
            .map_err(said)
        }
        Change::Filters { symbol, tick, lot, min_qty, min_notional } => {
            let id = core.engine().symbol(symbol).ok_or_else(|| unknown(symbol))?;
            let mut rules = core.engine().rules(id).ok_or_else(|| unknown(symbol))?.clone();
            let instrument = &mut rules.instrument;
            instrument.tick = tick.map_or(instrument.tick, |tick| tick.price());
            instrument.lot = lot.map_or(instrument.lot, |lot| lot.qty());
            instrument.min_qty = min_qty.map_or(instrument.min_qty, |qty| qty.qty());
            instrument.min_notional =
                min_notional.map_or(instrument.min_notional, |notional| notional.money());
            core.step(at, |engine, now| engine.set_rules(id, rules, now)).map_err(said)
        }
        Change::Halt { symbol } => status(core, at, symbol, SymbolStatus::Halt),
        Change::Resume { symbol } => status(core, at, symbol, SymbolStatus::Trading),
        Change::Delist { symbol } => status(core, at, symbol, SymbolStatus::Delisted),
    }
}

fn status(
    core: &mut Core,
    at: TsNanos,
    symbol: &Symbol,
    status: SymbolStatus,
) -> Result<(), String> {
    let id = core.engine().symbol(symbol).ok_or_else(|| unknown(symbol))?;
    core.step(at, |engine, now| engine.set_status(id, status, now)).map_err(said)
}

fn unknown(symbol: &Symbol) -> String {
    format!("no symbol is named `{symbol}`")
}

#[expect(clippy::needless_pass_by_value, reason = "it ends here")]
fn said(rejection: Rejection) -> String {
    rejection.to_string()
}
