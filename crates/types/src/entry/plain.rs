//! The bytes of the entries that come with every bar and every order, written without detours.
//!
//! The same Protobuf bytes that `prost` writes for the messages of [`super::wire`], which a test
//! holds it to. A backtest encodes three entries a bar to hash them: through `prost` that was two
//! fifths of the reference rule's time. A trade is a dozen commands and reports.

use super::{Body, Command, CommandAction, Entry, Report, ReportEvent, codec};
use crate::decision::{Action, Decision, Reason};
use crate::fill::{Fee, Fill};
use crate::ids::OrderId;
use crate::market::TsNanos;
use crate::num::Price;

/// Longer than any message written here: an envelope takes up to 38 bytes, a bar up to 61, a command up to 85.
const ROOM: usize = 128;

/// A number of eight bytes behind its tag.
const FIXED: usize = 9;

/// A short message being written.
struct Message<'a> {
    bytes: &'a mut [u8; ROOM],
    length: usize,
}

impl Message<'_> {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Returns the places of the next bytes: one check of bounds for all of them.
    #[inline]
    fn places(&mut self, count: usize) -> &mut [u8] {
        let start = self.length;
        self.length += count;
        &mut self.bytes[start..self.length]
    }

    #[inline]
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.push(low_seven(value) | 0x80);
            value >>= 7;
        }
        self.push(low_seven(value));
    }

    /// Writes a whole number; zero is the default and takes no bytes.
    #[inline]
    fn number(&mut self, tag: u8, value: u64) {
        if value != 0 {
            self.push(tag << 3);
            self.varint(value);
        }
    }

    /// Writes a whole number that may be absent, with its sign; a zero that is there takes its bytes.
    #[inline]
    fn optional(&mut self, tag: u8, value: Option<i64>) {
        if let Some(value) = value {
            self.push(tag << 3);
            self.varint(value.cast_unsigned());
        }
    }

    /// Writes signed numbers of eight bytes under tags that follow each other; zero is the default
    /// and takes no bytes.
    #[inline]
    fn fixed<const N: usize>(&mut self, first: u8, values: [i64; N]) {
        let tagged = values.into_iter().zip(first..);
        if values.contains(&0) {
            for (value, tag) in tagged.filter(|(value, _)| *value != 0) {
                self.eight(tag, value.to_le_bytes());
            }
            return;
        }
        let (places, _) = self.places(N * FIXED).as_chunks_mut();
        for (place, (value, tag)) in places.iter_mut().zip(tagged) {
            *place = eight(tag, value.to_le_bytes());
        }
    }

    #[inline]
    fn eight(&mut self, tag: u8, bytes: [u8; 8]) {
        self.places(FIXED).copy_from_slice(&eight(tag, bytes));
    }

    /// Writes a nested message shorter than 128 bytes; returns its length.
    #[inline]
    fn nested(&mut self, tag: u8, write: impl FnOnce(&mut Self)) -> usize {
        self.push(tag << 3 | 2);
        let place = self.length;
        self.push(0);
        write(self);
        let length = self.length - place - 1;
        self.bytes[place] = u8::try_from(length).expect("a message of this file is short");
        length
    }
}

#[inline]
const fn eight(tag: u8, bytes: [u8; 8]) -> [u8; FIXED] {
    let [a, b, c, d, e, f, g, h] = bytes;
    [tag << 3 | 1, a, b, c, d, e, f, g, h]
}

const fn low_seven(value: u64) -> u8 {
    value.to_le_bytes()[0] & 0x7f
}

/// Lets `write` fill a message at the end of `out`.
#[inline]
fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Message<'_>)) {
    let start = out.len();
    out.extend_from_slice(&[0; ROOM]);
    let (_, bytes) = out.split_last_chunk_mut().expect("just grown by so much");
    let mut message = Message { bytes, length: 0 };
    write(&mut message);
    let length = message.length;
    out.truncate(start + length);
}

/// Appends an entry whose body comes with bars or orders; `false` if it is another.
#[inline]
pub(super) fn entry(entry: &Entry, out: &mut Vec<u8>) -> bool {
    let plain = is_plain(&entry.body);
    if plain {
        append(out, |message| {
            envelope(message, entry);
            let before = message.length;
            if message.nested(7, |message| body(message, &entry.body)) == 0 {
                // Nothing is the default and takes no bytes, its tag neither.
                message.length = before;
            }
        });
    }
    plain
}

/// Appends an entry around its payload.
pub(super) fn around(entry: &Entry, payload: &[u8], out: &mut Vec<u8>) {
    append(out, |message| {
        envelope(message, entry);
        if !payload.is_empty() {
            message.push(7 << 3 | 2);
            message.varint(payload.len() as u64);
        }
    });
    out.extend_from_slice(payload);
}

/// Appends the payload of a body that comes with bars or orders; `false` if it is another.
pub(super) fn payload(of: &Body, out: &mut Vec<u8>) -> bool {
    let plain = is_plain(of);
    if plain {
        append(out, |message| body(message, of));
    }
    plain
}

#[inline]
fn envelope(message: &mut Message<'_>, entry: &Entry) {
    message.number(1, entry.seq.0);
    message.number(2, entry.body.kind().into());
    message.number(3, codec::SCHEMA.into());
    message.fixed(4, [entry.ts_event, entry.ts].map(TsNanos::as_nanos));
    message.number(6, codec::source_number(entry.source).into());
}

#[inline]
fn body(message: &mut Message<'_>, body: &Body) {
    match body {
        Body::Bar { symbol, timeframe, bar } => {
            message.number(1, symbol.0.into());
            message.number(2, codec::minutes(*timeframe).into());
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Price::raw);
            message.fixed(3, [bar.open_time.as_nanos(), open, high, low, close]);
            if let Some(volume) = bar.volume {
                message.eight(8, volume.to_le_bytes());
            }
        }
        Body::InstantClosed { at } | Body::Timer { at } => message.fixed(1, [at.as_nanos()]),
        Body::Decision(Decision { symbol: Some(symbol), action: _, reason }) => {
            message.push(1 << 3);
            message.varint(symbol.0.into());
            message.nested(3, |message| {
                message.number(1, reason.code.number().into());
                for (tag, number) in [(2, reason.seen), (3, reason.limit)] {
                    if let Some(number) = number {
                        message.eight(tag, number.to_le_bytes());
                    }
                }
            });
        }
        Body::Command(of) => command(message, of),
        Body::Report(of) => report(message, of),
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Mark { .. }
        | Body::Decision(_)
        | Body::Refused(_)
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Limits(_)
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::Permit(_)
        | Body::Incident(_)
        | Body::IncidentOver(_)
        | Body::Authority(_)
        | Body::History { .. }
        | Body::Adopted(_) => unreachable!("`is_plain` said no"),
    }
}

fn command(message: &mut Message<'_>, command: &Command) {
    message.nested(1, |message| order_id(message, command.order));
    message.number(2, command.cause.0);
    if let CommandAction::Place(request) = &command.action {
        let request = codec::request_to_wire(request);
        message.nested(3, |message| {
            message.number(1, request.symbol.into());
            message.number(2, request.side.into());
            message.number(3, request.kind.into());
            message.optional(4, request.price);
            message.optional(5, request.trigger);
            message.number(6, request.qty.cast_unsigned());
            message.number(7, request.tif.into());
            if let Some(good_till) = request.good_till {
                message.eight(8, good_till.to_le_bytes());
            }
            message.number(9, request.reduce_only.into());
        });
    }
}

fn report(message: &mut Message<'_>, report: &Report) {
    if let Some(order) = report.order {
        message.nested(1, |message| order_id(message, order));
    }
    message.number(2, codec::event_number(&report.event).into());
    if let ReportEvent::Filled(of) = &report.event {
        message.nested(4, |message| fill(message, of));
    }
}

fn order_id(message: &mut Message<'_>, order: OrderId) {
    message.number(1, order.command.0);
    message.number(2, order.leg.number().into());
    message.number(3, order.attempt.into());
}

fn fill(message: &mut Message<'_>, fill: &Fill) {
    message.number(1, fill.trade_id);
    message.number(2, fill.symbol.0.into());
    message.number(3, codec::side_number(fill.side).into());
    message.number(4, fill.qty.raw().cast_unsigned());
    message.number(5, fill.price.raw().cast_unsigned());
    match fill.fee {
        Fee::Base(qty) => message.optional(6, Some(qty.raw())),
        Fee::Quote(money) => {
            message.push(7 << 3 | 2);
            message.push(16);
            message.places(16).copy_from_slice(&money.raw().to_be_bytes());
        }
    }
    message.number(8, codec::liquidity_number(fill.liquidity).into());
}

/// Whether [`body`] can write it.
#[inline]
fn is_plain(body: &Body) -> bool {
    match body {
        Body::Bar { .. } | Body::InstantClosed { .. } | Body::Timer { .. } | Body::Command(_) => {
            true
        }
        Body::Decision(Decision { symbol: Some(_), action: Action::Nothing, reason }) => {
            is_short(reason)
        }
        // A text may be longer than there is room.
        Body::Report(report) => !matches!(report.event, ReportEvent::Rejected(_)),
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Mark { .. }
        | Body::Decision(_)
        | Body::Refused(_)
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Limits(_)
        | Body::Baseline { .. }
        | Body::Stage(_)
        | Body::Permit(_)
        | Body::Incident(_)
        | Body::IncidentOver(_)
        | Body::Authority(_)
        | Body::History { .. }
        | Body::Adopted(_) => false,
    }
}

const fn is_short(reason: &Reason) -> bool {
    reason.score.is_none() && reason.odds.is_none() && reason.verdict.is_none()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::bar::Bar;
    use crate::decision::ReasonCode;
    use crate::entry::{Source, decision_codec, wire};
    use crate::fill::Liquidity;
    use crate::ids::{Leg, Seq, SymbolId};
    use crate::market::Timeframe;
    use crate::num::{Money, Qty};
    use crate::order::{OrderKind, OrderRequest, TimeInForce};
    use crate::side::Side;

    /// What `prost` writes.
    fn by_prost(entry: &Entry) -> Vec<u8> {
        let payload = if let Body::Bar { symbol, timeframe, bar } = &entry.body {
            codec::bar_to_wire(*symbol, *timeframe, bar).encode_to_vec()
        } else if let Body::Decision(decision) = &entry.body {
            decision_codec::to_wire(decision).encode_to_vec()
        } else if let Body::InstantClosed { at } = &entry.body {
            wire::Moment { at: at.as_nanos() }.encode_to_vec()
        } else if let Body::Command(command) = &entry.body {
            codec::command_to_wire(command).encode_to_vec()
        } else if let Body::Report(report) = &entry.body {
            codec::report_to_wire(report).encode_to_vec()
        } else {
            panic!("{:?} is not written here", entry.body);
        };
        wire::Entry {
            seq: entry.seq.0,
            kind: entry.body.kind(),
            schema: codec::SCHEMA,
            ts_event: entry.ts_event.as_nanos(),
            ts: entry.ts.as_nanos(),
            source: codec::source_number(entry.source),
            payload,
        }
        .encode_to_vec()
    }

    /// Commands and reports with the shortest and the longest numbers.
    fn of_orders() -> Vec<Body> {
        let longest = Price::from_raw(-1);
        let mut bodies = Vec::new();
        for (command, attempt, raw) in [(0, 0, 0), (300, 1, 5), (u64::MAX, u8::MAX, -1)] {
            let order = OrderId { command: Seq(command), leg: Leg::Target, attempt };
            let (qty, price) = (Qty::from_raw(raw), Price::from_raw(raw));
            let symbol = SymbolId(u16::from(attempt) * 257);
            let kinds = [
                OrderKind::Market,
                OrderKind::Limit { price },
                OrderKind::StopMarket { trigger: price },
                OrderKind::StopLimit { trigger: longest, price: longest },
                OrderKind::TakeProfit { trigger: price },
                OrderKind::LimitMaker { price },
            ];
            let tifs = [
                TimeInForce::Gtc,
                TimeInForce::Ioc,
                TimeInForce::Fok,
                TimeInForce::Gtd(TsNanos::from_nanos(raw)),
            ];
            let cause = Seq(command);
            let mut command = |action| bodies.push(Body::Command(Command { order, cause, action }));
            command(CommandAction::Cancel);
            for (kind, tif) in kinds.into_iter().flat_map(|kind| tifs.map(|tif| (kind, tif))) {
                let (side, reduce_only) = (Side::Sell, raw != 0);
                let request = OrderRequest { symbol, side, kind, qty, tif, reduce_only };
                command(CommandAction::Place(request));
            }
            let fees = [Fee::Base(qty), Fee::Quote(Money::ZERO), Fee::Quote(-Money::of_qty(qty))];
            let fills = fees.map(|fee| {
                ReportEvent::Filled(Fill {
                    order: Some(order),
                    trade_id: cause.0,
                    symbol,
                    side: Side::Buy,
                    qty,
                    price,
                    fee,
                    liquidity: Liquidity::Taker,
                })
            });
            let ends = [
                ReportEvent::Accepted,
                ReportEvent::Cancelled,
                ReportEvent::Expired,
                ReportEvent::NeverAccepted,
                ReportEvent::CancelRejected,
            ];
            for event in fills.into_iter().chain(ends) {
                for order in [None, Some(order)] {
                    bodies.push(Body::Report(Report { order, event: event.clone() }));
                }
            }
        }
        bodies
    }

    #[test]
    fn the_bytes_are_those_of_prost() {
        let bar = |volume, open| Bar {
            open_time: TsNanos::from_nanos(open),
            open: Price::from_raw(open),
            high: Price::from_raw(i64::MAX),
            low: Price::from_raw(-1),
            close: Price::ZERO,
            volume,
        };
        let mut bodies = vec![Body::InstantClosed { at: TsNanos::EPOCH }];
        for symbol in [SymbolId(0), SymbolId(1), SymbolId(300)] {
            for (volume, open) in [(None, 0), (Some(0.0), 7), (Some(1.5), i64::MIN)] {
                let timeframe = Timeframe::D1;
                bodies.push(Body::Bar { symbol, timeframe, bar: bar(volume, open) });
            }
            for code in ReasonCode::ALL {
                for (seen, limit) in [(None, None), (Some(0.0), Some(-1.5))] {
                    let reason = Reason { seen, limit, ..Reason::word(*code) };
                    let action = Action::Nothing;
                    bodies.push(Body::Decision(Decision { symbol: Some(symbol), action, reason }));
                }
            }
        }
        bodies.extend(of_orders());
        for seq in [0, 1, 127, 128, u64::MAX] {
            for body in &bodies {
                let entry = Entry {
                    seq: Seq(seq),
                    ts_event: TsNanos::from_nanos(-1),
                    ts: TsNanos::from_nanos(1_700_000_000_000_000_000),
                    source: Source::Operator,
                    body: body.clone(),
                };
                let mut bytes = Vec::new();
                bytes.push(0xFF);
                entry.encode(&mut bytes);
                assert_eq!(bytes[1..], by_prost(&entry), "{entry:?}");
                let mut payload = Vec::new();
                body.encode(&mut payload);
                assert!(bytes.ends_with(&payload), "{entry:?}");
            }
        }
    }
}
