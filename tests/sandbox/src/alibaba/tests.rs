use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::Timestamp;

use super::{
    Fate, HandOver,
    client::{at, send, sign, unsigned},
    verify,
};
use crate::{
    Account, Answer, Request, Sandbox,
    world::{self, Key},
};

/// Status and code, or what a field of the answer says.
fn short(answer: &Answer, field: &str) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let pointed = body.pointer(field).unwrap_or(&body["Code"]);
    pointed.as_str().map_or_else(|| pointed.to_string(), str::to_owned)
}

fn get(sandbox: &mut Sandbox, now: Timestamp, version: &str) -> String {
    let query = format!("ArtifactId={}{version}", world::ARTIFACT_ID);
    let answer = send(sandbox, now, "GetArtifact", &query, "");
    short(&answer, "/Status")
}

fn release(sandbox: &mut Sandbox, now: Timestamp) -> Answer {
    send(sandbox, now, "ReleaseArtifact", &format!("ArtifactId={}", world::ARTIFACT_ID), "")
}

/// What the draft, version 24 and the highest version say, every 200 ms after the release.
fn timeline(mut sandbox: Sandbox) -> String {
    release(&mut sandbox, at(0));
    let mut lines = String::new();
    for time in (0..=1000).step_by(200) {
        let [draft, numbered, highest] = ["&ArtifactVersion=draft", "&ArtifactVersion=24", ""]
            .map(|version| get(&mut sandbox, at(time), version));
        writeln!(lines, "{time:>4} ms  {draft} | {numbered} | {highest}").unwrap();
    }
    lines
}

#[test]
fn a_release_answers_as_the_vendor_does() {
    let mut sandbox = Sandbox::new();
    let answer = release(&mut sandbox, at(0));
    let headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_snapshot!(format!("{}\n{}\n{}", answer.status, headers.join("\n"), answer.text()), @r#"
    200
    Content-Type: application/json;charset=utf-8
    x-acs-request-id: A38C982E-73B0-E2B5-101C-3FD9B9B5CA04
    Date: Thu, 28 May 2026 20:26:40 GMT
    {"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","ArtifactProperty":"{\"RegionId\":\"cn-hangzhou\",\"Url\":\"https://example.com/web-shop.zip\"}","ArtifactType":"File","ArtifactVersion":"draft","Description":"a shop","GmtModified":"1780000000000","RequestId":"A38C982E-73B0-E2B5-101C-3FD9B9B5CA04","Status":"Scanning","VersionName":"1.24.0"}
    "#);
    assert_eq!(sandbox.effects().len(), 1);
}

#[test]
fn a_draft_becomes_a_version_when_it_is_delivered() {
    assert_snapshot!(timeline(Sandbox::new()), @r#"
       0 ms  Scanning | EntityNotExist.ArtifactVersion | Available
     200 ms  Scanning | EntityNotExist.ArtifactVersion | Available
     400 ms  Delivering | EntityNotExist.ArtifactVersion | Available
     600 ms  Delivering | EntityNotExist.ArtifactVersion | Available
     800 ms  EntityNotExist.ArtifactVersion | Available | Available
    1000 ms  EntityNotExist.ArtifactVersion | Available | Available
    "#);
}

#[test]
fn a_draft_becomes_a_version_at_once_in_the_other_mode() {
    let mut sandbox = Sandbox::new();
    sandbox.alibaba.compute_nest.hand_over = HandOver::AtOnce;
    assert_snapshot!(timeline(sandbox), @r#"
       0 ms  EntityNotExist.ArtifactVersion | Scanning | Scanning
     200 ms  EntityNotExist.ArtifactVersion | Scanning | Scanning
     400 ms  EntityNotExist.ArtifactVersion | Delivering | Delivering
     600 ms  EntityNotExist.ArtifactVersion | Delivering | Delivering
     800 ms  EntityNotExist.ArtifactVersion | Available | Available
    1000 ms  EntityNotExist.ArtifactVersion | Available | Available
    "#);
}

#[test]
fn a_draft_that_fails_stays_a_draft() {
    let mut sandbox = Sandbox::new();
    let artifact = sandbox.alibaba.compute_nest.artifact_mut(world::ARTIFACT_ID).unwrap();
    artifact.draft.as_mut().unwrap().fate = Fate::ScanFailed;
    assert_snapshot!(timeline(sandbox), @r#"
       0 ms  Scanning | EntityNotExist.ArtifactVersion | Available
     200 ms  Scanning | EntityNotExist.ArtifactVersion | Available
     400 ms  ScanFailed | EntityNotExist.ArtifactVersion | Available
     600 ms  ScanFailed | EntityNotExist.ArtifactVersion | Available
     800 ms  ScanFailed | EntityNotExist.ArtifactVersion | Available
    1000 ms  ScanFailed | EntityNotExist.ArtifactVersion | Available
    "#);
}

#[test]
fn a_client_token_makes_a_release_happen_once() {
    let mut sandbox = Sandbox::new();
    let query = format!("ArtifactId={}&ClientToken=a%2Bb", world::ARTIFACT_ID);
    let first = send(&mut sandbox, at(0), "ReleaseArtifact", &query, "");
    // The gateway takes the same parameters from a form body as well.
    let second = send(&mut sandbox, at(5000), "ReleaseArtifact", "", &query);
    assert_eq!(short(&first, "/GmtModified"), short(&second, "/GmtModified"));
    assert_ne!(short(&first, "/RequestId"), short(&second, "/RequestId"));
    let other = format!("ArtifactId={}&ClientToken=a%2Bb", world::ARTIFACT_WITHOUT_DRAFT_ID);
    let third = send(&mut sandbox, at(6000), "ReleaseArtifact", &other, "");
    assert_eq!((third.status, short(&third, "/Code").as_str()), (400, "IdempotentParameterMismatch"));
    assert_eq!(sandbox.effects().len(), 1);
}

#[test]
fn a_revision_is_live_after_a_while_and_publishing_it_again_changes_nothing() {
    let mut sandbox = Sandbox::new();
    let publish = format!(
        "Name={}&SelectCodeRevision={}&Envs=%5B%22production%22%2C%22Preset_Canary_Hong_Kong%22%5D",
        world::ROUTINE_NAME,
        world::NEW_CODE_REVISION
    );
    let answer = send(&mut sandbox, at(0), "PublishRoutineCodeRevision", "", &publish);
    assert_snapshot!(answer.text(), @r#"{"Content":{"CodeRevision":"1720876959997924702"},"RequestId":"A38C982E-73B0-E2B5-101C-3FD9B9B5CA04"}"#);
    send(&mut sandbox, at(100), "PublishRoutineCodeRevision", "", &publish);
    assert_eq!(sandbox.effects().len(), 1);
    let mut live = |time| {
        let name = format!("Name={}", world::ROUTINE_NAME);
        let answer = send(&mut sandbox, at(time), "DescribeRoutine", "", &name);
        ["production", "presetCanaryHongKong", "staging"]
            .map(|env| short(&answer, &format!("/Content/EnvConf/{env}/CodeRev")))
    };
    let (old, new) = (world::LIVE_CODE_REVISION, world::NEW_CODE_REVISION);
    assert_eq!(live(499), [old, old, old]);
    assert_eq!(live(500), [new, new, old]);
}

/// One line for each refused request: its status, code and message.
fn refusals(calls: &[(&str, &str, &str)]) -> String {
    let mut lines = String::new();
    for (action, query, body) in calls {
        let answer = send(&mut Sandbox::new(), at(0), action, query, body);
        let (code, message) = (short(&answer, "/Code"), short(&answer, "/Message"));
        writeln!(lines, "{} {code}: {message}", answer.status).unwrap();
    }
    lines
}

#[test]
fn what_the_services_would_refuse_is_refused() {
    assert_snapshot!(refusals(&[
        ("ReleaseArtifact", "", ""),
        ("ReleaseArtifact", "ArtifactId=", ""),
        ("ReleaseArtifact", "ArtifactId=artifact-0", ""),
        ("ReleaseArtifact", "ArtifactId=artifact-00000000000000000001", ""),
        ("ReleaseArtifact", "ArtifactId=a&ArtifactId=b", ""),
        ("ReleaseArtifact", "ArtifactId=a", "ArtifactId=a"),
        ("ReleaseArtifact", "ArtifactId=a&ArtifactVersion=1", ""),
        ("ReleaseArtifact", "ArtifactId=a&ClientToken=%C3%BC", ""),
        ("GetArtifact", "ArtifactVersion=draft", ""),
        ("GetArtifact", "ArtifactName=web-shop&ArtifactVersion=99", ""),
        ("ListArtifacts", "MaxResults=101", ""),
        ("ListArtifacts", "NextToken=AAAAAb%20/000014%3D%3D", ""),
        ("ListArtifacts", "Filter.1.Name=Nam&Filter.1.Values.1=x", ""),
        ("ListArtifacts", "Filter.2.Name=Name&Filter.2.Values.1=x", ""),
        ("DescribeRoutine", "Name=edge-hello", ""),
        ("DescribeRoutine", "", "Name=nobody"),
        ("PublishRoutineCodeRevision", "", "Name=edge-hello&SelectCodeRevision=1720876959997924702"),
        ("PublishRoutineCodeRevision", "", "Name=edge-hello&SelectCodeRevision=1720876959997924702&Envs=production"),
        ("PublishRoutineCodeRevision", "", "Name=edge-hello&SelectCodeRevision=1720876959997924702&Envs=%5B%5D"),
        ("PublishRoutineCodeRevision", "", "Name=edge-hello&SelectCodeRevision=1720876959997924702&Envs=%5B%22prod%22%5D"),
        ("PublishRoutineCodeRevision", "", "Name=edge-hello&SelectCodeRevision=1.72e18&Envs=%5B%22production%22%5D"),
        ("DeleteArtifact", "ArtifactId=a", ""),
    ]), @r#"
    400 MissingArtifactId: ArtifactId is mandatory for this action.
    400 MissingArtifactId: ArtifactId is mandatory for this action.
    404 EntityNotExist.Artifact: The specified artifact does not exist.
    404 EntityNotExist.ArtifactVersion: The specified artifact version does not exist.
    400 InvalidParameter.ArtifactId: The parameter ArtifactId is given more than once.
    400 InvalidParameter.ArtifactId: The parameter ArtifactId is given more than once.
    400 InvalidParameter.ArtifactVersion: The parameter ArtifactVersion is not supported.
    400 InvalidParameter.ClientToken: The parameter ClientToken is not at most 64 ASCII characters.
    400 MissingArtifactId: ArtifactId is mandatory for this action.
    404 EntityNotExist.ArtifactVersion: The specified artifact version does not exist.
    400 InvalidParameter.MaxResults: The parameter MaxResults is not a number from 1 to 100.
    400 InvalidParameter.NextToken: The parameter NextToken is not one that was given out.
    400 InvalidParameter.Filter: The parameter Filter has an unknown name.
    400 InvalidParameter.Filter: The parameter Filter has gaps, empty values or unknown members.
    400 InvalidParameter.Name: The parameter Name is not supported in the query.
    400 EdgeRoutine.GeneralError: server error occurred: the routine nobody does not exist
    400 MissingEnvs: Envs is mandatory for this action.
    400 EdgeRoutine.GeneralError: server error occurred: Envs is not a JSON array of environment names
    400 EdgeRoutine.GeneralError: server error occurred: Envs is not a JSON array of environment names
    400 EdgeRoutine.GeneralError: server error occurred: the environment prod does not exist
    400 EdgeRoutine.GeneralError: server error occurred: the code revision 1.72e18 does not exist
    404 InvalidAction.NotFound: Specified api is not found, please check your url and method.
    "#);
}

/// The code with which a request is refused that differs in one thing from a good one, or `accepted`.
fn verdict(key: &Key, before: impl Fn(&mut Request), after: impl Fn(&mut Request)) -> String {
    let mut request = unsigned(at(0), "DescribeRoutine", "", "Name=edge-hello", 0);
    before(&mut request);
    let mut request = sign(request, key);
    after(&mut request);
    let mut sandbox = Sandbox::new();
    let answer = sandbox.handle(at(0), &request);
    let recorded = sandbox.requests().last().unwrap();
    format!("{} {}", answer.status, recorded.code.as_deref().unwrap_or("accepted"))
}

fn set(name: &'static str, value: &'static str) -> impl Fn(&mut Request) {
    move |request| {
        request.headers.retain(|(known, _)| known != name);
        request.headers.push((name.into(), value.into()));
    }
}

fn without(name: &'static str) -> impl Fn(&mut Request) {
    move |request| request.headers.retain(|(known, _)| known != name)
}

fn as_it_is(_: &mut Request) {}

fn table(rows: &[(&str, String)]) -> String {
    let rows: Vec<_> = rows.iter().map(|(fault, verdict)| format!("{fault}: {verdict}")).collect();
    rows.join("\n")
}

#[test]
fn only_the_whole_key_is_accepted() {
    let (key, temporary) = (world::ALIBABA_KEY, world::ALIBABA_TEMPORARY_KEY);
    let with = |key: &Key| verdict(key, as_it_is, as_it_is);
    let secret = |secret| with(&Key { secret, ..key });
    let token = |key, security_token| with(&Key { security_token, ..key });
    assert_snapshot!(table(&[
        ("the key", with(&key)),
        ("the temporary key", with(&temporary)),
        ("a key without permission", with(&world::ALIBABA_POWERLESS_KEY)),
        ("an unknown key", with(&Key { id: "nobody", ..key })),
        ("one byte of the secret", secret("not+a/real=Secret~of*Alibabb")),
        ("no security token", token(temporary, None)),
        ("a wrong security token", token(temporary, Some("x"))),
        ("a needless security token", token(key, Some("x"))),
        ("no signature", verdict(&key, as_it_is, without("Authorization"))),
        ("another algorithm", verdict(&key, as_it_is, set("Authorization", "ACS3-HMAC-SM3 Credential=a"))),
        ("the other cloud's token", verdict(&key, set("x-auth-token", "x"), as_it_is)),
    ]), @r#"
    the key: 200 accepted
    the temporary key: 200 accepted
    a key without permission: 403 NoPermission
    an unknown key: 404 InvalidAccessKeyId.NotFound
    one byte of the secret: 400 SignatureDoesNotMatch
    no security token: 400 InvalidSecurityToken.Malformed
    a wrong security token: 400 InvalidSecurityToken.Malformed
    a needless security token: 400 InvalidSecurityToken.MismatchWithAccessKey
    no signature: 400 MissingAccessKeyId
    another algorithm: 400 IncompleteSignature
    the other cloud's token: 400 IncompleteSignature
    "#);
}

#[test]
fn what_was_signed_is_what_must_come() {
    let before = |change: fn(&mut Request)| verdict(&world::ALIBABA_KEY, change, as_it_is);
    let after = |change: fn(&mut Request)| verdict(&world::ALIBABA_KEY, as_it_is, change);
    assert_snapshot!(table(&[
        ("another body", after(|request| request.body = b"Name=edge-hallo".to_vec())),
        ("another query", after(|request| request.target = "/?a=b".into())),
        ("another host", after(|request| set("host", "127.0.0.1:4243")(request))),
        ("an unsigned x-acs-extra", after(|request| set("x-acs-extra", "1")(request))),
        ("the hash of another body", before(|request| set("x-acs-content-sha256", "00")(request))),
        ("no hash", before(|request| without("x-acs-content-sha256")(request))),
        ("no nonce", before(|request| without("x-acs-signature-nonce")(request))),
        ("no host", before(|request| without("host")(request))),
        ("accept signed as well", before(|request| set("accept", "application/json")(request))),
    ]), @r#"
    another body: 400 SignatureDoesNotMatch
    another query: 400 SignatureDoesNotMatch
    another host: 400 SignatureDoesNotMatch
    an unsigned x-acs-extra: 400 IncompleteSignature
    the hash of another body: 400 SignatureDoesNotMatch
    no hash: 400 MissingParameter
    no nonce: 400 MissingParameter
    no host: 400 IncompleteSignature
    accept signed as well: 200 accepted
    "#);
}

#[test]
fn a_signature_is_good_for_a_quarter_of_an_hour() {
    let dated = |date| verdict(&world::ALIBABA_KEY, set("x-acs-date", date), as_it_is);
    assert_eq!(dated("2026-05-28T20:11:39Z"), "400 InvalidTimeStamp.Expired");
    assert_eq!(dated("2026-05-28T20:11:40Z"), "200 accepted");
    assert_eq!(dated("2026-05-28T20:41:40Z"), "200 accepted");
    assert_eq!(dated("2026-05-28T20:41:41Z"), "400 InvalidTimeStamp.Expired");
    assert_eq!(dated("20260528T202640Z"), "400 InvalidTimeStamp.Format");
}

#[test]
fn a_nonce_is_good_for_one_request() {
    let mut sandbox = Sandbox::new();
    let request = sign(unsigned(at(0), "DescribeRoutine", "", "Name=edge-hello", 0), &world::ALIBABA_KEY);
    let codes = [0, 1, 2].map(|time| {
        sandbox.handle(at(time), &request);
        sandbox.requests().last().unwrap().code.clone()
    });
    assert_eq!(codes, [None, Some("SignatureNonceUsed".into()), Some("SignatureNonceUsed".into())]);
}

#[test]
fn a_refused_signature_shows_what_the_server_would_have_signed() {
    let mut sandbox = Sandbox::new();
    let key = Key { secret: "wrong", ..world::ALIBABA_TEMPORARY_KEY };
    let request = sign(unsigned(at(0), "DescribeRoutine", "", "Name=edge-hello", 0), &key);
    let answer = sandbox.handle(at(0), &request);
    assert!(short(&answer, "/Message").contains("server string to sign is:ACS3-HMAC-SHA256\n"));
    // As careless as the real one: clients must not print this message as it stands.
    assert!(short(&answer, "/Message").contains(world::ALIBABA_TEMPORARY_KEY.security_token.unwrap()));
}

/// From the vendor's page "Request syntax and signature method V3".
#[test]
fn the_published_example_is_verified() {
    let headers = [
        ("host", "ecs.cn-shanghai.aliyuncs.com"),
        ("x-acs-version", "2014-05-26"),
        ("x-acs-action", "RunInstances"),
        ("x-acs-date", "2023-10-26T10:22:32Z"),
        ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
        ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "Authorization",
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;\
             x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
    ];
    let request = Request {
        method: "POST".into(),
        target: "/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai".into(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: Vec::new(),
    };
    let accounts = [Account::new("YourAccessKeyId", "YourAccessKeySecret")];
    let now = "2023-10-26T10:30:00Z".parse().unwrap();
    assert_eq!(verify::verify(now, &request, &accounts), Ok(&accounts[0]));
}
