//! A call that may be sent only once is sent once, however late it takes effect.

use std::time::Duration;

use sandbox::By;

use super::{sandbox, waiting};
use crate::support::answers::{accepted, fresh, landing};
use crate::support::scripted::{Runs, lost};
use crate::support::step::Step;

#[test]
fn a_call_that_takes_effect_after_the_look_was_sent_once() {
    for (operation, effects) in
        [("deploy_packages", 2), ("release_package", 1), ("publish_extension_draft", 1)]
    {
        let server = sandbox(&["fault release: reset late 3s", "pace 100ms"]);
        let step = waiting(Step::plain(), operation, &server).input("settle_time", "1s");
        let run = step.run().exits_with(8);
        assert_eq!(run.result()["released"], "unknown");
        std::thread::sleep(Duration::from_millis(3500));
        let adopt = waiting(Step::plain(), operation, &server).input("if_released", "adopt");
        let adopted = adopt.input("wait", "false").run().exits_with(0).result();
        assert_eq!(adopted["release_origin"], "adopted");
        let by_us = server.effects().iter().filter(|effect| effect.by == By::Call).count();
        assert_eq!(by_us, effects, "{operation}\n{}", run.transcript());
    }
}

#[test]
fn without_a_settle_time_it_is_sent_once_too() {
    let mut runs = Runs::default();
    for operation in ["release_package", "deploy_packages", "publish_extension_draft"] {
        runs.start(operation, operation, fresh(operation).release(lost()), &[("settle_time", "0")]);
    }
    insta::assert_snapshot!(runs.told(), @"
    release_package
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_extension_draft
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

/// `if_lost: resend` waits half a minute before it believes that nothing is there.
#[test]
fn resend_needs_a_settle_time_of_half_a_minute() {
    let mut runs = Runs::default();
    let operation = "release_package";
    let nothing = || crate::support::scripted::Script::default();
    let resend = ("if_lost", "resend");
    runs.start("0", operation, nothing(), &[resend, ("settle_time", "0")]);
    runs.start("29s", operation, nothing(), &[resend, ("settle_time", "29s")]);
    runs.start("longer than retry_timeout", operation, nothing(), &[resend, ("settle_time", "30s")]);
    let enough = [resend, ("settle_time", "30s"), ("retry_timeout", "2m")];
    let again = fresh(operation).release(lost()).release(accepted(operation));
    let inputs = [&enough[..], &[("wait", "false")]].concat();
    runs.start("sent again", operation, again, &inputs);
    let late = landing(fresh(operation).release(lost()), operation, Duration::from_secs(25));
    runs.start("found late, not sent again", operation, late, &enough);
    insta::assert_snapshot!(runs.told(), @"
    0
    = 2, released: no, origin: none, release calls: 0
    error: `INPUT_SETTLE_TIME` is `0s`, and `if_lost: resend` needs `30s` or more: a call that lands later makes a second release; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_package` lists them

    29s
    = 2, released: no, origin: none, release calls: 0
    error: 2 inputs are wrong; nothing was sent
    error:   `INPUT_SETTLE_TIME` is `29s`, and `if_lost: resend` needs `30s` or more: a call that lands later makes a second release
    error:   `INPUT_RETRY_TIMEOUT` is `20s`, and `if_lost: resend` needs `29s` (`settle_time`) or more: a lost call is sent again only after that
    error: hint: mend the variables of this step; `release-step --help release_package` lists them

    longer than retry_timeout
    = 2, released: no, origin: none, release calls: 0
    error: `INPUT_RETRY_TIMEOUT` is `20s`, and `if_lost: resend` needs `30s` (`settle_time`) or more: a lost call is sent again only after that; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_package` lists them

    sent again
    = 0, released: yes, origin: call, release calls: 2
    warn: the status has not shown it for `settle_time`: the call is sent again, as `if_lost` is `resend`

    found late, not sent again
    = 0, released: yes, origin: lookup, release calls: 1
    ");
}

/// A token makes a repetition the same call; a state that is set may be set twice.
#[test]
fn what_may_be_repeated_is_repeated_and_made_once() {
    let mut runs = Runs::default();
    for operation in ["release_artifact", "publish_routine_code_revision"] {
        let script = fresh(operation).release(lost()).release(lost()).release(accepted(operation));
        runs.start(operation, operation, script, &[("wait", "false")]);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 3");

    let server = sandbox(&["fault release 1-2: reset after", "pace 100ms"]);
    waiting(Step::plain().patient(), "release_artifact", &server)
        .input("retry_timeout", "30s")
        .run()
        .exits_with(0);
    assert_eq!(server.effects().len(), 1);
    let calls = crate::support::release_calls(&server);
    assert_eq!(calls.len(), 3);
}
