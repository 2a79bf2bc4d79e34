//! One segment, record by record.

use std::io;

use super::chain::Chain;
use super::group::Group;
use super::report::Findings;
use super::{VerifyError, at};
use crate::disk::{Access, Disk, DiskFile};
use crate::format::{HEADER_BYTES, Header, RecordError, SegmentName};
use crate::window::{Scan, Step, as_u64, end_of_bytes};
use crate::words::Seq;

/// The first byte of a commit's body, a checkpoint's and a seal's.
const TYPES_BESIDE_ENTRIES: std::ops::RangeInclusive<u8> = 2..=4;

/// Reads a segment, which lies at `path` and should bear `name`, and returns whether it was read to its end and
/// nothing is left over there.
pub(super) fn check(
    disk: &dyn Disk,
    path: &str,
    name: SegmentName,
    chain: &mut Chain,
    findings: &mut Findings,
) -> Result<bool, VerifyError> {
    let file = at(path, disk.open(path, Access::Read))?;
    let Some(header) = header(&*file, path, name, findings)? else {
        chain.lose();
        chain.enter_unread(name);
        return Ok(false);
    };
    chain.enter(name, &header, findings);
    let mut scan = Scan::new(file, as_u64(HEADER_BYTES));
    let mut group = Group::new(disk, path, &header, chain, findings);
    let whole = loop {
        match at(path, scan.step())? {
            Step::Record { offset, record, bytes } => {
                if !group.take(offset, &record, bytes)? {
                    break false;
                }
            }
            Step::Bad { offset, error } => {
                let kind = scan.window().bytes(offset).get(8).copied();
                group.unreadable(
                    offset,
                    kind.is_some_and(|kind| TYPES_BESIDE_ENTRIES.contains(&kind)),
                    error,
                );
                break false;
            }
            Step::End { offset } => {
                let end = at(path, end_of_bytes(scan.window().file(), offset))?;
                break group.end(offset, end);
            }
        }
    };
    group.leave();
    if !whole {
        chain.lose();
    }
    Ok(whole)
}

fn header(
    file: &dyn DiskFile,
    path: &str,
    name: SegmentName,
    findings: &mut Findings,
) -> Result<Option<Header>, VerifyError> {
    let mut bytes = [0; HEADER_BYTES];
    let length = usize::try_from(at(path, file.len())?).unwrap_or(usize::MAX).min(HEADER_BYTES);
    match file.read_at(0, &mut bytes[..length]) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => at(path, Err(error))?,
        Ok(()) | Err(_) => {}
    }
    match Header::parse(&bytes[..length]) {
        Ok(header) => Ok(Some(header)),
        Err(error) => {
            let (seen, wanted) = split(&error.to_string());
            findings.add(path, 0, Some(name.first), seen, wanted);
            Ok(None)
        }
    }
}

/// Takes a message "saw ..., wanted ..." apart.
pub(super) fn split(message: &str) -> (String, String) {
    let message = message.strip_prefix("saw ").unwrap_or(message);
    match message.split_once(", wanted ") {
        Some((seen, wanted)) => (seen.to_owned(), wanted.to_owned()),
        None => (message.to_owned(), "what the format says".to_owned()),
    }
}

/// The words of a record that cannot be read.
pub(super) fn words(error: &RecordError) -> (String, String) {
    split(&error.to_string())
}

impl Chain {
    /// Goes into a segment whose head cannot be read.
    fn enter_unread(&mut self, name: SegmentName) {
        self.seq = Seq(name.first.0 - 1);
        if let Some(place) = &mut self.place {
            place.name = name;
        }
    }
}
