//! What each path of the control port does.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sim::exchange::book::{ClientId, OrderRef};
use types::ids::{Asset, Symbol};
use types::market::TsNanos;

use super::answer::{Answer, Refused, done};
use super::state::Control;
use crate::venue::faults::{Change, Decimal, Fault};
use crate::venue::keys::Rights;
use crate::venue::ledger::rights_row;
use crate::venue::market::{NotMet, PaceError, Speed, Until, apply, meet};

/// Most market seconds in a second.
const SPEED_MAX: u32 = 1_000_000;

/// `GET /time`.
pub(super) async fn time(State(control): State<Control>) -> Answer {
    let clock = control.shared.clock();
    let (clients, ready) = control.pacer.count();
    let speed = words(clock.speed());
    let shown = clock.server_now().at;
    Ok(Json(json!({
        "t": clock.now().as_millis(),
        "shown": shown.as_millis(),
        "speed": speed,
        "clients": clients,
        "ready": ready,
        "next": control.shared.next_move().map(TsNanos::as_millis),
    })))
}

fn words(speed: Speed) -> Value {
    match speed {
        Speed::Times(n) => json!(n.get()),
        Speed::Max => json!("max"),
    }
}

/// How fast the market is to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    speed: SpeedName,
    /// How often streams are told at most, seconds of market time; without it as documented.
    #[serde(default)]
    tell_every: u32,
}

/// A speed as it is written: a number, or a word.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SpeedName {
    Times(u32),
    Word(String),
}

/// `POST /speed`: answered with the moment from which it holds.
pub(super) async fn speed(State(control): State<Control>, Json(wanted): Json<Wanted>) -> Answer {
    let speed = match &wanted.speed {
        SpeedName::Times(n) => Speed::times(*n).filter(|_| *n <= SPEED_MAX),
        SpeedName::Word(word) => (word == "max").then_some(Speed::Max),
    };
    let Some(speed) = speed else {
        return Err(Refused::bad(format!(
            "`speed` is {:?}, wanted a whole number from 1 to {SPEED_MAX}, or \"max\"",
            wanted.speed
        )));
    };
    control.shared.set_tell_every(i64::from(wanted.tell_every) * 1_000_000_000);
    let at = control.pacer.set_speed(speed);
    control.note(match speed {
        Speed::Times(n) => format!("speed {n}"),
        Speed::Max => "speed max".to_owned(),
    });
    // What follows the market sees the new speed before the answer leaves.
    control.shared.act(|_| ());
    Ok(Json(json!({ "t": at.as_millis(), "speed": words(speed) })))
}

/// `GET /state`.
pub(super) async fn state(State(control): State<Control>) -> Answer {
    let (state, _) = control.shared.act(|core| {
        let engine = core.engine();
        let numbers = (0..engine.symbols()).filter_map(|place| u16::try_from(place).ok());
        let symbols: Vec<_> = numbers
            .map(types::ids::SymbolId)
            .map(|symbol| {
                let quote = engine.quote(symbol, core.now());
                let side = |price: Option<(types::num::Price, types::num::Qty)>| {
                    price.map(|(price, qty)| [price.to_string(), qty.to_string()])
                };
                json!({
                    "symbol": engine.rules(symbol).map(|rules| rules.instrument.symbol.to_string()),
                    "status": engine.status(symbol),
                    "last": engine.last_price(symbol).map(|price| price.to_string()),
                    "bid": quote.as_ref().and_then(|quote| side(quote.bid)),
                    "ask": quote.as_ref().and_then(|quote| side(quote.ask)),
                })
            })
            .collect();
        let accounts: Vec<_> = core
            .keys
            .iter()
            .map(|(name, key)| {
                let balances: std::collections::BTreeMap<String, [String; 2]> = engine
                    .balances(key.account)
                    .map(|(asset, balance)| {
                        let both = [balance.free.to_string(), balance.locked.to_string()];
                        (engine.asset(asset).to_string(), both)
                    })
                    .collect();
                let open = engine.open_orders(key.account, None).len();
                json!({ "account": name, "balances": balances, "open_orders": open })
            })
            .collect();
        json!({ "t": core.now().as_millis(), "symbols": symbols, "accounts": accounts })
    });
    Ok(Json(state))
}

/// `POST /clients`.
pub(super) async fn register(State(control): State<Control>) -> Answer {
    let client = control.pacer.register().map_err(Refused::bad)?;
    Ok(Json(json!({ "client": client, "t": control.shared.clock().now().as_millis() })))
}

/// `DELETE /clients/{client}`.
pub(super) async fn leave(State(control): State<Control>, Path(client): Path<u64>) -> Answer {
    control.pacer.leave(client).await.map_err(paced)?;
    done()
}

/// A client has nothing to do before a time in milliseconds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ready {
    client: u64,
    t: i64,
    /// It wants to be asked again as soon as an order of a client trades.
    #[serde(default)]
    until_trade: bool,
}

/// `POST /ready`: answered when the market is there.
pub(super) async fn ready(State(control): State<Control>, Json(ready): Json<Ready>) -> Answer {
    let at = TsNanos::from_millis(ready.t).map_err(Refused::bad)?;
    let until = Until { at, trade: ready.until_trade };
    let came = control.pacer.ready(ready.client, until).await.map_err(paced)?;
    let traded: Vec<&str> = came.traded.iter().map(ClientId::as_str).collect();
    Ok(Json(json!({ "t": came.at.as_millis(), "traded": traded })))
}

fn paced(error: PaceError) -> Refused {
    match error {
        PaceError::Unknown(_) | PaceError::Left(_) => Refused::unknown(error),
        PaceError::NotPaced | PaceError::Twice(_) | PaceError::TooMany => Refused::bad(error),
    }
}

/// `GET /faults`.
pub(super) async fn faults(State(control): State<Control>) -> Answer {
    let list = control.faults.list(control.shared.clock().now());
    Ok(Json(json!({ "faults": list })))
}

/// `POST /faults`.
pub(super) async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> Answer {
    let name = fault.name.clone();
    control.faults.add(fault, control.shared.clock().now()).map_err(Refused::bad)?;
    control.note(format!("fault added: {name}"));
    done()
}

/// `DELETE /faults/{name}`.
pub(super) async fn remove_fault(
    State(control): State<Control>,
    Path(name): Path<String>,
) -> Answer {
    let ended = control.faults.remove(&name);
    let ended = ended.ok_or_else(|| Refused::unknown(format!("no fault is named `{name}`")))?;
    control.note(format!("fault removed: {name}"));
    for change in ended {
        let Json(_) = carry_out(&control, change).await?;
    }
    done()
}

/// `GET /fired`.
pub(super) async fn fired(State(control): State<Control>) -> Answer {
    Ok(Json(json!({ "fired": control.fired.all() })))
}

/// Money that comes in, or goes out where the amount is below zero.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flow {
    account: String,
    asset: Asset,
    amount: Decimal,
}

/// `POST /flow`.
pub(super) async fn flow(State(control): State<Control>, Json(flow): Json<Flow>) -> Answer {
    let Flow { account, asset, amount } = flow;
    carry_out(&control, Change::Flow { account, asset, amount }).await
}

/// What an account shall have free of an asset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Free {
    account: String,
    asset: Asset,
    free: Decimal,
}

/// `POST /balance`: a flow of what is missing or too much.
pub(super) async fn balance(State(control): State<Control>, Json(wanted): Json<Free>) -> Answer {
    let Free { account, asset, free } = wanted;
    let (result, ticket) = control.shared.act(|core| {
        let key = core.keys.key(&account).ok_or_else(|| no_account(&account))?;
        let id = key.account;
        core.step(core.now(), |engine, now| {
            let has = engine.asset_id(&asset).map(|asset| engine.balance(id, asset).free);
            let missing = free.money() - has.unwrap_or_default();
            if missing.is_zero() { Ok(()) } else { engine.flow(id, &asset, missing, now) }
        })
        .map_err(Refused::bad)
    });
    result?;
    ticket.durable().await.map_err(Refused::failed)?;
    done()
}

/// New rules of a symbol; what is not said stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filters {
    symbol: Symbol,
    #[serde(default)]
    tick: Option<Decimal>,
    #[serde(default)]
    lot: Option<Decimal>,
    #[serde(default)]
    min_qty: Option<Decimal>,
    #[serde(default)]
    min_notional: Option<Decimal>,
}

/// `POST /filters`.
pub(super) async fn filters(State(control): State<Control>, Json(rules): Json<Filters>) -> Answer {
    let Filters { symbol, tick, lot, min_qty, min_notional } = rules;
    carry_out(&control, Change::Filters { symbol, tick, lot, min_qty, min_notional }).await
}

/// How much somebody else trades with an order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trade {
    account: String,
    symbol: Symbol,
    order: String,
    qty: Decimal,
}

/// `POST /trade`.
pub(super) async fn trade(State(control): State<Control>, Json(wanted): Json<Trade>) -> Answer {
    let Trade { account, symbol, order, qty } = wanted;
    let name = ClientId::new(&order).map_err(Refused::bad)?;
    let (result, ticket) = control.shared.act(|core| {
        let key = core.keys.key(&account).ok_or_else(|| no_account(&account))?.account;
        let id = core.engine().symbol(&symbol).ok_or_else(|| no_symbol(&symbol))?;
        let of = (key, id, OrderRef::ClientId(name));
        core.step(core.now(), |engine, now| meet(engine, of, qty.qty(), now)).map_err(|why| {
            match why {
                NotMet::Unknown => Refused::unknown(why),
                NotMet::NotResting | NotMet::Quantity { .. } | NotMet::Rejected(_) => {
                    Refused::bad(why)
                }
            }
        })
    });
    result?;
    ticket.durable().await.map_err(Refused::failed)?;
    done()
}

/// A symbol by its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    symbol: Symbol,
}

/// `POST /halt`.
pub(super) async fn halt(State(control): State<Control>, Json(of): Json<Of>) -> Answer {
    carry_out(&control, Change::Halt { symbol: of.symbol }).await
}

/// `POST /resume`.
pub(super) async fn resume(State(control): State<Control>, Json(of): Json<Of>) -> Answer {
    carry_out(&control, Change::Resume { symbol: of.symbol }).await
}

/// `POST /delist`.
pub(super) async fn delist(State(control): State<Control>, Json(of): Json<Of>) -> Answer {
    carry_out(&control, Change::Delist { symbol: of.symbol }).await
}

/// What a key may do; what is not said stays.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRights {
    account: String,
    read: Option<bool>,
    trade: Option<bool>,
    withdraw: Option<bool>,
    transfer: Option<bool>,
    ip_restricted: Option<bool>,
}

/// `POST /rights`.
pub(super) async fn rights(State(control): State<Control>, Json(new): Json<NewRights>) -> Answer {
    let (changed, _) = control.shared.act(|core| {
        let key = core.keys.key_mut(&new.account).ok_or_else(|| no_account(&new.account))?;
        let old = key.rights;
        key.rights = Rights {
            read: new.read.unwrap_or(old.read),
            trade: new.trade.unwrap_or(old.trade),
            withdraw: new.withdraw.unwrap_or(old.withdraw),
            transfer: new.transfer.unwrap_or(old.transfer),
            ip_restricted: new.ip_restricted.unwrap_or(old.ip_restricted),
        };
        Ok((key.account, key.rights, key.second))
    });
    let (account, rights, second) = changed?;
    if let Some(ledger) = control.ledger.as_ref().filter(|_| !second) {
        ledger.append([(control.shared.clock().now(), rights_row(account, rights))]);
    }
    done()
}

/// `POST /shutdown`.
pub(super) async fn shutdown(State(control): State<Control>) -> Answer {
    control.note("shutdown".to_owned());
    // Nobody may listen any more.
    control.stop.send_replace(true);
    done()
}

async fn carry_out(control: &Control, change: Change) -> Answer {
    let clock = std::sync::Arc::clone(control.shared.clock());
    let (result, ticket) = control.shared.act(|core| apply(&change, core.now(), core, &clock));
    result.map_err(Refused::bad)?;
    ticket.durable().await.map_err(Refused::failed)?;
    done()
}

fn no_symbol(name: &Symbol) -> Refused {
    Refused::unknown(format!("no symbol is named `{name}`"))
}

fn no_account(name: &str) -> Refused {
    Refused::unknown(format!("no account has the key `{name}`"))
}
