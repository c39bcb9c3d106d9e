//! What is said where credentials cannot be had, to be read as a new user reads it.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use sandbox::identity::Claims;
use sandbox::{Cloud, Sandbox, Server, world};

use super::{asking, token, trusted_by, without_keys};
use crate::support::release_calls;
use crate::support::step::Step;

fn sandbox(script: &[&str]) -> Server {
    let mut sandbox = Sandbox::new();
    script.iter().for_each(|line| sandbox.arrange(line).unwrap());
    Server::launch(sandbox, 0, |_| ()).unwrap()
}

/// Exit status and message, without the lines before.
#[track_caller]
fn said(all: &mut String, about: &str, step: Step, server: &Server) {
    let run = step.run();
    assert!(release_calls(server).is_empty(), "{about}");
    assert!([Some(3), Some(7)].contains(&run.code), "{about}\n{}", run.transcript());
    let log = run.log();
    let error: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    writeln!(all, "# {about}: {}\n{}", run.code.unwrap(), error.join("\n")).unwrap();
}

fn alibaba(server: &Server) -> Step {
    without_keys(Step::plain(), "release_artifact", server)
}

fn huawei(server: &Server) -> Step {
    without_keys(Step::plain(), "publish_extension_draft", server)
}

#[test]
fn no_identity_token() {
    let server = Server::start();
    let step = |cloud| match cloud {
        Cloud::Alibaba => trusted_by(alibaba(&server), cloud, "github"),
        Cloud::Huawei => trusted_by(huawei(&server), cloud, "github"),
    };
    let github = |step: Step| step.env("GITHUB_ACTIONS", "true").input("ci", "plain");
    let mut all = String::new();
    let cases = [
        ("GitHub", github(step(Cloud::Alibaba))),
        ("GitHub, Huawei", github(step(Cloud::Huawei))),
        (
            "a fork",
            github(step(Cloud::Alibaba))
                .env("GITHUB_EVENT_NAME", "pull_request")
                .env("GITHUB_REPOSITORY", "acme/app")
                .file("event.json", r#"{"pull_request": {"head": {"repo": {"full_name": "someone/app"}}}}"#)
                .env("GITHUB_EVENT_PATH", "event.json"),
        ),
        ("Dependabot", github(step(Cloud::Alibaba)).env("GITHUB_ACTOR", "dependabot[bot]")),
        ("another server", github(step(Cloud::Alibaba)).env("GITHUB_SERVER_URL", "https://forge.example")),
        ("Forgejo", github(step(Cloud::Alibaba)).env("FORGEJO_ACTIONS", "true")),
        ("Gitea", github(step(Cloud::Alibaba)).env("GITEA_ACTIONS", "true")),
        ("GitLab", step(Cloud::Alibaba).env("GITLAB_CI", "true").input("ci", "plain")),
        ("Jenkins", step(Cloud::Huawei).env("JENKINS_URL", "https://jenkins.example/").input("ci", "plain")),
        ("elsewhere", step(Cloud::Alibaba)),
        ("nothing at all", alibaba(&server)),
        ("nothing at all, Huawei", huawei(&server)),
    ];
    for (about, step) in cases {
        said(&mut all, about, step, &server);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn half_configured_or_malformed() {
    let server = Server::start();
    let mut all = String::new();
    let keyless = || trusted_by(alibaba(&server), Cloud::Alibaba, "github");
    let cases = [
        ("a role alone", alibaba(&server).env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_ROLE_ARN)),
        ("a provider alone", alibaba(&server).env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", world::ALIBABA_PROVIDER_ARN)),
        ("a token alone", alibaba(&server).env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c")),
        ("half of the keys", alibaba(&server).env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-sandbox-not-real")),
        ("a role's name", keyless().env("ALIBABA_CLOUD_ROLE_ARN", "deploy").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c")),
        ("a session's name", keyless().env("ALIBABA_CLOUD_ROLE_SESSION_NAME", "dependabot[bot]").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c")),
        ("a masked token", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN", "[MASKED]")),
        ("no token", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN", "not-a-token")),
        ("no file", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "no/such/file")),
        ("a file of nothing", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "token").file("token", "\n")),
        ("half of GitHub's", keyless().env("ACTIONS_ID_TOKEN_REQUEST_URL", server.url())),
        ("an open URI", alibaba(&server).env("ALIBABA_CLOUD_CREDENTIALS_URI", "http://keys.example/a")),
        ("no profile", alibaba(&server).env("ALIBABA_CLOUD_PROFILE", "ci").file(".aliyun/config.json", r#"{"profiles": []}"#)),
        ("no profiles", alibaba(&server).env("ALIBABA_CLOUD_PROFILE", "ci")),
        (
            "a mode",
            alibaba(&server)
                .env("ALIBABA_CLOUD_PROFILE", "sso")
                .file(".aliyun/config.json", r#"{"profiles": [{"name": "sso", "mode": "CloudSSO"}]}"#),
        ),
        ("an agency alone", huawei(&server).env("HUAWEICLOUD_OIDC_AGENCY_URN", world::HUAWEI_AGENCY_URN)),
        (
            "a provider's id",
            huawei(&server).env("HUAWEICLOUD_OIDC_AGENCY_URN", world::HUAWEI_AGENCY_URN).env("HUAWEICLOUD_OIDC_PROVIDER_URN", "0123"),
        ),
        ("a switch", huawei(&server).env("HUAWEICLOUD_ECS_METADATA", "yes")),
        ("no section", huawei(&server).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "c").file("c", "[basic]\nak = a\n")),
        ("half a section", huawei(&server).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "c").file("c", "[global]\nak = a\n")),
        ("Alibaba's key", huawei(&server).env("HUAWEICLOUD_SDK_AK", "LTAI5tNotARealKey000").env("HUAWEICLOUD_SDK_SK", "not-a-real-secret")),
    ];
    for (about, step) in cases {
        said(&mut all, about, step, &server);
    }
    assert!(server.requests().is_empty());
    insta::assert_snapshot!(all);
}

#[test]
fn refused() {
    let server = Server::start();
    let mut all = String::new();
    let claims = |issuer, audience, subject| Claims::new(Timestamp::now(), issuer, audience, subject);
    let good = token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    let keyless = |token: &str| trusted_by(alibaba(&server), Cloud::Alibaba, "github").env("ALIBABA_CLOUD_OIDC_TOKEN", token);
    let other = "repo:acme@123456/app@456789:environment:production";
    let hostile = "repo:acme/app:ref:refs/heads/a`b\n::error::no\u{1b}[31m";
    let aud = world::ALIBABA_AUDIENCE;
    let huawei_token = token(Cloud::Huawei, world::GITHUB_ISSUER, other);
    let agency = || trusted_by(huawei(&server), Cloud::Huawei, "github").env("HUAWEICLOUD_OIDC_ID_TOKEN", &huawei_token);
    let idp = huawei(&server).env("HUAWEICLOUD_SDK_IDP_ID", "github").env("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "token");
    let keys = world::credentials(Cloud::Alibaba);
    let with_keys = keys.iter().fold(alibaba(&server), |step, (name, value)| step.env(name, value));
    let cases = [
        ("another subject", keyless(&claims(world::GITHUB_ISSUER, aud, other).token())),
        ("a hostile subject", keyless(&claims(world::GITHUB_ISSUER, aud, hostile).token())),
        ("another audience", keyless(&claims(world::GITHUB_ISSUER, "https://github.com/acme", world::GITHUB_SUBJECT).token())),
        ("another issuer", keyless(&claims("https://gitlab.com", aud, "project_path:a/b").token())),
        ("forged", keyless(&claims(world::GITHUB_ISSUER, aud, world::GITHUB_SUBJECT).forged_token())),
        ("expired", keyless(&claims(world::GITHUB_ISSUER, aud, world::GITHUB_SUBJECT).living(SignedDuration::from_secs(-60)).token())),
        ("no such provider", keyless(&good).env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1234567890123456:oidc-provider/none")),
        ("no such role", keyless(&good).env("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1234567890123456:role/none")),
        ("keys that may not", with_keys.env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_CLOSED_ROLE_ARN)),
        ("a URI of nothing", alibaba(&server).env("ALIBABA_CLOUD_CREDENTIALS_URI", format!("{}/nothing", server.url()))),
        ("Huawei, another subject", agency()),
        ("Huawei, no such agency", agency().env("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::ce8df55870164338a72d7e828a966a2a:agency:none")),
        ("Huawei, older IAM", idp.file("token", &huawei_token)),
    ];
    for (about, step) in cases {
        said(&mut all, about, step, &server);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn not_reached() {
    let mut all = String::new();
    for fault in ["throttle", "503", "html 200", "html 403", "broken-json", "empty", "cut", "redirect", "reset before"] {
        let server = sandbox(&[&format!("fault sts always: {fault}")]);
        let step = trusted_by(alibaba(&server), Cloud::Alibaba, "github");
        let step = step.env("ALIBABA_CLOUD_OIDC_TOKEN", token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT));
        said(&mut all, fault, step, &server);
    }
    let server = Server::start();
    let step = trusted_by(alibaba(&server), Cloud::Alibaba, "github").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c");
    said(&mut all, "nobody there", step.input("sts_endpoint", "http://127.0.0.1:1"), &server);
    let server = sandbox(&["fault identity always: 503"]);
    let step = asking(trusted_by(alibaba(&server), Cloud::Alibaba, "github"), &server, world::GITHUB_ID_TOKEN_TARGET);
    said(&mut all, "the CI's service", step, &server);
    insta::assert_snapshot!(all);
}
