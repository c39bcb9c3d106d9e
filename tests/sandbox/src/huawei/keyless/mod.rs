//! What Huawei Cloud has for credentials: STS of the new IAM, and classic IAM's federation and look-ups.

mod federation;
mod look_ups;
mod refusals;
mod sts;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

pub(super) use refusals::{access_denied, keystone};

use super::Huawei;
use crate::{
    http::Request,
    identity::{Provider, Trust},
    refusal::Refusal,
    reply::Reply,
    session::Sessions,
    state::{Outcome, Times},
    world,
};

/// The name of every API of STS that is served, as the vendor's documents have it.
pub(crate) const STS_OPERATIONS: [&str; 2] = ["AssumeAgencyWithOIDC", "GetCallerIdentity"];

/// The name of every API of IAM that is served, as the vendor's SDK has it.
pub(crate) const IAM_OPERATIONS: [&str; 4] = [
    "CreateTokenWithIdToken",
    "CreateTemporaryAccessKeyByToken",
    "KeystoneListProjects",
    "KeystoneListAuthDomains",
];

/// An agency of the new IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Its URN.
    pub urn: String,
    /// The longest session: 1 to 12 hours.
    pub max_session: SignedDuration,
    /// The identity tokens that get it.
    pub trusts: Vec<Trust>,
    /// Whether it may call the other services.
    pub permitted: bool,
}

/// An identity provider of classic IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityProvider {
    /// `X-Idp-Id`.
    pub id: String,
    /// What it takes for a token.
    pub provider: Provider,
    /// The conversion rule: these subjects become a user.
    pub subjects: Vec<String>,
}

/// A project, as IAM lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// `id`.
    pub id: String,
    /// `name`: the region's, or `REGION_SUB` of a project within it.
    pub name: String,
}

/// The account, as STS and IAM see it.
#[derive(Clone, Debug)]
pub struct Keyless {
    /// Its id.
    pub account_id: String,
    /// The OIDC providers of the new IAM.
    pub providers: Vec<Provider>,
    /// The agencies of the new IAM.
    pub agencies: Vec<Agency>,
    /// The identity providers of classic IAM.
    pub identity_providers: Vec<IdentityProvider>,
    /// Every project.
    pub projects: Vec<Project>,
    /// The accounts that keys of a user's see; a session of an agency sees none.
    pub domains: Vec<String>,
    /// Whether anybody may list projects and accounts.
    pub may_list: bool,
    /// How it hands out keys.
    pub sessions: Sessions,
    /// Unscoped tokens, and when they expire.
    unscoped: HashMap<String, Timestamp>,
}

impl Keyless {
    pub(super) fn fresh() -> Self {
        Self {
            account_id: world::DOMAIN_ID.into(),
            providers: world::huawei_providers(),
            agencies: world::huawei_agencies(),
            identity_providers: world::huawei_identity_providers(),
            projects: world::huawei_projects(),
            domains: vec![world::DOMAIN_ID.into()],
            may_list: true,
            sessions: Sessions::default(),
            unscoped: HashMap::new(),
        }
    }

    /// The agency of this URN, to be arranged.
    pub fn agency_mut(&mut self, urn: &str) -> Option<&mut Agency> {
        self.agencies.iter_mut().find(|agency| agency.urn == urn)
    }
}

/// The API behind a method and a path.
pub(crate) fn route(request: &Request) -> Option<&'static str> {
    let name = match (request.method.as_str(), request.path()) {
        ("POST", "/v5/agencies/assume-with-oidc") => "AssumeAgencyWithOIDC",
        ("GET", "/v5/caller-identity") => "GetCallerIdentity",
        ("POST", "/v3.0/OS-AUTH/id-token/tokens") => "CreateTokenWithIdToken",
        ("POST", "/v3.0/OS-CREDENTIAL/securitytokens") => "CreateTemporaryAccessKeyByToken",
        ("GET", "/v3/projects") => "KeystoneListProjects",
        ("GET", "/v3/auth/domains") => "KeystoneListAuthDomains",
        _ => return None,
    };
    Some(name)
}

impl Huawei {
    pub(super) fn handle_keyless(&mut self, times: Times, request: &Request, operation: &str) -> Outcome {
        let now = times.service;
        let unsigned = |result: Result<Reply, Refusal>| {
            let is_believed = !matches!(&result, Err(refusal) if [401, 403].contains(&refusal.status));
            Outcome { accepted: is_believed, result }
        };
        match operation {
            "AssumeAgencyWithOIDC" => unsigned(self.assume_agency(now, request)),
            "CreateTokenWithIdToken" => unsigned(self.keyless.unscoped_token(now, request)),
            "CreateTemporaryAccessKeyByToken" => unsigned(self.security_token(now, request)),
            _ => self.look_up(times.gateway, request, operation),
        }
    }

    fn look_up(&mut self, now: Timestamp, request: &Request, operation: &str) -> Outcome {
        match self.permitted(now, request) {
            Err(refusal) => Outcome { accepted: false, result: Err(refusal) },
            Ok(permitted) => {
                let principal = self.sender(request).and_then(|account| account.principal.clone());
                let result = self.keyless.show(request, operation, permitted, principal.as_deref());
                Outcome { accepted: true, result }
            }
        }
    }
}

/// Nothing in the request authorises: what is believed is a token in its body.
fn check_unsigned(request: &Request) -> Result<(), String> {
    let authorising = ["authorization", "x-auth-token", "x-security-token", "x-sdk-date", "cookie"];
    match authorising.into_iter().find(|name| request.header(name).is_some()) {
        Some(name) => Err(format!("the header {name} is not expected")),
        None if request.media_type().as_deref() != Some("application/json") => {
            Err("the content type is not application/json".into())
        }
        None => Ok(()),
    }
}
