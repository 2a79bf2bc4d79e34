//! Third-party clients, unmodified, take `plimsoll venue` for the exchange.

use std::path::Path;
use std::process::Command;

/// What installs the clients; `.ci/run` does it too.
const INSTALL: &str = "make clients";

/// Runs a Python test of `tools/clients` in the environment that `make clients` fills.
#[expect(clippy::print_stdout, reason = "what the clients said is the report")]
fn drive(test: &str, module: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/clients/bin/python");
    if !python.exists() {
        println!("SKIPPED {test}: the clients are not installed ({INSTALL})");
        return;
    }
    // Without -B Python would leave compiled files beside the sources.
    let mut command = Command::new(python);
    command.args(["-B", "-W", "error::ResourceWarning", "-m", "unittest", "-v", module]);
    command.current_dir(root.join("tools/clients"));
    let output = command.env("PLIMSOLL", env!("CARGO_BIN_EXE_plimsoll")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{module}: {said}");
}

#[test]
fn python_binance_takes_the_venue_for_the_exchange() {
    drive("python_binance_takes_the_venue_for_the_exchange", "test_python_binance");
}

#[test]
fn the_exchanges_own_client_takes_the_venue_for_the_exchange() {
    drive("the_exchanges_own_client_takes_the_venue_for_the_exchange", "test_binance_sdk");
}
