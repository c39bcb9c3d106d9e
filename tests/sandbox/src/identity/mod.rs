//! The identity tokens of CI systems: GitHub's endpoint, which Forgejo speaks as well, and what the clouds make of a token.

#[cfg(test)]
mod tests;
mod token;
mod trust;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

pub use token::Claims;
pub(crate) use trust::Distrust;
pub use trust::{Provider, Trust};

use crate::{
    http::{Answer, Request},
    refusal::Refusal,
    reply::Reply,
    state::Outcome,
    text, world,
};

/// The name of the one API.
pub(crate) const OPERATION: &str = "GetIdToken";

/// The token endpoint of a job that runs now.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the job has as `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub request_token: String,
    /// The tokens' `iss` at GitHub's path; at Forgejo's it is [`world::FORGEJO_ISSUER`].
    pub issuer: String,
    /// The tokens' `sub`.
    pub subject: String,
    /// Further claims.
    pub more: Map<String, Value>,
    /// How long a token is valid.
    pub lifetime: SignedDuration,
}

/// Whether this is the path of a token endpoint.
pub(crate) fn is_endpoint(path: &str) -> bool {
    path.split('/').any(|segment| segment == "idtoken")
}

impl Identity {
    pub(crate) fn fresh() -> Self {
        Self {
            request_token: world::ID_TOKEN_REQUEST_TOKEN.into(),
            issuer: world::GITHUB_ISSUER.into(),
            subject: world::GITHUB_SUBJECT.into(),
            more: Map::new(),
            lifetime: SignedDuration::from_mins(5),
        }
    }

    pub(crate) fn handle(&self, now: Timestamp, request: &Request) -> Outcome {
        let result = self.answer(now, request);
        Outcome { accepted: !matches!(&result, Err(refusal) if refusal.status == 401), result }
    }

    fn answer(&self, now: Timestamp, request: &Request) -> Result<Reply, Refusal> {
        if request.method != "GET" {
            return Err(refusal(
                405,
                "MethodNotAllowed",
                "The requested resource does not support the method.",
            ));
        }
        let authorization = request.header("authorization").unwrap_or_default();
        let (scheme, token) = authorization.split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("bearer") || token != self.request_token {
            // The page of GitHub's that refuses is empty.
            return Err(refusal(401, "Unauthorized", ""));
        }
        let audience = audience(request)?;
        let is_forgejo = request.path().starts_with("/api/actions/");
        let issuer = if is_forgejo { world::FORGEJO_ISSUER } else { &self.issuer };
        let claims = Claims::new(now, issuer, &audience, &self.subject).living(self.lifetime);
        let token = Claims { more: self.more.clone(), ..claims }.token();
        Ok(json!({ "count": 1, "value": token }).into())
    }
}

/// The one audience that is asked for. GitHub takes its owner's address where there is none; no cloud believes that.
fn audience(request: &Request) -> Result<String, Refusal> {
    let pairs = text::pairs(request.query());
    let mut audiences = pairs.into_iter().filter(|(name, _)| name == "audience").map(|(_, value)| value);
    match (audiences.next(), audiences.next()) {
        (Some(audience), None) if !audience.is_empty() => Ok(audience),
        _ => Err(refusal(400, "BadRequest", "The audience must be given exactly once.")),
    }
}

fn refusal(status: u16, code: &'static str, message: &str) -> Refusal {
    Refusal::new(status, code, message)
}

/// What an error of this name says.
pub(crate) fn documented(status: u16, code: &str) -> Refusal {
    let message = match code {
        "Pending" => "Can't issue ID_TOKEN for job in 'Pending' state.",
        other => other,
    };
    Refusal::new(status, code.to_owned(), message)
}

/// Puts the endpoint's envelope around a result. An error without a message is an empty page.
pub(crate) fn render(result: &Result<Reply, Refusal>) -> Answer {
    let (status, body) = match result {
        Ok(reply) => (reply.status, reply.body.to_string()),
        Err(refusal) if refusal.message.is_empty() => (refusal.status, String::new()),
        Err(refusal) => (refusal.status, json!({ "message": refusal.message }).to_string()),
    };
    let headers = vec![("Content-Type".into(), "application/json; charset=utf-8".into())];
    Answer { status, headers, body: body.into_bytes() }
}
