//! The agency of an ECS, from its metadata service.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html>, and the vendor's own SDK.

use jiff::Timestamp;
use secrecy::SecretString;

use super::iam;
use super::security_key::{self, CREDENTIAL};
use crate::cloud::credentials::exchange::{
    Answers, Exchange, Issued, Next, Patience, Question, Step, whole_body,
};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{is_on, text, wrong};
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, Response};

const SWITCH: &str = "HUAWEICLOUD_ECS_METADATA";
const SERVER: &str = "the metadata service of this ECS";

/// What the service says with its 401 where the ECS has no agency. Any other 401 is about the token.
const NO_AGENCY: &str = "configure Cloud Service Agency";

struct Metadata {
    endpoint: Endpoint,
}

/// The agency of this ECS, where the environment asks for it; the service is never probed.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    if !is_on(context.env, SWITCH) {
        return match text(context.env, SWITCH)? {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("false") || value == "0" => Ok(None),
            Some(_) => {
                Err(wrong(SWITCH, "is neither `true` nor `false`", "give one of both, or leave it out"))
            }
        };
    }
    let (endpoint, _) =
        Endpoint::split("http://169.254.169.254/").map_err(|problem| wrong(SWITCH, &problem, ""))?;
    let way = Way::Exchange(Box::new(Metadata { endpoint }), None);
    Ok(Some(Found { name: format!("`{SWITCH}`"), way, account: Vec::new() }))
}

impl Question<Issued> for Metadata {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let token = self.token(answers)?;
        let response = match answers.either(|| self.keys_step(token.as_ref()))? {
            Ok(response) => response,
            Err(refused) if is_stale(refused) => {
                let token = self.token(answers)?;
                answers.success(|| self.keys_step(token.as_ref()))?
            }
            Err(refused) => return Err(refused.clone().into()),
        };
        Ok(security_key::read(SERVER, &CREDENTIAL, response, Some("agency of this ECS".to_owned()))?)
    }
}

impl Exchange for Metadata {}

impl Metadata {
    /// The token that the service wants, if it is one that knows tokens.
    fn token(&self, answers: &mut Answers) -> Result<Option<SecretString>, Next> {
        let headers = vec![Header::new("X-Metadata-Token-Ttl-Seconds", "21600")];
        let step = || {
            self.step(
                Method::Put,
                "/meta-data/latest/api/token",
                headers,
                "the token for its metadata",
                read_token,
            )
        };
        match answers.either(step)? {
            Ok(response) => Ok(whole_body(response)),
            Err(refused) if matches!(refused.answer.http_status, Some(404 | 405)) => Ok(None),
            Err(refused) => Err(refused.clone().into()),
        }
    }

    fn keys_step(&self, token: Option<&SecretString>) -> Step {
        let token = token.map(|token| Header::secret("X-Metadata-Token", token.clone()));
        let path = "/openstack/latest/securitykey";
        self.step(Method::Get, path, Vec::from_iter(token), "the keys of its agency", read_keys)
    }

    fn step(
        &self,
        method: Method,
        path: &str,
        headers: Vec<Header>,
        call: &'static str,
        read: fn(&Response) -> Result<(), CallError>,
    ) -> Step {
        let (endpoint, path) = (self.endpoint.clone(), path.to_owned());
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

fn is_stale(refused: &CallError) -> bool {
    let has_agency = !refused.answer.message.as_deref().is_some_and(|message| message.contains(NO_AGENCY));
    refused.answer.http_status == Some(401) && has_agency
}

fn read_token(response: &Response) -> Result<(), CallError> {
    let is_token = (200..300).contains(&response.status) && whole_body(response).is_some();
    if is_token { Ok(()) } else { Err(failed(response)) }
}

fn read_keys(response: &Response) -> Result<(), CallError> {
    match &response.body {
        Body::Json(_) if (200..300).contains(&response.status) => iam::read(response),
        _ => Err(failed(response)),
    }
}

fn failed(response: &Response) -> CallError {
    let message = match &response.body {
        Body::Text(text) if response.status == 401 => Some(text.trim().to_owned()),
        _ => None,
    };
    let hint = if message.as_deref().is_some_and(|message| message.contains(NO_AGENCY)) {
        "this ECS has no agency: give it one in the ECS console (cloud service agency, for ECS)"
    } else {
        "see whether this machine is an ECS with an agency, and its metadata service is on"
    };
    let class =
        if (400..500).contains(&response.status) { FailureClass::Rejected } else { FailureClass::Unknown };
    let answer = ApiError { http_status: Some(response.status), message, ..ApiError::default() };
    CallError { hint: Some(hint.to_owned()), ..CallError::answered(class, answer) }
}
