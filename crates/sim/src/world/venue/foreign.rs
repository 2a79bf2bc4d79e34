//! What somebody else does on our account.

use types::ids::SymbolId;
use types::num::{Money, Qty, Ratio};
use types::side::Side;

use super::state::Venue;
use crate::exchange::book::{
    Cancel, CancelOnly, ClientId, NewOrder, OrderRef, OrderType, SymbolStatus, Tif,
};

impl Venue {
    /// Somebody else buys the least there is on our account, far below the market.
    pub(in super::super) fn place_foreign(&mut self, symbol: SymbolId) -> bool {
        let Some(rules) = self.engine.rules(symbol) else { return false };
        let instrument = rules.instrument.clone();
        let Some(last) = self.engine.last_price(symbol) else { return false };
        let price = last.scaled_down(Ratio::from_bps(9_000)).floor_to(instrument.tick);
        let least = instrument.min_notional.qty_at(price).max(instrument.min_qty);
        let qty = (least + instrument.lot).ceil_to(instrument.lot);
        self.cancel_foreign();
        self.others += 1;
        let name = self.foreign();
        let order = NewOrder::new(Side::Buy, OrderType::Limit { price, tif: Tif::Gtc }, qty);
        let order = order.named(name);
        let done = self.engine.place(self.account, symbol, order, self.now).is_ok();
        self.record();
        done
    }

    /// Returns the name of the last order that somebody else placed.
    fn foreign(&self) -> ClientId {
        name_of_other(self.others)
    }

    /// Somebody else trades on our account at the market, for so much; coins to sell are those of our sales, which he takes off
    /// the book. Says whether it came about.
    pub(in super::super) fn trade_foreign(
        &mut self,
        symbol: SymbolId,
        side: Side,
        worth: Money,
    ) -> bool {
        let (Some(rules), Some(last)) = (self.engine.rules(symbol), self.engine.last_price(symbol))
        else {
            return false;
        };
        let lot = rules.instrument.lot;
        let mut qty = worth.qty_at(last).floor_to(lot);
        if side == Side::Sell {
            let open = self.engine.open_orders(self.account, Some(symbol));
            let sales: Vec<_> = open.into_iter().filter(|order| order.side == Side::Sell).collect();
            let most = sales.iter().map(|order| order.qty - order.filled).max();
            let names: Vec<ClientId> = sales.iter().map(|order| order.client_id).collect();
            qty = qty.min(most.unwrap_or(Qty::ZERO));
            if qty < rules.instrument.min_qty
                || self.engine.status(symbol) != Some(SymbolStatus::Trading)
            {
                return false;
            }
            for name in names {
                let order = OrderRef::ClientId(name);
                let cancel = Cancel { symbol, order, client_id: None, only: CancelOnly::Always };
                // Of a list that is gone with its first order, nothing is left.
                let _ = self.engine.cancel(self.account, cancel, self.now);
            }
        }
        self.others += 1;
        let order = NewOrder::new(side, OrderType::Market, qty).named(self.foreign());
        let done = self.engine.place(self.account, symbol, order, self.now).is_ok();
        self.record();
        done
    }

    /// Somebody else takes off the book what he placed last, if it still rests.
    fn cancel_foreign(&mut self) {
        let order = OrderRef::ClientId(self.foreign());
        for symbol in self.ids() {
            let only = CancelOnly::Always;
            let cancel = Cancel { symbol, order, client_id: None, only };
            let _ = self.engine.cancel(self.account, cancel, self.now);
        }
    }
}

fn name_of_other(number: u32) -> ClientId {
    ClientId::new(&format!("somebody-{number}")).expect("it is a name")
}
