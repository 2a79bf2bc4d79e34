//! Hostile bytes at the venue adapter's door `stream`.

#![no_main]

#[path = "../../crates/adapters/tests/it/hostile/throw.rs"]
#[expect(dead_code, reason = "each target throws at one door")]
mod throw;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| throw::stream(bytes));
