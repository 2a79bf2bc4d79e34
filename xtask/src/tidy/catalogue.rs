//! Closed sets that a person looks up: each member has its line in the documents, and no line is left over.

use super::{Finding, Tree, rust::Rust};

/// A set that is declared in code and described in a document.
struct Catalogue {
    /// The `enum` that declares it.
    declared: &'static str,
    /// Folders in which the declaration is looked for.
    folders: &'static [&'static str],
    /// Once this folder exists, the declaration must.
    due_with: &'static str,
    /// One table row a member, its name first, in backticks.
    document: &'static str,
    /// The name a variant has in the document.
    name: fn(&str) -> String,
}

/// Each `Refusal` under its stable code.
pub(crate) fn refusals(tree: &Tree) -> Vec<Finding> {
    check(
        tree,
        &Catalogue {
            declared: "Refusal",
            folders: &["crates/engine/src/", "crates/types/src/"],
            due_with: "crates/engine/src/risk",
            document: "docs/refusals.md",
            name: stable_code,
        },
    )
}

/// Each kind of journal entry under its name.
pub(crate) fn entries(tree: &Tree) -> Vec<Finding> {
    check(
        tree,
        &Catalogue {
            declared: "Body",
            folders: &["crates/types/src/entry"],
            due_with: "crates/types/src/entry",
            document: "docs/entries.md",
            name: str::to_owned,
        },
    )
}

fn check(tree: &Tree, catalogue: &Catalogue) -> Vec<Finding> {
    let Catalogue { declared, due_with, document, .. } = *catalogue;
    let Some((source, variants)) = declaration(tree, catalogue) else {
        let missing = Finding::new(
            due_with,
            1,
            format!("no `enum {declared}`"),
            format!("one to compare {document} with"),
            "declare it, or tell xtask/src/tidy/catalogue.rs its new name",
        );
        return tree.has(due_with).then_some(missing).into_iter().collect();
    };
    let members: Vec<_> =
        variants.iter().map(|(name, line)| ((catalogue.name)(name), *line)).collect();
    let rows = rows(tree.text(document).unwrap_or_default());

    let undocumented = members.iter().filter(|(name, _)| rows.iter().all(|row| row.0 != *name));
    let left_over = rows.iter().filter(|(name, _)| members.iter().all(|member| member.0 != *name));
    let undocumented = undocumented.map(|(name, line)| {
        let wanted = format!("a row `{name}` in {document}");
        Finding::new(source, *line, format!("`{name}`"), wanted, "describe it there")
    });
    let left_over = left_over.map(|(name, line)| {
        let wanted = format!("a variant of `{declared}`");
        Finding::new(document, *line, format!("`{name}`"), wanted, "remove or rename the row")
    });
    undocumented.chain(left_over).collect()
}

type Variants = Vec<(String, usize)>;

fn declaration<'a>(tree: &'a Tree, catalogue: &Catalogue) -> Option<(&'a str, Variants)> {
    tree.files
        .iter()
        .filter(|(path, _)| catalogue.folders.iter().any(|folder| path.starts_with(folder)))
        .find_map(|(path, file)| {
            let variants =
                file.rust.as_ref().and_then(|rust: &Rust| rust.variants(catalogue.declared));
            Some((path.as_str(), variants?))
        })
}

/// Returns the first cell of each table row that is in backticks, with its line.
fn rows(document: &str) -> Vec<(String, usize)> {
    let name = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    document.lines().enumerate().filter_map(|(at, line)| Some((name(line)?, at + 1))).collect()
}

/// `NotionalAboveLimit` to `NOTIONAL_ABOVE_LIMIT`.
fn stable_code(variant: &str) -> String {
    let mut code = String::new();
    for c in variant.chars() {
        if c.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(c.to_uppercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISK: &str = "crates/engine/src/risk/refusal.rs";

    fn check_refusals(files: &[(&str, &str)]) -> Vec<String> {
        refusals(&Tree::of(files.iter().copied())).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_refusal_without_a_row_is_named() {
        let code = "enum Refusal {\n ShortNotOnSpot,\n NotionalAboveLimit { limit: u8 },\n}";
        let doc = "| code | when |\n| --- | --- |\n| `SHORT_NOT_ON_SPOT` | ... |\n";
        assert_eq!(
            check_refusals(&[(RISK, code), ("docs/refusals.md", doc)]),
            ["crates/engine/src/risk/refusal.rs:3: saw `NOTIONAL_ABOVE_LIMIT`, wanted a row \
                 `NOTIONAL_ABOVE_LIMIT` in docs/refusals.md: describe it there"]
        );
        assert_eq!(check_refusals(&[(RISK, code)]).len(), 2);
    }

    #[test]
    fn a_row_without_a_refusal_is_named() {
        let doc = "| `GONE` | ... |\n";
        let found = check_refusals(&[(RISK, "enum Refusal {}"), ("docs/refusals.md", doc)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("docs/refusals.md:1: saw `GONE`"));
    }

    #[test]
    fn a_risk_folder_without_refusals_does_not_pass() {
        assert!(check_refusals(&[]).is_empty());
        let found = check_refusals(&[("crates/engine/src/risk/mod.rs", "mod a;")]);
        assert!(found[0].starts_with("crates/engine/src/risk:1: saw no `enum Refusal`"));
    }

    #[test]
    fn an_entry_without_a_row_is_named() {
        let tree = Tree::of([
            (
                "crates/types/src/entry/body.rs",
                "pub enum Body {\n Genesis { seed: u64 },\n Bar(Bar),\n}",
            ),
            ("docs/entries.md", "| `Genesis` | 1 |"),
        ]);
        let found = entries(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].seen.as_str(), found[0].line), ("`Bar`", 3));
    }
}
