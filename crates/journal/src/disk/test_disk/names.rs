//! The names of the disk: what the machine sees, and what a power cut would leave.

use std::collections::BTreeMap;
use std::io;

use super::super::door::{Found, Kind};
use super::content::to_offset;
use super::rng::Rng;

/// What stands behind a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    /// The file's number.
    File(u64),
}

type Tree = BTreeMap<String, Node>;

/// Paths behind a cache. The empty path is a folder that is always there.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    cached: Tree,
    durable: Tree,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Made { path: String, node: Node },
    Removed { path: String },
    Renamed { from: String, to: String, node: Node },
}

impl Names {
    pub(super) fn get(&self, path: &str) -> Option<Node> {
        if path.is_empty() { Some(Node::Folder) } else { self.cached.get(path).copied() }
    }

    /// Returns the number of the file at `path`.
    pub(super) fn file(&self, path: &str) -> io::Result<u64> {
        match self.get(path) {
            Some(Node::File(number)) => Ok(number),
            Some(Node::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn folder(&self, path: &str) -> io::Result<()> {
        match self.get(path) {
            Some(Node::Folder) => Ok(()),
            Some(Node::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Returns all files with their numbers.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.cached.iter().filter_map(|(path, node)| match node {
            Node::File(number) => Some((path.as_str(), *number)),
            Node::Folder => None,
        })
    }

    /// Returns whether a name leads to the file, or may after a power cut.
    pub(super) fn may_hold(&self, number: u64) -> bool {
        let file = Node::File(number);
        self.cached.values().chain(self.durable.values()).any(|node| *node == file)
            || self.pending.iter().any(|change| match change {
                Change::Made { node, .. } | Change::Renamed { node, .. } => *node == file,
                Change::Removed { .. } => false,
            })
    }

    pub(super) fn list(&self, folder: &str) -> io::Result<Vec<Found>> {
        self.folder(folder)?;
        let inside = self.cached.iter().filter(|(path, _)| split(path).0 == folder);
        let found = |(path, node): (&String, &Node)| Found {
            name: split(path).1.to_owned(),
            kind: match node {
                Node::Folder => Kind::Folder,
                Node::File(_) => Kind::File,
            },
        };
        let mut found: Vec<Found> = inside.map(found).collect();
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Names a new file.
    pub(super) fn make(&mut self, path: &str, number: u64) -> io::Result<()> {
        if self.get(path).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.folder(split(path).0)?;
        self.change(Change::Made { path: path.to_owned(), node: Node::File(number) });
        Ok(())
    }

    pub(super) fn make_dir(&mut self, folder: &str) -> io::Result<()> {
        let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        for end in ends {
            let path = &folder[..end];
            match self.get(path) {
                Some(Node::Folder) => {}
                Some(Node::File(_)) => return Err(io::ErrorKind::NotADirectory.into()),
                None => self.change(Change::Made { path: path.to_owned(), node: Node::Folder }),
            }
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &str) -> io::Result<()> {
        self.file(path)?;
        self.change(Change::Removed { path: path.to_owned() });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let node = Node::File(self.file(from)?);
        self.folder(split(to).0)?;
        if self.get(to) == Some(Node::Folder) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if from != to {
            self.change(Change::Renamed { from: from.to_owned(), to: to.to_owned(), node });
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, folder: &str) -> io::Result<()> {
        self.folder(folder)?;
        for change in self.take(folder) {
            change.apply(&mut self.durable);
        }
        Ok(())
    }

    /// A sync that fails: some first changes are durable, the rest waits for the next sync. Names go
    /// through a file system's own journal, which forgets nothing: it stops the file system first.
    pub(super) fn fail_sync(&mut self, folder: &str, rng: &mut Rng) {
        let mut changes = self.take(folder);
        let done = usize::try_from(rng.below(to_offset(changes.len()) + 1)).unwrap_or(0);
        for change in changes.drain(..done) {
            change.apply(&mut self.durable);
        }
        // In front: what other folders wait for does not depend on the order between folders.
        self.pending.splice(0..0, changes);
    }

    pub(super) fn crash(&mut self, rng: &mut Rng) {
        survive(&mut self.durable, &self.pending, rng);
        self.pending.clear();
        self.cached.clear();
        // A folder that was lost took with it what was in it.
        for (path, node) in &self.durable {
            let folder = split(path).0;
            if folder.is_empty() || self.cached.get(folder) == Some(&Node::Folder) {
                self.cached.insert(path.clone(), *node);
            }
        }
        self.durable.clone_from(&self.cached);
    }

    /// Makes all that is seen durable.
    pub(super) fn settle(&mut self) {
        self.pending.clear();
        self.durable.clone_from(&self.cached);
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.cached);
        self.pending.push(change);
    }

    /// Takes the unsynced changes of one folder.
    fn take(&mut self, folder: &str) -> Vec<Change> {
        let (taken, left) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change| change.touches(folder));
        self.pending = left;
        taken
    }
}

impl Change {
    fn apply(&self, tree: &mut Tree) {
        match self {
            Change::Made { path, node } => {
                tree.insert(path.clone(), *node);
            }
            Change::Removed { path } => {
                tree.remove(path);
            }
            Change::Renamed { from, to, node } => {
                tree.remove(from);
                tree.insert(to.clone(), *node);
            }
        }
    }

    fn touches(&self, folder: &str) -> bool {
        match self {
            Change::Made { path, .. } | Change::Removed { path } => split(path).0 == folder,
            Change::Renamed { from, to, .. } => split(from).0 == folder || split(to).0 == folder,
        }
    }
}

/// Throws which of the changes are on the platter: none, all, the first ones, or any.
fn survive(tree: &mut Tree, changes: &[Change], rng: &mut Rng) {
    let way = rng.below(4);
    let first = rng.below(to_offset(changes.len()) + 1);
    for (at, change) in changes.iter().enumerate() {
        let kept = match way {
            0 => false,
            1 => true,
            2 => to_offset(at) < first,
            _ => rng.coin(),
        };
        if kept {
            change.apply(tree);
        }
    }
}

/// Cuts a path into its folder and its name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
