//! Bakes in the commit, and the documentation of every configuration key from its doc comment, so
//! that `plimsoll config explain` and the code cannot disagree.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Where the structs of the configuration are declared, seen from this crate.
const DECLARED_IN: [&str; 6] = [
    "../engine/src/config",
    "../analysis/src/params",
    "../sim/src/backtest/config.rs",
    "../sim/src/exchange/costs.rs",
    "../sim/src/exchange/conventions.rs",
    "src/run_config/sections.rs",
];

fn main() {
    println!("cargo::rustc-env=PLIMSOLL_COMMIT={}", commit());
    println!("cargo::rerun-if-env-changed=PLIMSOLL_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    let mut fields = Vec::new();
    for place in DECLARED_IN {
        println!("cargo::rerun-if-changed={place}");
        for file in sources(Path::new(place)) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            fields.append(&mut documented_fields(&text));
        }
    }
    let mut code = String::from("&[\n");
    for Field { owner, name, kind, doc } in &fields {
        writeln!(code, "    ({owner:?}, {name:?}, {kind:?}, {doc:?}),").expect("a string takes it");
    }
    code.push(']');
    let out = asked("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("config_docs.rs"), code).expect("cargo's folder can be written");
}

/// Asks the environment, then git; a tree without either is `unknown`.
fn commit() -> String {
    if let Some(commit) = asked("PLIMSOLL_COMMIT") {
        return commit;
    }
    println!("cargo::rerun-if-changed=../../.git/HEAD");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
    let described =
        Command::new("git").args(["describe", "--always", "--dirty", "--tags"]).output();
    match described {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        Ok(_) | Err(_) => "unknown".to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a build has no journal; cargo speaks this way")]
fn asked(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The Rust files of a folder and of the folders in it, or the file itself, in order of names.
fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
        .iter()
        .flat_map(|path| if path.is_dir() { sources(path) } else { vec![path.clone()] })
        .collect()
}

struct Field {
    owner: String,
    name: String,
    kind: String,
    doc: String,
}

/// Reads `/// text` above `pub name: Type,` within `pub struct Owner {`, `pub(crate)` as well. rustfmt keeps this shape.
fn documented_fields(text: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut owner: Option<String> = None;
    let (mut doc, mut renamed) = (String::new(), None);
    for line in text.lines() {
        let code = line.trim();
        if line == "}" {
            owner = None;
        } else if let Some(text) = code.strip_prefix("///") {
            doc.push_str(text);
        } else if code.starts_with("#[") || code.starts_with("with = ") {
            renamed = quoted_after(code, "rename = ").or(renamed);
        } else {
            let (line, code) = (public(line), public(code));
            if let Some(name) = line.strip_prefix("pub struct ") {
                owner = name.strip_suffix(" {").map(str::to_owned);
            } else if let (Some(owner), Some(field)) = (&owner, code.strip_prefix("pub "))
                && let Some((name, kind)) = field.split_once(": ")
            {
                let name = renamed.take().unwrap_or_else(|| name.to_owned());
                let kind = kind.trim_end_matches(',').to_owned();
                let doc = doc.trim().to_owned();
                fields.push(Field { owner: owner.clone(), name, kind, doc });
            }
            doc.clear();
            renamed = None;
        }
    }
    fields
}

/// `pub(crate)` is as good as `pub` here.
fn public(code: &str) -> String {
    code.strip_prefix("pub(crate) ").map_or_else(|| code.to_owned(), |rest| format!("pub {rest}"))
}

fn quoted_after(code: &str, key: &str) -> Option<String> {
    let rest = code.split_once(key)?.1.strip_prefix('"')?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}
