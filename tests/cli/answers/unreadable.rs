//! After a 2xx nothing is sent again: the call has been done, in part at least, whatever the answer says.

use std::time::Duration;

use sandbox::world;
use serde_json::json;

use crate::support::answers::{both, deployed, fresh, landing};
use crate::support::scripted::{Runs, json as answer, raw};

#[test]
fn an_answer_of_success_that_cannot_be_read_is_never_followed_by_a_second_call() {
    let bodies = [("empty", ""), ("half", r#"{"release_package_id": "#), ("a page", "<html>welcome</html>")];
    let mut runs = Runs::default();
    for operation in world::OPERATIONS {
        for (case, body) in bodies {
            let script = fresh(operation).release(raw(200, body));
            runs.start(&format!("{operation}, {case}"), operation, script, &[]);
        }
    }
    insta::assert_snapshot!(runs.told(), @r#"
    release_artifact, empty
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is empty: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_artifact, half
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"release_package_id":`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_artifact, a page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html>welcome</html>`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_routine_code_revision, empty
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is empty: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_routine_code_revision, half
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"release_package_id":`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_routine_code_revision, a page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html>welcome</html>`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_package, empty
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is empty: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_package, half
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"release_package_id":`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_package, a page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html>welcome</html>`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    deploy_packages, empty
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is empty: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    deploy_packages, half
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"release_package_id":`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    deploy_packages, a page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html>welcome</html>`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_extension_draft, empty
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is empty: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_extension_draft, half
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"release_package_id":`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_extension_draft, a page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html>welcome</html>`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`
    "#);
}

#[test]
fn an_answer_of_success_that_cannot_be_read_is_looked_up() {
    let mut runs = Runs::default();
    for operation in world::OPERATIONS {
        let script = landing(fresh(operation).release(raw(200, "")), operation, Duration::from_millis(700));
        runs.start(operation, operation, script, &[]);
    }
    runs.all_end("0, released: yes, origin: lookup, release calls: 1");
}

#[test]
fn a_package_that_the_answer_does_not_list_is_not_said_to_be_unreleased() {
    let some = || fresh("deploy_packages").release(deployed(&[2301.into()]));
    let after = |first, second| some().after("ListFactoryReleasePackages", both(first, second));
    let mut runs = Runs::default();
    runs.start("never shown", "deploy_packages", some(), &[]);
    runs.start("never shown, without a wait", "deploy_packages", some(), &[("wait", "false")]);
    runs.start("the listed one is shown", "deploy_packages", after(5, 1), &[]);
    runs.start("the other one is shown", "deploy_packages", after(1, 5), &[]);
    let done = landing(some(), "deploy_packages", Duration::from_millis(700));
    runs.start("both are shown", "deploy_packages", done, &[]);
    insta::assert_snapshot!(runs.told(), @"
    never shown
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2302`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    never shown, without a wait
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2302`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    the listed one is shown
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2302`: HTTP 200; `2301` is shown as released, `2302` is not
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    the other one is shown
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2302`: HTTP 200; `2302` is shown as released, `2301` is not
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    both are shown
    = 0, released: yes, origin: lookup, release calls: 1
    ");
}

#[test]
fn what_an_unclear_answer_did_name_is_kept() {
    let script = fresh("deploy_packages").release(deployed(&[2301.into()]));
    let server = script.start();
    let outputs = server.step("deploy_packages").run().exits_with(8).result();
    let known = ["package_id", "asy_task_id", "released"].map(|name| &outputs[name]);
    assert_eq!(known, [&json!(["2301"]), &json!(["a-task"]), &json!("unknown")]);

    let script = fresh("release_package").release(answer(200, &json!({ "package_name": "nightly" })));
    let outputs = script.start().step("release_package").run().exits_with(8).result();
    assert_eq!(outputs["package_name"], "nightly");
}
