//! What a crate's `Cargo.toml` says it depends on.

use toml::{Table, Value};

use super::Tree;

/// One dependency of one crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package's own name, also where the manifest renames it.
    pub(crate) name: String,
    pub(crate) only_for_tests: bool,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// Path of a crate's manifest.
pub(crate) fn path(name: &str) -> String {
    format!("crates/{name}/Cargo.toml")
}

/// Returns the dependencies of a crate under `crates/`, for every target.
///
/// A manifest that does not parse has none: cargo refuses it before this is asked.
pub(crate) fn dependencies(tree: &Tree, name: &str) -> Vec<Dependency> {
    let text = tree.text(&path(name)).unwrap_or_default();
    let manifest: Table = text.parse().unwrap_or_default();
    let workspace: Table = tree.text("Cargo.toml").and_then(|t| t.parse().ok()).unwrap_or_default();
    let shared = table(&workspace, "workspace").and_then(|w| table(w, "dependencies"));

    let targets = table(&manifest, "target").into_iter().flat_map(Table::values);
    let scopes = targets.filter_map(Value::as_table).chain([&manifest]);
    let mut found = Vec::new();
    for scope in scopes {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (key, value) in table(scope, section).into_iter().flatten() {
                let renamed = package(value).or_else(|| package(shared?.get(key)?));
                found.push(Dependency {
                    name: renamed.unwrap_or(key).to_owned(),
                    only_for_tests: section == "dev-dependencies",
                    line: line_of(text, key),
                });
            }
        }
    }
    found
}

fn table<'a>(of: &'a Table, key: &str) -> Option<&'a Table> {
    of.get(key)?.as_table()
}

fn package(value: &Value) -> Option<&str> {
    value.as_table()?.get("package")?.as_str()
}

fn line_of(text: &str, key: &str) -> usize {
    let is_key = |line: &str| {
        let rest = line
            .trim_start()
            .strip_prefix(key)
            .or_else(|| line.split_once(key).filter(|l| l.0.ends_with('.')).map(|l| l.1));
        rest.is_some_and(|rest| rest.starts_with([' ', '.', '=', ']']))
    };
    text.lines().position(is_key).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_section_and_target_are_read_by_their_real_name() {
        let tree = Tree::of([
            (
                "Cargo.toml",
                "[workspace.dependencies]\nwords = { path = \"crates/types\", package = \"types\" }",
            ),
            (
                "crates/a/Cargo.toml",
                "[dependencies]\nwords.workspace = true\nsql = { version = \"1\", package = \"rusqlite\" }\n\
                 [dev-dependencies]\nsim = \"1\"\n[target.'cfg(unix)'.dependencies.tokio]\nversion = \"1\"",
            ),
        ]);
        let found = dependencies(&tree, "a");
        let seen: Vec<_> =
            found.iter().map(|d| (d.name.as_str(), d.only_for_tests, d.line)).collect();
        assert_eq!(
            seen,
            [("tokio", false, 6), ("rusqlite", false, 3), ("types", false, 2), ("sim", true, 5)]
        );
    }
}
