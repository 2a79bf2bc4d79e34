//! How closed lists of words are spelt (`enums.md`).

use sim::exchange::book::{CancelOnly, ReplaceMode, Stp, SymbolStatus, Tif};
use types::side::Side;

use super::Word;

/// The type of an order without its prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypeWord {
    Limit,
    LimitMaker,
    Market,
    StopLoss,
    StopLossLimit,
    TakeProfit,
    TakeProfitLimit,
}

/// How much an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    Ack,
    Result,
    Full,
}

/// What happens to a cancel-replace past the order limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PastLimit {
    #[default]
    DoNothing,
    CancelOnly,
}

/// How much a ticker tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TickerType {
    #[default]
    Full,
    Mini,
}

impl Word for TypeWord {
    const ALL: &'static [(&'static str, Self)] = &[
        ("LIMIT", Self::Limit),
        ("LIMIT_MAKER", Self::LimitMaker),
        ("MARKET", Self::Market),
        ("STOP_LOSS", Self::StopLoss),
        ("STOP_LOSS_LIMIT", Self::StopLossLimit),
        ("TAKE_PROFIT", Self::TakeProfit),
        ("TAKE_PROFIT_LIMIT", Self::TakeProfitLimit),
    ];
}

impl Word for Response {
    const ALL: &'static [(&'static str, Self)] =
        &[("ACK", Self::Ack), ("RESULT", Self::Result), ("FULL", Self::Full)];
}

impl Word for PastLimit {
    const ALL: &'static [(&'static str, Self)] =
        &[("DO_NOTHING", Self::DoNothing), ("CANCEL_ONLY", Self::CancelOnly)];
}

impl Word for TickerType {
    const ALL: &'static [(&'static str, Self)] = &[("FULL", Self::Full), ("MINI", Self::Mini)];
}

impl Word for Tif {
    const ALL: &'static [(&'static str, Self)] =
        &[("GTC", Self::Gtc), ("IOC", Self::Ioc), ("FOK", Self::Fok)];
}

impl Word for Side {
    const ALL: &'static [(&'static str, Self)] = &[("BUY", Self::Buy), ("SELL", Self::Sell)];
}

impl Word for Stp {
    const ALL: &'static [(&'static str, Self)] = &[
        ("NONE", Self::None),
        ("EXPIRE_TAKER", Self::ExpireTaker),
        ("EXPIRE_MAKER", Self::ExpireMaker),
        ("EXPIRE_BOTH", Self::ExpireBoth),
        ("DECREMENT", Self::Decrement),
        ("TRANSFER", Self::Transfer),
    ];
}

impl Word for CancelOnly {
    const ALL: &'static [(&'static str, Self)] =
        &[("ONLY_NEW", Self::OnlyNew), ("ONLY_PARTIALLY_FILLED", Self::OnlyPartiallyFilled)];
}

impl Word for ReplaceMode {
    const ALL: &'static [(&'static str, Self)] =
        &[("STOP_ON_FAILURE", Self::StopOnFailure), ("ALLOW_FAILURE", Self::AllowFailure)];
}

impl Word for SymbolStatus {
    const ALL: &'static [(&'static str, Self)] =
        &[("TRADING", Self::Trading), ("HALT", Self::Halt), ("BREAK", Self::Break)];
}

/// Returns the spelling of a value.
pub(super) fn spelling<W: Word + PartialEq>(value: W) -> &'static str {
    let found = W::ALL.iter().find(|(_, known)| *known == value);
    found.map_or("", |(word, _)| word)
}

/// Returns how a symbol's status is told: what is delisted is in a break.
pub(super) fn status(status: SymbolStatus) -> &'static str {
    match status {
        SymbolStatus::Delisted => "BREAK",
        other @ (SymbolStatus::Trading | SymbolStatus::Halt | SymbolStatus::Break) => {
            spelling(other)
        }
    }
}
