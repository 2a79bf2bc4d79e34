//! Words that do not belong into a finished file.

use super::{Finding, Tree};

/// Marks of unfinished work. Written in halves: this file is checked too.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

/// Starts of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/tm", "p/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Where packages of a lock file come from.
const PUBLIC_REGISTRIES: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "https://registry.npmjs.org/"];

/// Data that nobody wrote by hand.
const DATA: [&str; 5] = [".csv", ".json", ".lock", ".snap", ".svg"];

/// No file holds a mark of unfinished work or a path of one machine.
pub(crate) fn finished(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let written = |path: &str| !DATA.iter().any(|ending| path.ends_with(ending));
    for (path, file) in tree.files.iter().filter(|(path, _)| written(path)) {
        for (at, line) in file.text.lines().enumerate() {
            for mark in UNFINISHED.into_iter().filter(|mark| holds_word(line, mark)) {
                found.push(Finding::new(
                    path.as_str(),
                    at + 1,
                    format!("`{mark}`"),
                    "finished text",
                    "finish it, or open an issue and say here what is true today",
                ));
            }
            for start in MACHINE_PATHS.into_iter().filter(|start| holds_path(line, start)) {
                found.push(Finding::new(
                    path.as_str(),
                    at + 1,
                    format!("`{start}...`"),
                    "no path of one machine",
                    "name it from the root of the repository, or ask for a temporary folder",
                ));
            }
        }
    }
    found
}

/// Lock files and cargo's configuration name the public registries only.
pub(crate) fn registries(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, file) in &tree.files {
        let name = path.rsplit('/').next().unwrap_or(path);
        for (at, line) in file.text.lines().enumerate() {
            if let Some(source) = foreign_source(name, line.trim())
                .filter(|source| !PUBLIC_REGISTRIES.iter().any(|known| source.starts_with(known)))
            {
                found.push(Finding::new(
                    path.as_str(),
                    at + 1,
                    format!("`{source}`"),
                    "packages of the public registry",
                    "remove the local mirror from the configuration and lock again",
                ));
            }
        }
    }
    found
}

/// Returns the origin of a package that a line of this file names.
fn foreign_source<'a>(file: &str, line: &'a str) -> Option<&'a str> {
    let value = match file {
        "Cargo.lock" => line.strip_prefix("source = ")?,
        "package-lock.json" => line.strip_prefix("\"resolved\": ")?,
        "config.toml" if line.starts_with("[source") || line.starts_with("[registr") => line,
        _ => return None,
    };
    Some(value.trim_matches([',', '"']))
}

fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let joined = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].ends_with(joined) && !line[at + word.len()..].starts_with(joined)
    })
}

/// Whether a path starts so, rather than having this folder somewhere inside.
fn holds_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/*})".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: String) -> Vec<String> {
        rule(&Tree::of([(path, text)])).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn each_mark_of_unfinished_work_is_named() {
        for mark in UNFINISHED {
            let found = check(finished, "Makefile", format!("a:\n\t# {mark}: later\n"));
            assert_eq!(found.len(), 1);
            assert!(
                found[0].starts_with(&format!("Makefile:2: saw `{mark}`, wanted finished text"))
            );
            assert!(check(finished, "a.md", format!("{mark}BTC")).is_empty());
        }
    }

    #[test]
    fn each_path_of_one_machine_is_named() {
        for start in MACHINE_PATHS {
            assert_eq!(check(finished, "a.md", format!("see `{start}a/b.csv`")).len(), 1);
            assert!(check(finished, "a.md", format!("see docs{start}a.md")).is_empty());
            assert!(check(finished, "a.md", format!("https://example.org{start}a")).is_empty());
        }
    }

    #[test]
    fn a_mirror_in_a_lock_file_is_named() {
        let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert!(check(registries, "Cargo.lock", public.to_owned()).is_empty());
        let mirror = public.replace("github.com/rust-lang", "mirror.example");
        assert_eq!(check(registries, "Cargo.lock", format!("{public}{mirror}")).len(), 1);
        assert_eq!(
            check(registries, ".cargo/config.toml", "[source.crates-io]".to_owned()).len(),
            1
        );
        let page = "  \"resolved\": \"https://mirror.example/a.tgz\",".to_owned();
        assert_eq!(check(registries, "web/package-lock.json", page).len(), 1);
    }
}
