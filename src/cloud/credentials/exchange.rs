//! What credential services are asked: a pure question that makes requests, each to an address of its own, and ends in what
//! their answers say together.

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::Credentials;
use crate::error::CallError;
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Request, Response};

/// A question to credential services: a pure function from the answers so far to the next request, or to the result.
pub trait Question<T> {
    /// The result, or what is needed first. `now` is the time that a request carries.
    fn next(&self, now: Timestamp, answers: &mut Answers) -> Result<T, Next>;
}

/// A source whose credentials are given out for a time.
pub trait Exchange: Question<Issued> {
    /// Whether asking again gives fresh credentials, however late.
    fn is_renewable(&self) -> bool {
        true
    }
}

/// Credentials as a service gave them out.
pub struct Issued {
    /// What calls are authorised with.
    pub credentials: Credentials,
    /// From when on they are refused, by the service's clock.
    pub expires: Timestamp,
    /// Whose they are, for people: a role, an agency, an account.
    pub holder: Option<String>,
}

/// One request to a credential service.
pub struct Step {
    /// The call, for people: the vendor's name of the API, or what it is about.
    pub call: &'static str,
    /// Who is asked, for people.
    pub server: &'static str,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// The request. Where nothing signs it, its path may carry an encoded query.
    pub request: Request,
    /// What signs it; without it, nothing but its own headers and body authorises it.
    pub signed_with: Option<Credentials>,
    /// How long it may take, and how often it is made.
    pub patience: Patience,
    /// Whether an answer is a success, and what kind of failure otherwise.
    pub read: fn(&Response) -> Result<(), CallError>,
}

/// How long a request may take, and how often it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As any query: `request_timeout`, repeated while `retry_timeout` allows.
    Query,
    /// The metadata service of this very machine: 2 s, and one repetition.
    Metadata,
}

/// A file that holds a token, read anew for each exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile {
    /// The variable or the profile's field that names it.
    pub named_by: String,
    /// Where it is.
    pub path: String,
}

/// What a question needs before it can go on.
pub enum Next {
    /// The answer to this request.
    Send(Box<Step>),
    /// What is in this file.
    Read(TokenFile),
    /// Nothing: it has come to a bad end.
    Failed(Box<CallError>),
}

/// The answers to a question so far, read one after the other.
pub struct Answers<'a>(std::slice::Iter<'a, Answer>);

/// One answer.
pub enum Answer {
    /// A success, or a refusal, which may tell something too.
    Response(Result<Response, CallError>),
    /// A file's text.
    Text(SecretString),
}

impl<'a> Answers<'a> {
    /// The answers, the first one next.
    #[must_use]
    pub fn new(answers: &'a [Answer]) -> Self {
        Self(answers.iter())
    }

    /// The answer to this request, a refusal included; if it is not there yet, the request is to be made.
    pub fn either(&mut self, step: impl FnOnce() -> Step) -> Result<&'a Result<Response, CallError>, Next> {
        match self.0.next() {
            Some(Answer::Response(answer)) => Ok(answer),
            _ => Err(Next::Send(Box::new(step()))),
        }
    }

    /// The successful answer to this request; a refusal ends the question.
    pub fn success(&mut self, step: impl FnOnce() -> Step) -> Result<&'a Response, Next> {
        self.either(step)?.as_ref().map_err(|refused| Next::Failed(Box::new(refused.clone())))
    }

    /// The text of this file; if it was not read yet, it is to be read.
    pub fn text(&mut self, file: impl FnOnce() -> TokenFile) -> Result<&'a SecretString, Next> {
        match self.0.next() {
            Some(Answer::Text(text)) => Ok(text),
            _ => Err(Next::Read(file())),
        }
    }
}

/// A token that is the whole body of an answer, if it is one. One of digits alone looks like JSON.
#[must_use]
pub fn whole_body(response: &Response) -> Option<SecretString> {
    let text = match &response.body {
        Body::Text(text) => text.trim().to_owned(),
        Body::Json(Value::Number(number)) => number.to_string(),
        Body::Json(_) | Body::Unreadable(_) => return None,
    };
    let is_token = !text.is_empty() && text.chars().all(|c| matches!(c, '!'..='~'));
    is_token.then(|| text.into())
}

impl From<CallError> for Next {
    fn from(failed: CallError) -> Self {
        Self::Failed(Box::new(failed))
    }
}
