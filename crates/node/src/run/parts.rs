//! [`Parts`]: the tasks beside the hub's loop. One that stops is seen; when it is made anew is the hub's to say.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::task::JoinHandle;
use types::entry::Part;

/// The work of a part, from its beginning; it does not end by itself.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One part.
struct Task {
    begin: Box<dyn FnMut() -> Work + Send>,
    running: Option<JoinHandle<()>>,
    /// It was made anew, and nobody has looked whether it runs.
    anew: bool,
}

/// The tasks beside the hub's loop.
#[derive(Default)]
pub(crate) struct Parts {
    tasks: BTreeMap<Part, Task>,
}

/// What a look at a part shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It has stopped by itself.
    Ended,
    /// It was made anew, and runs.
    Runs,
}

impl Parts {
    /// Begins a part; one of the name that runs already is ended.
    pub(crate) fn begin<F>(&mut self, part: Part, mut work: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.end(part);
        let mut begin: Box<dyn FnMut() -> Work + Send> = Box::new(move || Box::pin(work()));
        let running = Some(tokio::spawn(begin()));
        self.tasks.insert(part, Task { begin, running, anew: false });
    }

    /// Ends a part for good.
    pub(crate) fn end(&mut self, part: Part) {
        if let Some(Task { running: Some(running), .. }) = self.tasks.remove(&part) {
            running.abort();
        }
    }

    /// Makes a part anew after a while; what runs of it is ended. Nothing happens where there is no such part.
    pub(crate) fn again(&mut self, part: Part, wait: Duration) {
        let Some(task) = self.tasks.get_mut(&part) else { return };
        if let Some(running) = task.running.take() {
            running.abort();
        }
        let work = (task.begin)();
        task.running = Some(tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            work.await;
        }));
        task.anew = true;
    }

    /// Looks at each part; what is new is told once.
    pub(crate) fn look(&mut self) -> Vec<(Part, Seen)> {
        let seen = self.tasks.iter_mut().filter_map(|(part, task)| Some((*part, task.look()?)));
        seen.collect()
    }

    /// Waits for a part to end in order, and ends all others.
    pub(crate) async fn finish(mut self, last: Part) {
        let last = self.tasks.remove(&last).and_then(|task| task.running);
        drop(self);
        if let Some(last) = last {
            // One that has panicked is over as well.
            let _ = last.await;
        }
    }
}

impl Task {
    fn look(&mut self) -> Option<Seen> {
        if self.running.as_ref()?.is_finished() {
            self.running = None;
            return Some(Seen::Ended);
        }
        std::mem::take(&mut self.anew).then_some(Seen::Runs)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        for task in self.tasks.values().filter_map(|task| task.running.as_ref()) {
            task.abort();
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tasks.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Lets tasks go on until a part has something to tell.
    async fn told(parts: &mut Parts) -> Vec<(Part, Seen)> {
        loop {
            let seen = parts.look();
            if !seen.is_empty() {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_part_that_panics_is_seen_once_and_runs_again_when_it_is_made_anew() {
        let (begun, go) = (Arc::new(AtomicU32::new(0)), Arc::new(Semaphore::new(0)));
        let mut parts = Parts::default();
        let (count, gate) = (Arc::clone(&begun), Arc::clone(&go));
        parts.begin(Part::Disk, move || {
            let (gate, count) = (Arc::clone(&gate), Arc::clone(&count));
            async move {
                count.fetch_add(1, Ordering::Relaxed);
                gate.acquire().await.expect("nobody closes it").forget();
                panic!("a mistake in this program");
            }
        });
        parts.begin(Part::Clock, std::future::pending);
        assert_eq!(parts.look(), []);
        go.add_permits(1);
        assert_eq!(told(&mut parts).await, [(Part::Disk, Seen::Ended)]);
        assert_eq!(parts.look(), [], "once");
        parts.again(Part::Disk, Duration::ZERO);
        assert_eq!(parts.look(), [(Part::Disk, Seen::Runs)]);
        while begun.load(Ordering::Relaxed) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(parts.look(), []);
        parts.again(Part::Queue, Duration::ZERO);
        assert_eq!(parts.look(), [], "there is no such part");
        go.add_permits(1);
        assert_eq!(told(&mut parts).await, [(Part::Disk, Seen::Ended)]);
        parts.end(Part::Disk);
        parts.again(Part::Disk, Duration::ZERO);
        assert_eq!(parts.look(), [], "it was ended for good");
        parts.finish(Part::Store).await;
    }
}
