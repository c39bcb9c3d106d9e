//! Huawei Cloud's signature: `SDK-HMAC-SHA256`.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html>

use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;

use crate::cloud::Signed;
use crate::cloud::credentials::Keys;
use crate::cloud::signing::SigningTime;
use crate::cloud::signing::{self, CanonicalRequest};
use crate::http::{Header, Request};
use crate::text::encode::encode;

const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// Signs a call: the headers to send beside `Host`, `Authorization` last.
#[must_use]
pub fn sign(request: &Request, host: &str, keys: &Keys, stamp: &SigningTime) -> Signed {
    let date = stamp.time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut headers = request.headers.clone();
    headers.push(Header::new("X-Sdk-Date", &*date));
    if let Some(token) = &keys.security_token {
        headers.push(Header::secret("X-Security-Token", token.clone()));
    }
    headers.push(Header::new("Host", host));

    let query = signing::query(&request.pairs());
    let canonical = canonical_request(
        &request.method.to_string(),
        &request.path,
        &query,
        &headers,
        signing::sha256(request.body.expose()),
    );
    let string_to_sign = string_to_sign(&date, &canonical);
    let authorization = authorization(keys, &canonical, &string_to_sign);
    headers.pop();
    Signed::new(headers, query, authorization, &string_to_sign)
}

/// The canonical request. Its path ends in `/`, on the wire it need not; a header whose name has a `_` is not signed.
#[must_use]
pub fn canonical_request(
    method: &str,
    path: &str,
    query: &str,
    headers: &[Header],
    payload_hash: String,
) -> CanonicalRequest {
    let signed = headers.iter().filter(|header| !header.name.contains('_'));
    CanonicalRequest {
        method: method.to_owned(),
        path: canonical_path(path),
        query: query.to_owned(),
        headers: signing::headers(signed),
        payload_hash,
    }
}

/// Each segment decoded and encoded again, and a `/` at the end.
fn canonical_path(path: &str) -> String {
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| encode(&percent_decode_str(segment).decode_utf8_lossy()).into_owned())
        .collect();
    let mut path = segments.join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// ```text
/// SDK-HMAC-SHA256
/// X-Sdk-Date
/// hexadecimal SHA-256 of the canonical request
/// ```
#[must_use]
pub fn string_to_sign(date: &str, canonical: &CanonicalRequest) -> String {
    format!("{ALGORITHM}\n{date}\n{}", signing::sha256(&canonical.to_string()))
}

/// `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`
#[must_use]
pub fn authorization(keys: &Keys, canonical: &CanonicalRequest, string_to_sign: &str) -> String {
    format!(
        "{ALGORITHM} Access={}, SignedHeaders={}, Signature={}",
        keys.access_key_id.expose_secret(),
        canonical.signed_headers(),
        signing::hmac_sha256(keys.access_key_secret.expose_secret(), string_to_sign),
    )
}
