//! A progress bar for work that takes long: [`Progress`].

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::out;

/// Work that is over before this gets no bar.
const PATIENCE: Duration = Duration::from_secs(2);

/// A bar on standard error, shown after two seconds and only to a person.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    watched: bool,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Returns a bar that is not shown yet.
    #[expect(clippy::disallowed_methods, reason = "how long a person has been waiting")]
    pub(crate) fn new(what: impl Into<String>) -> Self {
        let watched = out::is_watched();
        Self { what: what.into(), watched, started: Instant::now(), bar: None }
    }

    /// Tells how far the work is.
    pub(crate) fn set(&mut self, done: u64, total: u64) {
        if !self.watched || (self.bar.is_none() && self.started.elapsed() < PATIENCE) {
            return;
        }
        let what = &self.what;
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {percent} % {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_message(what.clone())
        });
        bar.set_length(total);
        bar.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
