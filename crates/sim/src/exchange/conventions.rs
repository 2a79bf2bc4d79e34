//! Choices that other backtesters make differently; the defaults are the honest ones.

use serde::{Deserialize, Serialize};

/// At which price a stop trades when the bar opens beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapFill {
    /// At the open: the trigger was never traded.
    #[default]
    Open,
    /// At the trigger, as if the gap had been traded through.
    Trigger,
}

/// When an order placed at a bar's close trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryFill {
    /// At the next bar's open.
    #[default]
    NextOpen,
    /// At the close that caused it.
    SignalClose,
}

/// How the exchange reads bars and cash. Every value is a key of `[conventions]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conventions {
    /// Whether a stop can trade on the bar that its position was opened on; default true.
    pub stop_on_entry_bar: bool,
    /// Where a gapped stop trades; default `"open"`.
    pub gap_fill: GapFill,
    /// When an order placed at a close trades; default `"next_open"`.
    pub entry_fill: EntryFill,
    /// Whether a spot purchase may take cash below zero; default false. Counted in the statistics.
    pub allow_negative_cash: bool,
}

impl Default for Conventions {
    fn default() -> Self {
        Self {
            stop_on_entry_bar: true,
            gap_fill: GapFill::Open,
            entry_fill: EntryFill::NextOpen,
            allow_negative_cash: false,
        }
    }
}

impl Conventions {
    /// Returns what differs from the defaults, in words for a report.
    #[must_use]
    pub fn departures(&self) -> Vec<&'static str> {
        let Self { stop_on_entry_bar, gap_fill, entry_fill, allow_negative_cash } = *self;
        [
            (!stop_on_entry_bar, "stop_on_entry_bar = false: stops rest until the next bar"),
            (
                gap_fill == GapFill::Trigger,
                "gap_fill = trigger: a gapped stop trades at a price that was never there",
            ),
            (
                entry_fill == EntryFill::SignalClose,
                "entry_fill = signal_close: orders trade at the price that caused them",
            ),
            (allow_negative_cash, "allow_negative_cash = true: purchases may borrow cash"),
        ]
        .into_iter()
        .filter_map(|(departs, words)| departs.then_some(words))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_departures_from_the_honest_choice_are_named() {
        assert!(Conventions::default().departures().is_empty());
        let other: Conventions =
            toml::from_str("gap_fill = \"trigger\"\nallow_negative_cash = true").unwrap();
        assert_eq!(other.departures().len(), 2);
    }
}
