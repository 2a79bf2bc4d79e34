//! Indicators, patterns, regime, confluence: [`Scanner`] in `f64`. Knows no money and no orders.
