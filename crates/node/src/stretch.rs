//! Which files of an archive a stretch of time lies in: [`Bound`], [`periods`].

use std::fmt;
use std::str::FromStr;

use adapters::archive::Period;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The first or last month or day of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// All of a month.
    Month(Date),
    /// A day.
    Day(Date),
}

impl Bound {
    fn first_day(self) -> Date {
        match self {
            Self::Month(day) => day.first_of_month(),
            Self::Day(day) => day,
        }
    }

    fn last_day(self) -> Date {
        match self {
            Self::Month(day) => day.last_of_month(),
            Self::Day(day) => day,
        }
    }
}

impl FromStr for Bound {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "wanted a UTC month such as 2024-01 or a day such as 2024-01-31".to_owned();
        let day = |text: &str| text.parse::<Date>().map_err(|_| wanted());
        let bound = match text.len() {
            7 => Self::Month(day(&format!("{text}-01"))?),
            10 => Self::Day(day(text)?),
            _ => return Err(wanted()),
        };
        // The oldest archives are of 2017; nothing is older than the exchange.
        let known = date(2017, 1, 1)..=date(2999, 12, 31);
        if known.contains(&bound.first_day()) { Ok(bound) } else { Err(wanted()) }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(day) => write!(f, "{:04}-{:02}", day.year(), day.month()),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

/// Returns the files of a stretch in order: a month that lies in it wholly by one file, other days one by one.
///
/// # Errors
/// In words, if it ends before it begins.
pub(crate) fn periods(from: Bound, to: Bound) -> Result<Vec<Period>, String> {
    let (first, last) = (from.first_day(), to.last_day());
    if last < first {
        return Err(format!("--to {to} lies before --from {from}, wanted a stretch of time"));
    }
    let mut periods = Vec::new();
    let mut day = first;
    while day <= last {
        let month_ends = day.last_of_month();
        if day.day() == 1 && month_ends <= last {
            periods.push(month(day));
        } else {
            periods.extend(days(day, month_ends.min(last)));
        }
        day = month_ends.tomorrow().map_err(|error| error.to_string())?;
    }
    Ok(periods)
}

/// Returns the days of a month.
pub(crate) fn days_of(month: Period) -> Vec<Period> {
    let first = i16::try_from(month.year)
        .ok()
        .zip(i8::try_from(month.month).ok())
        .and_then(|(year, month)| Date::new(year, month, 1).ok());
    first.map(|first| days(first, first.last_of_month()).collect()).unwrap_or_default()
}

fn month(day: Date) -> Period {
    let year = u16::try_from(day.year()).expect("a year from 2017 on");
    Period { year, month: day.month().unsigned_abs(), day: None }
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Period> {
    let within = first.series(1.day()).take_while(move |day| *day <= last);
    within.map(|day| Period { day: Some(day.day().unsigned_abs()), ..month(day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(from: &str, to: &str) -> String {
        let periods = periods(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        periods.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn whole_months_by_one_file_other_days_one_by_one() {
        for (from, to, files) in [
            ("2024-01", "2024-03", "2024-01 2024-02 2024-03"),
            ("2023-12", "2024-01-02", "2023-12 2024-01-01 2024-01-02"),
            ("2024-02-28", "2024-03", "2024-02-28 2024-02-29 2024-03"),
            ("2024-02-01", "2024-02-29", "2024-02"),
            ("2024-02-03", "2024-02-03", "2024-02-03"),
        ] {
            assert_eq!(planned(from, to), files, "{from} {to}");
        }
        assert_eq!(days_of(Period { year: 2023, month: 2, day: None }).len(), 28);
    }

    #[test]
    fn what_is_no_stretch_is_refused() {
        for bad in ["", "2024", "2024-13", "2024-02-30", "24-01", "2016-12", "last week"] {
            assert!(bad.parse::<Bound>().unwrap_err().contains("2024-01"), "{bad}");
        }
        let month = |text: &str| text.parse::<Bound>().unwrap();
        assert!(periods(month("2024-02"), month("2024-01")).unwrap_err().contains("--to 2024-01"));
    }
}
