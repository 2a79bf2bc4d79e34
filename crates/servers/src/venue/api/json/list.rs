//! An order list as it is answered (`rest-api.md`, "New Order list - OCO", "Query Order list").

use serde::Serialize;
use sim::exchange::book::{Contingency, ListStatus, OrderList, OrderRef};

use super::order::Shown;

/// An order list, with what happened to its orders where that is asked for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ListJson<R: Serialize> {
    order_list_id: u64,
    contingency_type: &'static str,
    list_status_type: &'static str,
    list_order_status: &'static str,
    list_client_order_id: String,
    transaction_time: i64,
    symbol: String,
    orders: Vec<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_reports: Option<Vec<R>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    symbol: String,
    order_id: u64,
    client_order_id: String,
}

/// Returns the answer, with reports or without.
pub(in super::super) fn list<R: Serialize>(
    shown: Shown<'_>,
    list: &OrderList,
    order_reports: Option<Vec<R>>,
) -> ListJson<R> {
    let rules = shown.engine.rules(list.symbol).expect("a list's symbol has rules");
    let symbol = rules.instrument.symbol.as_str().to_owned();
    let orders = list.orders.iter().filter_map(|id| {
        let order = shown.engine.order(list.account, list.symbol, OrderRef::Id(*id))?;
        let client_order_id = order.client_id.to_string();
        Some(Member { symbol: symbol.clone(), order_id: id.0, client_order_id })
    });
    let (list_status_type, list_order_status) = match list.status {
        ListStatus::Executing => ("EXEC_STARTED", "EXECUTING"),
        ListStatus::AllDone => ("ALL_DONE", "ALL_DONE"),
    };
    ListJson {
        order_list_id: list.id.0,
        contingency_type: match list.contingency {
            Contingency::Oco => "OCO",
            Contingency::Oto => "OTO",
        },
        list_status_type,
        list_order_status,
        list_client_order_id: list.client_id.to_string(),
        transaction_time: shown.unit.of(list.updated),
        orders: orders.collect(),
        symbol,
        order_reports,
    }
}
