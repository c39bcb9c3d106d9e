//! Operations that leave no trace while they are under way: "not shown" says little of them.

use std::time::Duration;

use super::{sandbox, story, waiting};
use crate::support::answers::{fresh, landing, plugin};
use crate::support::scripted::{Runs, huawei, lost};
use crate::support::step::Step;

const STUCK: [(&str, &str); 2] = [
    ("publish_extension_draft", "fate extension=stuck"),
    ("publish_routine_code_revision", "fate routine=stuck"),
];

/// The second run cannot know whether there is something to wait for.
#[test]
fn what_is_stuck_is_unknown_to_resume() {
    let mut told = String::new();
    for (operation, fate) in STUCK {
        let server = sandbox(&[fate]);
        let run = |step: Step| waiting(step, operation, &server).input("wait_timeout", "2s");
        run(Step::plain()).input("envs", "production").run().exits_with(6);
        let second =
            run(Step::plain()).input("envs", "production").input("resume", "true").input("wait", "false");
        told += &story(&format!("{operation}, resume"), &second.run().exits_with(8), &server);
    }
    insta::assert_snapshot!(told, @"
    publish_extension_draft, resume
    = 8, released: unknown, unknown, 1 by this run
    warn: `INPUT_ENVS` is an input of `publish_routine_code_revision`, not of this operation, and is ignored
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: the release to resume was not shown by `ShowPluginVersion` within 2s: this operation leaves no trace while it is under way
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, resume
    = 8, released: unknown, unknown, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: the release to resume was not shown by `DescribeRoutine` within 2s: this operation leaves no trace while it is under way
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

/// The draft is refused as one that is published already, or the first call's is under way.
#[test]
fn a_second_publish_that_is_refused_is_looked_up() {
    let operation = "publish_extension_draft";
    let refused = || fresh(operation).release(huawei(200, "DEVCP.00014004"));
    let adopt = ("if_released", "adopt");
    let mut runs = Runs::default();
    runs.start("a first run, still a draft", operation, refused(), &[adopt]);
    runs.start("formal by now", operation, landing(refused(), operation, Duration::ZERO), &[adopt]);
    let formal = fresh(operation).query("ShowPluginVersion", plugin("formal"));
    runs.start("formal before", operation, formal, &[adopt]);
    insta::assert_snapshot!(runs.told(), @"
    a first run, still a draft
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: as the script says; the status does not show it
    error: hint: read the vendor's message, and check the inputs that it names

    formal by now
    = 0, released: yes, origin: lookup, release calls: 1

    formal before
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (version `0.1.0`), was adopted
    ");
}

/// A run that follows another, whose call may be under way, does not say that nothing was released.
#[test]
fn a_second_attempt_that_is_refused_is_looked_up_for_a_while() {
    let operation = "publish_extension_draft";
    let both = || fresh(operation).release(lost()).release(huawei(200, "DEVCP.00014004"));
    let late = landing(both(), operation, Duration::from_millis(5500));
    let mut runs = Runs::default();
    for (case, script) in [("still a draft", both()), ("formal after a while", late)] {
        let server = script.start();
        let first = server.step(operation).run().exits_with(8);
        let second = server.step(operation).input("if_released", "adopt");
        runs.started(case, server, second.file("a.json", first.stdout).input("output_file", "a.json"));
    }
    insta::assert_snapshot!(runs.told(), @"
    still a draft
    = 8, released: unknown, origin: none, release calls: 2
    error: the API rejected the call, which may be because it is done already: HTTP 200, `DEVCP.00014004`: as the script says; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    formal after a while
    = 0, released: yes, origin: lookup, release calls: 2
    ");
}
