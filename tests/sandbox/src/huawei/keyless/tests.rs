use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    Account, Answer, Ending, Request, Sandbox,
    huawei::{Project, verify},
    identity::Claims,
    text,
    vectors::{self, captured, shape},
    world,
};

const FAKE_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln";
/// The account of the vectors.
const THEIR_ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

fn now() -> Timestamp {
    "2026-11-25T22:40:02Z".parse().unwrap()
}

fn claims() -> Claims {
    Claims::new(now(), world::GITHUB_ISSUER, world::HUAWEI_AUDIENCE, world::GITHUB_SUBJECT)
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// A captured exchange of this name with our account and a token that is one.
fn exchange(name: &str) -> vectors::Exchange {
    let mut found = captured(&format!("huaweicloudsdkcore 3.1.219 {name}")).remove(0);
    let body = String::from_utf8(found.request.body).unwrap();
    let body = body.replace(THEIR_ACCOUNT, world::DOMAIN_ID).replace(FAKE_TOKEN, &claims().token());
    found.request.body = body.into_bytes();
    found
}

/// A sandbox that knows the keys of the captures.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let keys = vectors::all()["keys"].clone();
    let text = |key: &str, name: &str| keys[key][name].as_str().unwrap().to_owned();
    let own = Account::new(&text("huawei", "ak"), &text("huawei", "sk"));
    let temporary = Account::new(&text("huawei_temporary", "ak"), &text("huawei_temporary", "sk"));
    let temporary = temporary.with_security_token(&text("huawei_temporary", "security_token"));
    sandbox.huawei.accounts.extend([own, temporary]);
    sandbox
}

#[test]
fn every_exchange_with_sts_of_the_vendors_sdk_is_served() {
    for name in ["OIDC STS", "OIDC STS with policy", "OIDC STS, expiration with milliseconds"] {
        let capture = exchange(name);
        let answer = Sandbox::new().handle(now(), &capture.request);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(shape(&json(&answer)), shape(&capture.body()), "{name}");
    }
    let answer = Sandbox::new().handle(now(), &exchange("OIDC STS").request);
    let body = json(&answer);
    assert_eq!(body["credentials"]["expiration"], json!("2026-11-25T23:40:02.000Z"));
    let urn = "sts::ce8df55870164338a72d7e828a966a2a:assumed-agency:deploy/release-step";
    assert_eq!(body["assumed_agency"]["urn"], json!(urn));
}

/// The vendor's own exchange with one thing changed.
fn assuming(change: &str, value: &str) -> (Sandbox, Request) {
    let mut sandbox = Sandbox::new();
    let mut request = exchange("OIDC STS").request;
    let mut claims = claims();
    let mut token = None;
    let mut body: Value = serde_json::from_slice(&request.body).unwrap();
    match change {
        "" => {}
        "method" => request.method = value.into(),
        "header" => request.headers.push((value.into(), "x".into())),
        "type" => request.headers.retain(|(name, _)| name != "content-type"),
        "subject" => claims.subject = value.into(),
        "audience" => claims.audiences = vec![value.into()],
        "issuer" => claims.issuer = value.into(),
        "age" => {
            claims.issued = now() - SignedDuration::from_secs(value.parse().unwrap());
            claims = claims.living(SignedDuration::from_mins(5));
        }
        "lifetime" => {
            sandbox.huawei.keyless.sessions.lifetime =
                Some(SignedDuration::from_secs(value.parse().unwrap()));
        }
        "token" => token = Some(value.to_owned()),
        "forged" => token = Some(claims.forged_token()),
        member => body[member] = serde_json::from_str(value).unwrap_or(json!(value)),
    }
    body["id_token"] = json!(token.unwrap_or_else(|| claims.token()));
    request.body = body.to_string().into_bytes();
    (sandbox, request)
}

/// Status, code and message of an answer; of a success, when the keys expire.
fn said(answer: &Answer) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return format!("{} {}", answer.status, answer.text());
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let until = text(&body["credentials"]["expiration"]).or(text(&body["credential"]["expires_at"]));
    match (text(&body["error_code"]), until) {
        (Some(code), _) => format!("{} {code}: {}", answer.status, body["error_msg"].as_str().unwrap()),
        (None, Some(until)) => format!("{} until {until}", answer.status),
        (None, None) => format!("{} {body}", answer.status),
    }
}

#[test]
fn what_is_wrong_with_an_exchange_with_sts_is_refused() {
    let cases = [
        ("", ""),
        ("subject", world::GITHUB_IMMUTABLE_SUBJECT),
        ("lifetime", "20"),
        ("duration_seconds", "900"),
        ("age", "299"),
        ("age", "300"),
        ("subject", "repo:acme/evil:ref:refs/heads/main"),
        ("audience", "https://github.com/acme"),
        ("issuer", world::GITLAB_ISSUER),
        ("provider_urn", "iam::ce8df55870164338a72d7e828a966a2a:oidcProvider:other"),
        ("provider_urn", "iam::ce8df55870164338a72d7e828a966a2a:oidcProvider:gitlab"),
        ("agency_urn", "iam::ce8df55870164338a72d7e828a966a2a:agency:closed"),
        ("agency_urn", "iam::ce8df55870164338a72d7e828a966a2a:agency:other"),
        ("forged", ""),
        ("token", "abc"),
        ("token", "abcd"),
        ("token", FAKE_TOKEN),
        ("duration_seconds", "899"),
        ("duration_seconds", "3601"),
        ("duration_seconds", "\"3600\""),
        ("agency_session_name", "\"a\""),
        ("agency_session_name", "dependabot[bot]"),
        ("policy", "\"{\""),
        ("other", "1"),
        ("header", "Authorization"),
        ("header", "X-Auth-Token"),
        ("header", "Cookie"),
        ("type", ""),
        ("method", "GET"),
    ];
    let mut lines = String::new();
    for (change, value) in cases {
        let (mut sandbox, request) = assuming(change, value);
        let value = value.replace(world::DOMAIN_ID, "…");
        writeln!(lines, "{change:19} {value:50} {}", said(&sandbox.handle(now(), &request))).unwrap();
    }
    assert_snapshot!(lines, @r#"
                                                                           200 until 2026-11-25T23:40:02.000Z
    subject             repo:acme@123456/app@456789:ref:refs/heads/main    200 until 2026-11-25T23:40:02.000Z
    lifetime            20                                                 200 until 2026-11-25T22:40:22.000Z
    duration_seconds    900                                                200 until 2026-11-25T22:55:02.000Z
    age                 299                                                200 until 2026-11-25T23:40:02.000Z
    age                 300                                                403 STS5.1001: access denied: the id token is expired
    subject             repo:acme/evil:ref:refs/heads/main                 403 STS5.1001: access denied: no identity-based policy allows sts:agencies:assumeWithOIDC
    audience            https://github.com/acme                            403 STS5.2001: the audience is none of the provider's client ids
    issuer              https://gitlab.com                                 403 STS5.1001: access denied: the issuer is not the provider's
    provider_urn        iam::…:oidcProvider:other                          404 STS5.1106: the OIDC provider cannot be found
    provider_urn        iam::…:oidcProvider:gitlab                         403 STS5.1001: access denied: the issuer is not the provider's
    agency_urn          iam::…:agency:closed                               403 STS5.1001: access denied: no identity-based policy allows sts:agencies:assumeWithOIDC
    agency_urn          iam::…:agency:other                                404 STS5.1106: the agency cannot be found
    forged                                                                 403 STS5.1001: access denied: the signature of the id token is wrong
    token               abc                                                400 STS5.0001: invalid parameter: id_token is not 4 to 20000 characters long
    token               abcd                                               403 STS5.1001: access denied: the id token is malformed
    token               eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln      403 STS5.1001: access denied: the id token is malformed
    duration_seconds    899                                                400 STS5.0001: invalid parameter: duration_seconds is not from 900 to 3600
    duration_seconds    3601                                               400 STS5.0001: invalid parameter: duration_seconds is not from 900 to 3600
    duration_seconds    "3600"                                             400 STS5.0001: invalid parameter: duration_seconds is not an integer
    agency_session_name "a"                                                400 STS5.0001: invalid parameter: agency_session_name is not 2 to 128 characters long
    agency_session_name dependabot[bot]                                    400 STS5.0001: invalid parameter: agency_session_name holds other characters than letters, digits and _+=,.@-
    policy              "{"                                                400 STS5.0001: invalid parameter: policy is not 2 to 4096 characters long
    other               1                                                  400 STS5.0001: invalid parameter: the field other is not known
    header              Authorization                                      400 STS5.0001: invalid parameter: the header authorization is not expected
    header              X-Auth-Token                                       400 STS5.0001: invalid parameter: the header x-auth-token is not expected
    header              Cookie                                             400 STS5.0001: invalid parameter: the header cookie is not expected
    type                                                                   400 STS5.0001: invalid parameter: the content type is not application/json
    method              GET                                                404 APIGW.0101: The API does not exist or has not been published in the environment
    "#);
}

#[test]
fn the_federation_of_classic_iam_is_served_as_the_vendors_sdk_asks() {
    let captures = captured("huaweicloudsdkcore 3.1.219 federation");
    let mut sandbox = Sandbox::new();
    let first = exchange("federation").request;
    let answer = sandbox.handle(now(), &first);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(shape(&json(&answer)), shape(&captures[0].body()));
    let unscoped = answer.header("X-Subject-Token").unwrap().to_owned();

    let body = String::from_utf8(captures[1].request.body.clone()).unwrap();
    let body = body.replace("FAKE-UNSCOPED-TOKEN", &unscoped).into_bytes();
    let second = Request { body, ..captures[1].request.clone() };
    let answer = sandbox.handle(now(), &second);
    assert_eq!(said(&answer), "201 until 2026-11-26T04:40:02.000000Z");
    assert_eq!(shape(&json(&answer)), shape(&captures[1].body()));
    let day_later = now() + SignedDuration::from_hours(24);
    assert_eq!(sandbox.handle(day_later, &second).status, 401, "the unscoped token has expired");
    let names: Vec<_> = sandbox.requests().iter().map(|request| &request.operation[..]).collect();
    assert_eq!(names[..2], ["CreateTokenWithIdToken", "CreateTemporaryAccessKeyByToken"]);
}

#[test]
fn what_is_wrong_with_a_federation_is_refused_in_keystones_form() {
    let right = exchange("federation").request;
    let body = |body: Value| Request { body: body.to_string().into_bytes(), ..right.clone() };
    let with = |claims: Claims| body(json!({ "auth": { "id_token": { "id": claims.token() } } }));
    let header = |name: &str, value: &str| {
        let mut request = right.clone();
        request.headers.retain(|(known, _)| known != name);
        request.headers.push((name.into(), value.into()));
        request
    };
    let other = "repo:acme/evil:ref:refs/heads/main";
    let cases = [
        ("another subject", with(Claims { subject: other.into(), ..claims() })),
        ("another audience", with(Claims { audiences: vec!["other".into()], ..claims() })),
        ("another issuer", with(Claims { issuer: world::GITLAB_ISSUER.into(), ..claims() })),
        ("expired", with(claims().living(SignedDuration::ZERO))),
        ("forged", body(json!({ "auth": { "id_token": { "id": claims().forged_token() } } }))),
        ("no such provider", header("x-idp-id", "other")),
        ("signed", header("authorization", "x")),
        ("no JSON", Request { body: b"{".to_vec(), ..right.clone() }),
        ("no token", body(json!({ "auth": {} }))),
    ];
    let mut lines = String::new();
    for (name, request) in cases {
        writeln!(lines, "{name:20} {}", said(&Sandbox::new().handle(now(), &request))).unwrap();
    }
    for (token, seconds) in [("x", 900), ("", 900), ("x", 899), ("x", 86_401)] {
        let token = json!({ "id": token, "duration_seconds": seconds });
        let body = json!({ "auth": { "identity": { "methods": ["token"], "token": token } } });
        let target = "/v3.0/OS-CREDENTIAL/securitytokens".into();
        let request = Request { body: body.to_string().into_bytes(), target, ..right.clone() };
        writeln!(lines, "{seconds:20} {}", said(&Sandbox::new().handle(now(), &request))).unwrap();
    }
    assert_snapshot!(lines, @r#"
    another subject      401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    another audience     401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    another issuer       401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    expired              401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    forged               401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    no such provider     401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    signed               400 {"error":{"code":400,"message":"The request body is invalid.","title":"Bad Request"}}
    no JSON              400 {"error":{"code":400,"message":"The request body is invalid.","title":"Bad Request"}}
    no token             400 {"error":{"code":400,"message":"The request body is invalid.","title":"Bad Request"}}
                     900 401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
                     900 401 {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
                     899 400 {"error":{"code":400,"message":"The request body is invalid.","title":"Bad Request"}}
                   86401 400 {"error":{"code":400,"message":"The request body is invalid.","title":"Bad Request"}}
    "#);
}

#[test]
fn every_look_up_of_the_vendors_sdk_is_served() {
    let project = |number: u8| Project { id: format!("{number:032}"), name: world::HUAWEI_REGION.into() };
    let look_ups = |name: &str| captured(&format!("huaweicloudsdkcore 3.1.219 {name}"));
    for (name, projects) in [
        ("project look-up, 0 found", vec![]),
        ("project look-up, 1 found", vec![project(0)]),
        ("project look-up, 2 found", vec![project(0), project(1)]),
    ] {
        let mut sandbox = sandbox();
        sandbox.huawei.keyless.account_id = "d".repeat(32);
        sandbox.huawei.keyless.projects = projects;
        sandbox.huawei.keyless.projects.push(Project { id: "9".repeat(32), name: "cn-north-4_sub".into() });
        let capture = look_ups(name).remove(0);
        let answer = sandbox.handle(now(), &capture.request);
        assert_eq!((answer.status, json(&answer)), (200, capture.body()), "{name}");
        assert!(answer.header("X-IAM-Trace-Id").is_some());
    }
    for (name, domains) in [
        ("domain look-up, 1 found", vec!["d".repeat(32)]),
        ("domain look-up, 0 found", vec![]),
        ("domain look-up with temporary keys", vec!["d".repeat(32)]),
    ] {
        for capture in look_ups(name) {
            let mut sandbox = sandbox();
            sandbox.huawei.keyless.domains.clone_from(&domains);
            let answer = sandbox.handle(now(), &capture.request);
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            assert_eq!(shape(&json(&answer)), shape(&capture.body()), "{name}");
        }
    }
}

/// A request signed by these keys.
fn signed(at: Timestamp, target: &str, account: &Account) -> Request {
    let mut headers = vec![
        ("host".to_owned(), "127.0.0.1:4242".to_owned()),
        ("x-sdk-date".to_owned(), at.strftime("%Y%m%dT%H%M%SZ").to_string()),
    ];
    headers.extend(account.security_token.clone().map(|token| ("x-security-token".to_owned(), token)));
    let mut request = Request { method: "GET".into(), target: target.into(), headers, body: Vec::new() };
    let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let hash = text::sha256(verify::canonical_request(&request, &names).as_bytes());
    let date = request.header("x-sdk-date").unwrap();
    let signature = text::hmac_sha256(&account.secret, &format!("SDK-HMAC-SHA256\n{date}\n{hash}"));
    let fields = format!("Access={}, SignedHeaders={names}, Signature={signature}", account.id);
    request.headers.push(("Authorization".into(), format!("SDK-HMAC-SHA256 {fields}")));
    request
}

#[test]
fn a_session_of_an_agency_works_until_it_expires_and_belongs_to_no_user() {
    let (mut sandbox, request) = assuming("lifetime", "20");
    sandbox.handle(now(), &request);
    let session = sandbox.huawei.accounts.last().unwrap().clone();
    let detail = format!("/v1/{}/agent-plugin/query?plugin_name={}", world::DOMAIN_ID, world::PLUGIN_NAME);
    let mut lines = String::new();
    for (seconds, target) in [
        (0, "/v3/projects?name=cn-north-4"),
        (0, "/v3/auth/domains"),
        (0, "/v5/caller-identity"),
        (19, &detail),
        (20, &detail),
    ] {
        let at = now() + SignedDuration::from_secs(seconds);
        let answer = sandbox.handle(at, &signed(at, target, &session));
        let said = said(&answer);
        let said = if said.contains("unique_id") { "200".to_owned() } else { said };
        writeln!(lines, "{seconds} s {target}\n  {said}").unwrap();
    }
    assert_snapshot!(lines, @r#"
    0 s /v3/projects?name=cn-north-4
      200 {"links":{},"projects":[{"domain_id":"ce8df55870164338a72d7e828a966a2a","enabled":true,"id":"b384b9e9ab9b4ee8994c8633aabc9505","name":"cn-north-4"}]}
    0 s /v3/auth/domains
      200 {"domains":[],"links":{}}
    0 s /v5/caller-identity
      200 {"account_id":"ce8df55870164338a72d7e828a966a2a","principal_id":"d642dd6ac91050562effebd543a87b15","principal_urn":"sts::ce8df55870164338a72d7e828a966a2a:assumed-agency:deploy/release-step"}
    19 s /v1/ce8df55870164338a72d7e828a966a2a/agent-plugin/query?plugin_name=notify-team
      200
    20 s /v1/ce8df55870164338a72d7e828a966a2a/agent-plugin/query?plugin_name=notify-team
      401 APIGW.0301: Incorrect IAM authentication information: decrypt token fail
    "#);
}

#[test]
fn who_may_not_list_is_told_so() {
    let mut sandbox = Sandbox::new();
    let powerless = world::HUAWEI_POWERLESS_KEY.account();
    let answer = sandbox.handle(now(), &signed(now(), "/v3/projects?name=x", &powerless));
    sandbox.huawei.keyless.may_list = false;
    let own = world::HUAWEI_KEY.account();
    let second = sandbox.handle(now(), &signed(now(), "/v3/auth/domains", &own));
    assert_eq!((answer.status, second.status, answer.text()), (403, 403, second.text()));
    assert_eq!(json(&answer)["error"]["code"], json!(403));
    let identity = sandbox.handle(now(), &signed(now(), "/v5/caller-identity", &own));
    assert_eq!(json(&identity)["account_id"], json!(world::DOMAIN_ID));
    let strange = sandbox.handle(now(), &signed(now(), "/v3/projects?name=x&name=y", &own));
    assert_eq!(strange.status, 400);
}

#[test]
fn every_error_body_of_the_vectors_can_be_had() {
    let bodies = vectors::errors("huawei");
    let (mut sandbox, request) = assuming("subject", "repo:acme/evil:ref:refs/heads/main");
    let denied = sandbox.handle(now(), &request);
    let mut request = exchange("federation").request;
    request.headers.retain(|(name, _)| name != "x-idp-id");
    let unauthorized = Sandbox::new().handle(now(), &request);
    let misspelt = Account::new(world::HUAWEI_KEY.id, "x");
    let signature = Sandbox::new().handle(now(), &signed(now(), "/v3/auth/domains", &misspelt));
    let answers = [denied, unauthorized, signature];
    assert_eq!(bodies.len(), answers.len());
    for ((status, body), answer) in bodies.into_iter().zip(answers) {
        let (mut wanted, mut seen): (Value, Value) = (serde_json::from_str(&body).unwrap(), json(&answer));
        // What differs in each answer.
        for name in ["request_id", "encoded_authorization_message"] {
            if wanted.get(name).is_some() {
                assert!(seen[name].is_string(), "{body}");
                wanted[name].take();
                seen[name].take();
            }
        }
        // The recorded body is of the short kind: others go on with the canonical request.
        if let Some((short, canonical)) =
            seen["error_msg"].as_str().and_then(|text| text.split_once(", canonicalRequest:"))
        {
            assert!(canonical.starts_with("GET|/v3/auth/domains/||host:"), "{canonical}");
            seen["error_msg"] = short.into();
        }
        assert_eq!((answer.status, seen), (status, wanted));
    }
}

#[test]
fn credentials_have_faults_of_their_own() {
    let mut sandbox = Sandbox::new();
    for rule in ["sts 1: throttle", "iam: 503", "status always: 500", "sts 3: error 403 STS5.1001"] {
        sandbox.faults.push(rule.parse().unwrap());
    }
    let (sts, iam) = (exchange("OIDC STS").request, exchange("federation").request);
    let answers =
        [&sts, &sts, &sts, &iam, &iam].map(|request| match sandbox.deliver(now(), request).ending {
            Ending::Answer(answer) => {
                let code = json(&answer)["error_code"].as_str().unwrap_or_default().to_owned();
                format!("{} {code}", answer.status)
            }
            ending => format!("{ending:?}"),
        });
    assert_eq!(answers, ["429 APIGW.0308", "200 ", "403 STS5.1001", "503 APIGW.0606", "201 "]);
}
