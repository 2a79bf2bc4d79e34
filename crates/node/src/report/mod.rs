//! A backtest as one self-contained HTML file: [`render`].

mod chart;
mod html;
mod model;
mod page;
mod sections;

pub(crate) use model::{
    DayPrices, DecisionRow, Edge, GateRow, NullBand, PriceChart, Reliability, Report, Table,
};
pub(crate) use page::render;

#[cfg(test)]
mod tests;
