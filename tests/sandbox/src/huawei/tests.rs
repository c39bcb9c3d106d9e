use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Fate,
    client::{at, factory, packing, publishing, request, send},
    verify,
};
use crate::{
    Account, Answer, Request, Sandbox, text,
    world::{self, DOMAIN_ID, Key, PROJECT_ID},
};

fn post(sandbox: &mut Sandbox, now: Timestamp, path: &str, body: &Value) -> Answer {
    send(sandbox, now, request("POST", &factory(path), &body.to_string()))
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// The statuses of a package and of its tasks at a time: `package (deploy_status/start_job_status …)`.
fn statuses(sandbox: &mut Sandbox, now: Timestamp, id: &str) -> String {
    let detail = body(&send(sandbox, now, request("GET", &factory(&format!("release-packages/{id}")), "")));
    let tasks = detail["task_details"].as_array().unwrap().iter();
    let tasks: Vec<_> =
        tasks.map(|task| format!("{}/{}", task["deploy_status"], task["start_job_status"])).collect();
    format!("{} ({})", detail["release_package"]["deploy_status"], tasks.join(" "))
}

/// Packs a job and a script, deploys them, and looks every half second.
fn timeline(mut sandbox: Sandbox, startup_mode: u8) -> String {
    sandbox.huawei.factory.starting = SignedDuration::from_millis(500);
    post(&mut sandbox, at(0), "pending-items/package", &packing());
    let deployment = json!({ "package_ids": ["2303"], "startup_mode": startup_mode });
    post(&mut sandbox, at(0), "release-packages/deploy", &deployment);
    let look = |time| format!("{time:>4} ms  {}\n", statuses(&mut sandbox, at(time), "2303"));
    [0, 499, 500, 1499, 1500].map(look).concat()
}

#[test]
fn a_package_is_made_once_of_its_items() {
    let mut sandbox = Sandbox::new();
    let answer = post(&mut sandbox, at(0), "pending-items/package", &packing());
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_snapshot!(format!("{}\n{}\n{}", answer.status, headers.join("\n"), answer.text()), @r#"
    200
    Content-Type: application/json;charset=UTF-8
    X-Request-Id: 85bd539d71e9bed59525753ab9a5c162
    Server: api-gateway
    Date: Thu, 28 May 2026 20:26:40 GMT
    {"package_name":"nightly","release_package_id":"2303"}
    "#);
    let again = post(&mut sandbox, at(0), "pending-items/package", &packing());
    assert_snapshot!(format!("{} {}", again.status, again.text()), @r#"400 {"error_code":"DLF.3051","error_msg":"Invalid parameter: the pending item 5101 is packed already."}"#);
    assert_eq!(sandbox.effects().len(), 1);
}

#[test]
fn a_deployed_package_succeeds_and_starts_its_jobs() {
    assert_snapshot!(timeline(Sandbox::new(), 1), @r#"
       0 ms  1 (1/null 1/null)
     499 ms  1 (1/null 1/null)
     500 ms  5 (5/null 5/null)
    1499 ms  5 (5/null 5/null)
    1500 ms  2 (2/2 2/null)
    "#);
}

#[test]
fn no_job_starts_where_that_is_not_asked_for() {
    assert_snapshot!(timeline(Sandbox::new(), 0), @r#"
       0 ms  1 (1/null 1/null)
     499 ms  1 (1/null 1/null)
     500 ms  5 (5/null 5/null)
    1499 ms  5 (5/null 5/null)
    1500 ms  2 (2/null 2/null)
    "#);
}

#[test]
fn one_failed_item_fails_its_package() {
    let mut sandbox = Sandbox::new();
    sandbox.huawei.factory.item_mut("5102").unwrap().fate = Fate::Fails;
    assert_snapshot!(timeline(sandbox, 1), @r#"
       0 ms  1 (1/null 1/null)
     499 ms  1 (1/null 1/null)
     500 ms  5 (5/null 5/null)
    1499 ms  5 (5/null 5/null)
    1500 ms  3 (2/2 3/null)
    "#);
}

#[test]
fn a_job_that_does_not_start_does_not_fail_its_package() {
    let mut sandbox = Sandbox::new();
    sandbox.huawei.factory.item_mut("5101").unwrap().fate = Fate::StartFails;
    assert_snapshot!(timeline(sandbox, 1), @r#"
       0 ms  1 (1/null 1/null)
     499 ms  1 (1/null 1/null)
     500 ms  5 (5/null 5/null)
    1499 ms  5 (5/null 5/null)
    1500 ms  2 (2/3 2/null)
    "#);
}

#[test]
fn each_deployed_package_is_an_effect_and_an_unknown_one_prevents_them_all() {
    let mut sandbox = Sandbox::new();
    let deploy = |sandbox: &mut Sandbox, ids: &[&str]| {
        post(sandbox, at(0), "release-packages/deploy", &json!({ "package_ids": ids })).text()
    };
    assert_snapshot!(deploy(&mut sandbox, &["2301", "9999"]), @r#"{"error_code":"DLF.0810","error_msg":"The task 9999 does not exist."}"#);
    assert_eq!(sandbox.effects(), []);
    assert_snapshot!(deploy(&mut sandbox, &world::PACKAGE_IDS), @r#"{"deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"fd82ddc7c80485201b78a0cff65f0d95","package_id":2301},{"asy_subtask_num":1,"asy_task_id":"95cf22c3e62d4c736ce10e0dbd5506b2","package_id":2302}]}"#);
    let ids: Vec<_> = sandbox.effects().iter().map(|effect| effect.id.as_str()).collect();
    assert_eq!(ids, world::PACKAGE_IDS);
}

#[test]
fn a_withdrawn_package_frees_its_items_and_cannot_be_deployed() {
    let mut sandbox = Sandbox::new();
    post(&mut sandbox, at(0), "pending-items/package", &packing());
    let withdrawn = post(&mut sandbox, at(1), "release-packages/unpack", &json!({ "package_ids": ["2303"] }));
    assert_eq!((withdrawn.status, withdrawn.text().as_str()), (204, ""));
    let deployed = post(&mut sandbox, at(2), "release-packages/deploy", &json!({ "package_ids": ["2303"] }));
    assert_eq!(body(&deployed)["error_code"], "DLF.0810");
    let detail = body(&send(&mut sandbox, at(3), request("GET", &factory("release-packages/2303"), "")));
    assert_eq!(detail["release_package"]["delete_flag"], 1);
    assert_eq!(post(&mut sandbox, at(4), "pending-items/package", &packing()).status, 200);
}

fn plugin(sandbox: &mut Sandbox, method: &str, path: &str, body: &str) -> String {
    let answer = send(sandbox, at(0), request(method, &format!("/v1/{DOMAIN_ID}/agent-plugin/{path}"), body));
    format!("{} {}", answer.status, answer.text())
}

#[test]
fn a_draft_is_published_once() {
    let mut sandbox = Sandbox::new();
    let body = publishing(world::PLUGIN_VERSION).to_string();
    assert_snapshot!(plugin(&mut sandbox, "POST", "publish-draft", &body), @"200 true");
    assert_snapshot!(plugin(&mut sandbox, "POST", "publish-draft", &body), @r#"200 {"error_code":"DEVCP.00014004","error_msg":"Invalid parameter: the version is formal already"}"#);
    assert_eq!(sandbox.effects().len(), 1);
    assert_snapshot!(plugin(&mut sandbox, "GET", "detail?plugin_name=notify-team&version=0.1.0", ""), @r#"200 {"display_name":"Notify the team","op_time":"2026-05-28T20:26:40Z","op_user":"carol","plugin_attribution":"custom","plugin_composition_type":"single","plugin_name":"notify-team","runtime_attribution":"agent","unique_id":"6f0fb58975ab2e387efe3477c30f746c","version":"0.1.0","version_attribution":"formal","version_description":""}"#);
}

/// One line for each refused request: its status, code and message.
fn refusals(requests: Vec<Request>) -> String {
    let mut lines = String::new();
    for request in requests {
        let answer = send(&mut Sandbox::new(), at(0), request);
        let body = body(&answer);
        writeln!(lines, "{} {} {}", answer.status, body["error_code"], body["error_msg"]).unwrap();
    }
    lines
}

/// This body with one field changed, or taken away.
fn but(mut body: Value, name: &str, value: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name)
    } else {
        fields.insert(name.into(), value)
    };
    body
}

#[test]
fn what_packing_would_refuse_is_refused() {
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    let bodies = [
        but(packing(), "apply_user_id", Value::Null),
        but(packing(), "apply_user_id", json!(world::DEPLOYER_ID)),
        but(packing(), "package_name", json!("")),
        but(packing(), "pending_item_list", json!([])),
        but(packing(), "pending_item_list", json!("5101")),
        but(packing(), "pending_item_list", json!([5101])),
        but(packing(), "pending_item_list", json!(["5101", "5101"])),
        but(packing(), "pending_item_list", json!(["1"])),
        but(packing(), "pending_item_list", json!(["5001"])),
        but(packing(), "pending_item_list", json!(many)),
        but(packing(), "approver_ids", json!([world::APPLICANT_ID])),
        but(packing(), "approver_ids", json!(["nobody"])),
        but(packing(), "approvers", json!([])),
        json!([packing()]),
    ];
    let path = factory("pending-items/package");
    let requests = bodies.iter().map(|body| request("POST", &path, &body.to_string()));
    assert_snapshot!(refusals(requests.collect()), @r#"
    400 "DLF.3051" "Invalid parameter: apply_user_id is required."
    400 "DLF.3051" "Invalid parameter: apply_user_id did not submit the pending item 5101."
    400 "DLF.3051" "Invalid parameter: package_name is required."
    400 "DLF.3051" "Invalid parameter: pending_item_list must hold 1 to 100 values."
    400 "DLF.3051" "Invalid parameter: pending_item_list is not an array of strings."
    400 "DLF.3051" "Invalid parameter: pending_item_list is not an array of strings."
    400 "DLF.3051" "Invalid parameter: pending_item_list holds a value twice."
    400 "DLF.3051" "Invalid parameter: the pending item 1 does not exist."
    400 "DLF.3051" "Invalid parameter: the pending item 5001 is packed already."
    400 "DLF.3051" "Invalid parameter: pending_item_list must hold 1 to 100 values."
    400 "DLF.3051" "Invalid parameter: a1b2c3d4e5f60718293a4b5c6d7e8f90 is not an approver of this workspace."
    400 "DLF.3051" "Invalid parameter: nobody is not an approver of this workspace."
    400 "DLF.3051" "Invalid parameter: the field approvers is not known."
    400 "DLF.3051" "Invalid parameter: the body is not a JSON object."
    "#);
}

#[test]
fn what_the_other_calls_would_refuse_is_refused() {
    let deploy = |body: &str| request("POST", &factory("release-packages/deploy"), body);
    let deploying = r#"{"package_ids":["2301"]}"#;
    let headers = |change: fn(&mut Request)| {
        let mut request = deploy(deploying);
        change(&mut request);
        request
    };
    let publish = |body: &Value| {
        request("POST", &format!("/v1/{DOMAIN_ID}/agent-plugin/publish-draft"), &body.to_string())
    };
    let fine = publishing(world::PLUGIN_VERSION);
    assert_snapshot!(refusals(vec![
        deploy(r#"{"package_ids":[2301]}"#),
        deploy(r#"{"package_ids":["2301"],"startup_mode":"1"}"#),
        deploy(r#"{"package_ids":["2301"],"startup_mode":2}"#),
        deploy(r#"{"package_ids":["2301"],"startup_mode":1.0}"#),
        deploy(r#"{"package_ids":["2301"],"mode":1}"#),
        deploy(r#"{"package_ids":[]}"#),
        deploy(r#"{"startup_mode":1}"#),
        deploy(r#"{"package_ids":["2301"]"#),
        deploy(""),
        headers(|request| request.headers[1].1 = "text/plain".into()),
        headers(|request| request.headers[2].1 = "0".repeat(32)),
        headers(|request| request.headers.push(("X-Project-Id".into(), "0".repeat(32)))),
        headers(|request| request.target += "?force=true"),
        headers(|request| request.target = request.target.replace('b', "c")),
        headers(|request| request.target += "/"),
        headers(|request| request.method = "PUT".into()),
        request("GET", &factory("pending-items?limit=101"), ""),
        request("GET", &factory("pending-items?limit=ten"), ""),
        request("GET", &factory("pending-items?offset=-1"), ""),
        request("GET", &factory("pending-items?page=1"), ""),
        request("GET", &factory("pending-items?limit=1&limit=2"), ""),
        request("GET", &factory("release-packages/9999"), ""),
        request("GET", &format!("/v1/{PROJECT_ID}/system-tasks/9999"), ""),
        publish(&but(fine.clone(), "display_name", Value::Null)),
        publish(&but(fine.clone(), "version", json!("0.1"))),
        publish(&but(fine.clone(), "version", json!("0.0.99"))),
        publish(&but(fine.clone(), "plugin_attribution", json!("official"))),
        publish(&but(fine.clone(), "version_attribution", json!("final"))),
        publish(&json!([fine])),
        request("GET", &format!("/v1/{DOMAIN_ID}/agent-plugin/detail?plugin_name=notify-team"), ""),
        request("GET", &format!("/v1/{PROJECT_ID}/agent-plugin/detail?plugin_name=notify-team&version=0.1.0"), ""),
    ]), @r#"
    400 "DLF.3051" "Invalid parameter: package_ids is not an array of strings."
    400 "DLF.3051" "Invalid parameter: startup_mode is not an integer."
    400 "DLF.3051" "Invalid parameter: startup_mode is neither 0 nor 1."
    400 "DLF.3051" "Invalid parameter: startup_mode is not an integer."
    400 "DLF.3051" "Invalid parameter: the field mode is not known."
    400 "DLF.3051" "Invalid parameter: package_ids must hold 1 to 100 values."
    400 "DLF.3051" "Invalid parameter: package_ids is required."
    400 "DLF.3051" "Invalid parameter: the body is not JSON."
    400 "DLF.3051" "Invalid parameter: the body is not JSON."
    400 "DLF.3051" "Invalid parameter: the content type is not application/json."
    400 "DLF.6888" "The current account does not have the permission for this operation."
    403 "APIGW.0302" "The IAM user is not authorized for this project"
    400 "DLF.3051" "Invalid parameter: the parameter force is not known."
    403 "APIGW.0302" "The IAM user is not authorized for this project"
    404 "APIGW.0101" "The API does not exist or has not been published in the environment"
    404 "APIGW.0101" "The API does not exist or has not been published in the environment"
    400 "DLF.3051" "Invalid parameter: limit is not from 1 to 100."
    400 "DLF.3051" "Invalid parameter: limit is not an integer."
    400 "DLF.3051" "Invalid parameter: offset is negative."
    400 "DLF.3051" "Invalid parameter: the parameter page is not known."
    400 "DLF.3051" "Invalid parameter: the parameter limit is given twice."
    400 "DLF.0810" "The task 9999 does not exist."
    400 "DLF.0810" "The task 9999 does not exist."
    200 "DEVCP.00014004" "Invalid parameter: display_name is required"
    200 "DEVCP.00014004" "Invalid parameter: version is not x.xx.xx"
    200 "DEVCP.00014004" "Invalid parameter: the draft does not exist"
    200 "DEVCP.00014004" "Invalid parameter: plugin_attribution is not the draft's"
    200 "DEVCP.00014004" "Invalid parameter: version_attribution is neither draft nor formal"
    200 "DEVCP.00014004" "Invalid parameter: the body is not a JSON object"
    200 "DEVCP.00014004" "Invalid parameter: version is required"
    200 "DEVCP.00014031" "You do not have the permission to perform this operation."
    "#);
}

#[test]
fn the_workspace_may_be_left_out_only_where_there_is_a_default() {
    let mut sandbox = Sandbox::new();
    let mut deployment = request("POST", &factory("release-packages/deploy"), r#"{"package_ids":["2301"]}"#);
    deployment.headers.retain(|(name, _)| name != "workspace");
    assert_eq!(send(&mut sandbox, at(0), deployment.clone()).status, 200);
    sandbox.huawei.factory.default_workspace = false;
    assert_eq!(send(&mut sandbox, at(0), deployment).status, 400);
}

fn sign(mut request: Request, key: &Key, date: &str) -> Request {
    request.headers.push(("X-Sdk-Date".into(), date.into()));
    if let Some(token) = key.security_token {
        request.headers.push(("X-Security-Token".into(), token.into()));
    }
    let mut signed: Vec<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    signed.sort();
    let signed = signed.join(";");
    let hash = text::sha256(verify::canonical_request(&request, &signed).as_bytes());
    let signature = text::hmac_sha256(key.secret, &format!("SDK-HMAC-SHA256\n{date}\n{hash}"));
    let fields = format!("Access={}, SignedHeaders={signed}, Signature={signature}", key.id);
    request.headers.push(("Authorization".into(), format!("SDK-HMAC-SHA256 {fields}")));
    request
}

/// Status, code and message with which a request is answered that differs in one thing from a good one.
fn verdict(key: &Key, date: &str, after: impl Fn(&mut Request)) -> String {
    let mut request = sign(request("GET", &factory("release-packages/2301?"), ""), key, date);
    after(&mut request);
    let answer = Sandbox::new().handle(at(0), &request);
    let body = body(&answer);
    let message = body["error_msg"].as_str().unwrap_or("accepted");
    let shown = message.find("canonicalRequest:GET|/").map_or(message, |at| &message[..at + 17]);
    format!("{} {shown}", answer.status)
}

fn set(name: &'static str, value: &'static str) -> impl Fn(&mut Request) {
    move |request| {
        request.headers.retain(|(known, _)| known != name);
        request.headers.push((name.into(), value.into()));
    }
}

const DATE: &str = "20260528T202640Z";

fn as_it_is(_: &mut Request) {}

fn table(rows: &[(&str, String)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(fault, verdict)| format!("{fault}: {verdict}")).collect();
    rows.join("\n")
}

#[test]
fn only_the_whole_key_is_accepted() {
    let (key, temporary) = (world::HUAWEI_KEY, world::HUAWEI_TEMPORARY_KEY);
    let with = |key: &Key| verdict(key, DATE, as_it_is);
    let secret = |secret| with(&Key { secret, ..key });
    let token = |key, security_token| with(&Key { security_token, ..key });
    assert_snapshot!(table(&[
        ("the key", with(&key)),
        ("the temporary key", with(&temporary)),
        ("a key without permission", with(&world::HUAWEI_POWERLESS_KEY)),
        ("an unknown key", with(&Key { id: "nobody", ..key })),
        ("one byte of the secret", secret("not+a/real=Secret~of*Huawej")),
        ("no security token", token(temporary, None)),
        ("a wrong security token", token(temporary, Some("x"))),
        ("a needless security token", token(key, Some("x"))),
        ("another algorithm", verdict(&key, DATE, set("Authorization", "V11-HMAC-SHA256 Access=a"))),
        ("no signature", verdict(&key, DATE, |request| drop(request.headers.pop()))),
        ("a token as well", verdict(&key, DATE, set("X-Auth-Token", world::HUAWEI_AUTH_TOKEN))),
    ]), @r#"
    the key: 200 accepted
    the temporary key: 200 accepted
    a key without permission: 400 The current account does not have the permission for this operation.
    an unknown key: 401 Incorrect IAM authentication information: Get secretKey failed,ak:nobody,err:ak not exist
    one byte of the secret: 401 Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:
    no security token: 401 Incorrect IAM authentication information: decrypt token fail
    a wrong security token: 401 Incorrect IAM authentication information: decrypt token fail
    a needless security token: 401 Incorrect IAM authentication information: the security token does not belong to the AK
    another algorithm: 401 Incorrect IAM authentication information: the algorithm is not supported
    no signature: 401 Incorrect IAM authentication information: x-auth-token not found
    a token as well: 401 Incorrect IAM authentication information: both Authorization and X-Auth-Token were sent
    "#);
}

#[test]
fn what_was_signed_is_what_must_come() {
    let after = |change: fn(&mut Request)| verdict(&world::HUAWEI_KEY, DATE, change);
    assert_snapshot!(table(&[
        ("another body", after(|request| request.body = b"x".to_vec())),
        ("another query", after(|request| request.target += "a=b")),
        ("another host", after(|request| set("host", "127.0.0.1:4243")(request))),
        ("an unsigned header", after(|request| set("x-other", "1")(request))),
    ]), @r#"
    another body: 401 Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:
    another query: 401 Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:
    another host: 401 Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:
    an unsigned header: 200 accepted
    "#);
}

#[test]
fn a_signature_is_good_for_a_quarter_of_an_hour() {
    let verdict_on = |date| verdict(&world::HUAWEI_KEY, date, as_it_is);
    let dates = [
        "20260528T201139Z",
        "20260528T201140Z",
        "20260528T204140Z",
        "20260528T204141Z",
        "2026-05-28T20:26:40Z",
    ];
    assert_eq!(dates.map(|date| verdict_on(date)[..3].to_owned()), ["401", "200", "200", "401", "401"]);
}

#[test]
fn a_key_is_locked_for_five_minutes_after_six_failures() {
    let mut sandbox = Sandbox::new();
    let mut ask = |seconds: i64, key: &Key| {
        let now = at(seconds * 1000);
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        sandbox.handle(now, &sign(request("GET", &factory("release-packages/2301"), ""), key, &date)).status
    };
    let wrong = Key { secret: "wrong", ..world::HUAWEI_KEY };
    assert_eq!([1, 2, 3, 4, 5].map(|second| ask(second, &wrong)), [401; 5]);
    assert_eq!(ask(6, &world::HUAWEI_KEY), 200);
    assert_eq!([11, 12, 13, 14, 15, 16].map(|second| ask(second, &wrong)), [401; 6]);
    assert_eq!([17, 315, 316].map(|second| ask(second, &world::HUAWEI_KEY)), [401, 401, 200]);
}

/// From the vendor's "API Request Signing Guide".
#[test]
fn the_published_example_is_verified() {
    let authorization = "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, \
                         Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe";
    let headers = [
        ("content-type", "application/json"),
        ("X-Sdk-Date", "20191115T033655Z"),
        ("Host", "service.region.example.com"),
    ];
    let request = Request {
        method: "GET".into(),
        target:
            "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0"
                .into(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: Vec::new(),
    };
    let accounts = [Account::new("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")];
    let now = "2019-11-15T03:40:00Z".parse().unwrap();
    assert_eq!(verify::verify(now, &request, authorization, &accounts), Ok(&accounts[0]));
}
