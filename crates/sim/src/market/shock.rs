//! [`Shock`]: a fall and its recovery, minute by minute.

use super::draws::Draws;

/// The ranges a kind of shock is drawn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShockKind {
    /// Depth of the fall, in logarithms of price.
    pub(super) depth: (f64, f64),
    /// Minutes of the fall.
    pub(super) fall: (f64, f64),
    /// Minutes of the recovery.
    pub(super) rise: (f64, f64),
    /// Share of the fall that is recovered.
    pub(super) back: (f64, f64),
}

/// One symbol for minutes: 5 to 15 % down and most of it back within the hour, as on 2010-05-06
/// (CFTC and SEC, *Findings regarding the market events of May 6, 2010*).
pub(super) const FLASH: ShockKind =
    ShockKind { depth: (0.05, 0.16), fall: (4.0, 12.0), rise: (15.0, 45.0), back: (0.7, 0.95) };

/// All symbols for hours: 20 to 40 % down and a third of it back over two days, as on 2020-03-12
/// (BTCUSDT from 5,800 to 3,782 and 5,524 within five hours).
pub(super) const CRASH: ShockKind = ShockKind {
    depth: (0.22, 0.5),
    fall: (120.0, 720.0),
    rise: (600.0, 2_880.0),
    back: (0.2, 0.5),
};

/// A fall and its recovery.
#[derive(Clone, Debug)]
pub(super) struct Shock {
    minute: u32,
    fall: u32,
    rise: u32,
    depth: f64,
    back: f64,
}

impl Shock {
    /// Draws one.
    pub(super) fn draw(kind: &ShockKind, draws: &mut Draws) -> Self {
        let depth = draws.between(kind.depth.0, kind.depth.1);
        let fall = draws.minutes(kind.fall.0, kind.fall.1);
        let rise = draws.minutes(kind.rise.0, kind.rise.1);
        let back = depth * draws.between(kind.back.0, kind.back.1);
        Self { minute: 0, fall, rise, depth, back }
    }

    /// Returns the move of the next minute in logarithms of price, `None` when it is over.
    pub(super) fn step(&mut self) -> Option<f64> {
        self.minute += 1;
        if self.minute <= self.fall {
            Some(-self.depth / f64::from(self.fall))
        } else if self.minute <= self.fall + self.rise {
            Some(self.back / f64::from(self.rise))
        } else {
            None
        }
    }
}

/// Steps a shock that may be there and clears it when it is over; returns its move.
pub(super) fn step(shock: &mut Option<Shock>) -> Option<f64> {
    let moved = shock.as_mut().and_then(Shock::step);
    if moved.is_none() {
        *shock = None;
    }
    moved
}
