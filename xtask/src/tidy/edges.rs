//! Crate edges: which room may see which.

use super::{Finding, Tree, manifest};

/// Which crates of the workspace a crate may use, in its code and in its build.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("types", &[]),
    ("analysis", &["types"]),
    ("journal", &[]),
    ("engine", &["types", "analysis"]),
    ("hub", &["types"]),
    ("checker", &["types", "journal"]),
    ("sim", &["types", "analysis", "engine", "hub", "journal", "checker"]),
    ("servers", &["types", "sim"]),
    ("adapters", &["types", "journal"]),
    ("store", &["types", "journal"]),
    (
        "node",
        &[
            "types", "analysis", "journal", "engine", "hub", "checker", "sim", "servers",
            "adapters", "store",
        ],
    ),
];

/// Crates that may not meet even in tests: one misreading of a protocol must not be shared by both ends.
const APART_IN_TESTS: [(&str, &str); 2] = [("servers", "adapters"), ("sim", "adapters")];

/// Rooms with sockets, files of SQL and an async runtime.
const OUTER_ROOMS: [&str; 4] = ["adapters", "servers", "store", "node"];

/// First words of the names of libraries that bring a runtime, HTTP or SQL.
const HEAVY: [&str; 24] = [
    "async-nats",
    "async-std",
    "axum",
    "deadpool",
    "diesel",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "opentelemetry",
    "postgres",
    "prometheus-client",
    "quinn",
    "reqwest",
    "rusqlite",
    "rustls",
    "sea-orm",
    "smol",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
    "tungstenite",
    "ureq",
    "utoipa",
];

/// A crate uses only what its row allows; a crate without a row is not known.
pub(crate) fn between_crates(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in tree.crates() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(row, _)| *row == name) else {
            found.push(Finding::new(
                manifest::path(name),
                1,
                format!("a crate `{name}`"),
                "one of the rooms known to tidy",
                "add its row, with the promise it makes, to MAY_USE in xtask/src/tidy/edges.rs",
            ));
            continue;
        };
        for dependency in manifest::dependencies(tree, name) {
            let to = dependency.name.as_str();
            let ours = MAY_USE.iter().any(|(row, _)| *row == to);
            let forbidden = if dependency.only_for_tests {
                APART_IN_TESTS.contains(&(name, to))
            } else {
                ours && !allowed.contains(&to)
            };
            if forbidden {
                found.push(Finding::new(
                    manifest::path(name),
                    dependency.line,
                    format!("`{name}` use `{to}`"),
                    match (dependency.only_for_tests, allowed) {
                        (true, _) => format!("`{name}` apart from `{to}` in tests too"),
                        (false, []) => "no crate of the workspace".to_owned(),
                        (false, allowed) => format!("at most {}", allowed.join(", ")),
                    },
                    "move the code to the room that may know both",
                ));
            }
        }
    }
    found
}

/// No runtime, HTTP or SQL outside the outer rooms, tests included.
pub(crate) fn heavy_libraries(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in tree.crates().filter(|name| !OUTER_ROOMS.contains(name)) {
        for dependency in manifest::dependencies(tree, name) {
            let heavy = HEAVY.iter().any(|first| {
                dependency
                    .name
                    .strip_prefix(first)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
            });
            if heavy {
                found.push(Finding::new(
                    manifest::path(name),
                    dependency.line,
                    format!("`{name}` use `{}`", dependency.name),
                    format!("sockets, SQL and async in {} only", OUTER_ROOMS.join(", ")),
                    "hand bytes or a command across the crate's door instead",
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: fn(&Tree) -> Vec<Finding>, name: &str, manifest: &str) -> Vec<String> {
        let tree = Tree::of([(manifest::path(name), manifest)]);
        rule(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn an_engine_that_could_reach_the_hub_is_named() {
        assert_eq!(
            broken(between_crates, "engine", "[dependencies]\ntypes = \"0\"\nhub = \"0\"\n"),
            [
                "crates/engine/Cargo.toml:3: saw `engine` use `hub`, wanted at most types, analysis: \
                 move the code to the room that may know both"
            ]
        );
        assert!(broken(between_crates, "engine", "[dependencies]\nanalysis = \"0\"\n").is_empty());
    }

    #[test]
    fn a_build_script_is_held_to_the_same_edges() {
        assert_eq!(broken(between_crates, "types", "[build-dependencies]\nsim = \"0\"").len(), 1);
    }

    #[test]
    fn tests_may_reach_further_but_servers_and_adapters_never_meet() {
        assert!(broken(between_crates, "engine", "[dev-dependencies]\nsim = \"0\"").is_empty());
        assert_eq!(
            broken(between_crates, "servers", "[dev-dependencies]\nadapters = \"0\"").len(),
            1
        );
        assert_eq!(broken(between_crates, "sim", "[dev-dependencies]\nadapters = \"0\"").len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_named() {
        assert!(broken(between_crates, "helpers", "")[0].contains("saw a crate `helpers`"));
    }

    #[test]
    fn a_runtime_in_a_pure_crate_is_named_and_its_namesake_is_not() {
        let found =
            broken(heavy_libraries, "engine", "[dependencies]\ntokio-util = \"0\"\ntowers = \"1\"");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/engine/Cargo.toml:2: saw `engine` use `tokio-util`"));
        assert!(broken(heavy_libraries, "node", "[dependencies]\ntokio = \"1\"").is_empty());
        assert_eq!(broken(heavy_libraries, "sim", "[dev-dependencies]\nrusqlite = \"0\"").len(), 1);
    }
}
