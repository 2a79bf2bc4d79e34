//! Balances, rights, costs, and how much of the order limits is used.

use serde::Serialize;
use types::num::{Money, Ratio};

use super::super::context::text;
use super::super::{ApiError, Context};
use crate::venue::text::{e8, money};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    maker_commission: i64,
    taker_commission: i64,
    buyer_commission: i64,
    seller_commission: i64,
    commission_rates: Rates,
    can_trade: bool,
    can_withdraw: bool,
    can_deposit: bool,
    brokered: bool,
    require_self_trade_prevention: bool,
    prevent_sor: bool,
    update_time: i64,
    account_type: &'static str,
    balances: Vec<Held>,
    permissions: [&'static str; 1],
    uid: u32,
}

#[derive(Serialize)]
struct Held {
    asset: String,
    free: String,
    locked: String,
}

#[derive(Serialize)]
struct Rates {
    maker: String,
    taker: String,
    buyer: String,
    seller: String,
}

impl Rates {
    fn of(maker: Ratio, taker: Ratio) -> Self {
        let zero = || e8(Ratio::ZERO.raw());
        Self { maker: e8(maker.raw()), taker: e8(taker.raw()), buyer: zero(), seller: zero() }
    }
}

/// The discount for fees in the exchange's own coin: there is none here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discount {
    enabled_for_account: bool,
    enabled_for_symbol: bool,
    discount_asset: &'static str,
    discount: &'static str,
}

impl Discount {
    pub(super) const NONE: Self = Self {
        enabled_for_account: false,
        enabled_for_symbol: false,
        discount_asset: "BNB",
        discount: "0.00000000",
    };
}

/// `GET /api/v3/account`.
pub(in super::super) fn account(context: &mut Context<'_>) -> Result<String, ApiError> {
    let omit_zero = context.params.truth("omitZeroBalances")?.unwrap_or(false);
    context.params.done()?;
    let (engine, account) = (context.engine(), context.account());
    let held = engine.balances(account).map(|(id, balance)| {
        let asset = engine.asset(id);
        let wrong = context.wrong_balances.iter().filter(|shift| shift.asset == *asset);
        let by: Money = wrong.map(|shift| shift.by.money()).sum();
        (asset, balance.free + by, balance.locked)
    });
    let held = held.filter(|(_, free, locked)| !omit_zero || *free + *locked != Money::ZERO);
    let balances = held.map(|(asset, free, locked)| Held {
        asset: asset.as_str().to_owned(),
        free: money(free),
        locked: money(locked),
    });
    // The rates of an account are those of its first symbol: `account/commission` tells each symbol's.
    let first = engine.rules(types::ids::SymbolId(0)).map(|rules| &rules.instrument);
    let (maker, taker) =
        first.map_or((Ratio::ZERO, Ratio::ZERO), |rules| (rules.maker_fee, rules.taker_fee));
    // Told in 1/10,000.
    let points = |rate: Ratio| rate.raw() / Ratio::from_bps(1).raw();
    let rights = context.caller.map(|caller| caller.rights).unwrap_or_default();
    Ok(text(&Account {
        maker_commission: points(maker),
        taker_commission: points(taker),
        buyer_commission: 0,
        seller_commission: 0,
        commission_rates: Rates::of(maker, taker),
        can_trade: engine.can_trade(account).unwrap_or(false),
        can_withdraw: rights.withdraw,
        can_deposit: true,
        brokered: false,
        require_self_trade_prevention: false,
        prevent_sor: false,
        update_time: context.unit.of(context.core.changed(account).unwrap_or_default()),
        account_type: "SPOT",
        balances: balances.collect(),
        permissions: ["SPOT"],
        uid: account.0,
    }))
}

/// `GET /api/v3/account/commission`.
pub(in super::super) fn commission(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Commission {
        symbol: String,
        standard_commission: Rates,
        special_commission: Rates,
        tax_commission: Rates,
        discount: Discount,
    }
    let symbol = context.symbol()?;
    context.params.done()?;
    let rules = context.engine().rules(symbol).ok_or_else(ApiError::invalid_symbol)?;
    Ok(text(&Commission {
        symbol: rules.instrument.symbol.as_str().to_owned(),
        standard_commission: Rates::of(rules.instrument.maker_fee, rules.instrument.taker_fee),
        special_commission: Rates::of(Ratio::ZERO, Ratio::ZERO),
        tax_commission: Rates::of(Ratio::ZERO, Ratio::ZERO),
        discount: Discount::NONE,
    }))
}

/// `GET /api/v3/rateLimit/order`.
pub(in super::super) fn order_usage(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Usage {
        rate_limit_type: &'static str,
        interval: &'static str,
        interval_num: u32,
        limit: u32,
        count: u32,
    }
    context.params.done()?;
    let usage = context.core.orders.usage(context.account(), context.core.now());
    Ok(text(&usage.map(|usage| Usage {
        rate_limit_type: "ORDERS",
        interval: usage.limit.interval.word(),
        interval_num: usage.limit.interval.number(),
        limit: usage.limit.most,
        count: usage.count,
    })))
}

/// `GET /sapi/v1/account/apiRestrictions`: the wallet API's answer to what a key may do.
///
/// Source: the exchange's wallet documentation, "Get API Key Permission".
pub(in super::super) fn restrictions(context: &mut Context<'_>) -> Result<String, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Restrictions {
        ip_restrict: bool,
        create_time: i64,
        enable_reading: bool,
        enable_withdrawals: bool,
        enable_internal_transfer: bool,
        enable_margin: bool,
        enable_futures: bool,
        permits_universal_transfer: bool,
        enable_vanilla_options: bool,
        enable_fix_api_trade: bool,
        enable_fix_read_only: bool,
        enable_spot_and_margin_trading: bool,
        enable_portfolio_margin_trading: bool,
    }
    context.params.done()?;
    let rights = context.caller.map(|caller| caller.rights).unwrap_or_default();
    Ok(text(&Restrictions {
        ip_restrict: rights.ip_restricted,
        create_time: context.unit.of(context.core.started()),
        enable_reading: rights.read,
        enable_withdrawals: rights.withdraw,
        enable_internal_transfer: rights.transfer,
        enable_margin: false,
        enable_futures: false,
        permits_universal_transfer: rights.transfer,
        enable_vanilla_options: false,
        enable_fix_api_trade: false,
        enable_fix_read_only: false,
        enable_spot_and_margin_trading: rights.trade,
        enable_portfolio_margin_trading: false,
    }))
}
