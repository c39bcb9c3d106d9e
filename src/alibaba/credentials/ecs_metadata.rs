//! The role of an ECS instance, from its metadata service.
//!
//! Source: <https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata>

use jiff::Timestamp;
use secrecy::SecretString;

use super::{issued, sts};
use crate::cloud::credentials::exchange::{
    Answers, Exchange, Issued, Next, Patience, Question, Step, whole_body,
};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{is_on, text, wrong};
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, Response};

const ROLE: &str = "ALIBABA_CLOUD_ECS_METADATA";
const SERVER: &str = "the metadata service of this ECS instance";

/// A role of this instance.
pub(super) struct EcsMetadata {
    endpoint: Endpoint,
    role: String,
    /// Whether the service may be asked without a token of its own.
    without_token: bool,
}

/// The role that the environment names; the service is never probed.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let Some(role) = text(context.env, ROLE)? else { return Ok(None) };
    if is_on(context.env, "ALIBABA_CLOUD_ECS_METADATA_DISABLED") {
        tracing::info!("`ALIBABA_CLOUD_ECS_METADATA_DISABLED` is on: `{ROLE}` is not used");
        return Ok(None);
    }
    let exchange = EcsMetadata::new(context, ROLE, role)?;
    Ok(Some(Found {
        name: format!("`{ROLE}`"),
        way: Way::Exchange(Box::new(exchange), None),
        account: Vec::new(),
    }))
}

impl EcsMetadata {
    /// The instance's role of this name.
    pub(super) fn new(context: &Context, named_by: &str, role: &str) -> Result<Self, Error> {
        let fits = role.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !fits {
            return Err(wrong(
                named_by,
                "is no name of a role",
                "give the name that the instance's page in the ECS console shows, without `acs:ram`",
            ));
        }
        let without_token = !is_on(context.env, "ALIBABA_CLOUD_IMDSV1_DISABLED");
        let (endpoint, _) =
            Endpoint::split("http://100.100.100.200/").map_err(|problem| wrong(named_by, &problem, ""))?;
        Ok(Self { endpoint, role: role.to_owned(), without_token })
    }

    fn token_step(&self) -> Step {
        let headers = vec![Header::new("X-aliyun-ecs-metadata-token-ttl-seconds", "21600")];
        self.step(
            Method::Put,
            "/latest/api/token".to_owned(),
            headers,
            "the token for its metadata",
            read_token,
        )
    }

    fn keys_step(&self, token: Option<&SecretString>) -> Step {
        let token = token.map(|token| Header::secret("X-aliyun-ecs-metadata-token", token.clone()));
        let path = format!("/latest/meta-data/ram/security-credentials/{}", self.role);
        self.step(Method::Get, path, Vec::from_iter(token), "the keys of its role", read_keys)
    }
}

impl EcsMetadata {
    fn step(
        &self,
        method: Method,
        path: String,
        headers: Vec<Header>,
        call: &'static str,
        read: fn(&Response) -> Result<(), CallError>,
    ) -> Step {
        let endpoint = self.endpoint.clone();
        let request = Request { method, path, query: Vec::new(), headers, body: String::new().into() };
        Step {
            call,
            server: SERVER,
            endpoint,
            request,
            signed_with: None,
            patience: Patience::Metadata,
            read,
        }
    }
}

impl Question<Issued> for EcsMetadata {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let token = match answers.either(|| self.token_step())? {
            Ok(response) => whole_body(response),
            // An older service knows no tokens. What else fails must not be passed over.
            Err(refused) if self.without_token && matches!(refused.answer.http_status, Some(404 | 405)) => {
                None
            }
            Err(refused) => return Err(refused.clone().into()),
        };
        let response = answers.success(|| self.keys_step(token.as_ref()))?;
        let issued = issued::read(SERVER, response)?;
        Ok(Issued { holder: Some(format!("role `{}` of this ECS instance", self.role)), ..issued })
    }
}

impl Exchange for EcsMetadata {}

fn read_token(response: &Response) -> Result<(), CallError> {
    let is_token = (200..300).contains(&response.status) && whole_body(response).is_some();
    if is_token { Ok(()) } else { Err(failed(response)) }
}

fn read_keys(response: &Response) -> Result<(), CallError> {
    match &response.body {
        Body::Json(_) if (200..300).contains(&response.status) => sts::read(response),
        _ => Err(failed(response)),
    }
}

fn failed(response: &Response) -> CallError {
    let (class, hint) = match response.status {
        404 => (
            FailureClass::Rejected,
            "no such role at this instance: bind it in the ECS console, or correct its name",
        ),
        403 => (
            FailureClass::Rejected,
            "the instance asks for tokens and refuses this one: see its metadata options",
        ),
        400..500 => (
            FailureClass::Rejected,
            "see whether this machine is an ECS instance, and its metadata service is on",
        ),
        _ => (
            FailureClass::Unknown,
            "see whether this machine is an ECS instance, and its metadata service is on",
        ),
    };
    let answer = ApiError { http_status: Some(response.status), ..ApiError::default() };
    CallError { hint: Some(hint.to_owned()), ..CallError::answered(class, answer) }
}
