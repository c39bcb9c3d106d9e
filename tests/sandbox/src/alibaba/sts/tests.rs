use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::rpc;
use crate::{
    Account, Answer, Ending, Request, Sandbox,
    alibaba::{
        client::{sign, unsigned},
        params::Params,
    },
    identity::Claims,
    text,
    vectors::{self, captured, made, shape},
    world::{self, Key},
};

const FAKE_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln";

/// The time at which a captured request was signed.
fn signed_at(request: &Request) -> Timestamp {
    let pairs = text::pairs(request.query());
    let query = || pairs.iter().find(|(name, _)| name == "Timestamp").map(|(_, value)| value.as_str());
    request.header("x-acs-date").or_else(query).unwrap().parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-25T22:39:09Z".parse().unwrap()
}

fn claims(now: Timestamp) -> Claims {
    Claims::new(now, world::GITHUB_ISSUER, world::ALIBABA_AUDIENCE, world::GITHUB_SUBJECT)
}

/// A sandbox that knows the keys of the captures.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    let keys = vectors::all()["keys"].clone();
    for key in [&keys["alibaba"], &keys["alibaba_sts"]] {
        let text = |name: &str| key[name].as_str().unwrap();
        let account = Account::new(text("access_key_id"), text("access_key_secret"));
        sandbox.alibaba.accounts.push(match key["security_token"].as_str() {
            Some(token) => account.with_security_token(token),
            None => account,
        });
    }
    sandbox
}

/// The request with an identity token that is one, wherever it stands.
fn with_token(mut request: Request, token: &str) -> Request {
    request.target = request.target.replace(FAKE_TOKEN, token);
    request.body = String::from_utf8(request.body).unwrap().replace(FAKE_TOKEN, token).into_bytes();
    request
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn every_assume_role_of_the_vendors_sdks_is_served() {
    let mut seen = 0;
    for capture in captured("")
        .into_iter()
        .filter(|capture| capture.name.contains("AssumeRole") || capture.name.contains("RamRoleArn"))
    {
        if capture.request.target.contains("OIDC") || capture.name.contains("OIDC") {
            continue;
        }
        let mut sandbox = sandbox();
        let answer = sandbox.handle(signed_at(&capture.request), &capture.request);
        assert_eq!(answer.status, 200, "{}: {}", capture.name, answer.text());
        assert_eq!(shape(&json(&answer)), shape(&capture.body()), "{}", capture.name);
        let again = sandbox.handle(signed_at(&capture.request), &capture.request);
        assert!(again.text().contains("SignatureNonceUsed"), "{}: {}", capture.name, again.text());
        seen += 1;
    }
    // Python's provider with keys and with a session's keys, the STS SDK, and Node's provider.
    assert_eq!(seen, 4);
}

#[test]
fn every_assume_role_with_oidc_of_the_vendors_sdks_is_served() {
    let of_sdks: Vec<_> =
        captured("").into_iter().filter(|capture| capture.request.target.contains("OIDC")).collect();
    assert_eq!(of_sdks.len(), 3);
    for capture in of_sdks {
        let now = signed_at(&capture.request);
        let request = with_token(capture.request.clone(), &claims(now).token());
        let in_url = request.target.contains("OIDCToken=");
        let mut strict = sandbox();
        let answer = strict.handle(now, &request);
        assert_eq!(answer.status, if in_url { 400 } else { 200 }, "{}: {}", capture.name, answer.text());
        let mut lenient = sandbox();
        lenient.alibaba.sts.token_in_url = true;
        let answer = lenient.handle(now, &request);
        assert_eq!(answer.status, 200, "{}: {}", capture.name, answer.text());
        assert_eq!(shape(&json(&answer)), shape(&capture.body()), "{}", capture.name);
        assert_eq!(lenient.requests()[0].operation, "AssumeRoleWithOIDC");
    }
    let ours = with_token(made("ours: AssumeRoleWithOIDC"), &claims(now()).token());
    assert_eq!(sandbox().handle(now(), &ours).status, 200);
}

#[test]
fn ours_is_signed_like_every_other_call() {
    let vector = made("ours: AssumeRole,");
    let query = vector.query().to_owned();
    let mut sandbox = Sandbox::new();
    for (nonce, key) in [&world::ALIBABA_KEY, &world::ALIBABA_TEMPORARY_KEY].into_iter().enumerate() {
        let answer = sandbox.handle(now(), &sign(assuming(&query, nonce), key));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let [first, second] = sandbox.requests() else { panic!("two requests are expected") };
    assert_eq!((&first.operation[..], first.accepted, second.status), ("AssumeRole", true, 200));
}

fn assuming(query: &str, nonce: usize) -> Request {
    let mut request = unsigned(now(), "AssumeRole", query, "", nonce);
    let version = request.headers.iter_mut().find(|(name, _)| name == "x-acs-version").unwrap();
    version.1 = "2015-04-01".into();
    request
}

type Parameter = (&'static str, &'static str);

/// `AssumeRole` with these parameters, by the older signature.
fn assuming_by_rpc(more: &[Parameter], key: &Key) -> Request {
    let date = now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut pairs = vec![
        ("Action", "AssumeRole"),
        ("Version", "2015-04-01"),
        ("Format", "JSON"),
        ("Timestamp", &date),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", "n"),
        ("AccessKeyId", key.id),
        ("RoleArn", world::ALIBABA_ROLE_ARN),
        ("RoleSessionName", "ci"),
    ];
    pairs.extend(key.security_token.map(|token| ("SecurityToken", token)));
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", text::encode(value))).collect();
    let mut request =
        Request { method: "GET".into(), target: format!("/?{}", pairs.join("&")), ..Request::default() };
    let to_sign = rpc::string_to_sign(&request, &Params::anywhere(&request).unwrap());
    let signature = rpc::signature(key.secret, &to_sign);
    write!(request.target, "&Signature={}", text::encode(&signature)).unwrap();
    request
}

/// Status, code and message of an answer; of a success, when the keys expire.
fn said(answer: &Answer) -> String {
    let body = json(answer);
    match body["Code"].as_str() {
        Some(code) => {
            let message = body["Message"].as_str().unwrap();
            let message = message.split(" server string").next().unwrap();
            format!("{} {code}: {message}", answer.status)
        }
        None => format!("{} until {}", answer.status, body["Credentials"]["Expiration"].as_str().unwrap()),
    }
}

#[test]
fn what_is_wrong_with_an_assume_role_is_refused() {
    let key = &world::ALIBABA_KEY;
    let misspelt = Key { secret: "not+a/real=Secret~of-Alibaba", ..*key };
    let unknown = Key { id: "nobody", ..*key };
    let no_token = Key { security_token: None, ..world::ALIBABA_TEMPORARY_KEY };
    let other_token = Key { security_token: Some("x"), ..world::ALIBABA_TEMPORARY_KEY };
    let cases: [(&str, &[Parameter], &Key); 19] = [
        ("right", &[], key),
        ("a temporary key", &[], &world::ALIBABA_TEMPORARY_KEY),
        ("15 minutes", &[("DurationSeconds", "900")], key),
        ("12 hours", &[("RoleArn", world::ALIBABA_LONG_ROLE_ARN), ("DurationSeconds", "43200")], key),
        ("wrong secret", &[], &misspelt),
        ("unknown key", &[], &unknown),
        ("no security token", &[], &no_token),
        ("another security token", &[], &other_token),
        ("no permission", &[], &world::ALIBABA_POWERLESS_KEY),
        ("a role that does not trust", &[("RoleArn", world::ALIBABA_CLOSED_ROLE_ARN)], key),
        ("no such role", &[("RoleArn", "acs:ram::1234567890123456:role/x")], key),
        ("too short", &[("DurationSeconds", "899")], key),
        ("longer than the role allows", &[("DurationSeconds", "3601")], key),
        ("no duration", &[("DurationSeconds", "1h")], key),
        ("session name", &[("RoleSessionName", "dependabot[bot]")], key),
        ("policy", &[("Policy", "{")], key),
        ("too old", &[("Timestamp", "2026-11-25T22:24:08Z")], key),
        ("another algorithm", &[("SignatureMethod", "HMAC-SHA256")], key),
        ("unknown parameter", &[("Duration", "900")], key),
    ];
    let mut lines = String::new();
    for (name, more, key) in cases {
        let answer = Sandbox::new().handle(now(), &assuming_by_rpc(more, key));
        writeln!(lines, "{name:28} {}", said(&answer)).unwrap();
    }
    assert_snapshot!(lines, @"
    right                        200 until 2026-11-25T23:39:09Z
    a temporary key              200 until 2026-11-25T23:39:09Z
    15 minutes                   200 until 2026-11-25T22:54:09Z
    12 hours                     200 until 2026-11-26T10:39:09Z
    wrong secret                 400 SignatureDoesNotMatch: Specified signature is not matched with our calculation.
    unknown key                  404 InvalidAccessKeyId.NotFound: Specified access key is not found.
    no security token            400 MissingSecurityToken: SecurityToken is mandatory for this action.
    another security token       400 InvalidSecurityToken.Malformed: Specified SecurityToken is malformed.
    no permission                403 NoPermission: You are not authorized to do this action. You should be authorized by RAM.
    a role that does not trust   403 NoPermission: You are not authorized to do this action. You should be authorized by RAM.
    no such role                 404 EntityNotExist.Role: The role not exists: acs:ram::1234567890123456:role/x. 
    too short                    400 InvalidParameter.DurationSeconds: The Min/Max value of DurationSeconds is 15min/1hr.
    longer than the role allows  400 InvalidParameter.DurationSeconds: The Min/Max value of DurationSeconds is 15min/1hr.
    no duration                  400 InvalidParameter.DurationSeconds: The Min/Max value of DurationSeconds is 15min/1hr.
    session name                 400 InvalidParameter.RoleSessionName: The parameter RoleSessionName is wrongly formed.
    policy                       400 InvalidParameter.PolicyGrammar: The parameter Policy has not passed grammar check.
    too old                      400 InvalidTimeStamp.Expired: Specified time stamp or date value is expired.
    another algorithm            400 InvalidSignatureMethod: Specified SignatureMethod is not valid.
    unknown parameter            400 InvalidParameter.Duration: The parameter Duration is not supported.
    ");
}

#[test]
fn an_external_id_must_be_known() {
    let mut sandbox = Sandbox::new();
    sandbox.alibaba.sts.role_mut(world::ALIBABA_ROLE_ARN).unwrap().external_id = Some("ext-1".into());
    let key = &world::ALIBABA_KEY;
    let without = sandbox.handle(now(), &assuming_by_rpc(&[], key));
    let with =
        sandbox.handle(now(), &assuming_by_rpc(&[("ExternalId", "ext-1"), ("SignatureNonce", "m")], key));
    assert_eq!((without.status, with.status), (403, 200));
}

fn seconds(text: &str) -> SignedDuration {
    SignedDuration::from_secs(text.parse().unwrap())
}

/// Our own `AssumeRoleWithOIDC` with one thing changed.
fn exchange(change: &str, value: &str) -> (Sandbox, Request) {
    let mut sandbox = Sandbox::new();
    let mut claims = claims(now());
    let mut request = made("ours: AssumeRoleWithOIDC");
    let mut body = String::from_utf8(request.body).unwrap();
    let mut token = None;
    match change {
        "" => {}
        "method" => request.method = value.into(),
        "query" => write!(request.target, "&{value}").unwrap(),
        "header" => request.headers.push((value.into(), "x".into())),
        "role" => body = body.replace("role%2Fdeploy", value),
        "provider" => body = body.replace("provider%2Fgithub", value),
        "body" => write!(body, "&{value}").unwrap(),
        "session" => body = body.replace("=release-step", value),
        "duration" => body = body.replace("=3600", value),
        "subject" => claims.subject = value.into(),
        "audience" => claims.audiences = vec![value.into()],
        "issuer" => claims.issuer = value.into(),
        "age" => {
            claims.issued = now() - seconds(value);
            claims = claims.living(SignedDuration::from_mins(5));
        }
        "lifetime" => {
            sandbox.alibaba.sts.sessions.lifetime = Some(seconds(value));
        }
        "token" => token = Some(value.to_owned()),
        "forged" => token = Some(claims.forged_token()),
        _ => panic!("{change}"),
    }
    request.body = body.into_bytes();
    let token = token.unwrap_or_else(|| claims.token());
    (sandbox, with_token(request, &token))
}

#[test]
fn what_is_wrong_with_an_assume_role_with_oidc_is_refused() {
    let cases = [
        ("", ""),
        ("subject", world::GITHUB_IMMUTABLE_SUBJECT),
        ("lifetime", "20"),
        ("age", "299"),
        ("age", "300"),
        ("subject", "repo:acme/evil:ref:refs/heads/main"),
        ("audience", "https://github.com/acme"),
        ("issuer", world::GITLAB_ISSUER),
        ("provider", "provider%2Fgitlab"),
        ("provider", "provider%2Fother"),
        ("role", "role%2Fclosed"),
        ("role", "role%2Fother"),
        ("forged", ""),
        ("token", "abc"),
        ("token", "abcd"),
        ("token", FAKE_TOKEN),
        ("duration", "=899"),
        ("duration", "=3601"),
        ("session", "=a"),
        ("session", "=dependabot%5Bbot%5D"),
        ("body", "Policy=%7B"),
        ("body", "RoleArn=again"),
        ("body", "AccessKeyId=LTAI"),
        ("body", "Other=1"),
        ("query", "OIDCToken=e30.e30.e30"),
        ("query", "RoleSessionName=x"),
        ("query", "SignatureNonce=x"),
        ("header", "Authorization"),
        ("header", "x-acs-security-token"),
        ("header", "Cookie"),
        ("method", "GET"),
        ("method", "PUT"),
    ];
    let mut lines = String::new();
    for (change, value) in cases {
        let (mut sandbox, request) = exchange(change, value);
        let answer = sandbox.handle(now(), &request);
        writeln!(lines, "{change:10} {value:48} {}", said(&answer)).unwrap();
    }
    assert_snapshot!(lines, @"
                                                                200 until 2026-11-25T23:39:09Z
    subject    repo:acme@123456/app@456789:ref:refs/heads/main  200 until 2026-11-25T23:39:09Z
    lifetime   20                                               200 until 2026-11-25T22:39:29Z
    age        299                                              200 until 2026-11-25T23:39:09Z
    age        300                                              401 AuthenticationFail.OIDCToken.Expired: This JsonWebToken is expired.
    subject    repo:acme/evil:ref:refs/heads/main               401 AuthenticationFail.NoPermission: There is no permission
    audience   https://github.com/acme                          401 AuthenticationFail.OIDCToken.AudienceNotMatch: Invalid audience.
    issuer     https://gitlab.com                               401 AuthenticationFail.OIDCToken.IssuerNotMatch: The issuer in the OIDC Token doesn't match the OIDC Provider registered.
    provider   provider%2Fgitlab                                401 AuthenticationFail.OIDCToken.IssuerNotMatch: The issuer in the OIDC Token doesn't match the OIDC Provider registered.
    provider   provider%2Fother                                 401 AuthenticationFail.NoPermission: No such OIDC Provider registered.
    role       role%2Fclosed                                    401 AuthenticationFail.NoPermission: There is no permission
    role       role%2Fother                                     404 EntityNotExist.Role: The role not exists: acs:ram::1234567890123456:role/other. 
    forged                                                      401 AuthenticationFail.OIDCToken.InvalidSignature: The signature of the OIDC Token is invalid.
    token      abc                                              400 InvalidParameter.OIDCToken: The parameter OIDCToken is not 4 to 20000 characters long.
    token      abcd                                             401 AuthenticationFail.OIDCToken.Invalid: The number of Jwt field should be divided into 3 parts with '.' .
    token      eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln    401 AuthenticationFail.OIDCToken.Invalid: The number of Jwt field should be divided into 3 parts with '.' .
    duration   =899                                             400 InvalidParameter.DurationSeconds: The Min/Max value of DurationSeconds is 15min/1hr.
    duration   =3601                                            400 InvalidParameter.DurationSeconds: The Min/Max value of DurationSeconds is 15min/1hr.
    session    =a                                               400 InvalidParameter.RoleSessionName: The parameter RoleSessionName is wrongly formed.
    session    =dependabot%5Bbot%5D                             400 InvalidParameter.RoleSessionName: The parameter RoleSessionName is wrongly formed.
    body       Policy=%7B                                       400 InvalidParameter.PolicyGrammar: The parameter Policy has not passed grammar check.
    body       RoleArn=again                                    400 InvalidParameter.RoleArn: The parameter RoleArn is given more than once.
    body       AccessKeyId=LTAI                                 400 IncompleteSignature: AccessKeyId is not supported: this action is called without a signature.
    body       Other=1                                          400 InvalidParameter.Other: The parameter Other is not supported.
    query      OIDCToken=e30.e30.e30                            400 InvalidParameter.OIDCToken: The parameter OIDCToken is given more than once.
    query      RoleSessionName=x                                400 InvalidParameter.RoleSessionName: The parameter RoleSessionName is given more than once.
    query      SignatureNonce=x                                 400 InvalidParameter.SignatureNonce: The parameter SignatureNonce is not supported in the query.
    header     Authorization                                    400 IncompleteSignature: authorization is not supported: this action is called without a signature.
    header     x-acs-security-token                             400 IncompleteSignature: x-acs-security-token is not supported: this action is called without a signature.
    header     Cookie                                           400 IncompleteSignature: cookie is not supported: this action is called without a signature.
    method     GET                                              400 UnsupportedHTTPMethod: This http method is not supported.
    method     PUT                                              400 UnsupportedHTTPMethod: This http method is not supported.
    ");
}

#[test]
fn every_error_body_of_the_vectors_can_be_had_to_the_letter() {
    let errors = vectors::errors("alibaba");
    assert_eq!(errors.len(), 12);
    for (status, body) in errors {
        let wanted: Value = serde_json::from_str(&body).unwrap();
        let answer = refused_like(&wanted, status);
        let id = answer.header("x-acs-request-id").unwrap().to_owned();
        let with_our_id = body.replace(wanted["RequestId"].as_str().unwrap(), &id);
        assert_eq!((answer.status, answer.text()), (status, with_our_id));
    }
}

/// An answer of this code: by what is asked where that leads to it, otherwise by a rule.
fn refused_like(wanted: &Value, status: u16) -> Answer {
    let (change, value) = match wanted["Message"].as_str().unwrap() {
        "No such OIDC Provider registered." => ("provider", "provider%2Fother"),
        "There is no permission" => ("subject", "repo:acme/evil:ref:refs/heads/main"),
        "Invalid audience." => ("audience", "https://github.com/acme"),
        "This JsonWebToken is expired." => ("age", "300"),
        text if text.starts_with("The Min/Max") => ("duration", "=3601"),
        text if text.starts_with("The number of Jwt") => ("token", "abcd"),
        _ => ("", ""),
    };
    let (mut sandbox, request) = exchange(change, value);
    if wanted["Code"] == "EntityNotExist.Role" {
        sandbox.alibaba.sts.roles.clear();
    } else if change.is_empty() {
        sandbox
            .faults
            .push(format!("sts: error {status} {}", wanted["Code"].as_str().unwrap()).parse().unwrap());
    }
    match sandbox.deliver(now(), &request).ending {
        Ending::Answer(answer) => answer,
        ending => panic!("{ending:?}"),
    }
}

/// The keys that an exchange gave, and a call by them that much later.
fn status_query(sandbox: &mut Sandbox, credentials: &Value, seconds: i64) -> String {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned().leak() as &'static str;
    let key = Key {
        id: text("AccessKeyId"),
        secret: text("AccessKeySecret"),
        security_token: Some(text("SecurityToken")),
    };
    let at = now() + SignedDuration::from_secs(seconds);
    let query = format!("ArtifactId={}", world::ARTIFACT_ID);
    let nonce = sandbox.requests().len();
    let answer = sandbox.handle(at, &sign(unsigned(at, "GetArtifact", &query, "", nonce), &key));
    let body = json(&answer);
    format!("{} {}", answer.status, body["Code"].as_str().unwrap_or("accepted"))
}

#[test]
fn temporary_keys_work_until_they_expire() {
    let (mut sandbox, request) = exchange("lifetime", "20");
    let answer = sandbox.handle(now(), &request);
    assert_eq!(answer.header("content-type"), Some("application/json;charset=utf-8"));
    let first = json(&answer)["Credentials"].clone();
    let second = json(&sandbox.handle(now(), &request))["Credentials"].clone();
    assert_ne!(first["SecurityToken"], second["SecurityToken"]);
    assert_eq!(first["Expiration"], json!("2026-11-25T22:39:29Z"));
    for credentials in [&first, &second] {
        assert_eq!(status_query(&mut sandbox, credentials, 19), "200 accepted");
        assert_eq!(status_query(&mut sandbox, credentials, 20), "400 InvalidSecurityToken.Expired");
    }
    let mut mixed = first.clone();
    mixed["SecurityToken"] = second["SecurityToken"].clone();
    assert_eq!(status_query(&mut sandbox, &mixed, 1), "400 InvalidSecurityToken.Malformed");
}

#[test]
fn the_older_signature_is_of_the_method_as_well() {
    let request = Request { method: "POST".into(), ..assuming_by_rpc(&[], &world::ALIBABA_KEY) };
    let answer = Sandbox::new().handle(now(), &request);
    let why = "400 SignatureDoesNotMatch: Specified signature is not matched with our calculation.";
    assert_eq!(said(&answer), why);
}
