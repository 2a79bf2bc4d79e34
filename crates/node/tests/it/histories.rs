//! `audit check` and its second, in Python: what they say of histories written by hand, and of a ledger of the real venue.

#[path = "../../../checker/tests/it/rows.rs"]
#[expect(dead_code, reason = "the real venue writes most of these")]
mod rows;
#[path = "../../../checker/tests/it/story.rs"]
#[expect(dead_code, reason = "the tests of the checker tell more than these do")]
mod story;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use types::entry::{Body, ModeCause, ReportEvent, SystemMode};
use types::fill::{Fee, Fill, Liquidity};
use types::ids::{Asset, Leg, OrderId};
use types::num::{Money, Qty};
use types::order::OrderRequest;

use crate::judges::{self, Verdicts, verdicts};
use crate::support::{Folder, Said};
use crate::venue_kill::Venue;
use story::{BTCUSDT, Story, buy, name, price, qty, stop};

fn checked(folder: &Path, slack: &str) -> Said {
    judges::first(&folder.join("journal"), &folder.join("ledger"), &["--slack", slack])
}

/// Asks the second judge: the verdicts by rule, and its exit code. Without Python it says so.
fn second(test: &str, folder: &Path, slack: &str) -> Option<(Verdicts, i32)> {
    let (journal, ledger) = (folder.join("journal"), folder.join("ledger"));
    let (said, code) = judges::second(test, &journal, &ledger, &["--slack", slack])?;
    Some((serde_json::from_value(said["rules"].clone()).unwrap(), code))
}

fn failed(verdicts: &Verdicts) -> BTreeSet<&str> {
    verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == "fail")
        .map(|(rule, _)| rule.as_str())
        .collect()
}

/// A hub that is driven by hand against the real venue: its entries, and what it asks of the venue.
struct Hand {
    venue: Venue,
    story: Story,
}

impl Hand {
    fn order(&mut self, query: &str) -> Value {
        let answer = self.venue.ask("POST", "/api/v3/order", query).unwrap();
        let millis = answer["transactTime"].as_i64().unwrap_or_else(|| panic!("{query}: {answer}"));
        self.story.now = self.story.now.max(millis * 1_000_000);
        answer
    }

    fn place(&mut self, order: OrderId, request: &OrderRequest, kind: &str) -> Value {
        let side = request.side.name().to_uppercase();
        let (qty, id) = (request.qty, name(order));
        self.order(&format!(
            "symbol=BTCUSDT&side={side}&quantity={qty}&newClientOrderId={id}&{kind}"
        ))
    }
}

/// Opens a position and lets its stop rest; returns the story with both orders.
fn drive(ledger: &str) -> (Story, OrderId, OrderId) {
    let mut hand = Hand { venue: Venue::start(ledger), story: Story::blank() };
    // Somebody else buys on the same account: its price is the market's, its coins are not ours.
    let foreign = hand.order("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01");
    let market: f64 = foreign["fills"][0]["price"].as_str().unwrap().parse().unwrap();
    let at = |share: f64| format!("{:.2}", market * share);
    let account = hand.venue.ask("GET", "/api/v3/account", "omitZeroBalances=true").unwrap();
    hand.story.begin();
    for balance in account["balances"].as_array().unwrap() {
        let asset = Asset::new(balance["asset"].as_str().unwrap()).unwrap();
        let free = Money::parse(balance["free"].as_str().unwrap().as_bytes()).unwrap();
        let ours = if asset.as_str() == "USDT" { Money::from_units(1_000) } else { Money::ZERO };
        hand.story.say(Body::Baseline { asset, amount: free - ours });
    }
    hand.story.say(Body::Flow { amount: Money::from_units(1_000) });
    hand.story.say(Body::Limits(story::limits()));
    hand.story.mode(SystemMode::Running, ModeCause::Started, None);
    hand.story.bar(&at(1.0));
    let decision = hand.story.decide("0.001", &at(1.01), &at(0.9));
    let request = buy("0.001", &at(1.005));
    let order = hand.story.command(Leg::Main, decision, request);
    let kind = format!("type=LIMIT&timeInForce=IOC&price={}", at(1.005));
    let answer = hand.place(order, &request, &kind);
    assert_eq!(answer["status"], "FILLED", "{answer}");
    hand.story.report(order, ReportEvent::Accepted);
    let (mut left, mut last) = (Qty::ZERO, decision);
    for fill in answer["fills"].as_array().unwrap() {
        let text = |field: &str| fill[field].as_str().unwrap();
        let fill = Fill {
            order: Some(order),
            trade_id: fill["tradeId"].as_u64().unwrap(),
            symbol: BTCUSDT,
            side: request.side,
            qty: qty(text("qty")),
            price: price(text("price")),
            fee: Fee::Base(qty(text("commission"))),
            liquidity: Liquidity::Taker,
        };
        left += qty(text("qty")) - qty(text("commission"));
        last = hand.story.report(order, ReportEvent::Filled(fill));
    }
    let request = stop(&left.floor_to(Qty::from_raw(1_000)).to_string(), &at(0.9));
    let protective = hand.story.command(Leg::Stop, last, request);
    let kind = format!("type=STOP_LOSS&stopPrice={}", at(0.9));
    hand.place(protective, &request, &kind);
    hand.story.report(protective, ReportEvent::Accepted);
    hand.story.pass(1_000);
    hand.story.mode(SystemMode::Shutdown, ModeCause::Operator, None);
    hand.venue.kill();
    (hand.story, order, protective)
}

#[test]
fn a_ledger_of_the_real_venue_is_held_against_a_journal() {
    let folder = Folder::new();
    let ledger = folder.path().join("ledger").display().to_string();
    let (mut story, _, protective) = drive(&ledger);
    story.write_journal(folder.path());
    let said = checked(folder.path(), "0s").ended(0).json();
    assert_eq!(said["verdict"], "pass");
    let rule = |name: &str| {
        let rules = said["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["rule"] == name).unwrap().clone()
    };
    assert_eq!(rule("cause_before_effect")["evidence"]["orders"], 2);
    assert_eq!(rule("cause_before_effect")["evidence"]["foreign_orders"], 1);
    assert_eq!(rule("books_agree")["evidence"]["working"], 1);
    assert_eq!(rule("protected")["verdict"], "pass");
    let test = "a_ledger_of_the_real_venue_is_held_against_a_journal";
    if let Some((rules, code)) = second(test, folder.path(), "0") {
        let passed = verdicts(&said);
        assert!(rules.iter().all(|(rule, seen)| passed[rule] == *seen) && code == 0, "{rules:?}");
    }

    // The stop's command and report were never written: somebody sent an order without either.
    let orphan = folder.path().join("orphan");
    std::fs::create_dir(&orphan).unwrap();
    story.entries.retain(|entry| {
        let commanded =
            matches!(&entry.body, Body::Command(command) if command.order == protective);
        let heard = matches!(&entry.body, Body::Report(report) if report.order == Some(protective));
        !(commanded || heard)
    });
    for (place, entry) in (1..).zip(&mut story.entries) {
        entry.seq.0 = place;
    }
    story.write_journal(&orphan);
    std::fs::rename(folder.path().join("ledger"), orphan.join("ledger")).unwrap();
    let said = checked(&orphan, "0s").ended(2);
    // Where a second passed meanwhile, the purchase has been without a known stop for too long, too.
    let found = verdicts(&said.json());
    let mut found = failed(&found);
    found.remove("protected");
    assert_eq!(found, BTreeSet::from(["cause_before_effect"]), "{said:?}");
    assert!(said.out.contains(&name(protective)), "{said:?}");
    if let Some((rules, code)) = second(test, &orphan, "0") {
        let mut found = failed(&rules);
        found.remove("protected");
        assert_eq!((found, code), (BTreeSet::from(["cause_before_effect"]), 2));
    }
}

#[test]
fn histories_that_cannot_be_judged_are_no_verdict() {
    let folder = Folder::new();
    let mut story = Story::new();
    story.end();
    story.write(folder.path());
    checked(folder.path(), "5s").ended(3);
    checked(folder.path(), "five").ended(64).complains(&["--slack"]);
    std::fs::remove_file(folder.path().join("ledger/ledger-00000001.txt")).unwrap();
    checked(folder.path(), "5s").ended(65).complains(&["ledger"]);
}
