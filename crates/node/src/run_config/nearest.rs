//! Misspelt keys: what serde says about one, and the known name that is nearest to it.

/// Returns what to say about an error of serde: a misspelt name with the nearest known one, anything else as it stands.
/// `more` are names that are known at the top of a file beside those that serde was asked for.
pub(super) fn told(message: &str, more: &[&str]) -> String {
    // The first line says what, further ones where: in `entry`.
    let mut lines = message.trim_end().lines();
    let first = lines.next().unwrap_or_default();
    let place: String = lines.map(|line| format!(" {}", line.trim())).collect();
    let more = if place.is_empty() { more } else { &[] };
    format!("{}{place}", first_told(first, more))
}

fn first_told(line: &str, more: &[&str]) -> String {
    let Some((what, rest)) = [("key", "unknown field "), ("word", "unknown variant ")]
        .iter()
        .find_map(|(what, start)| line.strip_prefix(start).map(|rest| (*what, rest)))
    else {
        return line.to_owned();
    };
    // serde: unknown field `a`, expected one of `b`, `c` (or: expected `b` or `c`).
    let mut names = rest.split('`').skip(1).step_by(2);
    let Some(seen) = names.next() else { return line.to_owned() };
    let known: Vec<&str> = names.chain(more.iter().copied()).collect();
    match nearest(seen, &known) {
        Some(name) => format!("unknown {what} `{seen}`: did you mean `{name}`?"),
        None if known.is_empty() => format!("unknown {what} `{seen}`"),
        None => format!("unknown {what} `{seen}`, wanted one of {}", known.join(", ")),
    }
}

/// Returns the known name that is near enough to be meant.
fn nearest<'a>(seen: &str, known: &[&'a str]) -> Option<&'a str> {
    // 0.8 takes one slip in a short word and two or three in a long one.
    let near = known.iter().map(|name| (strsim::jaro_winkler(seen, name), *name));
    let best = near.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 >= 0.8).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_name_is_offered() {
        for (message, wanted) in [
            (
                "unknown field `simbols`, expected one of `mode`, `symbols`, `state`",
                "unknown key `simbols`: did you mean `symbols`?",
            ),
            (
                "unknown field `zzz`, expected `mode` or `symbols`",
                "unknown key `zzz`, wanted one of mode, symbols, venue",
            ),
            (
                "unknown variant `papre`, expected one of `simulated`, `paper`",
                "unknown word `papre`: did you mean `paper`?",
            ),
            (
                "unknown field `venu`, expected `mode` or `symbols`",
                "unknown key `venu`: did you mean `venue`?",
            ),
            (
                "unknown field `venu`, expected `mode` or `symbols`\nin `entry`\n",
                "unknown key `venu`, wanted one of mode, symbols in `entry`",
            ),
            (
                "invalid type: integer `5`, expected a string",
                "invalid type: integer `5`, expected a string",
            ),
        ] {
            assert_eq!(told(message, &["venue"]), wanted);
        }
    }
}
