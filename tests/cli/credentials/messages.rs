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
    for line in script {
        sandbox.arrange(line).unwrap();
    }
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
    insta::assert_snapshot!(all, @"
    # GitHub: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: give the job `permissions: id-token: write` (and `contents: read` where it checks out)
    # GitHub, Huawei: 3
    `HUAWEICLOUD_OIDC_PROVIDER_URN` and `HUAWEICLOUD_OIDC_AGENCY_URN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: give the job `permissions: id-token: write` (and `contents: read` where it checks out)
    # a fork: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: GitHub gives a pull request from a fork no identity token: skip this step there, by `if: github.event.pull_request.head.repo.full_name == github.repository`
    # Dependabot: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: GitHub gives a run of Dependabot's no identity token: skip this step there, by `if: github.actor != 'dependabot[bot]'`
    # another server: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: give the job `permissions: id-token: write` (and `contents: read` where it checks out); on Forgejo set `enable-openid-connect: true` on the workflow or the job
    # Forgejo: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: set `enable-openid-connect: true` on the workflow or the job
    # Gitea: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: Gitea has no service for identity tokens: write a token of another issuer to a file, and set `ALIBABA_CLOUD_OIDC_TOKEN_FILE` to its path
    # GitLab: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: give the job `id_tokens: {ALIBABA_CLOUD_OIDC_TOKEN: {aud: sts.aliyuncs.com}}` in `.gitlab-ci.yml`
    # Jenkins: 3
    `HUAWEICLOUD_OIDC_PROVIDER_URN` and `HUAWEICLOUD_OIDC_AGENCY_URN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: bind a credential of the plugin OpenID Connect Provider, of the kind file and for the audience `sts.huaweicloud.com`, to `HUAWEICLOUD_OIDC_TOKEN_FILE` (`withCredentials`)
    # elsewhere: 3
    `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` ask for keyless credentials, but there is no identity token; nothing was sent
    hint: write the CI's identity token to a file, and set `ALIBABA_CLOUD_OIDC_TOKEN_FILE` to its path
    # nothing at all: 3
    no credentials are set; nothing was sent
    hint: set `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, as secrets of the CI, in the environment of this step
    or, without long-lived secrets, set `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, `ALIBABA_CLOUD_OIDC_TOKEN` or the CI's own token
    `release-step --help` lists all sources
    # nothing at all, Huawei: 3
    no credentials are set; nothing was sent
    hint: set `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`, as secrets of the CI, in the environment of this step
    or, without long-lived secrets, set `HUAWEICLOUD_OIDC_PROVIDER_URN` with `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_TOKEN_FILE`, `HUAWEICLOUD_OIDC_ID_TOKEN` or the CI's own token
    `release-step --help` lists all sources
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases and one text")]
fn half_configured_or_malformed() {
    let server = Server::start();
    let mut all = String::new();
    let keyless = || trusted_by(alibaba(&server), Cloud::Alibaba, "github");
    let cases = [
        ("a role alone", alibaba(&server).env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_ROLE_ARN)),
        (
            "a provider alone",
            alibaba(&server).env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", world::ALIBABA_PROVIDER_ARN),
        ),
        ("a token alone", alibaba(&server).env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c")),
        ("half of the keys", alibaba(&server).env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-sandbox-not-real")),
        (
            "a role's name",
            keyless().env("ALIBABA_CLOUD_ROLE_ARN", "deploy").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c"),
        ),
        (
            "a session's name",
            keyless()
                .env("ALIBABA_CLOUD_ROLE_SESSION_NAME", "dependabot[bot]")
                .env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c"),
        ),
        ("a masked token", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN", "[MASKED]")),
        ("no token", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN", "not-a-token")),
        ("no file", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "no/such/file")),
        ("a file of nothing", keyless().env("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "token").file("token", "\n")),
        ("half of GitHub's", keyless().env("ACTIONS_ID_TOKEN_REQUEST_URL", server.url())),
        ("an open URI", alibaba(&server).env("ALIBABA_CLOUD_CREDENTIALS_URI", "http://keys.example/a")),
        (
            "no profile",
            alibaba(&server)
                .env("ALIBABA_CLOUD_PROFILE", "ci")
                .file(".aliyun/config.json", r#"{"profiles": []}"#),
        ),
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
            huawei(&server)
                .env("HUAWEICLOUD_OIDC_AGENCY_URN", world::HUAWEI_AGENCY_URN)
                .env("HUAWEICLOUD_OIDC_PROVIDER_URN", "0123"),
        ),
        ("a switch", huawei(&server).env("HUAWEICLOUD_ECS_METADATA", "yes")),
        (
            "no section",
            huawei(&server).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "c").file("c", "[basic]\nak = a\n"),
        ),
        (
            "half a section",
            huawei(&server).env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "c").file("c", "[global]\nak = a\n"),
        ),
        (
            "Alibaba's key",
            huawei(&server)
                .env("HUAWEICLOUD_SDK_AK", "LTAI5tNotARealKey000")
                .env("HUAWEICLOUD_SDK_SK", "not-a-real-secret"),
        ),
    ];
    for (about, step) in cases {
        said(&mut all, about, step, &server);
    }
    assert!(server.requests().is_empty());
    insta::assert_snapshot!(all, @"
    # a role alone: 3
    `ALIBABA_CLOUD_ROLE_ARN` is set, but `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` is not; nothing was sent
    hint: set `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` for keyless credentials, or keys that may assume the role
    # a provider alone: 3
    `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` is set, but `ALIBABA_CLOUD_ROLE_ARN` is not; nothing was sent
    hint: set `ALIBABA_CLOUD_ROLE_ARN` too, or unset `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`
    # a token alone: 3
    `ALIBABA_CLOUD_OIDC_TOKEN` is set, but `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` are not; nothing was sent
    hint: set `ALIBABA_CLOUD_ROLE_ARN` and `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` too, or unset `ALIBABA_CLOUD_OIDC_TOKEN`
    # half of the keys: 3
    `ALIBABA_CLOUD_ACCESS_KEY_ID` is set, but `ALIBABA_CLOUD_ACCESS_KEY_SECRET` is not; nothing was sent
    hint: set `ALIBABA_CLOUD_ACCESS_KEY_SECRET` too, or unset `ALIBABA_CLOUD_ACCESS_KEY_ID`
    # a role's name: 3
    `ALIBABA_CLOUD_ROLE_ARN` is `deploy`, which is no ARN of this kind; nothing was sent
    hint: give `acs:ram::ACCOUNT:role/NAME`, with the account's number
    # a session's name: 3
    `ALIBABA_CLOUD_ROLE_SESSION_NAME` is no name of a session; nothing was sent
    hint: give 2 to 64 letters, digits and `.@-_`, or leave it out
    # a masked token: 3
    `ALIBABA_CLOUD_OIDC_TOKEN` is no token but what a CI shows in the place of a secret; nothing was sent
    hint: give the CI's identity token (OpenID Connect, a JWT of three parts with dots between) itself, unchanged
    # no token: 3
    `ALIBABA_CLOUD_OIDC_TOKEN` is no identity token: it has not three parts with dots between; nothing was sent
    hint: give the CI's identity token (OpenID Connect, a JWT of three parts with dots between) itself, unchanged
    # no file: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN_FILE`: `ALIBABA_CLOUD_OIDC_TOKEN_FILE` names `no/such/file`, which cannot be read: No such file or directory (os error 2); no release call was sent
    hint: see whether the CI writes the token there, and this user may read it
    # a file of nothing: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN_FILE`: `ALIBABA_CLOUD_OIDC_TOKEN_FILE` names `token`, and what is in it is empty; no release call was sent
    hint: give the CI's identity token (OpenID Connect, a JWT of three parts with dots between) itself, unchanged
    # half of GitHub's: 3
    `ACTIONS_ID_TOKEN_REQUEST_URL` is set, but `ACTIONS_ID_TOKEN_REQUEST_TOKEN` is not; nothing was sent
    hint: set `ACTIONS_ID_TOKEN_REQUEST_TOKEN` too, or unset `ACTIONS_ID_TOKEN_REQUEST_URL`
    # an open URI: 3
    `ALIBABA_CLOUD_CREDENTIALS_URI` is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`; nothing was sent
    hint: give `https://…`, or `http://…` of this machine
    # no profile: 3
    `[dir]/.aliyun/config.json` has no profile `ci`; nothing was sent
    hint: see `aliyun configure list`
    # no profiles: 3
    `[dir]/.aliyun/config.json` cannot be read: No such file or directory (os error 2); nothing was sent
    hint: write the file, or unset `ALIBABA_CLOUD_PROFILE`
    # a mode: 3
    `ALIBABA_CLOUD_PROFILE` names the profile `sso`, whose mode `CloudSSO` release-step does not know; nothing was sent
    hint: take a profile of the mode `AK`, `StsToken`, `RamRoleArn`, `OIDC` or `EcsRamRole`
    # an agency alone: 3
    `HUAWEICLOUD_OIDC_AGENCY_URN` is set, but `HUAWEICLOUD_OIDC_PROVIDER_URN` is not; nothing was sent
    hint: set `HUAWEICLOUD_OIDC_PROVIDER_URN` too, or unset `HUAWEICLOUD_OIDC_AGENCY_URN`
    # a provider's id: 3
    `HUAWEICLOUD_OIDC_PROVIDER_URN` is `0123`, which is no URN of this kind; nothing was sent
    hint: give `iam::ACCOUNT:oidcProvider:NAME`, with the account's id and the name, not the id, of it
    # a switch: 3
    `HUAWEICLOUD_ECS_METADATA` is neither `true` nor `false`; nothing was sent
    hint: give one of both, or leave it out
    # no section: 3
    `c` has no section `[global]`, which this operation needs; nothing was sent
    hint: write it there
    # half a section: 3
    `c` has `ak` in `[global]`, but no `sk`; nothing was sent
    hint: write `sk = …` there
    # Alibaba's key: 3
    `HUAWEICLOUD_SDK_AK` is the id of an access key of Alibaba Cloud; nothing was sent
    hint: see which secret is stored under this name: it is another one's
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases and one text")]
fn refused() {
    let server = Server::start();
    let mut all = String::new();
    let claims = |issuer, audience, subject| Claims::new(Timestamp::now(), issuer, audience, subject);
    let good = token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    let keyless = |token: &str| {
        trusted_by(alibaba(&server), Cloud::Alibaba, "github").env("ALIBABA_CLOUD_OIDC_TOKEN", token)
    };
    let other = "repo:acme@123456/app@456789:environment:production";
    let hostile = "repo:acme/app:ref:refs/heads/a`b\n::error::no\u{1b}[31m";
    let aud = world::ALIBABA_AUDIENCE;
    let huawei_token = token(Cloud::Huawei, world::GITHUB_ISSUER, other);
    let agency = || {
        trusted_by(huawei(&server), Cloud::Huawei, "github").env("HUAWEICLOUD_OIDC_ID_TOKEN", &huawei_token)
    };
    let idp =
        huawei(&server).env("HUAWEICLOUD_SDK_IDP_ID", "github").env("HUAWEICLOUD_SDK_ID_TOKEN_FILE", "token");
    let keys = world::credentials(Cloud::Alibaba);
    let with_keys = keys.iter().fold(alibaba(&server), |step, (name, value)| step.env(name, value));
    let cases = [
        ("another subject", keyless(&claims(world::GITHUB_ISSUER, aud, other).token())),
        ("a hostile subject", keyless(&claims(world::GITHUB_ISSUER, aud, hostile).token())),
        (
            "another audience",
            keyless(&claims(world::GITHUB_ISSUER, "https://github.com/acme", world::GITHUB_SUBJECT).token()),
        ),
        ("another issuer", keyless(&claims("https://gitlab.com", aud, "project_path:a/b").token())),
        ("forged", keyless(&claims(world::GITHUB_ISSUER, aud, world::GITHUB_SUBJECT).forged_token())),
        (
            "expired",
            keyless(
                &claims(world::GITHUB_ISSUER, aud, world::GITHUB_SUBJECT)
                    .living(SignedDuration::from_secs(-60))
                    .token(),
            ),
        ),
        (
            "no such provider",
            keyless(&good)
                .env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1234567890123456:oidc-provider/none"),
        ),
        ("no such role", keyless(&good).env("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1234567890123456:role/none")),
        ("keys that may not", with_keys.env("ALIBABA_CLOUD_ROLE_ARN", world::ALIBABA_CLOSED_ROLE_ARN)),
        (
            "a URI of nothing",
            alibaba(&server).env("ALIBABA_CLOUD_CREDENTIALS_URI", format!("{}/nothing", server.url())),
        ),
        ("Huawei, another subject", agency()),
        (
            "Huawei, no such agency",
            agency().env("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::ce8df55870164338a72d7e828a966a2a:agency:none"),
        ),
        ("Huawei, older IAM", idp.file("token", &huawei_token)),
    ];
    for (about, step) in cases {
        said(&mut all, about, step, &server);
    }
    insta::assert_snapshot!(all, @r#"
    # another subject: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.NoPermission`: There is no permission (request id `[token]`); no release call was sent
    hint: the role's trust policy does not match this token
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme@123456/app@456789:environment:production`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":"sts.aliyuncs.com","oidc:iss":"https://token.actions.githubusercontent.com","oidc:sub":"repo:acme@123456/app@456789:environment:production"}}
    # a hostile subject: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.NoPermission`: There is no permission (request id `[token]`); no release call was sent
    hint: the role's trust policy does not match this token
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme/app:ref:refs/heads/a`b\n::error::no\u{1b}[31m`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":"sts.aliyuncs.com","oidc:iss":"https://token.actions.githubusercontent.com","oidc:sub":"repo:acme/app:ref:refs/heads/a`b\n::error::no\u001b[31m"}}
    # another audience: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.OIDCToken.AudienceNotMatch`: Invalid audience (request id `[token]`); no release call was sent
    hint: add the token's `aud` to the client ids of the OIDC provider in RAM, or set `oidc_audience` to one of them
    the token has iss `https://token.actions.githubusercontent.com`, aud `https://github.com/acme`, sub `repo:acme/app:ref:refs/heads/main`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":"https://github.com/acme","oidc:iss":"https://token.actions.githubusercontent.com","oidc:sub":"repo:acme/app:ref:refs/heads/main"}}
    # another issuer: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.OIDCToken.IssuerNotMatch`: The issuer in the OIDC Token doesn't match the OIDC Provider registered (request id `[token]`); no release call was sent
    hint: the issuer's URL at the OIDC provider in RAM must be the token's `iss`, and reachable from the internet over https
    the token has iss `https://gitlab.com`, aud `sts.aliyuncs.com`, sub `project_path:a/b`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":"sts.aliyuncs.com","oidc:iss":"https://gitlab.com","oidc:sub":"project_path:a/b"}}
    # forged: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.OIDCToken.InvalidSignature`: The signature of the OIDC Token is invalid (request id `[token]`); no release call was sent
    hint: this is no token that the issuer has signed (RS256): see whether the variable or file holds the CI's token, unchanged
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme/app:ref:refs/heads/main`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":"sts.aliyuncs.com","oidc:iss":"https://token.actions.githubusercontent.com","oidc:sub":"repo:acme/app:ref:refs/heads/main"}}
    # expired: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 401, `AuthenticationFail.OIDCToken.Expired`: This JsonWebToken is expired (request id `[token]`); no release call was sent
    hint: the token's time is over: on GitLab give the job a `timeout:` (the token lives as long) or release early in it, on Jenkins bind the credential just before this step
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme/app:ref:refs/heads/main`, exp `[time]`
    # no such provider: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/deploy` and the provider `acs:ram::1234567890123456:oidc-provider/none`: HTTP 401, `AuthenticationFail.NoPermission`: No such OIDC Provider registered (request id `[token]`); no release call was sent
    hint: `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` names no provider of its account: compare account and name in the RAM console
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme/app:ref:refs/heads/main`, exp `[time]`
    # no such role: 3
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS refused `AssumeRoleWithOIDC` for the role `acs:ram::1234567890123456:role/none` and the provider `acs:ram::1234567890123456:oidc-provider/github`: HTTP 404, `EntityNotExist.Role`: The role not exists: acs:ram::1234567890123456:role/none (request id `[token]`); no release call was sent
    hint: no such role: compare account and name of `ALIBABA_CLOUD_ROLE_ARN` in the RAM console
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.aliyuncs.com`, sub `repo:acme/app:ref:refs/heads/main`, exp `[time]`
    # keys that may not: 3
    credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ROLE_ARN`: Alibaba Cloud's STS refused `AssumeRole`: HTTP 403, `NoPermission`: You are not authorized to do this action. You should be authorized by RAM (request id `[token]`); no release call was sent
    hint: give the caller `sts:AssumeRole` on the role (or `AliyunSTSAssumeRoleAccess`), and let the role's trust policy name it; the keys of the account itself can assume no role
    # a URI of nothing: 3
    credentials from `ALIBABA_CLOUD_CREDENTIALS_URI`: the server of `ALIBABA_CLOUD_CREDENTIALS_URI` refused the request for keys: HTTP 400, `MissingAccessKeyId`: AccessKeyId is mandatory for this action (request id `[token]`); no release call was sent
    hint: see whether `ALIBABA_CLOUD_CREDENTIALS_URI` is right, and what serves it runs
    # Huawei, another subject: 3
    credentials from `HUAWEICLOUD_OIDC_AGENCY_URN` with `HUAWEICLOUD_OIDC_ID_TOKEN`: Huawei Cloud's STS refused `AssumeAgencyWithOIDC` for the agency `iam::[token]:agency:deploy` and the provider `iam::[token]:oidcProvider:github`: HTTP 403, `STS5.1001`: access denied: no identity-based policy allows sts:agencies:assumeWithOIDC (request id `[token]`); no release call was sent
    hint: the agency's trust policy does not match this token
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.huaweicloud.com`, sub `repo:acme@123456/app@456789:environment:production`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":["sts.huaweicloud.com"],"oidc:iss":["https://token.actions.githubusercontent.com"],"oidc:sub":["repo:acme@123456/app@456789:environment:production"]}}
    # Huawei, no such agency: 3
    credentials from `HUAWEICLOUD_OIDC_AGENCY_URN` with `HUAWEICLOUD_OIDC_ID_TOKEN`: Huawei Cloud's STS refused `AssumeAgencyWithOIDC` for the agency `iam::[token]:agency:none` and the provider `iam::[token]:oidcProvider:github`: HTTP 404, `STS5.1106`: the agency cannot be found (request id `[token]`); no release call was sent
    hint: see whether both are there, by their names, in the new IAM console
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.huaweicloud.com`, sub `repo:acme@123456/app@456789:environment:production`, exp `[time]`
    it meets this condition of a trust policy: {"StringEquals":{"oidc:aud":["sts.huaweicloud.com"],"oidc:iss":["https://token.actions.githubusercontent.com"],"oidc:sub":["repo:acme@123456/app@456789:environment:production"]}}
    # Huawei, older IAM: 3
    credentials from `HUAWEICLOUD_SDK_IDP_ID` with `HUAWEICLOUD_SDK_ID_TOKEN_FILE`: Huawei Cloud's IAM refused `CreateTokenWithIdToken` for the identity provider `github`: HTTP 401: The request you have made requires authentication (request id `[token]`); no release call was sent
    hint: see whether the provider is there, of the protocol `oidc`, with the token's issuer and audience
    the token has iss `https://token.actions.githubusercontent.com`, aud `sts.huaweicloud.com`, sub `repo:acme@123456/app@456789:environment:production`, exp `[time]`
    this identity conversion rule takes it: [{"local":[{"user":{"name":"ci"}},{"group":{"name":"GROUP"}}],"remote":[{"any_one_of":["repo:acme@123456/app@456789:environment:production"],"type":"sub"}]}]
    "#);
}

#[test]
fn not_reached() {
    let mut all = String::new();
    for fault in
        ["throttle", "503", "html 200", "html 403", "broken-json", "empty", "cut", "redirect", "reset before"]
    {
        let server = sandbox(&[&format!("fault sts always: {fault}")]);
        let step = trusted_by(alibaba(&server), Cloud::Alibaba, "github");
        let step = step.env(
            "ALIBABA_CLOUD_OIDC_TOKEN",
            token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT),
        );
        said(&mut all, fault, step, &server);
    }
    let server = Server::start();
    let step =
        trusted_by(alibaba(&server), Cloud::Alibaba, "github").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c");
    said(&mut all, "a closed port", step.input("sts_endpoint", "http://127.0.0.1:1"), &server);
    // Each server has its own way: the release's is on this machine.
    let step =
        trusted_by(alibaba(&server), Cloud::Alibaba, "github").env("ALIBABA_CLOUD_OIDC_TOKEN", "a.b.c");
    let step = step.env("HTTPS_PROXY", "http://127.0.0.1:1").input("sts_endpoint", "https://sts.invalid");
    said(&mut all, "a proxy in between", step, &server);
    let server = sandbox(&["fault identity always: 503"]);
    let step = asking(
        trusted_by(alibaba(&server), Cloud::Alibaba, "github"),
        &server,
        world::GITHUB_ID_TOKEN_TARGET,
    );
    said(&mut all, "the CI's service", step, &server);
    insta::assert_snapshot!(all, @"
    # throttle: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS throttled `AssumeRoleWithOIDC`: HTTP 400, `Throttling.User`: Request was denied due to user flow control (request id `[token]`); no release call was sent
    hint: too many exchanges in this account: run the job again in a minute
    # 503: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS failed at `AssumeRoleWithOIDC`: HTTP 503, `ServiceUnavailable`: The request has failed due to a temporary failure of the server (request id `[token]`); no release call was sent
    hint: run the job again in a few minutes
    # html 200: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the answer is not in the form that the vendor documents: HTTP 200; no release call was sent
    hint: not the service but something in between has answered: check for a proxy or gateway, or another address
    # html 403: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the answer is not in the form that the vendor documents: HTTP 403; no release call was sent
    hint: not the service but something in between has answered: check for a proxy or gateway, or another address
    # broken-json: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the answer is not in the form that the vendor documents: HTTP 200; no release call was sent
    hint: not the service but something in between has answered: check for a proxy or gateway, or another address
    # empty: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the answer is not in the form that the vendor documents: HTTP 200; no release call was sent
    hint: not the service but something in between has answered: check for a proxy or gateway, or another address
    # cut: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached; no release call was sent
    hint: run the job again in a few minutes
    # redirect: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the answer is not in the form that the vendor documents: HTTP 302; no release call was sent
    hint: not the service but something in between has answered: check for a proxy or gateway, or another address
    # reset before: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); no release call was sent
    hint: run the job again in a few minutes
    # a closed port: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: no connection to `127.0.0.1`: Connection refused (os error 111); no release call was sent
    hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    # a proxy in between: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_TOKEN`: Alibaba Cloud's STS cannot be asked for credentials: no connection to `sts.invalid` through the proxy in `HTTPS_PROXY`: Connection refused (os error 111); no release call was sent
    hint: see whether `HTTPS_PROXY` is right, and the proxy lets this host through; or name the host in `NO_PROXY`
    # the CI's service: 7
    credentials from `ALIBABA_CLOUD_ROLE_ARN` with the CI's own identity token: the CI's service for identity tokens failed at the request for an identity token: HTTP 503; no release call was sent
    hint: run the job again in a few minutes
    ");
}

/// Before the call nothing is sent any more, and nothing is waited for.
#[cfg(unix)]
#[test]
fn a_signal_ends_an_exchange_that_hangs() {
    let server = sandbox(&["fault sts always: hang before"]);
    let step = trusted_by(alibaba(&server), Cloud::Alibaba, "github").input("log_level", "debug");
    let good = token(Cloud::Alibaba, world::GITHUB_ISSUER, world::GITHUB_SUBJECT);
    let mut step = step.env("ALIBABA_CLOUD_OIDC_TOKEN", good).start();
    step.wait_for("`AssumeRoleWithOIDC`");
    step.signal("TERM");
    let run = step.finish().exits_with(143);
    assert_eq!(run.result()["released"], "no");
    assert!(
        run.stderr.contains("ended by SIGTERM before the call; nothing was released"),
        "{}",
        run.transcript()
    );
}

#[test]
fn an_account_that_cannot_be_told() {
    let mut all = String::new();
    let step = |operation: &str, input: &str, server: &Server| {
        let step = Step::plain().releasing(operation, server.url()).unset(format!("INPUT_{input}"));
        let step = step.input("sts_endpoint", server.url()).input("iam_endpoint", server.url());
        step.input("region", world::HUAWEI_REGION)
    };
    let project = |server: &Server| step("deploy_packages", "PROJECT_ID", server);
    let mut told = |about: &str, arrange: &dyn Fn(&mut Sandbox)| {
        let server = Server::start();
        server.with(|sandbox| arrange(sandbox));
        let run = project(&server).run();
        let error = run.log();
        let error: Vec<&str> = error.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        writeln!(all, "# {about}: {}\n{}", run.code.unwrap(), error.join("\n")).unwrap();
    };
    told("no project", &|sandbox| sandbox.huawei.keyless.projects.clear());
    told("two projects", &|sandbox| {
        let project = sandbox.huawei.keyless.projects[0].clone();
        let other = sandbox::huawei::Project { id: "1".repeat(32), ..project };
        sandbox.huawei.keyless.projects.push(other);
    });
    told("no permission", &|sandbox| sandbox.huawei.keyless.may_list = false);
    insta::assert_snapshot!(all, @"
    # no project: 2
    `project_id` is not given, and there is no project of the name `cn-north-4`; no release call was sent
    hint: set `project_id`, or `HUAWEICLOUD_SDK_PROJECT_ID`
    # two projects: 2
    `project_id` is not given, and several projects have the name `cn-north-4`: `[token]`, `[token]`; no release call was sent
    hint: set `project_id`, or `HUAWEICLOUD_SDK_PROJECT_ID`
    # no permission: 3
    `project_id` is not given, and Huawei Cloud's IAM refused the projects' list: HTTP 403: You are not authorized to perform the requested action (request id `[token]`); no release call was sent
    hint: the credentials may not list it: set `project_id`, or `HUAWEICLOUD_SDK_PROJECT_ID`
    ");
}
