//! Schedules that once broke the law, by what went wrong.

use crate::schedule::Schedule;
use crate::{invariants, run};

#[track_caller]
fn holds(operation: &'static str, script: &[&str], status: u8) {
    let script = script.iter().map(|line| (*line).to_owned()).collect();
    let inputs = vec![("wait", "true".to_owned())];
    let schedule = Schedule::new(operation, inputs, script);
    let life = run::in_virtual_time(&schedule);
    if let Some(broken) = invariants::broken(&schedule, &life) {
        panic!("{broken}");
    }
    let [run] = &life.runs[..] else { panic!() };
    assert_eq!(run.exit_status, Some(status), "{}", run.message);
}

#[test]
fn a_package_that_is_withdrawn_as_soon_as_it_has_landed_lists_no_items_and_cannot_be_told() {
    let script = [
        "pace 0ms",
        "fault release 1: 500 late 35552ms",
        "fault status 3: somebody withdraws package after 30073ms",
    ];
    holds("release_package", &script, 8);
}

#[test]
fn a_repetition_that_is_refused_may_be_refused_because_the_first_landed() {
    holds("publish_extension_draft", &["fate extension=stuck", "fault release 1: reset after"], 8);
}

#[test]
fn an_odd_answer_to_the_first_status_query_is_asked_again() {
    let script = ["fault status 1-2: refuse", "fault status 3-3: error 400 Whatever"];
    holds("release_artifact", &script, 0);
}
