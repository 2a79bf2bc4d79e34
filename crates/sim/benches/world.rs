//! What a seeded world costs: a day of market time under faults, judged by all checkers. A day at 100,000 times real time is 0.86 s.

use sim::world::{Plan, run};

fn main() {
    divan::main();
}

/// One day of a seed. Seeds differ: each draws its own symbols, faults and lives.
#[divan::bench(args = [1, 2, 3, 4], sample_count = 5, sample_size = 1)]
fn day(bencher: divan::Bencher<'_, '_>, seed: u64) {
    let plan = Plan::draw(seed, 1);
    bencher.bench_local(|| run(&plan, None).expect("a drawn plan can be played"));
}
