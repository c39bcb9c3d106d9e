//! Reads the keys that IAM and the metadata service give out: `credential` with four fields.

use jiff::Timestamp;
use serde_json::Value;

use super::iam::missing;
use crate::cloud::credentials::exchange::Issued;
use crate::cloud::credentials::{Credentials, Keys};
use crate::error::CallError;
use crate::http::{Body, Response};

/// The names of the four fields.
pub(super) struct Names {
    pub(super) object: &'static str,
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    pub(super) token: &'static str,
    pub(super) expires: &'static str,
}

/// Classic IAM's, and the metadata service's.
pub(super) const CREDENTIAL: Names = Names {
    object: "credential",
    id: "access",
    secret: "secret",
    token: "securitytoken",
    expires: "expires_at",
};

/// STS's.
pub(super) const CREDENTIALS: Names = Names {
    object: "credentials",
    id: "access_key_id",
    secret: "secret_access_key",
    token: "security_token",
    expires: "expiration",
};

/// The keys in an answer. The time is any of RFC 3339's forms, with a fraction or without.
pub(super) fn read(
    server: &str,
    names: &Names,
    response: &Response,
    holder: Option<String>,
) -> Result<Issued, CallError> {
    let body = match &response.body {
        Body::Json(body) => body.get(names.object).unwrap_or(&Value::Null),
        Body::Text(_) | Body::Unreadable(_) => &Value::Null,
    };
    let text = |name: &str| {
        let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| missing(server, name))
    };
    let keys = Keys {
        access_key_id: text(names.id)?.into(),
        access_key_secret: text(names.secret)?.into(),
        security_token: Some(text(names.token)?.into()),
    };
    let expires: Timestamp = text(names.expires)?.parse().map_err(|_| missing(server, names.expires))?;
    Ok(Issued { credentials: Credentials::Keys(keys), expires, holder })
}
