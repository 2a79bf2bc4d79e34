//! A picture with time to the right: [`Canvas`].

use types::market::TsNanos;

use super::axis;
use super::scale::Scale;
use crate::report::html::{Esc, Html};

/// Outer size of a picture in its own units, which are CSS pixels at full size.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Drawn for a phone: fewer labels.
    pub(crate) narrow: bool,
}

/// Where things lie in a picture.
pub(crate) struct Canvas {
    shape: Shape,
    x: Scale,
    pub(crate) y: Scale,
    pub(super) from: TsNanos,
    pub(super) to: TsNanos,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) narrow: bool,
}

impl Canvas {
    /// Returns a picture of a stretch of time; `growth` allows a scale of equal growth.
    pub(crate) fn new(
        shape: Shape,
        (from, to): (TsNanos, TsNanos),
        values: (f64, f64),
        growth: bool,
    ) -> Self {
        let (left, right) = (if shape.narrow { 52.0 } else { 68.0 }, shape.width - 8.0);
        let (top, bottom) = (8.0, shape.height - 24.0);
        let make = if growth { Scale::growth } else { Scale::new };
        Self {
            shape,
            x: Scale::new((0.0, seconds(to.since(from))), (left, right)),
            y: make(values, (bottom, top)),
            from,
            to,
            left,
            right,
            top,
            bottom,
            narrow: shape.narrow,
        }
    }

    /// Returns the place of a moment.
    pub(crate) fn time(&self, at: TsNanos) -> f64 {
        self.x.at(seconds(at.since(self.from)))
    }

    /// Returns the finished picture: axes, then what was drawn. `label` says it in words.
    pub(crate) fn finish(&self, label: &str, show: &dyn Fn(f64) -> String, drawn: &str) -> String {
        let mut axes = Html::default();
        axis::horizontal(&mut axes, self, show);
        axis::calendar(&mut axes, self);
        let Shape { width, height, .. } = self.shape;
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{}{drawn}</svg>",
            Esc(label),
            axes.into_string()
        )
    }
}

fn seconds(nanos: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
    let nanos = nanos as f64;
    nanos / 1e9
}

/// Returns a picture drawn twice: for a desk and for a phone, so that its letters keep their size.
pub(crate) fn both_widths(
    height: f64,
    height_narrow: f64,
    draw: impl Fn(Shape) -> String,
) -> String {
    let wide = draw(Shape { width: 960.0, height, narrow: false });
    let narrow = draw(Shape { width: 380.0, height: height_narrow, narrow: true });
    format!("<div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>")
}
