//! The file format of instruments: a list of `[[instrument]]` tables, see `instruments.toml`.

use serde::Deserialize;
use types::ids::{Asset, Symbol};
use types::instrument::{FeeAsset, Instrument, Market};
use types::num::{Money, Qty, Ratio};
use types::share::parse_share;

/// Why instruments could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstrumentsError {
    /// Not TOML, an unknown key, a missing key.
    #[error("{file}: {reason}")]
    Format {
        /// The file.
        file: String,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// A value that is none.
    #[error("{file}: {symbol} {key} is `{seen}`: {reason}")]
    Value {
        /// The file.
        file: String,
        /// Whose.
        symbol: String,
        /// The key.
        key: &'static str,
        /// What was there.
        seen: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The same symbol and market twice.
    #[error("{file}: {symbol} ({market}) is listed twice")]
    Twice {
        /// The file.
        file: String,
        /// Which.
        symbol: String,
        /// Spot or perp.
        market: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    instrument: Vec<Row>,
}

/// A row as written; decimals are texts so that no binary fraction comes between.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    symbol: String,
    base: String,
    quote: String,
    market: Market,
    tick: String,
    lot: String,
    #[serde(default)]
    min_qty: Option<String>,
    #[serde(default)]
    max_qty: Option<String>,
    #[serde(default)]
    min_notional: Option<String>,
    #[serde(default)]
    price_band_down: Option<String>,
    #[serde(default)]
    price_band_up: Option<String>,
    #[serde(default)]
    max_orders: Option<u32>,
    maker_fee: String,
    taker_fee: String,
    fee_asset: FeeAsset,
    #[serde(default)]
    maintenance_margin: Option<String>,
    #[serde(default)]
    liquidation_fee: Option<String>,
}

/// Reads a file's text; `file` names it in errors.
pub(super) fn read(text: &str, file: &str) -> Result<Vec<Instrument>, InstrumentsError> {
    let parsed: File = toml::from_str(text).map_err(|error| InstrumentsError::Format {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    let mut rows: Vec<Instrument> = Vec::new();
    for row in parsed.instrument {
        let instrument = Reader { file, symbol: row.symbol.clone() }.instrument(&row)?;
        if rows.iter().any(|r| (&r.symbol, r.market) == (&instrument.symbol, instrument.market)) {
            return Err(InstrumentsError::Twice {
                file: file.to_owned(),
                symbol: instrument.symbol.to_string(),
                market: instrument.market.name(),
            });
        }
        rows.push(instrument);
    }
    Ok(rows)
}

struct Reader<'a> {
    file: &'a str,
    symbol: String,
}

impl Reader<'_> {
    fn instrument(&self, row: &Row) -> Result<Instrument, InstrumentsError> {
        let lot: Qty = self.step("lot", &row.lot)?;
        let perp = row.market == Market::Perp;
        if perp != (row.maintenance_margin.is_some() && row.liquidation_fee.is_some()) {
            let reason = "perpetuals have maintenance_margin and liquidation_fee, spot neither";
            return Err(self.wrong("market", row.market.name(), reason));
        }
        Ok(Instrument {
            symbol: self.value("symbol", &row.symbol, Symbol::new(&row.symbol))?,
            base: self.value("base", &row.base, Asset::new(&row.base))?,
            quote: self.value("quote", &row.quote, Asset::new(&row.quote))?,
            market: row.market,
            tick: self.step("tick", &row.tick)?,
            lot,
            min_qty: self.or("min_qty", row.min_qty.as_deref(), lot)?,
            max_qty: self.or("max_qty", row.max_qty.as_deref(), Qty::MAX.floor_to(lot))?,
            min_notional: self.or("min_notional", row.min_notional.as_deref(), Money::ZERO)?,
            price_band_down: self.or(
                "price_band_down",
                row.price_band_down.as_deref(),
                Ratio::ZERO,
            )?,
            price_band_up: self.or("price_band_up", row.price_band_up.as_deref(), Ratio::ZERO)?,
            max_orders: row.max_orders.unwrap_or(200),
            maker_fee: self.share("maker_fee", Some(&row.maker_fee))?,
            taker_fee: self.share("taker_fee", Some(&row.taker_fee))?,
            fee_asset: row.fee_asset,
            maintenance_margin: self
                .share("maintenance_margin", row.maintenance_margin.as_deref())?,
            liquidation_fee: self.share("liquidation_fee", row.liquidation_fee.as_deref())?,
        })
    }

    /// Reads a step: above zero, no finer than 1e-8.
    fn step<T>(&self, key: &'static str, text: &str) -> Result<T, InstrumentsError>
    where
        T: std::str::FromStr<Err: std::fmt::Display> + PartialOrd + Default,
    {
        let step: T = self.value(key, text, text.parse())?;
        if step <= T::default() { Err(self.wrong(key, text, "wanted above 0")) } else { Ok(step) }
    }

    fn or<T>(
        &self,
        key: &'static str,
        text: Option<&str>,
        default: T,
    ) -> Result<T, InstrumentsError>
    where
        T: std::str::FromStr<Err: std::fmt::Display> + PartialOrd + Default,
    {
        let Some(text) = text else { return Ok(default) };
        let value: T = self.value(key, text, text.parse())?;
        if value < T::default() {
            return Err(self.wrong(key, text, "wanted 0 or more"));
        }
        Ok(value)
    }

    fn share(&self, key: &'static str, text: Option<&str>) -> Result<Ratio, InstrumentsError> {
        let Some(text) = text else { return Ok(Ratio::ZERO) };
        let share = self.value(key, text, parse_share(text))?;
        if share < Ratio::ZERO || share >= Ratio::ONE {
            return Err(self.wrong(key, text, "wanted 0 or more and below 100%"));
        }
        Ok(share)
    }

    fn value<T, E: std::fmt::Display>(
        &self,
        key: &'static str,
        seen: &str,
        read: Result<T, E>,
    ) -> Result<T, InstrumentsError> {
        read.map_err(|error| self.wrong(key, seen, &error.to_string()))
    }

    fn wrong(&self, key: &'static str, seen: &str, reason: &str) -> InstrumentsError {
        InstrumentsError::Value {
            file: self.file.to_owned(),
            symbol: self.symbol.clone(),
            key,
            seen: seen.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
