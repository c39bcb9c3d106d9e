//! Each kind of secret, in each form, in each place where a server can repeat it, on each CI at each level of the log.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::sample::select;
use release_step::ci;
use release_step::text::redact::Redactor;
use sandbox::world;
use serde_json::json;

use super::hostile;
use crate::support::forms::{json_escaped, percent_encoded, stand_nowhere, traces};
use crate::support::hostile::{Behaviour, http};
use crate::support::step::Step;

/// Secrets of every kind, of characters that every form writes in another way; the long ones as real ones begin and end.
const ALIBABA_SECRET: &str = "key+of/Alibaba=\"with\\every%41&kind of<sign>'~";
const ALIBABA_TOKEN: &str = "CAIS+and/then=a token\"of\\Alibaba%2B&more<of>it'==";
const HUAWEI_SECRET: &str = "key+of/Huawei=\"with\\every%41&kind of<sign>'~";
const HUAWEI_TOKEN: &str = "gQhj+and/then=a token\"of\\Huawei%2B&more<of>it'==";
const AUTH_TOKEN: &str = "MIIF+and/then=a token\"of\\IAM%2B&more<of>it'==";
const PROXY_PASSWORD: &str = "pass+of/the=proxy\"with\\every%41&kind of<sign>'";

/// An operation, the variables that it is run with, and all that must not be seen.
struct Case {
    operation: &'static str,
    variables: &'static [(&'static str, &'static str)],
    secrets: [&'static str; 3],
}

const CASES: [Case; 3] = [
    Case {
        operation: "release_artifact",
        variables: &[
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "STS.an-id-of-Alibaba"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ALIBABA_SECRET),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", ALIBABA_TOKEN),
        ],
        secrets: [ALIBABA_SECRET, ALIBABA_TOKEN, PROXY_PASSWORD],
    },
    Case {
        operation: "deploy_packages",
        variables: &[
            ("HUAWEICLOUD_SDK_AK", "AN-ID-OF-HUAWEI-CLOUD"),
            ("HUAWEICLOUD_SDK_SK", HUAWEI_SECRET),
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN", HUAWEI_TOKEN),
        ],
        secrets: [HUAWEI_SECRET, HUAWEI_TOKEN, PROXY_PASSWORD],
    },
    Case {
        operation: "release_package",
        variables: &[
            ("HUAWEICLOUD_SDK_AK", ""),
            ("HUAWEICLOUD_SDK_SK", ""),
            ("HUAWEICLOUD_AUTH_TOKEN", AUTH_TOKEN),
        ],
        secrets: [AUTH_TOKEN, PROXY_PASSWORD, PROXY_PASSWORD],
    },
];

/// A secret as anybody may write it: plain, percent-encoded, in a text of JSON, in a page, and in base64.
fn written(secret: &str) -> Vec<String> {
    let encoded = percent_encoded(secret);
    let lower = encoded.split('%').enumerate().map(|(at, part)| match at {
        0 => part.to_owned(),
        _ => part[..2].to_lowercase() + &part[2..],
    });
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let numbers = html.replace('\'', "&#39;").replace('+', "&#43;").replace('=', "&#x3d;");
    let units = |secret: &str| secret.replace('+', "\\u002b").replace('=', "\\u003D").replace('&', "\\u0026");
    vec![
        secret.to_owned(),
        encoded.clone(),
        lower.collect::<Vec<_>>().join("%"),
        // As a browser does it, and as a form does.
        encoded.replace("%2F", "/").replace("%3D", "=").replace("%27", "'"),
        encoded.replace("%20", "+"),
        // Once more, as in a string that is signed.
        percent_encoded(&encoded),
        json_escaped(secret),
        json_escaped(secret).replace('/', "\\/"),
        units(&json_escaped(secret)),
        json_escaped(&json_escaped(secret)),
        html,
        numbers,
        STANDARD.encode(secret),
        STANDARD.encode(format!("me:{secret}")),
        percent_encoded(&STANDARD.encode(format!("{secret}\n"))),
        URL_SAFE_NO_PAD.encode(format!("ab{secret}")),
    ]
}

type Answer = fn(&str, &str) -> Vec<u8>;

/// In every field of a success, of a call's or a query's, and its name.
fn success(said: &str, header: &str) -> Vec<u8> {
    let package =
        |id: u32| json!({"package_id": id, "package_name": said, "deploy_status": said, said: said});
    let body = json!({
        "total": 2, "data": [package(2301), package(2302)],
        "RequestId": said, "ArtifactId": world::ARTIFACT_ID, "ArtifactType": said, "VersionName": said, "Status": said,
        "release_package_id": said, "package_name": said, said: said,
        "deploy_package_details": [
            {"package_id": 2301, "asy_task_id": said, said: {"more": [said]}},
            {"package_id": 2302, "asy_task_id": said},
        ],
    });
    http(200, &[("x-request-id", header), ("x-acs-request-id", header), ("server", header)], body.to_string())
}

/// In every part of a refusal.
fn refusal(said: &str, header: &str) -> Vec<u8> {
    let body = json!({
        "Code": said, "Message": said, "RequestId": said, "Recommend": said, "HostId": said,
        "error_code": said, "error_msg": said, "request_id": said, said: [said],
    });
    http(403, &[("x-request-id", header), ("x-acs-request-id", header)], body.to_string())
}

/// A page of somebody between.
fn page(said: &str, header: &str) -> Vec<u8> {
    http(502, &[("x-request-id", header), ("location", header), ("retry-after", header)], said)
}

/// Every place, level, form of the log and CI, for one kind of answer.
#[track_caller]
fn nothing_is_seen_of(answer: Answer) {
    let levels = ["error", "warn", "info", "debug", "trace"];
    let logs = levels.into_iter().flat_map(|level| [(level, "text"), (level, "json")]);
    let jobs: Vec<_> = ci::SYSTEMS.iter().flat_map(|ci| logs.clone().map(|log| (ci.name(), log))).collect();
    for case in CASES {
        let mut forms: Vec<_> = case.secrets.iter().flat_map(|secret| written(secret)).collect();
        let in_json = forms.iter().map(|form| json_escaped(form));
        let hidden =
            case.secrets.iter().flat_map(|secret| traces(secret)).chain(forms.clone()).chain(in_json);
        let hidden: Vec<_> = hidden.collect();
        for (number, (ci, (level, format))) in jobs.iter().enumerate() {
            // Long texts are cut: in each run another form comes first.
            forms.rotate_left(7);
            let answer = Behaviour::Answer(answer(&forms.join(" ; "), &forms[0]));
            // One in three is about the question before the call as well.
            let servers = hostile(case.variables, &answer).into_iter().take(1 + usize::from(number % 3 == 0));
            for server in servers {
                let step = Step::of(ci).releasing(case.operation, &server.url());
                let step = case.variables.iter().fold(step, |step, (name, value)| step.env(name, value));
                let proxy = format!("http://me:{}@127.0.0.1:1", percent_encoded(PROXY_PASSWORD));
                let step = step.env("HTTPS_PROXY", proxy);
                let run = step.input("log_level", level).input("log_format", format).run();
                assert!(!server.requests().is_empty(), "{}", run.transcript());
                assert!(run.transcript().contains("***"), "nothing is hidden\n{}", run.transcript());
                stand_nowhere(&hidden, &run);
            }
        }
    }
}

#[test]
fn nothing_is_seen_of_a_secret_in_a_success() {
    nothing_is_seen_of(success);
}

#[test]
fn nothing_is_seen_of_a_secret_in_a_refusal() {
    nothing_is_seen_of(refusal);
}

#[test]
fn nothing_is_seen_of_a_secret_in_a_page() {
    nothing_is_seen_of(page);
}

/// A text of which each sign is spelled in a way of its own; letters and digits are as they are.
fn spelled() -> impl Strategy<Value = (String, String)> {
    let spelling = |character: char| -> BoxedStrategy<String> {
        if character.is_ascii_alphanumeric() {
            return Just(character.to_string()).boxed();
        }
        let code = u32::from(character);
        let encoded = format!("%{code:02X}");
        let mut ways = vec![
            character.to_string(),
            encoded.clone(),
            encoded.to_lowercase(),
            percent_encoded(&encoded),
            format!("\\u{code:04x}"),
            format!("\\\\u{code:04X}"),
            format!("&#{code};"),
            format!("&amp;#x{code:x};"),
            json_escaped(&character.to_string()),
            json_escaped(&json_escaped(&character.to_string())),
        ];
        ways.extend((character == ' ').then(|| "+".to_owned()));
        ways.extend((character == '/').then(|| "\\/".to_owned()));
        select(ways).boxed()
    };
    let secret = "[a-zA-Z0-9][ -~]{6,40}[a-zA-Z0-9=]";
    secret.prop_flat_map(move |secret| {
        let spellings: Vec<_> = secret.chars().map(spelling).collect();
        (Just(secret), spellings.prop_map(|parts| parts.concat()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_taken_out_however_each_of_its_signs_is_spelled((secret, spelled) in spelled()) {
        let redactor = Redactor::default();
        redactor.add(&secret);
        let cleaned = redactor.redact(&format!("<{spelled}> and <{secret}>")).into_owned();
        prop_assert_eq!(cleaned, "<***> and <***>");
    }
}
