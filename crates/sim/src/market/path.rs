//! [`Path`]: one symbol's price, minute by minute.

use types::bar::Bar;
use types::market::{Regime, Timeframe, TsNanos};
use types::num::Price;

use super::common::{Moment, Reverting};
use super::config::{GeneratorConfig, Listing};
use super::draws::{Arrivals, Draws, Role};
use super::shock::{self, FLASH, Shock};

/// Half-life of the way back to the middle of a range: 2 days.
const RANGE_HALF_LIFE: f64 = 2.0 * 1_440.0;
/// Half-life of the way back to the first price: 1 year. It keeps a century of prices in range.
const HOME_HALF_LIFE: f64 = 525_960.0;
/// The fast volatility: half-life 2 hours, standard deviation of its logarithm.
const FAST_HALF_LIFE: f64 = 120.0;
const FAST_SD: f64 = 0.35;
/// Rare events of one symbol in a year.
const GAPS_PER_YEAR: f64 = 20.0;
const FLASHES_PER_YEAR: f64 = 3.0;
const THIN_PER_YEAR: f64 = 12.0;
/// How long a book stays thin, in minutes: 6 to 48 hours.
const THIN_MINUTES: (f64, f64) = (360.0, 2_880.0);
/// What is left of the volume in a thin book, and how often a minute of it has no trade.
const THIN_VOLUME: f64 = 0.02;
const THIN_SILENCE: f64 = 0.35;
/// Turnover of an ordinary minute, in quote currency.
const TURNOVER: f64 = 400_000.0;
/// Steps of volume in one unit.
const VOLUME_STEPS: f64 = 1e5;

/// One symbol's price, minute by minute.
#[derive(Clone, Debug)]
pub(super) struct Path {
    features: super::Features,
    /// Standard deviation of a minute at volatility 1.
    minute_sd: f64,
    tick: Price,
    /// Logarithm of price in ticks: where it is, where it began, the middle of its range.
    now: f64,
    home: f64,
    middle: f64,
    last: Option<i64>,
    beta: f64,
    fast: Reverting,
    /// Parts of a step that are common and its own, as factors of deviations.
    common_part: f64,
    own_part: f64,
    /// What a trend moves in a minute, in logarithms of price.
    trend: f64,
    /// Shocks are written for a volatility of 60 % a year and shrink with it.
    scale: f64,
    innovation: Draws,
    volatility: Draws,
    shape: Draws,
    volume: Draws,
    gaps: Arrivals,
    weekend: Draws,
    flashes: Arrivals,
    flash: Option<Shock>,
    thin: Arrivals,
    thin_left: u32,
}

impl Path {
    pub(super) fn new(config: &GeneratorConfig, listing: &Listing) -> Self {
        let draws = |role| Draws::new(config.seed, listing.symbol.as_str(), role);
        let year = config.calendar.minutes_per_year();
        let mut innovation = draws(Role::Innovation);
        let beta = innovation.between(0.8, 1.2);
        let character = listing.trends.character();
        #[expect(clippy::cast_precision_loss, reason = "a price to start from")]
        let home = libm::log(listing.price.raw() as f64 / listing.tick.raw() as f64);
        let minute_sd = character.volatility * config.calendar.volatility() / year.sqrt();
        Self {
            features: config.features,
            minute_sd,
            tick: listing.tick,
            now: home,
            home,
            middle: home,
            last: None,
            beta,
            fast: Reverting::new(FAST_HALF_LIFE, FAST_SD),
            common_part: character.common_share.sqrt(),
            own_part: (1.0 - character.common_share).sqrt(),
            trend: character.drift * minute_sd / year.sqrt(),
            scale: minute_sd * year.sqrt() / 0.6,
            innovation,
            volatility: draws(Role::Volatility),
            shape: draws(Role::Shape),
            volume: draws(Role::Volume),
            gaps: Arrivals::new(draws(Role::Gap), year / GAPS_PER_YEAR),
            weekend: draws(Role::Weekend),
            flashes: Arrivals::new(draws(Role::Flash), year / FLASHES_PER_YEAR),
            flash: None,
            thin: Arrivals::new(draws(Role::Thin), year / THIN_PER_YEAR),
            thin_left: 0,
        }
    }

    /// Passes a closed week-end: the price opens where the news have taken it, at half of the
    /// volatility of the two days.
    pub(super) fn reopen(&mut self, closed_minutes: f64) {
        self.now += 0.5 * self.minute_sd * closed_minutes.sqrt() * self.weekend.normal();
        self.last = None;
    }

    /// Passes a minute; returns its bar, `None` in a halt, in which the price moves unseen.
    pub(super) fn step(&mut self, moment: &Moment, at: TsNanos) -> Option<Bar> {
        let sd = self.deviation(moment);
        let flash = self.step_flash();
        let gap = self.step_gap();
        let thin = self.step_thin();
        let from = self.now + gap;
        let change = sd * self.innovation(moment)
            + self.drift(moment, from)
            + moment.crash * self.beta * self.scale
            + flash.unwrap_or(0.0) * self.scale;
        self.now = from + change;
        if moment.halted {
            self.last = None;
            return None;
        }
        let stress = moment.stress * if flash.is_some() { 8.0 } else { 1.0 };
        let sparse = thin.then(|| self.volume.uniform() < THIN_SILENCE);
        if sparse == Some(true) && self.last.is_some() {
            return self.silence(at);
        }
        Some(self.trade(at, (from, gap), change, sd, stress, thin))
    }

    /// Returns the standard deviation of the minute.
    fn deviation(&mut self, moment: &Moment) -> f64 {
        let mut log = moment.log_volatility;
        if self.features.volatility_clusters {
            self.fast.step(&mut self.volatility);
            log += self.fast.value() - FAST_SD * FAST_SD;
            self.minute_sd * moment.stress * libm::exp(log)
        } else {
            self.minute_sd * moment.stress
        }
    }

    /// Returns the minute's step in standard deviations: common and own part.
    fn innovation(&mut self, moment: &Moment) -> f64 {
        let own = if self.features.fat_tails {
            self.innovation.student()
        } else {
            self.innovation.normal()
        };
        self.common_part * moment.innovation + self.own_part * own
    }

    /// Returns what regime and home pull.
    fn drift(&mut self, moment: &Moment, from: f64) -> f64 {
        if moment.regime_began {
            self.middle = from;
        }
        let home = (self.home - from) * core::f64::consts::LN_2 / HOME_HALF_LIFE;
        if !self.features.regimes {
            return home;
        }
        home + match moment.regime {
            Regime::Bull => self.trend,
            Regime::Bear => -self.trend,
            Regime::Sideways => (self.middle - from) * core::f64::consts::LN_2 / RANGE_HALF_LIFE,
        }
    }

    fn step_flash(&mut self) -> Option<f64> {
        if !self.features.flash_crashes {
            return None;
        }
        if let Some(draws) = self.flashes.tick()
            && self.flash.is_none()
        {
            self.flash = Some(Shock::draw(&FLASH, draws));
        }
        shock::step(&mut self.flash)
    }

    /// Returns how far the open leaves the close before: news, of 0.3 to some daily deviations.
    fn step_gap(&mut self) -> f64 {
        if !self.features.gaps {
            return 0.0;
        }
        let Some(draws) = self.gaps.tick() else { return 0.0 };
        let size = 0.3 - 0.4 * libm::log(draws.uniform());
        let sign = if draws.uniform() < 0.5 { -1.0 } else { 1.0 };
        sign * size * self.minute_sd * 1_440.0_f64.sqrt()
    }

    fn step_thin(&mut self) -> bool {
        if !self.features.thin_book {
            return false;
        }
        if let Some(draws) = self.thin.tick() {
            self.thin_left = draws.minutes(THIN_MINUTES.0, THIN_MINUTES.1);
        }
        self.thin_left = self.thin_left.saturating_sub(1);
        self.thin_left > 0
    }

    /// Returns the bar of a minute without a trade: the last price, no volume.
    fn silence(&self, at: TsNanos) -> Option<Bar> {
        let price = self.price(self.last?);
        Some(Bar {
            open_time: at,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Some(0.0),
        })
    }

    /// Returns the bar of a minute with trades. Its extremes are those of a Brownian bridge from
    /// open to close: m = (r + sqrt(r^2 - 2 s^2 ln u))/2 above the open, and the same below
    /// (Glasserman, *Monte Carlo Methods in Financial Engineering*, 2004, section 6.4). The two are
    /// drawn apart, which is wider than they are together.
    fn trade(
        &mut self,
        at: TsNanos,
        (from, gap): (f64, f64),
        change: f64,
        sd: f64,
        stress: f64,
        thin: bool,
    ) -> Bar {
        let wick = if thin { 3.0 * sd } else { sd };
        let mut reach = || {
            let bridge = -2.0 * wick * wick * libm::log(self.shape.uniform());
            (change * change + bridge).sqrt()
        };
        let (above, below) = ((change + reach()) / 2.0, (change - reach()) / 2.0);
        // Rounded once, so that a close and the next open are the same price, if nothing lies
        // between them.
        let first = match self.last {
            Some(last) if gap.abs() <= 0.0 => last,
            Some(_) | None => ticks(from),
        };
        let close = ticks(from + change);
        let high = ticks(from + above).max(first).max(close);
        let low = ticks(from + below).min(first).min(close);
        self.last = Some(close);
        let mut volume = self.traded(at, change.abs() / sd, stress * sd / self.minute_sd, close);
        if thin {
            volume = (volume * THIN_VOLUME * VOLUME_STEPS).round() / VOLUME_STEPS;
        }
        Bar {
            open_time: at,
            open: self.price(first),
            high: self.price(high),
            low: self.price(low),
            close: self.price(close),
            volume: Some(volume),
        }
    }

    /// Returns the volume: larger in wild minutes, in stress and in the afternoon (UTC) than at
    /// night, and scattered by a factor.
    fn traded(&mut self, at: TsNanos, moved: f64, stress: f64, close: i64) -> f64 {
        let scatter = libm::exp(0.6 * self.volume.normal() - 0.18);
        let hour = at.since(at.start_of_day()) / (60 * Timeframe::M1.nanos());
        let hour = usize::try_from(hour).expect("a day has 24 hours");
        #[expect(clippy::cast_precision_loss, reason = "a volume is a float")]
        let price = self.price(close).raw() as f64 / 1e8;
        let turnover = TURNOVER * DAY[hour] * stress * (0.4 + 0.75 * moved) * scatter;
        (turnover / price * VOLUME_STEPS).round() / VOLUME_STEPS
    }

    /// Returns a price of whole ticks.
    fn price(&self, ticks: i64) -> Price {
        Price::from_raw(ticks.saturating_mul(self.tick.raw()))
    }
}

/// What share of an average hour's volume each hour of the UTC day has.
const DAY: [f64; 24] = [
    0.9, 0.85, 0.8, 0.75, 0.7, 0.7, 0.75, 0.85, 0.95, 1.0, 1.0, 1.0, 1.05, 1.25, 1.45, 1.5, 1.4,
    1.25, 1.1, 1.05, 1.0, 0.95, 0.9, 0.85,
];

/// Returns the nearest whole number of ticks, at least 1.
fn ticks(log: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a cast holds it within 64 bits")]
    let ticks = libm::exp(log).round() as i64;
    ticks.max(1)
}

#[cfg(test)]
mod tests {
    use types::ids::Symbol;

    use super::super::common::Common;
    use super::super::config::Calendar;
    use super::*;

    /// Twenty years: a trend of two deviations a year shows through the noise.
    #[test]
    fn trends_trend_and_ranges_return() {
        let listing = Listing::of(Symbol::new("BTCUSDT").expect("a name"));
        let config = GeneratorConfig {
            seed: 1,
            listings: vec![listing.clone()],
            start: TsNanos::EPOCH,
            days: 1,
            timeframe: Timeframe::M1,
            calendar: Calendar::Always,
            features: super::super::Features { regimes: true, ..super::super::Features::NONE },
        };
        let (mut common, mut path) = (Common::new(&config, &listing), Path::new(&config, &listing));
        let mut moved = [0.0; 3];
        let mut minutes = [0.0; 3];
        let mut furthest: f64 = 0.0;
        for _ in 0..20 * 525_960 {
            let moment = common.step();
            let before = path.now;
            path.step(&moment, TsNanos::EPOCH);
            let which = Regime::ALL.iter().position(|regime| *regime == moment.regime);
            let which = which.expect("a regime");
            moved[which] += path.now - before;
            minutes[which] += 1.0;
            if moment.regime == Regime::Sideways {
                furthest = analysis::num::max(furthest, (path.now - path.middle).abs());
            }
        }
        let yearly = |which: usize| moved[which] / minutes[which] * 525_960.0;
        assert!(yearly(0) > 0.5, "bull: {}", yearly(0));
        assert!(yearly(1) < -0.5, "bear: {}", yearly(1));
        assert!(yearly(2).abs() < 0.3, "sideways: {}", yearly(2));
        assert!(minutes.iter().all(|minutes| *minutes > 2.0 * 525_960.0), "{minutes:?}");
        // The stationary deviation of a range is 5 %; a free walk of 20 days has 14 %.
        assert!(furthest < 0.35, "{furthest}");
    }
}
