//! The conformance suite's own test: a sound exchange passes, and each planted defect is named.

mod desk;

use std::time::Duration;

use adapters::conformance::{Expect, Plan, StreamPromise, Verdict, run};

use desk::{Defect, Desk};

fn tell(defect: Defect, expect: Expect) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        // Time jumps when everybody waits, so that waiting for certainty takes none.
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let desk = Desk::new(defect);
        let plan = Plan {
            expect,
            stream: StreamPromise::Everything,
            rounds: 2,
            pause: Duration::ZERO,
            run: [3; 16],
        };
        tokio::time::timeout(Duration::from_secs(3_600), run(&desk, &desk, plan))
            .await
            .expect("the story ends")
    })
}

#[test]
fn a_sound_exchange_passes() {
    let verdict = tell(Defect::None, Expect::Health);
    assert_eq!(verdict.findings, Vec::<String>::new());
    assert!(verdict.accepted > 20 && verdict.fills >= 4, "{verdict:?}");
    assert_eq!(verdict.unknown, 0);
}

#[test]
fn lost_replies_are_looked_up_and_nothing_is_lost_or_doubled() {
    let verdict = tell(Defect::ReplyLost, Expect::Trouble);
    assert_eq!(verdict.findings, Vec::<String>::new());
    assert!(verdict.found > 0 && verdict.found == verdict.unknown, "{verdict:?}");

    let verdict = tell(Defect::RejectLost, Expect::Trouble);
    assert_eq!(verdict.findings, Vec::<String>::new());
    assert!(verdict.absent > 0 && verdict.absent == verdict.unknown, "{verdict:?}");
}

#[test]
fn each_planted_defect_is_named() {
    for (defect, wanted) in [
        (Defect::SendsTwice, "doubled: the exchange accepted"),
        (Defect::SaysNoAndDoes, "lost: "),
        (Defect::LooksUpBlindly, "lost: "),
        (Defect::ForgetsAFill, "is missing"),
        (Defect::InventsAFill, "the exchange recorded none"),
        (Defect::MiscountsAFill, "recorded as"),
        (Defect::MiscountsAnOrder, "recorded (Filled"),
        (Defect::MiscountsABalance, "balances never agreed"),
        (Defect::StreamIsSilent, "the stream never told trade"),
        (Defect::StreamLies, "the stream told trade"),
    ] {
        let verdict = tell(defect, Expect::Trouble);
        let named = verdict.findings.iter().any(|finding| finding.contains(wanted));
        assert!(named, "{defect:?}: wanted `{wanted}`, saw {:#?}", verdict.findings);
    }
}

#[test]
fn a_step_that_fails_is_a_finding_only_where_health_is_owed() {
    let verdict = tell(Defect::TakesNoStops, Expect::Health);
    assert!(verdict.findings.iter().any(|finding| finding == "a stop failed"), "{verdict:?}");
    assert_eq!(tell(Defect::TakesNoStops, Expect::Trouble).findings, Vec::<String>::new());
}
