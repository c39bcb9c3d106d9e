//! Huawei Cloud: its services, its error envelopes, its codes.

use serde_json::Value;

use self::error_codes::CODES;
use crate::cloud::credentials::{Credentials, Source};
use crate::cloud::error_codes::unreadable;
use crate::cloud::signing;
use crate::cloud::signing::SigningTime;
use crate::cloud::{Cloud, Signed};
use crate::error::{ApiError, CallError};
use crate::http::{ApiResponse, Body, Header, Method, Request, Response};

mod credentials;
pub mod deploy_packages;
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

    /// A failure has a code and a message under one of three pairs of names, perhaps one level down, and may come
    /// with HTTP 200.
    fn read(&self, response: &Response) -> Result<ApiResponse, CallError> {
        let from_header = response.header("x-request-id").map(str::to_owned);
        let Body::Json(body) = &response.body else {
            return Err(unreadable(response, from_header));
        };
        let request_id = from_header.or_else(|| text(body, "request_id"));
        let success = (200..300).contains(&response.status);
        let Some((code, message)) = failure(body, success) else {
            return if success {
                Ok(ApiResponse { status: response.status, request_id, body: body.clone() })
            } else {
                Err(unreadable(response, request_id))
            };
        };
        Err(CODES.failed(ApiError {
            http_status: Some(response.status),
            code: Some(code),
            message,
            request_id,
        }))
    }
}

/// Code and message of an error body. Under a success status only what cannot be a result counts.
fn failure(body: &Value, success: bool) -> Option<(String, Option<String>)> {
    const NAMES: [(&str, &str); 3] =
        [("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message")];
    let flat = |body: &Value| {
        NAMES.iter().find_map(|(code, message)| Some((text(body, code)?, text(body, message))))
    };
    if success {
        return flat(body).filter(|(_, message)| message.is_some()).or_else(|| flat(body.get("error")?));
    }
    flat(body).or_else(|| body.as_object()?.values().find_map(flat))
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
        body: body.to_string(),
    }
}

/// A query. The vendor's own SDK names the type of a body that is not there, too.
fn get(path: String) -> Request {
    let headers = vec![Header::new("Content-Type", "application/json")];
    Request { method: Method::Get, path, query: Vec::new(), headers, body: String::new() }
}
