//! What can be wrong with a parameter: [`ParamsError`].

/// A parameter that is refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ParamsError {
    /// A number of bars that is 0 or too many.
    #[error("period is {bars} bars, wanted 1 to 5000")]
    Period {
        /// The number seen.
        bars: u32,
    },
    /// A number outside its range.
    #[error("`{key}` is {value}, wanted a number from {low} to {high}")]
    Range {
        /// The key, with its table.
        key: &'static str,
        /// The number seen.
        value: f64,
        /// The smallest allowed.
        low: f64,
        /// The greatest allowed.
        high: f64,
    },
    /// Two keys in the wrong order.
    #[error("`{key}` is {value}, wanted less than `{above}`, which is {limit}")]
    NotBelow {
        /// The key, with its table.
        key: &'static str,
        /// The number seen.
        value: f64,
        /// The key that must be greater.
        above: &'static str,
        /// Its number.
        limit: f64,
    },
    /// Shares that are not parts of a whole.
    #[error("the shares of `{key}` add up to {value}, they must add up to 1")]
    Shares {
        /// What is shared out.
        key: &'static str,
        /// The sum seen.
        value: f64,
    },
    /// Weights that leave nothing.
    #[error("the weights of `{key}` are all 0, wanted at least one above 0")]
    NoWeight {
        /// What is weighted.
        key: &'static str,
    },
}

/// Refuses a number outside `low..=high`, and what is no number.
pub(super) fn within(
    key: &'static str,
    value: f64,
    low: f64,
    high: f64,
) -> Result<(), ParamsError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(ParamsError::Range { key, value, low, high })
    }
}

/// Refuses two numbers that are not in rising order.
pub(super) fn below(
    key: &'static str,
    value: f64,
    above: &'static str,
    limit: f64,
) -> Result<(), ParamsError> {
    if value < limit { Ok(()) } else { Err(ParamsError::NotBelow { key, value, above, limit }) }
}

/// Refuses shares that do not add up to 1 within 1e-9.
pub(super) fn shares(key: &'static str, parts: &[f64]) -> Result<(), ParamsError> {
    for part in parts {
        within(key, *part, 0.0, 1.0)?;
    }
    let value = parts.iter().sum::<f64>();
    if (value - 1.0).abs() <= 1e-9 { Ok(()) } else { Err(ParamsError::Shares { key, value }) }
}

/// Refuses weights outside 0 to 1, and weights that are all 0.
pub(super) fn weights(key: &'static str, parts: &[f64]) -> Result<(), ParamsError> {
    for part in parts {
        within(key, *part, 0.0, 1.0)?;
    }
    if parts.iter().any(|part| *part > 0.0) { Ok(()) } else { Err(ParamsError::NoWeight { key }) }
}
