//! What comes later never changes what was seen.

use analysis::{Params, Scan, Scanner};
use types::market::Timeframe;

use crate::market::market;

#[test]
fn what_comes_later_changes_no_scan_and_no_state() {
    let params = Params::default();
    for seed in 0..40 {
        let mut bars = market(seed, 420, 1_024.0, Timeframe::M15);
        let cut = 205 + usize::try_from(seed).unwrap() * 5;
        let run = |bars: &[analysis::Bar]| {
            let mut scanner = Scanner::new(Timeframe::M15, &params);
            let scans: Vec<Scan> = bars.iter().map(|bar| scanner.on_bar(bar).clone()).collect();
            (scans, scanner)
        };
        let (prefix, state) = run(&bars[..cut]);
        let other = market(seed + 1_000, 420, 1_024.0, Timeframe::M15);
        let (whole, _) = run(&bars);
        bars.truncate(cut);
        bars.extend_from_slice(&other[cut..]);
        let (changed, _) = run(&bars);
        assert!(prefix[..] == whole[..cut] && prefix[..] == changed[..cut], "seed {seed}");
        assert!(whole[cut..] != changed[cut..], "the change must be one");

        let text = serde_json::to_string(&state).unwrap();
        let mut restored: Scanner = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&restored).unwrap(), text);
        for (bar, wanted) in bars[cut..].iter().zip(&changed[cut..]) {
            assert_eq!(restored.on_bar(bar), wanted, "a restored scanner goes on as before");
        }
    }
}
