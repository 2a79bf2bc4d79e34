//! Documentation of configuration keys, read from the doc comments of the code at build time.

/// Owner, name, type, text of every documented field.
const FIELDS: &[(&str, &str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/config_docs.rs"));

/// The structs that the sections of a file begin with.
const ROOTS: [(&str, &str); 7] = [
    ("backtest", "BacktestSection"),
    ("costs", "CostModel"),
    ("conventions", "Conventions"),
    ("run", "RunSection"),
    ("venue", "VenueSection"),
    ("key", "KeySection"),
    ("live", "LiveSection"),
];

/// What is documented about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyDoc {
    /// What it means.
    pub(crate) meaning: String,
    /// From where to where, as documented; empty where any value of the kind is allowed.
    pub(crate) range: String,
    /// The default as documented; empty where it follows from other keys.
    pub(crate) default: String,
}

/// Returns what is documented about a key: `risk.drawdown.daily`.
pub(crate) fn doc_of(key: &str) -> Option<KeyDoc> {
    let mut parts = key.split('.').peekable();
    let root = ROOTS.iter().find(|(name, _)| parts.peek() == Some(name));
    let mut owner = root.map_or("EngineConfig", |(_, owner)| owner);
    if root.is_some() {
        parts.next();
    }
    let mut doc = None;
    for part in parts {
        let (_, _, kind, text) = FIELDS.iter().find(|f| f.0 == owner && f.1 == part)?;
        owner = inner(kind);
        doc = Some(split(text));
    }
    doc
}

/// Returns section and name of every documented key that only a run has.
pub(crate) fn keys_of_runs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let runs = ROOTS.iter().filter(|(name, _)| ["run", "venue", "key", "live"].contains(name));
    runs.flat_map(|(name, owner)| {
        FIELDS.iter().filter(move |field| field.0 == *owner).map(move |field| (*name, field.1))
    })
}

/// `Option<Path::To<T>>` is about `T`.
fn inner(kind: &'static str) -> &'static str {
    let kind = kind.strip_prefix("Option<").map_or(kind, |rest| rest.trim_end_matches('>'));
    kind.rsplit("::").next().unwrap_or(kind)
}

/// Takes `Default ...` and `Range ...` out of a text.
fn split(text: &str) -> KeyDoc {
    let mut doc = KeyDoc { meaning: String::new(), range: String::new(), default: String::new() };
    for sentence in sentences(text) {
        let lower = sentence.to_ascii_lowercase();
        let numbers = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if let Some(range) = lower.strip_prefix("range ").filter(numbers) {
            doc.range = sentence[sentence.len() - range.len()..].trim_end_matches('.').to_owned();
        } else if lower.starts_with("default") {
            doc.default = sentence["default".len()..].trim_start_matches([':', ' ']).to_owned();
            doc.default.truncate(doc.default.trim_end_matches('.').len());
        } else {
            let (sentence, range) = bracketed(sentence);
            doc.range = range.unwrap_or(doc.range);
            // A sentence that a semicolon ended stands alone once the default is taken out.
            let stop = if sentence.ends_with(['.', ':', '!', '?']) { "" } else { "." };
            doc.meaning = format!("{} {sentence}{stop}", doc.meaning).trim().to_owned();
        }
    }
    doc
}

/// Takes a range written as `\\[0.1-10\\]` or `\\[-1-0\\]` out of a sentence.
fn bracketed(sentence: &str) -> (String, Option<String>) {
    let parts = sentence.split_once("\\[").and_then(|(before, rest)| {
        let (range, after) = rest.split_once("\\]")?;
        // The dash between the two ends; one in front of the first is its sign.
        let dash = range.match_indices('-').map(|(at, _)| at).find(|at| *at > 0)?;
        let range = format!("{} to {}", &range[..dash], &range[dash + 1..]);
        Some((format!("{}{after}", before.trim_end()), range))
    });
    parts.map_or_else(|| (sentence.to_owned(), None), |(text, range)| (text, Some(range)))
}

/// Splits at a full stop or semicolon followed by a space and a capital, or by `default`/`Range`.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(['.', ';']) {
        let rest = &text[at + 1..];
        let next = rest.trim_start();
        let ends = rest.starts_with(' ')
            && (next.starts_with(char::is_uppercase)
                || next.starts_with("default")
                || next.starts_with("Range"));
        if ends {
            found.push(text[start..=at].trim_end_matches(';').trim());
            start = at + 1;
        }
    }
    found.push(text[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_and_range_are_taken_out_of_the_text() {
        let doc = split("Lowest score that gives a signal, in points. Default 60. Range 40 to 95.");
        assert_eq!(doc.meaning, "Lowest score that gives a signal, in points.");
        assert_eq!((doc.default.as_str(), doc.range.as_str()), ("60", "40 to 95"));
        let doc = split("Factor in high volatility \\[0.1-10\\]. Default 1.1.");
        assert_eq!(doc.meaning, "Factor in high volatility.");
        assert_eq!((doc.default.as_str(), doc.range.as_str()), ("1.1", "0.1 to 10"));
        let doc = split("A trend below this is a bear market \\[-1-0\\]. Default -0.3.");
        assert_eq!(doc.meaning, "A trend below this is a bear market.");
        assert_eq!((doc.default.as_str(), doc.range.as_str()), ("-0.3", "-1 to 0"));
        assert_eq!(split("Both below zero \\[-2--1\\].").range, "-2 to -1");
        let doc = split(
            "Half of the spread; default `\"1bps\"`. A bar may bring its own. Range 0 to 10 %.",
        );
        assert_eq!(doc.meaning, "Half of the spread. A bar may bring its own.");
        assert_eq!((doc.default.as_str(), doc.range.as_str()), ("`\"1bps\"`", "0 to 10 %"));
    }

    #[test]
    fn keys_of_every_part_are_found() {
        for key in [
            "policy",
            "entry.threshold",
            "risk.drawdown.daily",
            "risk.spot.gross",
            "analysis.indicators.rsi",
            "costs.latency",
            "conventions.gap_fill",
            "backtest.release",
            "run.mode",
            "venue.ws_api",
            "key.api_key",
            "live.rung",
        ] {
            let doc = doc_of(key).unwrap_or_else(|| panic!("{key} is not documented"));
            assert!(!doc.meaning.is_empty(), "{key}");
        }
        assert_eq!(doc_of("risk.nothing"), None);
    }
}
