//! The bytes of the entries that come with every bar, written without detours.
//!
//! The same Protobuf bytes that `prost` writes for the messages of [`super::wire`], which a test
//! holds it to. A backtest encodes three entries a bar to hash them: through `prost` that was two
//! fifths of the reference rule's time.

use super::{Body, Entry, codec};
use crate::decision::{Action, Decision, Reason};

/// Longer than any message written here.
const ROOM: usize = 160;

/// A short message being written.
struct Message {
    bytes: [u8; ROOM],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
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

    /// Writes a signed number of eight bytes; zero is the default and takes no bytes.
    #[inline]
    fn fixed(&mut self, tag: u8, value: i64) {
        if value != 0 {
            self.eight(tag, value.to_le_bytes());
        }
    }

    #[inline]
    fn eight(&mut self, tag: u8, bytes: [u8; 8]) {
        self.push(tag << 3 | 1);
        self.bytes[self.length..self.length + 8].copy_from_slice(&bytes);
        self.length += 8;
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

const fn low_seven(value: u64) -> u8 {
    value.to_le_bytes()[0] & 0x7f
}

/// Appends an entry around its payload.
pub(super) fn entry(entry: &Entry, payload: &[u8], out: &mut Vec<u8>) {
    let mut head = Message::new();
    head.number(1, entry.seq.0);
    head.number(2, entry.body.kind().into());
    head.number(3, codec::SCHEMA.into());
    head.fixed(4, entry.ts_event.as_nanos());
    head.fixed(5, entry.ts.as_nanos());
    head.number(6, codec::source_number(entry.source).into());
    if !payload.is_empty() {
        head.push(7 << 3 | 2);
        head.varint(payload.len() as u64);
    }
    out.extend_from_slice(head.as_slice());
    out.extend_from_slice(payload);
}

/// Appends the payload of a body that comes with every bar; `false` if it is another.
pub(super) fn payload(body: &Body, out: &mut Vec<u8>) -> bool {
    let mut message = Message::new();
    match body {
        Body::Bar { symbol, timeframe, bar } => {
            message.number(1, symbol.0.into());
            message.number(2, codec::minutes(*timeframe).into());
            message.fixed(3, bar.open_time.as_nanos());
            message.fixed(4, bar.open.raw());
            message.fixed(5, bar.high.raw());
            message.fixed(6, bar.low.raw());
            message.fixed(7, bar.close.raw());
            if let Some(volume) = bar.volume {
                message.eight(8, volume.to_le_bytes());
            }
        }
        Body::InstantClosed { at } | Body::Timer { at } => message.fixed(1, at.as_nanos()),
        Body::Decision(Decision { symbol: Some(symbol), action: Action::Nothing, reason })
            if is_short(reason) =>
        {
            message.push(1 << 3);
            message.varint(symbol.0.into());
            let mut why = Message::new();
            why.number(1, reason.code.number().into());
            for (tag, number) in [(2, reason.seen), (3, reason.limit)] {
                if let Some(number) = number {
                    why.eight(tag, number.to_le_bytes());
                }
            }
            message.push(3 << 3 | 2);
            message.varint(why.length as u64);
            out.extend_from_slice(message.as_slice());
            out.extend_from_slice(why.as_slice());
            return true;
        }
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Mark { .. }
        | Body::Decision(_)
        | Body::Command(_)
        | Body::Report(_)
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. } => return false,
    }
    out.extend_from_slice(message.as_slice());
    true
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
    use crate::ids::{Seq, SymbolId};
    use crate::market::{Timeframe, TsNanos};
    use crate::num::Price;

    /// What `prost` writes.
    fn by_prost(entry: &Entry) -> Vec<u8> {
        let payload = if let Body::Bar { symbol, timeframe, bar } = &entry.body {
            codec::bar_to_wire(*symbol, *timeframe, bar).encode_to_vec()
        } else if let Body::Decision(decision) = &entry.body {
            decision_codec::to_wire(decision).encode_to_vec()
        } else if let Body::InstantClosed { at } = &entry.body {
            wire::Moment { at: at.as_nanos() }.encode_to_vec()
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
                entry.encode(&mut bytes, &mut Vec::new());
                assert_eq!(bytes, by_prost(&entry), "{entry:?}");
            }
        }
    }
}
