//! Batches that tell what they are, and the judge who reads them back.

use std::collections::BTreeMap;

use journal::tree::Hash;

/// Version that the batches' payloads are written in.
pub(crate) const SCHEMA: u16 = 1;

/// Kind of the batches' entries.
pub(crate) const KIND: u16 = 7;

/// Bytes in front of the filler: the attempt, the place in the batch, the size of the batch.
const HEAD_BYTES: usize = 16;

/// Returns the payloads of one attempt to append; no two attempts have one in common.
pub(crate) fn payloads(attempt: u64) -> Vec<Vec<u8>> {
    let count = 1 + attempt % 5;
    (0..count).map(|index| payload(attempt, index, count)).collect()
}

fn payload(attempt: u64, index: u64, count: u64) -> Vec<u8> {
    let mut bytes = attempt.to_le_bytes().to_vec();
    bytes.extend(u32::try_from(index).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(count).unwrap().to_le_bytes());
    let filler = attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ index;
    let size = usize::try_from(filler % 611).unwrap();
    bytes.extend(filler.to_le_bytes().into_iter().cycle().take(size));
    bytes
}

/// How an attempt ended, as far as who made it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in the journal, the last of its entries at this place and with this root.
    Acknowledged { seq: u64, root: Hash },
    /// It is not in the journal, and never will be.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// What was attempted, and how it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    outcomes: BTreeMap<u64, Outcome>,
    /// Attempts up to here are somebody else's.
    behind: u64,
    /// Place of the newest snapshot that was written to its end.
    pub(crate) snapshot: u64,
}

/// An entry as the judge reads it.
pub(crate) struct Read {
    pub(crate) seq: u64,
    pub(crate) kind: u16,
    pub(crate) schema: u16,
    pub(crate) payload: Vec<u8>,
}

impl Ledger {
    /// A ledger whose first attempt follows this one.
    pub(crate) fn behind(attempt: u64) -> Ledger {
        Ledger { behind: attempt, ..Ledger::default() }
    }

    /// Returns the last attempt's number.
    pub(crate) fn last(&self) -> u64 {
        self.outcomes.last_key_value().map_or(self.behind, |(last, _)| *last)
    }

    /// Takes the next attempt's number; its outcome is unknown until it is told.
    pub(crate) fn next(&mut self) -> u64 {
        let attempt = self.last() + 1;
        self.tell(attempt, Outcome::Unknown);
        attempt
    }

    pub(crate) fn tell(&mut self, attempt: u64, outcome: Outcome) {
        self.outcomes.insert(attempt, outcome);
    }

    pub(crate) fn acknowledged(&self) -> usize {
        let acknowledged = |outcome: &&Outcome| matches!(outcome, Outcome::Acknowledged { .. });
        self.outcomes.values().filter(acknowledged).count()
    }

    /// Judges a journal, read from its first entry to its last: what was acknowledged is in its place,
    /// what was refused is not, each batch is whole or absent, and batches keep their order.
    ///
    /// `root_at` gives the root of the tree of a size.
    pub(crate) fn judge(
        &self,
        entries: &[Read],
        root_at: impl Fn(u64) -> Hash,
    ) -> Result<(), String> {
        let mut ends = BTreeMap::new();
        let mut open: Option<(u64, u64, u64)> = None;
        let mut newest = 0;
        for (at, entry) in entries.iter().enumerate() {
            if entry.seq != at as u64 + 1 {
                return Err(format!("saw entry {} at place {}", entry.seq, at + 1));
            }
            if entry.kind != KIND {
                if let Some((attempt, index, count)) = open {
                    return Err(format!("attempt {attempt} is cut at {index} of {count}"));
                }
                continue;
            }
            let (attempt, index, count) = head(&entry.payload)?;
            if entry.schema != SCHEMA || entry.payload != payload(attempt, index, count) {
                return Err(format!("entry {} is not what was appended", entry.seq));
            }
            match open {
                None if index == 0 && attempt > newest => newest = attempt,
                Some(last) if last == (attempt, index, count) => {}
                _ => return Err(format!("attempt {attempt} {index}/{count} follows {open:?}")),
            }
            open = (index + 1 < count).then_some((attempt, index + 1, count));
            if open.is_none() {
                ends.insert(attempt, entry.seq);
            }
        }
        if let Some((attempt, index, count)) = open {
            return Err(format!("attempt {attempt} ends at {index} of {count}"));
        }
        for (attempt, outcome) in &self.outcomes {
            let end = ends.remove(attempt);
            let fits = match outcome {
                Outcome::Acknowledged { seq, root } => end == Some(*seq) && root_at(*seq) == *root,
                Outcome::Refused => end.is_none(),
                Outcome::Unknown => true,
            };
            if !fits {
                return Err(format!("attempt {attempt} was {outcome:?}, and is at {end:?}"));
            }
        }
        if ends.is_empty() { Ok(()) } else { Err(format!("nobody appended {ends:?}")) }
    }
}

fn head(payload: &[u8]) -> Result<(u64, u64, u64), String> {
    let head = payload.get(..HEAD_BYTES).ok_or("an entry is shorter than its head")?;
    let number = |bytes: &[u8]| {
        bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    Ok((number(&head[..8]), number(&head[8..12]), number(&head[12..])))
}

/// The judge is judged: a journal that is right, and each way to be wrong.
mod tests {
    use super::*;

    /// Attempts 1 (two entries) and 2 (three) acknowledged, 3 refused, 4 (five entries) unknown.
    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for attempt in 1..=4 {
            assert_eq!(ledger.next(), attempt);
        }
        ledger.tell(1, Outcome::Acknowledged { seq: 2, root: root(2) });
        ledger.tell(2, Outcome::Acknowledged { seq: 6, root: root(6) });
        ledger.tell(3, Outcome::Refused);
        ledger
    }

    #[expect(clippy::cast_possible_truncation, reason = "small numbers stand for roots")]
    fn root(size: u64) -> Hash {
        Hash([size as u8; 32])
    }

    /// The attempts' entries in order; 0 stands for one of the journal's own.
    fn journal(attempts: &[u64]) -> Vec<Read> {
        let mut entries = Vec::new();
        for attempt in attempts {
            let own = *attempt == 0;
            let payloads = if own { vec![vec![9]] } else { payloads(*attempt) };
            for payload in payloads {
                let seq = entries.len() as u64 + 1;
                let kind = if own { 0xFF01 } else { KIND };
                entries.push(Read { seq, kind, schema: SCHEMA, payload });
            }
        }
        entries
    }

    #[test]
    fn a_whole_journal_is_right_with_and_without_the_unknown() {
        assert_eq!(ledger().judge(&journal(&[1, 0, 2]), root), Ok(()));
        assert_eq!(ledger().judge(&journal(&[1, 0, 2, 4]), root), Ok(()));
    }

    #[test]
    fn each_way_to_be_wrong_is_seen() {
        let wrong: [&[u64]; 6] =
            [&[1], &[1, 2], &[2, 0, 1], &[1, 0, 2, 3], &[1, 0, 2, 2], &[1, 0, 2, 5]];
        for attempts in wrong {
            assert!(ledger().judge(&journal(attempts), root).is_err(), "{attempts:?}");
        }
        assert!(ledger().judge(&journal(&[1, 0, 2]), |_| root(7)).is_err(), "another root");
        for at in 0..11 {
            let mut entries = journal(&[1, 0, 2, 4]);
            entries.remove(at);
            assert!(ledger().judge(&entries, root).is_err(), "without the entry at {at}");
            for (place, entry) in entries.iter_mut().enumerate() {
                entry.seq = place as u64 + 1;
            }
            assert!(ledger().judge(&entries, root).is_err(), "closed over the entry at {at}");
        }
        let mut entries = journal(&[1, 0, 2]);
        entries[3].payload[16] ^= 1;
        assert!(ledger().judge(&entries, root).is_err(), "another byte");
    }
}
