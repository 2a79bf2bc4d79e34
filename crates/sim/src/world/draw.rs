//! Draws a [`Plan`] from its seed: swarm testing. Each class of fault is on with probability 1/2, its rate from a wide range:
//! a world in which everything goes wrong at once hides what one thing alone would show. What ends trading for hours is
//! on in fewer worlds.

use super::dice::Dice;
use super::kind::{Act, Kind, Late, Point, Share, Span};
use super::plan::{Fault, Plan, Workload};
use crate::market::Features;

/// Decisions are made so often, milliseconds.
const QUARTER_MS: u64 = 900_000;

/// Draws the parameters of one fault.
type Draw = fn(&mut Dice, &Plan) -> Kind;

/// In how many worlds, out of a million, faults of a class strike.
const OFTEN: u32 = 500_000;
/// The same, of what ends trading for hours.
const RARELY: u32 = 150_000;

/// Every class: in how many worlds, most of a day, and how one is drawn. A line that is added goes to the end: what other lines
/// draw stays.
const CLASSES: [(u32, i64, Draw); 47] = [
    (OFTEN, 40, |dice, _| Kind::RequestsLost(brief_share(dice))),
    (OFTEN, 40, |dice, _| Kind::RepliesLost(brief_share(dice))),
    (OFTEN, 30, |dice, _| Kind::RequestsLate(late(dice, 100, 8_000))),
    (OFTEN, 30, |dice, _| Kind::EngineSlow(late(dice, 500, 9_500))),
    (OFTEN, 30, |dice, _| {
        let late = late(dice, 100, 12_000);
        // Half of them come when nobody waits any more.
        let by_ms = if dice.chance(500_000) { millis(dice, 10_100, 30_000) } else { late.by_ms };
        Kind::RepliesLate(Late { by_ms, ..late })
    }),
    (OFTEN, 6, |dice, _| Kind::VenueAway(span(dice, 1_000, 900_000))),
    (OFTEN, 12, |dice, _| Kind::Throttled(span(dice, 500, 30_000))),
    (OFTEN, 40, |dice, _| Kind::OutcomesUnknown(brief_share(dice))),
    (OFTEN, 20, |dice, _| Kind::LookUpsLag(span(dice, 1_000, 900_000))),
    (OFTEN, 20, |dice, _| Kind::PlacementsRejected(part(dice, 1_000, 120_000))),
    (OFTEN, 30, |dice, _| Kind::UserStreamCut(span(dice, 100, 120_000))),
    (OFTEN, 30, |dice, _| Kind::UserEventsTwice(part(dice, 1_000, 3_600_000))),
    (OFTEN, 30, |dice, _| Kind::UserEventsLate(whole_late(dice, 50, 5_000))),
    (OFTEN, 20, |dice, _| Kind::FeedCut(span(dice, 200, 300_000))),
    (OFTEN, 12, |dice, _| Kind::FeedSilent(span(dice, 5_000, 300_000))),
    (OFTEN, 20, |dice, _| Kind::BarsLost(part(dice, 60_000, 3_600_000))),
    (OFTEN, 20, |dice, _| Kind::FeedLate(whole_late(dice, 100, 20_000))),
    (OFTEN, 12, |dice, _| Kind::QuotesStop(span(dice, 5_000, 300_000))),
    (OFTEN, 12, |dice, _| Kind::QuotesCrossed(brief_share(dice))),
    (OFTEN, 6, |dice, plan| {
        let for_ms = millis(dice, 5_000, 1_800_000);
        Kind::Halt { for_ms, symbol: symbol(dice, plan) }
    }),
    (OFTEN, 3, |dice, plan| Kind::LotChanged { symbol: symbol(dice, plan) }),
    (OFTEN, 24, |dice, _| {
        let down_ms = millis(dice, 200, 120_000);
        Kind::Killed { down_ms, point: point(dice) }
    }),
    (OFTEN, 8, |dice, _| Kind::PowerCut { down_ms: millis(dice, 2_000, 300_000) }),
    (OFTEN, 8, |dice, _| Kind::DiskFull(span(dice, 500, 60_000))),
    (OFTEN, 12, |dice, _| Kind::DiskSlow(whole_late(dice, 5, 1_500))),
    (OFTEN, 6, |dice, _| {
        let for_ms = millis(dice, 1_000, 600_000);
        Kind::ClockOff { for_ms, by_ms: dice.between(-400, 400) }
    }),
    (OFTEN, 6, |dice, _| {
        let for_ms = millis(dice, 1_000, 600_000);
        Kind::ClockDrifts { for_ms, ppm: i32::try_from(dice.between(-500, 500)).unwrap_or(0) }
    }),
    (OFTEN, 8, |dice, _| Kind::Operator { act: act(dice) }),
    (OFTEN, 6, |dice, _| Kind::Deposit { units: units(dice) }),
    (OFTEN, 6, |dice, _| Kind::Withdrawal { units: units(dice) }),
    (OFTEN, 24, |dice, plan| Kind::ForeignOrder { symbol: symbol(dice, plan) }),
    (OFTEN, 4, |dice, _| Kind::SyncFails { goes_on_ms: millis(dice, 1_000, 300_000) }),
    (OFTEN, 4, |dice, _| {
        let for_ms = millis(dice, 1_000, 600_000);
        let hour = *dice.one_of(&[-3_600_000, 3_600_000]);
        Kind::ClockJumps { for_ms, by_ms: hour + dice.between(-60_000, 60_000) }
    }),
    (OFTEN, 3, |dice, _| Kind::Overloaded(span(dice, 1_000, 60_000))),
    (OFTEN, 4, |dice, _| Kind::ConfigRefused(span(dice, 1_000, 600_000))),
    (OFTEN, 3, |dice, plan| {
        let symbol = symbol(dice, plan);
        Kind::CoinsIn { symbol, units: units(dice) }
    }),
    (RARELY, 1, |dice, plan| Kind::Delisted { symbol: symbol(dice, plan) }),
    (RARELY, 1, |dice, _| Kind::FeedSilent(span(dice, 3_600_000, 4_500_000))),
    (RARELY, 1, |dice, _| {
        let units = u32::try_from(dice.between(5_000, 9_000)).unwrap_or(5_000);
        Kind::Withdrawal { units }
    }),
    (OFTEN, 4, |dice, _| {
        let down_ms = millis(dice, 1_000, 60_000);
        let bits = u8::try_from(dice.magnitude(1, 8)).unwrap_or(1);
        Kind::BitsFlip { down_ms, bits }
    }),
    (OFTEN, 3, |dice, _| Kind::WriteAstray { down_ms: millis(dice, 1_000, 60_000) }),
    (OFTEN, 3, |dice, _| {
        let down_ms = millis(dice, 1_000, 60_000);
        let operation = u8::try_from(dice.magnitude(1, 40)).unwrap_or(1);
        Kind::OpeningFails { down_ms, operation }
    }),
    (OFTEN, 20, |dice, _| Kind::SmallTrades(part(dice, 60_000, 1_800_000))),
    (OFTEN, 6, |dice, _| {
        let for_ms = millis(dice, 4_000, 120_000);
        Kind::TakenOver { for_ms, at_send: dice.chance(500_000) }
    }),
    (OFTEN, 3, |dice, _| {
        let down_ms = millis(dice, 1_000, 60_000);
        let for_ms = down_ms + millis(dice, 30_000, 900_000);
        let hour = *dice.one_of(&[-3_600_000, 3_600_000]);
        Kind::ClockWrong { for_ms, down_ms, by_ms: hour + dice.between(-60_000, 60_000) }
    }),
    (OFTEN, 4, |_, _| Kind::Operator { act: Act::RaiseLimits }),
    (OFTEN, 2, |dice, plan| {
        let symbol = symbol(dice, plan);
        Kind::ForeignTrade { symbol, units: units(dice), sells: dice.chance(500_000) }
    }),
];

impl Plan {
    /// Draws the plan of a seed: so many days of faults.
    #[must_use]
    pub fn draw(seed: u64, days: u32) -> Self {
        let mut dice = Dice::new(seed, "plan", 0);
        let mut on = || dice.chance(500_000);
        let features = Features {
            regimes: on(),
            fat_tails: on(),
            volatility_clusters: on(),
            gaps: on(),
            flash_crashes: on(),
            halts: on(),
            thin_book: on(),
            correlated_crashes: on(),
        };
        let small =
            |dice: &mut Dice, low, high| u8::try_from(dice.magnitude(low, high)).unwrap_or(0);
        let workload = Workload {
            random: !dice.chance(150_000),
            entries_percent: small(&mut dice, 20, 100),
            targets: dice.chance(500_000),
            stop_atr_tenths: small(&mut dice, 15, 50),
            time_stop_bars: small(&mut dice, 2, 20),
            together: false,
        };
        // Further draws have generators of their own, so that what was drawn before stays.
        let mut lines = Dice::new(seed, "lines", 0);
        let mut tight = |chance, usual, low, high| {
            if lines.chance(chance) { small(&mut lines, low, high) } else { usual }
        };
        let mut plan = Self {
            seed,
            minutes: days.max(1).saturating_mul(1_440),
            symbols: u8::try_from(dice.between(3, 5)).unwrap_or(3),
            patience_s: u32::try_from(dice.magnitude(20, 900)).unwrap_or(60),
            coins: Dice::new(seed, "coins", 0).chance(500_000),
            solo: Dice::new(seed, "solo", 0).chance(500_000),
            limits_percent: tight(500_000, 100, 40, 80),
            drawdown_percent: tight(500_000, 8, 1, 3),
            gross_percent: tight(150_000, 100, 20, 60),
            open_orders: Some(tight(150_000, 0, 4, 8)).filter(|most| *most > 0),
            workload,
            features,
            starts_ms: 0,
            faults: Vec::new(),
            aims: Vec::new(),
        };
        for (number, (worlds, most, draw)) in (0_u64..).zip(CLASSES) {
            let mut dice = Dice::new(seed, "fault", number);
            if !dice.chance(worlds) {
                continue;
            }
            let count = dice.magnitude(1, most).saturating_mul(days.max(1).into());
            for _ in 0..count {
                let at_ms = moment(&mut dice, &plan);
                let kind = draw(&mut dice, &plan);
                plan.faults.push(Fault { at_ms, kind });
                let more = company(&mut dice, kind);
                plan.faults.extend(more.into_iter().map(|kind| Fault { at_ms, kind }));
            }
        }
        plan.faults.sort_by_key(|fault| fault.at_ms);
        plan
    }
}

/// Draws what comes with a fault: a venue that does not find what it has accepted has more troubles than that.
fn company(dice: &mut Dice, kind: Kind) -> Vec<Kind> {
    let Kind::LookUpsLag(Span { for_ms }) = kind else { return Vec::new() };
    let share = share(dice);
    let by_ms = millis(dice, 50, 5_000);
    let late = Late { for_ms, share: 1_000_000, by_ms };
    vec![Kind::OutcomesUnknown(Share { for_ms, share }), Kind::UserEventsLate(late)]
}

/// Draws when a fault begins: at any moment, or, as often, about a close: there orders leave, and what strikes nothing shows nothing.
fn moment(dice: &mut Dice, plan: &Plan) -> u64 {
    let end = u64::from(plan.minutes) * 60_000;
    let at = dice.below(end);
    if dice.chance(500_000) {
        return at;
    }
    let close = at / QUARTER_MS * QUARTER_MS;
    close.saturating_add_signed(dice.between(-1_000, 4_000)).min(end)
}

fn millis(dice: &mut Dice, low: i64, high: i64) -> u64 {
    dice.magnitude(low, high).unsigned_abs()
}

fn span(dice: &mut Dice, low: i64, high: i64) -> Span {
    Span { for_ms: millis(dice, low, high) }
}

fn part(dice: &mut Dice, low: i64, high: i64) -> Share {
    let for_ms = millis(dice, low, high);
    Share { for_ms, share: share(dice) }
}

/// Half a second to two minutes.
fn brief_share(dice: &mut Dice) -> Share {
    part(dice, 500, 120_000)
}

/// Half a second to two minutes in which a share is delayed by so many milliseconds.
fn late(dice: &mut Dice, low: i64, high: i64) -> Late {
    let Share { for_ms, share } = brief_share(dice);
    Late { for_ms, share, by_ms: millis(dice, low, high) }
}

/// The same for all that passes.
fn whole_late(dice: &mut Dice, low: i64, high: i64) -> Late {
    Late { share: 1_000_000, ..late(dice, low, high) }
}

fn share(dice: &mut Dice) -> u32 {
    u32::try_from(dice.magnitude(50_000, 1_000_000)).unwrap_or(1_000_000)
}

fn symbol(dice: &mut Dice, plan: &Plan) -> u8 {
    u8::try_from(dice.below(plan.symbols.into())).unwrap_or(0)
}

fn units(dice: &mut Dice) -> u32 {
    u32::try_from(dice.magnitude(1, 5_000)).unwrap_or(1)
}

fn point(dice: &mut Dice) -> Point {
    *dice.one_of(&[
        Point::Anywhere,
        Point::CommandUnwritten,
        Point::CommandWritten,
        Point::RequestSent,
        Point::FillHeard,
    ])
}

fn act(dice: &mut Dice) -> Act {
    *dice.one_of(&[
        Act::Pause,
        Act::SafeMode,
        Act::Kill,
        Act::Flatten,
        Act::LowerLimits,
        Act::LowerBelow,
        Act::Restart,
        Act::Restart,
        Act::Maintenance,
        Act::RotateKeys,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_one_plan_and_its_text_says_the_same() {
        for seed in 0..50 {
            let plan = Plan::draw(seed, 1);
            assert_eq!(plan, Plan::draw(seed, 1));
            assert_eq!(Plan::from_toml(&plan.to_toml()), Ok(plan));
        }
    }

    #[test]
    fn swarms_leave_classes_out_and_reach_each_of_them() {
        let plans: Vec<Plan> = (0..50).map(|seed| Plan::draw(seed, 1)).collect();
        let classes = |plan: &Plan| {
            let classes = plan.faults.iter().map(|fault| fault.kind.class());
            classes.collect::<std::collections::BTreeSet<_>>()
        };
        let all: std::collections::BTreeSet<_> = plans.iter().flat_map(classes).collect();
        assert_eq!(all, Kind::CLASSES.iter().copied().collect());
        assert!(plans.iter().all(|plan| classes(plan).len() < all.len()));
    }

    #[test]
    fn a_plan_that_cannot_be_played_is_refused_with_its_key() {
        let mut plan = Plan::draw(1, 1);
        plan.symbols = 0;
        let text = plan.to_toml();
        let error = Plan::from_toml(&text).unwrap_err().to_string();
        assert_eq!(error, "symbols is 0, wanted 1 to 7");
        let error = Plan::from_toml("seed = 1\n").unwrap_err();
        assert!(matches!(error, PlanError::Form(_)), "{error}");
    }

    use super::super::plan::PlanError;
}
