//! How the program ends: [`Exit`], and [`Failure`] with the code it ends with.

use std::fmt;

/// Exit codes, stable for scripts. 64 to 78 as in BSD's `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// The world said no: a file that cannot be written, a bug.
    Failure,
    /// A gate failed, or the answer to a check is no or none.
    No,
    /// A check had too little to judge by.
    Thin,
    /// The command line cannot be understood.
    Usage,
    /// Market data or an instrument list cannot be used.
    Data,
    /// No hub is running.
    NoHub,
    /// The venue, or the hub, has not confirmed it in time.
    Unconfirmed,
    /// A rule said no.
    Refused,
    /// The configuration or a gate file cannot be used.
    Config,
}

impl Exit {
    /// Returns the number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::No => 2,
            Self::Thin => 3,
            Self::Usage => 64,
            Self::Data => 65,
            Self::NoHub => 69,
            Self::Unconfirmed => 75,
            Self::Refused => 77,
            Self::Config => 78,
        }
    }
}

/// An error and the code it ends the program with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    /// Returns a failure of the command line in words.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, error: anyhow::anyhow!("{message}") }
    }

    /// Returns a failure of the configuration in words.
    pub(crate) fn config(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Config, error: anyhow::anyhow!("{message}") }
    }

    /// Returns a failure of the data in words.
    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Data, error: anyhow::anyhow!("{message}") }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { exit: Exit::Failure, error: error.into() }
    }
}

/// Returns an error with its causes, each said once: some errors tell their cause themselves.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// What a command returns.
pub(crate) type Outcome = Result<Exit, Failure>;

/// Names the kind of an error.
pub(crate) trait Kind<T> {
    /// Market data or an instrument list cannot be used.
    fn data(self) -> Result<T, Failure>;
    /// The configuration cannot be used.
    fn config(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Kind<T> for Result<T, E> {
    fn data(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit: Exit::Data, error: error.into() })
    }

    fn config(self) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit: Exit::Config, error: error.into() })
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let own = sim::data::DataError::Io { file: "x.csv".into(), source: missing() };
        assert_eq!(told(&own.into()), "x.csv: entity not found");
        let wrapped = Err::<(), _>(missing()).context("x.toml").unwrap_err();
        assert_eq!(told(&wrapped), "x.toml: entity not found");
    }
}
