//! `plimsoll run` under systemd: what it says on the socket of `sd_notify(3)`, from a real process.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::processes::{Hub, KEY, LOT, SECRET, Venue, VenueWanted};
use crate::support::Folder;

/// Longer than a start takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn systemd_hears_that_a_run_is_ready_alive_and_stopping() {
    let folder = Folder::new();
    let path = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&path).unwrap();
    systemd.set_read_timeout(Some(PATIENCE)).unwrap();
    let market = ["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "5"];
    let wanted = VenueWanted { market: &market, speed: "60", balances: "USDT=100000", faults: "" };
    let venue = Venue::start(&wanted);
    let config = folder.write("run.toml", LOT);
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command
        .args(["run", "--json", "--config", &config, "--state"])
        .arg(folder.path().join("state"))
        .args(["--venue", venue.address("rest"), "--streams", venue.address("streams")])
        .args(["--ws-api", venue.address("ws_api"), "--venue-control", venue.address("control")])
        .env("PLIMSOLL_KEY", KEY)
        .env("PLIMSOLL_SECRET", SECRET)
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "1000000")
        .stdout(Stdio::piped());
    let mut hub = Hub::run(&mut command);
    let heard = || {
        let mut bytes = [0; 256];
        let length = systemd.recv(&mut bytes).expect("systemd is told something");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let until = |wanted: &str| loop {
        let heard = heard();
        if heard == wanted {
            return;
        }
        assert_eq!(heard, "WATCHDOG=1", "nothing else comes before {wanted}");
    };
    until("READY=1\nSTATUS=trading");
    for _ in 0..3 {
        assert_eq!(heard(), "WATCHDOG=1");
    }
    assert_eq!(hub.stop(), Some(0));
    until("STOPPING=1");
}
