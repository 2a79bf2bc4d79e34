//! What each segment must follow from: all before it.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Findings;
use super::subtrees::Subtrees;
use crate::format::{Cut, CutReason, Forked, Header, Seal, SegmentName};
use crate::tree::CompactRange;
use crate::words::{JournalId, Seq, Term};

/// All that is known of the journal up to a place.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// Of the segment read last; `None` before the first.
    pub(super) place: Option<Place>,
    /// The last entry of the last whole commit.
    pub(super) seq: Seq,
    /// The tree of that size; `None` behind records that could not be read.
    pub(super) tree: Option<CompactRange>,
    /// A root was found that is not the tree's: those that follow from it are not findings of their own.
    pub(super) diverged: bool,
    /// The size known to be on disk, as the last commit said; `None` if nothing follows from it.
    pub(super) durable: Option<Seq>,
    /// A seal told of a torn tail; the entry about it is due.
    pub(super) due_cut: Option<DueCut>,
    /// Where that seal ends, or where one would stand: file and offset.
    pub(super) seal_place: Option<(String, u64)>,
    /// The name changed; the entry about it is due.
    pub(super) due_fork: Option<Forked>,
    /// Sizes whose roots are asked for.
    asked: BTreeSet<Seq>,
    /// Their roots, and who said them.
    told: BTreeMap<Seq, Told>,
    pub(super) subtrees: Subtrees,
    /// All keys that were ever in force.
    pub(super) keys: BTreeSet<[u8; 32]>,
    pub(super) dropped: u64,
    pub(super) checkpoints: u64,
    /// The file `checkpoint`, and whether a record in the segments says the same.
    pub(super) newest: Option<(Vec<u8>, bool)>,
}

/// The entry that a seal over a torn tail asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct DueCut {
    pub(super) cut: Cut,
    /// Retention has moved the seal since: the entry has its old place.
    moved: bool,
}

impl DueCut {
    pub(super) fn pays(&self, cut: &Cut) -> bool {
        let from_offset = if self.moved { cut.from_offset } else { self.cut.from_offset };
        *cut == Cut { from_offset, ..self.cut }
    }
}

/// Where the last segment was left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) name: SegmentName,
    pub(super) id: JournalId,
    pub(super) term: Term,
    pub(super) key: [u8; 32],
    /// Behind the last record.
    pub(super) end: u64,
    pub(super) sealed: Option<Seal>,
    thinned: bool,
    /// The last record is a checkpoint.
    pub(super) vouched: bool,
    /// It was read to its end.
    pub(super) whole: bool,
}

/// The tree at a size that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) range: CompactRange,
    pub(super) id: JournalId,
    pub(super) key: [u8; 32],
    pub(super) term: Term,
}

impl Chain {
    pub(super) fn new(asked: BTreeSet<Seq>, subtrees: Subtrees, newest: Option<Vec<u8>>) -> Chain {
        Chain {
            place: None,
            seq: Seq::NONE,
            tree: Some(CompactRange::new()),
            diverged: false,
            durable: Some(Seq::NONE),
            due_cut: None,
            seal_place: None,
            due_fork: None,
            asked,
            told: BTreeMap::new(),
            subtrees,
            keys: BTreeSet::new(),
            dropped: 0,
            checkpoints: 0,
            newest: newest.map(|note| (note, false)),
        }
    }

    /// Notes the tree if its size was asked for.
    pub(super) fn tell(&mut self, range: &CompactRange, id: JournalId, key: [u8; 32], term: Term) {
        let size = Seq(range.size());
        if self.asked.contains(&size) {
            // The first to say it: the segment that the last entry lies in.
            self.told.entry(size).or_insert_with(|| Told { range: range.clone(), id, key, term });
        }
    }

    /// Returns the tree of a size, if whole commits reach so far.
    pub(super) fn told(&self, size: Seq) -> Option<&Told> {
        self.told.get(&size).filter(|_| size <= self.seq)
    }

    /// Records could not be read: nothing behind them follows from what is before.
    pub(super) fn lose(&mut self) {
        self.tree = None;
        self.durable = None;
        self.due_cut = None;
        self.due_fork = None;
        if let Some(place) = &mut self.place {
            place.whole = false;
        }
    }

    /// Holds the head of a segment against all before it, and goes into the segment.
    pub(super) fn enter(&mut self, name: SegmentName, header: &Header, findings: &mut Findings) {
        let path = name.path();
        let mut differs = |at: u64, what: &str, saw: String, wanted: String| {
            findings.add(&path, at, Some(name.first), format!("{what} {saw}"), wanted);
        };
        if (header.term, header.first) != (name.term, name.first) {
            let saw = SegmentName { term: header.term, first: header.first };
            differs(28, "a header of", saw.to_string(), "the one of its name".to_owned());
        }
        let root = self.tree.as_ref().map(CompactRange::root);
        match self.place {
            Some(place) if place.whole => {
                self.follow(&place, name, header, findings);
            }
            // What lies before cannot be read: the head is believed.
            Some(_) => {
                self.seq = Seq(header.first.0.saturating_sub(1));
                self.tree = None;
                self.durable = None;
            }
            None => {
                let first = SegmentName { term: Term::FIRST, first: Seq(1) };
                let saw = SegmentName { term: header.term, first: header.first };
                if saw != first {
                    differs(28, "a journal that begins with", saw.to_string(), first.to_string());
                    self.seq = Seq(header.first.0.saturating_sub(1));
                    self.tree = None;
                }
            }
        }
        let differs = root.filter(|root| *root != header.previous_root);
        if let Some(root) = differs.filter(|_| !self.diverged && self.tree.is_some()) {
            let saw = format!("the root {}", header.previous_root);
            findings.add(&path, 44, Some(name.first), saw, root.to_string());
            self.diverged = true;
        }
        self.keys.insert(header.public_key);
        if let (None, Some(tree)) = (self.place, self.tree.clone()) {
            self.tell(&tree, header.id, header.public_key, header.term);
        }
        self.place = Some(Place {
            name,
            id: header.id,
            term: header.term,
            key: header.public_key,
            end: 0,
            sealed: None,
            thinned: header.thinned,
            vouched: false,
            whole: true,
        });
    }

    fn follow(
        &mut self,
        before: &Place,
        name: SegmentName,
        header: &Header,
        findings: &mut Findings,
    ) {
        let path = name.path();
        let (last, end) = (before.name.path(), before.end);
        let at = Some(name.first);
        let next = self.seq.next();
        if header.first != next {
            findings.add(
                &path,
                36,
                Some(next),
                format!("first entry {}", header.first),
                next.to_string(),
            );
            self.seq = Seq(header.first.0.saturating_sub(1));
            self.tree = None;
        }
        let same_term = header.term == before.term;
        match before.sealed {
            Some(_) if same_term => {
                findings.add(
                    &path,
                    28,
                    at,
                    format!("term {}, which was sealed", header.term),
                    "the next term",
                );
            }
            None if same_term && !before.vouched => {
                findings.add(&last, end, at, "no checkpoint at the end of a filled segment", "one");
            }
            None if !same_term => {
                findings.add(&last, end, at, "no seal at the end of a term", "one");
            }
            Some(_) | None => {}
        }
        if !same_term && header.term != before.term.next() {
            let wanted = before.term.next().to_string();
            findings.add(&path, 28, at, format!("term {}", header.term), wanted);
        }
        if header.id != before.id && same_term {
            findings.add(&path, 12, at, format!("journal {}", header.id), before.id.to_string());
        }
        if header.id != before.id {
            self.due_fork = Some(Forked { from: before.id, seq: self.seq, id: header.id });
        } else if header.public_key != before.key {
            findings.add(&path, 76, at, "another public key", "the key in force");
        }
        self.seal_place = Some((last, end));
        if let Some(seal) = before.sealed.filter(|seal| seal.cut_bytes > 0) {
            self.due_cut = CutReason::of_number(seal.cut_reason).map(|reason| DueCut {
                cut: Cut {
                    term: before.name.term,
                    first: before.name.first,
                    from_offset: seal.offset,
                    bytes: seal.cut_bytes,
                    last: seal.seq,
                    reason,
                },
                moved: before.thinned,
            });
        }
    }
}
