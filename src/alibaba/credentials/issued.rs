//! Reads the keys that Alibaba Cloud gives out: always the same four fields.

use jiff::Timestamp;
use serde_json::Value;

use crate::cloud::credentials::exchange::Issued;
use crate::cloud::credentials::{Credentials, Keys};
use crate::error::{CallError, FailureClass};
use crate::http::{Body, Response};

/// The keys in `Credentials` of STS's answers, or at the top of those of the metadata service and of a credentials URI.
pub(super) fn read(server: &str, response: &Response) -> Result<Issued, CallError> {
    let body = match &response.body {
        Body::Json(body) => body,
        Body::Text(_) | Body::Unreadable(_) => &Value::Null,
    };
    let credentials = body.get("Credentials").unwrap_or(body);
    let text = |name: &str| {
        let text = credentials.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| missing(server, name))
    };
    let expires = text("Expiration")?;
    let keys = Keys {
        access_key_id: text("AccessKeyId")?.into(),
        access_key_secret: text("AccessKeySecret")?.into(),
        security_token: Some(text("SecurityToken")?.into()),
    };
    let expires: Timestamp = expires.parse().map_err(|_| missing(server, "Expiration"))?;
    let arn = body.pointer("/AssumedRoleUser/Arn").and_then(Value::as_str);
    let holder = arn.map(|arn| format!("role `{}`", crate::text::sanitize::line(arn)));
    Ok(Issued { credentials: Credentials::Keys(keys), expires, holder })
}

fn missing(server: &str, field: &str) -> CallError {
    let what = format!("the answer of {server} is of no use: it lacks a valid `{field}`");
    CallError::without_answer(
        FailureClass::Unauthenticated,
        what,
        Some("see who answers there, and whether its address is right"),
    )
}
