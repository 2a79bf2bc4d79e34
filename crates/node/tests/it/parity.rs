//! `parity`: two kept runs, compared decision by decision and order by order.

use std::collections::BTreeSet;

use serde_json::Value;

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
