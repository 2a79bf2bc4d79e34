//! Bytes of segments: names, headers, records and the journal's own entries.
//!
//! `docs/journal-format.md` is the same in prose. All numbers are little-endian. Parsing reads
//! hostile bytes: whatever they are, it gives a value or an error and never reads outside of them.

mod bytes;
mod header;
mod name;
mod own;
mod record;

pub use header::{HEADER_BYTES, Header, HeaderError, MAGIC, VERSION};
pub use name::SegmentName;
pub use own::{Cut, CutReason, Forked, KeyRotated, Own, OwnError};
pub(crate) use record::parse_checked;
pub use record::{
    BODY_BYTES_MAX, COMMIT_RECORD_BYTES, Commit, ENTRY_FRAME_BYTES, FRAME_BYTES, LEAVES_MAX,
    Leaves, NOTE_BYTES_MAX, Parsed, Record, RecordError, SEAL_RECORD_BYTES, Seal, find_commit,
    leaf_data, parse_record, put_checkpoint, put_commit, put_entry, put_leaves, put_seal,
};
