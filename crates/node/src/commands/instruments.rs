//! `instruments`: what is known about symbols.

use serde_json::json;
use types::instrument::{Instrument, Market};
use types::num::Ratio;

use crate::cli::InstrumentsArgs;
use crate::exit::{Exit, Outcome};
use crate::out::{Out, columns};
use crate::setup;

/// Prints the embedded list and the file's.
pub(crate) fn run(args: &InstrumentsArgs, out: Out) -> Outcome {
    let catalogue = setup::catalogue(args.instruments.as_deref())?;
    let market = args.market.map(Market::from);
    let rows: Vec<&Instrument> = catalogue
        .rows()
        .iter()
        .filter(|row| market.is_none_or(|market| row.market == market))
        .collect();
    out.json(&rows.iter().map(|row| machine_form(row)).collect::<Vec<_>>())?;
    let head = [
        "symbol",
        "market",
        "tick",
        "lot",
        "min qty",
        "min notional",
        "maker",
        "taker",
        "maintenance",
    ];
    let cells: Vec<Vec<String>> = rows.iter().map(|row| human_form(row)).collect();
    for line in columns(&head, &cells) {
        out.line(line)?;
    }
    out.line("")?;
    out.line("Embedded values are of 2024; fees are the venue's usual tier. --instruments replaces them.")?;
    Ok(Exit::Ok)
}

fn human_form(row: &Instrument) -> Vec<String> {
    let bps = |ratio: Ratio| format!("{} bps", Ratio::from_raw(ratio.raw().saturating_mul(10_000)));
    vec![
        row.symbol.to_string(),
        row.market.name().to_owned(),
        row.tick.to_string(),
        row.lot.to_string(),
        row.min_qty.to_string(),
        row.min_notional.to_string(),
        bps(row.maker_fee),
        bps(row.taker_fee),
        if row.market == Market::Perp { bps(row.maintenance_margin) } else { String::new() },
    ]
}

/// Decimals as text: machines that know only binary fractions would change them.
fn machine_form(row: &Instrument) -> serde_json::Value {
    json!({
        "symbol": row.symbol,
        "base": row.base,
        "quote": row.quote,
        "market": row.market,
        "tick": row.tick.to_string(),
        "lot": row.lot.to_string(),
        "min_qty": row.min_qty.to_string(),
        "max_qty": row.max_qty.to_string(),
        "min_notional": row.min_notional.to_string(),
        "price_band_down": row.price_band_down.to_string(),
        "price_band_up": row.price_band_up.to_string(),
        "max_orders": row.max_orders,
        "maker_fee": row.maker_fee.to_string(),
        "taker_fee": row.taker_fee.to_string(),
        "fee_asset": row.fee_asset,
        "maintenance_margin": row.maintenance_margin.to_string(),
        "liquidation_fee": row.liquidation_fee.to_string(),
    })
}
