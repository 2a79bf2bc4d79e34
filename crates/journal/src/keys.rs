//! Keys that sign checkpoints, kept outside the journal.
