//! [`Cause`]: why two runs differ somewhere.

use serde::Serialize;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $means:literal;)+) => {
        /// Why two runs differ somewhere.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Cause {
            $($(#[$doc])* $name,)+
        }

        impl Cause {
            /// Every cause.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns its name.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Returns what it means, for people.
            pub(crate) const fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)+ }
            }
        }
    };
}

causes! {
    /// The engines run under different configurations.
    Configuration = "configuration", "the engines have different configurations";
    /// The draws of the engines differ.
    Seed = "seed", "the runs have different seeds";
    /// One run trades symbols that the other does not know.
    Symbols = "symbols", "the runs trade different symbols, which share one account";
    /// One run knows more of the time before.
    History = "history", "one run knows more bars from before than the other";
    /// One run decided before the other did, and knows what came of it.
    EarlierScan = "earlier_scan", "one run scanned instants before the other began, and learnt from what came of them";
    /// One run scanned a symbol for the first time before the other did.
    FirstScan = "first_scan", "one run began to scan a symbol at an instant that the other did not scan, and learnt from it";
    /// A bar that one run has and the other has not.
    MissingBar = "missing_bar", "a bar of this symbol is in one run only";
    /// The same bar with other figures.
    DifferentBar = "different_bar", "a bar of this symbol has other figures";
    /// Bars of another symbol differ, and both share one account.
    OtherSymbol = "other_symbol", "bars of another symbol differ, and all share one account";
    /// A mode, an operator or money that moved.
    Steering = "steering", "a mode, an operator or a deposit was not the same";
    /// The accounts differed when the common period began.
    Start = "start", "the accounts were not the same when the common period began";
    /// What was traded before differs, so the accounts do.
    Books = "books", "the accounts differ because of an earlier order";
    /// The decision behind it differs.
    Decision = "decision", "the decision behind it differs";
    /// The gateway refused it in one run.
    Refused = "refused", "the gateway refused it in one run";
    /// The venue rejected it in one run.
    Rejected = "rejected", "the venue rejected it in one run";
    /// One run rests at the touch where the other takes.
    OrderStyle = "order_style", "entries are limits at the touch in one run, bounded takers in the other";
    /// The price of a limit comes from quotes.
    Quote = "quote", "the price was taken from other quotes";
    /// An entry was priced anew.
    QuoteReprice = "quote_reprice", "an entry that did not trade was priced anew";
    /// What was filled before differs, and this order is made from it.
    Fills = "fills", "it follows from fills that differ";
    /// A book filled differently from a bar walk.
    BookVsWalk = "book_vs_walk", "a book traded otherwise than the walk along a bar";
    /// Spread or slippage of two bar walks differ.
    Costs = "costs", "spread or slippage of the two bar walks differ";
    /// The rate of fees differs.
    Fee = "fee", "the fee has another rate";
    /// It happened later.
    Latency = "latency", "it happened later in one run";
    /// One journal ends while it was open.
    Ended = "ended", "one journal ends before it came to an end";
    /// None of these.
    Unknown = "unknown", "nothing in the journals explains it";
}
