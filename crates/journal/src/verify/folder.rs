//! What lies in the folder, and what has no business there.

use std::io;

use super::report::Findings;
use super::{VerifyError, at};
use crate::cache::{FILES, path as subtree_path};
use crate::disk::{Access, Disk, Found, Kind};
use crate::format::SegmentName;
use crate::note::NoteError;
use crate::snapshot::seq_of;
use crate::tree::Hash;
use crate::words::Seq;

/// Longest note that is read.
const NOTE_BYTES_MAX: u64 = 64 << 10;

/// The files of a folder at one moment.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// In order.
    pub(super) segments: Vec<SegmentName>,
    /// Bytes of each file of the tree, by its level.
    pub(super) subtrees: Vec<u64>,
    /// Hash and path of each body.
    pub(super) bodies: Vec<(Hash, String)>,
    /// Seq and path of each snapshot.
    pub(super) snapshots: Vec<(Seq, String)>,
    /// The newest checkpoint.
    pub(super) checkpoint: Option<Vec<u8>>,
}

pub(super) fn list(disk: &dyn Disk, findings: &mut Findings) -> Result<Folder, VerifyError> {
    let mut folder = Folder::default();
    for found in at("", disk.list(""))? {
        match (found.name.as_str(), found.kind) {
            ("segments", Kind::Folder) => segments(disk, &mut folder, findings)?,
            ("tree", Kind::Folder) => subtrees(disk, &mut folder, findings)?,
            ("bodies", Kind::Folder) => bodies(disk, &mut folder, findings)?,
            ("snapshots", Kind::Folder) => snapshots(disk, &mut folder, findings)?,
            ("checkpoint", Kind::File) => folder.checkpoint = Some(checkpoint(disk, findings)?),
            ("lock", Kind::File) => lock(disk, findings)?,
            _ => stranger("", &found, findings),
        }
    }
    Ok(folder)
}

fn stranger(folder: &str, found: &Found, findings: &mut Findings) {
    let path =
        if folder.is_empty() { found.name.clone() } else { format!("{folder}/{}", found.name) };
    let (seen, wanted) = if found.name.ends_with(".new") {
        (
            "an unfinished file",
            "none: opening the journal for writing, or writing it again, removes it",
        )
    } else {
        let seen = match found.kind {
            Kind::File => "a file that belongs to nothing",
            Kind::Folder => "a folder that belongs to nothing",
            Kind::Other => "something that is neither file nor folder",
        };
        (seen, "the names of the journal's format alone")
    };
    findings.add(&path, 0, None, seen, wanted);
}

fn segments(
    disk: &dyn Disk,
    folder: &mut Folder,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    for found in at("segments", disk.list("segments"))? {
        match found.name.parse() {
            Ok(name) if found.kind == Kind::File => folder.segments.push(name),
            Ok(_) | Err(_) => stranger("segments", &found, findings),
        }
    }
    folder.segments.sort_unstable();
    Ok(())
}

fn subtrees(
    disk: &dyn Disk,
    folder: &mut Folder,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let found = at("tree", disk.list("tree"))?;
    for number in 0..FILES {
        let path = subtree_path(number);
        let is_it = |found: &&Found| path == format!("tree/{}", found.name);
        match found.iter().find(is_it) {
            Some(file) if file.kind == Kind::File => {
                let file = at(&path, disk.open(&path, Access::Read))?;
                folder.subtrees.push(at(&path, file.len())?);
            }
            Some(_) | None => folder.subtrees.push(0),
        }
    }
    let is_ours = |found: &Found| {
        let mut paths = (0..FILES).map(subtree_path);
        found.kind == Kind::File && paths.any(|path| path == format!("tree/{}", found.name))
    };
    found
        .iter()
        .filter(|found| !is_ours(found))
        .for_each(|found| stranger("tree", found, findings));
    Ok(())
}

fn bodies(
    disk: &dyn Disk,
    folder: &mut Folder,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    for found in at("bodies", disk.list("bodies"))? {
        let below = format!("bodies/{}", found.name);
        let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if found.kind != Kind::Folder || found.name.len() != 2 || !found.name.bytes().all(hex) {
            stranger("bodies", &found, findings);
            continue;
        }
        for body in at(&below, disk.list(&below))? {
            match body.name.parse() {
                Ok(hash) if body.kind == Kind::File && body.name.starts_with(&found.name) => {
                    folder.bodies.push((hash, format!("{below}/{}", body.name)));
                }
                Ok(_) | Err(_) => stranger(&below, &body, findings),
            }
        }
    }
    Ok(())
}

fn snapshots(
    disk: &dyn Disk,
    folder: &mut Folder,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    for found in at("snapshots", disk.list("snapshots"))? {
        match seq_of(&found.name) {
            Some(seq) if found.kind == Kind::File => {
                folder.snapshots.push((seq, format!("snapshots/{}", found.name)));
            }
            Some(_) | None => stranger("snapshots", &found, findings),
        }
    }
    Ok(())
}

fn checkpoint(disk: &dyn Disk, findings: &mut Findings) -> Result<Vec<u8>, VerifyError> {
    let file = at("checkpoint", disk.open("checkpoint", Access::Read))?;
    let len = at("checkpoint", file.len())?;
    if len > NOTE_BYTES_MAX {
        let seen = NoteError::Long(usize::try_from(len).unwrap_or(usize::MAX)).to_string();
        findings.add("checkpoint", 0, None, seen, "a signed checkpoint");
        return Ok(Vec::new());
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    match file.read_at(0, &mut bytes) {
        // Cut while it was read: what was read is judged.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        read => at("checkpoint", read)?,
    }
    Ok(bytes)
}

fn lock(disk: &dyn Disk, findings: &mut Findings) -> Result<(), VerifyError> {
    let file = at("lock", disk.open("lock", Access::Read))?;
    match at("lock", file.len())? {
        0 => {}
        len => findings.add("lock", 0, None, format!("{len} bytes"), "an empty file"),
    }
    Ok(())
}
