//! The repository's text files, read once, as every rule sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

use anyhow::{Context as _, Result};

use super::rust::Rust;

/// Folders that hold no source: the build's, the version control's, a run's.
const NOT_OURS: [&str; 4] = [".git", "target", "plimsoll-out", "node_modules"];

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) text: String,
    /// The tokens, for `.rs` files.
    pub(crate) rust: Option<Rust>,
    /// Whether the whole file is test or benchmark code.
    pub(crate) test: bool,
}

/// All files by their path from the root, written with `/`.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The text files.
    pub(crate) files: BTreeMap<String, File>,
    /// The others, pictures for one: not read by any rule, but there to be linked to.
    pub(crate) opaque: BTreeSet<String>,
}

impl Tree {
    /// Reads the files under `root`; what is not UTF-8 is known by its path alone.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let (mut texts, mut opaque) = (BTreeMap::new(), BTreeSet::new());
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let path = root.join(&folder);
            let entries = fs::read_dir(&path).with_context(|| format!("reading {folder}/"))?;
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if NOT_OURS.contains(&name.as_str()) || name.starts_with("target-") {
                    continue;
                }
                let path =
                    if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                    texts.insert(path, text);
                } else {
                    opaque.insert(path);
                }
            }
        }
        Ok(Self { opaque, ..Self::of(texts) })
    }

    /// Makes a tree of paths and texts.
    pub(crate) fn of<P: Into<String>, T: Into<String>>(
        texts: impl IntoIterator<Item = (P, T)>,
    ) -> Self {
        let mut files = BTreeMap::new();
        for (path, text) in texts {
            let (path, text) = (path.into(), text.into());
            let rust = path.ends_with(".rs").then(|| Rust::parse(&text));
            let test = is_test_path(&path);
            files.insert(path, File { text, rust, test });
        }
        let mut tree = Self { files, opaque: BTreeSet::new() };
        tree.mark_test_modules();
        tree
    }

    /// Marks the files behind `#[cfg(test)] mod name;`.
    fn mark_test_modules(&mut self) {
        let mut modules = Vec::new();
        for (path, file) in &self.files {
            for name in file.rust.iter().flat_map(|rust| &rust.test_modules) {
                modules.push(format!("{}/{name}", folder_of_children(path)));
            }
        }
        for (path, file) in &mut self.files {
            file.test |= modules.iter().any(|module| {
                path.strip_prefix(module.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            });
        }
    }

    /// Returns the `.rs` files of a crate under `crates/` with their paths.
    pub(crate) fn sources<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a File, &'a Rust)> {
        self.files.iter().filter_map(move |(path, file)| {
            let inside = path.strip_prefix("crates/")?.strip_prefix(name)?.starts_with('/');
            let rust = file.rust.as_ref()?;
            inside.then_some((path.as_str(), file, rust))
        })
    }

    /// Returns the names of the crates under `crates/`.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.files
            .keys()
            .filter_map(|path| path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml"))
            .filter(|name| !name.contains('/'))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// Whether a file or a folder of this path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let inside = |next: Option<&String>| next.is_some_and(|path| path.starts_with(&folder));
        path.is_empty()
            || self.files.contains_key(path)
            || self.opaque.contains(path)
            || inside(self.files.range(folder.clone()..).next().map(|(path, _)| path))
            || inside(self.opaque.range(folder.clone()..).next())
    }
}

fn is_test_path(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    name == "tests.rs" || folders.split('/').any(|folder| ["tests", "benches"].contains(&folder))
}

/// Returns the folder in which a file's `mod name;` is looked up.
fn folder_of_children(path: &str) -> &str {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if ["lib.rs", "main.rs", "mod.rs"].contains(&name) {
        folder
    } else {
        path.strip_suffix(".rs").unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_known_by_place_name_or_declaration() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "#[cfg(test)]\nmod kit;\nmod plain;"),
            ("crates/a/src/kit.rs", ""),
            ("crates/a/src/kit/deep.rs", ""),
            ("crates/a/src/kitchen.rs", ""),
            ("crates/a/src/plain.rs", "#[cfg(test)]\nmod inner;"),
            ("crates/a/src/plain/inner.rs", ""),
            ("crates/a/src/plain/tests.rs", ""),
            ("crates/a/tests/it/main.rs", ""),
            ("crates/a/benches/scan.rs", ""),
        ]);
        let plain: Vec<_> = tree.files.iter().filter(|f| !f.1.test).map(|f| f.0.as_str()).collect();
        assert_eq!(
            plain,
            ["crates/a/src/kitchen.rs", "crates/a/src/lib.rs", "crates/a/src/plain.rs"]
        );
    }

    #[test]
    fn sources_of_a_crate_do_not_include_its_longer_namesake() {
        let tree = Tree::of([("crates/sim/src/lib.rs", ""), ("crates/simple/src/lib.rs", "")]);
        assert_eq!(tree.sources("sim").count(), 1);
    }

    #[test]
    fn files_and_folders_exist_and_half_names_do_not() {
        let tree = Tree::of([("docs/adr/README.md", "")]);
        assert!(tree.has("docs/adr") && tree.has("docs/adr/README.md") && tree.has(""));
        assert!(!tree.has("docs/ad"));
    }

    #[test]
    fn a_picture_exists_without_being_read() {
        let root = std::env::temp_dir().join(format!("plimsoll-tidy-{}", std::process::id()));
        fs::create_dir_all(root.join("img")).unwrap();
        fs::write(root.join("README.md"), "text").unwrap();
        fs::write(root.join("img/a.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let tree = Tree::read(&root);
        fs::remove_dir_all(&root).unwrap();
        let tree = tree.unwrap();
        assert!(tree.has("img/a.png") && tree.has("img") && tree.text("README.md").is_some());
        assert!(!tree.has("img/b.png") && !tree.files.contains_key("img/a.png"));
    }
}
