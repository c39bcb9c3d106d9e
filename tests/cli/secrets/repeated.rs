//! What servers repeat of a request in their own words: texts that were signed, signatures of earlier requests, and parts.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use release_step::cloud::signing;
use sandbox::world;
use serde_json::json;

use super::{Signed, header, nothing_is_seen, nothing_is_seen_of, of_key, of_token, signed};
use crate::support::forms::stand_nowhere;
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::Step;

/// In the words of either vendor, with the digest that the server came to: nobody here has seen it before.
fn refusal(message: &str) -> Vec<u8> {
    let body = json!({
        "Code": "SignatureDoesNotMatch", "Message": message, "RequestId": "1",
        "error_code": "APIGW.0301", "error_msg": message, "request_id": "1",
    });
    http(401, &[], body.to_string())
}

fn servers_digest() -> String {
    signing::sha256("what the server came to")
}

fn canonical_request(request: &str) -> Vec<u8> {
    let Some(Signed { canonical, .. }) = signed(request) else { return refusal("decrypt token fail") };
    let canonical = canonical.replace('\n', "|");
    refusal(&format!(
        "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:{canonical}"
    ))
}

fn string_to_sign(request: &str) -> Vec<u8> {
    let algorithm = header(request, "authorization").unwrap_or("SDK-HMAC-SHA256").split(' ').next().unwrap();
    refusal(&format!(
        "Specified signature does not match our calculation. server StringToSign is [{algorithm}\n{}\n]",
        servers_digest()
    ))
}

fn digest_in_brackets(request: &str) -> Vec<u8> {
    let algorithm = header(request, "authorization").unwrap_or("SDK-HMAC-SHA256").split(' ').next().unwrap();
    refusal(&format!("The signatures differ: [{algorithm}\n20261122T100000Z\n{}\n]", servers_digest()))
}

#[test]
fn a_text_that_was_signed_is_in_no_message_of_either_vendor() {
    let hidden = [servers_digest(), "x-sdk-date:2".into(), "x-acs-date:2".into(), "StringToSign".into()];
    for answer in [canonical_request, string_to_sign, digest_in_brackets] {
        for credentials in [
            of_key("release_artifact", &world::ALIBABA_TEMPORARY_KEY),
            of_key("deploy_packages", &world::HUAWEI_KEY),
        ] {
            for run in nothing_is_seen_of(&credentials, &Behaviour::Reply(answer)) {
                stand_nowhere(&hidden, &run);
            }
        }
    }
}

/// The `Authorization` of each request so far.
static EARLIER: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A status that names what was signed three requests ago, and the first time.
fn earlier_signatures(request: &str) -> Vec<u8> {
    let mut earlier = EARLIER.lock().unwrap();
    earlier.push(header(request, "authorization").unwrap().to_owned());
    let said = match &earlier[..] {
        [first, .., three_ago, _, _, _] => {
            format!("Scanning {three_ago} and {first} as {}", STANDARD.encode(first))
        }
        _ => "Scanning".to_owned(),
    };
    let body = json!({"ArtifactId": world::ARTIFACT_ID, "ArtifactVersion": "draft", "VersionName": "1.24.0", "Status": said, "RequestId": said, "MaxVersion": 1});
    http(200, &[("x-acs-request-id", &said)], body.to_string())
}

#[test]
fn a_signature_of_three_requests_ago_is_not_seen() {
    let server = Hostile::from_the_first([Behaviour::Reply(earlier_signatures)]);
    let credentials = of_key("release_artifact", &world::ALIBABA_KEY);
    let step = credentials.step(Step::plain(), &server.url()).input("log_level", "trace");
    let step = step.input("wait", "true").input("poll_interval", "100ms").input("wait_timeout", "3s");
    let run = step.run().exits_with(6);
    let requests = server.requests();
    assert!(requests.len() > 6, "{}", run.transcript());
    assert!(run.transcript().contains("Signature=***"), "{}", run.transcript());
    nothing_is_seen(&credentials, &requests, &run);
}

/// A token as long as the real ones, of which a server repeats the first 1,100 characters, or the last.
#[test]
fn a_part_of_a_long_token_is_not_seen() {
    fn cut(request: &str) -> Vec<u8> {
        let token = header(request, "x-auth-token").unwrap();
        let (start, end) = (&token[..1_100], &token[104..]);
        let escaped = start.replace('+', "%2B").replace('/', "%2F");
        let message = format!("token {start}… {end} {}", &escaped[..1_101]);
        http(400, &[("x-request-id", start)], json!({"error_code": "A.1", "error_msg": message}).to_string())
    }
    let digests = (0..14).map(|number| STANDARD.encode(signing::sha256(&number.to_string())));
    let token: &'static str = Box::leak(digests.collect::<String>()[..1_204].to_owned().into_boxed_str());
    let hidden = [token[500..540].to_owned()];
    for run in nothing_is_seen_of(&of_token(token), &Behaviour::Reply(cut)) {
        stand_nowhere(&hidden, &run);
    }
}

/// What no credentials of ours are may stand in the environment all the same, and in a server's answer or an input.
#[test]
fn every_secret_of_the_environment_is_taken_out_whoever_it_is_for() {
    let others = [
        ("HW_USER_PASSWORD", "hunter2-of-Huawei"),
        ("GITHUB_TOKEN", "ghs_16C7e42F292c6912E7710c838347Ae178B4a"),
        ("MY_SK", "x1Fh82jz0qPz"),
        ("HTTPS_PROXY", "http://glpat-xYz123abcDEF@127.0.0.1:1"),
    ];
    let secrets = [
        "hunter2-of-Huawei",
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "x1Fh82jz0qPz",
        "glpat-xYz123abcDEF",
    ];
    let message = json!({"error_code": "A.1", "error_msg": secrets.join(" ; "), "request_id": secrets[0]});
    let server = Hostile::start([Behaviour::Answer(http(400, &[], message.to_string()))]);
    let credentials = of_key("deploy_packages", &world::HUAWEI_KEY);
    let with_others = |step: Step| others.iter().fold(step, |step, (name, value)| step.env(name, value));
    let run = with_others(credentials.step(Step::plain(), &server.url())).run();
    assert!(run.transcript().contains("*** ; *** ; *** ; ***"), "{}", run.transcript());
    let hidden = secrets.map(str::to_owned);
    stand_nowhere(&hidden, &run);
    for secret in secrets {
        let step = with_others(credentials.step(Step::plain(), &server.url()));
        stand_nowhere(&hidden, &step.input("workspace", secret).run().exits_with(2));
    }
}

/// What a CI says of a job under names like these stays in the log and is an input like any other.
#[test]
fn a_word_under_the_name_of_a_key_is_no_secret() {
    let server = sandbox::Server::start();
    let credentials = of_key("publish_routine_code_revision", &world::ALIBABA_KEY);
    let step = credentials.step(Step::plain(), server.url()).env("CACHE_KEY", "production");
    let run = step.input("envs", r#"["production"]"#).run().exits_with(0);
    assert!(!run.transcript().contains("***"), "{}", run.transcript());
}

/// `##` is made harmless where it is shown: a secret that holds it is taken out before.
#[test]
fn a_secret_that_is_made_harmless_in_a_wrong_input_is_not_seen() {
    let secret = "odd##[token]of##signs";
    let credentials = of_token(secret);
    let hidden = [secret, "odd# #", "[token]of"].map(str::to_owned);
    for (name, value) in [
        ("operation", secret.to_owned()),
        ("operation", format!("a {secret}")),
        ("region", secret.to_owned()),
    ] {
        let run =
            credentials.step(Step::github(), "http://127.0.0.1:1").input(name, &value).run().exits_with(2);
        stand_nowhere(&hidden, &run);
    }
}

#[test]
fn an_argument_that_holds_a_secret_is_not_seen() {
    let secret = "odd##[token]of##signs";
    let hidden = [secret, "odd# #"].map(str::to_owned);
    for arguments in [vec![secret], vec!["--help", secret], vec!["--secret=another-secret"]] {
        let step = Step::plain().env("HUAWEICLOUD_AUTH_TOKEN", secret);
        let run = arguments.iter().fold(step, Step::argument).run().exits_with(2);
        stand_nowhere(&hidden, &run);
        stand_nowhere(&["another-secret".to_owned()], &run);
    }
}
