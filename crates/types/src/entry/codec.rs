//! Entries to bytes and back. Stored bytes are what is hashed and are never made again.

use std::ops::Range;

use prost::Message;

use super::body::{Body, Command, CommandAction, Report, ReportEvent, Source};
use super::{Entry, decision_codec, gateway_codec, mode_codec, plain, wire};
use crate::bar::Bar;
use crate::fill::{Fee, Fill, Liquidity};
use crate::ids::{Asset, JournalId, Leg, OrderId, Seq, Symbol, SymbolId};
use crate::instrument::{FeeAsset, Instrument, Market};
use crate::market::{Timeframe, TsNanos};
use crate::num::{Money, Price, Qty, Ratio};
use crate::order::{OrderKind, OrderRequest, TimeInForce};
use crate::side::Side;

/// The schema this build writes. A reader takes every schema from 1 to this one; a newer entry is
/// read as far as its fields are known.
pub const SCHEMA: u32 = 1;

/// Bytes that a payload is given room for: all but those with a score or a verdict are shorter.
const PAYLOAD: usize = 256;

/// Bytes that are no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Not the wire format.
    #[error("entry cannot be read: {0}")]
    Wire(String),
    /// A kind this build does not know.
    #[error("entry {seq} has kind {kind}, this build knows kinds up to {max}: read it with a newer build",
        max = Body::KIND_MAX)]
    Kind {
        /// Its place.
        seq: u64,
        /// The kind seen.
        kind: u32,
    },
    /// A value outside its set.
    #[error("field {field} holds {value}, which this build does not know")]
    Value {
        /// Which field.
        field: &'static str,
        /// What was seen.
        value: String,
    },
    /// A field that must be there is not.
    #[error("field {0} is missing")]
    Missing(&'static str),
}

impl From<prost::DecodeError> for CodecError {
    fn from(error: prost::DecodeError) -> Self {
        Self::Wire(error.to_string())
    }
}

/// Takes any value by value or reference: it is only shown.
#[expect(clippy::needless_pass_by_value, reason = "callers pass numbers and texts alike")]
pub(super) fn unknown(field: &'static str, value: impl ToString) -> CodecError {
    CodecError::Value { field, value: value.to_string() }
}

impl Body {
    /// Appends the payload to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if plain::payload(self, out) {
            return;
        }
        match self {
            Self::Genesis { journal, seed } => {
                put(out, &wire::Genesis { journal: journal.0.to_vec(), seed: *seed });
            }
            Self::Config { toml } => put(out, &wire::Config { toml: toml.clone() }),
            Self::Instruments(table) => {
                let instruments = table.iter().map(instrument_to_wire).collect();
                put(out, &wire::Instruments { instruments });
            }
            Self::Bar { symbol, timeframe, bar } => {
                put(out, &bar_to_wire(*symbol, *timeframe, bar));
            }
            Self::Mark { symbol, price } => {
                put(out, &wire::Mark { symbol: symbol.0.into(), price: price.raw() });
            }
            Self::InstantClosed { at } | Self::Timer { at } => {
                put(out, &wire::Moment { at: at.as_nanos() });
            }
            Self::Decision(decision) => put(out, &decision_codec::to_wire(decision)),
            Self::Command(command) => put(out, &command_to_wire(command)),
            Self::Report(report) => put(out, &report_to_wire(report)),
            Self::Mode(mode) => put(out, &mode_codec::mode_to_wire(*mode)),
            Self::Operator(operator) => put(out, &mode_codec::operator_to_wire(operator)),
            Self::Flow { amount } => put(out, &wire::Flow { amount: money_to_wire(*amount) }),
            Self::Funding { symbol, rate, qty, amount } => put(
                out,
                &wire::Funding {
                    symbol: symbol.0.into(),
                    rate: rate.raw(),
                    qty: qty.raw(),
                    amount: money_to_wire(*amount),
                },
            ),
            Self::Permit(permit) => put(out, &gateway_codec::permit_to_wire(permit)),
            Self::Baseline { asset, amount } => {
                let amount = money_to_wire(*amount);
                put(out, &wire::Baseline { asset: asset.to_string(), amount });
            }
            Self::Refused(refused) => put(out, &gateway_codec::refused_to_wire(refused)),
            Self::Limits(limits) => put(out, &gateway_codec::limits_to_wire(limits)),
            Self::Incident(incident) => put(out, &gateway_codec::incident_to_wire(incident)),
            Self::IncidentOver(over) => put(out, &gateway_codec::over_to_wire(*over)),
            Self::Authority(authority) => put(out, &mode_codec::authority_to_wire(*authority)),
            Self::History { symbol, timeframe, bars } => {
                put(out, &history_to_wire(*symbol, *timeframe, bars));
            }
            Self::Adopted(adopted) => put(out, &gateway_codec::adopted_to_wire(adopted)),
            Self::Stage(stage) => put(out, &mode_codec::stage_to_wire(stage)),
        }
    }

    fn decode(seq: u64, kind: u32, payload: &[u8]) -> Result<Self, CodecError> {
        Ok(match kind {
            1 => {
                let genesis = wire::Genesis::decode(payload)?;
                let journal = genesis.journal.try_into().map_err(|bytes: Vec<u8>| {
                    unknown("genesis.journal", format!("{} bytes", bytes.len()))
                })?;
                Self::Genesis { journal: JournalId(journal), seed: genesis.seed }
            }
            2 => Self::Config { toml: wire::Config::decode(payload)?.toml },
            3 => {
                let table = wire::Instruments::decode(payload)?.instruments;
                Self::Instruments(table.iter().map(instrument_from_wire).collect::<Result<_, _>>()?)
            }
            10 => bar_from_wire(&wire::Bar::decode(payload)?)?,
            11 => {
                let mark = wire::Mark::decode(payload)?;
                Self::Mark { symbol: symbol_id(mark.symbol)?, price: Price::from_raw(mark.price) }
            }
            12 => Self::InstantClosed { at: moment(payload)? },
            13 => Self::Timer { at: moment(payload)? },
            20 => Self::Decision(decision_codec::from_wire(wire::Decision::decode(payload)?)?),
            21 => Self::Command(command_from_wire(wire::Command::decode(payload)?)?),
            22 => Self::Report(report_from_wire(wire::Report::decode(payload)?)?),
            30 => Self::Mode(mode_codec::mode_from_wire(&wire::Mode::decode(payload)?)?),
            31 => Self::Operator(mode_codec::operator_from_wire(wire::Operator::decode(payload)?)?),
            32 => Self::Flow { amount: money_from_wire(&wire::Flow::decode(payload)?.amount)? },
            33 => {
                let funding = wire::Funding::decode(payload)?;
                Self::Funding {
                    symbol: symbol_id(funding.symbol)?,
                    rate: Ratio::from_raw(funding.rate),
                    qty: Qty::from_raw(funding.qty),
                    amount: money_from_wire(&funding.amount)?,
                }
            }
            23 => {
                Self::Refused(gateway_codec::refused_from_wire(&wire::Refused::decode(payload)?)?)
            }
            34 => Self::Limits(gateway_codec::limits_from_wire(&wire::Limits::decode(payload)?)?),
            35 => Self::Incident(gateway_codec::incident_from_wire(&wire::Incident::decode(
                payload,
            )?)?),
            36 => Self::IncidentOver(gateway_codec::over_from_wire(wire::IncidentOver::decode(
                payload,
            )?)),
            38 => Self::Permit(gateway_codec::permit_from_wire(wire::Permit::decode(payload)?)?),
            37 => {
                let wire = wire::Baseline::decode(payload)?;
                let asset = Asset::new(&wire.asset).map_err(|_| unknown("asset", &wire.asset))?;
                Self::Baseline { asset, amount: money_from_wire(&wire.amount)? }
            }
            39 => Self::Authority(mode_codec::authority_from_wire(&wire::Authority::decode(
                payload,
            )?)?),
            40 => history_from_wire(&wire::History::decode(payload)?)?,
            41 => Self::Adopted(gateway_codec::adopted_from_wire(wire::Adopted::decode(payload)?)?),
            42 => Self::Stage(mode_codec::stage_from_wire(wire::Stage::decode(payload)?)),
            _ => return Err(CodecError::Kind { seq, kind }),
        })
    }
}

impl Entry {
    /// Appends the bytes of the entry to `out`.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>) {
        if plain::entry(self, out) {
            return;
        }
        let mut payload = Vec::with_capacity(PAYLOAD);
        self.body.encode(&mut payload);
        plain::around(self, &payload, out);
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// `CodecError` if the bytes are no entry or hold something this build does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        Self::of_wire(&wire::Entry::decode(bytes)?)
    }

    /// Reads a stored entry and returns where its payload stands: stored bytes are hashed as they
    /// are, never written again.
    ///
    /// # Errors
    /// As [`Entry::decode`], and if the payload is not the last of the bytes, where every build
    /// writes it.
    pub fn decode_stored(bytes: &[u8]) -> Result<(Self, Range<usize>), CodecError> {
        let wire = wire::Entry::decode(bytes)?;
        if !bytes.ends_with(&wire.payload) {
            return Err(CodecError::Wire("its payload does not stand at its end".to_owned()));
        }
        Ok((Self::of_wire(&wire)?, bytes.len() - wire.payload.len()..bytes.len()))
    }

    fn of_wire(entry: &wire::Entry) -> Result<Self, CodecError> {
        Ok(Self {
            seq: Seq(entry.seq),
            ts_event: TsNanos::from_nanos(entry.ts_event),
            ts: TsNanos::from_nanos(entry.ts),
            source: source_of(entry.source)?,
            body: Body::decode(entry.seq, entry.kind, &entry.payload)?,
        })
    }
}

fn put(out: &mut Vec<u8>, message: &impl Message) {
    message.encode(out).expect("a Vec grows as needed");
}

fn moment(payload: &[u8]) -> Result<TsNanos, CodecError> {
    Ok(TsNanos::from_nanos(wire::Moment::decode(payload)?.at))
}

pub(super) fn symbol_id(number: u32) -> Result<SymbolId, CodecError> {
    u16::try_from(number).map(SymbolId).map_err(|_| unknown("symbol", number))
}

pub(super) fn minutes(timeframe: Timeframe) -> u32 {
    u32::try_from(timeframe.minutes()).expect("a day has 1,440 minutes")
}

pub(super) fn timeframe_of(minutes: u32) -> Result<Timeframe, CodecError> {
    Timeframe::ALL
        .into_iter()
        .find(|timeframe| timeframe.minutes() == i64::from(minutes))
        .ok_or_else(|| unknown("timeframe_minutes", minutes))
}

pub(super) const fn source_number(source: Source) -> u32 {
    match source {
        Source::Hub => 1,
        Source::Venue => 2,
        Source::Engine => 3,
        Source::Operator => 4,
    }
}

fn source_of(number: u32) -> Result<Source, CodecError> {
    [Source::Hub, Source::Venue, Source::Engine, Source::Operator]
        .into_iter()
        .find(|source| source_number(*source) == number)
        .ok_or_else(|| unknown("source", number))
}

/// Money is 16 bytes, big-endian two's complement: Protobuf has no integer of 128 bits.
pub(super) fn money_to_wire(money: Money) -> Vec<u8> {
    money.raw().to_be_bytes().to_vec()
}

pub(super) fn money_from_wire(bytes: &[u8]) -> Result<Money, CodecError> {
    let bytes = bytes.try_into().map_err(|_| unknown("money", format!("{} bytes", bytes.len())))?;
    Ok(Money::from_raw(i128::from_be_bytes(bytes)))
}

pub(super) fn bar_to_wire(symbol: SymbolId, timeframe: Timeframe, bar: &Bar) -> wire::Bar {
    wire::Bar {
        symbol: symbol.0.into(),
        timeframe_minutes: minutes(timeframe),
        open_time: bar.open_time.as_nanos(),
        open: bar.open.raw(),
        high: bar.high.raw(),
        low: bar.low.raw(),
        close: bar.close.raw(),
        volume: bar.volume,
    }
}

fn bar_from_wire(wire: &wire::Bar) -> Result<Body, CodecError> {
    Ok(Body::Bar {
        symbol: symbol_id(wire.symbol)?,
        timeframe: timeframe_of(wire.timeframe_minutes)?,
        bar: bar_of(wire),
    })
}

fn bar_of(wire: &wire::Bar) -> Bar {
    Bar {
        open_time: TsNanos::from_nanos(wire.open_time),
        open: Price::from_raw(wire.open),
        high: Price::from_raw(wire.high),
        low: Price::from_raw(wire.low),
        close: Price::from_raw(wire.close),
        volume: wire.volume,
    }
}

/// The bars carry no symbol and no length of their own: the entry has both.
fn history_to_wire(symbol: SymbolId, timeframe: Timeframe, bars: &[Bar]) -> wire::History {
    let bar = |bar: &Bar| wire::Bar {
        symbol: 0,
        timeframe_minutes: 0,
        ..bar_to_wire(symbol, timeframe, bar)
    };
    wire::History {
        symbol: symbol.0.into(),
        timeframe_minutes: minutes(timeframe),
        bars: bars.iter().map(bar).collect(),
    }
}

fn history_from_wire(wire: &wire::History) -> Result<Body, CodecError> {
    Ok(Body::History {
        symbol: symbol_id(wire.symbol)?,
        timeframe: timeframe_of(wire.timeframe_minutes)?,
        bars: wire.bars.iter().map(bar_of).collect(),
    })
}

fn instrument_to_wire(instrument: &Instrument) -> wire::Instrument {
    wire::Instrument {
        symbol: instrument.symbol.to_string(),
        base: instrument.base.to_string(),
        quote: instrument.quote.to_string(),
        market: match instrument.market {
            Market::Spot => 1,
            Market::Perp => 2,
        },
        tick: instrument.tick.raw(),
        lot: instrument.lot.raw(),
        min_qty: instrument.min_qty.raw(),
        max_qty: instrument.max_qty.raw(),
        min_notional: money_to_wire(instrument.min_notional),
        price_band_down: instrument.price_band_down.raw(),
        price_band_up: instrument.price_band_up.raw(),
        max_orders: instrument.max_orders,
        maker_fee: instrument.maker_fee.raw(),
        taker_fee: instrument.taker_fee.raw(),
        fee_asset: match instrument.fee_asset {
            FeeAsset::Received => 1,
            FeeAsset::Quote => 2,
        },
        maintenance_margin: instrument.maintenance_margin.raw(),
        liquidation_fee: instrument.liquidation_fee.raw(),
    }
}

fn instrument_from_wire(wire: &wire::Instrument) -> Result<Instrument, CodecError> {
    let asset = |text: &str| Asset::new(text).map_err(|_| unknown("asset", text));
    Ok(Instrument {
        symbol: Symbol::new(&wire.symbol).map_err(|_| unknown("symbol", &wire.symbol))?,
        base: asset(&wire.base)?,
        quote: asset(&wire.quote)?,
        market: match wire.market {
            1 => Market::Spot,
            2 => Market::Perp,
            other => return Err(unknown("market", other)),
        },
        tick: Price::from_raw(wire.tick),
        lot: Qty::from_raw(wire.lot),
        min_qty: Qty::from_raw(wire.min_qty),
        max_qty: Qty::from_raw(wire.max_qty),
        min_notional: money_from_wire(&wire.min_notional)?,
        price_band_down: Ratio::from_raw(wire.price_band_down),
        price_band_up: Ratio::from_raw(wire.price_band_up),
        max_orders: wire.max_orders,
        maker_fee: Ratio::from_raw(wire.maker_fee),
        taker_fee: Ratio::from_raw(wire.taker_fee),
        fee_asset: match wire.fee_asset {
            1 => FeeAsset::Received,
            2 => FeeAsset::Quote,
            other => return Err(unknown("fee_asset", other)),
        },
        maintenance_margin: Ratio::from_raw(wire.maintenance_margin),
        liquidation_fee: Ratio::from_raw(wire.liquidation_fee),
    })
}

pub(super) fn order_id_to_wire(order: OrderId) -> wire::OrderId {
    wire::OrderId {
        command: order.command.0,
        leg: order.leg.number().into(),
        attempt: order.attempt.into(),
    }
}

pub(super) fn order_id_from_wire(wire: &wire::OrderId) -> Result<OrderId, CodecError> {
    let leg = [Leg::Main, Leg::Stop, Leg::Target]
        .into_iter()
        .find(|leg| u32::from(leg.number()) == wire.leg)
        .ok_or_else(|| unknown("leg", wire.leg))?;
    let attempt = u8::try_from(wire.attempt).map_err(|_| unknown("attempt", wire.attempt))?;
    Ok(OrderId { command: Seq(wire.command), leg, attempt })
}

pub(super) const fn side_number(side: Side) -> u32 {
    match side {
        Side::Buy => 1,
        Side::Sell => 2,
    }
}

fn side_of(number: u32) -> Result<Side, CodecError> {
    match number {
        1 => Ok(Side::Buy),
        2 => Ok(Side::Sell),
        other => Err(unknown("side", other)),
    }
}

pub(super) fn request_to_wire(request: &OrderRequest) -> wire::OrderRequest {
    let (kind, price, trigger) = match request.kind {
        OrderKind::Market => (1, None, None),
        OrderKind::Limit { price } => (2, Some(price), None),
        OrderKind::StopMarket { trigger } => (3, None, Some(trigger)),
        OrderKind::StopLimit { trigger, price } => (4, Some(price), Some(trigger)),
        OrderKind::TakeProfit { trigger } => (5, None, Some(trigger)),
        OrderKind::LimitMaker { price } => (6, Some(price), None),
    };
    let (tif, good_till) = match request.tif {
        TimeInForce::Gtc => (1, None),
        TimeInForce::Ioc => (2, None),
        TimeInForce::Fok => (3, None),
        TimeInForce::Gtd(at) => (4, Some(at.as_nanos())),
    };
    wire::OrderRequest {
        symbol: request.symbol.0.into(),
        side: side_number(request.side),
        kind,
        price: price.map(Price::raw),
        trigger: trigger.map(Price::raw),
        qty: request.qty.raw(),
        tif,
        good_till,
        reduce_only: request.reduce_only,
    }
}

fn request_from_wire(wire: &wire::OrderRequest) -> Result<OrderRequest, CodecError> {
    let price = wire.price.map(Price::from_raw).ok_or(CodecError::Missing("order.price"));
    let trigger = wire.trigger.map(Price::from_raw).ok_or(CodecError::Missing("order.trigger"));
    let kind = match wire.kind {
        1 => OrderKind::Market,
        2 => OrderKind::Limit { price: price? },
        3 => OrderKind::StopMarket { trigger: trigger? },
        4 => OrderKind::StopLimit { trigger: trigger?, price: price? },
        5 => OrderKind::TakeProfit { trigger: trigger? },
        6 => OrderKind::LimitMaker { price: price? },
        other => return Err(unknown("order.kind", other)),
    };
    let tif = match (wire.tif, wire.good_till) {
        (1, _) => TimeInForce::Gtc,
        (2, _) => TimeInForce::Ioc,
        (3, _) => TimeInForce::Fok,
        (4, Some(at)) => TimeInForce::Gtd(TsNanos::from_nanos(at)),
        (4, None) => return Err(CodecError::Missing("order.good_till")),
        (other, _) => return Err(unknown("order.tif", other)),
    };
    Ok(OrderRequest {
        symbol: symbol_id(wire.symbol)?,
        side: side_of(wire.side)?,
        kind,
        qty: Qty::from_raw(wire.qty),
        tif,
        reduce_only: wire.reduce_only,
    })
}

pub(super) fn command_to_wire(command: &Command) -> wire::Command {
    wire::Command {
        order: Some(order_id_to_wire(command.order)),
        cause: command.cause.0,
        place: match &command.action {
            CommandAction::Place(request) => Some(request_to_wire(request)),
            CommandAction::Cancel => None,
        },
    }
}

fn command_from_wire(wire: wire::Command) -> Result<Command, CodecError> {
    Ok(Command {
        order: order_id_from_wire(&wire.order.ok_or(CodecError::Missing("command.order"))?)?,
        cause: Seq(wire.cause),
        action: match wire.place {
            Some(request) => CommandAction::Place(request_from_wire(&request)?),
            None => CommandAction::Cancel,
        },
    })
}

fn fill_to_wire(fill: &Fill) -> wire::Fill {
    let (fee_base, fee_quote) = match fill.fee {
        Fee::Base(qty) => (Some(qty.raw()), None),
        Fee::Quote(money) => (None, Some(money_to_wire(money))),
    };
    wire::Fill {
        trade_id: fill.trade_id,
        symbol: fill.symbol.0.into(),
        side: side_number(fill.side),
        qty: fill.qty.raw(),
        price: fill.price.raw(),
        fee_base,
        fee_quote,
        liquidity: liquidity_number(fill.liquidity),
    }
}

pub(super) const fn liquidity_number(liquidity: Liquidity) -> u32 {
    match liquidity {
        Liquidity::Maker => 1,
        Liquidity::Taker => 2,
    }
}

fn fill_from_wire(wire: &wire::Fill, order: Option<OrderId>) -> Result<Fill, CodecError> {
    Ok(Fill {
        order,
        trade_id: wire.trade_id,
        symbol: symbol_id(wire.symbol)?,
        side: side_of(wire.side)?,
        qty: Qty::from_raw(wire.qty),
        price: Price::from_raw(wire.price),
        fee: match (wire.fee_base, &wire.fee_quote) {
            (Some(raw), None) => Fee::Base(Qty::from_raw(raw)),
            (None, Some(bytes)) => Fee::Quote(money_from_wire(bytes)?),
            (None, None) => return Err(CodecError::Missing("fill.fee")),
            (Some(_), Some(_)) => return Err(unknown("fill.fee", "both base and quote")),
        },
        liquidity: match wire.liquidity {
            1 => Liquidity::Maker,
            2 => Liquidity::Taker,
            other => return Err(unknown("fill.liquidity", other)),
        },
    })
}

pub(super) const fn event_number(event: &ReportEvent) -> u32 {
    match event {
        ReportEvent::Accepted => 1,
        ReportEvent::Rejected(_) => 2,
        ReportEvent::Filled(_) => 3,
        ReportEvent::Cancelled => 4,
        ReportEvent::Expired => 5,
        ReportEvent::NeverAccepted => 6,
        ReportEvent::CancelRejected => 7,
    }
}

pub(super) fn report_to_wire(report: &Report) -> wire::Report {
    let (text, fill) = match &report.event {
        ReportEvent::Rejected(text) => (Some(text.clone()), None),
        ReportEvent::Filled(fill) => (None, Some(fill_to_wire(fill))),
        ReportEvent::Accepted
        | ReportEvent::Cancelled
        | ReportEvent::Expired
        | ReportEvent::NeverAccepted
        | ReportEvent::CancelRejected => (None, None),
    };
    let event = event_number(&report.event);
    wire::Report { order: report.order.map(order_id_to_wire), event, text, fill }
}

fn report_from_wire(wire: wire::Report) -> Result<Report, CodecError> {
    let order = wire.order.as_ref().map(order_id_from_wire).transpose()?;
    let event = match wire.event {
        1 => ReportEvent::Accepted,
        2 => ReportEvent::Rejected(wire.text.unwrap_or_default()),
        3 => {
            let fill = wire.fill.ok_or(CodecError::Missing("report.fill"))?;
            ReportEvent::Filled(fill_from_wire(&fill, order)?)
        }
        4 => ReportEvent::Cancelled,
        5 => ReportEvent::Expired,
        6 => ReportEvent::NeverAccepted,
        7 => ReportEvent::CancelRejected,
        other => return Err(unknown("report.event", other)),
    };
    Ok(Report { order, event })
}

#[cfg(test)]
mod tests;
