//! [`Scene`]: a venue, a hub that trades there, and the questions that every scenario asks of both records.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::processes::{Hub, HubWanted, LOT, Record, Venue, VenueWanted};
use crate::support::{Folder, Said, plimsoll};

/// Longer than anything here takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);

/// More entries than a scenario makes.
const ALL: &str = "1000000";

/// The symbols of every scenario.
pub(super) const SYMBOLS: [&str; 4] = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"];

/// What a scene is set up with: four invented symbols at 900x and entries by lot, where nothing else is said.
pub(super) struct Stage {
    folder: Folder,
    config: String,
    market: Vec<String>,
    speed: &'static str,
    flags: Vec<String>,
}

impl Stage {
    /// Returns the stage on which [`LOT`] is traded.
    pub(super) fn new() -> Self {
        Self::of(LOT)
    }

    /// Returns the stage of a configuration.
    pub(super) fn of(config: &str) -> Self {
        let folder = Folder::new();
        let config = folder.write("run.toml", config);
        Self::within(folder, config)
    }

    /// The same in a folder that holds more than the configuration.
    pub(super) fn within(folder: Folder, config: String) -> Self {
        let stage = Self { folder, config, market: Vec::new(), speed: "900", flags: Vec::new() };
        stage.market(&["--generate=BTCUSDT,ETHUSDT,SOLUSDT,XRPUSDT", "--seed", "5"])
    }

    /// Where prices come from, and what else the venue is started with.
    pub(super) fn market(self, market: &[&str]) -> Self {
        Self { market: market.iter().map(|flag| (*flag).to_owned()).collect(), ..self }
    }

    /// Further flags of the venue.
    pub(super) fn venue(mut self, flags: &[&str]) -> Self {
        self.market.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    /// Market seconds in a second.
    pub(super) fn speed(self, speed: &'static str) -> Self {
        Self { speed, ..self }
    }

    /// What every hub of the scene is started with.
    pub(super) fn flags(self, flags: &[&str]) -> Self {
        Self { flags: flags.iter().map(|flag| (*flag).to_owned()).collect(), ..self }
    }

    /// Returns the path of a file in the scene's folder, as text.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Starts venue and hub, and waits until the hub runs.
    #[track_caller]
    pub(super) fn start(self) -> Scene {
        let Self { folder, config, market, speed, flags } = self;
        let market: Vec<&str> = market.iter().map(String::as_str).collect();
        let (market, balances) = (&market[..], "USDT=100000");
        let venue = Venue::start(&VenueWanted { market, speed, balances, faults: "" });
        let state = folder.path().join("state");
        let given: Vec<&str> = flags.iter().map(String::as_str).collect();
        let wanted = HubWanted { flags: &given, ..HubWanted::new(&state, &config) };
        let hub = Hub::start(&venue, &wanted);
        let mut scene = Scene { venue, hub, folder, config, flags };
        scene.runs();
        scene
    }

    /// Starts both, and waits until a position is protected.
    #[track_caller]
    pub(super) fn trading(self) -> Scene {
        let mut scene = self.start();
        scene.holds();
        scene
    }
}

/// A venue and a hub.
pub(super) struct Scene {
    pub(super) venue: Venue,
    pub(super) hub: Hub,
    folder: Folder,
    config: String,
    /// What every hub of the scene is started with.
    flags: Vec<String>,
}

impl Scene {
    /// The usual scene, which holds a protected position.
    #[track_caller]
    pub(super) fn trading() -> Self {
        Stage::new().trading()
    }

    /// Waits until a position is protected.
    #[track_caller]
    pub(super) fn holds(&mut self) {
        self.until("a protected position", |record| {
            record.bare().is_empty() && SYMBOLS.iter().any(|symbol| record.held(symbol) > 0)
        });
    }

    /// Waits until it runs.
    #[track_caller]
    pub(super) fn runs(&mut self) {
        let begun = ["running", "safe_mode", "maintenance"];
        self.hub.wait_for(PATIENCE, |event| {
            event["event"] == "mode" && begun.iter().any(|mode| event["mode"] == *mode)
        });
    }

    /// Kills the hub with -9 and starts another on what it left; waits until it runs.
    #[track_caller]
    pub(super) fn restart(&mut self) {
        self.hub.kill();
        self.start_again();
    }

    /// Starts another hub on what the last one left; waits until it runs.
    #[track_caller]
    pub(super) fn start_again(&mut self) {
        self.start_another();
        self.runs();
    }

    /// Starts another hub that its fail point kills.
    #[track_caller]
    pub(super) fn start_to_die(&mut self) {
        self.start_another();
        assert!(self.hub.ended_within(PATIENCE), "it comes to its fail point");
    }

    fn start_another(&mut self) {
        let state = self.state();
        let given: Vec<&str> = self.flags.iter().map(String::as_str).collect();
        let wanted = HubWanted { flags: &given, ..HubWanted::new(&state, &self.config) };
        self.hub = Hub::start(&self.venue, &wanted);
    }

    /// Returns what the hub said of what it was restored from.
    #[track_caller]
    pub(super) fn restored(&mut self) -> Value {
        let told = self.hub.told.iter().find(|told| told.event["event"] == "restored");
        told.expect("a start on a journal says so").event.clone()
    }

    /// Starts further hubs of the scene with other flags.
    pub(super) fn flags(&mut self, flags: &[&str]) {
        self.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    }

    /// Returns the folder of the configuration.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Returns where the journal is.
    pub(super) fn journal(&self) -> String {
        self.state().join("journal").display().to_string()
    }

    /// Ends a fault of the venue.
    #[track_caller]
    pub(super) fn unfault(&self, name: &str) {
        self.venue.control("DELETE", &format!("/faults/{name}"), &Value::Null);
    }

    /// Waits until the venue's ledger shows something.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, seen: impl Fn(&Record) -> bool) {
        self.wait(what, |scene| seen(scene.venue.record()).then_some(()));
    }

    /// Waits until the journal has a line of a kind that says all of this; returns it.
    #[track_caller]
    pub(super) fn noted(&mut self, kind: &str, words: &[&str]) -> String {
        let what = format!("{kind} that says {words:?}");
        self.wait(&what, |scene| {
            let lines = scene.lines(kind);
            lines.into_iter().find(|line| words.iter().all(|word| line.contains(word)))
        })
    }

    /// Waits until a look finds something; returns it.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "processes are waited for in real time")]
    pub(super) fn wait<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            if Instant::now() > until || !self.hub.runs() {
                let open: Vec<_> = self.venue.record().open().into_iter().cloned().collect();
                let journal = self.lines("Incident");
                self.hub.fail(&format!("no {what}; open orders {open:?}; incidents {journal:?}"));
            }
            self.hub.let_work(Duration::from_millis(10));
        }
    }

    /// Lets the market pass so many quarters of an hour, at 900 x a second each.
    pub(super) fn quarters(&mut self, count: i64) {
        let until = self.venue.now() + count * 900_000;
        self.wait("market time", |scene| (scene.venue.now() >= until).then_some(()));
    }

    /// Returns the journal's entries of a kind, one line each.
    #[track_caller]
    pub(super) fn lines(&self, kind: &str) -> Vec<String> {
        self.show(kind, &[]).out.lines().map(str::to_owned).collect()
    }

    /// Returns the journal's entries of a kind.
    #[track_caller]
    pub(super) fn entries(&self, kind: &str) -> Vec<Value> {
        let shown = self.show(kind, &["--json"]).json();
        shown.as_array().expect("a list of entries").clone()
    }

    #[track_caller]
    fn show(&self, kind: &str, more: &[&str]) -> Said {
        let journal = self.journal();
        let args = ["audit", "show", &journal, "--kind", kind, "--limit", ALL];
        plimsoll(&[&args[..], more].concat()).ended(0)
    }

    /// Returns the words of all reports, such as `filled`.
    pub(super) fn reported(&self) -> Vec<String> {
        self.entries("Report").iter().map(|entry| word(&entry["body"]["event"])).collect()
    }

    /// Returns how many purchases of a symbol the venue has accepted; of all with `""`.
    pub(super) fn purchases(&mut self, symbol: &str) -> usize {
        let orders = self.venue.record().orders.values();
        orders.filter(|o| o.side == "buy" && (symbol.is_empty() || o.symbol == symbol)).count()
    }

    /// Waits until a symbol is bought again.
    #[track_caller]
    pub(super) fn trades_again(&mut self, symbol: &str) {
        let before = self.purchases(symbol);
        self.wait("further purchase", |scene| (scene.purchases(symbol) > before).then_some(()));
    }

    /// An operator releases SAFE_MODE.
    #[track_caller]
    pub(super) fn released(&mut self) {
        let state = self.state().display().to_string();
        self.wait("release of SAFE_MODE", |_| {
            (plimsoll(&["safe-mode", "release", "--state", &state]).code == 0).then_some(())
        });
    }

    /// Waits until the incident of a line that [`Self::noted`] returned is over.
    #[track_caller]
    pub(super) fn over(&mut self, incident: &str) {
        let seq = incident.split_whitespace().next().expect("a line begins with its place");
        self.noted("IncidentOver", &[&format!(" {seq} is over")]);
    }

    /// Ends the hub in good order and judges both records.
    #[track_caller]
    pub(super) fn ends_well(mut self) {
        let code = self.hub.stop();
        if code != Some(0) {
            self.hub.fail(&format!("it ended with {code:?}"));
        }
        self.judge();
    }

    /// Judges both records while no hub runs, and wants a stop for everything that is held.
    #[track_caller]
    pub(super) fn judge(&mut self) {
        self.audit();
        let bare = self.venue.record().bare();
        assert_eq!(bare, Vec::<String>::new(), "stops rest when a hub has ended");
    }

    /// Judges both records while no hub runs.
    #[track_caller]
    pub(super) fn audit(&mut self) {
        let (journal, ledger) = (self.journal(), self.venue.ledger());
        plimsoll(&["audit", "verify", &journal]).ended(0);
        plimsoll(&["audit", "check", &journal, "--ledger", ledger.to_str().unwrap()]).ended(0);
        let record = self.venue.record();
        assert_eq!(record.doubled(), Vec::<&str>::new());
    }
}

/// Returns the word of something that is written as a word, or as a word with fields.
pub(super) fn word(value: &Value) -> String {
    let named = value.as_object().and_then(|fields| fields.keys().next().cloned());
    named.or_else(|| value.as_str().map(str::to_owned)).unwrap_or_default()
}
