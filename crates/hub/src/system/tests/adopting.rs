//! What somebody else traded on our account: looked at, agreed to, booked.

use types::entry::{Body, IncidentKind, SystemMode};
use types::ids::Symbol;
use types::num::{Money, Qty};

use super::failures::{beside_five, beside_five_of};
use super::venue::asset;
use super::world::{BTC, World};
use crate::system::{AdoptionLine, Agreed, OperatorRequest, Reply};

/// Two coins are held at 99 behind a stop, and five lay there before.
fn holding() -> World {
    let world = beside_five();
    assert_eq!((world.held(BTC).as_str(), world.resting().len()), ("2", 1));
    world
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Somebody else trades on the account: so many coins and so much money come, or go.
fn by_hand(world: &mut World, coins: &str, cash: &str) {
    for (name, amount) in [("BTC", coins), ("USDT", cash)] {
        world.venue.balances.entry(asset(name)).or_default().free += money(amount);
    }
    // A second of the clock is a minute of the market here.
    world.wait(3 * 60 * 60);
    assert_eq!(world.mode(), SystemMode::SafeMode, "{:?}", world.told());
}

fn adopt(world: &mut World, agreed: Option<Agreed>) -> Reply {
    adopt_of(world, "BTCUSDT", None, agreed)
}

fn adopt_of(
    world: &mut World,
    symbol: &str,
    money: Option<Money>,
    agreed: Option<Agreed>,
) -> Reply {
    let symbol = Symbol::new(symbol).unwrap();
    world.operator(OperatorRequest::Adopt { symbol, money, agreed })
}

fn looked(world: &mut World) -> AdoptionLine {
    looked_at(world, "BTCUSDT", None)
}

fn looked_at(world: &mut World, symbol: &str, money: Option<Money>) -> AdoptionLine {
    let reply = adopt_of(world, symbol, money, None);
    let Reply::Done(confirmed) = reply else { panic!("{reply:?}: {:?}", world.told()) };
    assert_eq!(confirmed.seq, None, "a look is no entry");
    *confirmed.adoption.expect("it is shown")
}

fn agree(line: &AdoptionLine) -> Agreed {
    Agreed { reason: "sold by hand".to_owned(), total: line.total, cash: line.beyond }
}

#[track_caller]
fn refused(reply: &Reply, wanted: &str) {
    let Reply::Refused { code, message } = reply else { panic!("{reply:?}") };
    assert_eq!(code, wanted, "{message}");
}

fn release(world: &mut World) {
    let reply = world.operator(OperatorRequest::Release);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.mode(), SystemMode::Running);
    assert!(world.open_incidents().is_empty(), "{:?}", world.open_incidents());
}

/// Coins and money that move, what is ours then, what is not, the stop that rests.
#[test]
fn what_was_traded_by_hand_is_booked_as_a_flow_and_the_stop_follows() {
    for (coins, cash, held, foreign, rests) in [
        // Some of ours were sold, all of them, of what was there before as well.
        ("-1.5", "147", "0.5", "5", vec!["sell 0.5 \"stop_market\""]),
        ("-2", "196", "0", "5", vec![]),
        ("-4", "380", "0", "3", vec![]),
        // Bought with our money: the coins are not ours, and nothing of ours is gone.
        ("3", "-290", "2", "8", vec!["sell 2 \"stop_market\""]),
        // Taken away, more than what was not ours: of what is left nothing may be sold.
        ("-6", "0", "0", "1", vec![]),
    ] {
        let case = (coins, cash);
        let mut world = holding();
        let before = world.hub.status();
        by_hand(&mut world, coins, cash);
        assert_eq!(world.held(BTC), "2", "{case:?}: nothing is booked by itself");
        let line = looked(&mut world);
        assert_eq!((line.owned.to_string().as_str(), line.foreign), ("2", money("5")), "{case:?}");
        assert_eq!((line.total, line.cash), (money("7") + money(coins), money(cash)), "{case:?}");
        assert_eq!(line.flow, money(cash) + line.price.notional(line.change), "{case:?}");
        let from = world.journal.len();
        let Reply::Done(confirmed) = adopt(&mut world, Some(agree(&line))) else {
            panic!("{case:?}: {:?}", world.told())
        };
        assert_eq!(confirmed.adoption.as_deref(), Some(&line), "{case:?}");
        let Some(Body::Adopted(adopted)) =
            world.journal[from..].iter().map(|entry| &entry.body).find(|body| body.kind() == 41)
        else {
            panic!("{case:?}: {:?}", world.told_from(from))
        };
        assert_eq!((adopted.name.as_str(), adopted.reason.as_str()), ("ada", "sold by hand"));
        assert_eq!(world.held(BTC), held, "{case:?}");
        assert_eq!(world.resting(), rests, "{case:?}: {:?}", world.told_from(from));
        let after = world.hub.status();
        assert_eq!(after.cash, before.cash + money(cash), "{case:?}");
        assert!(world.hub.gateway().books().is_conserved(), "{case:?}");
        let flows = world.hub.gateway().books().flows();
        assert_eq!(flows, Money::from_units(900) + line.flow, "{case:?}: no result of trading");
        release(&mut world);
        // Books and venue agree from then on, and what is not ours stays so.
        world.wait(3 * 60 * 60);
        release_nothing(&world, case);
        refused(&adopt(&mut world, None), "NO_DIFFERENCE");
        let reply = world.operator(OperatorRequest::Flatten);
        assert!(matches!(reply, Reply::Done(_)), "{case:?}: {reply:?}");
        assert_eq!(world.venue.balances[&asset("BTC")].total(), money(foreign), "{case:?}");
        world.check_restart();
    }
}

fn release_nothing(world: &World, case: (&str, &str)) {
    assert_eq!(world.mode(), SystemMode::Running, "{case:?}: {:?}", world.open_incidents());
    assert!(world.open_incidents().is_empty(), "{case:?}: {:?}", world.open_incidents());
}

#[test]
fn what_changed_since_the_look_is_not_booked() {
    let mut world = holding();
    by_hand(&mut world, "-1", "98");
    let line = looked(&mut world);
    by_hand(&mut world, "-0.5", "49");
    let from = world.journal.len();
    refused(&adopt(&mut world, Some(agree(&line))), "CHANGED");
    assert!(!world.journal[from..].iter().any(|entry| matches!(entry.body, Body::Adopted(_))));
    assert_eq!(world.held(BTC), "2");
    let line = looked(&mut world);
    assert_eq!(line.change, "-1.5".parse::<Qty>().unwrap());
    assert!(matches!(adopt(&mut world, Some(agree(&line))), Reply::Done(_)));
    release(&mut world);
}

#[test]
fn nothing_is_adopted_where_nothing_differs_or_nothing_is_certain() {
    let mut world = holding();
    refused(&adopt(&mut world, None), "NO_DIFFERENCE");
    let symbol = Symbol::new("DOGEUSDT").unwrap();
    let reply = world.operator(OperatorRequest::Adopt { symbol, money: None, agreed: None });
    refused(&reply, "SYMBOL");
    by_hand(&mut world, "-1", "98");
    assert!(world.incidents().contains(&IncidentKind::PositionDiffers));
    let line = looked(&mut world);
    // The venue does not answer.
    world.venue.down = true;
    refused(&adopt(&mut world, Some(agree(&line))), "VENUE");
    // A sale of unknown outcome: what follows from it is no difference.
    world.ask(OperatorRequest::Flatten);
    world.venue.down = false;
    refused(&adopt(&mut world, Some(agree(&line))), "UNDER_WAY");
    assert_eq!(world.held(BTC), "2");
}

#[test]
fn whose_the_money_of_several_symbols_is_the_operator_says() {
    let mut world = beside_five_of(&["BTCUSDT", "ETHUSDT"]);
    let before = world.hub.status();
    // Somebody buys a coin of each.
    world.venue.balances.entry(asset("ETH")).or_default().free += money("1");
    by_hand(&mut world, "1", "-150");
    let line = looked(&mut world);
    assert_eq!(line.beside, [Symbol::new("ETHUSDT").unwrap()]);
    assert_eq!((line.beyond, line.cash), (money("-150"), Money::ZERO), "nothing is guessed");
    refused(&adopt(&mut world, Some(agree(&line))), "SEVERAL");
    // Money against coins, and not at any price.
    for wrong in ["99", "-1000"] {
        let agreed = Some(agree(&line));
        refused(&adopt_of(&mut world, "BTCUSDT", Some(money(wrong)), agreed), "MONEY");
    }
    let paid = Some(money("-99"));
    let line = looked_at(&mut world, "BTCUSDT", paid);
    assert_eq!((line.cash, line.flow), (money("-99"), money("-99")));
    let reply = adopt_of(&mut world, "BTCUSDT", paid, Some(agree(&line)));
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.open_incidents().len(), 1, "{:?}", world.open_incidents());
    // The last one takes what is left.
    let line = looked_at(&mut world, "ETHUSDT", None);
    assert_eq!((line.beside.len(), line.cash), (0, money("-51")));
    let reply = adopt_of(&mut world, "ETHUSDT", None, Some(agree(&line)));
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(world.hub.status().cash, before.cash + money("-150"));
    release(&mut world);
    world.wait(3 * 60 * 60);
    release_nothing(&world, ("several", "-150"));
}

#[test]
fn money_that_is_not_of_the_trade_is_a_flow() {
    let mut world = holding();
    let before = world.hub.status();
    // One coin is sold for 98, and the owner takes 40 out.
    by_hand(&mut world, "-1", "58");
    let sold = Some(money("98"));
    let line = looked_at(&mut world, "BTCUSDT", sold);
    let from = world.journal.len();
    let reply = adopt_of(&mut world, "BTCUSDT", sold, Some(agree(&line)));
    let Reply::Done(confirmed) = reply else { panic!("{reply:?}") };
    assert!(confirmed.notes[0].starts_with("-40 of money"), "{:?}", confirmed.notes);
    world.wait(3 * 60 * 60);
    let flow = Body::Flow { amount: money("-40") };
    assert!(world.journal[from..].iter().any(|entry| entry.body == flow), "{:?}", world.told());
    assert_eq!(world.hub.status().cash, before.cash + money("58"));
    release(&mut world);
}
