//! A start keeps quiet until nothing that the life before has sent can be accepted any more.

use std::time::Duration;

use anyhow::Context as _;
use engine::State as Engine;
use hub::system::Hub;
use serde_json::json;
use types::market::TsNanos;

use super::course::Session;
use super::place::Place;
use crate::control::emergency;
use crate::exit::Failure;
use crate::run::adopt::Adopted;
use crate::run::screen::Screen;

impl Session<'_> {
    /// Waits as long as the hub wants before it begins, and says so; returns for how long, nanoseconds. The journal is ours: nobody
    /// else sends. Nobody hears operators meanwhile, so that what they leave in the emergency record is taken behind it.
    ///
    /// # Errors
    /// If that record cannot be read.
    pub(super) async fn keep_quiet(
        &self,
        (hub, place): (&Hub<Engine>, &Place),
        (screen, now): (&Screen, TsNanos),
        adopted: &mut Adopted,
    ) -> Result<i64, Failure> {
        let unanswered = Duration::from_nanos(u64::try_from(hub.quiet_for(now)).unwrap_or(0));
        // Of one that is stopped and not dead nobody knows what it signed last.
        let sealed = if self.args.take_over { place.recv_window } else { Duration::ZERO };
        let quiet = unanswered.max(sealed);
        if quiet.is_zero() {
            return Ok(0);
        }
        if !unanswered.is_zero() {
            let ms = u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX);
            let words = format!(
                "waiting     {ms} ms: what the life before sent last had no answer and may still reach the venue"
            );
            screen.say("keeps_quiet", now, json!({ "ms": ms }), words);
        }
        tokio::time::sleep(quiet).await;
        let path = self.state.path();
        adopted.read_on(path).with_context(|| emergency::path(path).display().to_string())?;
        Ok(i64::try_from(quiet.as_nanos()).unwrap_or(i64::MAX))
    }
}
