//! The bytes of the entries that come with every bar, written without detours.
//!
//! The same Protobuf bytes that `prost` writes for the messages of [`super::wire`], which a test
//! holds it to. A backtest encodes three entries a bar to hash them: through `prost` that was two
//! fifths of the reference rule's time.

use super::{Body, Entry, codec};
use crate::decision::{Action, Decision, Reason};
use crate::market::TsNanos;
use crate::num::Price;

/// Longer than any message written here: an envelope takes up to 38 bytes, a bar up to 61.
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

/// Appends an entry whose body comes with every bar; `false` if it is another.
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

/// Appends the payload of a body that comes with every bar; `false` if it is another.
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
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Mark { .. }
        | Body::Decision(_)
        | Body::Command(_)
        | Body::Report(_)
        | Body::Refused(_)
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Limits(_)
        | Body::Baseline { .. }
        | Body::Permit(_)
        | Body::Incident(_)
        | Body::IncidentOver(_)
        | Body::Authority(_)
        | Body::History { .. }
        | Body::Adopted(_) => unreachable!("`is_plain` said no"),
    }
}

/// Whether [`body`] can write it.
#[inline]
fn is_plain(body: &Body) -> bool {
    match body {
        Body::Bar { .. } | Body::InstantClosed { .. } | Body::Timer { .. } => true,
        Body::Decision(Decision { symbol: Some(_), action: Action::Nothing, reason }) => {
            is_short(reason)
        }
        Body::Genesis { .. }
        | Body::Config { .. }
        | Body::Instruments(_)
        | Body::Mark { .. }
        | Body::Decision(_)
        | Body::Command(_)
        | Body::Report(_)
        | Body::Refused(_)
        | Body::Mode(_)
        | Body::Operator(_)
        | Body::Flow { .. }
        | Body::Funding { .. }
        | Body::Limits(_)
        | Body::Baseline { .. }
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
    use crate::ids::{Seq, SymbolId};
    use crate::market::Timeframe;

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
