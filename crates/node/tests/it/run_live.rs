//! `plimsoll run` in modes testnet and live, with `plimsoll venue` on this machine in the place of the exchange: what the gate to
//! real money wants, piece by piece, and that it trades once all of it is there.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::processes::{Hub, HubWanted, KEY, LOT, SECRET, Venue, VenueWanted};
use crate::served::earned;
use crate::support::{Folder, Said, of_output, plimsoll, totp};

const LIMITS: &str = "version = 1\norder_notional = 25000\ngross_exposure = 100000\nopen_orders = 40\norder_rate = 20\n\
    price_collar = \"2%\"\ndaily_loss = \"10%\"\nsymbols = [\"BTCUSDT\", \"ETHUSDT\", \"SOLUSDT\", \"XRPUSDT\"]\n";

/// The words that a person types.
const TYPED: &str = "I may lose all of 100000 USDT\n";

const PATIENCE: Duration = Duration::from_secs(120);

/// An exchange whose market waits for its clients; what its key may do.
fn exchange(rights: &str) -> Venue {
    let balances = format!("USDT=100000{rights}");
    let market = &["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "7"];
    Venue::start(&VenueWanted { market, speed: "max", balances: &balances, faults: "" })
}

/// Everything that lies in files, for a team of two, and for one who is alone.
struct Papers {
    folder: Folder,
    /// The public keys, as a list.
    trusted: String,
}

impl Papers {
    fn new() -> Self {
        let folder = Folder::new();
        let dir = folder.path().join("keys").display().to_string();
        let mut public = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let made = plimsoll(&["keys", "new", name, "--dir", &dir, "--json"]).ended(0).json();
            public.push(made["public"].to_string());
            plimsoll(&["keys", "totp", name, "--dir", &dir]).ended(0);
        }
        let limits = folder.write("limits.toml", LIMITS);
        plimsoll(&["config", "sign", &limits, "--key", "ada", "--dir", &dir]).ended(0);
        Self { folder, trusted: public.join(", ") }
    }

    /// Writes the configuration of a run at a venue.
    fn config(&self, name: &str, venue: &Venue, change: impl Fn(String) -> String) -> String {
        let run = format!(
            "mode = \"live\"\nprofile = \"team\"\noperators = [\"ada\", \"bob\"]\nlimits = \"limits.toml\"\n\
             trusted_keys = [{}]\nkeys = \"keys\"\nstate = \"state\"",
            self.trusted
        );
        let control = venue.address("control").trim_start_matches("http://");
        let text = format!(
            "{}\n[live]\nlive_trading = true\n\n[venue]\nrest = \"{}\"\nstreams = \"{}\"\nws_api = \"{}\"\ncontrol = \"{control}\"\n",
            LOT.replace("mode = \"simulated\"", &run),
            venue.address("rest"),
            venue.address("streams"),
            venue.address("ws_api"),
        );
        self.folder.write(name, change(text))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Signs the permission of a configuration, earned on paper at its venue.
    fn permit(&self, config: &str, name: &str, venue: &Venue) {
        let dir = self.path("keys").display().to_string();
        let args = ["config", "permit-live", config, "--key", name, "--stake", "100000"];
        let code = totp(&self.folder.path().join("keys"), name, 0);
        let evidence = earned(self.folder.path(), venue.address("rest"));
        let evidence: Vec<&str> = evidence.iter().map(String::as_str).collect();
        let args = [&args[..], &["--dir", &dir], &evidence].concat();
        typed(&args, &format!("{code}\n")).ended(0);
    }
}

/// Runs the binary with a key and what a person types.
fn typed(args: &[&str], input: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(args).env("PLIMSOLL_KEY", KEY).env("PLIMSOLL_SECRET", SECRET);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that ends before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    of_output(&command, child.wait_with_output().unwrap())
}

#[test]
fn each_piece_of_the_gate_that_lacks_refuses_the_start_in_its_own_words() {
    let (venue, papers) = (exchange(""), Papers::new());
    let same = |text: String| text;
    let whole = papers.config("whole.toml", &venue, same);
    papers.permit(&whole, "ada", &venue);
    // What one person signed, and what one person asked for alone.
    let (file, signature) = (papers.path("live-permission.toml"), "live-permission.toml.sig");
    fs::copy(&file, papers.path("one.toml")).unwrap();
    fs::copy(papers.path(signature), papers.path("one.toml.sig")).unwrap();
    papers.permit(&whole, "bob", &venue);
    let solo = |text: String| {
        let text = text.replace("profile = \"team\"", "profile = \"solo\"");
        text.replace("live_trading = true", "live_trading = true\npermission = \"solo.toml\"")
    };
    let with = |from: &'static str, to: &'static str| {
        move |text: String| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        }
    };
    let greedy = exchange(":read,trade,withdraw");
    let blind = exchange(":read");
    let limits = "limits = \"limits.toml\"";
    papers.folder.write("bare.toml", LIMITS);
    papers.folder.write("other.toml", LIMITS.replace("25000", "99000"));
    fs::copy(papers.path("limits.toml.sig"), papers.path("other.toml.sig")).unwrap();
    let of = |name: &str, venue: &Venue, change: &dyn Fn(String) -> String| {
        papers.config(name, venue, change)
    };
    let one = with("live_trading = true", "live_trading = true\npermission = \"one.toml\"");
    let none = with("live_trading = true", "live_trading = true\npermission = \"none.toml\"");
    let story = [
        (of("a.toml", &venue, &with("live_trading = true", "")), TYPED, "FLAG_OFF: "),
        (of("b.toml", &venue, &with(limits, "")), TYPED, "LIMITS: saw no run.limits"),
        (of("c.toml", &venue, &with(limits, "limits = \"bare.toml\"")), TYPED, "bare.toml.sig"),
        (of("d.toml", &venue, &with(limits, "limits = \"other.toml\"")), TYPED, "altered after"),
        (of("e.toml", &venue, &none), TYPED, "PERMISSION: saw no"),
        (of("f.toml", &venue, &one), TYPED, "ONE_PERSON: 1 of 2"),
        (
            of("g.toml", &venue, &with("capital = \"100000\"", "capital = \"90000\"")),
            "I may lose all of 90000 USDT\n",
            "OTHER_TERMS: run.capital is 90000, permitted is 100000",
        ),
        (
            of(
                "h.toml",
                &venue,
                &with("live_trading = true", "live_trading = true\nrung = \"moderate\""),
            ),
            TYPED,
            "OTHER_TERMS: live.rung is moderate, permitted is minimal",
        ),
        (of("i.toml", &greedy, &same), TYPED, "KEY_CAN_WITHDRAW: "),
        (of("j.toml", &greedy, &same), TYPED, "OTHER_TERMS: the venue is "),
        (of("k.toml", &blind, &same), TYPED, "KEY_CANNOT_TRADE: "),
        (
            of("l.toml", &venue, &with("capital = \"100000\"", "capital = \"20\"")),
            TYPED,
            "ACCOUNT: ",
        ),
        (whole.clone(), "yes\n", "NOT_TYPED: type `I may lose all of 100000 USDT`"),
        (whole.clone(), "", "NOT_TYPED: "),
    ];
    for (config, input, wanted) in &story {
        // One that were let in would trade for ever.
        let args = ["run", "--config", config, "--for", "20s"];
        typed(&args, input).ended(78).complains(&["no real money", wanted]);
    }
    let alone = of("m.toml", &venue, &solo);
    papers.permit(&alone, "eve", &venue);
    typed(&["run", "--config", &alone, "--for", "20s"], TYPED)
        .ended(78)
        .complains(&["TOO_EARLY: "]);
    // Without a key, and with flags of a market that is none.
    plimsoll(&["run", "--config", &whole, "--for", "20s"]).ended(78).complains(&["PLIMSOLL_KEY"]);
    let far = papers.config("n.toml", &venue, |text| {
        let end = text.find("[venue]").unwrap();
        text[..end].to_owned()
    });
    plimsoll(&["run", "--config", &far, "--speed", "60", "--for", "20s"])
        .ended(64)
        .complains(&["as fast as time"]);
    assert!(!papers.path("state/journal").exists(), "nothing was begun");
    for mut venue in [venue, greedy, blind] {
        assert!(venue.record().orders.is_empty(), "nothing was sent");
    }
}

#[test]
fn once_all_of_it_is_there_it_trades_within_its_rung() {
    let (mut venue, papers) = (exchange(""), Papers::new());
    let config = papers.config("live.toml", &venue, |text| text);
    papers.permit(&config, "ada", &venue);
    papers.permit(&config, "bob", &venue);
    trades(&mut venue, &papers, &config, "live", TYPED);
    let journal = papers.path("state/journal").display().to_string();
    plimsoll(&["audit", "verify", &journal]).ended(0);
    let ledger = venue.ledger().display().to_string();
    let judged = plimsoll(&["audit", "check", &journal, "--ledger", &ledger, "--json"]);
    // Stopped as soon as it has traded, it may show too little to judge every rule by.
    assert_ne!(judged.json()["verdict"], "fail", "{}", judged.out);
}

#[test]
fn a_test_network_wants_a_key_and_no_permission() {
    let (mut venue, papers) = (exchange(""), Papers::new());
    let config = papers.config("testnet.toml", &venue, |text| {
        let text = text.replace("mode = \"live\"", "mode = \"testnet\"");
        text.replace("capital = \"100000\"", "capital = \"50%\"").replace("live_trading = true", "")
    });
    trades(&mut venue, &papers, &config, "testnet", "");
}

/// Runs until an entry has traded and its stop rests, and stops in good order.
fn trades(venue: &mut Venue, papers: &Papers, config: &str, mode: &str, input: &str) {
    let state = papers.path("state");
    let wanted = HubWanted { flags: &["--speed", "max"], ..HubWanted::new(&state, config) };
    let mut hub = Hub::start_outside(&wanted, input);
    let ready = hub.wait_for(PATIENCE, |event| event["event"] == "ready");
    assert_eq!((&ready["mode"], &ready["simulated"]), (&mode.into(), &false.into()), "{ready}");
    let report = |leg: &'static str, what: &'static str| {
        move |event: &serde_json::Value| {
            event["event"] == "report" && event["leg"] == leg && event["what"] == what
        }
    };
    hub.wait_for(PATIENCE, report("main", "filled"));
    hub.wait_for(PATIENCE, report("stop", "accepted"));
    assert_eq!(hub.stop(), Some(0));
    assert!(!venue.record().orders.is_empty(), "the exchange has them");
    // What a rung is earned by.
    let rung = if mode == "live" { ", rung minimal" } else { "" };
    let stage = format!(" Stage mode {mode}{rung}, at {}\n", venue.address("rest"));
    let journal = state.join("journal").display().to_string();
    let told = plimsoll(&["audit", "show", &journal, "--kind", "Stage"]).ended(0).out;
    assert!(told.ends_with(&stage) && told.lines().count() == 1, "{told}");
}
