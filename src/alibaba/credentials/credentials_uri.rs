//! A URI that gives out keys, as a credentials helper on this machine serves it.

use jiff::Timestamp;

use super::{issued, sts};
use crate::cloud::credentials::exchange::{Answers, Exchange, Issued, Next, Patience, Question, Step};
use crate::cloud::credentials::source::{Context, Found, Way};
use crate::cloud::credentials::variable::{text, wrong};
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, Response};

const URI: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";
const SERVER: &str = "the server of `ALIBABA_CLOUD_CREDENTIALS_URI`";

/// A URI, whose path and query are sent as they are.
pub(super) struct CredentialsUri {
    endpoint: Endpoint,
    target: String,
}

/// The URI of the environment.
pub(super) fn look(context: &Context, _is_first: bool) -> Result<Option<Found>, Error> {
    let Some(uri) = text(context.env, URI)? else { return Ok(None) };
    let hint = "give `https://…`, or `http://…` of this machine";
    let (endpoint, target) = Endpoint::split(uri).map_err(|problem| wrong(URI, &problem, hint))?;
    let exchange = CredentialsUri { endpoint, target };
    Ok(Some(Found {
        name: format!("`{URI}`"),
        way: Way::Exchange(Box::new(exchange), None),
        account: Vec::new(),
    }))
}

impl Question<Issued> for CredentialsUri {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<Issued, Next> {
        let response = answers.success(|| self.step())?;
        Ok(issued::read(SERVER, response)?)
    }
}

impl Exchange for CredentialsUri {}

impl CredentialsUri {
    fn step(&self) -> Step {
        Step {
            call: "the request for keys",
            server: SERVER,
            endpoint: self.endpoint.clone(),
            request: Request {
                method: Method::Get,
                path: self.target.clone(),
                query: Vec::new(),
                headers: vec![Header::new("accept", "application/json")],
                body: String::new().into(),
            },
            signed_with: None,
            patience: Patience::Query,
            read,
        }
    }
}

/// `Code: "Success"` is a success, and what is no JSON under a 4xx a refusal.
fn read(response: &Response) -> Result<(), CallError> {
    if matches!(response.body, Body::Json(_)) || !(400..500).contains(&response.status) {
        let hint = Some(format!("see whether `{URI}` is right, and what serves it runs"));
        return sts::read(response).map_err(|failed| CallError { hint, ..failed });
    }
    let class = match response.status {
        408 => FailureClass::Unknown,
        429 => FailureClass::Throttled,
        _ => FailureClass::Rejected,
    };
    let answer = ApiError { http_status: Some(response.status), ..ApiError::default() };
    let hint = format!("see whether `{URI}` is right, and what serves it runs");
    Err(CallError { hint: Some(hint), ..CallError::answered(class, answer) })
}
