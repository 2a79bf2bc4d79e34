//! Links between the documents.

use super::{Finding, Tree};

/// Each relative link of a Markdown file leads to a file, folder or heading of this repository.
pub(crate) fn resolve(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, file) in tree.files.iter().filter(|(path, _)| path.ends_with(".md")) {
        for (line, target) in links(&file.text) {
            if let Some(wanted) = broken(tree, path, &target) {
                found.push(Finding::new(
                    path.as_str(),
                    line,
                    format!("a link to `{target}`"),
                    wanted,
                    "correct the link, or add what it names",
                ));
            }
        }
    }
    found
}

/// Returns what the link lacks, `None` when it holds.
fn broken(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').map_or((target, None), |(f, h)| (f, Some(h)));
    let Some(path) = join(from, file) else {
        return Some("a path inside the repository".to_owned());
    };
    if !tree.has(&path) {
        return Some(format!("`{path}` to exist"));
    }
    let heading = heading?;
    let known = tree.text(&path).is_some_and(|text| headings(text).any(|h| h == heading));
    (!known).then(|| format!("a heading `#{heading}` in `{path}`"))
}

/// Resolves a relative path; `None` where it leaves the repository.
fn join(from: &str, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns the targets of `[text](target)` and `[name]: target` with their lines, code left out.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let mut rest = line.as_str();
        while let Some((_, behind)) = rest.split_once("](") {
            let target = behind.split([')', ' ']).next().unwrap_or_default();
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
            rest = behind;
        }
        if let Some((name, target)) = line.split_once("]: ")
            && name.starts_with('[')
        {
            found.push((number, target.trim().to_owned()));
        }
    }
    found
}

/// Returns the lines outside code blocks with inline code blanked, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        let line: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        (!fenced && !fence).then_some((at + 1, line))
    })
}

/// Returns the anchors that the headings of a document make.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let mut fenced = false;
    let lines = text.lines().filter(move |line| {
        fenced ^= line.trim_start().starts_with("```");
        !fenced && line.starts_with('#')
    });
    lines.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        title.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<String> {
        let mut tree = Tree::of([
            ("docs/guide.md", text),
            ("docs/adr/README.md", "# Decisions, in order\n"),
            ("README.md", "# Plimsoll\n## `make run`\n"),
        ]);
        tree.opaque.insert("docs/img/report.png".to_owned());
        resolve(&tree).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_link_to_nothing_is_named() {
        assert_eq!(
            check("one\n[a](../MISSING.md)"),
            ["docs/guide.md:2: saw a link to `../MISSING.md`, wanted `MISSING.md` to exist: \
                 correct the link, or add what it names"]
        );
        assert_eq!(check("[a]: none.md").len(), 1);
        assert_eq!(check("[a](adr/) and [b](none.md) in one line").len(), 1);
    }

    #[test]
    fn a_picture_is_there_or_named() {
        assert!(check("![words\nover two lines](img/report.png) [a](img/)").is_empty());
        assert!(
            check("![picture](img/none.png)")[0].contains("wanted `docs/img/none.png` to exist")
        );
    }

    #[test]
    fn a_heading_that_does_not_exist_is_named() {
        assert!(
            check("[a](adr/README.md#decisions-in-order), [b](../README.md#make-run)").is_empty()
        );
        assert!(check("[a](adr/README.md#decision)")[0].contains("wanted a heading `#decision`"));
        assert_eq!(check("[here](#nowhere)").len(), 1);
    }

    #[test]
    fn a_link_out_of_the_repository_is_named() {
        assert!(check("[a](../../shared/design.md)")[0].contains("wanted a path inside"));
    }

    #[test]
    fn the_web_and_code_are_left_alone() {
        assert!(check("[a](https://example.org/x) `[b](c)`\n```\n[d](e)\n```").is_empty());
    }
}
