//! Which column of a tick file is what.

use types::market::TsNanos;
use types::num::{NumError, Price, Qty};
use types::side::Side;

use super::{Tick, TickKind};

/// Names of the columns in the files that are read: the archives of trades, aggregated trades and
/// best quotes, and the exports of three public libraries.
const TIME: [&str; 6] =
    ["time", "timestamp", "transact_time", "transaction_time", "time_ms", "time_s"];
const PRICE: [&str; 1] = ["price"];
const QTY: [&str; 4] = ["qty", "quantity", "amount", "size"];
const SIDE: [&str; 1] = ["side"];
const MAKER: [&str; 3] = ["is_buyer_maker", "buyer_maker", "was_the_buyer_the_maker"];
const BID: [&str; 2] = ["bid", "best_bid_price"];
const ASK: [&str; 2] = ["ask", "best_ask_price"];
const BID_QTY: [&str; 2] = ["bid_size", "best_bid_qty"];
const ASK_QTY: [&str; 2] = ["ask_size", "best_ask_qty"];

/// Columns of an archive without header: trades have seven, aggregated trades eight.
const TRADES: [&str; 7] =
    ["id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"];
const AGG_TRADES: [&str; 8] = [
    "agg_trade_id",
    "price",
    "qty",
    "first_id",
    "last_id",
    "time",
    "is_buyer_maker",
    "is_best_match",
];

/// Why a line is no tick; the reader adds the place.
#[derive(Debug, PartialEq)]
pub(super) enum TickError {
    /// The columns are none that are known.
    Header { seen: String, wanted: &'static str },
    /// A row with fewer columns than its header.
    Columns { seen: usize, wanted: usize },
    /// A price or quantity that is none.
    Number { column: &'static str, source: NumError },
    /// A time that is none.
    Time { seen: String },
}

/// Which column of a tick file is what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TickLayout {
    columns: usize,
    time: usize,
    /// The time is in whole seconds.
    seconds: bool,
    kind: KindColumns,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum KindColumns {
    Trades { price: usize, qty: usize, side: Option<usize>, maker: Option<usize> },
    Quotes { bid: usize, ask: usize, sizes: Option<(usize, usize)> },
}

impl TickLayout {
    /// Tells the layout from the first line, and whether that line is a header.
    pub(super) fn of(line: &[u8]) -> Result<(Self, bool), TickError> {
        let names: Vec<String> = line
            .split(|byte| *byte == b',')
            .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
            .collect();
        let is_name = |name: &String| {
            name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name != "true"
                && name != "false"
        };
        let header = names.iter().any(is_name);
        if header {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            return Self::named(&names).map(|layout| (layout, true));
        }
        match names.len() {
            7 => Self::named(&TRADES).map(|layout| (layout, false)),
            8 => Self::named(&AGG_TRADES).map(|layout| (layout, false)),
            seen => Err(TickError::Header {
                seen: format!("{seen} columns without names"),
                wanted: "7 (trades) or 8 (aggregated trades), or a header",
            }),
        }
    }

    fn named(names: &[&str]) -> Result<Self, TickError> {
        let find = |known: &[&str]| names.iter().position(|name| known.contains(name));
        let refuse = |wanted| TickError::Header { seen: names.join(","), wanted };
        let time = find(&TIME).ok_or_else(|| refuse("a column `time` or `timestamp`"))?;
        let kind = if let (Some(bid), Some(ask)) = (find(&BID), find(&ASK)) {
            KindColumns::Quotes { bid, ask, sizes: find(&BID_QTY).zip(find(&ASK_QTY)) }
        } else {
            let price =
                find(&PRICE).ok_or_else(|| refuse("a column `price`, or `bid` and `ask`"))?;
            let qty = find(&QTY).ok_or_else(|| refuse("a column `qty`, `quantity` or `amount`"))?;
            KindColumns::Trades { price, qty, side: find(&SIDE), maker: find(&MAKER) }
        };
        Ok(Self { columns: names.len(), time, seconds: names[time] == "time_s", kind })
    }

    /// Reads a row; `None` where prices or sizes cannot be those of a tick: it is left out.
    pub(super) fn parse(&self, line: &[u8]) -> Result<(TsNanos, Option<Tick>), TickError> {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
        if fields.len() < self.columns {
            return Err(TickError::Columns { seen: fields.len(), wanted: self.columns });
        }
        let at = self.moment(fields[self.time])?;
        let e8 = |column, index: usize| {
            nearest_e8(fields[index]).map_err(|source| TickError::Number { column, source })
        };
        let kind = match &self.kind {
            KindColumns::Trades { price, qty, side, maker } => {
                let price = Price::from_raw(e8("price", *price)?);
                let qty = Qty::from_raw(e8("qty", *qty)?);
                let taker = side
                    .and_then(|side| taker_of_side(fields[side]))
                    .or_else(|| maker.and_then(|maker| taker_of_maker(fields[maker])));
                (price.is_positive() && qty.is_positive()).then_some(TickKind::Trade {
                    price,
                    qty,
                    taker,
                })
            }
            KindColumns::Quotes { bid, ask, sizes } => {
                let (bid, ask) = (e8("bid", *bid)?, e8("ask", *ask)?);
                let sizes = match sizes {
                    Some((bid, ask)) => Some((
                        Qty::from_raw(e8("bid_size", *bid)?),
                        Qty::from_raw(e8("ask_size", *ask)?),
                    )),
                    None => None,
                };
                (bid > 0 && ask > bid).then_some(TickKind::Quote {
                    bid: Price::from_raw(bid),
                    ask: Price::from_raw(ask),
                    sizes,
                })
            }
        };
        Ok((at, kind.map(|kind| Tick { at, kind })))
    }

    fn moment(&self, text: &[u8]) -> Result<TsNanos, TickError> {
        let wrong = || TickError::Time { seen: String::from_utf8_lossy(text).into_owned() };
        let number: i64 =
            std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
        // Milliseconds end in the year 5138, microseconds begin in 1973.
        let time = match number {
            0.. if self.seconds => TsNanos::from_millis(number.saturating_mul(1_000)),
            0..100_000_000_000_000 => TsNanos::from_millis(number),
            100_000_000_000_000.. => TsNanos::from_micros(number),
            i64::MIN..0 => return Err(wrong()),
        };
        time.map_err(|_| wrong())
    }
}

/// Reads a number at the nearest 1e-8: exports of floats write `0.00031099999999999997`.
fn nearest_e8(text: &[u8]) -> Result<i64, NumError> {
    let number = match types::num::parse_e8(text) {
        Err(NumError::TooFine(_)) => rounded(text),
        other => return other,
    };
    number.ok_or_else(|| NumError::NotANumber(String::from_utf8_lossy(text).into_owned()))
}

fn rounded(text: &[u8]) -> Option<i64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let steps = (value * 1e8).round();
    #[expect(clippy::cast_possible_truncation, reason = "a cast holds it within 64 bits")]
    let raw = steps as i64;
    (steps.abs() < 9e18).then_some(raw)
}

fn taker_of_side(text: &[u8]) -> Option<Side> {
    match text.to_ascii_lowercase().as_slice() {
        b"buy" => Some(Side::Buy),
        b"sell" => Some(Side::Sell),
        _other => None,
    }
}

/// The buyer made, so the seller took.
fn taker_of_maker(text: &[u8]) -> Option<Side> {
    match text.to_ascii_lowercase().as_slice() {
        b"true" | b"1" => Some(Side::Sell),
        b"false" | b"0" => Some(Side::Buy),
        _other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, row: &str) -> String {
        let (layout, named) = TickLayout::of(header.as_bytes()).expect("a known header");
        assert!(named);
        match layout.parse(row.as_bytes()) {
            Ok((_, Some(Tick { at, kind: TickKind::Trade { price, qty, taker } }))) => {
                format!("{} {price} {qty} {taker:?}", at.as_millis())
            }
            Ok((_, Some(Tick { at, kind: TickKind::Quote { bid, ask, sizes } }))) => {
                format!("{} {bid} {ask} {sizes:?}", at.as_millis())
            }
            Ok((_, None)) => "left out".to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn the_columns_of_public_exports() {
        for (header, row, wanted) in [
            (
                "timestamp,trade_id,price,quantity,buyer_maker",
                "1610064000368,553287561,39439.22,0.00031099999999999997,False",
                "1610064000368 39439.22 0.000311 Some(Buy)",
            ),
            (
                "time,id,side,price,amount,cost",
                "1570752011620,13519807,sell,0.00141342,23.0,0.03250866",
                "1570752011620 0.00141342 23 Some(Sell)",
            ),
            (
                ",timestamp,id,type,side,price,amount,cost,date",
                "0,1675329600138,1206419187,,buy,1666.8,26.062,43440.1416,2023-02-02 09:20:00",
                "1675329600138 1666.8 26.062 Some(Buy)",
            ),
            (
                "time_s,price,amount",
                "1672531436,90.540000,1.10448420",
                "1672531436000 90.54 1.1044842 None",
            ),
            (
                "timestamp,symbol,ask_size,ask,bid_size,bid",
                "1610064001076,BTC/USDT,0.066851,39433.62,0.0031,39432.99",
                "1610064001076 39432.99 39433.62 Some((Qty(310000), Qty(6685100)))",
            ),
            ("time,price,qty", "1672531436000,0,1", "left out"),
            ("time,bid,ask", "1672531436000,2,1", "left out"),
            (
                "time,price,qty",
                "1672531436000,x,1",
                "Number { column: \"price\", source: NotANumber(\"x\") }",
            ),
            ("time,price,qty", "-5,1,1", "Time { seen: \"-5\" }"),
            ("time,price,qty", "5,1", "Columns { seen: 2, wanted: 3 }"),
        ] {
            assert_eq!(read(header, row), wanted, "{header}");
        }
    }

    #[test]
    fn archives_without_header_are_told_by_their_columns() {
        let line = b"1001,42000.5,0.25,10500.125,1704067200000000,False,True";
        let (layout, named) = TickLayout::of(line).expect("trades");
        assert!(!named);
        let (at, tick) = layout.parse(line).expect("a row");
        assert_eq!(at.to_string(), "2024-01-01T00:00:00Z");
        assert!(matches!(
            tick.map(|t| t.kind),
            Some(TickKind::Trade { taker: Some(Side::Buy), .. })
        ));
        assert!(TickLayout::of(b"1,2,3").is_err());
        assert!(TickLayout::of(b"a,b,c").is_err());
    }
}
