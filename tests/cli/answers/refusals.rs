//! A refusal that can mean *done already*: a balancer may have delivered the call twice.

use std::time::Duration;

use sandbox::world;

use crate::support::answers::{both, detail, fresh, landing, list, package, plugin, routine};
use crate::support::scripted::{Reply, Runs, Script, alibaba, huawei};

/// Each operation, and its refusal of what is done already.
fn refusals() -> [(&'static str, Reply); 5] {
    [
        ("release_artifact", alibaba(404, "EntityNotExist.ArtifactVersion")),
        ("publish_routine_code_revision", alibaba(400, "EdgeRoutine.GeneralError")),
        ("release_package", huawei(400, "DLF.3051")),
        ("deploy_packages", huawei(400, "DLF.0810")),
        ("publish_extension_draft", huawei(200, "DEVCP.00014004")),
    ]
}

#[test]
fn what_the_first_delivery_released_is_found() {
    let mut runs = Runs::default();
    for (operation, refusal) in refusals() {
        for choice in ["again", "adopt", "fail"] {
            let script = landing(fresh(operation).release(refusal.clone()), operation, Duration::ZERO);
            runs.start(&format!("{operation}, {choice}"), operation, script, &[("if_released", choice)]);
        }
    }
    runs.all_end("0, released: yes, origin: lookup, release calls: 1");
}

#[test]
fn where_nothing_has_moved_the_refusal_counts() {
    let mut runs = Runs::default();
    for (operation, refusal) in refusals() {
        runs.start(operation, operation, fresh(operation).release(refusal), &[]);
    }
    insta::assert_snapshot!(runs.told(), @"
    release_artifact
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: as the script says (request id `an-id`); the status does not show it
    error: hint: the artifact has no draft to release: create one, or see whether it was released already

    publish_routine_code_revision
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `EdgeRoutine.GeneralError`: as the script says (request id `an-id`); the status does not show it
    error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code

    release_package
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the script says; the status does not show it
    error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    deploy_packages
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.0810`: as the script says; the status has not shown it for `settle_time`
    error: hint: no such task package: see whether `package_ids` and `workspace` are right

    publish_extension_draft
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: as the script says; the status does not show it
    error: hint: read the vendor's message, and check the inputs that it names
    ");
}

#[test]
fn what_was_there_before_the_call_is_not_taken_for_it() {
    let was = |operation: &str| match operation {
        "publish_routine_code_revision" => {
            let new = world::NEW_CODE_REVISION;
            let live = routine(&[("production", new), ("presetCanaryHongKong", new)]);
            fresh(operation).query("DescribeRoutine", live)
        }
        "release_package" => {
            let script = fresh(operation).query("ListFactoryReleasePackages", list(&[package("2290", 2)]));
            script.query("ShowFactoryPackageDetail 2290", detail(&package("2290", 2), &["5101", "5102"]))
        }
        "deploy_packages" => fresh(operation).query("ListFactoryReleasePackages", both(2, 2)),
        "publish_extension_draft" => fresh(operation).query("ShowPluginVersion", plugin("formal")),
        _ => fresh(operation),
    };
    let mut runs = Runs::default();
    for (operation, refusal) in refusals().into_iter().skip(1) {
        runs.start(operation, operation, was(operation).release(refusal), &[]);
    }
    insta::assert_snapshot!(runs.told(), @"
    publish_routine_code_revision
    = 4, released: no, origin: none, release calls: 1
    warn: it is released already, done (revision `1720876959997924702`): it is released again, as `if_released` is `again`
    error: the API rejected the call; nothing was released: HTTP 400, `EdgeRoutine.GeneralError`: as the script says (request id `an-id`); the revision was live in every environment before the call
    error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code

    release_package
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the script says; the status does not show it
    error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    deploy_packages
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.0810`: as the script says; `2301`, `2302` had ended before the call, and nothing shows that this was done again
    error: hint: no such task package: see whether `package_ids` and `workspace` are right

    publish_extension_draft
    = 4, released: no, origin: none, release calls: 1
    warn: it is released already, done (version `0.1.0`): it is released again, as `if_released` is `again`
    error: the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: as the script says; version `0.1.0` was formal before the call
    error: hint: read the vendor's message, and check the inputs that it names
    ");
}

#[test]
fn what_has_moved_and_is_not_surely_the_release_is_unknown() {
    let (old, new) = (world::LIVE_CODE_REVISION, world::NEW_CODE_REVISION);
    let mut runs = Runs::default();
    let [_, (routines, refusal), (packing, of_packing), ..] = refusals();
    let one = routine(&[("production", new), ("presetCanaryHongKong", old)]);
    let script = fresh(routines).release(refusal).after("DescribeRoutine", one);
    runs.start("one environment", routines, script, &[]);
    let script =
        fresh(packing).release(of_packing).after("ListFactoryReleasePackages", list(&[package("2303", 1)]));
    let script = script.after("ShowFactoryPackageDetail 2303", detail(&package("2303", 1), &["5101"]));
    runs.start("one item", packing, script, &[]);
    insta::assert_snapshot!(runs.told(), @"
    one environment
    = 8, released: unknown, origin: none, release calls: 1
    error: the API rejected the call, which may be because it is done already: HTTP 400, `EdgeRoutine.GeneralError`: as the script says (request id `an-id`); `production` is shown as released, `presetCanaryHongKong` is not
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; see whether the routine, the code revision and the environments exist; the server gives no other code

    one item
    = 8, released: unknown, origin: none, release calls: 1
    error: the API rejected the call, which may be because it is done already: HTTP 400, `DLF.3051`: as the script says; package `2303` of the same name has other items, too, or not all
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    ");
}

/// Some of several packages are there although the call was refused: the rest has failed.
#[test]
fn of_a_refused_batch_what_is_there_after_a_while_is_this_runs() {
    let operation = "deploy_packages";
    let refused = || fresh(operation).release(huawei(400, "DLF.0810"));
    let some = |first, second| {
        refused().from(Duration::from_secs(1), "ListFactoryReleasePackages", both(first, second))
    };
    let mut runs = Runs::default();
    let late = landing(refused(), operation, Duration::from_millis(1500));
    runs.start("all, late", operation, late, &[]);
    let details =
        |script: Script| script.after("ShowFactoryPackageDetail 2301", detail(&package("2301", 2), &["1"]));
    runs.start("one", operation, details(some(2, 1)), &[]);
    runs.start("one, without a wait", operation, details(some(5, 1)), &[("wait", "false")]);
    runs.start("none", operation, refused(), &[]);
    let gateway = fresh(operation).release(huawei(404, "APIGW.0101"));
    runs.start("by the gateway", operation, gateway, &[]);
    insta::assert_snapshot!(runs.told(), @"
    all, late
    = 0, released: yes, origin: lookup, release calls: 1

    one
    = 5, released: yes, origin: lookup, release calls: 1
    error: the release was accepted, then failed: package `2302` was not processed: `DLF.0810`: as the script says; `2301` succeeded
    error: hint: fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out what has succeeded; with the default everything is released again

    one, without a wait
    = 5, released: yes, origin: lookup, release calls: 1
    error: the release was accepted, then failed: `2302` was not processed: `DLF.0810`: as the script says
    error: hint: fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out what has succeeded; with the default everything is released again

    none
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.0810`: as the script says; the status has not shown it for `settle_time`
    error: hint: no such task package: see whether `package_ids` and `workspace` are right

    by the gateway
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 404, `APIGW.0101`: as the script says
    error: hint: this endpoint does not have the API: see whether `region` or `endpoint` is that of the service
    ");
}

/// Longer than any patience of our own.
#[test]
fn the_users_settle_time_holds_for_a_refused_batch() {
    let operation = "deploy_packages";
    let refused = fresh(operation).release(huawei(400, "DLF.0810"));
    let mut runs = Runs::default();
    runs.start(
        "shown after 17 s",
        operation,
        landing(refused, operation, Duration::from_secs(17)),
        &[("settle_time", "25s")],
    );
    insta::assert_snapshot!(runs.told(), @"
    shown after 17 s
    = 0, released: yes, origin: lookup, release calls: 1
    ");
}
