//! What the gateway notes, to bytes and back: refusals, hard limits, permissions, incidents.

use super::codec::{
    CodecError, money_from_wire, money_to_wire, order_id_from_wire, order_id_to_wire, symbol_id,
    unknown,
};
use super::{
    Adopted, Incident, IncidentKind, IncidentOver, Part, Permit, PermitKind, PermitStep, Refused,
    wire,
};
use crate::decision::{Refusal, RefusalCode};
use crate::hard_limits::HardLimits;
use crate::ids::{Seq, Symbol};
use crate::num::{Price, Qty, Ratio};

pub(super) fn refused_to_wire(refused: &Refused) -> wire::Refused {
    wire::Refused {
        cause: refused.cause.0,
        symbol: refused.symbol.0.into(),
        code: refused.refusal.code.number(),
        seen: money_to_wire(refused.refusal.seen),
        limit: money_to_wire(refused.refusal.limit),
    }
}

pub(super) fn refused_from_wire(wire: &wire::Refused) -> Result<Refused, CodecError> {
    let code = RefusalCode::ALL.iter().find(|code| code.number() == wire.code);
    let code = *code.ok_or_else(|| unknown("refused.code", wire.code))?;
    let (seen, limit) = (money_from_wire(&wire.seen)?, money_from_wire(&wire.limit)?);
    let refusal = Refusal { code, seen, limit };
    Ok(Refused { cause: Seq(wire.cause), symbol: symbol_id(wire.symbol)?, refusal })
}

pub(super) fn limits_to_wire(limits: &HardLimits) -> wire::Limits {
    wire::Limits {
        version: limits.version,
        order_notional: money_to_wire(limits.order_notional),
        gross_exposure: money_to_wire(limits.gross_exposure),
        open_orders: limits.open_orders,
        orders_per_second: limits.orders_per_second,
        price_collar: limits.price_collar.raw(),
        daily_loss: limits.daily_loss.raw(),
        symbols: limits.symbols.iter().map(Symbol::to_string).collect(),
    }
}

pub(super) fn limits_from_wire(wire: &wire::Limits) -> Result<HardLimits, CodecError> {
    let symbol = |name: &String| Symbol::new(name).map_err(|_| unknown("limits.symbol", name));
    Ok(HardLimits {
        version: wire.version,
        order_notional: money_from_wire(&wire.order_notional)?,
        gross_exposure: money_from_wire(&wire.gross_exposure)?,
        open_orders: wire.open_orders,
        orders_per_second: wire.orders_per_second,
        price_collar: Ratio::from_raw(wire.price_collar),
        daily_loss: Ratio::from_raw(wire.daily_loss),
        symbols: wire.symbols.iter().map(symbol).collect::<Result<_, _>>()?,
    })
}

pub(super) fn incident_to_wire(incident: &Incident) -> wire::Incident {
    wire::Incident {
        kind: incident.kind.number(),
        symbol: incident.symbol.map(|symbol| symbol.0.into()),
        order: incident.order.map(order_id_to_wire),
        part: incident.part.map(Part::number),
        seen: money_to_wire(incident.seen),
        wanted: money_to_wire(incident.wanted),
    }
}

pub(super) fn incident_from_wire(wire: &wire::Incident) -> Result<Incident, CodecError> {
    let kind = IncidentKind::ALL.iter().find(|kind| kind.number() == wire.kind);
    let part = |number| {
        let found = Part::ALL.iter().find(|part| part.number() == number);
        found.copied().ok_or_else(|| unknown("incident.part", number))
    };
    Ok(Incident {
        kind: *kind.ok_or_else(|| unknown("incident.kind", wire.kind))?,
        symbol: wire.symbol.map(symbol_id).transpose()?,
        order: wire.order.as_ref().map(order_id_from_wire).transpose()?,
        part: wire.part.map(part).transpose()?,
        seen: money_from_wire(&wire.seen)?,
        wanted: money_from_wire(&wire.wanted)?,
    })
}

pub(super) const fn over_to_wire(over: IncidentOver) -> wire::IncidentOver {
    wire::IncidentOver { incident: over.incident.0, by_itself: over.by_itself }
}

pub(super) const fn over_from_wire(wire: wire::IncidentOver) -> IncidentOver {
    IncidentOver { incident: Seq(wire.incident), by_itself: wire.by_itself }
}

pub(super) fn adopted_to_wire(adopted: &Adopted) -> wire::Adopted {
    wire::Adopted {
        name: adopted.name.clone(),
        reason: adopted.reason.clone(),
        symbol: adopted.symbol.0.into(),
        incident: adopted.incident.0,
        qty: adopted.qty.raw(),
        cash: money_to_wire(adopted.cash),
        price: adopted.price.raw(),
    }
}

pub(super) fn adopted_from_wire(wire: wire::Adopted) -> Result<Adopted, CodecError> {
    Ok(Adopted {
        symbol: symbol_id(wire.symbol)?,
        incident: Seq(wire.incident),
        qty: Qty::from_raw(wire.qty),
        cash: money_from_wire(&wire.cash)?,
        price: Price::from_raw(wire.price),
        name: wire.name,
        reason: wire.reason,
    })
}

const fn permit_kind_number(kind: PermitKind) -> u32 {
    match kind {
        PermitKind::RaiseLimits => 1,
        PermitKind::GoLive => 2,
        PermitKind::ReleaseKill => 3,
    }
}

const fn permit_step_number(step: PermitStep) -> u32 {
    match step {
        PermitStep::Asked => 1,
        PermitStep::Confirmed => 2,
        PermitStep::Cancelled => 3,
        PermitStep::Granted => 4,
    }
}

pub(super) fn permit_to_wire(permit: &Permit) -> wire::Permit {
    wire::Permit {
        kind: permit_kind_number(permit.kind),
        step: permit_step_number(permit.step),
        name: permit.name.clone(),
        limits: permit.limits.as_ref().map(limits_to_wire),
    }
}

pub(super) fn permit_from_wire(wire: wire::Permit) -> Result<Permit, CodecError> {
    let kind = [PermitKind::RaiseLimits, PermitKind::GoLive, PermitKind::ReleaseKill]
        .into_iter()
        .find(|kind| permit_kind_number(*kind) == wire.kind)
        .ok_or_else(|| unknown("permit.kind", wire.kind))?;
    let steps =
        [PermitStep::Asked, PermitStep::Confirmed, PermitStep::Cancelled, PermitStep::Granted];
    let step = steps
        .into_iter()
        .find(|step| permit_step_number(*step) == wire.step)
        .ok_or_else(|| unknown("permit.step", wire.step))?;
    let limits = wire.limits.as_ref().map(limits_from_wire).transpose()?;
    Ok(Permit { kind, step, name: wire.name, limits })
}
