//! Holds each exchange against what the vendors' own SDKs send, captured from them: the same method, path, parameters, body
//! and authorising headers, and the same keys out of the same answers. Nothing is sent here.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read is a failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use release_step::alibaba::Alibaba;
use release_step::cloud::Cloud;
use release_step::cloud::credentials::exchange::{Answer, Answers, Issued, Next, Question, Step};
use release_step::cloud::credentials::identity::service::for_audience;
use release_step::cloud::credentials::source::{Context, Way};
use release_step::cloud::credentials::{Credentials, Keys, chain};
use release_step::http::{Body, Response};
use release_step::huawei::Huawei;
use release_step::process::env::Env;
use secrecy::ExposeSecret;
use serde_json::Value;

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln";

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/vectors/keyless.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The exchanges of one capture: requests and answers.
fn capture(name: &str) -> Vec<Value> {
    let vectors = vectors();
    let captures = vectors["captures"].as_array().unwrap();
    let found = captures.iter().find(|capture| capture["name"] == name).unwrap_or_else(|| panic!("{name}"));
    found["exchanges"].as_array().unwrap().clone()
}

/// A request of ours that matches its own vector instead of a capture.
fn made(name: &str) -> Value {
    let vectors = vectors();
    let made = vectors["made"].as_array().unwrap();
    made.iter().find(|made| made["name"].as_str().unwrap().starts_with(name)).unwrap().clone()
}

fn answer(exchange: &Value) -> Response {
    let answer = &exchange["answer"];
    let headers = answer["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect();
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    Response { status, headers, body: Body::read(answer["body"].as_str().unwrap().as_bytes()) }
}

/// Asks the question, and answers each request as the capture does.
fn asked<T>(question: &(impl Question<T> + ?Sized), exchanges: &[Value]) -> (Vec<Step>, Option<T>) {
    let now: Timestamp = "2026-11-25T22:39:09Z".parse().unwrap();
    let (mut answers, mut steps) = (Vec::new(), Vec::new());
    let mut exchanges = exchanges.iter();
    loop {
        match question.next(now, &mut Answers::new(&answers)) {
            Ok(result) => return (steps, Some(result)),
            Err(Next::Failed(_)) => return (steps, None),
            Err(Next::Read(_)) => answers.push(Answer::Text(format!("{TOKEN}\n").into())),
            Err(Next::Send(step)) => {
                let answer = exchanges.next().map(answer).unwrap();
                answers.push(Answer::Response((step.read)(&answer).map(|()| answer)));
                steps.push(*step);
            }
        }
    }
}

/// The question that an environment's credentials are.
fn exchange(cloud: &dyn Cloud, variables: &[(&str, &str)], check: impl FnOnce(&dyn Question<Issued>)) {
    let env: Env = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let found = chain::find(&Context::of(&env), cloud.sources()).unwrap();
    let Way::Exchange(exchange, _) = found.way else { panic!("{}", found.name) };
    check(&*exchange);
}

fn pairs(encoded: &str) -> BTreeMap<String, String> {
    let url = format!("http://a/?{encoded}");
    let url = reqwest::Url::parse(&url).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// What of a request is the vendor's: headers of the client apart.
fn is_vendors(name: &str) -> bool {
    let name = name.to_lowercase();
    let of_client =
        ["user-agent", "accept-encoding", "accept", "connection", "host", "content-length", "content-type"];
    // Made by the signature, which has vectors of its own.
    let of_signature =
        ["authorization", "x-sdk-date", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"];
    !of_client.contains(&&*name) && !of_signature.contains(&&*name)
}

/// Compares a request with a captured one. `without` names parameters that only the capture has.
#[track_caller]
fn same(step: &Step, wanted: &Value, without: &[&str]) {
    let (path, query) = wanted["target"]
        .as_str()
        .unwrap()
        .split_once('?')
        .unwrap_or((wanted["target"].as_str().unwrap(), ""));
    let request = &step.request;
    assert_eq!(request.method.to_string(), wanted["method"].as_str().unwrap());
    let (own_path, encoded) = request.path.split_once('?').unwrap_or((&request.path, ""));
    assert_eq!(own_path, path);
    let mut own: BTreeMap<_, _> = pairs(encoded);
    own.extend(request.query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let mut wanted_query = pairs(query);
    wanted_query.retain(|name, _| !without.contains(&&**name));
    assert_eq!(own, wanted_query);
    let own: BTreeMap<String, String> = request
        .headers
        .iter()
        .map(|header| (header.name.to_lowercase(), header.expose().to_owned()))
        .filter(|(name, _)| is_vendors(name))
        .collect();
    let headers = wanted["headers"].as_object().unwrap().iter();
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
    let headers: BTreeMap<_, _> =
        headers.filter(|(name, _)| is_vendors(name) && !without.contains(&&**name)).collect();
    assert_eq!(own, headers);
    let (own, wanted_body) = (request.body.expose(), wanted["body"].as_str().unwrap_or_default());
    match (serde_json::from_str::<Value>(own), serde_json::from_str::<Value>(wanted_body)) {
        (Ok(own), Ok(wanted)) => assert_eq!(own, wanted),
        _ => assert_eq!(pairs(own), pairs(&wanted_body.replace("%0A", ""))),
    }
    // The token is in no address, and a body with one is never shown.
    assert!(!format!("{request:?}").contains(TOKEN));
}

fn keys(issued: &Issued) -> [&str; 3] {
    let Credentials::Keys(Keys { access_key_id, access_key_secret, security_token }) = &issued.credentials
    else {
        panic!("no keys");
    };
    let token = security_token.as_ref().unwrap();
    [access_key_id, access_key_secret, token].map(ExposeSecret::expose_secret)
}

const ALIBABA_KEYS: [&str; 3] =
    ["STS.FakeSessionKeyId01", "FakeSessionSecret0123456789abcdef", "FakeSecurityToken/+=="];
const HUAWEI_KEYS: [&str; 3] =
    ["HSTFAKEACCESS0000001", "FakeHuaweiSecret000000000000000000000001", "FakeHuaweiSecurityToken//=="];
const ALIBABA_ROLE: [(&str, &str); 2] = [
    ("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1234567890123456:role/deploy"),
    ("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1234567890123456:oidc-provider/github"),
];
const HUAWEI_AGENCY: [(&str, &str); 2] = [
    ("HUAWEICLOUD_OIDC_PROVIDER_URN", "iam::0123456789abcdef0123456789abcdef:oidcProvider:github"),
    ("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::0123456789abcdef0123456789abcdef:agency:deploy"),
];

#[test]
fn alibaba_assume_role() {
    let variables = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "FAKEKEYID0000001"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "FakeKeySecret0000000000000001"),
        ALIBABA_ROLE[0],
    ];
    let exchanges = capture("python alibabacloud_sts20150401 1.2.0 AssumeRole");
    exchange(&Alibaba, &variables, |question| {
        let (steps, issued) = asked(question, &exchanges);
        same(&steps[0], &made("ours: AssumeRole,"), &[]);
        assert!(matches!(steps[0].signed_with, Some(Credentials::Keys(_))));
        assert_eq!(steps[0].endpoint.authority(), "sts.aliyuncs.com");
        assert_eq!(keys(&issued.unwrap()), ALIBABA_KEYS);
    });
}

#[test]
fn alibaba_assume_role_with_oidc() {
    for token in [("ALIBABA_CLOUD_OIDC_TOKEN", TOKEN), ("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/var/run/token")] {
        let variables = [ALIBABA_ROLE[0], ALIBABA_ROLE[1], token];
        let exchanges = capture("node @alicloud/credentials 2.4.7 OIDC");
        exchange(&Alibaba, &variables, |question| {
            let (steps, issued) = asked(question, &exchanges);
            same(&steps[0], &made("ours: AssumeRoleWithOIDC"), &[]);
            assert_eq!(steps[0].request.body.expose(), made("ours: AssumeRoleWithOIDC")["body"]);
            assert!(steps[0].signed_with.is_none());
            assert_eq!(keys(&issued.unwrap()), ALIBABA_KEYS);
        });
    }
}

#[test]
fn alibaba_ecs_metadata() {
    let exchanges = capture("python alibabacloud_credentials 1.0.12 ECS role named");
    let role = exchanges[1]["target"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    exchange(&Alibaba, &[("ALIBABA_CLOUD_ECS_METADATA", &role)], |question| {
        let (steps, issued) = asked(question, &exchanges);
        assert_eq!(steps.len(), exchanges.len());
        for (step, wanted) in steps.iter().zip(&exchanges) {
            same(step, wanted, &[]);
            assert_eq!(step.endpoint.url("/", ""), "http://100.100.100.200/");
        }
        assert_eq!(keys(&issued.unwrap()), ALIBABA_KEYS);
    });
}

#[test]
fn alibaba_credentials_uri() {
    let exchanges = capture("python alibabacloud_credentials 1.0.12 credentials URI");
    let uri = format!("http://127.0.0.1:1{}", exchanges[0]["target"].as_str().unwrap());
    exchange(&Alibaba, &[("ALIBABA_CLOUD_CREDENTIALS_URI", &uri)], |question| {
        let (steps, issued) = asked(question, &exchanges);
        same(&steps[0], &exchanges[0], &[]);
        assert_eq!(keys(&issued.unwrap()), ALIBABA_KEYS);
    });
}

#[test]
fn huawei_assume_agency_with_oidc() {
    for form in ["", ", expiration without fraction", ", expiration with milliseconds"] {
        let exchanges = capture(&format!("huaweicloudsdkcore 3.1.219 OIDC STS{form}"));
        let token = ("HUAWEICLOUD_OIDC_ID_TOKEN", TOKEN);
        exchange(&Huawei, &[HUAWEI_AGENCY[0], HUAWEI_AGENCY[1], token], |question| {
            let (steps, issued) = asked(question, &exchanges);
            same(&steps[0], &exchanges[0], &[]);
            assert!(steps[0].signed_with.is_none());
            assert_eq!(steps[0].endpoint.authority(), "sts.cn-north-4.myhuaweicloud.com");
            let issued = issued.unwrap();
            assert_eq!(keys(&issued), HUAWEI_KEYS);
            assert_eq!(issued.expires.as_second(), 1_795_737_600);
        });
    }
}

#[test]
fn huawei_federation_with_the_older_iam() {
    let mut exchanges = capture("huaweicloudsdkcore 3.1.219 federation (idp_id and id token file)");
    // The SDK asks for six hours; what can be renewed is asked for one here.
    let body = exchanges[1]["body"].as_str().unwrap().replace("21600", "3600");
    exchanges[1]["body"] = body.into();
    let variables =
        [("HUAWEICLOUD_SDK_IDP_ID", "github"), ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "/var/run/token")];
    exchange(&Huawei, &variables, |question| {
        let (steps, issued) = asked(question, &exchanges);
        for (step, wanted) in steps.iter().zip(&exchanges) {
            same(step, wanted, &[]);
            assert_eq!(step.endpoint.authority(), "iam.myhuaweicloud.com");
        }
        assert_eq!(steps.len(), 2);
        assert_eq!(keys(&issued.unwrap()), HUAWEI_KEYS);
    });
}

#[test]
fn huawei_metadata() {
    for form in ["", ", no v2", ", key answers 401 once"] {
        let exchanges = capture(&format!("huaweicloudsdkcore 3.1.219 metadata{form}"));
        exchange(&Huawei, &[("HUAWEICLOUD_ECS_METADATA", "true")], |question| {
            let (steps, issued) = asked(question, &exchanges);
            assert_eq!(steps.len(), exchanges.len(), "{form}");
            for (step, wanted) in steps.iter().zip(&exchanges) {
                same(step, wanted, &[]);
                assert_eq!(step.endpoint.url("/", ""), "http://169.254.169.254/");
            }
            assert_eq!(keys(&issued.unwrap()), HUAWEI_KEYS);
        });
    }
}

#[test]
fn huawei_look_ups() {
    let env = Env::default();
    let context = Context { region: Some("cn-north-4".to_owned()), ..Context::of(&env) };
    let credentials = Credentials::Keys(Keys {
        access_key_id: "HWFAKEACCESS00000001".into(),
        access_key_secret: "FakeHuaweiSecret00000000000000000000000X".into(),
        security_token: None,
    });
    let cases = [
        ("project_id", "project look-up, 1 found", Some("0".repeat(32))),
        ("project_id", "project look-up, 0 found", None),
        ("project_id", "project look-up, 2 found", None),
        ("domain_id", "domain look-up, 1 found", Some("d".repeat(32))),
        ("domain_id", "domain look-up, 0 found", Some("d".repeat(32))),
        ("domain_id", "domain look-up with temporary keys", Some("d".repeat(32))),
    ];
    for (input, name, id) in cases {
        let exchanges = capture(&format!("huaweicloudsdkcore 3.1.219 {name}"));
        let question = Huawei.look_up(input, &context, credentials.clone()).unwrap().unwrap();
        let (steps, found) = asked(&*question, &exchanges);
        assert_eq!(steps.len(), exchanges.len(), "{name}");
        for (step, wanted) in steps.iter().zip(&exchanges) {
            same(step, wanted, &["x-security-token"]);
            assert!(step.signed_with.is_some());
        }
        assert_eq!(found, id, "{name}");
    }
}

/// Every documented refusal is one, and what passes is repeated.
#[test]
fn error_bodies_are_refusals_of_credentials() {
    use release_step::error::FailureClass::{Rejected, Throttled};
    let vectors = vectors();
    for error in vectors["errors"].as_array().unwrap() {
        let cloud = error["cloud"].as_str().unwrap();
        let variables: Vec<(&str, &str)> = match cloud {
            "alibaba" => vec![ALIBABA_ROLE[0], ALIBABA_ROLE[1], ("ALIBABA_CLOUD_OIDC_TOKEN", TOKEN)],
            "huawei" => vec![HUAWEI_AGENCY[0], HUAWEI_AGENCY[1], ("HUAWEICLOUD_OIDC_ID_TOKEN", TOKEN)],
            _ => vec![("HUAWEICLOUD_ECS_METADATA", "true")],
        };
        let vendor: &dyn Cloud = if cloud == "alibaba" { &Alibaba } else { &Huawei };
        let body = error["body"].as_str().unwrap();
        exchange(vendor, &variables, |question| {
            let now = Timestamp::UNIX_EPOCH;
            let Err(Next::Send(step)) = question.next(now, &mut Answers::new(&[])) else { panic!("{body}") };
            let status = u16::try_from(error["http_status"].as_u64().unwrap()).unwrap();
            let response = Response { status, headers: Vec::new(), body: Body::read(body.as_bytes()) };
            let failed = (step.read)(&response).unwrap_err();
            let class = if body.contains("Throttling") { Throttled } else { Rejected };
            assert_eq!(failed.class, class, "{body}");
            if let Some(code) = error["code"].as_str() {
                assert_eq!(failed.answer.code.as_deref(), Some(code));
                assert!(failed.hint.is_some(), "{code} has no hint");
            }
        });
    }
}

#[test]
fn the_ci_is_asked_for_one_audience() {
    let cases = [
        (
            "https://run-actions-1-azure-eastus.actions.githubusercontent.com/1//idtoken/aaaa/bbbb?api-version=2.0",
            "sts.aliyuncs.com",
            "https://run-actions-1-azure-eastus.actions.githubusercontent.com/1//idtoken/aaaa/bbbb?api-version=2.0&audience=sts.aliyuncs.com",
        ),
        (
            "https://forge.example/api/actions/_apis/pipelines/workflows/37/idtoken?placeholder=true",
            "https://a.example/x?y=1&z=2",
            "https://forge.example/api/actions/_apis/pipelines/workflows/37/idtoken?placeholder=true&audience=https%3A%2F%2Fa.example%2Fx%3Fy%3D1%26z%3D2",
        ),
        (
            "https://forge.example/idtoken",
            "sts.huaweicloud.com",
            "https://forge.example/idtoken?audience=sts.huaweicloud.com",
        ),
        (
            "https://forge.example/idtoken?api-version=2.0&audience=other",
            "mine",
            "https://forge.example/idtoken?api-version=2.0&audience=mine",
        ),
    ];
    for (url, audience, wanted) in cases {
        assert_eq!(for_audience(url, audience).as_deref(), Some(wanted));
    }
    let asking = |url| {
        let variables = [
            ALIBABA_ROLE[0],
            ALIBABA_ROLE[1],
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "FAKE-REQUEST-TOKEN"),
        ];
        let env = Env::from(variables);
        chain::find(&Context::of(&env), Alibaba.sources()).map(|_| ())
    };
    assert!(asking("https://forge.example/idtoken").is_ok());
    let refused = asking("http://forge.example/idtoken").unwrap_err();
    assert_eq!(refused.kind.exit_status(), 3);
    insta::assert_snapshot!(refused.to_string(), @"
    `ACTIONS_ID_TOKEN_REQUEST_URL` is not encrypted: `http` is for loopback only, use `https`; nothing was sent
    hint: it is the CI that sets it: hand it on to this process as it is
    ");
}
