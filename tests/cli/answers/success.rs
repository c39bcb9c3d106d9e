//! A word of success is a success, and no refusal.

use std::time::Duration;

use sandbox::world;
use serde_json::{Value, json};

use crate::support::answers::{accepted, fresh, landing};
use crate::support::scripted::{Reply, Runs, json as answer};

#[test]
fn a_word_of_success_beside_a_result_is_a_success() {
    let words = [
        json!({ "code": "200", "message": "ok" }),
        json!({ "code": 200, "message": "ok" }),
        json!({ "error_code": "0", "error_msg": "success" }),
        json!({ "error_code": "", "error_msg": "" }),
        json!({ "errorCode": "OK", "errorMsg": "" }),
        json!({ "code": "SUCCESS" }),
        json!({ "error": { "code": "0", "message": "" } }),
    ];
    let mut runs = Runs::default();
    for word in words {
        let mut body = word.clone();
        body["release_package_id"] = json!("77");
        let script = fresh("release_package").release(answer(200, &body));
        runs.start(&word.to_string(), "release_package", script, &[("wait", "false")]);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 1");
}

/// Some of the vendor's services answer so on everything.
#[test]
fn a_code_of_success_on_every_answer_changes_nothing() {
    let mut runs = Runs::default();
    for (operation, code) in [("release_artifact", "Success"), ("publish_routine_code_revision", "200")] {
        let script = landing(fresh(operation).release(accepted(operation)), operation, Duration::ZERO);
        let script = script.each(|reply| with_code(reply, "Code", code));
        runs.start(operation, operation, script, &[]);
    }
    for (operation, code) in [("release_package", "200"), ("deploy_packages", "0")] {
        let script = landing(fresh(operation).release(accepted(operation)), operation, Duration::ZERO);
        let script = script.each(|reply| with_code(reply, "error_code", code));
        runs.start(operation, operation, script, &[]);
    }
    runs.all_end("0, released: yes, origin: call, release calls: 1");
}

fn with_code(body: &mut Value, field: &str, code: &str) {
    let is_refusal = body.get("Code").is_some();
    if let Some(body) = body.as_object_mut().filter(|_| !is_refusal) {
        body.insert(field.to_owned(), json!(code));
        body.insert("Message".to_owned(), json!("ok"));
    }
}

/// The vendors' tables have none of these under 200: whether it was done is open.
#[test]
fn an_unknown_code_under_200_leaves_open_whether_it_was_done() {
    let huawei = |code: &str| {
        answer(200, &json!({ "error_code": code, "error_msg": "?", "release_package_id": "77" }))
    };
    let mut runs = Runs::default();
    for code in ["XYZ.0001", "DLF.3051", "E500", "failed"] {
        runs.start(code, "release_package", fresh("release_package").release(huawei(code)), &[]);
    }
    let word: Reply = answer(200, &json!({ "code": "200", "message": "ok" }));
    runs.start("no `true`", "publish_extension_draft", fresh("publish_extension_draft").release(word), &[]);
    let alibaba = answer(
        200,
        &json!({ "Code": "Whatever", "Message": "?", "RequestId": "an-id", "ArtifactId": world::ARTIFACT_ID }),
    );
    runs.start("Whatever", "release_artifact", fresh("release_artifact").release(alibaba), &[]);
    insta::assert_snapshot!(runs.told(), @r#"
    XYZ.0001
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but not in the form of a success: HTTP 200, `XYZ.0001`: ?; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    DLF.3051
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but not in the form of a success: HTTP 200, `DLF.3051`: ?; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    E500
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"error_code":"E500","error_msg":"?","release_package_id":"77"}`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    failed
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"error_code":"failed","error_msg":"?","release_package_id":"77"}`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    no `true`
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    Whatever
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but not in the form of a success: HTTP 200, `Whatever`: ? (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}

/// Nor is it a refusal where everything else says so, and a flag of failure without a code is no success.
#[test]
fn a_word_of_success_beside_an_error_leaves_open_whether_it_was_done() {
    let mut runs = Runs::default();
    let said = |code: &str| json!({ "Code": code, "Message": "?", "RequestId": "an-id" });
    for (operation, status, body) in [
        ("release_artifact", 400, said("Success")),
        ("publish_routine_code_revision", 403, said("OK")),
        ("publish_routine_code_revision", 200, json!({ "RequestId": "an-id", "Success": false })),
        (
            "release_artifact",
            200,
            json!({ "RequestId": "an-id", "ArtifactId": world::ARTIFACT_ID, "Success": "false" }),
        ),
        ("release_package", 400, json!({ "error_code": "200", "error_msg": "ok" })),
    ] {
        let case = format!("{operation}, {status} {body}");
        let script = fresh(operation).release(answer(status, &body));
        runs.start(&case, operation, script, &[("retry_timeout", "0")]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    release_artifact, 400 {"Code":"Success","Message":"?","RequestId":"an-id"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"Code":"Success","Message":"?","RequestId":"an-id"}`: HTTP 400 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    publish_routine_code_revision, 403 {"Code":"OK","Message":"?","RequestId":"an-id"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"Code":"OK","Message":"?","RequestId":"an-id"}`: HTTP 403 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between forbids the call: check for a proxy, firewall or gateway, or another `endpoint`

    publish_routine_code_revision, 200 {"RequestId":"an-id","Success":false}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"RequestId":"an-id","Success":false}`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_artifact, 200 {"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","RequestId":"an-id","Success":"false"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","RequestId":"an-id","Success":"false"}`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    release_package, 400 {"error_code":"200","error_msg":"ok"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"error_code":"200","error_msg":"ok"}`: HTTP 400; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`
    "#);
}
