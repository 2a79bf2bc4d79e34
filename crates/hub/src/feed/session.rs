//! The feed: [`Feed`]. What happened goes in, what is to be done comes out.

mod choosing;
mod entries;
mod filling;
mod links;
mod market;

use std::collections::{BTreeMap, VecDeque};

use types::feed::SourceId;
use types::ids::Symbol;
use types::market::{Timeframe, TsNanos};

use super::depth::Book;
use super::quality::Counts;
use super::source::Source;
use super::watched::Watched;
use super::words::{Command, Input, QueryId, Report};
use super::{FeedConfig, FeedConfigError};

/// What a question was about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Clock,
    Bars(Symbol, Timeframe),
    Trades(Symbol),
    Depth(Symbol),
}

#[derive(Clone, Debug)]
struct Asked {
    source: SourceId,
    about: About,
    /// When it is asked again if nobody answers.
    patience_ends: TsNanos,
}

/// Market data of several symbols from several sources: connected, in order, each once, gaps filled.
///
/// Per symbol one source is in use; the others are connected as well and wait. Bars are delivered once they are closed,
/// by the venue's word on a stream, by the venue's clock in an answer; one line of them goes on over every change of
/// connection and source.
#[derive(Clone, Debug)]
pub struct Feed {
    config: FeedConfig,
    sources: Vec<Source>,
    symbols: BTreeMap<Symbol, Watched>,
    questions: BTreeMap<QueryId, Asked>,
    last_question: u64,
    commands: VecDeque<Command>,
    now: TsNanos,
    /// What [`Feed::look_ahead`] has found, until something happens.
    deadline: Option<Option<TsNanos>>,
}

impl Feed {
    /// Returns a feed that has nothing yet. The first [`Input::Timer`] connects.
    ///
    /// # Errors
    /// `FeedConfigError` if the configuration cannot be followed.
    pub fn new(config: FeedConfig, now: TsNanos) -> Result<Self, FeedConfigError> {
        config.check()?;
        let sources =
            (0..config.sources).map(|id| Source::new(SourceId(id), &config, now)).collect();
        let watched =
            |s: &super::SymbolConfig| (s.symbol.clone(), Watched::new(s.clone(), &config, now));
        Ok(Self {
            sources,
            symbols: config.symbols.iter().map(watched).collect(),
            questions: BTreeMap::new(),
            last_question: 0,
            commands: VecDeque::new(),
            now,
            deadline: None,
            config,
        })
    }

    /// Takes what happened. Time that runs backwards stands still.
    pub fn handle(&mut self, input: Input, now: TsNanos) {
        self.passes(now);
        match input {
            Input::Link { source, number, event } => self.on_link(source, number, event),
            Input::Answered { id, sent, result } => self.on_answer(id, sent, result),
            Input::Timer => self.on_time(),
        }
    }

    /// Returns the next thing to be done.
    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// Takes over waits of another pace of the venue's time; what is watched stays as it is.
    pub fn set_waits(&mut self, config: &FeedConfig) {
        self.deadline = None;
        for source in &mut self.sources {
            source.set_waits(config);
        }
        for symbol in &config.symbols {
            if let Some(watched) = self.symbols.get_mut(&symbol.symbol) {
                watched.config.stale_after_nanos = symbol.stale_after_nanos;
            }
        }
        let symbols = std::mem::take(&mut self.config.symbols);
        self.config = FeedConfig { symbols, ..config.clone() };
    }

    /// Takes note that the venue does not trade a symbol, or does again.
    pub fn set_resting(&mut self, symbol: &Symbol, rests: bool, now: TsNanos) {
        self.passes(now);
        for source in &mut self.sources {
            source.link.set_resting(symbol, rests, self.now);
        }
    }

    /// Something happens: what was known of the next deadline does not hold any more.
    fn passes(&mut self, now: TsNanos) {
        self.now = self.now.max(now);
        self.deadline = None;
    }

    /// Returns when [`Input::Timer`] is wanted at the latest, and remembers it until something happens: all streams of all
    /// symbols have a say in it, and it is asked for more often than they speak.
    pub fn look_ahead(&mut self) -> Option<TsNanos> {
        let deadline = self.next_deadline();
        self.deadline = Some(deadline);
        deadline
    }

    /// Returns when [`Input::Timer`] is wanted at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<TsNanos> {
        if let Some(known) = self.deadline {
            return known;
        }
        let of_sources = self.sources.iter().flat_map(|source| {
            let clock = &source.clock;
            let asks = source.link.is_up() && clock.query.is_none();
            source.link.deadline().into_iter().chain(asks.then_some(clock.ask_at))
        });
        let of_questions = self.questions.values().map(|asked| asked.patience_ends);
        let of_symbols = self.symbols.values().flat_map(|watched| {
            let filling = self.filling_deadline(watched);
            let step = watched.step.deadline(self.config.step_max_nanos);
            let entries = self.entries_deadline(watched);
            let choice = self.choice_deadline(watched);
            filling.into_iter().chain(step).chain(entries).chain(choice)
        });
        of_sources.chain(of_questions).chain(of_symbols).min()
    }

    /// Returns where a symbol is taken from.
    #[must_use]
    pub fn source_of(&self, symbol: &Symbol) -> Option<SourceId> {
        self.symbols.get(symbol)?.active
    }

    /// Returns the book of a symbol while it is proven to be in step.
    #[must_use]
    pub fn book(&self, symbol: &Symbol) -> Option<&Book> {
        self.symbols.get(symbol)?.depth.book()
    }

    /// Returns what was counted of a symbol at a source since the beginning.
    #[must_use]
    pub fn counts(&self, source: SourceId, symbol: &Symbol) -> Option<Counts> {
        let view = self.sources.get(usize::from(source.0))?.views.get(symbol)?;
        Some(view.quality.all())
    }

    /// Returns what was counted of a symbol at a source within the window that its quality is judged by.
    #[must_use]
    pub fn recent_counts(&self, source: SourceId, symbol: &Symbol) -> Option<Counts> {
        Some(self.sources.get(usize::from(source.0))?.recent(symbol, self.now))
    }

    /// Takes note that our clock has jumped: how far the sources' are from it is not known until they are asked again.
    pub fn forget_clocks(&mut self, now: TsNanos) {
        self.deadline = None;
        self.questions.retain(|_, asked| !matches!(asked.about, About::Clock));
        for source in &mut self.sources {
            source.clock.forget(now);
        }
    }

    /// Returns the distance of a source's clock, theirs minus ours, nanoseconds; `None` until it was measured.
    #[must_use]
    pub fn clock_offset(&self, source: SourceId) -> Option<i64> {
        self.sources.get(usize::from(source.0))?.clock.offset()
    }

    fn on_time(&mut self) {
        self.drop_old_questions();
        self.look_after_links();
        self.ask_clocks();
        let symbols: Vec<Symbol> = self.symbols.keys().cloned().collect();
        for symbol in &symbols {
            self.look_after_step(symbol);
            self.settle(symbol);
        }
    }

    /// After something changed for a symbol: the right source, what lacks asked for, and what that means for entries.
    fn settle(&mut self, symbol: &Symbol) {
        self.choose(symbol);
        self.ask_for_what_lacks(symbol);
        self.tell_entries(symbol);
    }

    fn settle_all(&mut self) {
        let symbols: Vec<Symbol> = self.symbols.keys().cloned().collect();
        for symbol in &symbols {
            self.settle(symbol);
        }
    }

    fn source(&self, id: SourceId) -> &Source {
        &self.sources[usize::from(id.0)]
    }

    fn source_mut(&mut self, id: SourceId) -> &mut Source {
        &mut self.sources[usize::from(id.0)]
    }

    fn watched_mut(&mut self, symbol: &Symbol) -> &mut Watched {
        self.symbols.get_mut(symbol).expect("only symbols of the configuration are looked up")
    }

    fn report(&mut self, report: Report) {
        self.commands.push_back(Command::Report(report));
    }
}
