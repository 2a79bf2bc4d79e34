//! Stories told to an exchange, one line a step: what is done, and what the venue says.
//!
//! Orders: `buy 1 market`, `sell 1 stop 95`, `sell 1 stop 95 limit 94`, `sell 1 target 110`,
//! `buy 1 limit 95`, with `ioc`, `fok`, `maker`, `reduce` or `until 3` (an hour) behind. Two of them
//! with `oco` between are a list. `cancel 1` names an order by its number. `bar 100 110 90 105` is
//! an hour of open, high, low, close; `v 5` its volume, `spread 1` its half spread, `mark 99 99 80
//! 90` its mark. What stands behind `then` is done at the bar's first fill.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

use sim::exchange::{BarInput, Conventions, CostModel, Exchange, Happening};
use types::bar::Bar;
use types::entry::ReportEvent;
use types::fill::{Fee, Fill};
use types::ids::{Leg, OrderId, Seq, SymbolId};
use types::instrument::{FeeAsset, Instrument, Market};
use types::market::TsNanos;
use types::num::{Money, Price, Ratio};
use types::order::{OrderKind, OrderRequest, TimeInForce};
use types::side::Side;

const HOUR: i64 = 3_600_000_000_000;
const SYMBOL: SymbolId = SymbolId(0);

/// An instrument with a tick of 0.01, a lot of 0.001 and no minima or fees.
pub(crate) fn instrument(market: Market) -> Instrument {
    let names = ["BTCUSDT", "BTC", "USDT"];
    let mut instrument = Instrument::unknown(
        names[0].parse().unwrap(),
        names[1].parse().unwrap(),
        names[2].parse().unwrap(),
        market,
    );
    instrument.tick = "0.01".parse().unwrap();
    instrument.lot = "0.001".parse().unwrap();
    instrument.min_qty = instrument.lot;
    instrument.max_qty = "1000000".parse().unwrap();
    (instrument.maker_fee, instrument.taker_fee) = (Ratio::ZERO, Ratio::ZERO);
    instrument.fee_asset = FeeAsset::Received;
    instrument.maintenance_margin = Ratio::from_bps(40);
    instrument
}

/// An exchange with one symbol at hour 0, and how many orders it has been sent.
pub(crate) struct Told {
    pub(crate) exchange: Exchange,
    orders: u64,
    hour: i64,
}

impl Told {
    /// An account of 1,000 that trades without costs.
    pub(crate) fn spot() -> Self {
        Self::with(instrument(Market::Spot), CostModel::none(), Conventions::default())
    }

    /// The same on margin.
    pub(crate) fn perp(leverage: u32) -> Self {
        let mut told =
            Self::with(instrument(Market::Perp), CostModel::none(), Conventions::default());
        told.exchange.set_leverage(SYMBOL, leverage);
        told
    }

    pub(crate) fn costing(costs: CostModel) -> Self {
        Self::with(instrument(Market::Spot), costs, Conventions::default())
    }

    pub(crate) fn under(conventions: Conventions) -> Self {
        Self::with(instrument(Market::Spot), CostModel::none(), conventions)
    }

    pub(crate) fn with(instrument: Instrument, costs: CostModel, conventions: Conventions) -> Self {
        let (market, cash) = (instrument.market, Money::from_units(1_000));
        let exchange = Exchange::new(market, vec![instrument], costs, conventions, cash).unwrap();
        Self { exchange, orders: 0, hour: 0 }
    }

    /// Tells the steps and compares what the venue says after each.
    #[track_caller]
    pub(crate) fn hears(mut self, story: &[(&str, &str)]) -> Self {
        for (line, (step, wanted)) in story.iter().enumerate() {
            let said = self.tell(step);
            assert_eq!(said, *wanted, "line {} of the story: {step}", line + 1);
        }
        self
    }

    fn tell(&mut self, step: &str) -> String {
        match step.strip_prefix("bar ") {
            Some(bar) => self.bar(bar),
            None => {
                let mut said = self.order(step, self.now());
                self.drain(&mut said);
                said.join("; ")
            }
        }
    }

    fn now(&self) -> TsNanos {
        TsNanos::from_nanos(self.hour * HOUR)
    }

    fn bar(&mut self, text: &str) -> String {
        let (text, then) = text.split_once(" then ").unwrap_or((text, ""));
        let (open, close) = (self.now(), self.now().plus(HOUR));
        let words: Vec<&str> = text.split(' ').collect();
        let after = |name: &str| words.iter().position(|word| *word == name).map(|at| at + 1);
        let volume = after("v").map(|at| words[at].parse::<f64>().unwrap());
        let input = BarInput {
            symbol: SYMBOL,
            bar: bar(open, &words[..4], volume.or(Some(1e9))),
            half_spread: after("spread").map(|at| words[at].parse().unwrap()),
            mark: after("mark").map(|at| bar(open, &words[at..at + 4], None)),
        };
        self.exchange.begin_bars(&[input], open, close);
        let mut then: Vec<&str> = then.split(" and ").filter(|order| !order.is_empty()).collect();
        let mut said = Vec::new();
        while let Some(happening) = self.exchange.next_happening() {
            self.exchange.check_invariants().unwrap();
            let (at, filled) = (at(&happening), is_fill(&happening));
            said.push(words_of(&happening, Some(open)));
            if filled {
                for order in std::mem::take(&mut then) {
                    said.extend(self.order(order, at));
                }
            }
        }
        self.exchange.check_invariants().unwrap();
        self.hour += 1;
        said.join("; ")
    }

    fn drain(&mut self, said: &mut Vec<String>) {
        while let Some(happening) = self.exchange.next_happening() {
            said.push(words_of(&happening, None));
        }
        self.exchange.check_invariants().unwrap();
    }

    fn order(&mut self, text: &str, now: TsNanos) -> Vec<String> {
        let happenings = if let Some(number) = text.strip_prefix("cancel ") {
            self.exchange.cancel(id(number.parse().unwrap()), now)
        } else if let Some(rate) = text.strip_prefix("funding ") {
            let rate = rate.parse().unwrap();
            self.exchange.fund(SYMBOL, rate, now).into_iter().collect()
        } else if let Some(rest) = text.strip_prefix("replace ") {
            let (number, orders) = rest.split_once(" by ").unwrap();
            let legs = orders.split(" oco ").map(|order| self.leg(order)).collect();
            self.exchange.replace(id(number.parse().unwrap()), legs, now)
        } else if let Some((first, second)) = text.split_once(" oco ") {
            let legs = [self.leg(first), self.leg(second)];
            self.exchange.place_oco(legs, now)
        } else {
            let (order, request) = self.leg(text);
            self.exchange.place(order, request, now)
        };
        self.exchange.check_invariants().unwrap();
        happenings.iter().map(|happening| words_of(happening, None)).collect()
    }

    fn leg(&mut self, text: &str) -> (OrderId, OrderRequest) {
        self.orders += 1;
        (id(self.orders), request(text))
    }
}

/// Reads an order.
pub(crate) fn request(text: &str) -> OrderRequest {
    let words: Vec<&str> = text.split(' ').collect();
    let has = |name: &str| words.contains(&name);
    let after = |name: &str| -> Option<Price> {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1)?.parse().ok()
    };
    let side = if words[0] == "buy" { Side::Buy } else { Side::Sell };
    let kind = match (after("stop"), after("limit"), after("target")) {
        (Some(trigger), Some(price), None) => OrderKind::StopLimit { trigger, price },
        (Some(trigger), None, None) => OrderKind::StopMarket { trigger },
        (None, Some(price), None) if has("maker") => OrderKind::LimitMaker { price },
        (None, Some(price), None) => OrderKind::Limit { price },
        (None, None, Some(trigger)) => OrderKind::TakeProfit { trigger },
        _ => OrderKind::Market,
    };
    let until = words.iter().position(|word| *word == "until").map(|at| words[at + 1]);
    let tif = match until {
        Some(hour) => TimeInForce::Gtd(TsNanos::from_nanos(hour.parse::<i64>().unwrap() * HOUR)),
        None if has("ioc") => TimeInForce::Ioc,
        None if has("fok") => TimeInForce::Fok,
        None => TimeInForce::Gtc,
    };
    let qty = words[1].parse().unwrap();
    OrderRequest { symbol: SYMBOL, side, kind, qty, tif, reduce_only: has("reduce") }
}

fn id(number: u64) -> OrderId {
    OrderId::first(Seq(number), Leg::Main)
}

fn bar(open_time: TsNanos, words: &[&str], volume: Option<f64>) -> Bar {
    let price = |at: usize| -> Price { words[at].parse().unwrap() };
    let (open, high, low, close) = (price(0), price(1), price(2), price(3));
    let bar = Bar { open_time, open, high, low, close, volume };
    bar.check().unwrap();
    bar
}

fn at(happening: &Happening) -> TsNanos {
    match happening {
        Happening::Report { at, .. } | Happening::Funding { at, .. } => *at,
    }
}

fn is_fill(happening: &Happening) -> bool {
    match happening {
        Happening::Report { report, .. } => matches!(report.event, ReportEvent::Filled(_)),
        Happening::Funding { .. } => false,
    }
}

/// Says a happening; inside a bar with its stage (`open`, `1/3`, `2/3`, `close`) for fills.
fn words_of(happening: &Happening, open: Option<TsNanos>) -> String {
    match happening {
        Happening::Funding { amount, .. } => format!("funding {amount}"),
        Happening::Report { at, report, .. } => {
            let who = report.order.map_or("venue".to_owned(), |id| id.command.0.to_string());
            match &report.event {
                ReportEvent::Accepted => format!("{who} accepted"),
                ReportEvent::Rejected(text) => {
                    format!("{who} rejected {}", text.split(':').next().unwrap())
                }
                ReportEvent::Filled(fill) => {
                    format!("{who} {}{}", words_of_fill(fill), stage(*at, open))
                }
                ReportEvent::Cancelled => format!("{who} cancelled"),
                ReportEvent::Expired => format!("{who} expired"),
                ReportEvent::NeverAccepted | ReportEvent::CancelRejected => {
                    unreachable!("an exchange knows its orders")
                }
            }
        }
    }
}

fn words_of_fill(fill: &Fill) -> String {
    let verb = match fill.side {
        Side::Buy => "bought",
        Side::Sell => "sold",
    };
    let fee = match fill.fee {
        Fee::Base(qty) if qty.is_zero() => String::new(),
        Fee::Quote(money) if money.is_zero() => String::new(),
        Fee::Base(qty) => format!(" fee {qty} base"),
        Fee::Quote(money) => format!(" fee {money}"),
    };
    format!("{verb} {} at {}{fee}", fill.qty, fill.price)
}

fn stage(at: TsNanos, open: Option<TsNanos>) -> &'static str {
    let Some(open) = open else { return "" };
    match at.since(open) {
        0 => " (open)",
        since if since == HOUR / 3 => " (1/3)",
        since if since == HOUR / 3 * 2 => " (2/3)",
        since if since == HOUR - 1 => " (close)",
        _ => " (?)",
    }
}
