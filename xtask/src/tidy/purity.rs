//! What pure code may not name.

use super::{Finding, Tree, rust::Rust, tree::File};

/// Crates whose outcome is a function of their input alone.
const PURE: [&str; 5] = ["types", "analysis", "engine", "journal", "hub"];

/// Names of `types` that speak of money or orders.
const MONEY: [&str; 5] = ["Price", "Qty", "Money", "Order", "Fill"];

/// Tokens that follow each other, and what to do instead.
const BANNED: [(&[&str], &str); 10] = [
    (&["Instant", "::", "now"], "take the time from the entry"),
    (&["time", "::", "Instant"], "take the time from the entry"),
    (&["SystemTime"], "take the time from the entry"),
    (&["thread", "::"], "return a command; node owns threads"),
    (&["thread_local"], "keep the state in the value that folds entries"),
    (&["env", "::"], "read it in node and pass it in"),
    (&["option_env"], "read it in node and pass it in"),
    (&["HashMap"], "use BTreeMap"),
    (&["HashSet"], "use BTreeSet"),
    (&["RandomState"], "use an ordered map"),
];

/// Lints that a pure crate may not lift outside tests.
const KEPT_LINTS: [&str; 2] = ["disallowed_methods", "disallowed_types"];

/// Files of pure crates that may name more, and what.
const EXEMPT: [(&str, &[&str]); 2] = [
    // One thread: one `fdatasync` waits there instead of in the hub. No outcome depends on it.
    ("crates/journal/src/group.rs", &["thread", "disallowed_methods"]),
    // Which defect is planted is no state of an engine: no build that trades has one.
    ("crates/types/src/defects.rs", &["thread_local"]),
];

/// In `analysis`, `types` is `types::market`, and money has no name.
pub(crate) fn analysis_names_the_market_only(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, _, rust) in tree.sources("analysis") {
        for name in MONEY {
            for (_, token) in rust.places(&[name]) {
                found.push(Finding::new(
                    path,
                    token.line,
                    format!("`{name}` in analysis"),
                    "f64 and types::market only",
                    "do this in engine, behind its border from decimals to f64",
                ));
            }
        }
        for (at, token) in rust.places(&["types"]) {
            let next = |skip: usize| rust.tokens.get(at + skip).map(|token| token.text.as_str());
            if next(1) != Some("::") || next(2) != Some("market") {
                found.push(Finding::new(
                    path,
                    token.line,
                    "a path into `types` beside `types::market`",
                    "f64 and types::market only",
                    "name `types::market::...` in full, or do this in engine",
                ));
            }
        }
    }
    found
}

/// No clock, thread, environment or order of hashes in pure crates, and no lifting of the lints that say so.
pub(crate) fn pure_crates(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in PURE {
        for (path, file, rust) in tree.sources(name) {
            let exempt = EXEMPT.iter().find(|(of, _)| path == *of);
            let allowed = |word: &str| exempt.is_some_and(|(_, words)| words.contains(&word));
            for (banned, remedy) in BANNED.into_iter().filter(|(banned, _)| !allowed(banned[0])) {
                let seen = format!("`{}` in a pure crate", banned.join(""));
                found.extend(in_code(file, rust, banned).map(|line| {
                    Finding::new(path, line, &*seen, "a function of its input alone", remedy)
                }));
            }
            for lint in KEPT_LINTS.into_iter().filter(|lint| !allowed(lint)) {
                let seen = format!("`clippy::{lint}` lifted in a pure crate");
                found.extend(in_code(file, rust, &["clippy", "::", lint]).map(|line| {
                    let remedy = "use what clippy.toml names instead";
                    Finding::new(path, line, &*seen, "the ban kept outside tests", remedy)
                }));
            }
        }
    }
    found
}

/// Lines outside tests where these tokens follow each other.
fn in_code<'a>(
    file: &'a File,
    rust: &'a Rust,
    wanted: &'a [&'a str],
) -> impl Iterator<Item = usize> {
    rust.places(wanted).filter(|(_, token)| !file.test && !token.test).map(|(_, token)| token.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> Vec<(usize, String)> {
        rule(&Tree::of([(path, text)])).into_iter().map(|f| (f.line, f.seen)).collect()
    }

    fn in_analysis(text: &str) -> usize {
        broken(analysis_names_the_market_only, "crates/analysis/src/lib.rs", text).len()
    }

    #[test]
    fn money_in_analysis_is_named_in_tests_too() {
        let text = "use types::market::Direction;\n#[cfg(test)]\nmod tests { use types::Price; }\n";
        let found = broken(analysis_names_the_market_only, "crates/analysis/src/a.rs", text);
        assert_eq!(
            found,
            [
                (3, "`Price` in analysis".to_owned()),
                (3, "a path into `types` beside `types::market`".to_owned())
            ]
        );
    }

    #[test]
    fn no_detour_into_types_is_open() {
        for text in ["use types;", "use types as t;", "use types::{market, num};", "use types::*;"]
        {
            assert_eq!(in_analysis(text), 1, "{text}");
        }
        for text in ["// types::Price, an Order", "struct Ordering;", "use types::market::{A, B};"]
        {
            assert_eq!(in_analysis(text), 0, "{text}");
        }
    }

    #[test]
    fn each_ban_names_its_line_in_every_pure_crate() {
        for text in [
            "\nlet a = Instant::now();",
            "\nuse std::time::Instant;",
            "\nuse std::time::SystemTime as T;",
            "\nstd::thread::spawn(f);",
            "\nthread::sleep(d);",
            "\nenv::var(\"A\");",
            "\nlet m: HashMap<u8, u8>;",
            "\nuse std::collections::{BTreeMap, HashSet};",
            "\n#[expect(clippy::disallowed_methods, reason = \"\")]",
        ] {
            for name in PURE {
                let found = broken(pure_crates, &format!("crates/{name}/src/a.rs"), text);
                assert_eq!(found.len(), 1, "{name}: {text}: {found:?}");
                assert_eq!(found[0].0, 2);
            }
            assert!(broken(pure_crates, "crates/node/src/a.rs", text).is_empty());
        }
    }

    #[test]
    fn two_files_may_do_one_thing_each_and_nothing_else() {
        let thread = "\n#[expect(clippy::disallowed_methods)]\nstd::thread::Builder::new();";
        assert!(broken(pure_crates, "crates/journal/src/group.rs", thread).is_empty());
        assert_eq!(broken(pure_crates, "crates/journal/src/groups.rs", thread).len(), 2);
        let clock = "\nlet a = Instant::now();";
        assert_eq!(broken(pure_crates, "crates/journal/src/group.rs", clock).len(), 1);
        let local = "\nthread_local! {}";
        assert!(broken(pure_crates, "crates/types/src/defects.rs", local).is_empty());
        assert_eq!(broken(pure_crates, "crates/types/src/defect.rs", local).len(), 1);
        assert_eq!(broken(pure_crates, "crates/types/src/defects.rs", thread).len(), 2);
    }

    #[test]
    fn words_of_the_trade_are_not_taken_for_clocks() {
        let text =
            "InstantClosed { t }; env!(\"CARGO_PKG_VERSION\"); struct Instant; let thread = 1;";
        assert_eq!(broken(pure_crates, "crates/engine/src/a.rs", text), []);
    }

    #[test]
    fn tests_of_pure_crates_may_read_the_environment() {
        let text = "#[cfg(test)]\nmod tests {\n fn f() { std::env::var(\"A\"); }\n}\nfn g() {}";
        assert_eq!(broken(pure_crates, "crates/types/src/a.rs", text), []);
        assert_eq!(broken(pure_crates, "crates/types/tests/it/main.rs", "std::env::args()"), []);
    }
}
