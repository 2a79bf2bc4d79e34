//! [`FileName`]: what a file's name tells, in the spelling of the public kline archives.

use std::path::Path;

use types::ids::Symbol;
use types::market::Timeframe;

/// What the prices of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Traded prices, or both sides of quotes in one file.
    Klines,
    /// Bid prices alone.
    Bid,
    /// Ask prices alone.
    Ask,
    /// Mark prices of a perpetual.
    Mark,
    /// Funding rates of a perpetual.
    Funding,
}

/// What a file's name tells. `SYMBOL-TIMEFRAME-...`, words before the symbol allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The word before the timeframe; without a timeframe, the first word that can be a symbol.
    pub symbol: Option<Symbol>,
    /// The first word that is a timeframe, known or not (`30m`).
    pub timeframe: Option<Result<Timeframe, String>>,
    /// What the prices are.
    pub kind: Kind,
    /// The name says that the prices are made up.
    pub simulated: bool,
}

/// Endings that a data file may have; the file's bytes decide how it is read.
const ENDINGS: [&str; 6] = [".csv", ".csv.gz", ".csv.zst", ".csv.zip", ".zip", ".gz"];

impl FileName {
    /// Reads the name.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let stem = stem(&name);
        let words: Vec<&str> = stem.split('-').collect();
        let has = |wanted: &str| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
        let kind = [
            ("mark", Kind::Mark),
            ("funding", Kind::Funding),
            ("bid", Kind::Bid),
            ("ask", Kind::Ask),
        ]
        .into_iter()
        .find_map(|(word, kind)| has(word).then_some(kind))
        .unwrap_or(Kind::Klines);
        let place = words.iter().position(|word| is_timeframe(word));
        let timeframe =
            place.map(|place| words[place].parse::<Timeframe>().map_err(|error| error.0));
        let symbol = match place {
            Some(place) => place.checked_sub(1).and_then(|before| symbol(words[before])),
            None => words.iter().find_map(|word| symbol(word)),
        };
        Self { symbol, timeframe, kind, simulated: has("simulated") }
    }

    /// Returns whether the ending is one of a data file.
    #[must_use]
    pub fn is_data(path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        !name.starts_with('.') && stem(&name).len() < name.len()
    }
}

/// Returns the name without its ending.
fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let ending = ENDINGS.iter().filter(|ending| lower.ends_with(*ending)).map(|e| e.len()).max();
    // Lower case of ASCII letters keeps every byte's place.
    name.get(..name.len() - ending.unwrap_or(0)).unwrap_or(name)
}

/// Returns whether a word is a number and a unit of time, as the archives write intervals.
fn is_timeframe(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let unit = word.get(digits..).unwrap_or_default();
    (1..=2).contains(&digits) && ["s", "m", "h", "d", "w", "mo"].contains(&unit)
}

/// Returns the word as a symbol: upper case, three letters at least.
fn symbol(word: &str) -> Option<Symbol> {
    let letters = word.bytes().filter(u8::is_ascii_uppercase).count();
    if letters >= 3 { Symbol::new(word).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_archives() {
        let check = |name: &str| {
            let seen = FileName::of(Path::new(name));
            let symbol = seen.symbol.map(String::from).unwrap_or_default();
            let timeframe = match seen.timeframe {
                Some(Ok(timeframe)) => timeframe.to_string(),
                Some(Err(other)) => format!("not {other}"),
                None => String::new(),
            };
            format!("{symbol} {timeframe} {:?} {}", seen.kind, seen.simulated)
        };
        for (name, wanted) in [
            ("d/BTCUSDT-1h-2018-01_2025-01.csv.gz", "BTCUSDT 1h Klines false"),
            ("BTCUSDT-1h-mark-2019-09_2025-01.csv.gz", "BTCUSDT 1h Mark false"),
            ("BTCUSDT-funding-2019-09_2025-01.csv.gz", "BTCUSDT  Funding false"),
            ("GBPUSD-1m-ask-2012.csv.gz", "GBPUSD 1m Ask false"),
            ("EURUSD-1h-bidask-2005-01_2021-01.csv.gz", "EURUSD 1h Klines false"),
            ("binance-archive-spot-klines-BTCUSDT-1h-2024-10-28.zip", "BTCUSDT 1h Klines false"),
            ("binance-archive-ADABTC-1m-2021-11-27-noheader.csv", "ADABTC 1m Klines false"),
            ("BTCUSDT-30m-2024.csv", "BTCUSDT not 30m Klines false"),
            ("ETHUSDT-1m-simulated-seed7.csv.zst", "ETHUSDT 1m Klines true"),
            ("BTC_USDT.CSV", "BTC_USDT  Klines false"),
            ("my-data.csv", "  Klines false"),
            ("1h.csv", " 1h Klines false"),
            ("", "  Klines false"),
        ] {
            assert_eq!(check(name), wanted, "{name}");
        }
        assert!(
            FileName::is_data(Path::new("x/A.csv.gz")) && FileName::is_data(Path::new("A.zip"))
        );
        assert!(!FileName::is_data(Path::new("README.md")));
        assert!(!FileName::is_data(Path::new(".A.csv.partial")));
    }
}
