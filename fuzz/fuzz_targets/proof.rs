//! A proof of hostile bytes.

#![no_main]

#[path = "../../crates/journal/tests/it/hostile/throw.rs"]
#[expect(dead_code, reason = "each target throws at one door")]
mod throw;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| throw::proof(bytes));
