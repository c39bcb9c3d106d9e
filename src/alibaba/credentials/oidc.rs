//! Keyless: the CI's identity token and a role, `AssumeRoleWithOIDC`. Nothing signs it; the token is in the form, where no
//! log of URLs keeps it.
//!
//! Source: <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc>

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{PROVIDER_ARN, ROLE_ARN, issued, sts};
use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
use crate::cloud::credentials::identity::claims::Claims;
use crate::cloud::credentials::identity::{self, IdentityToken, TokenVariables};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{half, text};
use crate::error::{CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Header, Method, Request};
use crate::text::encode::encode_pairs;

pub(super) const TOKEN: TokenVariables = TokenVariables {
    file: "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    token: Some("ALIBABA_CLOUD_OIDC_TOKEN"),
    audience: "sts.aliyuncs.com",
};

/// The role that an identity token is exchanged for.
pub(super) struct AssumeRoleWithOidc {
    pub(super) endpoint: Endpoint,
    pub(super) role_arn: String,
    pub(super) provider_arn: String,
    pub(super) session_name: String,
    pub(super) token: IdentityToken,
    pub(super) lifetime: Duration,
}

/// The role and the provider of the environment, with the CI's token.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let env = context.env;
    let (role_arn, provider_arn) = (text(env, ROLE_ARN)?, text(env, PROVIDER_ARN)?);
    let (role_arn, provider_arn) = match (role_arn, provider_arn) {
        (Some(role_arn), Some(provider_arn)) => (role_arn, provider_arn),
        (None, Some(_)) => return Err(half(&[PROVIDER_ARN], &[ROLE_ARN])),
        // With keys, the role is assumed by these.
        (_, None) => return alone(context).map(|()| None),
    };
    let token = IdentityToken::find(context, &TOKEN)?.ok_or_else(|| {
        identity::missing(context, &format!("`{ROLE_ARN}` and `{PROVIDER_ARN}` ask"), &TOKEN)
    })?;
    let session = "ALIBABA_CLOUD_ROLE_SESSION_NAME";
    let name = format!("`{ROLE_ARN}` with {token}");
    let exchange = AssumeRoleWithOidc {
        endpoint: sts::endpoint(context, None)?,
        role_arn: sts::arn(ROLE_ARN, role_arn, "role")?.to_owned(),
        provider_arn: sts::arn(PROVIDER_ARN, provider_arn, "oidc-provider")?.to_owned(),
        session_name: sts::session_name(session, text(env, session)?)?,
        lifetime: if token.is_renewable() { sts::HOUR } else { context.lifetime },
        token,
    };
    Ok(Some(Found { name, way: Way::Exchange(Box::new(exchange), None), account: Vec::new() }))
}

/// A token that is there for nothing.
fn alone(context: &Context) -> Result<(), Error> {
    let is_named = text(context.env, super::PROFILE)?.is_some();
    for name in [Some(TOKEN.file), TOKEN.token].into_iter().flatten() {
        if text(context.env, name)?.is_some() && !is_named {
            return Err(half(&[name], &[ROLE_ARN, PROVIDER_ARN]));
        }
    }
    Ok(())
}

impl Question<Issued> for AssumeRoleWithOidc {
    fn next(&self, now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let token = self.token.get(answers)?;
        let refused = |failed: &CallError| Next::from(self.refused(failed, token.expose_secret()));
        let response = match answers.either(|| self.step(now, &token, self.lifetime))? {
            Ok(response) => response,
            Err(failed)
                if self.lifetime > sts::HOUR && failed.answer.code.as_deref() == Some(sts::TOO_LONG) =>
            {
                let shorter = answers.either(|| {
                    tracing::warn!(
                        "the role allows no session of {} s: one of 3600 s is asked for, and the wait may outlive it",
                        self.lifetime.as_secs()
                    );
                    self.step(now, &token, sts::HOUR)
                })?;
                shorter.as_ref().map_err(refused)?
            }
            Err(failed) => return Err(refused(failed)),
        };
        Ok(issued::read(sts::SERVER, response)?)
    }
}

impl Exchange for AssumeRoleWithOidc {
    fn is_renewable(&self) -> bool {
        self.token.is_renewable()
    }
}

impl AssumeRoleWithOidc {
    fn step(&self, now: Timestamp, token: &SecretString, lifetime: Duration) -> Step {
        let form = SecretString::from(encode_pairs(&[
            ("DurationSeconds", &*lifetime.as_secs().to_string()),
            ("OIDCProviderArn", &self.provider_arn),
            ("OIDCToken", token.expose_secret()),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", &self.session_name),
        ]));
        let request = Request {
            method: Method::Post,
            path: "/".to_owned(),
            query: vec![
                ("Action", "AssumeRoleWithOIDC".to_owned()),
                ("Format", "JSON".to_owned()),
                ("Timestamp", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
                ("Version", sts::VERSION.to_owned()),
            ],
            headers: vec![
                Header::new("accept", "application/json"),
                Header::new("content-type", "application/x-www-form-urlencoded"),
            ],
            body: form.into(),
        };
        Step {
            call: "`AssumeRoleWithOIDC`",
            server: sts::SERVER,
            endpoint: self.endpoint.clone(),
            request,
            signed_with: None,
            patience: Patience::Query,
            read: sts::read,
        }
    }

    /// What was asked for, what the token says, and the condition that it would meet.
    fn refused(&self, failed: &CallError, token: &str) -> CallError {
        let (role, provider) = (&self.role_arn, &self.provider_arn);
        let what = failed.what.clone().unwrap_or_default();
        let what = format!("{what} for the role `{role}` and the provider `{provider}`");
        let general = "see the vendor's message".to_owned();
        let mut hint = failed.hint.clone().unwrap_or(general);
        if let Some(claims) = Claims::read(token) {
            hint = format!("{hint}\nthe token has {claims}");
            if is_about_trust(failed) {
                hint = format!("{hint}\nit meets this condition of a trust policy: {}", claims.condition());
            }
        }
        let class = FailureClass::Unauthenticated;
        CallError { class, what: Some(what), hint: Some(hint), ..failed.clone() }
    }
}

/// Whether a change of the trust policy may be the remedy.
fn is_about_trust(failed: &CallError) -> bool {
    const ELSEWHERE: [&str; 5] = [
        "OIDCToken.Expired",
        "HttpsUrlInvalid",
        "PublicKeyFingerprintMismatch",
        "EntityNotExist.",
        "InvalidParameter.",
    ];
    let code = failed.answer.code.as_deref().unwrap_or_default();
    let is_unknown_provider =
        failed.answer.message.as_deref().is_some_and(|message| message.starts_with("No such OIDC"));
    !is_unknown_provider && !ELSEWHERE.iter().any(|elsewhere| code.contains(elsewhere))
}
