//! [`Room`]: how much room the disk of the state folder has, looked at now and then.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hub::system::Input;

use super::inbox::Inbox;

/// Free bytes below which a hub is close to being stopped by its disk: a day of a busy journal.
pub(crate) const FREE_WARN: u64 = 1024 * 1024 * 1024;
/// So much more has to be free before it counts as over: a disk at the mark is told of once.
const MORE: u64 = FREE_WARN / 8;
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(10);

/// Looks at a disk.
#[derive(Debug)]
pub(crate) struct Room {
    folder: PathBuf,
    low: bool,
}

impl Room {
    /// Looks at the disk of a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), low: false }
    }

    /// Looks until nobody listens any more.
    pub(crate) async fn watch(mut self, inbox: Inbox) {
        loop {
            let folder = self.folder.clone();
            // A disk that hangs holds up a thread of its own.
            let looked = tokio::task::spawn_blocking(move || free(&folder)).await;
            if let Ok(Some(free)) = looked
                && let Some(free_bytes) = self.seen(free)
            {
                inbox.hub(Input::DiskLow { free_bytes, wanted_bytes: FREE_WARN }).await;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Returns what is news: so little is free, or (`None`) enough again.
    fn seen(&mut self, free: u64) -> Option<Option<u64>> {
        let low = if self.low { free < FREE_WARN + MORE } else { free < FREE_WARN };
        let news = low != self.low;
        self.low = low;
        news.then_some(low.then_some(free))
    }
}

/// Returns how many bytes this user may still write; `None` where the system does not say.
fn free(folder: &Path) -> Option<u64> {
    let seen = rustix::fs::statvfs(folder).ok()?;
    Some(seen.f_bavail.saturating_mul(seen.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_once_and_so_is_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut room = Room::of(folder.path());
        let mark = FREE_WARN;
        for (free, news) in [
            (mark, None),
            (mark - 1, Some(Some(mark - 1))),
            (5, None),
            (mark, None),
            (mark + MORE - 1, None),
            (mark + MORE, Some(None)),
            (mark, None),
            (0, Some(Some(0))),
        ] {
            assert_eq!(room.seen(free), news, "{free}");
        }
        assert!(free(folder.path()).is_some());
        assert_eq!(free(&folder.path().join("absent")), None);
    }
}
