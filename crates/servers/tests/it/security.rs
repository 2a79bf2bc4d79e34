//! Who may ask what: keys, signatures, time windows, and where parameters may stand.

use ed25519_dalek::SigningKey;
use servers::venue::market::Speed;

use super::support::{
    Answer, Desk, KEY, MOMENT, OTHER, OTHER_SECRET, SECRET, Setup, ed25519, hmac_hex, stamped, told,
};

/// The order of the documentation's HMAC examples.
const EXAMPLE: &str = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";

/// Query string and body as in `rest-api.md` (the third as in its older editions), signatures as printed there.
#[tokio::test]
async fn the_published_requests_are_taken_as_published() {
    let signed = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
    let mixed = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77";
    let (before, after) = EXAMPLE.split_at(EXAMPLE.find("&quantity").unwrap());
    for (query, body) in [
        (String::new(), format!("{EXAMPLE}&signature={signed}")),
        (format!("{EXAMPLE}&signature={signed}"), String::new()),
        (before.to_owned(), format!("{}&signature={mixed}", &after[1..])),
        (format!("{EXAMPLE}&signature={}", signed.to_uppercase()), String::new()),
    ] {
        // The venue's clock starts at the moment of the examples and runs as clocks do.
        let desk = Desk::with(Setup { speed: Speed::REAL, ..Setup::default() }).await;
        let target = format!("/api/v3/order?{query}");
        let answer = desk.raw("POST", &target, &[("x-mbx-apikey", KEY)], &body).await.unwrap();
        let wanted = "LTCBTC 1 NEW LIMIT BUY 0.10000000 1.00000000 GTC";
        let fields = "symbol orderId status type side price origQty timeInForce";
        assert_eq!(told(&answer.good(), fields), wanted, "{query} | {body}");
        desk.venue.stop().await;
    }
}

#[tokio::test]
async fn a_symbol_in_percent_encoding_is_signed_as_it_is_sent() {
    let desk = Desk::open().await;
    let payload = "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
    let signature = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3";
    let target = format!("/api/v3/order?{payload}&signature={signature}");
    let answer = desk.raw("POST", &target, &[("x-mbx-apikey", KEY)], "").await.unwrap();
    // The signature is good: what is wrong is that no such symbol is here.
    assert_eq!(answer.code(), -1100, "{}", answer.text);
    desk.venue.stop().await;
}

#[tokio::test]
async fn an_ed25519_key_signs_in_query_and_body() {
    let signing = SigningKey::from_bytes(&[9; 32]);
    let public = signing.verifying_key().to_bytes();
    use base64ct::Encoding as _;
    let account = format!("ed:ed25519={}:USDT=5", base64ct::Base64::encode_string(&public));
    let desk = Desk::with(Setup { accounts: vec![account], ..Setup::default() }).await;
    let payload = stamped("omitZeroBalances=true", MOMENT);
    let signature = ed25519(&signing, &payload);
    let headers = [("x-mbx-apikey", "ed")];
    let target = format!("/api/v3/account?{payload}&signature={signature}");
    let account = desk.raw("GET", &target, &headers, "").await.unwrap().good();
    assert_eq!(told(&account["balances"][0], "asset free"), "USDT 5.00000000");
    let other = SigningKey::from_bytes(&[8; 32]);
    let forged = ed25519(&other, &payload);
    let target = format!("/api/v3/account?{payload}&signature={forged}");
    assert_eq!(desk.raw("GET", &target, &headers, "").await.unwrap().code(), -1022);
    let order = stamped(
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=5000",
        MOMENT,
    );
    let body = format!("{order}&signature={}", ed25519(&signing, &order));
    let placed = desk.raw("POST", "/api/v3/order", &headers, &body).await.unwrap();
    assert_eq!(told(&placed.good(), "status side"), "NEW BUY");
    desk.venue.stop().await;
}

/// Key, payload, signature (`=` signs the payload with the secret), HTTP status, code.
#[tokio::test]
async fn what_is_not_signed_well_is_refused() {
    let desk = Desk::with(Setup { speed: Speed::REAL, ..Setup::default() }).await;
    let now = MOMENT;
    for (key, payload, signature, status, code) in [
        (None, format!("timestamp={now}"), "=", 401, -2014),
        (Some("no key at all!"), format!("timestamp={now}"), "=", 401, -2014),
        (Some("nobody"), format!("timestamp={now}"), "=", 401, -2015),
        (Some(OTHER), format!("timestamp={now}"), "=", 400, -1022),
        (Some(KEY), format!("timestamp={now}"), "00", 400, -1022),
        (Some(KEY), format!("timestamp={now}"), "", 400, -1102),
        (Some(KEY), "x=1".to_owned(), "=", 400, -1102),
        (Some(KEY), "timestamp=soon".to_owned(), "=", 400, -1100),
        (Some(KEY), format!("timestamp={}", now - 60_001), "=", 400, -1021),
        (Some(KEY), format!("timestamp={}", now + 5_000_000), "=", 400, -1021),
        (Some(KEY), format!("timestamp={now}&recvWindow=60001"), "=", 400, -1102),
        (Some(KEY), format!("timestamp={now}&recvWindow=60000"), "=", 200, 0),
        (Some(KEY), format!("timestamp={}&recvWindow=60000", now * 1_000), "=", 200, 0),
        (Some(KEY), format!("timestamp={now}&recvWindow=60000&other=1"), "=", 400, -1104),
        (Some(KEY), format!("timestamp={now}&timestamp={now}"), "=", 400, -1101),
    ] {
        let signature =
            if signature == "=" { hmac_hex(SECRET, &payload) } else { signature.into() };
        let key = key.map(|key| ("x-mbx-apikey", key));
        let headers: Vec<_> = key.into_iter().collect();
        let target = format!("/api/v3/account?{payload}&signature={signature}");
        let answer: Answer = desk.raw("GET", &target, &headers, "").await.unwrap();
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{key:?} {payload}: {}",
            answer.text
        );
    }
    desk.venue.stop().await;
}

#[tokio::test]
async fn a_key_does_what_it_may_and_says_what_that_is() {
    let accounts = vec![
        "reader:r:USDT=1:read".to_owned(),
        "trader:t:USDT=1:trade,withdraw,transfer,any-ip".to_owned(),
    ];
    let desk = Desk::with(Setup { accounts, ..Setup::default() }).await;
    let order = "POST order/test symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=5000";
    let account = "GET account";
    let rights = "GET /sapi/v1/account/apiRestrictions";
    assert_eq!(desk.ask_as(("reader", "r"), order).await.code(), -2015);
    assert_eq!(desk.ask_as(("reader", "r"), account).await.code(), 0);
    let told_by = |answer: Answer| {
        told(
            &answer.good(),
            "ipRestrict enableReading enableSpotAndMarginTrading enableWithdrawals enableInternalTransfer permitsUniversalTransfer",
        )
    };
    assert_eq!(
        told_by(desk.ask_as(("reader", "r"), rights).await),
        "true true false false false false"
    );
    assert_eq!(desk.ask_as(("trader", "t"), order).await.code(), 0);
    assert_eq!(desk.ask_as(("trader", "t"), account).await.code(), -2015);
    assert_eq!(desk.ask_as((OTHER, OTHER_SECRET), account).await.code(), -2015);
    desk.venue.shared().act(|core| core.keys.key_mut("trader").unwrap().rights.read = true);
    assert_eq!(
        told_by(desk.ask_as(("trader", "t"), rights).await),
        "false true true true true true"
    );
    desk.venue.stop().await;
}
