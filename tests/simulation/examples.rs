//! Schedules that once broke the law, by what went wrong.

use crate::schedule::Schedule;
use crate::{law, life};

#[track_caller]
fn holds(operation: &'static str, script: &[&str], status: u8) {
    let script = script.iter().map(|line| (*line).to_owned()).collect();
    let inputs = vec![("wait", "true".to_owned())];
    let schedule = Schedule { operation, inputs, script, signal: None };
    let life = life::in_virtual_time(&schedule);
    if let Some(broken) = law::broken(&schedule, &life) {
        panic!("{broken}");
    }
    assert_eq!(life.exit_status, status, "{}", life.message);
}

#[test]
fn a_package_that_is_withdrawn_as_soon_as_it_has_landed_was_released_once() {
    let script = [
        "pace 0ms",
        "fault release 1: 500 late 35552ms",
        "fault status 3: somebody withdraws package after 30073ms",
    ];
    holds("release_package", &script, 5);
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
