//! What a fresh sandbox believes instead of keys: identity tokens of four CI systems, for one role and one agency.

use jiff::SignedDuration;

use super::{DOMAIN_ID, PROJECT_ID};
use crate::{
    alibaba::Role,
    huawei::{Agency, IdentityProvider, Project},
    identity::{Provider, Trust},
};

/// `iss` of GitHub's tokens.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// `sub` of a repository that was created before 2026-07-15.
pub const GITHUB_SUBJECT: &str = "repo:acme/app:ref:refs/heads/main";
/// `sub` of one that was created, renamed or transferred after that.
pub const GITHUB_IMMUTABLE_SUBJECT: &str = "repo:acme@123456/app@456789:ref:refs/heads/main";
/// `iss` of GitLab's tokens.
pub const GITLAB_ISSUER: &str = "https://gitlab.com";
/// `sub` of GitLab's tokens.
pub const GITLAB_SUBJECT: &str = "project_path:acme/app:ref_type:branch:ref:main";
/// `iss` of a Jenkins' tokens.
pub const JENKINS_ISSUER: &str = "https://jenkins.example/oidc";
/// `sub` of a Jenkins' tokens.
pub const JENKINS_SUBJECT: &str = "https://jenkins.example/job/acme/job/app/";
/// `iss` of a Forgejo's tokens.
pub const FORGEJO_ISSUER: &str = "https://forge.example/api/actions";

/// `aud` of the tokens for Alibaba Cloud.
pub const ALIBABA_AUDIENCE: &str = "sts.aliyuncs.com";
/// `aud` of the tokens for Huawei Cloud.
pub const HUAWEI_AUDIENCE: &str = "sts.huaweicloud.com";

/// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
pub const ID_TOKEN_REQUEST_TOKEN: &str = "not+a/real.request~token==";
/// Path and query of `ACTIONS_ID_TOKEN_REQUEST_URL` on GitHub.
pub const GITHUB_ID_TOKEN_TARGET: &str = "/1//idtoken/aaaa/bbbb?api-version=2.0";
/// Path and query of `ACTIONS_ID_TOKEN_REQUEST_URL` on Forgejo.
pub const FORGEJO_ID_TOKEN_TARGET: &str =
    "/api/actions/_apis/pipelines/workflows/37/idtoken?placeholder=true";

/// A role that keys and tokens may assume, for an hour at most.
pub const ALIBABA_ROLE_ARN: &str = "acs:ram::1234567890123456:role/deploy";
/// The same for twelve hours at most.
pub const ALIBABA_LONG_ROLE_ARN: &str = "acs:ram::1234567890123456:role/deploy-long";
/// A role that neither keys nor tokens may assume.
pub const ALIBABA_CLOSED_ROLE_ARN: &str = "acs:ram::1234567890123456:role/closed";
/// GitHub as a provider; `gitlab`, `jenkins` and `forgejo` are the others.
pub const ALIBABA_PROVIDER_ARN: &str = "acs:ram::1234567890123456:oidc-provider/github";

/// The role of the server whose metadata service this is.
pub const ALIBABA_ECS_ROLE: &str = "deploy-role";
/// Path and query of `ALIBABA_CLOUD_CREDENTIALS_URI`; the query may be any.
pub const ALIBABA_CREDENTIALS_TARGET: &str = "/credentials?x=1";

/// An agency that tokens may assume, for an hour at most.
pub const HUAWEI_AGENCY_URN: &str = "iam::ce8df55870164338a72d7e828a966a2a:agency:deploy";
/// The same for twelve hours at most.
pub const HUAWEI_LONG_AGENCY_URN: &str = "iam::ce8df55870164338a72d7e828a966a2a:agency:deploy-long";
/// An agency that no token may assume.
pub const HUAWEI_CLOSED_AGENCY_URN: &str = "iam::ce8df55870164338a72d7e828a966a2a:agency:closed";
/// GitHub as a provider; `gitlab`, `jenkins` and `forgejo` are the others.
pub const HUAWEI_PROVIDER_URN: &str = "iam::ce8df55870164338a72d7e828a966a2a:oidcProvider:github";
/// GitHub as a provider of classic IAM; `gitlab`, `jenkins` and `forgejo` are the others.
pub const HUAWEI_IDP_ID: &str = "github";
/// The region whose project is [`PROJECT_ID`].
pub const HUAWEI_REGION: &str = "cn-north-4";

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Name, `iss` and the trusted `sub` of each CI system.
const SYSTEMS: [(&str, &str, &[&str]); 4] = [
    ("github", GITHUB_ISSUER, &[GITHUB_SUBJECT, GITHUB_IMMUTABLE_SUBJECT]),
    ("gitlab", GITLAB_ISSUER, &[GITLAB_SUBJECT]),
    ("jenkins", JENKINS_ISSUER, &[JENKINS_SUBJECT]),
    ("forgejo", FORGEJO_ISSUER, &[GITHUB_SUBJECT]),
];

fn providers(prefix: &str, audience: &str) -> Vec<Provider> {
    let provider = |(name, issuer, _): (&str, &str, _)| Provider {
        name: format!("{prefix}{name}"),
        issuer: issuer.into(),
        client_ids: vec![audience.into()],
    };
    SYSTEMS.map(provider).into()
}

fn trusts(prefix: &str, audience: &str) -> Vec<Trust> {
    let trust = |(name, issuer, subjects): (&str, &str, &[&str])| Trust {
        provider: format!("{prefix}{name}"),
        issuer: issuer.into(),
        audiences: vec![audience.into()],
        subjects: owned(subjects),
    };
    SYSTEMS.map(trust).into()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn alibaba_prefix() -> &'static str {
    ALIBABA_PROVIDER_ARN.trim_end_matches("github")
}

fn huawei_prefix() -> &'static str {
    HUAWEI_PROVIDER_URN.trim_end_matches("github")
}

pub(crate) fn alibaba_providers() -> Vec<Provider> {
    providers(alibaba_prefix(), ALIBABA_AUDIENCE)
}

pub(crate) fn alibaba_roles() -> Vec<Role> {
    let role = |arn: &str, max_session, is_open: bool| Role {
        arn: arn.into(),
        max_session,
        trusts_keys: is_open,
        external_id: None,
        trusts: if is_open { trusts(alibaba_prefix(), ALIBABA_AUDIENCE) } else { Vec::new() },
        permitted: true,
    };
    vec![
        role(ALIBABA_ROLE_ARN, HOUR, true),
        role(ALIBABA_LONG_ROLE_ARN, HOUR * 12, true),
        role(ALIBABA_CLOSED_ROLE_ARN, HOUR, false),
    ]
}

pub(crate) fn huawei_providers() -> Vec<Provider> {
    providers(huawei_prefix(), HUAWEI_AUDIENCE)
}

pub(crate) fn huawei_agencies() -> Vec<Agency> {
    let agency = |urn: &str, max_session, is_open: bool| Agency {
        urn: urn.into(),
        max_session,
        trusts: if is_open { trusts(huawei_prefix(), HUAWEI_AUDIENCE) } else { Vec::new() },
        permitted: true,
    };
    vec![
        agency(HUAWEI_AGENCY_URN, HOUR, true),
        agency(HUAWEI_LONG_AGENCY_URN, HOUR * 12, true),
        agency(HUAWEI_CLOSED_AGENCY_URN, HOUR, false),
    ]
}

pub(crate) fn huawei_identity_providers() -> Vec<IdentityProvider> {
    let known = huawei_providers().into_iter().zip(SYSTEMS);
    let idp = |(provider, (id, _, subjects)): (_, (&str, _, &[&str]))| IdentityProvider {
        id: id.into(),
        provider,
        subjects: owned(subjects),
    };
    known.map(idp).collect()
}

pub(crate) fn huawei_projects() -> Vec<Project> {
    let other = crate::text::sha256(DOMAIN_ID.as_bytes())[..32].to_owned();
    let project = |id: &str, name: &str| Project { id: id.into(), name: name.into() };
    vec![project(PROJECT_ID, HUAWEI_REGION), project(&other, "cn-south-1")]
}
