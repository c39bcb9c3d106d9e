//! Only the vendor's own form is a refusal: what something in between says is looked up, however much it looks like a no.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::answers::{accepted, fresh, landing};
use crate::support::hostile::http;
use crate::support::scripted::{Reply, Runs, Script, json as answer, raw};

fn foreign() -> Vec<(&'static str, Reply)> {
    let said = |status, code: Value| answer(status, &json!({ "code": code, "message": "no" }));
    vec![
        ("499 client", said(499, json!("client"))),
        ("409 CONFLICT", said(409, json!("CONFLICT"))),
        ("413", said(413, json!(413))),
        ("403 BLOCKED", said(403, json!("BLOCKED"))),
        (
            "403 Keystone",
            answer(403, &json!({ "error": { "code": 403, "message": "no", "title": "Forbidden" } })),
        ),
        ("429 bare", raw(429, "")),
        ("429 page", raw(429, "<html>slow down</html>")),
        ("401 with a date that is off", dated(401)),
        ("400 bare", raw(400, "")),
        ("408", said(408, json!("Timeout"))),
        ("403 without a code", answer(403, &json!({ "message": "no permission", "request_id": "abc" }))),
        ("401 without a code", answer(401, &json!({ "message": "who are you", "request_id": "abc" }))),
    ]
}

/// In JSON, and twenty minutes late.
fn dated(status: u16) -> Reply {
    let date = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(20);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let body = json!({ "code": "unauthorized", "message": "log in" }).to_string();
    Reply(http(status, &[("date", &date)], body))
}

#[test]
fn a_call_that_was_passed_on_is_found_whatever_was_said_of_it() {
    let mut runs = Runs::default();
    for operation in ["release_package", "deploy_packages", "publish_extension_draft"] {
        for (case, reply) in foreign() {
            let script = landing(fresh(operation).release(reply), operation, Duration::from_millis(500));
            runs.start(&format!("{operation}, {case}"), operation, script, &[]);
        }
    }
    runs.all_end("0, released: yes, origin: lookup, release calls: 1");
}

/// The final message says what came, and what to look at.
#[test]
fn a_call_that_is_not_found_ends_with_what_was_said_of_it() {
    let mut runs = Runs::default();
    for (case, reply) in foreign() {
        runs.start(case, "release_package", fresh("release_package").release(reply), &[]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    499 client
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":"client","message":"no"}`: HTTP 499; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    409 CONFLICT
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":"CONFLICT","message":"no"}`: HTTP 409; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    413
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":413,"message":"no"}`: HTTP 413; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    403 BLOCKED
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":"BLOCKED","message":"no"}`: HTTP 403; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between forbids the call: check for a proxy, firewall or gateway, or another `endpoint`

    403 Keystone
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"error":{"code":403,"message":"no","title":"Forbidden"}}`: HTTP 403; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between forbids the call: check for a proxy, firewall or gateway, or another `endpoint`

    429 bare
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is empty: HTTP 429; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; something in between limits the number of calls: wait, or ask who runs it

    429 page
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html>slow down</html>`: HTTP 429; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; something in between limits the number of calls: wait, or ask who runs it

    401 with a date that is off
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":"unauthorized","message":"log in"}`: HTTP 401; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between asks for a login: check for a proxy or gateway, or another `endpoint`

    400 bare
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is empty: HTTP 400; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    408
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"code":"Timeout","message":"no"}`: HTTP 408; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    403 without a code
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"message":"no permission","request_id":"abc"}`: HTTP 403 (request id `abc`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between forbids the call: check for a proxy, firewall or gateway, or another `endpoint`

    401 without a code
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `{"message":"who are you","request_id":"abc"}`: HTTP 401 (request id `abc`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; not the API but something in between asks for a login: check for a proxy or gateway, or another `endpoint`
    "#);
}

/// A token, or a state that is set: the call is sent again, and once more is enough.
#[test]
fn a_call_that_may_be_repeated_is_repeated() {
    let mut runs = Runs::default();
    for operation in ["release_artifact", "publish_routine_code_revision"] {
        for (case, reply) in
            [("409", answer(409, &json!({ "code": "CONFLICT", "message": "no" }))), ("401", dated(401))]
        {
            let script: Script = fresh(operation).release(reply).release(accepted(operation));
            let inputs = [("wait", "false")];
            runs.start(&format!("{operation}, {case}"), operation, script, &inputs);
        }
    }
    runs.all_end("0, released: yes, origin: call, release calls: 2");
}

/// Another program's JSON under 200 is no success, though it has a field of one.
#[test]
fn an_answer_that_does_not_name_what_was_asked_for_is_no_success() {
    let named = |id: &str| json!({ "RequestId": "an-id", "ArtifactId": id, "Status": "Scanning" });
    let mut runs = Runs::default();
    for (operation, body) in [
        ("release_artifact", json!({ "Status": "ok" })),
        ("release_artifact", json!({ "RequestId": "an-id" })),
        ("release_artifact", named("artifact-of-another")),
        ("publish_routine_code_revision", json!({ "Content": "welcome" })),
        ("publish_routine_code_revision", json!({ "Content": {} })),
        ("publish_routine_code_revision", json!({ "status": "ok" })),
        ("release_package", json!({ "status": "ok" })),
        ("deploy_packages", json!({ "deploy_package_details": [] })),
        ("deploy_packages", json!([])),
        ("publish_extension_draft", json!("true")),
        ("publish_extension_draft", json!({ "result": true })),
    ] {
        let script = fresh(operation).release(answer(200, &body));
        runs.start(&format!("{operation}, {body}"), operation, script, &[]);
    }
    insta::assert_snapshot!(runs.told(), @r#"
    release_artifact, {"Status":"ok"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer does not name the artifact: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    release_artifact, {"RequestId":"an-id"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    release_artifact, {"ArtifactId":"artifact-of-another","RequestId":"an-id","Status":"Scanning"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is about artifact `artifact-of-another`: HTTP 200 (request id `an-id`); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, {"Content":"welcome"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has neither `RequestId` nor a `CodeRevision`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, {"Content":{}}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has neither `RequestId` nor a `CodeRevision`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, {"status":"ok"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has neither `RequestId` nor a `CodeRevision`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    release_package, {"status":"ok"}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has no `release_package_id`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages, {"deploy_package_details":[]}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer says nothing of package `2301`, `2302`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages, []
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer has no `deploy_package_details`: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_extension_draft, "true"
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_extension_draft, {"result":true}
    = 8, released: unknown, origin: none, release calls: 1
    error: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}
