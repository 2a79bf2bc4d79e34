//! Look-ahead planted inside the driver must be found. What can be planted from outside is in
//! `tests/it/lookahead.rs`.

use types::bar::Bar;
use types::ids::SymbolId;
use types::instrument::Market;
use types::market::{Timeframe, TsNanos};
use types::num::Price;

use super::check::{Attempt, Check, Span};
use super::report::{FaultKind, LookaheadReport};
use super::witness::Witness;
use crate::backtest::config::BacktestConfig;
use crate::backtest::feeding::{Clock, Inputs, Moment, Moments};
use crate::backtest::run::{Aside, Options, Plan, Run, drive};
use crate::data::{DataError, Feed};
use crate::exchange::BarInput;
use crate::instruments::Catalogue;
use crate::market::{Calendar, Features, Generator, GeneratorConfig, Listing};

/// A moment that owns its bars.
#[derive(Clone, Debug)]
struct Owned {
    open: TsNanos,
    close: TsNanos,
    bars: Vec<BarInput>,
    closed: Vec<(SymbolId, Timeframe, Bar)>,
}

/// Moments from memory.
struct Recorded {
    moments: Vec<Owned>,
    next: usize,
}

impl Clock for Recorded {
    fn next(&mut self) -> Result<Option<Moment<'_>>, DataError> {
        self.next += 1;
        Ok(self.moments.get(self.next - 1).map(|owned| Moment {
            open: owned.open,
            close: owned.close,
            bars: &owned.bars,
            closed: &owned.closed,
            marks: &[],
            funding: &[],
        }))
    }
}

/// Hours of 60 made-up days.
fn generator() -> Generator {
    Generator::new(GeneratorConfig {
        seed: 11,
        listings: vec![Listing::of("BTCUSDT".parse().unwrap())],
        start: TsNanos::from_millis(1_704_067_200_000).unwrap(),
        days: 60,
        timeframe: Timeframe::H1,
        calendar: Calendar::Always,
        features: Features::ALL,
    })
    .unwrap()
}

fn moments(mut feed: Feed, timeframes: &[Timeframe]) -> Vec<Owned> {
    feed = feed.between(None, None);
    let mut inputs = Inputs::of_bars(feed);
    let mut clock = Moments::new(&mut inputs, timeframes).unwrap();
    let mut moments = Vec::new();
    while let Some(moment) = clock.next().unwrap() {
        moments.push(Owned {
            open: moment.open,
            close: moment.close,
            bars: moment.bars.to_vec(),
            closed: moment.closed.to_vec(),
        });
    }
    moments
}

/// Hands out each 4h bar at the moment it opens, made of as much of it as the data has: what comes
/// of stamping bars by their open and joining them by their stamp.
fn unshifted(moments: &mut [Owned]) {
    let of = |moment: &Owned| Timeframe::H4.open_of(moment.open);
    for moment in &mut *moments {
        moment.closed.retain(|(_, timeframe, _)| *timeframe != Timeframe::H4);
    }
    for index in 0..moments.len() {
        let open_time = moments[index].close;
        if !Timeframe::H4.closes_at(open_time) {
            continue;
        }
        let inside: Vec<Bar> = moments[index + 1..]
            .iter()
            .take_while(|moment| of(moment) == open_time)
            .map(|moment| moment.bars[0].bar)
            .collect();
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { continue };
        let bar = Bar {
            open_time,
            open: first.open,
            high: inside.iter().map(|bar| bar.high).max().unwrap(),
            low: inside.iter().map(|bar| bar.low).min().unwrap(),
            close: last.close,
            volume: inside.iter().map(|bar| bar.volume).sum(),
        };
        moments[index].closed.push((SymbolId(0), Timeframe::H4, bar));
    }
}

fn checked(plant: impl Fn(&mut [Owned])) -> LookaheadReport {
    let config = BacktestConfig::from_toml(
        "timeframes = [\"1h\", \"4h\"]\n[analysis.components]\nwarm_up = 30\n\
         [analysis.indicators]\nema_fast = 5\nema_middle = 10\nema_slow = 25\n\
         macd_fast = 5\nmacd_slow = 10\nmacd_signal = 4\n",
    )
    .unwrap();
    let costs = config.costs.clone();
    let run = [Run { config, seed: 0 }];
    let feed = generator().feed().unwrap();
    let listing = Catalogue::embedded().lookup(&feed.symbols()[0], Market::Spot);
    let options =
        Options { instruments: vec![listing.instrument], known: vec![true], close_at_end: false };
    let all = moments(feed, &[Timeframe::H1, Timeframe::H4]);
    let attempt: &mut Attempt<'_> = &mut |cut, witness: &mut Witness<'_>| {
        let mut moments: Vec<Owned> = all
            .iter()
            .filter(|moment| cut.is_none_or(|cut| moment.close <= cut))
            .cloned()
            .collect();
        plant(&mut moments);
        let plan = Plan::of(&run, Timeframe::H1)?;
        let mut clock = Recorded { moments, next: 0 };
        drive(&options, plan, &mut clock, &mut (), Aside { observer: Some(witness), keep: None })
            .map(|_| ())
    };
    let (first, last) = (all[0].open, all[all.len() - 1].close);
    let span = Span { first, last, native: Timeframe::H1 };
    Check { table: &options.instruments, costs: &costs, attempt }
        .compare(&span, 100, &mut ())
        .unwrap()
}

#[test]
fn a_4h_bar_shown_while_it_is_open_is_found() {
    let honest = checked(|_| {});
    assert!(honest.is_clean(), "{honest}");
    assert!(honest.cuts.len() >= 100 && honest.fills_checked >= 4, "{honest}");

    let planted = checked(unshifted);
    assert!(!planted.differing.is_empty(), "{planted}");
    let first = planted.first.as_ref().unwrap();
    let (whole, short) = (first.whole.as_ref().unwrap(), first.short.as_ref().unwrap());
    assert_eq!((whole.at, &whole.symbol), (short.at, &short.symbol));
    assert!(whole.at <= first.cut && whole.what != short.what, "{first}");
    assert!(planted.faults.iter().any(|fault| fault.kind == FaultKind::OpenBar), "{planted}");
    println!("{planted}");
}

#[test]
fn a_price_that_only_the_next_bar_had_is_found() {
    // The walk is given bars whose open is one that was never traded: a fill at it stands out.
    let planted = checked(|moments| {
        let next: Vec<Price> = moments.iter().skip(1).map(|m| m.bars[0].bar.low).collect();
        for (moment, low) in moments.iter_mut().zip(next) {
            moment.bars[0].bar.open = low;
            let bar = &mut moment.bars[0].bar;
            (bar.low, bar.high) = (bar.low.min(low), bar.high.max(low));
        }
    });
    assert!(!planted.differing.is_empty(), "{planted}");
}
