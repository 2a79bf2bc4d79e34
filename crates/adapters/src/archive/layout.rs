//! Where a file of an archive lies: [`ArchiveFile`].

use std::fmt;

use types::ids::Symbol;
use types::instrument::Market;
use types::market::Timeframe;

/// A UTC month, or a day of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// Year, four digits.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31; `None`: all of the month.
    pub day: Option<u8>,
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        match self.day {
            Some(day) => write!(f, "-{day:02}"),
            None => Ok(()),
        }
    }
}

/// One file of klines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchiveFile {
    /// Spot, or perpetuals that are margined in the quote asset.
    pub market: Market,
    /// Whose.
    pub symbol: Symbol,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Of which time.
    pub period: Period,
}

impl ArchiveFile {
    /// Returns its name: `BTCUSDT-1h-2024-01.zip`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}-{}.zip", self.symbol, self.timeframe, self.period)
    }

    /// Returns its path below the archive's address.
    #[must_use]
    pub fn path(&self) -> String {
        let market = match self.market {
            Market::Spot => "spot",
            Market::Perp => "futures/um",
        };
        let span = if self.period.day.is_some() { "daily" } else { "monthly" };
        let (symbol, timeframe) = (&self.symbol, self.timeframe);
        format!("data/{market}/{span}/klines/{symbol}/{timeframe}/{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses as the exchange's own description and downloads show them.
    #[test]
    fn paths_of_the_public_archive() {
        let file = |market, symbol: &str, timeframe, month, day| ArchiveFile {
            market,
            symbol: Symbol::new(symbol).unwrap(),
            timeframe,
            period: Period { year: 2019, month, day },
        };
        for (file, path) in [
            (
                file(Market::Spot, "BNBUSDT", Timeframe::M1, 1, None),
                "data/spot/monthly/klines/BNBUSDT/1m/BNBUSDT-1m-2019-01.zip",
            ),
            (
                file(Market::Spot, "ADABKRW", Timeframe::H1, 12, Some(3)),
                "data/spot/daily/klines/ADABKRW/1h/ADABKRW-1h-2019-12-03.zip",
            ),
            (
                file(Market::Perp, "BTCUSDT", Timeframe::D1, 11, None),
                "data/futures/um/monthly/klines/BTCUSDT/1d/BTCUSDT-1d-2019-11.zip",
            ),
        ] {
            assert_eq!(file.path(), path);
        }
    }
}
