//! `parity`: two kept runs, compared decision by decision and order by order.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::permit::Desk;
use crate::processes::{Hub, HubWanted, Venue, VenueWanted};
use crate::run_paper::section;
use crate::support::{Folder, Said, klines, plimsoll};

/// Hours of bars.
const HOURS: i64 = 1_440;

/// Keeps a run of the reference rule; returns its journal.
fn kept(folder: &Folder, name: &str, bars: &str, config: Option<&str>) -> String {
    let data = folder.path().join(name);
    std::fs::create_dir(&data).unwrap();
    let file = data.join("WAVEUSD-1h-2024.csv");
    std::fs::write(&file, bars).unwrap();
    let journal = folder.path().join(format!("{name}-journal"));
    let journal = journal.to_str().unwrap().to_owned();
    let mut args = vec!["backtest", "--data", file.to_str().unwrap(), "--policy", "ema_cross"];
    args.extend(["--json", "--journal", &journal]);
    let config = config.map(|text| folder.write(&format!("{name}.toml"), text));
    if let Some(config) = &config {
        args.extend(["--config", config]);
    }
    plimsoll(&args).ended(0);
    journal
}

fn parity(a: &str, b: &str) -> Said {
    plimsoll(&["parity", a, b, "--json"])
}

/// Returns the causes of all differences.
fn causes(answer: &Value) -> BTreeSet<String> {
    let listed = answer["causes"].as_array().unwrap();
    listed.iter().map(|cause| cause["cause"].as_str().unwrap().to_owned()).collect()
}

/// Costs of the run that others are compared with.
fn costs(slippage: &str, fee: &str) -> String {
    format!(
        "[costs]\nslippage = \"{slippage}\"\ntaker_fee = \"{fee}\"\n[conventions]\nallow_negative_cash = true\n"
    )
}

#[test]
fn the_same_run_twice_has_no_difference() {
    let folder = Folder::new();
    let bars = klines(HOURS);
    let (a, b) = (kept(&folder, "a", &bars, None), kept(&folder, "b", &bars, None));
    let said = parity(&a, &b).ended(0).json();
    assert_eq!((&said["equal"], &said["named"]), (&true.into(), &true.into()));
    assert!(
        said["orders"].as_u64() >= Some(8) && said["decisions"].as_u64() > Some(1_000),
        "{said}"
    );
    assert!(said["inputs"].as_array().unwrap().is_empty(), "{said}");
    let told = plimsoll(&["parity", &a, &b]).ended(0).out;
    assert!(told.ends_with("0 differences\n"), "{told}");
}

#[test]
fn other_costs_are_named_and_so_is_what_follows_from_them() {
    let folder = Folder::new();
    let bars = klines(HOURS);
    let run = |name, slippage, fee| kept(&folder, name, &bars, Some(&costs(slippage, fee)));
    let base = run("base", "2bps", "10bps");

    let slips = parity(&base, &run("slips", "7bps", "10bps")).ended(0).json();
    let first = &slips["differences"][0];
    assert_eq!(
        (&first["what"], &first["aspect"], &first["cause"]),
        (&"fill".into(), &"price".into(), &"costs".into())
    );
    let found = causes(&slips);
    assert!(found.contains("costs") && found.contains("books"), "{found:?}");
    assert!(!found.contains("unknown") && !found.contains("fee"), "{found:?}");

    let fees = parity(&base, &run("fees", "2bps", "12bps")).ended(0).json();
    let first = &fees["differences"][0];
    assert_eq!((&first["aspect"], &first["cause"]), (&"fee".into(), &"fee".into()), "{first}");
    assert_eq!(first["a"], "entry fee 10.00 bps");
    assert_eq!(first["b"], "entry fee 12.00 bps");
}

#[test]
fn a_bar_that_differs_or_lacks_is_named_with_its_moment() {
    let folder = Folder::new();
    let bars = klines(HOURS);
    let base = kept(&folder, "base", &bars, None);
    let mut lines: Vec<String> = bars.lines().map(str::to_owned).collect();
    let whole = lines.clone();
    // The close of the 700th hour, a little higher.
    let mut fields: Vec<String> = lines[700].split(',').map(str::to_owned).collect();
    fields[4] = fields[2].clone();
    lines[700] = fields.join(",");
    let other = kept(&folder, "other", &(lines.join("\n") + "\n"), None);
    let said = parity(&base, &other).ended(0).json();
    let found = causes(&said);
    assert_eq!(said["differences"][0]["cause"], "different_bar", "{said}");
    assert!(!found.contains("unknown") && !found.contains("missing_bar"), "{found:?}");
    let moment = "2024-01-30T05:00:00Z";
    assert_eq!(said["inputs"][0]["at"], moment, "{said}");
    assert!(said["differences"][0]["instant"].as_str() >= Some(moment), "{said}");

    let mut lines = whole;
    lines.remove(700);
    let lacks = kept(&folder, "lacks", &(lines.join("\n") + "\n"), None);
    let said = parity(&base, &lacks).ended(0).json();
    assert_eq!(said["differences"][0]["cause"], "missing_bar", "{said}");
    assert!(!causes(&said).contains("unknown"), "{said}");
    let told = plimsoll(&["parity", &base, &lacks]).ended(0).out;
    assert!(told.contains("only in the first run") && told.contains(moment), "{told}");
}

#[test]
fn runs_without_a_common_instant_prove_nothing() {
    let folder = Folder::new();
    let bars = klines(HOURS);
    let lines: Vec<&str> = bars.lines().collect();
    let early = kept(&folder, "early", &(lines[..400].join("\n") + "\n"), None);
    let late = kept(&folder, "late", &(lines[500..].join("\n") + "\n"), None);
    let said = parity(&early, &late).ended(2).json();
    assert_eq!((&said["equal"], &said["named"]), (&false.into(), &false.into()));
    let told = plimsoll(&["parity", &early, &late]).ended(2).out;
    assert!(told.starts_with("INCONCLUSIVE"), "{told}");
    let none = folder.path().join("none");
    plimsoll(&["parity", &early, none.to_str().unwrap()]).ended(65).complains(&["no journal"]);
}

/// A recorded stretch of one-minute bars, and the journal of a backtest over it.
struct Recorded {
    folder: Folder,
    data: String,
}

/// When the recorded day begins: streams are heard a quarter of an hour later, which is 200 quarters behind the first bar, as many as
/// a run reads of the time before.
const DAY: &str = "2023-01-03T01:45:00Z";

/// Its end, milliseconds.
const DAY_ENDS: i64 = 1_672_797_600_000;

/// Under which both run.
const RULES: &str = "timeframes = [\"15m\"]

[run]
mode = \"MODE\"
capital = \"100000\"
symbols = [\"ADAUSDT\", \"BTCUSDT\", \"ETHUSDT\", \"LTCUSDT\", \"SOLUSDT\", \"XRPUSDT\"]

[entry]
decision_timeframe = \"15m\"
threshold = 40.0
cost_limit_r = 1.0

[exit]
time_stop_bars = 8
trail_from_r = 0.2

[risk]
per_trade = \"0.1%\"
";

const PATIENCE: Duration = Duration::from_secs(400);

impl Recorded {
    fn new(seed: &str) -> Self {
        let folder = Folder::new();
        let data = folder.path().join("data").display().to_string();
        let market = ["data", "generate", "--days", "4", "--symbols", "6", "--seed", seed];
        plimsoll(&[&market[..], &["--timeframe", "1m", "--out", &data]].concat()).ended(0);
        for file in std::fs::read_dir(&data).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let whole: Vec<String> = text.lines().map(whole_volume).collect();
            std::fs::write(&path, whole.join("\n") + "\n").unwrap();
        }
        Self { folder, data }
    }

    /// Runs a backtest over all of it; returns its journal.
    fn backtest(&self, mode: &str, more: &[&str]) -> String {
        let config = self.config(mode);
        let journal = self.folder.path().join("backtest").display().to_string();
        let args = ["backtest", "--data", &self.data, "--config", &config, "--journal", &journal];
        plimsoll(&[&args[..], more].concat()).ended(0);
        journal
    }

    fn config(&self, mode: &str) -> String {
        self.folder.write("rules.toml", RULES.replace("MODE", mode))
    }

    /// Returns a venue that plays it again, as fast as its clients let it.
    fn venue(&self, balances: &str) -> Venue {
        let market = &["--data", &self.data, "--from", DAY];
        Venue::start(&VenueWanted { market, speed: "max", balances, faults: "" })
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }
}

/// Rounds a bar's volume up to a whole number: sums of those are the same in whichever order they are made.
fn whole_volume(line: &str) -> String {
    let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
    if let Some(volume) = fields.get(5).and_then(|text| text.parse::<f64>().ok()) {
        fields[5] = volume.ceil().to_string();
    }
    fields.join(",")
}

/// Waits until a run has decided on a moment, milliseconds.
fn wait_until(hub: &mut Hub, at: i64) {
    let reached = |event: &Value| event["at"].as_i64() >= Some(at);
    hub.wait_for(PATIENCE, |event| event["event"] == "instant" && reached(event));
}

#[test]
fn backtest_and_paper_of_the_same_recorded_day_do_the_same() {
    // Nothing scores 40 at 02:00, which the backtest scans and a run has as history: what came of it would be known to one alone.
    let recorded = Recorded::new("39");
    let backtest = recorded.backtest("paper", &["--rung", "paper"]);
    let venue = recorded.venue("USDT=1");
    let (config, state) = (recorded.config("paper"), recorded.state());
    let wanted = HubWanted { flags: &["--speed", "max"], ..HubWanted::new(&state, &config) };
    let mut hub = Hub::start(&venue, &wanted);
    wait_until(&mut hub, DAY_ENDS);
    assert_eq!(hub.stop(), Some(0));
    let paper = state.display().to_string();
    let said = parity(&backtest, &paper).ended(0).json();
    assert_eq!((&said["equal"], &said["named"]), (&true.into(), &true.into()), "{said}");
    assert!(said["orders"].as_u64() >= Some(20), "{said}");
    assert!(said["instants"].as_u64() >= Some(95), "{said}");
    let told = plimsoll(&["parity", &backtest, &paper]).ended(0).out;
    assert!(told.ends_with("0 differences\n"), "{told}");
    // Towards real money it counts for a day on paper, in which both do the same.
    let desk = Desk::at("minimal", &section(&venue));
    let told = desk.permit(&["--served", &paper, "--backtest", &backtest]).ended(78).err;
    let days = ["DAYS: saw 0.9 days", "DAYS: saw 1 day with"];
    assert!(days.iter().any(|days| told.contains(days)), "{told}");
    assert!(!["STATE:", "STAGE:", "PARITY:"].iter().any(|code| told.contains(code)), "{told}");
}

#[test]
fn with_the_book_each_difference_has_its_cause() {
    let recorded = Recorded::new("39");
    let backtest = recorded.backtest("simulated", &[]);
    let venue = recorded.venue("USDT=100000");
    let (config, state) = (recorded.config("simulated"), recorded.state());
    let wanted = HubWanted { flags: &["--speed", "max"], ..HubWanted::new(&state, &config) };
    let mut hub = Hub::start(&venue, &wanted);
    wait_until(&mut hub, DAY_ENDS);
    assert_eq!(hub.stop(), Some(0));
    let said = parity(&backtest, &state.display().to_string());
    let found = causes(&said.json());
    assert!(!found.contains("unknown"), "{found:?}: {}", said.out);
    let said = said.ended(0).json();
    assert_eq!((&said["equal"], &said["named"]), (&false.into(), &true.into()), "{said}");
    assert!(said["orders"].as_u64() >= Some(20), "{said}");
    assert!(found.contains("order_style") || found.contains("book_vs_walk"), "{found:?}");
}

#[test]
fn a_paper_run_that_is_stopped_right_behind_an_entry_ends_in_good_order() {
    let recorded = Recorded::new("39");
    let venue = recorded.venue("USDT=1");
    let (config, state) = (recorded.config("paper"), recorded.state());
    let wanted = HubWanted { flags: &["--speed", "max"], ..HubWanted::new(&state, &config) };
    let accepted = |event: &Value| {
        event["event"] == "report" && event["leg"] == "main" && event["what"] == "accepted"
    };
    // It trades along the next bar, if that did not come before the word to stop did: some of the rounds meet it.
    for _ in 0..8 {
        let mut hub = Hub::start(&venue, &wanted);
        hub.wait_for(PATIENCE, accepted);
        assert_eq!(hub.stop(), Some(0));
    }
    let journal = state.join("journal").display().to_string();
    plimsoll(&["audit", "verify", &journal]).ended(0);
}
