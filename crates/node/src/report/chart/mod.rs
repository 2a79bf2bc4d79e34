//! Pictures as SVG: [`Canvas`] with its two scales, and what is drawn on it.

mod axis;
mod canvas;
mod path;
mod scale;

pub(crate) use canvas::{Canvas, Shape, both_widths};
pub(crate) use path::{Line, band, line};
pub(crate) use scale::extent;
