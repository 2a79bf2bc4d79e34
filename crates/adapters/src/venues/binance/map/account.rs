//! Account, fills, counts and rights as the REST interface answers them.

use types::fill::Liquidity;
use types::limits::Used;
use types::num::{Price, Qty, Ratio};
use types::side::Side;
use types::venue::{Account, Balance, FeeCharged, VenueFill, VenueOrderId};

use super::{asset, moment, symbol};
use crate::error::DecodeError;
use crate::rights::{KeyRights, Rights};
use crate::venues::binance::wire::{AccountAnswer, ApiRestrictions, MyTrade, OrderCount};
use crate::venues::binance::words;

/// Reads an account. Balances of zero are left out, and those of assets whose names do not fit here:
/// they cannot be traded here either.
pub(in super::super) fn account(answer: &AccountAnswer<'_>) -> Result<Account, DecodeError> {
    let balances = answer.balances.iter().filter_map(|balance| {
        let held = Balance { free: balance.free.0, locked: balance.locked.0 };
        let nothing = held.free.is_zero() && held.locked.is_zero();
        (!nothing).then(|| asset(&balance.asset).ok().map(|asset| (asset, held)))?
    });
    Ok(Account {
        balances: balances.collect(),
        maker_fee: Ratio::from_raw(answer.commission_rates.maker.0),
        taker_fee: Ratio::from_raw(answer.commission_rates.taker.0),
        can_trade: answer.can_trade,
        updated_at: moment("updateTime", answer.update_time)?,
    })
}

/// Reads one of our fills.
pub(in super::super) fn my_trade(answer: &MyTrade<'_>) -> Result<VenueFill, DecodeError> {
    Ok(VenueFill {
        symbol: symbol(&answer.symbol)?,
        trade_id: answer.id,
        venue_order_id: VenueOrderId(answer.order_id.to_string()),
        side: if answer.is_buyer { Side::Buy } else { Side::Sell },
        qty: Qty::from_raw(answer.qty.0),
        price: Price::from_raw(answer.price.0),
        fee: Some(FeeCharged {
            asset: asset(&answer.commission_asset)?,
            amount: answer.commission.0,
        }),
        liquidity: Some(if answer.is_maker { Liquidity::Maker } else { Liquidity::Taker }),
        at: moment("time", answer.time)?,
    })
}

/// Reads the counts of the order limits; of limits that are not ours nothing is kept.
pub(in super::super) fn usage(answers: &[OrderCount<'_>]) -> Result<Vec<Used>, DecodeError> {
    answers
        .iter()
        .filter_map(|answer| words::limit_kind(&answer.rate_limit_type).map(|kind| (kind, answer)))
        .map(|(kind, answer)| {
            let interval_nanos = words::interval_nanos(&answer.interval, answer.interval_num)?;
            Ok(Used { kind, interval_nanos, count: answer.count })
        })
        .collect()
}

/// Reads what a key may do.
pub(in super::super) fn key_rights(answer: &ApiRestrictions) -> Result<KeyRights, DecodeError> {
    let until = answer.trading_authority_expiration_time;
    Ok(KeyRights::Known(Rights {
        read: answer.enable_reading,
        trade: answer.enable_spot_and_margin_trading,
        withdraw: answer.enable_withdrawals,
        internal_transfer: answer.enable_internal_transfer,
        universal_transfer: answer.permits_universal_transfer,
        ip_restricted: answer.ip_restrict,
        trade_until: until.map(|at| moment("tradingAuthorityExpirationTime", at)).transpose()?,
    }))
}
