//! The doors where the venue's bytes come in. Whatever they are, the answer is a value or an error.

use std::collections::BTreeMap;

use types::bar::Bar;
use types::feed::{Channel, DepthSnapshot, MarketEvent, PublicTrade, Stream};
use types::ids::Symbol;
use types::limits::Used;
use types::market::{Timeframe, TsNanos};
use types::venue::{Account, ListReport, OrderReport, UserEvent, VenueFill};

use super::map;
use super::wire::{
    AccountAnswer, ApiRestrictions, CancelReplaceAnswer, DepthAnswer, ErrorAnswer, ExchangeInfo,
    KlineAnswer, ListAnswer, MyTrade, OrderAnswer, OrderCount, PublicTradeAnswer, ServerTime,
    StreamFrame, UserFrame, read,
};
use crate::error::DecodeError;
use crate::outcome::{Rejection, UnknownOutcome};
use crate::rights::KeyRights;
use crate::venue::{Listings, Replaced};

/// The venue's names of the streams of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamNames(BTreeMap<String, Stream>);

impl StreamNames {
    /// Returns the names of streams.
    #[must_use]
    pub fn new(streams: &[Stream]) -> Self {
        Self(streams.iter().map(|stream| (wire_name(stream), stream.clone())).collect())
    }

    /// Returns names and streams, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stream)> {
        self.0.iter().map(|(name, stream)| (name.as_str(), stream))
    }
}

/// Returns the venue's name of a stream: depth ten times a second, as often as there is.
fn wire_name(stream: &Stream) -> String {
    let symbol = stream.symbol.as_str().to_ascii_lowercase();
    match stream.channel {
        Channel::Bars(timeframe) => format!("{symbol}@kline_{timeframe}"),
        Channel::Quotes => format!("{symbol}@bookTicker"),
        Channel::Trades => format!("{symbol}@trade"),
        Channel::AggTrades => format!("{symbol}@aggTrade"),
        Channel::Depth => format!("{symbol}@depth@100ms"),
        Channel::DepthTop => format!("{symbol}@depth20@100ms"),
    }
}

/// What came on a market stream.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamMessage {
    /// Market data.
    Event(MarketEvent),
    /// The answer to a request of ours; the venue's words if it said no.
    Reply {
        /// Number of the request; `None` where the venue could not read it.
        id: Option<u64>,
        /// Why not.
        refused: Option<String>,
    },
}

/// Reads a message of a market stream.
///
/// # Errors
/// [`DecodeError`] for whatever the documentation does not describe, or of a stream that was not asked for.
pub fn stream(bytes: &[u8], names: &StreamNames) -> Result<StreamMessage, DecodeError> {
    let frame: StreamFrame<'_> = read("stream message", bytes)?;
    let (Some(name), Some(data)) = (&frame.stream, frame.data) else {
        return reply(&frame, bytes);
    };
    let Some(stream) = names.0.get(name.as_ref()) else {
        let name: String = name.chars().take(80).collect();
        let why = format!("`{name}`, which was not subscribed to");
        return Err(DecodeError::Value { field: "stream", why });
    };
    event(data.get().as_bytes(), stream).map(StreamMessage::Event)
}

/// Reads the data of one stream.
fn event(bytes: &[u8], stream: &Stream) -> Result<MarketEvent, DecodeError> {
    let symbol = &stream.symbol;
    Ok(match stream.channel {
        Channel::Bars(timeframe) => {
            MarketEvent::Bar(map::bar_update(&read("kline", bytes)?, symbol, timeframe)?)
        }
        Channel::Quotes => MarketEvent::Quote(map::quote(&read("bookTicker", bytes)?, symbol)?),
        Channel::Trades => MarketEvent::Trade(map::trade(&read("trade", bytes)?, symbol)?),
        Channel::AggTrades => {
            MarketEvent::AggTrade(map::agg_trade(&read("aggTrade", bytes)?, symbol)?)
        }
        Channel::Depth => {
            MarketEvent::Depth(map::depth_diff(&read("depthUpdate", bytes)?, symbol)?)
        }
        Channel::DepthTop => {
            MarketEvent::DepthTop(map::depth_top(&read("partial depth", bytes)?, symbol)?)
        }
    })
}

/// Reads an answer to a request on a stream.
fn reply(frame: &StreamFrame<'_>, bytes: &[u8]) -> Result<StreamMessage, DecodeError> {
    let error = frame.error.as_ref();
    let code = frame.code.or(error.map(|error| error.code));
    let words = frame.msg.as_ref().or(error.map(|error| &error.msg));
    if code.is_none() && words.is_none() && frame.id.is_none() {
        return Err(DecodeError::Form {
            what: "stream message",
            why: "it holds neither data nor an answer".to_owned(),
            sample: super::wire::sample(bytes),
        });
    }
    let refused = (code.is_some() || words.is_some()).then(|| {
        let words: String = words.map_or_else(String::new, |text| text.chars().take(200).collect());
        format!("code {}: {words}", code.unwrap_or(0))
    });
    Ok(StreamMessage::Reply { id: frame.id, refused })
}

/// What came on a connection with messages about the account.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountMessage {
    /// A message.
    Event(UserEvent),
    /// The answer to the subscription; the venue's "no" if it said so.
    Reply {
        /// Number of the request.
        id: Option<u64>,
        /// Why not.
        refused: Option<Rejection>,
    },
}

/// Reads a message of a connection to the WebSocket API.
///
/// # Errors
/// [`DecodeError`] for whatever the documentation does not describe.
pub fn account_message(bytes: &[u8]) -> Result<AccountMessage, DecodeError> {
    let frame: UserFrame<'_> = read("account message", bytes)?;
    if let Some(event) = frame.event {
        return map::user_event(event.get().as_bytes()).map(AccountMessage::Event);
    }
    match (frame.status, frame.error) {
        (Some(200), None) => Ok(AccountMessage::Reply { id: frame.id, refused: None }),
        (_, Some(error)) => {
            Ok(AccountMessage::Reply { id: frame.id, refused: Some(map::rejection(&error)) })
        }
        (_, None) => Err(DecodeError::Form {
            what: "account message",
            why: "it holds neither an event nor an answer".to_owned(),
            sample: super::wire::sample(bytes),
        }),
    }
}

/// Reads the venue's clock.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn server_time(bytes: &[u8]) -> Result<TsNanos, DecodeError> {
    let answer: ServerTime = read("server time", bytes)?;
    TsNanos::from_millis(answer.server_time)
        .map_err(|error| DecodeError::Value { field: "serverTime", why: error.to_string() })
}

/// Reads symbols and limits.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn listings(bytes: &[u8]) -> Result<Listings, DecodeError> {
    map::listings(&read::<ExchangeInfo<'_>>("exchange information", bytes)?)
}

/// Reads bars.
///
/// # Errors
/// [`DecodeError`] if they are not what the documentation describes.
pub fn bars(bytes: &[u8], timeframe: Timeframe) -> Result<Vec<Bar>, DecodeError> {
    map::bars(&read::<Vec<KlineAnswer>>("klines", bytes)?, timeframe)
}

/// Reads the book.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn depth(bytes: &[u8]) -> Result<DepthSnapshot, DecodeError> {
    map::depth_snapshot(&read::<DepthAnswer>("depth", bytes)?)
}

/// Reads public trades.
///
/// # Errors
/// [`DecodeError`] if they are not what the documentation describes.
pub fn trades(bytes: &[u8], symbol: &Symbol) -> Result<Vec<PublicTrade>, DecodeError> {
    map::trades(&read::<Vec<PublicTradeAnswer>>("trades", bytes)?, symbol)
}

/// Reads an order.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn order(bytes: &[u8]) -> Result<OrderReport, DecodeError> {
    map::order_report(&read::<OrderAnswer<'_>>("order", bytes)?)
}

/// Reads orders.
///
/// # Errors
/// [`DecodeError`] if one of them is not what the documentation describes.
pub fn orders(bytes: &[u8]) -> Result<Vec<OrderReport>, DecodeError> {
    read::<Vec<OrderAnswer<'_>>>("orders", bytes)?.iter().map(map::order_report).collect()
}

/// Reads a list of orders.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn order_list(bytes: &[u8]) -> Result<ListReport, DecodeError> {
    map::list_report(&read::<ListAnswer<'_>>("order list", bytes)?)
}

/// Reads what became of a cancel-replace that succeeded in both halves.
///
/// # Errors
/// [`UnknownOutcome`] if it cannot be read, or a half failed without a known outcome.
pub fn replaced(bytes: &[u8]) -> Result<Replaced, UnknownOutcome> {
    map::cancel_replace(&read::<CancelReplaceAnswer<'_>>("cancel-replace", bytes)?)
}

/// Reads what became of a cancel-replace that failed in a half, from the error that says so; `None` for
/// another error.
///
/// # Errors
/// [`UnknownOutcome`] if it cannot be read, or a half failed without a known outcome.
pub fn half_replaced(bytes: &[u8]) -> Result<Option<Replaced>, UnknownOutcome> {
    let Ok(error) = read::<ErrorAnswer<'_>>("error", bytes) else { return Ok(None) };
    match (error.code, error.data) {
        (-2021 | -2022, Some(data)) => {
            let answer = read("cancel-replace", data.get().as_bytes())?;
            map::cancel_replace(&answer).map(Some)
        }
        _ => Ok(None),
    }
}

/// Reads our fills.
///
/// # Errors
/// [`DecodeError`] if one of them is not what the documentation describes.
pub fn fills(bytes: &[u8]) -> Result<Vec<VenueFill>, DecodeError> {
    read::<Vec<MyTrade<'_>>>("fills", bytes)?.iter().map(map::my_trade).collect()
}

/// Reads an account.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn account(bytes: &[u8]) -> Result<Account, DecodeError> {
    map::account(&read::<AccountAnswer<'_>>("account", bytes)?)
}

/// Reads the counts of the order limits.
///
/// # Errors
/// [`DecodeError`] if they are not what the documentation describes.
pub fn order_usage(bytes: &[u8]) -> Result<Vec<Used>, DecodeError> {
    map::usage(&read::<Vec<OrderCount<'_>>>("order counts", bytes)?)
}

/// Reads what a key may do.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn key_rights(bytes: &[u8]) -> Result<KeyRights, DecodeError> {
    map::key_rights(&read::<ApiRestrictions>("key restrictions", bytes)?)
}

/// Reads an error.
///
/// # Errors
/// [`DecodeError`] if it is not what the documentation describes.
pub fn error(bytes: &[u8]) -> Result<Rejection, DecodeError> {
    read::<ErrorAnswer<'_>>("error", bytes).map(|answer| map::rejection(&answer))
}
