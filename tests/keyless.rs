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
    `ACTIONS_ID_TOKEN_REQUEST_URL` is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`; nothing was sent
    hint: it is the CI that sets it: hand it on to this process as it is
    ");
}

/// A word by which a source's name is known, and its variables.
type Named = (&'static str, &'static [(&'static str, &'static str)]);

/// Every source of each cloud, in the order in which they are looked for.
const ALIBABA_SOURCES: [Named; 7] = [
    (
        "`ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`",
        &[
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "FAKEKEYID0000001"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "FakeKeySecret0000000000000001"),
        ],
    ),
    (
        "`ALICLOUD_ACCESS_KEY` with",
        &[
            ("ALICLOUD_ACCESS_KEY", "FAKEKEYID0000002"),
            ("ALICLOUD_SECRET_KEY", "FakeKeySecret0000000000000002"),
        ],
    ),
    (
        "`ALIBABACLOUD_ACCESS_KEY_ID` with",
        &[
            ("ALIBABACLOUD_ACCESS_KEY_ID", "FAKEKEYID0000003"),
            ("ALIBABACLOUD_ACCESS_KEY_SECRET", "FakeKeySecret0000000000000003"),
        ],
    ),
    ("`ALIBABA_CLOUD_OIDC_TOKEN`", &[ALIBABA_ROLE[0], ALIBABA_ROLE[1], ("ALIBABA_CLOUD_OIDC_TOKEN", TOKEN)]),
    ("`ALIBABA_CLOUD_PROFILE`", &[("ALIBABA_CLOUD_PROFILE", "ci")]),
    ("`ALIBABA_CLOUD_ECS_METADATA`", &[("ALIBABA_CLOUD_ECS_METADATA", "deploy")]),
    ("`ALIBABA_CLOUD_CREDENTIALS_URI`", &[("ALIBABA_CLOUD_CREDENTIALS_URI", "https://keys.example/a?b=c")]),
];
const HUAWEI_SOURCES: [Named; 10] = [
    ("`HUAWEICLOUD_AUTH_TOKEN`", &[("HUAWEICLOUD_AUTH_TOKEN", "MIIF-one")]),
    ("`HW_AUTH_TOKEN`", &[("HW_AUTH_TOKEN", "MIIF-two")]),
    (
        "`HUAWEICLOUD_SDK_AK` with",
        &[("HUAWEICLOUD_SDK_AK", "HWFAKE01"), ("HUAWEICLOUD_SDK_SK", "FakeSecret01")],
    ),
    ("`HW_ACCESS_KEY` with", &[("HW_ACCESS_KEY", "HWFAKE02"), ("HW_SECRET_KEY", "FakeSecret02")]),
    ("`CLOUD_SDK_AK` with", &[("CLOUD_SDK_AK", "HWFAKE03"), ("CLOUD_SDK_SK", "FakeSecret03")]),
    (
        "`HUAWEI_CLOUD_ACCESS_KEY_ID` with",
        &[("HUAWEI_CLOUD_ACCESS_KEY_ID", "HWFAKE04"), ("HUAWEI_CLOUD_SECRET_ACCESS_KEY", "FakeSecret04")],
    ),
    (
        "`HUAWEICLOUD_OIDC_ID_TOKEN`",
        &[HUAWEI_AGENCY[0], HUAWEI_AGENCY[1], ("HUAWEICLOUD_OIDC_ID_TOKEN", TOKEN)],
    ),
    (
        "`HUAWEICLOUD_SDK_IDP_ID` with",
        &[("HUAWEICLOUD_SDK_IDP_ID", "github"), ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "/var/run/token")],
    ),
    ("`HUAWEICLOUD_SDK_CREDENTIALS_FILE`", &[("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/no/such/file")]),
    ("`HUAWEICLOUD_ECS_METADATA`", &[("HUAWEICLOUD_ECS_METADATA", "true")]),
];

fn env(variables: impl IntoIterator<Item = (&'static str, &'static str)>) -> Env {
    variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// What the chain takes; a file is only named, as nothing is to be read here.
fn taken(cloud: &dyn Cloud, env: &Env) -> Result<String, String> {
    let context = Context::of(env);
    for source in cloud.sources() {
        match source.look(&context, true) {
            Ok(None) => {}
            Ok(Some(found)) => return Ok(found.name),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("none".to_owned())
}

#[test]
fn of_each_two_sources_the_first_is_taken() {
    let clouds: [(&dyn Cloud, &[Named]); 2] = [(&Alibaba, &ALIBABA_SOURCES), (&Huawei, &HUAWEI_SOURCES)];
    for (cloud, sources) in clouds {
        for (place, (name, variables)) in sources.iter().enumerate() {
            let found = taken(cloud, &env(variables.iter().copied())).unwrap();
            assert!(found.contains(name), "{found} is not {name}");
            for (later, others) in &sources[place + 1..] {
                let both = env(variables.iter().chain(*others).copied());
                // Keys beside a keyless role are taken as they are: the role is for the token.
                let found = taken(cloud, &both).unwrap();
                assert!(found.contains(name), "{found}, of {name} and {later}");
            }
        }
    }
}

#[test]
fn keys_with_a_role_assume_it_unless_there_is_a_provider() {
    let keys = ALIBABA_SOURCES[1].1;
    let with_role = env(keys.iter().copied().chain([ALIBABA_ROLE[0]]));
    assert_eq!(taken(&Alibaba, &with_role).unwrap(), "`ALICLOUD_ACCESS_KEY` with `ALIBABA_CLOUD_ROLE_ARN`");
    let with_provider = env(keys.iter().copied().chain(ALIBABA_ROLE));
    assert_eq!(taken(&Alibaba, &with_provider).unwrap(), "`ALICLOUD_ACCESS_KEY` with `ALICLOUD_SECRET_KEY`");
}

#[test]
fn half_a_source_before_any_complete_one_is_an_error_and_after_it_none() {
    let halves =
        [(&Alibaba as &dyn Cloud, &ALIBABA_SOURCES[..]), (&Huawei as &dyn Cloud, &HUAWEI_SOURCES[..])];
    for (cloud, sources) in halves {
        let of_two = sources.iter().enumerate().filter(|(_, (_, variables))| variables.len() > 1);
        for (place, (name, variables)) in of_two {
            for left_out in 0..variables.len() {
                let rest = variables.iter().enumerate().filter(|(number, _)| *number != left_out);
                let half: Vec<_> = rest.map(|(_, variable)| *variable).collect();
                assert!(chain_of(cloud, &env(half.iter().copied())).is_err(), "{name} without {left_out}");
                if place > 0 {
                    let first = sources[0].1.iter().copied();
                    assert!(
                        chain_of(cloud, &env(first.chain(half.iter().copied()))).is_ok(),
                        "{name} behind"
                    );
                }
            }
        }
    }
}

fn chain_of(cloud: &dyn Cloud, env: &Env) -> Result<String, String> {
    chain::find(&Context::of(env), cloud.sources()).map(|found| found.name).map_err(|error| error.to_string())
}

#[test]
fn where_the_services_are() {
    let sts = |more: &[(&'static str, &'static str)]| {
        let all = env(ALIBABA_SOURCES[3].1.iter().chain(more).copied());
        first_endpoint(&Alibaba, &Context::of(&all))
    };
    assert_eq!(sts(&[]), "sts.aliyuncs.com");
    let region = ("ALIBABA_CLOUD_STS_REGION", "cn-hangzhou");
    assert_eq!(sts(&[region]), "sts.cn-hangzhou.aliyuncs.com");
    assert_eq!(
        sts(&[region, ("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true")]),
        "sts-vpc.cn-hangzhou.aliyuncs.com"
    );
    assert_eq!(sts(&[("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true")]), "sts.aliyuncs.com");
    assert_eq!(sts(&[region, ("ALIBABA_CLOUD_STS_ENDPOINT", "sts.example")]), "sts.example");
    let huawei = |place: usize, region: Option<&str>, more: &[(&'static str, &'static str)]| {
        let all = env(HUAWEI_SOURCES[place].1.iter().chain(more).copied());
        first_endpoint(&Huawei, &Context { region: region.map(str::to_owned), ..Context::of(&all) })
    };
    assert_eq!(huawei(6, Some("ap-southeast-3"), &[]), "sts.ap-southeast-3.myhuaweicloud.com");
    assert_eq!(huawei(6, Some("cn-north-9"), &[]), "sts.cn-north-4.myhuaweicloud.com");
    assert_eq!(huawei(6, None, &[("HUAWEICLOUD_SDK_STS_ENDPOINT", "https://sts.example/")]), "sts.example");
    assert_eq!(huawei(7, Some("cn-north-9"), &[]), "iam.cn-north-9.myhuaweicloud.com");
    assert_eq!(huawei(7, Some("eu-west-101"), &[]), "iam.eu-west-101.myhuaweicloud.eu");
    assert_eq!(huawei(7, None, &[("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam.example")]), "iam.example");
}

fn first_endpoint(cloud: &dyn Cloud, context: &Context) -> String {
    let Way::Exchange(exchange, _) = chain::find(context, cloud.sources()).unwrap().way else {
        panic!("no exchange")
    };
    let mut answers = Vec::new();
    loop {
        match exchange.next(Timestamp::UNIX_EPOCH, &mut Answers::new(&answers)) {
            Err(Next::Send(step)) => return step.endpoint.authority(),
            Err(Next::Read(_)) => answers.push(Answer::Text(TOKEN.into())),
            _ => panic!("nothing is asked"),
        }
    }
}
