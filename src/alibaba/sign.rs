//! Alibaba Cloud's signature, version 3: `ACS3-HMAC-SHA256`.
//!
//! Source: <https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature>

use secrecy::ExposeSecret;

use crate::cloud::Signed;
use crate::cloud::credentials::Keys;
use crate::cloud::signing::SigningTime;
use crate::cloud::signing::{self, CanonicalRequest};
use crate::http::{Header, Request};

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Signs a call: the headers to send beside `host`, `authorization` last.
#[must_use]
pub fn sign(request: &Request, host: &str, keys: &Keys, stamp: &SigningTime) -> Signed {
    let payload_hash = signing::sha256(request.body.expose());
    let mut headers = request.headers.clone();
    headers.extend([
        Header::new("x-acs-date", stamp.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        Header::new("x-acs-signature-nonce", &*stamp.nonce),
        Header::new("x-acs-content-sha256", &*payload_hash),
    ]);
    if let Some(token) = &keys.security_token {
        headers.push(Header::secret("x-acs-accesskey-id", keys.access_key_id.clone()));
        headers.push(Header::secret("x-acs-security-token", token.clone()));
    }
    headers.push(Header::new("host", host));

    let query = signing::query(&request.pairs());
    let canonical =
        canonical_request(&request.method.to_string(), &request.path, &query, &headers, payload_hash);
    let string_to_sign = string_to_sign(&canonical);
    let authorization = authorization(keys, &canonical, &string_to_sign);
    headers.pop();
    Signed::new(headers, query, authorization, &string_to_sign)
}

/// The canonical request. Its path is always `/` for these RPC-style APIs.
#[must_use]
pub fn canonical_request(
    method: &str,
    path: &str,
    query: &str,
    headers: &[Header],
    payload_hash: String,
) -> CanonicalRequest {
    CanonicalRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: signing::headers(headers),
        payload_hash,
    }
}

/// ```text
/// ACS3-HMAC-SHA256
/// hexadecimal SHA-256 of the canonical request
/// ```
#[must_use]
pub fn string_to_sign(canonical: &CanonicalRequest) -> String {
    format!("{ALGORITHM}\n{}", signing::sha256(&canonical.to_string()))
}

/// `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`
#[must_use]
pub fn authorization(keys: &Keys, canonical: &CanonicalRequest, string_to_sign: &str) -> String {
    format!(
        "{ALGORITHM} Credential={},SignedHeaders={},Signature={}",
        keys.access_key_id.expose_secret(),
        canonical.signed_headers(),
        signing::hmac_sha256(keys.access_key_secret.expose_secret(), string_to_sign),
    )
}
