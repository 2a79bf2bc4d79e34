//! What each difference leads to: one line a comparison.

use types::ids::{Leg, Symbol};
use types::market::TsNanos;
use types::num::{Price, Qty};
use types::order::{OrderKind, TimeInForce};
use types::side::Side;
use types::venue::{Balance, OrderStatus, Progress, ReportedKind, VenueOrderId};

use super::*;

const BTC: SymbolId = SymbolId(0);

fn asset(name: &str) -> Asset {
    Asset::new(name).unwrap()
}

fn money(text: &str) -> Money {
    Money::of_qty(text.parse::<Qty>().unwrap())
}

/// A reconciler with its journal; we own 1 BTC and 500 USDT.
struct Told {
    reconciler: Reconciler,
    holdings: Holdings,
    entries: u64,
}

impl Told {
    /// The baseline says what was there before us.
    fn new(baseline: &[(&str, &str)]) -> Self {
        let base = BTreeMap::from([(asset("BTC"), (BTC, "1".parse().unwrap()))]);
        let holdings = Holdings { cash: money("500"), base, settlement: Some(asset("USDT")) };
        let mut told = Self { reconciler: Reconciler::default(), holdings, entries: 0 };
        for (name, amount) in baseline {
            told.append(&Body::Baseline { asset: asset(name), amount: money(amount) });
        }
        told
    }

    fn append(&mut self, body: &Body) {
        self.entries += 1;
        self.reconciler.fold(Seq(self.entries), body);
        if let Body::Flow { amount } = body {
            self.holdings.cash += *amount;
        }
    }

    /// Compares with BTC and USDT as the venue has them; appends what follows and says it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the reconciler notes no other kind")]
    fn see(&mut self, btc: &str, usdt: &str, settled: bool) -> String {
        let balance = |free: &str| Balance { free: money(free), locked: Money::ZERO };
        let theirs = Balances::from([(asset("BTC"), balance(btc)), (asset("USDT"), balance(usdt))]);
        let found = self.reconciler.balances(&self.holdings.clone(), &theirs, settled);
        let mut said = Vec::new();
        for finding in found {
            let Finding::Note(body) = finding else { panic!("balances are noted: {finding:?}") };
            said.push(match &body {
                Body::Incident(incident) => format!("{:?}", incident.kind),
                Body::IncidentOver(_) => "over".to_owned(),
                Body::Flow { amount } => format!("flow {amount}"),
                Body::Baseline { asset, amount } => format!("baseline {amount} {asset}"),
                other => panic!("no {other:?}"),
            });
            self.append(&body);
        }
        said.join("; ")
    }
}

#[test]
fn what_agrees_says_nothing() {
    let mut told = Told::new(&[("BTC", "2"), ("USDT", "100")]);
    assert_eq!(told.see("3", "600", true), "");
    assert_eq!(told.see("3", "600", true), "");
}

#[test]
fn digits_that_the_venue_does_not_tell_are_no_difference() {
    let mut told = Told::new(&[]);
    told.holdings.cash = Money::parse(b"8665.35068059454392").unwrap();
    for (seen, wanted) in [
        ("8665.35068059", ""),
        ("8665.35068059", ""),
        ("8665.35068060", ""),
        ("8665.35068060", ""),
        // A whole one is a difference.
        ("8665.35068061", ""),
        ("8665.35068061", "FlowSeen; flow 0.00000001545608"),
    ] {
        assert_eq!(told.see("1", seen, true), wanted, "{seen}");
    }
}

#[test]
fn a_withdrawal_of_half_is_capital_and_no_loss() {
    let mut told = Told::new(&[]);
    assert_eq!(told.see("1", "250", true), "", "once is no proof: a report may be on its way");
    assert_eq!(told.see("1", "250", true), "FlowSeen; flow -250");
    assert_eq!(told.see("1", "250", true), "");
}

#[test]
fn a_foreign_balance_joins_the_baseline_and_is_never_sold() {
    let mut told = Told::new(&[]);
    assert_eq!(told.see("1.7", "500", true), "");
    assert_eq!(told.see("1.7", "500", true), "ForeignBalance; baseline 0.7 BTC");
    assert_eq!(told.see("1.7", "500", true), "");
    assert_eq!(
        told.holdings.base[&asset("BTC")].1,
        "1".parse().unwrap(),
        "what we own is as before"
    );
    // The owner takes his own away again: what we own is covered.
    assert_eq!(told.see("1.2", "500", true), "");
    assert_eq!(told.see("1.2", "500", true), "ForeignBalance; baseline 0.2 BTC");
}

#[test]
fn less_than_we_own_is_short_until_it_agrees() {
    let mut told = Told::new(&[]);
    told.see("0.4", "500", true);
    assert_eq!(told.see("0.4", "500", true), "BalanceShort");
    assert_eq!(told.see("0.4", "500", true), "", "one incident, not one a minute");
    assert_eq!(told.see("1", "500", true), "over");
    assert_eq!(told.see("1", "500", true), "");
}

#[test]
fn money_against_coins_is_a_trade_and_no_flow() {
    let mut told = Told::new(&[]);
    told.see("0", "600", true);
    assert_eq!(
        told.see("0", "600", true),
        "PositionDiffers",
        "sold by somebody, or a fill we miss"
    );
    assert_eq!(told.holdings.cash, money("500"), "nothing is booked");
    assert_eq!(told.see("1", "500", true), "over");
}

#[test]
fn while_anything_is_under_way_nothing_is_believed() {
    let mut told = Told::new(&[]);
    assert_eq!(told.see("1", "250", true), "");
    assert_eq!(told.see("1", "250", false), "");
    assert_eq!(told.see("1", "250", true), "", "the count begins anew");
    assert_eq!(told.see("1", "251", true), "", "another difference");
    assert_eq!(told.see("1", "251", true), "FlowSeen; flow -249");
}

#[test]
fn the_first_start_takes_its_capital_and_leaves_the_rest() {
    let balance = |free: &str| Balance { free: money(free), locked: Money::ZERO };
    let theirs = Balances::from([(asset("BTC"), balance("2")), (asset("USDT"), balance("900"))]);
    let found = Reconciler::first(&theirs, &asset("USDT"), money("500"));
    let wanted = [("BTC", "2"), ("USDT", "400")].map(|(name, amount)| {
        Finding::Note(Body::Baseline { asset: asset(name), amount: money(amount) })
    });
    assert_eq!(found, wanted);
}

fn report(name: &str) -> OrderReport {
    OrderReport {
        symbol: Symbol::new("BTCUSDT").unwrap(),
        client_order_id: name.to_owned(),
        venue_order_id: VenueOrderId("1".to_owned()),
        list_id: None,
        side: Side::Sell,
        kind: ReportedKind::Ours(OrderKind::Limit { price: Price::ONE }),
        tif: TimeInForce::Gtc,
        progress: Progress {
            qty: Qty::ONE,
            filled: Qty::ZERO,
            filled_quote: None,
            status: OrderStatus::Working,
        },
        updated_at: TsNanos::EPOCH,
        fills: Vec::new(),
    }
}

#[test]
fn orders_are_adopted_looked_up_or_left_alone() {
    let id = |seq| OrderId::first(Seq(seq), Leg::Stop);
    let ours = |seq, name: &str| Ours { order: id(seq), symbol: BTC, client_id: name.to_owned() };
    let mut reconciler = Reconciler::default();
    let theirs = [report("both"), report("mine-but-ended"), report("somebody")];
    let is_ours = |name: &str| (name == "mine-but-ended").then_some((id(9), BTC));
    let found = reconciler.orders(&[ours(1, "both"), ours(2, "only-ours")], &theirs, is_ours);
    let told: Vec<String> = found
        .iter()
        .map(|finding| match finding {
            Finding::Adopt(report) => format!("adopt {}", report.client_order_id),
            Finding::LookUp(order) => format!("look up {}", order.command.0),
            Finding::Note(Body::Incident(incident)) => format!("{:?}", incident.kind),
            Finding::Note(other) => panic!("no {other:?}"),
        })
        .collect();
    assert_eq!(told, ["adopt both", "DeadOrderLives", "ForeignOrder", "look up 2"]);
    // A foreign order is noted once, and nothing is ever asked of it.
    let again = reconciler.orders(&[], &[report("somebody")], is_ours);
    assert_eq!(again, []);
}
