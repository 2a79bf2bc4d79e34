//! The generated market of the command line: [`Made`].

use sim::market::{Calendar, Features, Generator, GeneratorConfig, Listing};
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use crate::exit::{Failure, Kind};

/// 2023-01-01T00:00:00Z: a made-up market needs a date, and any will do.
const START: i64 = 1_672_531_200_000_000_000;

/// Names under which real instruments are known, so that real steps and minima apply.
const NAMES: [&str; 7] =
    ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "LTCUSDT", "TRXUSDT"];

/// A market with everything that can happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) days: u32,
    pub(crate) symbols: u16,
    pub(crate) seed: u64,
    /// Length of a bar.
    pub(crate) timeframe: Timeframe,
}

impl Made {
    /// Returns its generator.
    pub(crate) fn generator(self) -> Result<Generator, Failure> {
        let name = |n: u16| {
            let known = NAMES.get(usize::from(n)).map(|name| (*name).to_owned());
            let name = known.unwrap_or_else(|| format!("SIM{n}USDT"));
            Symbol::new(&name).expect("capital letters and digits")
        };
        Generator::new(GeneratorConfig {
            seed: self.seed,
            listings: (0..self.symbols).map(|n| Listing::of(name(n))).collect(),
            start: TsNanos::from_nanos(START),
            days: self.days,
            timeframe: self.timeframe,
            calendar: Calendar::Always,
            features: Features::ALL,
        })
        .data()
    }
}
