//! The check of a signed request, by the documented examples and on both sides of each line.

use types::market::TsNanos;

use super::*;
use crate::venue::market::Speed;

/// Key and secret of the documentation's examples.
const KEY: &str = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET: &str = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
/// The moment of the documentation's examples, in milliseconds.
const SENT: i64 = 1_499_827_319_559;

fn ring() -> KeyRing {
    let mut ring = KeyRing::default();
    let config = format!("{KEY}:{SECRET}:").parse().unwrap();
    ring.add(&config, AccountId(1)).unwrap();
    ring.add(&format!("reader:{SECRET}::read").parse().unwrap(), AccountId(1)).unwrap();
    ring
}

fn at(micros: i64, speed: Speed) -> Moment {
    Moment { at: TsNanos::from_micros(micros).unwrap(), speed }
}

fn params(pairs: &[(&str, &str)]) -> Params {
    let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Params::new(owned.collect()).unwrap()
}

fn code(result: Result<impl Sized, ApiError>) -> i32 {
    result.err().map_or(0, |error| error.code)
}

fn time_check(pairs: &[(&str, &str)], now_micros: i64, speed: Speed) -> i32 {
    code(check_time(&params(pairs), at(now_micros, speed)))
}

#[test]
fn a_request_is_good_within_its_window_and_not_one_step_beyond() {
    let now = SENT * 1_000;
    let sent = SENT.to_string();
    let one = Speed::REAL;
    let plain = [("timestamp", sent.as_str())];
    for (window, age, wanted) in [
        (None, 5_000_000, 0),
        (None, 5_000_001, -1021),
        (Some("10"), 10_000, 0),
        (Some("10"), 10_001, -1021),
        (Some("10.5"), 10_500, 0),
        (Some("10.5"), 10_501, -1021),
        (Some("60000"), 60_000_000, 0),
        (Some("60000"), 60_000_001, -1021),
        (Some("60001"), 0, -1102),
        (Some("10.0005"), 0, -1111),
        (Some("ten"), 0, -1100),
        (None, -999_999, 0),
        (None, -1_000_000, -1021),
    ] {
        let mut pairs = plain.to_vec();
        pairs.extend(window.map(|window| ("recvWindow", window)));
        assert_eq!(time_check(&pairs, now + age, one), wanted, "{window:?} {age}");
    }
    assert_eq!(time_check(&[], now, one), -1102);
    assert_eq!(time_check(&[("timestamp", "")], now, one), -1102);
    assert_eq!(time_check(&[("timestamp", "now")], now, one), -1100);
}

#[test]
fn microseconds_are_understood() {
    let sent = (SENT * 1_000 + 7).to_string();
    let pairs = [("timestamp", sent.as_str()), ("recvWindow", "0.001")];
    assert_eq!(time_check(&pairs, SENT * 1_000 + 8, Speed::REAL), 0);
    assert_eq!(time_check(&pairs, SENT * 1_000 + 9, Speed::REAL), -1021);
}

#[test]
fn the_window_grows_with_the_market_s_speed() {
    let sent = SENT.to_string();
    let pairs = [("timestamp", sent.as_str())];
    let fast = Speed::times(60).unwrap();
    assert_eq!(time_check(&pairs, SENT * 1_000 + 60 * 5_000_000, fast), 0);
    assert_eq!(time_check(&pairs, SENT * 1_000 + 60 * 5_000_000 + 1, fast), -1021);
    assert_eq!(time_check(&pairs, SENT * 1_000 - 60 * 1_000_000 + 1, fast), 0);
    assert_eq!(time_check(&pairs, SENT * 1_000 - 60 * 1_000_000, fast), -1021);
    assert_eq!(time_check(&pairs, 86_400_000_000 * 30_000, Speed::Max), 0);
}

#[test]
fn the_documented_request_is_let_in_and_every_other_refused() {
    let payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
    let signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    let ring = ring();
    let now = at(SENT * 1_000 + 1, Speed::REAL);
    let sent = SENT.to_string();
    let ask = |key: Option<&str>, security, signature: &str| {
        let pairs =
            [("timestamp", sent.as_str()), ("recvWindow", "5000"), ("signature", signature)];
        ring.authenticate(key, security, payload.as_bytes(), &params(&pairs), now)
    };
    let caller = ask(Some(KEY), Security::Trade, signature).unwrap();
    assert_eq!(caller.account, AccountId(1));
    for (key, security, signature, wanted) in [
        (Some(KEY), Security::UserData, signature, 0),
        (None, Security::Trade, signature, -2014),
        (Some(""), Security::Trade, signature, -2014),
        (Some("not a key"), Security::Trade, signature, -2014),
        (Some("nobody"), Security::Trade, signature, -2015),
        (Some("reader"), Security::UserData, signature, 0),
        (Some("reader"), Security::Trade, signature, -2015),
        (Some(KEY), Security::Trade, "", -1102),
        (Some(KEY), Security::Trade, "c8db", -1022),
        (Some(KEY), Security::Trade, &signature.replace('c', "d"), -1022),
    ] {
        assert_eq!(code(ask(key, security, signature)), wanted, "{key:?} {signature}");
    }
}
