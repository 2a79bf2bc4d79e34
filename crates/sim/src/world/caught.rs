//! [`Caught`]: worlds in which judges found a planted defect, as they were recorded: they are played before any other.

use std::fmt;

use types::defects::Defect;

use super::plan::Plan;

/// What stands before the lines of a record.
pub const HEAD: &str = "\
# Worlds in which a planted defect was found: its name, the seed, minutes of the seed's day that are enough, the rule.
# Draws that move make them others: `make record` finds them anew.
";

/// A world in which a planted defect was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Which.
    pub defect: Defect,
    /// The seed of the world.
    pub seed: u64,
    /// Minutes of its day.
    pub minutes: u32,
    /// The rule that did not hold.
    pub rule: String,
}

impl Caught {
    /// Returns what this build recorded.
    ///
    /// # Panics
    /// Not: a test reads it.
    #[must_use]
    pub fn recorded() -> Vec<Self> {
        Self::read(include_str!("caught.txt")).expect("a test reads it")
    }

    /// Reads a record.
    ///
    /// # Errors
    /// In words, the first line that is none.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| Self::of_line(line).ok_or_else(|| told(line))).collect()
    }

    fn of_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (name, seed, minutes) = (words.next()?, words.next()?, words.next()?);
        let rule = words.next()?.to_owned();
        let defect = Defect::ALL.iter().copied().find(|defect| defect.word() == name)?;
        let (seed, minutes) = (seed.parse().ok()?, minutes.parse().ok()?);
        words.next().is_none().then_some(Self { defect, seed, minutes, rule })
    }

    /// Returns the world.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan::draw(self.seed, 1).cut(self.minutes)
    }
}

impl fmt::Display for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { defect, seed, minutes, rule } = self;
        write!(f, "{:28} {seed:6} {minutes:5} {rule}", defect.word())
    }
}

fn told(line: &str) -> String {
    format!("saw `{line}`, wanted the name of a defect, a seed, minutes, a rule")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_defect_is_recorded_once_and_lines_read_back() {
        let recorded = Caught::recorded();
        let defects: Vec<Defect> = recorded.iter().map(|caught| caught.defect).collect();
        assert_eq!(defects, Defect::ALL, "each has its world");
        let text: String = recorded.iter().map(|caught| format!("{caught}\n")).collect();
        assert_eq!(Caught::read(&format!("{HEAD}{text}")), Ok(recorded));
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_line() {
        for line in
            ["fill_twice 7 1440", "fill_thrice 7 1440 books_agree", "fill_twice 7 x books_agree"]
        {
            let error = Caught::read(line).unwrap_err();
            assert!(error.contains(line), "{error}");
        }
    }
}
