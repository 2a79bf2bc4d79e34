//! What lies beside the segments, and what lies outside of the folder.

use super::chain::Chain;
use super::folder::Folder;
use super::report::Findings;
use super::segment::split;
use super::{VerifyError, VerifyOptions, at};
use crate::bodies::hash_of;
use crate::disk::{Access, Disk};
use crate::note::{NoteError, SignedNote, VerifyingKey};
use crate::snapshot;
use crate::tree::Hash;
use crate::words::Seq;

/// Checks the newest checkpoint, the files of the tree, snapshots and bodies.
pub(super) fn check(
    disk: &dyn Disk,
    folder: &Folder,
    chain: &mut Chain,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let covered = newest_checkpoint(folder, chain, findings);
    chain.subtrees.check_ends(chain.seq, covered, findings);
    for (seq, path) in &folder.snapshots {
        check_snapshot(disk, *seq, path, chain, findings)?;
    }
    for (hash, path) in &folder.bodies {
        check_body(disk, hash, path, findings)?;
    }
    Ok(())
}

/// Returns the size that the file `checkpoint` covers.
fn newest_checkpoint(folder: &Folder, chain: &Chain, findings: &mut Findings) -> Seq {
    const FILE: &str = "checkpoint";
    let Some(bytes) = &folder.checkpoint else {
        if chain.checkpoints > 0 {
            let seen = format!("no file, and {} checkpoints in the segments", chain.checkpoints);
            findings.add(FILE, 0, None, seen, "the newest of them");
        }
        return Seq::NONE;
    };
    let note = match SignedNote::parse(bytes) {
        Ok(note) => note,
        Err(error) => {
            let (seen, wanted) = split(&error.to_string());
            findings.add(FILE, 0, None, seen, wanted);
            return Seq::NONE;
        }
    };
    match against(&note, chain, SignedNote::verify_alone) {
        Ok(()) if chain.newest.as_ref().is_some_and(|(_, found)| !found) => {
            // It was written to the segment first.
            let (file, end) =
                chain.place.map_or((FILE.to_owned(), 0), |place| (place.name.path(), place.end));
            findings.add(
                &file,
                end,
                None,
                "the end",
                "the checkpoint that the file `checkpoint` holds",
            );
        }
        Ok(()) => {}
        Err((seen, wanted)) => findings.add(FILE, 0, None, seen, wanted),
    }
    note.unverified().size.min(chain.seq)
}

/// What was seen, and what was wanted.
type Difference = (String, String);

/// Holds a checkpoint against the tree of its size.
fn against(
    note: &SignedNote,
    chain: &Chain,
    verify: fn(
        &SignedNote,
        crate::words::JournalId,
        &VerifyingKey,
    ) -> Result<crate::note::Checkpoint, NoteError>,
) -> Result<(), Difference> {
    let said = *note.unverified();
    let Some(told) = chain.told(said.size) else {
        let seen = format!("whole commits up to entry {} that can be read", chain.seq);
        return Err((seen, format!("{} entries, as this checkpoint says", said.size)));
    };
    let key = VerifyingKey::from_bytes(&told.key).map_err(|error| split(&error.to_string()))?;
    let checked = verify(note, told.id, &key).or_else(|error| match (error, chain.place) {
        // A journal that goes on under a new name says so before its first entry.
        (NoteError::Journal { .. }, Some(place)) if said.id == place.id => {
            let key = VerifyingKey::from_bytes(&place.key).unwrap_or(key);
            verify(note, place.id, &key)
        }
        (error, _) => Err(error),
    });
    checked.map_err(|error| split(&error.to_string()))?;
    let root = told.range.root();
    if said.root == root {
        Ok(())
    } else {
        let seen = format!("the root {root} of the first {} entries", said.size);
        Err((seen, format!("{}, as this checkpoint says", said.root)))
    }
}

/// Holds the checkpoints from outside against the folder; returns the largest size vouched for.
pub(super) fn check_outside(
    options: &VerifyOptions,
    chain: &Chain,
    findings: &mut Findings,
) -> Option<Seq> {
    if let Some(key) = options.key.filter(|key| !chain.keys.contains(&key.to_bytes())) {
        let seen = "a journal that was never signed with the key given";
        findings.add("segments", 76, None, seen, key.to_string());
    }
    let mut vouched = None;
    for note in &options.checkpoints {
        let size = note.unverified().size;
        match against(note, chain, SignedNote::verify) {
            Ok(()) => vouched = vouched.max(Some(size)),
            Err((seen, wanted)) => {
                let wanted = format!("{wanted} (kept outside, of size {size})");
                findings.add("segments", 0, None, seen, wanted);
            }
        }
    }
    vouched
}

fn check_snapshot(
    disk: &dyn Disk,
    seq: Seq,
    path: &str,
    chain: &Chain,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let snapshot = match snapshot::read(disk, seq) {
        Ok(snapshot) => snapshot,
        Err(snapshot::SnapshotError::Disk(error)) => return at(path, Err(error)),
        Err(error) => {
            let (seen, wanted) = split(&error.to_string());
            findings.add(path, 0, None, seen, wanted);
            return Ok(());
        }
    };
    match chain.told(seq) {
        None => {
            let seen = format!("whole commits up to entry {} that can be read", chain.seq);
            findings.add(path, 36, None, seen, format!("{seq} entries, as this snapshot says"));
        }
        Some(told) if told.range != snapshot.range => {
            let (seen, wanted) = (snapshot.range.root(), told.range.root());
            findings.add(path, 44, None, format!("the root {seen}"), wanted.to_string());
        }
        Some(told) => {
            let last = chain.place.map_or(told.term, |place| place.term);
            if snapshot.term < told.term || snapshot.term > last {
                let wanted = format!("term {} to {last}", told.term);
                findings.add(path, 28, None, format!("term {}", snapshot.term), wanted);
            }
            let id = chain.place.map(|place| place.id);
            if snapshot.id != told.id && Some(snapshot.id) != id {
                findings.add(
                    path,
                    12,
                    None,
                    format!("journal {}", snapshot.id),
                    told.id.to_string(),
                );
            }
        }
    }
    Ok(())
}

fn check_body(
    disk: &dyn Disk,
    hash: &Hash,
    path: &str,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let file = at(path, disk.open(path, Access::Read))?;
    let saw = at(path, hash_of(&*file))?;
    if saw != *hash {
        findings.add(path, 0, None, format!("bytes with the hash {saw}"), "those of its name");
    }
    Ok(())
}
