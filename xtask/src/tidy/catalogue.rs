//! Closed sets that a person looks up: each member has its row in the documents, and no row is left over.
//!
//! A row starts with the name in backticks; its second cell is the number that stands in the journal.

use super::{Finding, Tree};

/// Where rules and reasons are declared, one `Name = number, "CODE"` a line.
const CODES: &str = "crates/types/src/decision/";

/// Where kinds of entries are declared.
const ENTRIES: &str = "crates/types/src/entry/";

/// A name that code declares or a document describes.
#[derive(Debug)]
struct Row {
    name: String,
    number: Option<u32>,
    path: String,
    line: usize,
}

/// What one line says: a name and perhaps its number.
type Cells = (String, Option<u32>);

/// Every code that a refusal or a decision can show.
pub(crate) fn refusals(tree: &Tree) -> Vec<Finding> {
    let document = "docs/refusals.md";
    let mut declared = Vec::new();
    for (path, file) in tree.files.iter().filter(|(path, _)| path.starts_with("crates/")) {
        if path.starts_with(CODES) {
            declared.extend(rows(path, &file.text, code));
        }
        for (variant, line) in
            file.rust.iter().filter_map(|rust| rust.variants("Refusal")).flatten()
        {
            declared.push(Row { name: stable(&variant), number: None, path: path.clone(), line });
        }
    }
    if declared.is_empty() && tree.has("crates/engine/src/risk") {
        return vec![nothing_declared(CODES, "no `Name = number, \"CODE\"`", document)];
    }
    compare(tree, &declared, document)
}

/// Every kind of journal entry.
pub(crate) fn entries(tree: &Tree) -> Vec<Finding> {
    let document = "docs/entries.md";
    let mut declared = Vec::new();
    for (path, file) in tree.files.iter().filter(|(path, _)| path.starts_with(ENTRIES)) {
        if let Some((before, kinds)) = file.text.split_once("fn kind(") {
            let first = before.matches('\n').count();
            let kinds = kinds.split_once("\n    }").map_or(kinds, |(kinds, _)| kinds);
            declared.extend(rows(path, kinds, kind).map(|mut row| {
                row.line += first;
                row
            }));
        }
    }
    if declared.is_empty() && tree.has(ENTRIES.trim_end_matches('/')) {
        return vec![nothing_declared(ENTRIES, "no `fn kind` with its numbers", document)];
    }
    compare(tree, &declared, document)
}

fn nothing_declared(folder: &str, seen: &str, document: &str) -> Finding {
    let wanted = format!("what {document} is compared with");
    Finding::new(folder, 1, seen, wanted, "tell xtask/src/tidy/catalogue.rs where it is now")
}

fn compare(tree: &Tree, declared: &[Row], document: &str) -> Vec<Finding> {
    let described: Vec<Row> =
        rows(document, tree.text(document).unwrap_or_default(), table).collect();
    let mut found = Vec::new();
    for row in declared {
        let described = described.iter().find(|other| other.name == row.name);
        let number = row.number.or(described.and_then(|row| row.number));
        if described.is_none_or(|described| described.number != number) {
            let number =
                row.number.map_or(String::new(), |number| format!(" with number {number}"));
            found.push(Finding::new(
                &*row.path,
                row.line,
                format!("`{}`{number}", row.name),
                format!("a row that says so in {document}"),
                "describe it there",
            ));
        }
    }
    for row in described.iter().filter(|row| declared.iter().all(|other| other.name != row.name)) {
        found.push(Finding::new(
            &*row.path,
            row.line,
            format!("`{}`", row.name),
            "only what the code declares",
            "remove or rename the row",
        ));
    }
    found
}

/// Reads each line that `read` understands as a name and perhaps a number.
fn rows<'a>(
    path: &'a str,
    text: &'a str,
    read: fn(&str) -> Option<Cells>,
) -> impl Iterator<Item = Row> {
    text.lines().enumerate().filter_map(move |(at, line)| {
        let (name, number) = read(line.trim())?;
        Some(Row { name, number, path: path.to_owned(), line: at + 1 })
    })
}

/// Reads `Name = 7, "CODE", ...`.
fn code(line: &str) -> Option<Cells> {
    let (_, value) = line.split_once(" = ")?;
    let (number, rest) = value.split_once(", \"")?;
    let (code, _) = rest.split_once('"')?;
    Some((code.to_owned(), Some(number.parse().ok()?)))
}

/// Reads `Self::Name { .. } => 7,`.
fn kind(line: &str) -> Option<Cells> {
    let (variant, number) = line.strip_prefix("Self::")?.split_once(" => ")?;
    let name = variant.split([' ', '(']).next()?;
    Some((name.to_owned(), Some(number.trim_end_matches(',').parse().ok()?)))
}

/// Reads a table row that starts with a name in backticks.
fn table(line: &str) -> Option<Cells> {
    let (name, rest) = line.strip_prefix("| `")?.split_once("` |")?;
    Some((name.to_owned(), rest.split('|').next()?.trim().parse().ok()))
}

/// `NotionalAboveLimit` to `NOTIONAL_ABOVE_LIMIT`.
fn stable(variant: &str) -> String {
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

    const RULES: &str = "rules! {\n    /// Safe.\n    SafeMode = 1, \"SAFE_MODE\", Count;\n    Cash = 20, \"CASH\", Quote;\n}\n";
    const KINDS: &str = "impl Body {\n    pub const fn kind(&self) -> u32 {\n        match self {\n            \
        Self::Genesis { .. } => 1,\n            Self::Instruments(_) => 3,\n        }\n    }\n}\n\
        fn other() { match x {\n Self::Elsewhere => 9,\n} }";

    fn check(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
        rule(&Tree::of(files.iter().copied())).iter().map(Finding::to_string).collect()
    }

    fn check_codes(document: &str) -> Vec<String> {
        let rules = "crates/types/src/decision/verdict.rs";
        check(refusals, &[(rules, RULES), ("docs/refusals.md", document)])
    }

    #[test]
    fn a_code_without_its_row_is_named() {
        assert!(check_codes("| `SAFE_MODE` | 1 | ... |\n| `CASH` | 20 | ... |\n").is_empty());
        assert_eq!(
            check_codes("| code | number |\n| --- | --- |\n| `SAFE_MODE` | 1 | ... |\n"),
            ["crates/types/src/decision/verdict.rs:4: saw `CASH` with number 20, wanted a row \
                 that says so in docs/refusals.md: describe it there"]
        );
    }

    #[test]
    fn a_row_with_another_number_or_without_a_code_is_named() {
        let found = check_codes("| `SAFE_MODE` | 1 |\n| `CASH` | 21 |\n| `GONE` | 3 |\n");
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("`CASH` with number 20"));
        assert!(found[1].starts_with("docs/refusals.md:3: saw `GONE`"));
    }

    #[test]
    fn a_risk_folder_without_codes_does_not_pass() {
        assert!(check(refusals, &[]).is_empty());
        let found = check(refusals, &[("crates/engine/src/risk/mod.rs", "mod a;")]);
        assert!(found[0].starts_with("crates/types/src/decision/:1: saw no `Name = number"));
    }

    #[test]
    fn an_enum_of_refusals_needs_its_rows_too() {
        let code = ("crates/hub/src/refusal.rs", "enum Refusal {\n ShortNotOnSpot,\n}");
        assert_eq!(check(refusals, &[code]).len(), 1);
        assert!(
            check(refusals, &[code, ("docs/refusals.md", "| `SHORT_NOT_ON_SPOT` | |")]).is_empty()
        );
    }

    #[test]
    fn an_entry_without_a_row_is_named_and_other_matches_are_not_entries() {
        let code = ("crates/types/src/entry/codec.rs", KINDS);
        let found = check(entries, &[code, ("docs/entries.md", "| `Genesis` | 1 |")]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .starts_with("crates/types/src/entry/codec.rs:5: saw `Instruments` with number 3")
        );
        assert_eq!(check(entries, &[("crates/types/src/entry/mod.rs", "")]).len(), 1);
    }
}
