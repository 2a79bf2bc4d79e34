//! [`Params`]: the parameters of one request, read one by one; what nobody reads is an error.
//!
//! REST fills it from query string and form body, the WebSocket API from the JSON object `params`. Which message belongs to
//! which mistake is in `errors.md` (-1100 to -1108, -1111, -1130, -1135).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use types::num::{NumError, Price, Qty, parse_e8};

use super::ApiError;

/// Legal range of a symbol's name, as shown in the answer.
const SYMBOL: &str = "^[A-Z0-9-_.]{1,20}$";
/// Legal range of a decimal number, as shown in the answer.
const DECIMAL: &str = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
/// Legal range of a whole number, as shown in the answer.
const WHOLE: &str = "^[0-9]{1,20}$";
/// Legal range of a client order id, as shown in the answer.
const CLIENT_ID: &str = "^[\\.A-Z\\:/a-z0-9_-]{1,36}$";
/// Most symbols in one list (`rest-api.md`, "Rolling window price change statistics").
const SYMBOLS_MAX: usize = 100;

/// The parameters of one request in the order they were sent.
#[derive(Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    /// Which of them were read. Atomic, so that a request may be held while it waits.
    read: Vec<AtomicBool>,
}

/// A value out of a closed list of words.
pub trait Word: Sized + Copy + 'static {
    /// All of them with their spelling.
    const ALL: &'static [(&'static str, Self)];

    /// Returns the value that is spelt so.
    #[must_use]
    fn spelt(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
    }
}

impl Params {
    /// Returns the parameters.
    ///
    /// # Errors
    /// -1101 if a name occurs twice.
    pub fn new(pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        let mut names = BTreeSet::new();
        if pairs.iter().all(|(name, _)| names.insert(name.as_str())) {
            let read = pairs.iter().map(|_| AtomicBool::new(false)).collect();
            return Ok(Self { pairs, read });
        }
        Err(ApiError::duplicate_values())
    }

    /// Returns the number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns all pairs as sent.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Returns whether a parameter was sent, without reading it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(sent, _)| sent == name)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// -1105 if it is there and empty.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let Some(index) = self.pairs.iter().position(|(sent, _)| sent == name) else {
            return Ok(None);
        };
        self.read[index].store(true, Ordering::Relaxed);
        match self.pairs[index].1.as_str() {
            "" => Err(ApiError::empty(name)),
            text => Ok(Some(text)),
        }
    }

    /// Reads a text that has to be there.
    ///
    /// # Errors
    /// -1102 if it is not.
    pub fn needed_text(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)
            .map_err(|_| ApiError::mandatory(name))?
            .ok_or_else(|| ApiError::mandatory(name))
    }

    /// Reads a symbol's name.
    ///
    /// # Errors
    /// -1100 for other characters, -1105 if it is empty.
    pub fn symbol(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_.".contains(c);
        if text.len() <= 20 && text.chars().all(legal) {
            return Ok(Some(text));
        }
        Err(ApiError::illegal_characters(name, SYMBOL))
    }

    /// Reads a list of symbols: `["BTCUSDT","ETHUSDT"]`.
    ///
    /// # Errors
    /// -1100 if it is no such list, -1151 if a symbol is in it twice, -1105 if it is empty.
    pub fn symbols(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let illegal = || {
            ApiError::illegal_characters(
                name,
                "^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$",
            )
        };
        let list: Vec<String> = serde_json::from_str(text).map_err(|_| illegal())?;
        if list.is_empty() || list.iter().any(|symbol| symbol.is_empty() || symbol.len() > 20) {
            return Err(illegal());
        }
        if list.len() > SYMBOLS_MAX {
            return Err(ApiError::too_many_parameters(SYMBOLS_MAX, list.len()));
        }
        let mut seen = BTreeSet::new();
        if list.iter().all(|symbol| seen.insert(symbol.as_str())) {
            return Ok(Some(list));
        }
        Err(ApiError::duplicate_symbols())
    }

    /// Reads a name that a client gives to an order or a list.
    ///
    /// # Errors
    /// -1100 for other characters than letters, digits and `.:/_-`, or for more than 36, -1105 if it is empty.
    pub fn client_id(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let legal = |c: char| c.is_ascii_alphanumeric() || ".:/_-".contains(c);
        if text.len() <= 36 && text.chars().all(legal) {
            return Ok(Some(text));
        }
        Err(ApiError::illegal_characters(name, CLIENT_ID))
    }

    /// Reads a whole number, not below zero.
    ///
    /// # Errors
    /// -1100 if it is none, -1108 if it does not fit 63 bits, -1105 if it is empty.
    pub fn whole(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.len() > 20 {
            return Err(ApiError::illegal_characters(name, WHOLE));
        }
        text.parse().map(Some).map_err(|_| ApiError::overflow(name))
    }

    /// Reads how many rows are wanted; more than `most` are cut to it.
    ///
    /// # Errors
    /// -1100 if it is no whole number, -1130 if it is 0.
    pub fn limit(&self, default: usize, most: usize) -> Result<usize, ApiError> {
        match self.whole("limit")? {
            None => Ok(default),
            Some(0) => Err(ApiError::invalid_data("limit")),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
        }
    }

    /// Reads a truth.
    ///
    /// # Errors
    /// -1100 for anything but `true` and `false`.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.text(name)? {
            None => Ok(None),
            Some("true" | "TRUE") => Ok(Some(true)),
            Some("false" | "FALSE") => Ok(Some(false)),
            Some(_) => Err(ApiError::illegal_characters(name, "^(true|false)$")),
        }
    }

    /// Reads a word out of a list; `wrong` is the answer to any other.
    ///
    /// # Errors
    /// `wrong`, and -1105 if it is empty.
    pub fn word<W: Word>(
        &self,
        name: &str,
        wrong: fn() -> ApiError,
    ) -> Result<Option<W>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        W::spelt(text).map(Some).ok_or_else(wrong)
    }

    /// Reads a price.
    ///
    /// # Errors
    /// -1100 if it is no decimal number, -1111 with more than 8 decimals, -1108 if it does not fit.
    pub fn price(&self, name: &str) -> Result<Option<Price>, ApiError> {
        Ok(self.decimal(name)?.map(Price::from_raw))
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// As [`Self::price`].
    pub fn qty(&self, name: &str) -> Result<Option<Qty>, ApiError> {
        Ok(self.decimal(name)?.map(Qty::from_raw))
    }

    fn decimal(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let legal = |part: &str| {
            (1..=20).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !legal(whole) || !legal(fraction) {
            return Err(ApiError::illegal_characters(name, DECIMAL));
        }
        match parse_e8(text.as_bytes()) {
            Ok(raw) => Ok(Some(raw)),
            Err(NumError::TooFine(_)) => Err(ApiError::too_precise(name)),
            Err(NumError::TooLarge(_)) => Err(ApiError::overflow(name)),
            Err(NumError::NotANumber(_)) => Err(ApiError::illegal_characters(name, DECIMAL)),
        }
    }

    /// Says that everything that belongs to the request has been read.
    ///
    /// # Errors
    /// -1104 if more was sent; -1101 if the endpoint takes no parameters at all.
    pub fn done(&self) -> Result<(), ApiError> {
        let read = self.read.iter().filter(|read| read.load(Ordering::Relaxed)).count();
        let sent = self.pairs.len();
        match (read, sent) {
            _ if read == sent => Ok(()),
            (0, sent) => Err(ApiError::too_many_parameters(0, sent)),
            (read, sent) => Err(ApiError::unread(read, sent)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Params::new(owned.collect()).unwrap()
    }

    fn code<T>(result: Result<T, ApiError>) -> i32 {
        result.err().map_or(0, |error| error.code)
    }

    #[test]
    fn each_mistake_has_its_code() {
        type Case = (&'static str, fn(&Params) -> i32, i32);
        let cases: &[Case] = &[
            ("BTCUSDT", |p| code(p.symbol("x")), 0),
            ("btcusdt", |p| code(p.symbol("x")), -1100),
            ("BTC USDT", |p| code(p.symbol("x")), -1100),
            ("AAAAAAAAAAAAAAAAAAAAA", |p| code(p.symbol("x")), -1100),
            ("", |p| code(p.symbol("x")), -1105),
            ("", |p| code(p.needed_text("x")), -1102),
            ("[\"A\",\"B\"]", |p| code(p.symbols("x")), 0),
            ("[\"A\",\"A\"]", |p| code(p.symbols("x")), -1151),
            ("[]", |p| code(p.symbols("x")), -1100),
            ("A,B", |p| code(p.symbols("x")), -1100),
            ("my-order_1", |p| code(p.client_id("x")), 0),
            ("my order", |p| code(p.client_id("x")), -1100),
            ("1234567890123456789012345678901234567", |p| code(p.client_id("x")), -1100),
            ("12", |p| code(p.whole("x")), 0),
            ("-1", |p| code(p.whole("x")), -1100),
            ("1.5", |p| code(p.whole("x")), -1100),
            ("9223372036854775808", |p| code(p.whole("x")), -1108),
            ("1.50", |p| code(p.price("x")), 0),
            ("1.", |p| code(p.price("x")), -1100),
            ("1e5", |p| code(p.price("x")), -1100),
            ("-1", |p| code(p.qty("x")), -1100),
            ("0.000000001", |p| code(p.qty("x")), -1111),
            ("0.100000000", |p| code(p.qty("x")), 0),
            ("92233720369", |p| code(p.qty("x")), -1108),
            ("true", |p| code(p.truth("x")), 0),
            ("yes", |p| code(p.truth("x")), -1100),
        ];
        for (value, read, wanted) in cases {
            assert_eq!(read(&params(&[("x", value)])), *wanted, "{value}");
        }
    }

    #[test]
    fn limits_are_cut_and_never_zero() {
        assert_eq!(params(&[]).limit(500, 1000), Ok(500));
        assert_eq!(params(&[("limit", "1000")]).limit(500, 1000), Ok(1000));
        assert_eq!(params(&[("limit", "1001")]).limit(500, 1000), Ok(1000));
        assert_eq!(code(params(&[("limit", "0")]).limit(500, 1000)), -1130);
    }

    #[test]
    fn what_nobody_reads_is_named() {
        let sent = params(&[("symbol", "A"), ("other", "1")]);
        assert_eq!(sent.done(), Err(ApiError::too_many_parameters(0, 2)));
        sent.symbol("symbol").unwrap();
        assert_eq!(sent.done(), Err(ApiError::unread(1, 2)));
        sent.text("other").unwrap();
        assert_eq!(sent.done(), Ok(()));
        let twice = vec![("a".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())];
        assert_eq!(code(Params::new(twice)), -1101);
    }
}
