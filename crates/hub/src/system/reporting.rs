//! What the hub says of itself, put together.

use types::ids::{Leg, SymbolId};
use types::market::TsNanos;
use types::order::OrderState;
use types::slot::Engine;

use super::hub::Hub;
use super::status::{IncidentLine, PositionLine, Status};

impl<E: Engine> Hub<E> {
    /// Returns everything the hub says of itself.
    #[must_use]
    pub fn status(&self) -> Status {
        let gateway = self.lockstep.gateway();
        let modes = self.lockstep.modes();
        let ledger = &self.record.ledger;
        Status {
            now: self.now,
            seq: self.lockstep.last(),
            durable: self.durable,
            mode: modes.mode(),
            mode_cause: gateway.mode().cause,
            latched_until: modes.latch().and_then(|latch| latch.until),
            paused: gateway.is_paused(),
            killed: gateway.is_killed(),
            limits: ledger.limits.clone(),
            permits: ledger.permits.asked().collect(),
            winding_down: ledger.winding.as_ref().map(|(_, by)| *by),
            gates: self.starting.gates(),
            components: self.watching.statuses(|component| self.waits(component)),
            equity: gateway.equity(),
            cash: gateway.books().cash(),
            day_start: gateway.day_start(),
            positions: self.positions(),
            orders: gateway.orders().map(|order| self.line(&order)).collect(),
            incidents: ledger
                .incidents
                .iter()
                .map(|(seq, (incident, since))| IncidentLine {
                    seq: *seq,
                    incident: *incident,
                    symbol: incident.symbol.map(|symbol| ledger.name(symbol)),
                    since: *since,
                })
                .collect(),
            no_entries: self.market.codes(),
            restart: self.last_restart().cloned(),
            instant: ledger.instants.last(),
            next_close: self.next_close(),
        }
    }

    /// Returns when the venue last said that a stop of the symbol rests.
    fn stop_confirmed(&self, symbol: SymbolId) -> Option<TsNanos> {
        let stops = self.lockstep.gateway().orders().filter(|order| {
            order.request.symbol == symbol
                && order.order.leg == Leg::Stop
                && order.state == OrderState::Working
        });
        let listed = self.reconciling.compared_at();
        stops.filter_map(|order| order.heard_at.max(listed)).max()
    }

    fn positions(&self) -> Vec<PositionLine> {
        let gateway = self.lockstep.gateway();
        let line = |symbol| {
            let view = gateway.position(symbol);
            let open = gateway.unprotected(symbol);
            let position = gateway.books().position(symbol);
            PositionLine {
                symbol: self.record.ledger.name(symbol),
                qty: view.qty,
                average: view.average,
                mark: view.mark,
                unrealised: view.mark.map(|mark| position.unrealised(mark)),
                stop: view.stop,
                stop_confirmed: self.stop_confirmed(symbol),
                unprotected: open.qty,
                // What a sale leaves below a lot belongs to no trade any more.
                dust: if view.average.is_none() { view.qty.abs() } else { open.dust },
            }
        };
        self.symbols().map(line).filter(|line| !line.qty.is_zero()).collect()
    }
}
