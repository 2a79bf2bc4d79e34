//! [`pump`]: carries what happened from the venue to its listeners, and tells them the time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::publisher::Publisher;
use crate::venue::core::{Batch, Lost, Shared};

/// How often the streams are told the time while nothing happens. The finest update speed is 100 ms.
const TICK: Duration = Duration::from_millis(10);

/// Carries batches until the venue stops or its ledger is gone.
///
/// Time comes from the venue, while it is held: whatever happened before it is in the queue by then.
/// So no bar is told closed before its last trade.
pub async fn pump(
    shared: Shared,
    mut batches: mpsc::Receiver<Arc<Batch>>,
    publisher: Arc<Publisher>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            batch = batches.recv() => match batch {
                Some(batch) => tell(&shared, &publisher, &batch).await,
                None => return,
            },
            () = stopped(&mut stop) => return,
            _ = ticks.tick() => {
                let (now, _) = shared.act(|core| core.now());
                let mut told = Ok(());
                while let (Ok(()), Ok(batch)) = (told, batches.try_recv()) {
                    told = tell(&shared, &publisher, &batch).await;
                }
                if told.is_ok() {
                    publisher.publish(now, &[]);
                }
                told
            }
        };
        if let Err(lost) = told {
            tracing::error!(error = %lost, "events are no longer told to anybody");
            return;
        }
    }
}

/// Tells what happened, once it is on disk.
async fn tell(shared: &Shared, publisher: &Publisher, batch: &Batch) -> Result<(), Lost> {
    batch.ticket.clone().durable().await?;
    publisher.set_coarse(shared.tell_every());
    publisher.publish(batch.at, &batch.events);
    // Its messages are counted by now.
    shared.unsent().take(1);
    Ok(())
}

/// Waits until the venue stops, or nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
