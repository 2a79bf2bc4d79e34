//! [`Exchange`]: the venue's truth: working orders, balances, positions, and what happened.
//!
//! An order can meet two sources of liquidity. [`Exchange`] walks recorded or generated bars for one
//! account: what a backtest trades with, described here. [`book::MatchingEngine`] lets the orders of
//! many accounts meet each other: what the venue server trades with, described [there](book). Both
//! judge orders by the same filters and give the same [`Rejection`]s.
//!
//! # How a bar is walked
//!
//! A bar says where the price was, not when. It is walked as three straight lines: open, first
//! extreme, second extreme, close, at 0, 1/3, 2/3 of its length and its last nanosecond. All
//! symbols of an instant are walked stage by stage: every open, then every first extreme, and so
//! on. Each fill pauses the walk; orders placed in the pause are live from that point of the path
//! on, at that price. Reports carry the time of their stage's end. A bar that can concern nothing
//! the account has at the venue is skipped.
//!
//! # Where a bar leaves the order of events open
//!
//! The choice is the one that hurts. What others document, as of the versions read:
//!
//! | open question | here | elsewhere |
//! | --- | --- | --- |
//! | which extreme came first, with a position | the one against it | freqtrade, *Backtesting*: "low happens before high for stoploss, protecting capital first". TradingView, *Strategies*, broker emulator, and NautilusTrader with `bar_adaptive_high_low_ordering`: the one closer to the open. NautilusTrader's default: high, then low, always |
//! | which came first, flat with an entry order | the favourable one, so that the position is opened before the market turns on it; the oldest order decides | none of them asks |
//! | stop and target in one bar | the stop | backtesting.py, `_open_trade`: the stop order is created first "so it gets adversarially processed before TP order"; freqtrade: "stoploss is evaluated before ROI within one candle" |
//! | target of a position opened on this bar | only after the extreme against the position | freqtrade allows it at once; backtesting.py warns and waits for the next bar where the entry was a limit or stop order |
//! | stop of a position opened on this bar | can be hit | backtesting.py reprocesses orders after a market entry (its issue 119); freqtrade can exit on the entry candle |
//! | bar opens beyond the stop | trades at the open | backtesting.py the same, `min(open, stop)`; Lean, `StopMarketFill`: "assuming worse case scenario fill", the worse of stop and price; freqtrade: exactly at the stop, "even if low was lower" |
//! | price touches a limit | no fill: it has to trade through it by one tick | Lean, `LimitFill`: strictly through; NautilusTrader: `prob_fill_on_limit`, 1.0 by default; TradingView: on touch, unless `backtest_fill_limits_assumption` names ticks; backtesting.py: strictly through |
//! | bar opens beyond a resting limit | filled at the open | backtesting.py the same, `min(open, limit)`; Lean at the limit or, if worse, the far end of the bar |
//! | bar opens beyond a stop-limit's limit | it rests, unprotected | Lean fills at the close if that is within the limit |
//! | price touches a target's trigger | a market order from there, with spread and slippage | freqtrade: at the target's price |
//! | bar without volume | nothing trades; triggers are still touched; an IOC expires | not mentioned in any of them |
//! | size against volume | `participation` of the bar's volume in all, the rest waits; an IOC's rest expires | NautilusTrader, `FillModel`: "partial fills are not simulated" on bars |
//!
//! # Costs
//!
//! Fills on arrival are at the reference price, moved against us by half spread and slippage and
//! rounded to the tick away from us, and pay the taker fee; a worst price is always kept: an IOC
//! whose bound is worse than the market with its costs expires. Fees are charged in what is
//! received (Binance, *Trading fees*), rounded up at 1e-8.
//!
//! `latency`: what is sent at t acts at t + latency, cancellations too. What trades on arrival gets
//! the worse of the path's price there and the price it would have had without delay (the next open
//! where it was sent between bars). A latency longer than the bar waits for the next one.
//!
//! # Money
//!
//! Orders set aside what they need when they are accepted: a sale its base quantity (the two orders
//! of a list once), a spot purchase price x quantity with a quote fee, an opening perpetual order
//! its initial margin and fee. A fill that costs more than there is is cut to what there is and the
//! rest expires. No sale beyond inventory and no borrowed cash, unless `allow_negative_cash` lets
//! spot purchases borrow; that is counted.
//!
//! Perpetual positions are isolated: margin is set aside per symbol, and a loss beyond it is the
//! venue's (see `margin.rs` for the formulas and their source). Liquidation is judged on the mark's
//! path, walked like the bar's and before everything else at the same place. A closing fill beyond
//! the bankruptcy price becomes a liquidation.
//!
//! # Conventions
//!
//! [`Conventions`] holds the choices with which other backtesters, and the reference rule's other
//! figures, can be reproduced. [`Conventions::departures`] names every one that is not the default.

mod account;
pub mod book;
mod conventions;
mod costs;
mod events;
mod filters;
mod invariants;
pub mod ledger;
mod margin;
mod matching;
mod path;
mod placing;
mod rejection;
mod resuming;
mod slot;
mod units;
mod venue;
mod walk;
mod working;

pub use conventions::{Conventions, EntryFill, GapFill};
pub use costs::CostModel;
pub use invariants::BrokenInvariant;
pub use rejection::Rejection;
pub use resuming::{Past, Resumed};
pub use slot::BarInput;
pub use venue::{Exchange, ExchangeError, Happening, Statistics};
