//! A disk that says that all went well, and did something else.

use journal::disk::{Fault, Times};

use crate::exhaustive::Machine;
use crate::script::Ledger;
use crate::support::Wrong;

/// Lets the disk lie at operation 1, 2, ... of the script until it has none left to lie at.
///
/// Returns how often what was written was there all the same, and how often the journal told that it was not.
fn each_lie(fault: Fault) -> (u64, u64) {
    let (mut held, mut told) = (0, 0);
    for k in 1.. {
        let mut struck = false;
        for seed in 0..4 {
            let machine = Machine::new(seed);
            let mut ledger = Ledger::default();
            machine.disk.fail_at(k, fault, Times::Once);
            let run = machine.script(&mut ledger);
            struck |= machine.disk.struck() > 0;
            match machine.judge(&ledger) {
                Ok(_) => held += 1,
                Err(Wrong::Told(_)) => told += 1,
                Err(wrong @ Wrong::Silent(_)) => {
                    panic!("{fault:?} at operation {k}, seed {seed}, {run:?}: {wrong}")
                }
            }
        }
        if !struck {
            return (held, told);
        }
    }
    unreachable!("a script ends")
}

#[test]
fn a_misdirected_write_is_never_believed() {
    let (held, told) = each_lie(Fault::Misdirected);
    assert!(held > 100 && told > 300, "{held} held, {told} told");
}

#[test]
fn a_flipped_bit_is_never_believed() {
    let (held, told) = each_lie(Fault::FlippedBit);
    assert!(held > 100 && told > 300, "{held} held, {told} told");
}
