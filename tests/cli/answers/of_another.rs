//! What looks like an answer to this call, and is one to another, or says two things at once.

use std::time::Duration;

use sandbox::world;
use serde_json::{Value, json};

use crate::support::answers::{detail, fresh, in_seconds, landing, list, package, with};
use crate::support::scripted::{Reply, Runs, Script, alibaba, huawei, json as answer, lost};

const LIST: &str = "ListFactoryReleasePackages";

/// A page of health, or the answer to somebody else's call: no acceptance, and looked up.
#[test]
fn an_answer_about_something_else_is_no_acceptance() {
    let other_artifact = json!({ "RequestId": "an-id", "ArtifactId": "artifact-of-others", "VersionName": "9.9.9", "Status": "Available" });
    let other_revision =
        json!({ "RequestId": "an-id", "Content": { "CodeRevision": "1720876959997924999" } });
    let answers: [(&str, Value); 4] = [
        ("release_artifact", json!({ "Status": "OK" })),
        ("release_artifact", json!({ "VersionName": "1.24.0" })),
        ("release_artifact", other_artifact),
        ("publish_routine_code_revision", other_revision),
    ];
    let mut runs = Runs::default();
    for (operation, body) in &answers {
        let script = fresh(operation).release(answer(200, body));
        runs.start(&format!("{operation}: {body}"), operation, script, &[("wait", "false")]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    release_artifact: {"Status":"OK"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer does not name the artifact: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    release_artifact: {"VersionName":"1.24.0"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer does not name the artifact: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    release_artifact: {"ArtifactId":"artifact-of-others","RequestId":"an-id","Status":"Available","VersionName":"9.9.9"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is about artifact `artifact-of-others`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision: {"Content":{"CodeRevision":"1720876959997924999"},"RequestId":"an-id"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer names revision `1720876959997924999`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
    let mut runs = Runs::default();
    for (operation, body) in answers {
        let script = fresh(operation).release(answer(200, &body));
        runs.start(&body.to_string(), operation, landing(script, operation, Duration::ZERO), &[]);
    }
    runs.all_end("0, released: yes, origin: lookup, release calls: 1");
}

#[test]
fn beside_a_flag_of_failure_no_word_of_success_is_believed() {
    let operation = "release_artifact";
    let mut runs = Runs::default();
    for (flag, code) in [(json!(false), "200"), (json!("False"), "Success"), (json!("FALSE"), "")] {
        let body = json!({
            "RequestId": "an-id", "ArtifactId": world::ARTIFACT_ID, "VersionName": "1.24.0", "Status": "Scanning",
            "Success": flag, "Code": code, "Message": "failed",
        });
        let script = fresh(operation).release(answer(200, &body));
        runs.start(&format!("{flag}, {code:?}"), operation, script, &[("wait", "false")]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    false, "200"
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","Code":"200","Message":"failed","RequestId":"an-id","Status":"Scanning","S…`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    "False", "Success"
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","Code":"Success","Message":"failed","RequestId":"an-id","Status":"Scanning…`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    "FALSE", ""
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","Code":"","Message":"failed","RequestId":"an-id","Status":"Scanning","Succ…`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`
    "#);
}

/// The second delivery may find the draft scanned, or to be a version; and a service may say so with 403.
#[test]
fn every_refusal_of_what_is_done_already_is_looked_up() {
    let refusals: [(&str, Reply); 6] = [
        ("release_artifact", alibaba(403, "OperationDenied.ArtifactStatus")),
        ("release_artifact", alibaba(409, "EntityAlreadyExist.ArtifactVersion")),
        ("release_artifact", alibaba(403, "EntityNotExist.ArtifactVersion")),
        ("publish_routine_code_revision", alibaba(403, "EdgeRoutine.GeneralError")),
        ("release_package", huawei(403, "DLF.3051")),
        ("publish_extension_draft", huawei(401, "DEVCP.00014004")),
    ];
    let mut runs = Runs::default();
    for (operation, refusal) in refusals {
        let script = landing(fresh(operation).release(refusal), operation, Duration::ZERO);
        runs.start(operation, operation, script, &[]);
    }
    runs.all_end("0, released: yes, origin: lookup, release calls: 1");
}

/// Somebody else's deployment is under way before the call, and ends after it.
#[test]
fn the_end_of_a_deployment_that_was_under_way_is_not_taken_for_this_one() {
    let operation = "deploy_packages";
    let one = ("package_ids", "2301");
    let at = |status: u8, seconds: Option<i64>| {
        let package = package("2301", status);
        let package = match seconds {
            Some(seconds) => with(package, "deploy_timestamp", in_seconds(seconds)),
            None => package,
        };
        detail(&package, &["1"])
    };
    let mut runs = Runs::default();
    let mut start = |case: &str, release: Reply, before: Reply, after: Reply| {
        let script = Script::default().query("ShowFactoryPackageDetail 2301", before).release(release);
        runs.start(case, operation, script.after("ShowFactoryPackageDetail 2301", after), &[one]);
    };
    start("lost, without times", lost(), at(5, None), at(2, None));
    start("lost, a time from its end", lost(), at(5, None), at(2, Some(1)));
    start("lost, failed", lost(), at(5, None), at(3, None));
    start("lost, deployed anew", lost(), at(5, Some(-20)), at(2, Some(1)));
    start("refused", huawei(400, "DLF.3051"), at(5, None), at(2, None));
    insta::assert_snapshot!(runs.told(), @"
    lost, without times
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, `2301` is releasing: it is released again, as `if_released` is `again`
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; a deployment of `2301` was under way, or had ended, before the call, and nothing shows that this was done again
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    lost, a time from its end
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, `2301` is releasing: it is released again, as `if_released` is `again`
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; a deployment of `2301` was under way, or had ended, before the call, and nothing shows that this was done again
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    lost, failed
    = 8, released: unknown, origin: none, release calls: 1
    warn: it is released already, `2301` is releasing: it is released again, as `if_released` is `again`
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; a deployment of `2301` was under way, or had ended, before the call, and nothing shows that this was done again
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    lost, deployed anew
    = 0, released: yes, origin: lookup, release calls: 1
    warn: it is released already, `2301` is releasing (deployed at [time]): it is released again, as `if_released` is `again`

    refused
    = 4, released: no, origin: none, release calls: 1
    warn: it is released already, `2301` is releasing: it is released again, as `if_released` is `again`
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the script says; a deployment of `2301` was under way, or had ended, before the call, and nothing shows that this was done again
    error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    ");
}

/// A server that ignores the page that was asked for, or caps pages and counts them by what was asked for.
#[test]
fn packages_that_no_page_shows_may_be_the_release() {
    let operation = "release_package";
    let page = |total: usize, ids: std::ops::Range<u32>| {
        let packages: Vec<Value> =
            ids.map(|id| with(package(id.to_string(), 2), "package_name", "nightly-old")).collect();
        answer(200, &json!({ "total": total, "data": packages }))
    };
    let adopt = [("if_released", "adopt")];
    let mut runs = Runs::default();
    runs.start("always the same page", operation, Script::default().query(LIST, page(3, 1..3)), &adopt);
    let capped =
        Script::default().query(LIST, page(5, 5..5)).query("ListFactoryReleasePackages 0", page(5, 1..3));
    runs.start("capped pages", operation, capped, &adopt);
    insta::assert_snapshot!(runs.told(), @"
    always the same page
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: the list has 1 more packages than its pages show, of which any may be the release; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    capped pages
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: the list has 3 more packages than its pages show, of which any may be the release; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}

/// A replica that lags must not make a second package.
#[test]
fn a_package_that_is_listed_without_a_detail_may_be_the_release() {
    let operation = "release_package";
    let script = |status: u8| {
        let script = Script::default().query(LIST, list(&[package("2290", status)]));
        script.query("ShowFactoryPackageDetail 2290", huawei(400, "DLF.0810"))
    };
    let adopt = [("if_released", "adopt")];
    let mut runs = Runs::default();
    runs.start("waiting for approval", operation, script(1), &adopt);
    runs.start("ended", operation, script(2).release(huawei(400, "DLF.3051")), &adopt);
    insta::assert_snapshot!(runs.told(), @"
    waiting for approval
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` of the same name is listed, but has no detail; no release call was sent
    error: hint: no such task package: see whether `package_ids` and `workspace` are right; look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    ended
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the script says; the status does not show it
    error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    ");
}

#[test]
fn a_package_of_another_name_is_not_resumed() {
    let package = with(package("2290", 2), "package_name", "weekly");
    let script =
        Script::default().query("ShowFactoryPackageDetail 2290", detail(&package, &["5101", "5102"]));
    let mut runs = Runs::default();
    let inputs = [("resume", "true"), ("release_package_id", "2290")];
    runs.start("weekly", "release_package", script, &inputs);
    insta::assert_snapshot!(runs.told(), @"
    weekly
    = 8, released: unknown, origin: none, release calls: 0
    error: cannot determine whether it is released already: package `2290` is named `weekly`, not `nightly`; no release call was sent
    error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}
