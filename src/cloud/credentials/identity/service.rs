//! GitHub's service for identity tokens, and Forgejo's, which speaks the same protocol.
//!
//! Source: <https://docs.github.com/en/actions/reference/security/oidc>

use std::sync::LazyLock;

use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value;

use super::checked;
use crate::cloud::credentials::check::Part;
use crate::cloud::credentials::exchange::{Answers, Next, Patience, Step};
use crate::cloud::credentials::variable::{half, secret, text, wrong};
use crate::error::{ApiError, CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, Response};
use crate::process::env::Env;

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The service, asked for one audience.
pub struct TokenService {
    endpoint: Endpoint,
    /// Path and query, the audience in it.
    target: String,
    request_token: SecretString,
}

impl TokenService {
    /// The service that the CI names, if it names one.
    pub fn find(env: &Env, audience: &str) -> Result<Option<Self>, Error> {
        let (url, request_token) = (text(env, URL)?, secret(env, TOKEN, Part::Token)?);
        match (url, request_token) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(half(&[URL], &[TOKEN])),
            (None, Some(_)) => Err(half(&[TOKEN], &[URL])),
            (Some(url), Some(request_token)) => {
                let hint = "it is the CI that sets it: hand it on to this process as it is";
                let with_audience = for_audience(url, audience).ok_or("is not a URL".to_owned());
                let (endpoint, target) = with_audience
                    .and_then(|url| Endpoint::split(&url))
                    .map_err(|problem| wrong(URL, &problem, hint))?;
                Ok(Some(Self { endpoint, target, request_token }))
            }
        }
    }

    /// A new token, if it was asked for already.
    pub(super) fn get(&self, answers: &mut Answers) -> Result<SecretString, Next> {
        let response = answers.success(|| self.step())?;
        let value = match &response.body {
            Body::Json(body) => body.get("value").and_then(Value::as_str).unwrap_or_default(),
            Body::Text(_) | Body::Unreadable(_) => "",
        };
        checked(value).map_err(|problem| {
            let what = format!("the answer of {SERVER} is of no use: its `value` {problem}");
            CallError::without_answer(FailureClass::Unauthenticated, what, Some(REFUSED)).into()
        })
    }

    fn step(&self) -> Step {
        let bearer = format!("bearer {}", secrecy::ExposeSecret::expose_secret(&self.request_token));
        Step {
            call: "the request for an identity token",
            server: SERVER,
            endpoint: self.endpoint.clone(),
            request: Request {
                method: Method::Get,
                path: self.target.clone(),
                query: Vec::new(),
                headers: vec![
                    Header::secret("authorization", bearer.into()),
                    Header::new("accept", "application/json; api-version=2.0"),
                ],
                body: String::new().into(),
            },
            signed_with: None,
            patience: Patience::Query,
            read,
        }
    }
}

const SERVER: &str = "the CI's service for identity tokens";

const REFUSED: &str = "the job may have lost `permissions: id-token: write`, or its token for asking has expired: \
                       run the job again";

/// The URL with this audience and no other.
#[must_use]
pub fn for_audience(url: &str, audience: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "audience")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("audience", audience);
    url.set_fragment(None);
    Some(url.into())
}

/// A job that is still pending gets a 403, too, and that passes.
fn read(response: &Response) -> Result<(), CallError> {
    static EMPTY: LazyLock<Value> = LazyLock::new(Value::default);
    let body = match &response.body {
        Body::Json(body) => body,
        Body::Text(_) | Body::Unreadable(_) => &EMPTY,
    };
    let message = body.get("message").and_then(Value::as_str).map(str::to_owned);
    let is_pending = message.as_deref().is_some_and(|message| message.contains("Pending"));
    let class = match response.status {
        200..300 if matches!(response.body, Body::Json(_)) => return Ok(()),
        429 => FailureClass::Throttled,
        200..400 | 408 | 500.. => FailureClass::Unknown,
        403 if is_pending => FailureClass::Unknown,
        _ => FailureClass::Rejected,
    };
    let answer = ApiError { http_status: Some(response.status), message, ..ApiError::default() };
    // Where something else is wrong, the permission is not to be doubted.
    let hint = (class == FailureClass::Rejected).then(|| REFUSED.to_owned());
    Err(CallError { hint, ..CallError::answered(class, answer) })
}

#[cfg(test)]
mod tests {
    use super::{for_audience, read};
    use crate::error::FailureClass::{Rejected, Throttled, Unknown};
    use crate::http::{Body, Response};

    #[test]
    fn the_audience_is_there_exactly_once() {
        let twice = "https://a.example/t?audience=x&b=1&audience=y#f";
        assert_eq!(for_audience(twice, "z").unwrap(), "https://a.example/t?b=1&audience=z");
        assert_eq!(for_audience("not a url", "z"), None);
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let pending = r#"{"message":"Can't issue ID_TOKEN for job in 'Pending' state."}"#;
        let cases = [
            (200, r#"{"value":"a.b.c"}"#, None),
            (200, "<html>", Some(Unknown)),
            (302, "", Some(Unknown)),
            (403, pending, Some(Unknown)),
            (403, r#"{"message":"forbidden"}"#, Some(Rejected)),
            (401, "", Some(Rejected)),
            (404, "", Some(Rejected)),
            (408, "", Some(Unknown)),
            (429, "", Some(Throttled)),
            (503, "", Some(Unknown)),
        ];
        for (status, body, class) in cases {
            let response = Response { status, headers: Vec::new(), body: Body::read(body.as_bytes()) };
            assert_eq!(read(&response).err().map(|failed| failed.class), class, "{status} {body}");
        }
    }
}
