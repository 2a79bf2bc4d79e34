//! Orders of one instant, side by side, and what became of them.

use types::market::TsNanos;
use types::num::{Money, Price, Qty};
use types::order::{OrderKind, OrderRequest, TimeInForce};

use super::cause::Cause;
use super::data::Inputs;
use super::difference::{Difference, What};
use super::story::{Ending, OrderKey, Ordered, Role, Story};

/// How far outside of its bar a book's price may lie, in parts of a thousand: the offset of a stop-limit.
const OUTSIDE_PER_MILLE: i64 = 10;

/// How far apart the prices of two walks may lie by spread and slippage, in parts of a thousand.
const COSTS_PER_MILLE: i64 = 20;

/// Fees round up at 1e-8, once a fill: rates that differ by less are the same.
const FEE_SLACK: i64 = 1_000_000;

/// What is known where orders are compared.
pub(super) struct Scene<'a> {
    pub(super) key: &'a OrderKey,
    pub(super) a: &'a Story,
    pub(super) b: &'a Story,
    pub(super) inputs: &'a Inputs,
    /// Both traded along bars.
    pub(super) walks: bool,
    /// The decisions of this symbol at this instant differ.
    pub(super) decided: bool,
    /// An earlier fill of this symbol differs, in words.
    pub(super) fills: Option<&'a str>,
    /// The first order of any symbol that differs, in words.
    pub(super) books: Option<&'a str>,
}

/// Compares the orders of one key; the order of the list is that of the orders.
pub(super) fn compare(scene: &Scene<'_>, a: &[Ordered], b: &[Ordered]) -> Vec<Difference> {
    let mut found = Vec::new();
    // What differs in the first order is what later ones of the same key follow from.
    let mut fills = scene.fills.map(str::to_owned);
    for nth in 0..a.len().max(b.len()) {
        let (ours, theirs) = (a.get(nth), b.get(nth));
        let before = found.len();
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => {
                pair(scene, nth, ours, theirs, fills.as_deref(), &mut found);
            }
            (Some(_) | None, _) => found.push(alone(scene, nth, ours, theirs, fills.as_deref())),
        }
        if fills.is_none() && found.len() > before {
            fills = Some(words_of(&found[before]));
        }
    }
    found
}

/// Says where a difference is, for those that follow from it.
pub(super) fn words_of(difference: &Difference) -> String {
    let symbol = difference.symbol.as_deref().unwrap_or("account");
    format!(
        "{} of {symbol} at {}: {}",
        difference.aspect,
        difference.instant,
        difference.cause.word()
    )
}

impl Scene<'_> {
    fn difference(
        &self,
        what: What,
        aspect: &'static str,
        words: (Option<String>, Option<String>),
        (cause, because): (Cause, Option<String>),
    ) -> Difference {
        Difference {
            instant: self.key.instant,
            symbol: Some(self.key.symbol.clone()),
            what,
            aspect,
            a: words.0.map(|words| format!("{} {words}", self.key.role.word())),
            b: words.1.map(|words| format!("{} {words}", self.key.role.word())),
            cause,
            because,
        }
    }

    /// Returns a cause among what went in: where it stands for everything that follows from the symbol.
    fn went_in(&self) -> Option<(Cause, Option<String>)> {
        let own = self.inputs.of_symbol(&self.key.symbol, self.key.instant);
        let steering =
            self.inputs.steering.as_ref().filter(|parting| parting.at <= self.key.instant);
        let parting = self.inputs.run.as_ref().or(own).or(steering)?;
        Some((parting.cause, Some(parting.words.clone())))
    }

    /// Returns what an order that is made from earlier fills, or from another decision, follows from.
    fn follows(&self, fills: Option<&str>) -> Option<(Cause, Option<String>)> {
        if let Some(first) = fills {
            return Some((Cause::Fills, Some(first.to_owned())));
        }
        if self.decided {
            return Some((Cause::Decision, None));
        }
        self.went_in()
    }
}

/// An order that the other run has not.
fn alone(
    scene: &Scene<'_>,
    nth: usize,
    a: Option<&Ordered>,
    b: Option<&Ordered>,
    fills: Option<&str>,
) -> Difference {
    let other = if a.is_none() { scene.a } else { scene.b };
    let refused = other.refused.get(&(scene.key.instant, scene.key.symbol.clone()));
    let cause = match (scene.key.role, refused) {
        (_, _) if scene.decided => (Cause::Decision, None),
        (Role::Entry, Some(codes)) => {
            (Cause::Refused, codes.first().map(|code| (*code).to_owned()))
        }
        (Role::Entry, None) if nth > 0 => (Cause::QuoteReprice, None),
        (Role::Entry | Role::Exit | Role::Stop | Role::Target, _) => {
            let books = scene.books.map(|first| (Cause::Books, Some(first.to_owned())));
            scene.follows(fills).or(books).unwrap_or((Cause::Unknown, None))
        }
    };
    let words = |order: Option<&Ordered>| order.map(|order| request_words(&order.request));
    scene.difference(What::Order, "there", (words(a), words(b)), cause)
}

/// Two orders that stand side by side.
fn pair(
    scene: &Scene<'_>,
    nth: usize,
    a: &Ordered,
    b: &Ordered,
    fills: Option<&str>,
    found: &mut Vec<Difference>,
) {
    let before = found.len();
    found.extend(of_request(scene, nth, &a.request, &b.request, fills));
    // What an order became follows from what it was.
    let asked = (found.len() > before).then(|| words_of(&found[before]));
    found.extend(of_outcome(scene, a, b, asked.as_deref().or(fills)));
    found.extend(of_price(scene, a, b, asked.as_deref()));
    found.extend(of_fee(scene, a, b));
    found.extend(of_time(scene, a, b, asked.as_deref().or(fills)));
}

fn of_request(
    scene: &Scene<'_>,
    nth: usize,
    a: &OrderRequest,
    b: &OrderRequest,
    fills: Option<&str>,
) -> Option<Difference> {
    let same_kind = std::mem::discriminant(&a.kind) == std::mem::discriminant(&b.kind)
        && std::mem::discriminant(&a.tif) == std::mem::discriminant(&b.tif);
    let enters = scene.key.role == Role::Entry;
    let unknown = (Cause::Unknown, None);
    let (aspect, cause) = if !same_kind {
        (
            "kind",
            if enters {
                (Cause::OrderStyle, None)
            } else {
                scene.follows(fills).unwrap_or(unknown)
            },
        )
    } else if a.qty != b.qty {
        let rest = (enters && nth > 0).then_some((Cause::QuoteReprice, None));
        ("qty", scene.follows(fills).or(rest).unwrap_or(unknown))
    } else if a.kind != b.kind {
        let quote = (enters && !scene.walks).then_some((Cause::Quote, None));
        ("price", scene.follows(fills).or(quote).unwrap_or(unknown))
    } else if void_at(a.tif) != void_at(b.tif) {
        ("expiry", scene.follows(fills).unwrap_or((Cause::Latency, None)))
    } else {
        return None;
    };
    let words = (Some(request_words(a)), Some(request_words(b)));
    Some(scene.difference(What::Order, aspect, words, cause))
}

const fn void_at(tif: TimeInForce) -> Option<TsNanos> {
    match tif {
        TimeInForce::Gtd(at) => Some(at),
        TimeInForce::Gtc | TimeInForce::Ioc | TimeInForce::Fok => None,
    }
}

/// How much of it traded.
fn of_outcome(
    scene: &Scene<'_>,
    a: &Ordered,
    b: &Ordered,
    follows: Option<&str>,
) -> Option<Difference> {
    let rejected = |order: &Ordered| matches!(order.ending, Ending::Rejected(_));
    let share = |order: &Ordered| order.filled() == order.request.qty;
    // Other sizes were told as a difference of the order already.
    let same = a.filled() == b.filled() || (a.request.qty != b.request.qty && share(a) && share(b));
    if same && rejected(a) == rejected(b) {
        return None;
    }
    let cause = if rejected(a) != rejected(b) {
        (Cause::Rejected, None)
    } else if [a, b].iter().any(|order| order.ending == Ending::Open) {
        (Cause::Ended, None)
    } else if !scene.walks {
        (Cause::BookVsWalk, None)
    } else if let Some(first) = follows {
        (Cause::Fills, Some(first.to_owned()))
    } else {
        scene.went_in().unwrap_or((Cause::Unknown, None))
    };
    let words = |order: &Ordered| {
        let end = match &order.ending {
            Ending::Open => "still open",
            Ending::Done => "ended",
            Ending::Rejected(text) => text,
        };
        Some(format!("filled {} of {}, {end}", order.filled(), order.request.qty))
    };
    Some(scene.difference(What::Fill, "qty", (words(a), words(b)), cause))
}

/// At what price.
fn of_price(
    scene: &Scene<'_>,
    a: &Ordered,
    b: &Ordered,
    asked: Option<&str>,
) -> Option<Difference> {
    let (ours, theirs) = (average(a)?, average(b)?);
    if ours == theirs {
        return None;
    }
    let inside = |story: &Story, order: &Ordered| {
        order.fills.iter().all(|(at, fill)| is_inside(story, &scene.key.symbol, *at, fill.price))
    };
    let cause = if let Some(asked) = asked.filter(|_| scene.key.role != Role::Entry) {
        (Cause::Fills, Some(asked.to_owned()))
    } else if !scene.walks {
        match inside(scene.a, a) && inside(scene.b, b) {
            true => (Cause::BookVsWalk, None),
            false => (Cause::Unknown, Some("a price outside of its bar".to_owned())),
        }
    } else if a.first_fill() != b.first_fill() {
        (Cause::Latency, None)
    } else {
        let near = apart_per_mille(ours, theirs) <= COSTS_PER_MILLE;
        let costs = near.then_some((Cause::Costs, None));
        scene.went_in().or(costs).unwrap_or((Cause::Unknown, None))
    };
    let words = (Some(format!("filled at {ours}")), Some(format!("filled at {theirs}")));
    Some(scene.difference(What::Fill, "price", words, cause))
}

/// For which fee.
fn of_fee(scene: &Scene<'_>, a: &Ordered, b: &Ordered) -> Option<Difference> {
    let (ours, theirs) = (fee_rate(a)?, fee_rate(b)?);
    if (ours - theirs).abs() < FEE_SLACK {
        return None;
    }
    let makers =
        |order: &Ordered| order.fills.iter().map(|(_, fill)| fill.liquidity).collect::<Vec<_>>();
    let because = (makers(a).first() != makers(b).first()).then(|| "maker and taker".to_owned());
    let shown = |rate: i64| {
        let bps = rate / 10_000_000;
        Some(format!("fee {}.{:02} bps", bps / 100, bps % 100))
    };
    Some(scene.difference(What::Fill, "fee", (shown(ours), shown(theirs)), (Cause::Fee, because)))
}

/// In which bar.
fn of_time(
    scene: &Scene<'_>,
    a: &Ordered,
    b: &Ordered,
    follows: Option<&str>,
) -> Option<Difference> {
    let (ours, theirs) = (a.first_fill()?, b.first_fill()?);
    let bar = |at: TsNanos| at.as_nanos().div_euclid(finest(scene));
    // The close of a bar is the open of the next: a walk fills there, a book a moment behind.
    if bar(ours) == bar(theirs) {
        return None;
    }
    let cause = match (follows, scene.key.role) {
        (Some(first), _) => (Cause::Fills, Some(first.to_owned())),
        (None, Role::Entry | Role::Exit) => (Cause::Latency, None),
        (None, Role::Stop | Role::Target) if !scene.walks => (Cause::BookVsWalk, None),
        (None, Role::Stop | Role::Target) => scene.went_in().unwrap_or((Cause::Unknown, None)),
    };
    let words = (Some(format!("filled at {ours}")), Some(format!("filled at {theirs}")));
    Some(scene.difference(What::Fill, "when", words, cause))
}

/// Returns the length of the finest bars that both runs have of the symbol, in nanoseconds.
fn finest(scene: &Scene<'_>) -> i64 {
    const MINUTE: i64 = 60_000_000_000;
    let of = |story: &Story| {
        let series = story.bars.keys().filter(|(symbol, _)| *symbol == scene.key.symbol);
        series.map(|(_, timeframe)| timeframe.nanos()).min()
    };
    of(scene.a).max(of(scene.b)).unwrap_or(MINUTE)
}

/// Returns the average price of the fills; `None` without one.
fn average(order: &Ordered) -> Option<Price> {
    let qty = order.filled();
    if qty == Qty::ZERO {
        return None;
    }
    let price = order.notional().raw() / i128::from(qty.raw());
    i64::try_from(price).ok().map(Price::from_raw)
}

/// Returns fees by notional, in 1e-13; `None` without a fill.
fn fee_rate(order: &Ordered) -> Option<i64> {
    let notional = order.notional();
    if notional == Money::ZERO {
        return None;
    }
    // A fee of 1e-8 too much, by rounding, is less than the slack where the notional is above a cent.
    let rate = order.fees().raw().checked_mul(10_000_000_000_000)? / notional.raw();
    i64::try_from(rate).ok()
}

/// Returns how far two prices are apart, in parts of a thousand of the first.
fn apart_per_mille(a: Price, b: Price) -> i64 {
    let apart = (i128::from(a.raw()) - i128::from(b.raw())).abs() * 1_000;
    i64::try_from(apart / i128::from(a.raw().max(1))).unwrap_or(i64::MAX)
}

/// Returns whether a price lies in one of the bars around its moment, or near it.
fn is_inside(story: &Story, symbol: &str, at: TsNanos, price: Price) -> bool {
    let series = story.bars.iter().filter(|((name, _), _)| name == symbol);
    let Some(((_, timeframe), bars)) = series.min_by_key(|((_, timeframe), _)| *timeframe) else {
        return false;
    };
    let behind = bars.partition_point(|bar| bar.open_time <= at);
    let around = &bars[behind.saturating_sub(2)..(behind + 1).min(bars.len())];
    let mut near = around.iter().filter(|bar| {
        bar.open_time <= at.plus(timeframe.nanos()) && bar.close_time(*timeframe) >= at
    });
    let slack = price.raw() / 1_000 * OUTSIDE_PER_MILLE;
    let inside =
        near.any(|bar| (bar.low.raw() - slack..=bar.high.raw() + slack).contains(&price.raw()));
    // The newest bar is not closed when a journal ends.
    inside || bars.last().is_none_or(|last| last.close_time(*timeframe) <= at)
}

fn request_words(request: &OrderRequest) -> String {
    let kind = match request.kind {
        OrderKind::Market => "market".to_owned(),
        OrderKind::Limit { price } => format!("limit {price}"),
        OrderKind::LimitMaker { price } => format!("post-only {price}"),
        OrderKind::StopMarket { trigger } => format!("stop {trigger}"),
        OrderKind::StopLimit { trigger, price } => format!("stop {trigger} limit {price}"),
        OrderKind::TakeProfit { trigger } => format!("target {trigger}"),
    };
    format!("{:?} {} {kind} {:?}", request.side, request.qty, request.tif).to_lowercase()
}
