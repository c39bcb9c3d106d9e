use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Claims, Distrust, Provider, Trust};
use crate::{Request, Sandbox, world};

fn now() -> Timestamp {
    "2026-11-25T22:39:09Z".parse().unwrap()
}

fn provider() -> Provider {
    Provider {
        name: world::ALIBABA_PROVIDER_ARN.into(),
        issuer: world::GITHUB_ISSUER.into(),
        client_ids: vec![world::ALIBABA_AUDIENCE.into()],
    }
}

fn claims() -> Claims {
    Claims::new(now(), world::GITHUB_ISSUER, world::ALIBABA_AUDIENCE, world::GITHUB_SUBJECT)
}

#[test]
fn a_token_is_believed_as_long_as_everything_in_it_is_right() {
    let provider = provider();
    let after = |seconds| now() + SignedDuration::from_secs(seconds);
    let token = claims().token();
    assert_eq!(provider.believe(after(299), &token).unwrap(), claims());
    assert_eq!(provider.believe(now(), &format!("{token}\r\n")).unwrap(), claims());
    let several = Claims { audiences: vec!["other".into(), world::ALIBABA_AUDIENCE.into()], ..claims() };
    assert_eq!(provider.believe(now(), &several.token()).unwrap(), several);

    let other_issuer = Claims { issuer: world::GITLAB_ISSUER.into(), ..claims() };
    let other_audience = Claims { audiences: vec![world::HUAWEI_AUDIENCE.into()], ..claims() };
    let mut parts: Vec<_> = token.split('.').collect();
    let another = other_audience.token();
    parts[1] = another.split('.').nth(1).unwrap();
    for (token, at, why) in [
        (token.clone(), after(300), Distrust::Expired),
        (format!(" {token}"), now(), Distrust::Form),
        ("abc".into(), now(), Distrust::Parts),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.c2ln".into(), now(), Distrust::Form),
        (token.replacen("eyJhbGciOiJSUzI1NiI", "eyJhbGciOiJIUzI1NiI", 1), now(), Distrust::Form),
        (parts.join("."), now(), Distrust::Signature),
        (claims().forged_token(), now(), Distrust::Signature),
        (format!("{token}A"), now(), Distrust::Signature),
        (other_issuer.token(), now(), Distrust::Issuer),
        (other_audience.token(), now(), Distrust::Audience),
    ] {
        assert_eq!(provider.believe(at, &token), Err(why), "{token}");
    }
}

#[test]
fn a_condition_compares_whole_texts_and_the_provider() {
    let trust = Trust {
        provider: world::ALIBABA_PROVIDER_ARN.into(),
        issuer: world::GITHUB_ISSUER.into(),
        audiences: vec![world::ALIBABA_AUDIENCE.into()],
        subjects: vec![world::GITHUB_SUBJECT.into(), world::GITHUB_IMMUTABLE_SUBJECT.into()],
    };
    let with_subject = |subject: &str| Claims { subject: subject.into(), ..claims() };
    for subject in [world::GITHUB_SUBJECT, world::GITHUB_IMMUTABLE_SUBJECT] {
        assert!(trust.is_met(&provider(), &with_subject(subject)));
    }
    for subject in
        ["repo:acme/app", "repo:acme/app:ref:refs/heads/main2", "Repo:acme/app:ref:refs/heads/main"]
    {
        assert!(!trust.is_met(&provider(), &with_subject(subject)), "{subject}");
    }
    let elsewhere = Provider { name: "acs:ram::1:oidc-provider/other".into(), ..provider() };
    assert!(!trust.is_met(&elsewhere, &claims()));
}

fn ask(sandbox: &mut Sandbox, method: &str, target: &str, authorization: &str) -> String {
    let headers = vec![("Authorization".into(), authorization.into())];
    let request = Request { method: method.into(), target: target.into(), headers, body: Vec::new() };
    let answer = sandbox.handle(now(), &request);
    let body = answer.text();
    let found = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
    match found["value"].as_str() {
        None => format!("{} {body}", answer.status),
        Some(token) => {
            let claims = super::token::decode(token).unwrap();
            assert!(super::token::is_genuine(token));
            assert_eq!(found["count"], json!(1));
            let Claims { issuer, audiences, subject, issued, expires, .. } = claims;
            let life = expires.duration_since(issued).as_secs();
            format!("{} {issuer} {audiences:?} {subject} {life} s", answer.status)
        }
    }
}

#[test]
fn the_endpoint_issues_tokens_to_whom_knows_the_request_token() {
    let mut sandbox = Sandbox::new();
    let bearer = format!("bearer {}", world::ID_TOKEN_REQUEST_TOKEN);
    let github = format!("{}&audience=sts.aliyuncs.com", world::GITHUB_ID_TOKEN_TARGET);
    let forgejo = format!("{}&audience=https%3A%2F%2Fa.example%2Fx%3Fy%3D1", world::FORGEJO_ID_TOKEN_TARGET);
    let mut lines = vec![
        ask(&mut sandbox, "GET", &github, &bearer),
        ask(&mut sandbox, "GET", &forgejo, &bearer.replacen('b', "B", 1)),
        ask(&mut sandbox, "GET", &github, "bearer x"),
        ask(&mut sandbox, "GET", &github, world::ID_TOKEN_REQUEST_TOKEN),
        ask(&mut sandbox, "POST", &github, &bearer),
        ask(&mut sandbox, "GET", &format!("{github}&audience=other"), &bearer),
        ask(&mut sandbox, "GET", world::GITHUB_ID_TOKEN_TARGET, &bearer),
        ask(&mut sandbox, "GET", "/idtoken?audience=", &bearer),
    ];
    sandbox.identity.subject = world::GITHUB_IMMUTABLE_SUBJECT.into();
    sandbox.identity.lifetime = SignedDuration::from_secs(20);
    lines.push(ask(&mut sandbox, "GET", "/idtoken?audience=mine", &bearer));
    assert_snapshot!(lines.join("\n"), @r#"
    200 https://token.actions.githubusercontent.com ["sts.aliyuncs.com"] repo:acme/app:ref:refs/heads/main 300 s
    200 https://forge.example/api/actions ["https://a.example/x?y=1"] repo:acme/app:ref:refs/heads/main 300 s
    401 
    401 
    405 {"message":"The requested resource does not support the method."}
    400 {"message":"The audience must be given exactly once."}
    400 {"message":"The audience must be given exactly once."}
    400 {"message":"The audience must be given exactly once."}
    200 https://token.actions.githubusercontent.com ["mine"] repo:acme@123456/app@456789:ref:refs/heads/main 20 s
    "#);
    assert!(sandbox.requests().iter().all(|request| request.operation == "GetIdToken"));
}

#[test]
fn the_endpoint_has_its_own_faults() {
    let mut sandbox = Sandbox::new();
    for rule in ["identity 1: error 403 Pending", "identity 2: throttle", "identity 3: 503", "status: 500"] {
        sandbox.faults.push(rule.parse().unwrap());
    }
    let bearer = format!("bearer {}", world::ID_TOKEN_REQUEST_TOKEN);
    let headers = vec![("Authorization".into(), bearer)];
    let target = format!("{}&audience=mine", world::GITHUB_ID_TOKEN_TARGET);
    let request = Request { method: "GET".into(), target, headers, body: Vec::new() };
    let answers = [(); 4].map(|()| match sandbox.deliver(now(), &request).ending {
        crate::Ending::Answer(answer) if answer.status == 200 => "a token".into(),
        crate::Ending::Answer(answer) => format!("{} {}", answer.status, answer.text()),
        ending => format!("{ending:?}"),
    });
    assert_snapshot!(answers.join("\n"), @r#"
    403 {"message":"Can't issue ID_TOKEN for job in 'Pending' state."}
    429 {"message":"Too many requests"}
    503 
    a token
    "#);
}
