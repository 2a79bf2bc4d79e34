//! Which orders of ours may trade at any moment: a paced market goes in small steps then.

use super::course::Life;
use types::entry::{Body, CommandAction, Entry, ReportEvent};
use types::ids::Leg;

impl Life {
    pub(super) fn note_moving(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Command(command)
                if command.order.leg == Leg::Main
                    && matches!(command.action, CommandAction::Place(_)) =>
            {
                self.state.moving.insert(command.order);
            }
            Body::Report(report) => match (&report.event, report.order) {
                (
                    ReportEvent::Rejected(_)
                    | ReportEvent::Cancelled
                    | ReportEvent::Expired
                    | ReportEvent::NeverAccepted,
                    Some(order),
                ) => {
                    self.state.moving.remove(&order);
                }
                (ReportEvent::Filled(_), Some(order)) => {
                    if self.screen.is_filled(order) {
                        self.state.moving.remove(&order);
                    }
                }
                (_, Some(_) | None) => {}
            },
            Body::Genesis { .. }
            | Body::Config { .. }
            | Body::Instruments(_)
            | Body::Bar { .. }
            | Body::Mark { .. }
            | Body::InstantClosed { .. }
            | Body::Timer { .. }
            | Body::Decision(_)
            | Body::Command(_)
            | Body::Refused(_)
            | Body::Mode(_)
            | Body::Operator(_)
            | Body::Flow { .. }
            | Body::Funding { .. }
            | Body::Limits(_)
            | Body::Permit(_)
            | Body::Baseline { .. }
            | Body::Incident(_)
            | Body::IncidentOver(_)
            | Body::Authority(_)
            | Body::History { .. } => {}
        }
    }
}
