//! Checks between closes (spec: "Errors, recovery, watchdog"): drawdowns are looked at sooner in a restless market.

use analysis::num::max;
use types::market::TsNanos;

use super::Core;

const MINUTE: i64 = 60_000_000_000;
/// Volatility of a day above which a market is restless, and below which it is calm, shares of the price.
const RESTLESS: f64 = 0.05;
const CALM: f64 = 0.02;
/// Volatility is told per year; that of a day is less by the root of this.
const DAYS_PER_YEAR: f64 = 365.0;

/// Returns how long after a check the next one is due, nanoseconds; `volatility` is the largest of all symbols, per year. Unknown, it
/// counts as restless.
fn interval(volatility: Option<f64>) -> i64 {
    let minutes = match volatility.map(|year| year / DAYS_PER_YEAR.sqrt()) {
        Some(day) if day < CALM => 240,
        Some(day) if day <= RESTLESS => 30,
        Some(_) | None => 15,
    };
    minutes * MINUTE
}

impl Core {
    /// Takes note of a check, and of when the next one is due. Closes are checks: where the next one comes no later, nothing lies
    /// between them.
    pub(super) fn checked(&mut self, at: TsNanos) {
        let volatilities = self.by_name.iter().filter_map(|s| self.covariance.volatility(*s));
        let interval = interval(volatilities.reduce(max));
        let finest = self.config.timeframes_in_use().first().map_or(0, |finest| finest.nanos());
        self.checked = at;
        self.next_check = (self.is_guarded() && interval < finest).then(|| at.plus(interval));
    }

    /// Looks at equity between closes, if that is due.
    pub(super) fn check(&mut self) {
        let now = self.now;
        if self.next_check.is_some_and(|due| due <= now) {
            self.equity = self.portfolio.equity();
            self.guards.on_mark(now, self.equity, self.portfolio.books().flows());
            self.checked(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use types::decision::Action;
    use types::entry::{
        Body, Command, CommandAction, Entry, Mode, ModeCause, Report, ReportEvent, Source,
        SystemMode,
    };
    use types::fill::{Fee, Fill, Liquidity};
    use types::ids::{Asset, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
    use types::instrument::{Instrument, Market};
    use types::market::Timeframe;
    use types::num::Money;
    use types::order::{OrderKind, OrderRequest, TimeInForce};
    use types::side::Side;
    use types::slot::Engine as _;

    use super::*;
    use crate::config::EngineConfig;
    use crate::state::State;

    const SYMBOL: SymbolId = SymbolId(0);

    /// An engine of four-hour bars that bought 5 at 100 of 1,000, and closed an instant at 04:00.
    struct Story {
        state: State,
        seq: u64,
    }

    impl Story {
        fn new() -> Self {
            let asset = |name| Asset::new(name).unwrap();
            let name = Symbol::new("BTCUSDT").unwrap();
            let instrument = Instrument::unknown(name, asset("BTC"), asset("USDT"), Market::Spot);
            let timeframes = Some(vec![Timeframe::H4]);
            let mut config = EngineConfig { timeframes, ..EngineConfig::default() };
            config.entry.decision_timeframe = Timeframe::H4;
            let toml = config.to_toml().unwrap();
            let order = OrderId::first(Seq(7), Leg::Main);
            let (qty, price) = ("5".parse().unwrap(), "100".parse().unwrap());
            let request = OrderRequest {
                symbol: SYMBOL,
                side: Side::Buy,
                kind: OrderKind::Market,
                qty,
                tif: TimeInForce::Gtc,
                reduce_only: false,
            };
            let fill = Fill {
                order: Some(order),
                trade_id: 1,
                symbol: SYMBOL,
                side: Side::Buy,
                qty,
                price,
                fee: Fee::Quote(Money::ZERO),
                liquidity: Liquidity::Taker,
            };
            let mode =
                Mode { mode: SystemMode::Running, cause: ModeCause::Started, latched_until: None };
            let command = Command { order, cause: Seq(1), action: CommandAction::Place(request) };
            let mut story = Self { state: State::default(), seq: 0 };
            for body in [
                Body::Genesis { journal: JournalId([1; 16]), seed: 1 },
                Body::Config { toml },
                Body::Instruments(vec![instrument]),
                Body::Flow { amount: Money::from_units(1_000) },
                Body::Mode(mode),
                Body::Mark { symbol: SYMBOL, price },
                Body::Command(command),
                Body::Report(Report { order: Some(order), event: ReportEvent::Filled(fill) }),
            ] {
                story.say(0, body);
            }
            story.say(240, Body::InstantClosed { at: minute(240) });
            story
        }

        fn say(&mut self, at: i64, body: Body) -> Vec<Action> {
            self.seq += 1;
            let (seq, at) = (Seq(self.seq), minute(at));
            let entry = Entry { seq, ts_event: at, ts: at, source: Source::Hub, body };
            self.state.evolve(&entry);
            let mut decided = Vec::new();
            self.state.decide(&entry, &mut decided);
            let actions = decided.into_iter().map(|decision| decision.action);
            actions.filter(|action| *action != Action::Nothing).collect()
        }

        fn timer(&mut self, at: i64) -> Vec<Action> {
            self.say(at, Body::Timer { at: minute(at) })
        }

        fn mark(&mut self, at: i64, price: &str) {
            self.say(at, Body::Mark { symbol: SYMBOL, price: price.parse().unwrap() });
        }
    }

    fn minute(minutes: i64) -> TsNanos {
        TsNanos::from_nanos(minutes * MINUTE)
    }

    #[test]
    fn a_drawdown_between_two_closes_is_seen_at_the_next_check() {
        let mut story = Story::new();
        assert_eq!(story.state.next_deadline(), Some(minute(255)), "nothing is known: restless");
        // 9 % of 1,000.
        story.mark(250, "82");
        assert_eq!(story.timer(251), [], "a heartbeat is no check");
        let cause = ModeCause::DailyDrawdown;
        assert_eq!(story.timer(255), [Action::RequestSafeMode { cause }]);
        assert_eq!(story.state.next_deadline(), Some(minute(270)));
    }

    #[test]
    fn closes_are_checks_and_a_late_one_lies_behind_what_was_seen_meanwhile() {
        let mut story = Story::new();
        story.mark(256, "93");
        assert_eq!(story.timer(256), [], "3.5 %");
        story.mark(300, "100");
        assert_eq!(story.say(600, Body::InstantClosed { at: minute(480) }), []);
        assert_eq!(story.state.next_deadline(), Some(minute(495)));
        assert_eq!(story.timer(600), []);
        assert_eq!(story.state.next_deadline(), Some(minute(615)), "once, however late");
        assert_eq!(story.say(601, Body::InstantClosed { at: minute(540) }), []);
        assert_eq!(story.state.next_deadline(), Some(minute(615)));
    }

    #[test]
    fn where_closes_come_as_often_nothing_lies_between_them() {
        let mut story = Story::new();
        let core = &mut story.state.core;
        core.covariance.on_atr(SYMBOL, 0.3);
        core.checked(minute(240));
        assert_eq!(core.next_check, None, "calm: every four hours, as its bars");
        core.covariance.on_atr(SYMBOL, 0.5);
        core.checked(minute(240));
        assert_eq!(core.next_check, Some(minute(270)));
    }

    #[test]
    fn the_more_restless_a_market_the_sooner_it_is_looked_at() {
        // Of a day: 1.9 %, 2 %, 5 %, 5.1 %.
        for (year, minutes) in [
            (Some(0.363), 240),
            (Some(0.3822), 30),
            (Some(0.955), 30),
            (Some(0.975), 15),
            (None, 15),
        ] {
            assert_eq!(interval(year), minutes * MINUTE, "{year:?}");
        }
    }
}
