//! No secret, token, signature or string to sign is ever written, whatever a server says of the request.

mod everywhere;
mod repeated;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use release_step::alibaba;
use release_step::cloud::signing;
use release_step::http::Header;
use release_step::huawei;
use sandbox::world::{self, Key};
use sandbox::{Account, Cloud, Sandbox, Server};
use serde_json::json;

use crate::support::forms::{forms, json_escaped, percent_encoded, stand_nowhere, traces};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::step::{Run, Step};

// ---- What must not be seen ----

/// Credentials as a step is given them.
#[derive(Debug, Clone)]
struct Credentials {
    operation: &'static str,
    variables: Vec<(&'static str, &'static str)>,
    /// All but the public half.
    secrets: Vec<&'static str>,
}

fn of_key(operation: &'static str, key: &Key) -> Credentials {
    let secrets = [Some(key.secret), key.security_token].into_iter().flatten().collect();
    Credentials { operation, variables: world::variables(world::cloud(operation), key), secrets }
}

fn of_token(token: &'static str) -> Credentials {
    let variables = vec![("HUAWEICLOUD_AUTH_TOKEN", token)];
    Credentials { operation: "deploy_packages", variables, secrets: vec![token] }
}

/// Every kind that there is.
fn all_kinds() -> [Credentials; 5] {
    [
        of_key("release_artifact", &world::ALIBABA_KEY),
        of_key("release_artifact", &world::ALIBABA_TEMPORARY_KEY),
        of_key("deploy_packages", &world::HUAWEI_KEY),
        of_key("deploy_packages", &world::HUAWEI_TEMPORARY_KEY),
        of_token(world::HUAWEI_AUTH_TOKEN),
    ]
}

impl Credentials {
    fn step(&self, ci: Step, url: &str) -> Step {
        let step = ci.releasing(self.operation, url);
        let known = world::credentials(world::cloud(self.operation)).into_iter();
        let step = known.fold(step, |step, (name, _)| step.unset(name));
        self.variables.iter().fold(step, |step, (name, value)| step.env(name, value))
    }
}

/// The head of a recorded request as names and values.
fn headers(request: &str) -> Vec<(&str, &str)> {
    let head = request.split_once("\r\n\r\n").map_or(request, |(head, _)| head);
    head.lines().skip(1).filter_map(|line| line.split_once(": ")).collect()
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let named = |(known, _): &(&str, &str)| known.eq_ignore_ascii_case(name);
    headers(request).into_iter().find(named).map(|(_, value)| value)
}

/// The signature of a recorded request, and the two texts that it was made from.
struct Signed {
    authorization: String,
    signature: String,
    string_to_sign: String,
    canonical: String,
}

fn signed(request: &str) -> Option<Signed> {
    let authorization = header(request, "authorization")?.to_owned();
    let field = |name: &str| {
        let (_, rest) = authorization.split_once(name)?;
        Some(rest.split([',', ' ']).next()?.to_owned())
    };
    let (signature, names) = (field("Signature=")?, field("SignedHeaders=")?);
    let (head, body) = request.split_once("\r\n\r\n")?;
    let target = head.split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let covered: Vec<Header> = headers(request)
        .into_iter()
        .filter(|(name, _)| names.split(';').any(|signed| signed.eq_ignore_ascii_case(name)))
        .map(|(name, value)| Header::new(name.to_owned(), value))
        .collect();
    let hash = signing::sha256(body);
    let (canonical, string_to_sign) = if authorization.starts_with("ACS3") {
        let canonical = alibaba::sign::canonical_request("POST", path, query, &covered, hash);
        let string = alibaba::sign::string_to_sign(&canonical);
        (canonical, string)
    } else {
        let canonical = huawei::sign::canonical_request("POST", path, query, &covered, hash);
        let string = huawei::sign::string_to_sign(header(request, "x-sdk-date")?, &canonical);
        (canonical, string)
    };
    Some(Signed { authorization, signature, string_to_sign, canonical: canonical.to_string() })
}

#[track_caller]
fn nothing_is_seen(credentials: &Credentials, requests: &[String], run: &Run) {
    let mut hidden: Vec<String> = credentials.secrets.iter().flat_map(|secret| traces(secret)).collect();
    for signed in requests.iter().filter_map(|request| signed(request)) {
        hidden.extend(traces(&signed.signature));
        hidden.extend(forms(&signed.authorization));
        hidden.extend(forms(&signed.string_to_sign));
        // Its last line: the digest that is signed.
        hidden.extend(traces(signed.string_to_sign.rsplit('\n').next().unwrap()));
    }
    stand_nowhere(&hidden, run);
}

#[test]
fn the_strings_of_this_test_are_those_that_were_signed() {
    for credentials in &all_kinds()[..4] {
        let server = Hostile::start([Behaviour::Answer(http(500, &[], ""))]);
        credentials.step(Step::plain(), &server.url()).run().exits_with(8);
        let requests = server.requests();
        let signed = signed(requests.last().unwrap()).unwrap();
        let mac = signing::hmac_sha256(credentials.secrets[0], &signed.string_to_sign);
        assert_eq!(mac, signed.signature);
    }
}

// ---- What a server may say ----

/// The request and all that it was signed with, as often as a server may repeat it.
fn repeated(request: &str) -> String {
    let mut parts = vec![request.to_owned()];
    if let Some(signed) = signed(request) {
        parts.extend([signed.authorization, signed.signature, signed.string_to_sign, signed.canonical]);
    }
    let plain = parts.join(" ; ");
    // A part in each form on its own: the log shows no more than the beginning of a long text.
    let sensitive = headers(request).into_iter().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.contains("token") || name == "authorization"
    });
    let forms: Vec<_> =
        sensitive.map(|(_, value)| percent_encoded(value) + " ; " + &json_escaped(value)).collect();
    forms.join(" ; ") + " ; " + &plain
}

fn echo_success(request: &str) -> Vec<u8> {
    let said = repeated(request);
    let body = json!({
        "RequestId": said, "ArtifactId": world::ARTIFACT_ID, "ArtifactType": said, "Status": said,
        "deploy_package_details": [
            {"package_id": 2301, "asy_task_id": said, "more": {"said": [said]}},
            {"package_id": 2302, "asy_task_id": said},
        ],
    });
    let encoded = percent_encoded(&header(request, "authorization").unwrap_or_default().replace('\n', " "));
    http(200, &[("x-request-id", &encoded), ("x-acs-request-id", &encoded)], body.to_string())
}

fn echo_refusal(request: &str) -> Vec<u8> {
    let said = repeated(request);
    let body = json!({
        "Code": "SignatureDoesNotMatch", "Message": said, "RequestId": said,
        "error_code": "APIGW.0301", "error_msg": said, "request_id": said,
    });
    http(403, &[], body.to_string())
}

/// As Alibaba's gateway words it.
fn echo_string_to_sign(request: &str) -> Vec<u8> {
    let Some(Signed { string_to_sign, canonical, .. }) = signed(request) else {
        return echo_refusal(request);
    };
    let message = format!(
        "Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}, \
         server canonical request is:{canonical}"
    );
    let body = json!({
        "Code": "SignatureDoesNotMatch", "Message": message, "RequestId": "1",
        "error_code": "APIGW.0301", "error_msg": message,
    });
    http(400, &[], body.to_string())
}

/// A debugging page that begins with the very headers.
fn echo_page(request: &str) -> Vec<u8> {
    let sensitive = headers(request).into_iter().filter(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.contains("token") || name == "authorization"
    });
    let values: Vec<_> = sensitive.map(|(_, value)| value).collect();
    http(500, &[("x-request-id", values[0])], values.join("\n") + "\n" + request)
}

/// Each CI with a level and a form of the log.
fn steps() -> [Step; 5] {
    let with =
        |step: Step, level: &str, format: &str| step.input("log_level", level).input("log_format", format);
    [
        with(Step::github(), "trace", "text"),
        with(Step::github().env("RUNNER_DEBUG", "1"), "error", "json"),
        with(Step::gitlab(), "trace", "json"),
        with(Step::jenkins().input("output_file", "more.properties"), "debug", "json"),
        with(Step::plain().input("output_file", "more.env"), "info", "text"),
    ]
}

/// A cloud that knows some more credentials.
fn knowing(variables: &[(&str, &str)]) -> Sandbox {
    let value = |names: [&str; 2]| {
        let named = |(name, _): &&(&str, &str)| names.contains(name);
        variables.iter().find(named).map(|(_, value)| *value).filter(|value| !value.is_empty())
    };
    let mut sandbox = Sandbox::new();
    sandbox.huawei.auth_tokens.extend(value(["HUAWEICLOUD_AUTH_TOKEN"; 2]).map(str::to_owned));
    let id = value(["ALIBABA_CLOUD_ACCESS_KEY_ID", "HUAWEICLOUD_SDK_AK"]);
    let secret = value(["ALIBABA_CLOUD_ACCESS_KEY_SECRET", "HUAWEICLOUD_SDK_SK"]);
    if let Some((id, secret)) = id.zip(secret) {
        let account = Account::new(id, secret);
        let account = match value(["ALIBABA_CLOUD_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"]) {
            Some(token) => account.with_security_token(token),
            None => account,
        };
        sandbox.alibaba.accounts.push(account.clone());
        sandbox.huawei.accounts.push(account);
    }
    sandbox
}

/// A server that behaves like this to the call, and one that does so to the question before it too.
fn hostile(variables: &[(&str, &str)], behaviour: &Behaviour) -> [Hostile; 2] {
    let behaviours = || [behaviour.clone()];
    [Hostile::beside(knowing(variables), behaviours()), Hostile::from_the_first(behaviours())]
}

/// These credentials, in every CI, level and form of the log, against a server that behaves like this.
#[track_caller]
fn nothing_is_seen_of(credentials: &Credentials, behaviour: &Behaviour) -> Vec<Run> {
    let mut runs = Vec::new();
    for (number, step) in steps().into_iter().chain(steps()).enumerate() {
        let servers = hostile(&credentials.variables, behaviour);
        let server = &servers[number / steps().len()];
        let run = credentials.step(step, &server.url()).run();
        assert!(run.code.is_some_and(|code| code != 1 && code != 2), "{}", run.transcript());
        assert!(server.shown() > 0, "{}", run.transcript());
        nothing_is_seen(credentials, &server.requests(), &run);
        runs.push(run);
    }
    runs
}

/// Every kind of credentials.
#[track_caller]
fn nothing_is_seen_with(behaviour: &Behaviour) {
    for credentials in all_kinds() {
        nothing_is_seen_of(&credentials, behaviour);
    }
}

#[test]
fn nothing_is_seen_when_a_success_repeats_the_request() {
    nothing_is_seen_with(&Behaviour::Reply(echo_success));
}

#[test]
fn nothing_is_seen_when_a_refusal_repeats_the_request() {
    nothing_is_seen_with(&Behaviour::Reply(echo_refusal));
}

#[test]
fn nothing_is_seen_when_a_refusal_shows_its_string_to_sign() {
    nothing_is_seen_with(&Behaviour::Reply(echo_string_to_sign));
}

#[test]
fn nothing_is_seen_when_a_page_begins_with_the_credentials() {
    nothing_is_seen_with(&Behaviour::Reply(echo_page));
}

#[test]
fn nothing_is_seen_when_the_connection_is_lost() {
    nothing_is_seen_with(&Behaviour::ResetAfterRequest);
    nothing_is_seen_with(&Behaviour::Close);
}

#[test]
fn nothing_is_seen_of_keys_that_the_cloud_takes() {
    let server = Server::start();
    for credentials in all_kinds() {
        for step in steps() {
            server.with(|sandbox| *sandbox = Sandbox::new());
            let run = credentials.step(step, server.url()).run().exits_with(0);
            nothing_is_seen(&credentials, &[], &run);
        }
    }
}

#[test]
fn nothing_is_seen_of_keys_that_the_cloud_refuses() {
    let server = Server::start();
    let wrong = |id, secret, security_token| Key { id, secret, security_token };
    let all = [
        of_key("release_artifact", &wrong(world::ALIBABA_KEY.id, "another+secret/of=Alibaba", None)),
        of_key(
            "release_artifact",
            &wrong("LTAI-unknown", "another+secret/of=Alibaba", Some("CAIS+unknown/token==")),
        ),
        of_key("deploy_packages", &wrong(world::HUAWEI_KEY.id, "another+secret/of=Huawei", None)),
        of_token("MIIF+unknown/token=="),
    ];
    for credentials in all {
        for step in steps() {
            let run = credentials.step(step, server.url()).run().exits_with(3);
            nothing_is_seen(&credentials, &[], &run);
        }
    }
    assert_eq!(server.effects(), []);
}

/// A text is cut where it is too long to be shown. The cut may fall into a secret: what is left of it is a secret, too.
#[test]
fn a_cut_does_not_uncover_a_half() {
    fn sentence(request: &str, length: usize) -> String {
        let token = header(request, "x-auth-token").unwrap();
        "x".repeat(length) + token
    }
    fn cut_page(request: &str) -> Vec<u8> {
        http(502, &[], sentence(request, 60))
    }
    fn cut_message(request: &str) -> Vec<u8> {
        http(400, &[], json!({"error_code": "A", "error_msg": sentence(request, 1_980)}).to_string())
    }
    let credentials = of_token(
        "MIIFbeginning-of-a-token-that-is-as-long-as-the-real-ones-are/and-goes-on+and-on-and-on-and-on==",
    );
    for behaviour in [cut_page, cut_message].map(Behaviour::Reply) {
        nothing_is_seen_of(&credentials, &behaviour);
    }
}

/// Printable ASCII is what a key may consist of: also of what text is made harmless by changing.
#[test]
fn a_secret_of_odd_characters_is_not_seen_either() {
    fn message(request: &str) -> Vec<u8> {
        let token = header(request, "x-auth-token").unwrap();
        http(400, &[], json!({"error_code": "A", "error_msg": token, "request_id": [token]}).to_string())
    }
    for token in [
        "odd##[token]of-signs",
        "odd\"token\\of'signs",
        "odd%41token&of=signs",
        "odd token of: signs",
        "======",
    ] {
        nothing_is_seen_of(&of_token(token), &Behaviour::Reply(message));
    }
}

/// A server that repeats a token in another form than it was sent in.
#[test]
fn a_token_in_another_form_is_not_seen_either() {
    fn message(request: &str) -> Vec<u8> {
        let token = header(request, "x-auth-token").unwrap();
        let lower = percent_encoded(token);
        let lower: String = lower
            .split('%')
            .enumerate()
            .map(|(at, part)| match at {
                0 => part.to_owned(),
                _ => format!("%{}{}", part[..2].to_lowercase(), &part[2..]),
            })
            .collect();
        let said =
            format!("{lower} ; {} ; {}", STANDARD.encode(token), STANDARD.encode(format!("a {token} b")));
        http(400, &[], json!({"error_code": "A", "error_msg": said}).to_string())
    }
    let credentials = of_token(world::HUAWEI_AUTH_TOKEN);
    for run in nothing_is_seen_of(&credentials, &Behaviour::Reply(message)) {
        let lower = "not%2ba%2freal";
        assert!(!(run.stdout.clone() + &run.stderr).contains(lower), "{}", run.transcript());
    }
}

/// The names of outputs and the words of their formats are ours, whatever a secret happens to be.
#[test]
fn a_secret_that_is_a_word_of_ours_takes_no_output_away() {
    let server = Server::start();
    for word in ["release", "status", "ghadelimiter"] {
        let credentials = of_token(word);
        let run = credentials.step(Step::github(), server.url()).run().exits_with(3);
        let values = run.github_outputs();
        assert_eq!(values.get("released"), Some("no"), "\n{}", run.transcript());
        assert_eq!(values.get("exit_status"), Some("3"), "\n{}", run.transcript());
    }
}

/// A secret that stands among the inputs by mistake, as the value of another one, is kept out as well.
#[test]
fn a_secret_that_is_an_input_too_is_not_seen() {
    let server = Server::start();
    let credentials = of_key("publish_routine_code_revision", &world::ALIBABA_KEY);
    for step in steps() {
        let step = credentials.step(step, server.url()).input("name", world::ALIBABA_KEY.secret);
        nothing_is_seen(&credentials, &[], &step.run().exits_with(2));
    }
    assert_eq!(world::cloud(credentials.operation), Cloud::Alibaba);
}

/// Errors of the inputs come before any credential is used, and repeat what was given.
#[test]
fn a_secret_in_a_wrong_place_is_not_seen_either() {
    let server = Server::start();
    let credentials = of_key("release_package", &world::HUAWEI_TEMPORARY_KEY);
    let of_other_cloud = of_key("release_artifact", &world::ALIBABA_KEY);
    let proxy = ("HTTPS_PROXY", "http://me:proxy-password-1@127.0.0.1:1");
    let places =
        ["operation", "region", "endpoint", "dry_run", "workspace", "output_file", "ci", "client_token"];
    let secrets = [world::HUAWEI_TEMPORARY_KEY.secret, world::ALIBABA_KEY.secret, "proxy-password-1"];
    for place in places {
        for secret in secrets {
            let step = credentials.step(Step::plain(), server.url()).env(proxy.0, proxy.1);
            let step =
                of_other_cloud.variables.iter().fold(step, |step, (name, value)| step.env(name, value));
            let run = step.input(place, secret).run();
            // `client_token` is an input of another operation here, whose value is not looked at.
            assert_eq!(run.code, Some(if place == "client_token" { 0 } else { 2 }), "{}", run.transcript());
            let all = run.transcript() + &run.stdout + &run.stderr;
            assert!(!secrets.iter().any(|secret| all.contains(secret)), "{place}\n{all}");
            server.with(|sandbox| *sandbox = Sandbox::new());
        }
    }
}
