//! Decoding of messages: wanted are at most 5 us for a kline or depth message.
//!
//! Measured on an idle core, medians: kline 1.6 us, trade 0.8, execution report 3.6; depth with 10 levels a side 3.6, with 20
//! a side 6.3, which is 80 numbers read exactly and above what was wanted.

use adapters::venues::binance::decode::{self, StreamNames};
use types::feed::{Channel, Stream};
use types::ids::Symbol;
use types::market::Timeframe;

fn main() {
    divan::main();
}

/// Streams as a feed of one symbol has them.
fn names() -> StreamNames {
    let symbol = Symbol::new("BTCUSDT").expect("a symbol");
    let channels = [Channel::Bars(Timeframe::M1), Channel::Depth, Channel::Trades];
    StreamNames::new(&channels.map(|channel| Stream::new(symbol.clone(), channel)))
}

#[divan::bench]
fn kline(bencher: divan::Bencher<'_, '_>) {
    let text = r#"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BTCUSDT","k":{"t":1672515780000,"T":1672515839999,"s":"BTCUSDT","i":"1m","f":2388493100,"L":2388495200,"o":"16578.01000000","c":"16580.22000000","h":"16583.77000000","l":"16577.40000000","v":"83.91422000","n":2101,"x":false,"q":"1391240.18170530","V":"41.53298000","Q":"688590.05520210","B":"0"}}}"#;
    let names = names();
    bencher.bench_local(|| decode::stream(divan::black_box(text.as_bytes()), &names));
}

#[divan::bench(args = [1, 10, 20])]
fn depth(bencher: divan::Bencher<'_, '_>, levels: usize) {
    let side = |from: usize| {
        let levels: Vec<String> = (0..levels)
            .map(|n| format!(r#"["{}.{:02}000000","0.{:03}12000"]"#, 16_578 + from + n, n, n * 7))
            .collect();
        levels.join(",")
    };
    let text = format!(
        r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1672515782136,"s":"BTCUSDT","U":157,"u":160,"b":[{}],"a":[{}]}}}}"#,
        side(0),
        side(100)
    );
    let names = names();
    bencher.bench_local(|| decode::stream(divan::black_box(text.as_bytes()), &names));
}

#[divan::bench]
fn trade(bencher: divan::Bencher<'_, '_>) {
    let text = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1672515782136,"s":"BTCUSDT","t":2388493100,"p":"16578.01000000","q":"0.00120000","T":1672515782135,"m":true,"M":true}}"#;
    let names = names();
    bencher.bench_local(|| decode::stream(divan::black_box(text.as_bytes()), &names));
}

#[divan::bench]
fn execution_report(bencher: divan::Bencher<'_, '_>) {
    let text = r#"{"subscriptionId":0,"event":{"e":"executionReport","E":1499405658658,"s":"ETHBTC","c":"pugcndiqk7dah7bam26wrbo7hkmlvvs42","S":"BUY","o":"LIMIT","f":"GTC","q":"1.00000000","p":"0.10264410","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":4293153,"l":"0.25000000","z":"0.50000000","L":"0.10264400","n":"0.00025000","N":"ETH","T":1499405658657,"t":77,"I":8641984,"w":true,"m":true,"M":false,"O":1499405658657,"Z":"0.05132200","Y":"0.02566100","Q":"0.00000000","W":1499405658657,"V":"NONE"}}"#;
    bencher.bench_local(|| decode::account_message(divan::black_box(text.as_bytes())));
}
