//! A venue in a process of its own, killed at a random moment: what it had answered is there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use servers::venue::ledger::{Kept, Reader, Row};
use servers::venue::market::MarketConfig;
use sim::exchange::book::{AccountId, NewOrder, OrderType, Tif, VenueOrderId};
use types::ids::SymbolId;
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::side::Side;

use super::support::{made_up, start};

/// Tells the child where its ledger is.
const FOLDER: &str = "PLIMSOLL_TEST_LEDGER";
/// Kills of `make soak`; a tenth of them here, as each round reads the whole ledger.
const ROUNDS: &str = "PLIMSOLL_KILLS";
const ROUNDS_USUAL: u64 = 50;
const ALICE: AccountId = AccountId(1);
const BTC: SymbolId = SymbolId(0);

/// A market with two days of history: quick to start.
fn config() -> MarketConfig {
    let from = TsNanos::from_nanos(1_704_067_200_000_000_000 + 2 * 86_400_000_000_000);
    MarketConfig { from: Some(from), ..made_up(9) }
}

/// Not a test of its own: the venue that is killed. It prints each order when it is on disk.
#[test]
#[expect(clippy::disallowed_methods, reason = "the parent says where the ledger is")]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let mut venue = start(&config(), "", Some(folder.as_ref()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut out = std::io::stdout();
    for n in 0.. {
        if n % 20 == 0 {
            venue.run(1);
        }
        let (placed, ticket) = venue.shared.act(|core| {
            core.step(core.now(), |engine, now| {
                let last = engine.last_price(BTC).expect("it has traded").raw();
                let (side, price) = if n % 2 == 0 {
                    (Side::Buy, last / 1_000 * 1_001)
                } else {
                    (Side::Sell, last / 1_000 * 999)
                };
                let price = Price::from_raw(price).floor_to(Price::from_raw(1_000_000));
                let kind = OrderType::Limit { price, tif: Tif::Ioc };
                engine.place(ALICE, BTC, NewOrder::new(side, kind, Qty::from_raw(50_000)), now)
            })
        });
        runtime.block_on(ticket.durable()).expect("the disk writes");
        if let Ok(order) = placed {
            writeln!(out, "order {order}").expect("the parent reads");
        }
        while venue.batches.try_recv().is_ok() {}
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a soak asks for more rounds, and a kill comes at a moment of its own"
)]
fn what_was_answered_is_there_after_a_kill() {
    let asked = std::env::var(ROUNDS).ok().and_then(|text| text.parse().ok());
    let rounds = (asked.unwrap_or(0_u64) / 10).max(ROUNDS_USUAL);
    let folder = tempfile::tempdir().expect("a folder");
    let mut answered: Vec<VenueOrderId> = Vec::new();
    let mut torn = 0;
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["world::kill::child", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        // The first answers, then a moment in the middle of others.
        let mut seen = 0;
        let wanted = 1 + round % 7;
        let mut take = |line: String, answered: &mut Vec<VenueOrderId>| {
            // What the test harness prints may stand before it.
            if let Some((_, number)) = line.rsplit_once("order ")
                && let Ok(number) = number.parse()
            {
                answered.push(VenueOrderId(number));
                seen += 1;
            }
            seen
        };
        while let Some(Ok(line)) = lines.next() {
            if take(line, &mut answered) >= wanted {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 9_000));
        child.kill().expect("it runs");
        child.wait().expect("it ended");
        for line in lines.map_while(Result::ok) {
            take(line, &mut answered);
        }
        let mut reader = Reader::open(folder.path()).expect("a ledger");
        let (mut kept, mut orders) = (Kept::default(), BTreeMap::new());
        reader
            .rows(|_, at, row| {
                if let Row::Order { order, .. } = &row {
                    orders.insert(order.id, order.status);
                }
                kept.add(at, row);
            })
            .unwrap_or_else(|error| panic!("round {round}: {error}"));
        torn += u64::from(reader.cut().is_some());
        for order in &answered {
            assert!(
                orders.contains_key(order),
                "round {round}: order {order} was answered and is lost"
            );
        }
        assert!(kept.saved().is_ok(), "round {round}");
        let names: std::collections::BTreeSet<_> = answered.iter().collect();
        assert_eq!(names.len(), answered.len(), "round {round}: a number was given twice");
    }
    assert!(answered.len() as u64 >= rounds, "{} answers, {torn} torn tails", answered.len());
    // The last state starts a venue whose matching engine finds no fault with it.
    let venue = start(&config(), "", Some(folder.path()));
    venue.shared.act(|core| assert!(core.engine().check_invariants().is_ok()));
}
