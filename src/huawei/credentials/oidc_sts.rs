//! Keyless: the CI's identity token and an agency of the new IAM, `AssumeAgencyWithOIDC`.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-iam5/AssumeAgencyWithOIDC.html>

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::security_key::CREDENTIALS;
use super::{iam, security_key};
use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
use crate::cloud::credentials::identity::claims::Claims;
use crate::cloud::credentials::identity::{self, IdentityToken, TokenVariables};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{half, text, wrong};
use crate::error::{CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Response};
use crate::text::sanitize;

const PROVIDER: &str = "HUAWEICLOUD_OIDC_PROVIDER_URN";
const AGENCY: &str = "HUAWEICLOUD_OIDC_AGENCY_URN";
const SESSION: &str = "HUAWEICLOUD_OIDC_SESSION_NAME";
const TOKEN: TokenVariables = TokenVariables {
    file: "HUAWEICLOUD_OIDC_TOKEN_FILE",
    token: Some("HUAWEICLOUD_OIDC_ID_TOKEN"),
    audience: iam::AUDIENCE,
};

/// What can be renewed is asked for so long: every agency allows it.
const HOUR: Duration = Duration::from_secs(3600);

/// The agency that an identity token is exchanged for.
struct AssumeAgencyWithOidc {
    endpoint: Endpoint,
    provider_urn: String,
    agency_urn: String,
    session_name: String,
    token: IdentityToken,
    lifetime: Duration,
}

/// The agency and the provider of the environment, with the CI's token.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let env = context.env;
    let (provider, agency) = match (text(env, PROVIDER)?, text(env, AGENCY)?) {
        (Some(provider), Some(agency)) => {
            (urn(PROVIDER, provider, "oidcProvider")?, urn(AGENCY, agency, "agency")?)
        }
        (Some(_), None) => return Err(half(&[PROVIDER], &[AGENCY])),
        (None, Some(_)) => return Err(half(&[AGENCY], &[PROVIDER])),
        (None, None) => return alone(context).map(|()| None),
    };
    let token = IdentityToken::find(context, &TOKEN)?
        .ok_or_else(|| identity::missing(context, &format!("`{PROVIDER}` and `{AGENCY}` ask"), &TOKEN))?;
    let name = format!("`{AGENCY}` with {token}");
    let account = agency.split(':').nth(2).filter(|id| is_account_id(id)).map(str::to_owned);
    let exchange = AssumeAgencyWithOidc {
        endpoint: iam::sts_endpoint(context)?,
        provider_urn: provider.to_owned(),
        agency_urn: agency.to_owned(),
        session_name: session_name(text(env, SESSION)?)?,
        lifetime: if token.is_renewable() { HOUR } else { context.lifetime },
        token,
    };
    let way = Way::Exchange(Box::new(exchange), None);
    Ok(Some(Found { name, way, account: Vec::from_iter(account.map(|id| ("domain_id", id))) }))
}

/// A token that is there for nothing.
fn alone(context: &Context) -> Result<(), Error> {
    for name in [Some(TOKEN.file), TOKEN.token].into_iter().flatten() {
        if text(context.env, name)?.is_some() {
            return Err(half(&[name], &[PROVIDER, AGENCY]));
        }
    }
    Ok(())
}

/// `iam::ACCOUNT:KIND:NAME`, before it is sent.
fn urn<'a>(name: &str, urn: &'a str, kind: &str) -> Result<&'a str, Error> {
    let parts: Vec<&str> = urn.splitn(5, ':').collect();
    let is_one = matches!(&parts[..], ["iam", "", account, own, name]
        if !account.is_empty() && *own == kind && !name.is_empty() && !name.contains(char::is_whitespace));
    if is_one && urn.len() <= 1500 {
        return Ok(urn);
    }
    let problem = format!("is `{}`, which is no URN of this kind", sanitize::line(urn));
    Err(wrong(
        name,
        &problem,
        &format!("give `iam::ACCOUNT:{kind}:NAME`, with the account's id and the name, not the id, of it"),
    ))
}

fn is_account_id(id: &str) -> bool {
    id.len() == 32 && id.chars().all(|c| c.is_ascii_alphanumeric())
}

/// 2 to 128 characters of letters, digits and `_+=,.@-`.
fn session_name(given: Option<&str>) -> Result<String, Error> {
    let given = given.unwrap_or("release-step");
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=128).contains(&given.len()) && given.chars().all(is_fine) {
        return Ok(given.to_owned());
    }
    Err(wrong(
        SESSION,
        "is no name of a session",
        "give 2 to 128 letters, digits and `_+=,.@-`, or leave it out",
    ))
}

impl Question<Issued> for AssumeAgencyWithOidc {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let token = self.token.get(answers)?;
        let refused = |failed: &CallError| Next::from(self.refused(failed, token.expose_secret()));
        let response = match answers.either(|| self.step(&token, self.lifetime))? {
            Ok(response) => response,
            Err(failed) if self.lifetime > HOUR && is_too_long(failed) => {
                let shorter = answers.either(|| {
                    tracing::warn!(
                        "the agency allows no session of {} s: one of 3600 s is asked for, and the wait may outlive it",
                        self.lifetime.as_secs()
                    );
                    self.step(&token, HOUR)
                })?;
                shorter.as_ref().map_err(refused)?
            }
            Err(failed) => return Err(refused(failed)),
        };
        Ok(security_key::read(iam::STS, &CREDENTIALS, response, holder(response))?)
    }
}

impl Exchange for AssumeAgencyWithOidc {
    fn is_renewable(&self) -> bool {
        self.token.is_renewable()
    }
}

/// The vendor's table of codes is not public: the message names the parameter.
fn is_too_long(failed: &CallError) -> bool {
    failed.answer.http_status == Some(400)
        && failed.answer.message.as_deref().is_some_and(|message| message.contains("duration"))
}

fn holder(response: &Response) -> Option<String> {
    let Body::Json(body) = &response.body else { return None };
    let urn = body.pointer("/assumed_agency/urn").and_then(Value::as_str)?;
    Some(format!("agency `{}`", sanitize::line(urn)))
}

impl AssumeAgencyWithOidc {
    fn step(&self, token: &SecretString, lifetime: Duration) -> Step {
        let body = json!({
            "provider_urn": self.provider_urn,
            "agency_urn": self.agency_urn,
            "agency_session_name": self.session_name,
            "id_token": token.expose_secret(),
            "duration_seconds": lifetime.as_secs(),
        });
        Step {
            call: "`AssumeAgencyWithOIDC`",
            server: iam::STS,
            endpoint: self.endpoint.clone(),
            request: iam::post("/v5/agencies/assume-with-oidc", Vec::new(), iam::secret_body(body)),
            signed_with: None,
            patience: Patience::Query,
            read: iam::read,
        }
    }

    /// What was asked for, what the token says, and the condition that it would meet.
    fn refused(&self, failed: &CallError, token: &str) -> CallError {
        let (agency, provider) = (&self.agency_urn, &self.provider_urn);
        let what = failed.what.clone().unwrap_or_default();
        let what = format!("{what} for the agency `{agency}` and the provider `{provider}`");
        let general = "see whether both are there, by their names, in the new IAM console".to_owned();
        let mut hint = failed.hint.clone().unwrap_or(general);
        if let Some(claims) = Claims::read(token) {
            let condition = claims.condition_of_lists();
            hint = format!(
                "{hint}\nthe token has {claims}\nit meets this condition of a trust policy: {condition}"
            );
        }
        let class = FailureClass::Unauthenticated;
        CallError { class, what: Some(what), hint: Some(hint), ..failed.clone() }
    }
}
