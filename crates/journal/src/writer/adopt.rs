//! [`Adopt`]: entries of a writer whose disk had failed, kept elsewhere, which the next opening takes in.

use std::sync::Arc;

use super::stage::check_drafts;
use crate::disk::Disk;
use crate::reader::{Item, ReadError, Reader};
use crate::words::{Draft, Seq};

/// Entries in the places that their writer gave them. Those that the journal has already must be the same, byte for byte;
/// the others follow it without a gap, in front of anything that the opening itself has to say.
#[derive(Clone, Copy, Debug)]
pub struct Adopt<'a> {
    /// The place of the first.
    pub first: Seq,
    /// The entries, in order.
    pub entries: &'a [Draft<'a>],
}

/// Why entries could not be taken in. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// Between the journal and them entries are missing.
    #[error("they begin at {first}, the journal ends at {last}: entries between are missing")]
    Gap {
        /// The place of the first.
        first: Seq,
        /// Where the journal ends.
        last: Seq,
    },
    /// The journal has another entry in that place.
    #[error(
        "the journal has another entry in place {0}: they are not of this journal, or it went on without them"
    )]
    Differs(Seq),
    /// The journal has been copied, restored or cut since: what they name is another journal's.
    #[error("the journal was copied, restored or cut since they were written")]
    Forked,
    /// They have to share a commit with what the opening says of a torn tail, and are too many for one.
    #[error("they are more than 64 MiB, and a torn tail has to be cut in the same commit")]
    TooMany,
    /// They cannot be entries.
    #[error("saw {0}")]
    Draft(&'static str),
    /// What the journal has in their places could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl<'a> Adopt<'a> {
    /// Adopts nothing.
    pub const NOTHING: Adopt<'static> = Adopt { first: Seq(1), entries: &[] };

    /// Returns those that a journal which ends at `last` does not have, once the others are found to be the same.
    pub(super) fn missing(
        &self,
        folder: &Arc<dyn Disk>,
        last: Seq,
        forked: bool,
    ) -> Result<&'a [Draft<'a>], AdoptError> {
        if self.entries.is_empty() {
            return Ok(&[]);
        }
        for entry in self.entries {
            check_drafts(std::slice::from_ref(entry)).map_err(|_| {
                AdoptError::Draft("an entry of the journal's own kind, or one above 16 MiB")
            })?;
        }
        if forked {
            return Err(AdoptError::Forked);
        }
        if self.first > last.next() || self.first == Seq::NONE {
            return Err(AdoptError::Gap { first: self.first, last });
        }
        let known = usize::try_from(last.next().0 - self.first.0).unwrap_or(usize::MAX);
        let (known, missing) = self.entries.split_at(known.min(self.entries.len()));
        if known.is_empty() {
            return Ok(missing);
        }
        let mut reader = Reader::open(Arc::clone(folder), self.first)?;
        for (place, draft) in (self.first.0..).map(Seq).zip(known) {
            let same = match reader.next()? {
                Some(Item::Entry(stored)) => {
                    let stored_as = (stored.seq, stored.kind, stored.schema, stored.payload);
                    stored_as == (place, draft.kind, draft.schema, draft.payload)
                }
                Some(Item::Dropped { .. }) | None => false,
            };
            if !same {
                return Err(AdoptError::Differs(place));
            }
        }
        Ok(missing)
    }
}
