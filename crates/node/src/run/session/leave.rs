//! The end of a session.

use super::course::Session;
use super::place::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::run::child::VenueChild;
use crate::run::life::Ended;
use crate::run::pen::Fence;

impl Session<'_> {
    /// Returns whether the venue ends with this session: not under a successor, and not where a start failed that only found it.
    pub(super) fn ends_venue(
        &self,
        child: &VenueChild,
        ended: &Result<(Ended, u64), Failure>,
    ) -> bool {
        match ended {
            Ok((Ended::Stopped | Ended::Late(_) | Ended::JournalFailed(_), _)) => true,
            Ok((Ended::Sealed | Ended::VenueMoved, _)) => false,
            Err(_) => child.is_ours() && self.fence.get().is_none_or(Fence::holds),
        }
    }

    /// Ends what this session began.
    pub(super) async fn leave(
        &self,
        place: Place,
        ended: Result<(Ended, u64), Failure>,
    ) -> Outcome {
        if let Some((shared, _)) = place.own
            && let Some(child) = shared.lock().await.take()
            && self.ends_venue(&child, &ended)
        {
            child.stop(&self.state).await?;
        }
        let (ended, entries) = ended?;
        match ended {
            Ended::Stopped => {
                self.printer
                    .line(format_args!("stopped in good order; the journal has {entries} entries"));
                Ok(Exit::Ok)
            }
            Ended::Late(undone) => {
                let head = "stopped, not in good order; the next start asks the venue again";
                let lines: Vec<&str> =
                    std::iter::once(head).chain(undone.iter().map(String::as_str)).collect();
                self.out.note(lines.join("\n  "));
                Ok(Exit::Failure)
            }
            Ended::Sealed => {
                self.out.note(
                    "another process has taken over: nothing more is sent or written by this one",
                );
                Ok(Exit::Failure)
            }
            Ended::VenueMoved => {
                self.out.note("the venue came back at other addresses: start again");
                Ok(Exit::Failure)
            }
            Ended::JournalFailed(why) => {
                self.out.note(format_args!("the journal cannot be written: {why}"));
                Ok(Exit::Failure)
            }
        }
    }
}
