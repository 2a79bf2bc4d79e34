//! The words of closed sets, as rows show them: those of the configuration and of `--json`.

use serde::Serialize;
use types::ids::SymbolId;
use types::order::{OrderKind, TimeInForce};

use crate::amount;
use crate::fold::Fold;

/// Returns the word of a member of a closed set: the one it is serialised by.
pub(crate) fn word(member: &impl Serialize) -> String {
    match serde_json::to_value(member) {
        Ok(serde_json::Value::String(word)) => word,
        // A member with fields: its tag.
        Ok(serde_json::Value::Object(tagged)) => {
            tagged.into_iter().next().map(|(tag, _)| tag).unwrap_or_default()
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// Returns the name of a symbol, or its number where no table has listed it.
pub(super) fn symbol(symbol: SymbolId, fold: &Fold) -> String {
    fold.symbol(symbol).map_or_else(|| format!("#{}", symbol.0), str::to_owned)
}

/// Returns the worst price and the trigger of an order, where its kind has them.
pub(super) fn prices(kind: OrderKind) -> (Option<f64>, Option<f64>) {
    match kind {
        OrderKind::Market => (None, None),
        OrderKind::Limit { price } | OrderKind::LimitMaker { price } => {
            (Some(amount::price(price)), None)
        }
        OrderKind::StopMarket { trigger } | OrderKind::TakeProfit { trigger } => {
            (None, Some(amount::price(trigger)))
        }
        OrderKind::StopLimit { trigger, price } => {
            (Some(amount::price(price)), Some(amount::price(trigger)))
        }
    }
}

/// Returns how long an order works; of one with an end, the end too.
pub(super) fn time_in_force(tif: TimeInForce) -> String {
    match tif {
        TimeInForce::Gtd(until) => format!("gtd {}", amount::moment(until)),
        TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => word(&tif),
    }
}
