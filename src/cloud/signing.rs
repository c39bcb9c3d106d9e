//! What both vendors sign: the canonical request, and the two digests over it.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use jiff::Timestamp;

use crate::http::Header;
use crate::text::encode::{encode_pairs, hex};

/// A request in the one form that client and server both arrive at. Its `Display` is the text that is hashed:
///
/// ```text
/// method
/// path
/// query
/// name:value        one line a signed header
///
/// names of the signed headers, joined by ;
/// hexadecimal SHA-256 of the body
/// ```
pub struct CanonicalRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The path in the vendor's canonical form.
    pub path: String,
    /// The query as it stands on the wire.
    pub query: String,
    /// The signed headers: name in lower case, value trimmed.
    pub headers: BTreeMap<String, String>,
    /// Hexadecimal SHA-256 of the body.
    pub payload_hash: String,
}

impl CanonicalRequest {
    /// The names of the signed headers, joined by `;`.
    #[must_use]
    pub fn signed_headers(&self) -> String {
        let names: Vec<&str> = self.headers.keys().map(String::as_str).collect();
        names.join(";")
    }
}

impl fmt::Display for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.method, self.path, self.query)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}:{value}")?;
        }
        write!(f, "\n{}\n{}", self.signed_headers(), self.payload_hash)
    }
}

/// The query in canonical order: by name, then by value, in byte order. Both vendors take it in this order on the
/// wire too.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable();
    encode_pairs(&pairs)
}

/// Headers as they are signed: names in lower case and in order, values trimmed, the values of one name sorted and
/// joined by commas.
#[must_use]
pub fn headers<'a>(headers: impl IntoIterator<Item = &'a Header>) -> BTreeMap<String, String> {
    let mut grouped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for header in headers {
        grouped.entry(header.name.to_lowercase()).or_default().push(header.expose().trim());
    }
    grouped
        .into_iter()
        .map(|(name, mut values)| {
            values.sort_unstable();
            (name, values.join(","))
        })
        .collect()
}

/// Hexadecimal SHA-256.
#[must_use]
pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Hexadecimal HMAC-SHA256 of a text under a secret.
///
/// # Panics
///
/// Never: HMAC takes a key of any length.
#[must_use]
pub fn hmac_sha256(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length of key");
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// What a signature takes from the moment: passed in, so that a signature can be repeated.
#[derive(Clone, Debug)]
pub struct SigningTime {
    /// The time of signing.
    pub time: Timestamp,
    /// 32 hexadecimal digits, never used before.
    pub nonce: String,
}
