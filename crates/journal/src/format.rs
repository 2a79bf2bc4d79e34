//! Bytes of segments: headers and records.
