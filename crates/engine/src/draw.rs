//! Random draws as a function of (seed in the journal, sequence number, draw index).

use sha2::{Digest, Sha256};
use types::ids::Seq;

/// Returns a number uniform in [0, 1), the same for the same three arguments on every machine.
#[must_use]
pub fn uniform(seed: u64, seq: Seq, index: u64) -> f64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(seq.0.to_le_bytes());
    hash.update(index.to_le_bytes());
    let digest = hash.finalize();
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    // 53 bits are what an f64 holds exactly.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let numerator = (bits >> 11) as f64;
    numerator / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_and_repeatable() {
        let draws: Vec<f64> = (0..10_000).map(|i| uniform(7, Seq(i), 0)).collect();
        let mean = draws.iter().sum::<f64>() / 10_000.0;
        // Three standard errors of the mean of 10,000 uniform draws.
        assert!((mean - 0.5).abs() < 3.0 * (1.0_f64 / 12.0 / 10_000.0).sqrt(), "{mean}");
        assert!(draws.iter().all(|d| (0.0..1.0).contains(d)));
        assert_eq!(uniform(7, Seq(1), 2).to_bits(), uniform(7, Seq(1), 2).to_bits());
        assert_ne!(uniform(7, Seq(1), 2).to_bits(), uniform(8, Seq(1), 2).to_bits());
    }
}
