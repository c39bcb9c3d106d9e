//! Killed and run again: SIGKILL at every point that can be seen from outside, and the job's next run.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use sandbox::Calls;
use sandbox::world::OPERATIONS;

use crate::cloud::Phase;
use crate::run;
use crate::schedule::{Inputs, Kill, REAL, Rerun, Scale, Schedule, VIRTUAL};

/// Where a run is killed, and whether a fault must keep its call unanswered for that.
const POINTS: [(Calls, u32, Phase); 11] = [
    (Calls::Status, 1, Phase::Before),
    (Calls::Status, 1, Phase::During),
    (Calls::Status, 1, Phase::After),
    (Calls::Status, 2, Phase::After),
    (Calls::Release, 1, Phase::Before),
    (Calls::Release, 1, Phase::During),
    (Calls::Release, 1, Phase::After),
    (Calls::Release, 2, Phase::During),
    (Calls::Status, 2, Phase::Before),
    (Calls::Status, 3, Phase::Before),
    (Calls::Status, 5, Phase::During),
];

/// One run that is killed, and one more with `adopt` or `resume`.
fn schedules(scale: &'static Scale) -> impl Strategy<Value = Schedule> {
    let effect = prop_oneof![
        Just("before".to_owned()),
        Just("after".to_owned()),
        (0..scale.killed_latest).prop_map(|late| format!("late {late}ms")),
    ];
    // Without a fault the call is answered, and the run goes on to where it is killed.
    let fault = prop_oneof![
        3 => (select(vec!["hang", "reset", "504", "foreign 403"]), effect).prop_map(|(fault, when)| format!("{fault} {when}")),
        1 => Just(String::new()),
    ];
    let inputs = (any::<bool>(), select(vec!["again", "adopt"]), select(scale.if_lost));
    let rerun = (select(scale.rerun_after), select(vec!["adopt", "adopt", "resume", "fail"]), any::<bool>());
    let kill = (select(POINTS.to_vec()), 0..scale.killed_pace);
    (select(OPERATIONS.to_vec()), inputs, fault, kill, rerun).prop_map(
        |(operation, (wait, if_released, if_lost), fault, ((calls, nth, phase), pace), rerun)| {
            let mut inputs: Inputs =
                scale.inputs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            inputs.extend([("wait", wait.to_string()), ("if_released", if_released.to_owned())]);
            inputs.extend([
                ("if_lost", if_lost.to_owned()),
                ("settle_time", scale.killed_settle_time.to_owned()),
            ]);
            let mut script = vec![format!("pace {pace}ms")];
            script.extend(
                Some(fault)
                    .filter(|fault| !fault.is_empty())
                    .map(|fault| format!("fault release 1: {fault}")),
            );
            let (after, wish, by_number) = rerun;
            let wish = match wish {
                "resume" => ("resume", "true".to_owned()),
                wish => ("if_released", wish.to_owned()),
            };
            let rerun = Rerun {
                after: Duration::from_millis(after),
                inputs: vec![wish, ("wait", "true".to_owned())],
                by_number,
            };
            let kill = Some(Kill { calls, nth, phase });
            Schedule { kill, rerun: Some(rerun), ..Schedule::new(operation, inputs, script) }
        },
    )
}

#[test]
fn nothing_is_released_twice_by_a_run_that_is_killed_and_the_next_one() {
    let cases = crate::count("KILLED", 250);
    crate::hold_for(cases, crate::count("SEED", 1), &schedules(&VIRTUAL), run::in_virtual_time);
}

#[test]
fn nothing_is_released_twice_by_a_binary_that_is_killed_and_the_next_one() {
    crate::hold_for_the_binary(crate::count("REAL_KILLED", 16), || schedules(&REAL).boxed());
}
