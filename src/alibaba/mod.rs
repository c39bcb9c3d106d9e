//! Alibaba Cloud: its services, its error envelope, its codes.

use serde_json::Value;

use self::error_codes::CODES;
use crate::cloud::credentials::Credentials;
use crate::cloud::credentials::source::Source;
use crate::cloud::error_codes::{Envelope, is_success_word, unreadable};
use crate::cloud::signed_text::without_signed_text;
use crate::cloud::signing::SigningTime;
use crate::cloud::{Cloud, Signed};
use crate::error::CallError;
use crate::http::{ApiResponse, Body, Header, Method, Request, Response};
use crate::output::as_text;

mod artifact;
mod credentials;
pub mod error_codes;
pub mod publish_routine_code_revision;
pub mod release_artifact;
pub mod services;
pub mod sign;

/// The vendor.
pub struct Alibaba;

impl Cloud for Alibaba {
    fn name(&self) -> &'static str {
        "Alibaba Cloud"
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
            Credentials::Token(_) => unreachable!("no source of Alibaba's gives a token"),
        }
    }

    /// A failure is `{"RequestId", "Code", "Message"}`, in either capitalisation.
    fn read(&self, response: &Response) -> Result<ApiResponse, CallError> {
        let from_header = response.header("x-acs-request-id").map(str::to_owned);
        let Body::Json(Value::Object(body)) = &response.body else {
            return Err(unreadable(response, from_header));
        };
        let field = |upper: &str, lower: &str| body.get(upper).or_else(|| body.get(lower)).and_then(as_text);
        let request_id = field("RequestId", "requestId").or(from_header);
        let code = field("Code", "code");
        let flag = body.get("Success").or_else(|| body.get("success"));
        let flag = flag.and_then(as_flag);
        // Beside a flag of failure no word of success is believed.
        if flag == Some(false) && code.as_deref().is_none_or(|code| code.is_empty() || is_success_word(code))
        {
            return Err(unreadable(response, request_id));
        }
        let message = field("Message", "message").map(|message| without_signed_text(&message).to_owned());
        let is_complete = code.is_some() && message.is_some() && request_id.is_some();
        CODES.read(response, Envelope { code, message, request_id, is_complete })
    }

    fn hint(&self, code: &str) -> Option<&'static str> {
        CODES.hint(code)
    }
}

/// A boolean, or its text in any case.
fn as_flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok())
}

/// A call in the RPC style: always `POST /`, the action named by headers.
fn call(action: &'static str, version: &'static str) -> Request {
    Request {
        method: Method::Post,
        path: "/".to_owned(),
        query: Vec::new(),
        headers: vec![
            Header::new("x-acs-action", action),
            Header::new("x-acs-version", version),
            Header::new("accept", "application/json"),
        ],
        body: String::new().into(),
    }
}
