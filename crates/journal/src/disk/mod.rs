//! `Disk`: all file access of the journal.
