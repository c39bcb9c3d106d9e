//! What is taken for the release after a lost answer: exactly what was asked for, new, and begun by this call.

use std::fmt::Write as _;
use std::time::Duration;

use sandbox::{By, world};

use super::sandbox;
use crate::support::answers::{
    both, detail, fresh, in_seconds, landing, list, package, plugin, routine, with,
};
use crate::support::scripted::{Runs, Script, lost};
use crate::support::step::Step;

const AT_ONCE: Duration = Duration::ZERO;

/// Where landing changes nothing that the status shows, nothing can be said of it.
#[test]
fn what_was_released_before_and_is_released_again_cannot_be_found() {
    let deployed = || {
        let script = fresh("deploy_packages").query("ListFactoryReleasePackages", both(2, 2));
        let script = script.query("ShowFactoryPackageDetail 2301", detail(&package("2301", 2), &["1"]));
        script.query("ShowFactoryPackageDetail 2302", detail(&package("2302", 2), &["2"]))
    };
    let at =
        |seconds| ["2301", "2302"].map(|id| with(package(id, 2), "deploy_timestamp", in_seconds(seconds)));
    let redeployed = |before: i64, after: i64| {
        let script =
            fresh("deploy_packages").query("ListFactoryReleasePackages", list(&at(before))).release(lost());
        let script = script.after("ListFactoryReleasePackages", list(&at(after)));
        let script = script.after("ShowFactoryPackageDetail 2301", detail(&at(after)[0], &["1"]));
        script.after("ShowFactoryPackageDetail 2302", detail(&at(after)[1], &["2"]))
    };
    let formal = || fresh("publish_extension_draft").query("ShowPluginVersion", plugin("formal"));
    let mut runs = Runs::default();
    runs.start("formal before", "publish_extension_draft", formal().release(lost()), &[]);
    runs.start("deployed before", "deploy_packages", deployed().release(lost()), &[]);
    let failed = fresh("deploy_packages").query("ListFactoryReleasePackages", both(3, 3)).release(lost());
    runs.start("failed before", "deploy_packages", failed, &[]);
    let releasing = deployed().release(lost()).after("ListFactoryReleasePackages", both(5, 5));
    runs.start("deployed before, releasing now", "deploy_packages", releasing, &[]);
    runs.start("deployed before, and newly", "deploy_packages", redeployed(-1000, 1), &[]);
    runs.start("deployed before, and between", "deploy_packages", redeployed(-1000, -60), &[]);
    runs.start("adopt", "publish_extension_draft", formal(), &[("if_released", "adopt")]);
    runs.start("fail", "deploy_packages", deployed(), &[("if_released", "fail")]);
    insta::assert_snapshot!(runs.told(), @"
    formal before
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, done (version `0.1.0`): it is released again, as `if_released` is `again`
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; version `0.1.0` was formal before the call
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deployed before
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301`, `2302` had ended before the call, and nothing shows that this was done again
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    failed before
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301`, `2302` had ended before the call, and nothing shows that this was done again
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deployed before, releasing now
    = 6, released: yes, origin: lookup, release calls: 1
    error: the release was accepted and is under way, but was not done within 5s: `2301` is releasing, `2302` is releasing
    error: hint: do not release again: run this with `resume: true`, which waits for it; or give a longer `wait_timeout`

    deployed before, and newly
    = 0, released: yes, origin: lookup, release calls: 1

    deployed before, and between
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` was deployed shortly before the call, perhaps by somebody else
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    adopt
    = 0, released: yes, origin: adopted, release calls: 0
    warn: nothing was released by this run: an existing release, done (version `0.1.0`), was adopted

    fail
    = 4, released: no, origin: none, release calls: 0
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there
    ");
}

/// A call that never landed shows nothing, in whatever words.
#[test]
fn a_state_that_is_not_documented_does_not_say_that_a_call_has_landed() {
    let operation = "deploy_packages";
    let mut runs = Runs::default();
    for status in [serde_json::json!(null), "".into(), 0.into(), 4.into(), 6.into(), "5x".into()] {
        let script = fresh(operation).release(lost());
        let script = script.after("ListFactoryReleasePackages", both(status.clone(), status.clone()));
        runs.start(&format!("{status}, two"), operation, script, &[]);
        let one = |status: serde_json::Value| detail(&package("2301", status), &["1"]);
        let script = Script::default().query("ShowFactoryPackageDetail 2301", one(1.into())).release(lost());
        let script = script.after("ShowFactoryPackageDetail 2301", one(status.clone()));
        runs.start(&format!("{status}, one"), operation, script, &[("package_ids", "2301")]);
    }
    for (case, first) in [("once", 5), ("failed at once", 3)] {
        let script = fresh(operation).release(lost()).after("ListFactoryReleasePackages", both(first, 6));
        runs.start(&format!("{case}, and 6"), operation, script, &[]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    null, two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` ``, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    null, one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` ``, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    "", two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` ``, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    "", one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` ``, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    0, two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `0`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    0, one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `0`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    4, two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `4`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    4, one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `4`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    6, two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `6`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    6, one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `6`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    "5x", two
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `5x`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    "5x", one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` shows the `deploy_status` `5x`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    once, and 6
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2302` shows the `deploy_status` `6`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    failed at once, and 6
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2302` shows the `deploy_status` `6`, which is not documented
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}

#[test]
fn a_package_with_other_contents_is_not_taken_for_this_one() {
    let operation = "release_package";
    let shows = |package: &serde_json::Value, items: &[&str]| {
        let script = fresh(operation).release(lost());
        let script = script.after("ListFactoryReleasePackages", list(std::slice::from_ref(package)));
        script.after("ShowFactoryPackageDetail 2303", detail(package, items))
    };
    let ours = package("2303", 2);
    let others = |ids: &[&str]| {
        let approvers: Vec<_> = ids.iter().map(|id| serde_json::json!({ "user_id": id })).collect();
        with(ours.clone(), "package_approvers", approvers)
    };
    let items = ["5101", "5102"];
    let mut runs = Runs::default();
    runs.start("exactly", operation, shows(&ours, &items), &[]);
    runs.start("one item more", operation, shows(&ours, &["5101", "5102", "5103"]), &[]);
    runs.start("one item less", operation, shows(&ours, &["5101"]), &[]);
    runs.start("no item", operation, shows(&ours, &[]), &[]);
    runs.start("other items", operation, shows(&ours, &["5103"]), &[]);
    runs.start("another approver", operation, shows(&others(&[world::ADMIN_ID]), &items), &[]);
    runs.start(
        "one approver more",
        operation,
        shows(&others(&[world::DEPLOYER_ID, world::ADMIN_ID]), &items),
        &[],
    );
    runs.start("no approver", operation, shows(&with(ours.clone(), "package_approvers", ()), &items), &[]);
    runs.start(
        "another name",
        operation,
        shows(&with(ours.clone(), "package_name", "nightly-2"), &items),
        &[],
    );
    let applicant = with(ours.clone(), "apply_user_id", world::ADMIN_ID);
    runs.start("another applicant", operation, shows(&applicant, &items), &[]);
    let early = with(ours.clone(), "apply_timestamp", in_seconds(-60));
    runs.start("made a minute before the call", operation, shows(&early, &items), &[]);
    let withdrawn = with(ours.clone(), "delete_flag", 1);
    runs.start("withdrawn at once", operation, shows(&withdrawn, &items), &[]);
    let second = package("2304", 1);
    let two = shows(&ours, &items).after("ListFactoryReleasePackages", list(&[ours.clone(), second.clone()]));
    runs.start(
        "two of them",
        operation,
        two.after("ShowFactoryPackageDetail 2304", detail(&second, &items)),
        &[],
    );
    insta::assert_snapshot!(runs.told(), @"
    exactly
    = 0, released: yes, origin: lookup, release calls: 1

    one item more
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` of the same name has other items, too, or not all
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    one item less
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` of the same name has other items, too, or not all
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no item
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` of the same name lists no items
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    other items
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    another approver
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` has these items and other approvers
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    one approver more
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` has these items and other approvers
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no approver
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` has these items, and does not tell its approvers
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    another name
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    another applicant
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    made a minute before the call
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; package `2303` was made shortly before the call
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    withdrawn at once
    = 5, released: yes, origin: lookup, release calls: 1
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: fix the cause shown in the vendor's console, then release again

    two of them
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; several packages fit: `2304`, `2303`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

/// Somebody else, shortly after the call that never landed: as far as the status tells, that is this release.
#[test]
fn what_somebody_else_did_meanwhile_is_found_and_not_said_to_be_made() {
    let cases: [(&str, &str, &[&str]); 4] = [
        ("both packages", "deploy_packages", &["deploys package 2301", "deploys package 2302"]),
        ("one package", "deploy_packages", &["deploys package 2301"]),
        ("the same items", "release_package", &["packs nightly of 5101,5102"]),
        ("the extension", "publish_extension_draft", &["publishes extension"]),
    ];
    let mut told = String::new();
    for (case, operation, actions) in cases {
        let mut script = vec!["fault release: reset before".to_owned(), "pace 300ms".to_owned()];
        script.extend(actions.iter().map(|action| format!("fault release: somebody {action} after 300ms")));
        let script: Vec<&str> = script.iter().map(String::as_str).collect();
        let server = sandbox(&script);
        let step = super::waiting(Step::plain(), operation, &server).input("settle_time", "2s");
        let run = step.input("wait_timeout", "5s").run();
        let outputs = run.result();
        let by_us = server.effects().iter().filter(|effect| effect.by == By::Call).count();
        writeln!(
            told,
            "{case}: {}, released {}, {}, {by_us} by this run\n{}",
            outputs["exit_status"],
            outputs["released"],
            outputs["release_origin"],
            outputs["error_message"].as_str().unwrap_or_default(),
        )
        .unwrap();
    }
    insta::assert_snapshot!(told, @r#"
    both packages: 0, released "yes", "lookup", 0 by this run

    one package: 8, released "unknown", null, 0 by this run
    the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); `2301` is shown as released, `2302` is not
    the same items: 8, released "unknown", null, 0 by this run
    the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); package `2303` has these items and other approvers
    the extension: 0, released "yes", "lookup", 0 by this run
    "#);
}

/// A lost call that lands in part is not all that was asked for.
#[test]
fn a_lost_batch_that_is_there_in_part_is_unknown_and_keeps_its_ids() {
    let script = fresh("deploy_packages").release(lost()).after("ListFactoryReleasePackages", both(5, 1));
    let server = script.start();
    let outputs = server.step("deploy_packages").run().exits_with(8).result();
    assert_eq!(server.releases().len(), 1);
    insta::assert_snapshot!(outputs["error_message"].as_str().unwrap(), @"the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `2301` is shown as released, `2302` is not");
    assert_eq!(outputs["package_id"], serde_json::json!(["2301", "2302"]));
}

/// Environments: all or nothing, and an object says more of an environment than its revision.
#[test]
fn a_routine_is_found_where_every_environment_is_live() {
    let operation = "publish_routine_code_revision";
    let (old, new, other) = (world::LIVE_CODE_REVISION, world::NEW_CODE_REVISION, world::OTHER_CODE_REVISION);
    let after = |production: &str, canary: &str| {
        let live = routine(&[("production", production), ("presetCanaryHongKong", canary)]);
        fresh(operation).release(lost()).after("DescribeRoutine", live)
    };
    let no_time = [("retry_timeout", "0")];
    let mut runs = Runs::default();
    runs.start("all", operation, after(new, new), &no_time);
    runs.start("one", operation, after(new, old), &no_time);
    runs.start("one, and a third revision", operation, after(new, other), &no_time);
    runs.start("none", operation, after(old, old), &no_time);
    let envs = r#"{"production": {}, "presetCanaryHongKong": {}}"#;
    runs.start("all, by an object", operation, after(new, new), &[no_time[0], ("envs", envs)]);
    let third = landing(after(other, old), operation, AT_ONCE)
        .after("DescribeRoutine", routine(&[("production", other)]));
    runs.start("a third revision before it is sent again", operation, third, &[]);
    insta::assert_snapshot!(runs.told(), @"
    all
    = 0, released: yes, origin: lookup, release calls: 1

    one
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; `production` is shown as released, `presetCanaryHongKong` is not
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    one, and a third revision
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; somebody else put `1820876959997924703` into `presetCanaryHongKong`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    none
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    all, by an object
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the revision is live, and `envs` is an object, of which the rest is not shown
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    a third revision before it is sent again
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; somebody else put `1820876959997924703` into `production`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}
