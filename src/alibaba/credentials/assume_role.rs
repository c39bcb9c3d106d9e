//! Keys and a role: `AssumeRole`, signed by the keys, its parameters in the query.
//!
//! Source: <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole>

use std::time::Duration;

use jiff::Timestamp;

use super::{KEYS, PROFILE, PROVIDER_ARN, ROLE_ARN, issued, sts};
use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{half, text};
use crate::cloud::credentials::{Credentials, Keys};
use crate::error::Error;
use crate::http::Request;
use crate::http::endpoint::Endpoint;

/// The role that keys are exchanged for.
pub(super) struct AssumeRole {
    pub(super) endpoint: Endpoint,
    pub(super) keys: Keys,
    pub(super) role_arn: String,
    pub(super) session_name: String,
    pub(super) external_id: Option<String>,
    pub(super) lifetime: Duration,
}

/// The first complete keys, with the role of the environment.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let env = context.env;
    let Some(role_arn) = text(env, ROLE_ARN)? else { return Ok(None) };
    if text(env, PROVIDER_ARN)?.is_some() {
        return Ok(None);
    }
    for family in &KEYS {
        let Some(keys) = family.read(env)? else { continue };
        let session = "ALIBABA_CLOUD_ROLE_SESSION_NAME";
        let exchange = AssumeRole {
            endpoint: sts::endpoint(context, None)?,
            keys: keys.clone(),
            role_arn: sts::arn(ROLE_ARN, role_arn, "role")?.to_owned(),
            session_name: sts::session_name(session, text(env, session)?)?,
            external_id: None,
            lifetime: sts::HOUR,
        };
        let way = Way::Exchange(Box::new(exchange), Some(keys));
        return Ok(Some(Found {
            name: format!("`{}` with `{ROLE_ARN}`", family.id),
            way,
            account: Vec::new(),
        }));
    }
    // A profile may leave the role to the environment.
    if text(env, PROFILE)?.is_some() {
        return Ok(None);
    }
    Err(half(&[ROLE_ARN], &[PROVIDER_ARN])
        .with_hint(format!("set `{PROVIDER_ARN}` for keyless credentials, or keys that may assume the role")))
}

impl Question<Issued> for AssumeRole {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let response = answers.success(|| self.step())?;
        Ok(issued::read(sts::SERVER, response)?)
    }
}

impl Exchange for AssumeRole {}

impl AssumeRole {
    fn step(&self) -> Step {
        let mut request: Request = crate::alibaba::call("AssumeRole", sts::VERSION);
        request.query = vec![
            ("DurationSeconds", self.lifetime.as_secs().to_string()),
            ("RoleArn", self.role_arn.clone()),
            ("RoleSessionName", self.session_name.clone()),
        ];
        request.query.extend(self.external_id.clone().map(|id| ("ExternalId", id)));
        Step {
            call: "`AssumeRole`",
            server: sts::SERVER,
            endpoint: self.endpoint.clone(),
            request,
            signed_with: Some(Credentials::Keys(self.keys.clone())),
            patience: Patience::Query,
            read: sts::read,
        }
    }
}
