use std::fmt::Write as _;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::TokenUse;
use crate::{
    Answer, Ending, Request, Sandbox,
    vectors::{Exchange, captured, errors, shape},
    world,
};

fn now() -> Timestamp {
    "2026-11-25T22:39:09Z".parse().unwrap()
}

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| answer.text().into())
}

fn deliver(sandbox: &mut Sandbox, at: Timestamp, request: &Request) -> Answer {
    match sandbox.deliver(at, request).ending {
        Ending::Answer(answer) => answer,
        ending => panic!("{ending:?}"),
    }
}

/// Repeats a capture with the tokens that this sandbox gives, and holds every answer against the captured one.
fn repeat(sandbox: &mut Sandbox, exchanges: Vec<Exchange>) {
    let mut token = None;
    for mut exchange in exchanges {
        for (name, value) in &mut exchange.request.headers {
            if name.ends_with("metadata-token") {
                *value = token.clone().unwrap();
            }
        }
        let answer = deliver(sandbox, now(), &exchange.request);
        let (name, seen) = (&exchange.name, body(&answer));
        assert_eq!(u64::from(answer.status), exchange.answer["status"].as_u64().unwrap(), "{name}");
        match answer.status {
            200 => assert_eq!(shape(&seen), shape(&exchange.body()), "{name}"),
            401 => assert_eq!(answer.text(), exchange.answer["body"].as_str().unwrap(), "{name}"),
            _ => {}
        }
        if exchange.request.method == "PUT" {
            token = Some(answer.text());
        }
    }
}

#[test]
fn every_exchange_of_the_vendors_providers_is_served() {
    let alibaba = "python alibabacloud_credentials 1.0.12";
    for name in ["ECS role named", "ECS role not named"] {
        for usage in [TokenUse::Optional, TokenUse::Required] {
            let mut sandbox = Sandbox::new();
            sandbox.alibaba.metadata.token_use = usage;
            repeat(&mut sandbox, captured(&format!("{alibaba} {name}")));
        }
    }
    let mut uri = captured(&format!("{alibaba} credentials URI"));
    uri[0].request.target = world::ALIBABA_CREDENTIALS_TARGET.into();
    repeat(&mut Sandbox::new(), uri);

    let huawei = |name: &str| {
        let all = captured("huaweicloudsdkcore 3.1.219 metadata");
        all.into_iter().filter(|exchange| exchange.name.ends_with(name)).collect()
    };
    repeat(&mut Sandbox::new(), huawei(" metadata"));
    let mut without = Sandbox::new();
    without.huawei.metadata.token_use = TokenUse::Unknown;
    repeat(&mut without, huawei("no v2"));
    let mut stale = Sandbox::new();
    stale.faults.push("GetSecurityKey: error 401 unauthorized".parse().unwrap());
    repeat(&mut stale, huawei("401 once"));
}

#[test]
fn a_server_without_an_agency_is_told_so_to_the_letter() {
    let [(status, text)] = &errors("huawei metadata")[..] else { panic!("one error is expected") };
    let mut sandbox = Sandbox::new();
    sandbox.arrange("metadata no-role").unwrap();
    let request = Request {
        method: "GET".into(),
        target: "/openstack/latest/securitykey".into(),
        ..Request::default()
    };
    let answer = sandbox.handle(now(), &request);
    assert_eq!((answer.status, answer.text()), (*status, text.clone()));
}

/// Method, path, and at most one header.
type Question<'a> = (&'a str, &'a str, &'a str, &'a str);

fn ask(sandbox: &mut Sandbox, at: Timestamp, (method, target, name, value): Question<'_>) -> String {
    let mut headers = vec![("Host".to_owned(), "127.0.0.1:4242".to_owned())];
    headers.extend((!name.is_empty()).then(|| (name.to_owned(), value.to_owned())));
    let request = Request { method: method.into(), target: target.into(), headers, body: Vec::new() };
    let answer = sandbox.handle(at, &request);
    let text = if answer.text().contains("AccessKeySecret") || answer.text().contains("securitytoken") {
        "keys".to_owned()
    } else {
        answer.text()
    };
    format!("{} {text}", answer.status)
}

#[test]
fn what_is_wrong_with_a_question_is_refused() {
    const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
    let role = format!("{ROLES}{}", world::ALIBABA_ECS_ROLE);
    let (ecs, key) = ("X-aliyun-ecs-metadata-token", "/openstack/latest/securitykey");
    let ttl = ("X-aliyun-ecs-metadata-token-ttl-seconds", "X-Metadata-Token-Ttl-Seconds");
    let questions: [Question<'_>; 13] = [
        ("GET", &role, "", ""),
        ("GET", &role, ecs, "x"),
        ("POST", &role, "", ""),
        ("GET", ROLES, "", ""),
        ("GET", &format!("{ROLES}other"), "", ""),
        ("GET", key, "", ""),
        ("GET", key, "X-Metadata-Token", "x"),
        ("PUT", "/latest/api/token", ttl.0, "21601"),
        ("PUT", "/latest/api/token", "", ""),
        ("GET", "/latest/api/token", ttl.0, "60"),
        ("PUT", "/meta-data/latest/api/token", ttl.1, "0"),
        ("POST", "/credentials", "", ""),
        ("GET", "/credentials?any=thing", "", ""),
    ];
    let mut lines = String::new();
    for (mode, questions) in [
        ("optional-token", &questions[..]),
        ("required-token", &questions[..8]),
        ("no-token", &questions[..8]),
        ("no-role", &questions[..6]),
    ] {
        let mut sandbox = Sandbox::new();
        sandbox.arrange(&format!("metadata {mode}")).unwrap();
        writeln!(lines, "{mode}").unwrap();
        for question in questions {
            let (method, target, name, value) = question;
            let said = ask(&mut sandbox, now(), *question);
            writeln!(lines, "  {method:4} {target:58} {name:38} {value:5} {said}").unwrap();
        }
    }
    assert_snapshot!(lines, @r#"
    optional-token
      GET  /latest/meta-data/ram/security-credentials/deploy-role                                                  200 keys
      GET  /latest/meta-data/ram/security-credentials/deploy-role     X-aliyun-ecs-metadata-token            x     401 {"code":"unauthorized","message":"invalid token"}
      POST /latest/meta-data/ram/security-credentials/deploy-role                                                  405 405 - Method Not Allowed
      GET  /latest/meta-data/ram/security-credentials/                                                             200 deploy-role
      GET  /latest/meta-data/ram/security-credentials/other                                                        404 404 - Not Found
      GET  /openstack/latest/securitykey                                                                           200 keys
      GET  /openstack/latest/securitykey                              X-Metadata-Token                       x     401 {"code":"unauthorized","message":"invalid token"}
      PUT  /latest/api/token                                          X-aliyun-ecs-metadata-token-ttl-seconds 21601 400 400 - Bad Request
      PUT  /latest/api/token                                                                                       400 400 - Bad Request
      GET  /latest/api/token                                          X-aliyun-ecs-metadata-token-ttl-seconds 60    405 405 - Method Not Allowed
      PUT  /meta-data/latest/api/token                                X-Metadata-Token-Ttl-Seconds           0     400 400 - Bad Request
      POST /credentials                                                                                            405 405 - Method Not Allowed
      GET  /credentials?any=thing                                                                                  200 keys
    required-token
      GET  /latest/meta-data/ram/security-credentials/deploy-role                                                  403 403 - Forbidden
      GET  /latest/meta-data/ram/security-credentials/deploy-role     X-aliyun-ecs-metadata-token            x     401 {"code":"unauthorized","message":"invalid token"}
      POST /latest/meta-data/ram/security-credentials/deploy-role                                                  405 405 - Method Not Allowed
      GET  /latest/meta-data/ram/security-credentials/                                                             403 403 - Forbidden
      GET  /latest/meta-data/ram/security-credentials/other                                                        403 403 - Forbidden
      GET  /openstack/latest/securitykey                                                                           403 403 - Forbidden
      GET  /openstack/latest/securitykey                              X-Metadata-Token                       x     401 {"code":"unauthorized","message":"invalid token"}
      PUT  /latest/api/token                                          X-aliyun-ecs-metadata-token-ttl-seconds 21601 400 400 - Bad Request
    no-token
      GET  /latest/meta-data/ram/security-credentials/deploy-role                                                  200 keys
      GET  /latest/meta-data/ram/security-credentials/deploy-role     X-aliyun-ecs-metadata-token            x     401 {"code":"unauthorized","message":"invalid token"}
      POST /latest/meta-data/ram/security-credentials/deploy-role                                                  405 405 - Method Not Allowed
      GET  /latest/meta-data/ram/security-credentials/                                                             200 deploy-role
      GET  /latest/meta-data/ram/security-credentials/other                                                        404 404 - Not Found
      GET  /openstack/latest/securitykey                                                                           200 keys
      GET  /openstack/latest/securitykey                              X-Metadata-Token                       x     401 {"code":"unauthorized","message":"invalid token"}
      PUT  /latest/api/token                                          X-aliyun-ecs-metadata-token-ttl-seconds 21601 404 404 - Not Found
    no-role
      GET  /latest/meta-data/ram/security-credentials/deploy-role                                                  404 404 - Not Found
      GET  /latest/meta-data/ram/security-credentials/deploy-role     X-aliyun-ecs-metadata-token            x     401 {"code":"unauthorized","message":"invalid token"}
      POST /latest/meta-data/ram/security-credentials/deploy-role                                                  405 405 - Method Not Allowed
      GET  /latest/meta-data/ram/security-credentials/                                                             404 404 - Not Found
      GET  /latest/meta-data/ram/security-credentials/other                                                        404 404 - Not Found
      GET  /openstack/latest/securitykey                                                                           401 Please configure Cloud Service Agency first
    "#);
}

#[test]
fn a_metadata_address_has_nothing_but_its_own_service() {
    let answers = [
        ("100.100.100.200", "/latest/meta-data/ram/security-credentials/"),
        ("100.100.100.200:8080", "/openstack/latest/securitykey"),
        ("100.100.100.200", "/v1/x"),
        ("169.254.169.254", "/latest/meta-data/ram/security-credentials/"),
        ("169.254.169.254", "/openstack/latest/securitykey"),
        ("169.254.169.254", "/"),
        ("169.254.169.2540", "/v1/x"),
    ]
    .map(|(host, target)| {
        let headers = vec![("host".into(), host.into())];
        let request = Request { method: "GET".into(), target: target.into(), headers, body: Vec::new() };
        Sandbox::new().handle(now(), &request).status
    });
    assert_eq!(answers, [200, 404, 404, 404, 200, 404, 404]);
}

#[test]
fn a_token_and_keys_last_as_long_as_they_say() {
    let mut sandbox = Sandbox::new();
    sandbox.arrange("session 20s").unwrap();
    let at = |seconds| now() + SignedDuration::from_secs(seconds);
    let put = ("PUT", "/meta-data/latest/api/token", "X-Metadata-Token-Ttl-Seconds", "60");
    let token = ask(&mut sandbox, now(), put);
    let token = token.strip_prefix("200 ").unwrap();
    let get = ("GET", "/openstack/latest/securitykey", "X-Metadata-Token", token);
    let secrets = [0, 9, 10, 59].map(|seconds| {
        assert_eq!(ask(&mut sandbox, at(seconds), get), "200 keys");
        let accounts = &sandbox.huawei.accounts;
        (accounts.len() - 3, accounts.last().unwrap().expires.unwrap().duration_since(now()).as_secs())
    });
    // New keys are given when half of the old ones' life is over.
    assert_eq!(secrets, [(1, 20), (1, 20), (2, 30), (3, 79)]);
    assert_eq!(ask(&mut sandbox, at(60), get), r#"401 {"code":"unauthorized","message":"invalid token"}"#);
}

#[test]
fn what_somebody_revokes_is_refused_from_then_on() {
    let mut sandbox = Sandbox::new();
    let keys = ("GET", "/credentials", "", "");
    let security_key = ("GET", "/openstack/latest/securitykey", "", "");
    sandbox.faults.push("metadata 3: somebody revokes sessions".parse().unwrap());
    sandbox.faults.push("metadata 5: somebody revokes trust".parse().unwrap());
    let mut lines = Vec::new();
    for (second, (method, target, ..)) in
        [keys, security_key, keys, keys, keys, keys, security_key].into_iter().enumerate()
    {
        let at = now() + SignedDuration::from_secs(i64::try_from(second).unwrap());
        let request = Request { method: method.into(), target: target.into(), ..Request::default() };
        let status = deliver(&mut sandbox, at, &request).status;
        let accounts = sandbox.alibaba.accounts.iter().chain(&sandbox.huawei.accounts);
        let given: Vec<_> = accounts.filter(|account| account.principal.is_some()).collect();
        let alive = given.iter().filter(|account| !account.expired(at)).count();
        lines.push(format!("{target}: {status}, {alive} of {} alive", given.len()));
    }
    assert_snapshot!(lines.join("\n"), @"
    /credentials: 200, 1 of 1 alive
    /openstack/latest/securitykey: 200, 2 of 2 alive
    /credentials: 200, 0 of 2 alive
    /credentials: 200, 1 of 3 alive
    /credentials: 200, 1 of 3 alive
    /credentials: 404, 1 of 3 alive
    /openstack/latest/securitykey: 401, 1 of 3 alive
    ");
    assert_eq!(sandbox.effects(), []);
    let roles = &sandbox.alibaba.sts.roles;
    assert!(roles.iter().all(|role| !role.trusts_keys && role.trusts.is_empty()));
}
