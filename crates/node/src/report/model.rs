//! What a report shows: [`Report`].

use sim::performance::{Group, Metrics, TradeRecord};
use types::market::TsNanos;

/// Everything a report shows. Amounts in quote currency.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) policy: String,
    pub(crate) market: String,
    pub(crate) symbols: Vec<String>,
    pub(crate) quote: String,
    /// Whether the bars were invented too.
    pub(crate) generated: bool,
    pub(crate) from: TsNanos,
    pub(crate) to: TsNanos,
    pub(crate) metrics: Metrics,
    /// Equity of this run, one point a day.
    pub(crate) equity: Vec<(TsNanos, f64)>,
    /// The same capital held in equal parts in all symbols, after the cost of buying.
    pub(crate) hold: Vec<(TsNanos, f64)>,
    /// The yardstick `trend` over the same bars and costs.
    pub(crate) trend: Vec<(TsNanos, f64)>,
    /// The yardstick `null`.
    pub(crate) null: Option<NullBand>,
    pub(crate) charts: Vec<PriceChart>,
    pub(crate) trades: Vec<TradeRecord>,
    pub(crate) by_pattern: Vec<Group>,
    pub(crate) by_regime: Vec<Group>,
    pub(crate) by_symbol: Vec<Group>,
    pub(crate) gates: Vec<GateRow>,
    pub(crate) reliability: Option<Reliability>,
    pub(crate) decisions: Vec<DecisionRow>,
    /// Results of variants of the same run: name, what it came to.
    pub(crate) variants: Vec<(String, String)>,
    pub(crate) quality: Table,
    /// Conventions and assumptions, one sentence each.
    pub(crate) notes: Vec<String>,
    /// Names and values that identify the run.
    pub(crate) provenance: Vec<(String, String)>,
    pub(crate) command: String,
}

/// Equity of random entries at the same cost: the middle 90 % of the seeds on each day.
#[derive(Clone, Debug)]
pub(crate) struct NullBand {
    pub(crate) seeds: usize,
    /// Day, 5th, 50th and 95th percentile.
    pub(crate) days: Vec<(TsNanos, f64, f64, f64)>,
    /// Share of the seeds that ended below this run, 0 to 1.
    pub(crate) beaten: f64,
}

/// What the comparison with random entries says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// Within the band: luck explains it.
    None,
    /// Above the band.
    Above,
    /// Below the band.
    Below,
}

impl NullBand {
    /// Returns where a final equity lies in the band of the last day.
    pub(crate) fn edge(&self, final_equity: f64) -> Option<Edge> {
        let &(_, low, _, high) = self.days.last()?;
        Some(if final_equity > high {
            Edge::Above
        } else if final_equity < low {
            Edge::Below
        } else {
            Edge::None
        })
    }
}

impl Edge {
    /// Returns the sentence in capital letters.
    pub(crate) const fn headline(self) -> &'static str {
        match self {
            Self::None => "NO EVIDENCE OF EDGE",
            Self::Above => "ABOVE THE BAND OF RANDOM ENTRIES",
            Self::Below => "BELOW THE BAND OF RANDOM ENTRIES",
        }
    }
}

/// Prices of one symbol, one bar a day.
#[derive(Debug)]
pub(crate) struct PriceChart {
    pub(crate) symbol: String,
    pub(crate) days: Vec<DayPrices>,
}

/// Prices of one UTC day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DayPrices {
    pub(crate) at: TsNanos,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) close: f64,
}

/// How often one gate was asked and refused.
#[derive(Debug)]
pub(crate) struct GateRow {
    pub(crate) code: String,
    pub(crate) asked: u64,
    pub(crate) refused: u64,
    /// Cut to what fits.
    pub(crate) reduced: u64,
    /// Whether its input exists in this mode.
    pub(crate) applicable: bool,
}

impl GateRow {
    /// Returns what is remarkable about it: a gate that refuses everything or nothing.
    pub(crate) const fn remark(&self) -> &'static str {
        if !self.applicable {
            "not applicable here"
        } else if self.asked == 0 {
            "never asked"
        } else if self.refused == self.asked {
            "refuses everything"
        } else if self.refused == 0 && self.reduced == 0 {
            "refuses nothing"
        } else {
            ""
        }
    }
}

/// Predicted against seen.
#[derive(Debug)]
pub(crate) struct Reliability {
    /// Mean prediction, mean outcome, weight of a bin.
    pub(crate) bins: Vec<(f64, f64, f64)>,
    /// Effective outcomes.
    pub(crate) outcomes: f64,
    pub(crate) brier: Option<f64>,
    /// The method in force at the end.
    pub(crate) method: String,
}

/// A decision worth reading.
#[derive(Debug)]
pub(crate) struct DecisionRow {
    pub(crate) at: TsNanos,
    pub(crate) symbol: String,
    pub(crate) code: String,
    pub(crate) what: String,
    /// Reasons, one line each.
    pub(crate) why: Vec<String>,
}

/// A table of texts.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}
