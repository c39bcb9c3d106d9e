//! Huawei Cloud: its services, its error envelopes, its codes.

use serde_json::Value;

use self::error_codes::CODES;
use crate::cloud::credentials::Credentials;
use crate::cloud::credentials::exchange::Question;
use crate::cloud::credentials::source::{Context, Source};
use crate::cloud::error_codes::{Envelope, unreadable};
use crate::cloud::signed_text::without_signed_text;
use crate::cloud::signing;
use crate::cloud::signing::SigningTime;
use crate::cloud::{Cloud, Signed};
use crate::error::{CallError, Error};
use crate::http::{ApiResponse, Body, Header, Method, Request, Response};
use crate::process::env::Env;

mod credentials;
pub mod deploy_packages;
mod deployment;
pub mod error_codes;
mod factory;
mod inputs;
pub mod publish_extension_draft;
pub mod release_package;
pub mod services;
pub mod sign;

/// The vendor.
pub struct Huawei;

impl Cloud for Huawei {
    fn name(&self) -> &'static str {
        "Huawei Cloud"
    }

    fn sources(&self) -> &'static [Source] {
        credentials::SOURCES
    }

    fn may_look_up(&self, input: &str, env: &Env, region: Option<&str>) -> bool {
        credentials::may_look_up(input, env, region)
    }

    fn look_up(
        &self,
        input: &str,
        context: &Context,
        credentials: Credentials,
    ) -> Result<Option<Box<dyn Question<String>>>, Error> {
        credentials::look_up(context, input, credentials)
    }

    fn authorize(
        &self,
        request: &Request,
        host: &str,
        credentials: &Credentials,
        stamp: &SigningTime,
    ) -> Signed {
        match credentials {
            Credentials::Keys(keys) => sign::sign(request, host, keys, stamp),
            Credentials::Token(token) => Signed::with_token(
                request.headers.clone(),
                signing::query(&request.pairs()),
                "X-Auth-Token",
                token.clone(),
            ),
        }
    }

    /// A failure has a code and a message under one of three pairs of names, perhaps further inside, and may come with
    /// HTTP 200.
    fn read(&self, response: &Response) -> Result<ApiResponse, CallError> {
        let from_header = response.header("x-request-id").map(str::to_owned);
        let Body::Json(body) = &response.body else {
            return Err(unreadable(response, from_header));
        };
        let request_id = from_header.or_else(|| text(body, "request_id"));
        let is_2xx = (200..300).contains(&response.status);
        let (code, message) = failure(body, is_2xx).unwrap_or_default();
        let message = message.map(|message| without_signed_text(&message).to_owned());
        let is_complete = message.is_some();
        CODES.read(response, Envelope { code, message, request_id, is_complete })
    }

    fn hint(&self, code: &str) -> Option<&'static str> {
        CODES.hint(code)
    }
}

/// How far inside an error body its code is looked for.
const DEEPEST: usize = 3;

/// Code and message of an error body. In a body of success only what cannot be a part of the result counts.
fn failure(body: &Value, is_2xx: bool) -> Option<(Option<String>, Option<String>)> {
    if is_2xx {
        return flat(body).or_else(|| flat(body.get("error")?));
    }
    // A gateway may have wrapped the API's own refusal in one of its own.
    nested(body, DEEPEST).or_else(|| flat(body)).or_else(|| body.as_object()?.values().find_map(flat))
}

fn flat(body: &Value) -> Option<(Option<String>, Option<String>)> {
    const NAMES: [(&str, &str); 3] =
        [("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")];
    NAMES.iter().find_map(|(code, message)| Some((Some(text(body, code)?), text(body, message))))
}

/// The first pair whose code has the vendor's form.
fn nested(body: &Value, deepest: usize) -> Option<(Option<String>, Option<String>)> {
    let is_vendors =
        |(code, _): &(Option<String>, Option<String>)| code.as_deref().is_some_and(CODES.is_code);
    flat(body).filter(is_vendors).or_else(|| {
        let inner = body.as_object().filter(|_| deepest > 0)?.values();
        inner.into_iter().find_map(|value| nested(value, deepest - 1))
    })
}

fn text(body: &Value, name: &str) -> Option<String> {
    match body.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A `POST` with a JSON body.
fn post(path: String, body: &Value) -> Request {
    Request {
        method: Method::Post,
        path,
        query: Vec::new(),
        headers: vec![Header::new("Content-Type", "application/json;charset=utf-8")],
        body: body.to_string().into(),
    }
}

/// A query. The vendor's own SDK names the type of a body that is not there, too.
fn get(path: String) -> Request {
    let headers = vec![Header::new("Content-Type", "application/json")];
    Request { method: Method::Get, path, query: Vec::new(), headers, body: String::new().into() }
}
