//! Edits of a journal's folder, as somebody with write access to it would make them.

use std::collections::BTreeMap;
use std::fmt;

use journal::disk::{Disk, Image, TestDisk};
use journal::format::{FRAME_BYTES, HEADER_BYTES, Parsed, parse_record};

/// Files by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn files(disk: &TestDisk) -> Files {
    disk.files().into_iter().map(|path| (path.clone(), disk.read_file(&path).unwrap())).collect()
}

/// Puts files in place of those of an image.
pub(crate) fn disk_with(image: &Image, before: &Files, after: &Files) -> TestDisk {
    let disk = TestDisk::from_image(7, image);
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        disk.remove(path).unwrap();
    }
    for (path, bytes) in after {
        if !before.contains_key(path) {
            if let Some((folder, _)) = path.rsplit_once('/') {
                disk.make_dir(folder).unwrap();
            }
            drop(disk.create(path).unwrap());
        }
        if before.get(path) != Some(bytes) {
            disk.write_file(path, bytes).unwrap();
        }
    }
    disk
}

/// Seeded numbers (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Where each record of a segment lies.
pub(crate) fn records(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut at = HEADER_BYTES;
    let mut records = Vec::new();
    while let Ok(Parsed::Record(_, size)) = parse_record(bytes.get(at..).unwrap_or_default()) {
        records.push((at, at + size));
        at += size;
    }
    records
}

/// Makes the checksums of a header or a record right again.
pub(crate) fn remake_checksum(bytes: &mut [u8], (from, to): (usize, usize)) {
    if from == 0 {
        let sum = crc32c::crc32c(&bytes[..HEADER_BYTES - 4]).to_le_bytes();
        bytes[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&sum);
    } else {
        let sum = crc32c::crc32c(&bytes[from..from + 4]);
        let sum = crc32c::crc32c_append(sum, &bytes[from + FRAME_BYTES..to]).to_le_bytes();
        bytes[from + 4..from + FRAME_BYTES].copy_from_slice(&sum);
    }
}

/// What was done to a folder.
pub(crate) struct Edit {
    kind: Kind,
    /// The file; the folder itself if empty.
    pub(crate) path: String,
    what: String,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {}", self.kind, self.path, self.what)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Flip,
    Delete,
    Insert,
    Swap,
    Truncate,
    Splice,
    Remade,
    DropRecord,
    RepeatRecord,
    RemoveFile,
    AddFile,
    OlderFolder,
}

impl Kind {
    pub(crate) const ALL: [Kind; 12] = [
        Kind::Flip,
        Kind::Delete,
        Kind::Insert,
        Kind::Swap,
        Kind::Truncate,
        Kind::Splice,
        Kind::Remade,
        Kind::DropRecord,
        Kind::RepeatRecord,
        Kind::RemoveFile,
        Kind::AddFile,
        Kind::OlderFolder,
    ];
}

/// What edits are made from.
pub(crate) struct Stock {
    pub(crate) sound: Files,
    /// Other journals: of another id and key; of the same id and key, and another past.
    pub(crate) others: Vec<Files>,
    /// The same folder, earlier.
    pub(crate) older: Vec<Files>,
}

impl Stock {
    /// Makes one edit.
    pub(crate) fn edit(&self, kind: Kind, dice: &mut Dice) -> (Edit, Files) {
        let mut files = self.sound.clone();
        let of_segments = matches!(kind, Kind::Remade | Kind::DropRecord | Kind::RepeatRecord);
        let paths: Vec<String> = files
            .iter()
            .filter(|(path, bytes)| !bytes.is_empty() && (!of_segments || is_segment(path)))
            .map(|(path, _)| path.clone())
            .collect();
        let path = dice.pick(&paths).clone();
        let bytes = files.get_mut(&path).unwrap();
        let at = dice.below(bytes.len());
        let count = (1 + dice.below(40)).min(bytes.len() - at);
        let what = match kind {
            Kind::Flip => {
                let bit = dice.below(8);
                bytes[at] ^= 1 << bit;
                format!("bit {bit} of byte {at}")
            }
            Kind::Delete => {
                bytes.drain(at..at + count);
                format!("{count} bytes at {at}")
            }
            Kind::Insert => {
                let at = dice.below(bytes.len() + 1);
                let new: Vec<u8> = (0..count).map(|_| dice.below(256).to_le_bytes()[0]).collect();
                bytes.splice(at..at, new);
                format!("{count} bytes at {at}")
            }
            Kind::Swap => swap(bytes, is_segment(&path), dice),
            Kind::Truncate => {
                bytes.truncate(at);
                format!("to {at}")
            }
            Kind::Splice => self.splice(bytes, &path, dice),
            Kind::Remade => remade(bytes, dice),
            Kind::DropRecord => {
                let records = records(bytes);
                let (from, to) = *dice.pick(&records);
                bytes.drain(from..to);
                format!("{from}..{to}")
            }
            Kind::RepeatRecord => {
                let records = records(bytes);
                let ((from, to), (at, _)) = (*dice.pick(&records), *dice.pick(&records));
                let record = bytes[from..to].to_vec();
                bytes.splice(at..at, record);
                format!("{from}..{to} at {at}")
            }
            Kind::RemoveFile => {
                files.remove(&path);
                String::new()
            }
            Kind::AddFile => return self.add_file(dice),
            Kind::OlderFolder => {
                let place = dice.below(self.older.len());
                let what = format!("number {place}");
                return (Edit { kind, path: String::new(), what }, self.older[place].clone());
            }
        };
        (Edit { kind, path, what }, files)
    }

    /// Puts a part of another journal in: a range, a record, a whole file.
    fn splice(&self, bytes: &mut Vec<u8>, path: &str, dice: &mut Dice) -> String {
        let other = dice.pick(&self.others);
        let same = other.get(path).filter(|other| !other.is_empty());
        let Some(other) = same.or_else(|| other.values().find(|other| other.len() > 200)) else {
            return "nothing".to_owned();
        };
        let (ours, theirs) = (records(bytes), records(other));
        match dice.below(3) {
            0 if !ours.is_empty() && !theirs.is_empty() => {
                let ((from, to), (a, b)) = (*dice.pick(&ours), *dice.pick(&theirs));
                bytes.splice(from..to, other[a..b].iter().copied());
                format!("record {from}..{to} from {a}..{b}")
            }
            1 => {
                let at = dice.below(bytes.len().min(other.len()));
                let to = (at + 1 + dice.below(200)).min(bytes.len()).min(other.len());
                bytes[at..to].copy_from_slice(&other[at..to]);
                format!("bytes {at}..{to}")
            }
            _ => {
                bytes.clone_from(other);
                "the whole file".to_owned()
            }
        }
    }

    fn add_file(&self, dice: &mut Dice) -> (Edit, Files) {
        const NEW: [&str; 8] = [
            "notes.txt",
            "segments/00000001-0000000000000001.seg.new",
            "segments/0000000f-0000000000000200.seg",
            "tree/9",
            "bodies/00/0000000000000000000000000000000000000000000000000000000000000000",
            "snapshots/0000000000000003.snap",
            "snapshots/last",
            "segments/deeper/file",
        ];
        let mut files = self.sound.clone();
        let path = (*dice.pick(&NEW)).to_owned();
        let copied = files.values().nth(dice.below(files.len())).unwrap().clone();
        files.insert(path.clone(), copied);
        (Edit { kind: Kind::AddFile, path, what: String::new() }, files)
    }
}

pub(crate) fn is_segment(path: &str) -> bool {
    path.starts_with("segments/")
}

/// Two records change places, or two ranges of bytes.
fn swap(bytes: &mut Vec<u8>, segment: bool, dice: &mut Dice) -> String {
    let records = if segment { records(bytes) } else { Vec::new() };
    let (mut first, mut second) = if records.len() > 1 && dice.below(2) == 0 {
        (*dice.pick(&records), *dice.pick(&records))
    } else {
        let mut range = || {
            let at = dice.below(bytes.len());
            (at, (at + 1 + dice.below(16)).min(bytes.len()))
        };
        (range(), range())
    };
    if first > second {
        (first, second) = (second, first);
    }
    if first.1 > second.0 {
        return "nothing".to_owned();
    }
    let middle = bytes[first.1..second.0].to_vec();
    let new = [&bytes[second.0..second.1], &middle, &bytes[first.0..first.1]].concat();
    bytes.splice(first.0..second.1, new);
    format!("{first:?} and {second:?}")
}

/// A bit or a byte changes, and the checksum over it is made right again.
fn remade(bytes: &mut [u8], dice: &mut Dice) -> String {
    let records = records(bytes);
    let whole = if dice.below(8) == 0 { (0, HEADER_BYTES) } else { *dice.pick(&records) };
    let first = if whole.0 == 0 { 0 } else { whole.0 + FRAME_BYTES };
    let at = first + dice.below(whole.1 - first);
    if dice.below(2) == 0 {
        bytes[at] ^= 1 << dice.below(8);
    } else {
        bytes[at] = dice.below(256).to_le_bytes()[0];
    }
    remake_checksum(bytes, whole);
    format!("byte {at}")
}
