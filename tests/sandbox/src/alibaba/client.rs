//! A client of the tests.

use jiff::{SignedDuration, Timestamp};

use super::{compute_nest, verify};
use crate::{
    Answer, Request, Sandbox, text,
    world::{self, Key},
};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap() + SignedDuration::from_millis(milliseconds)
}

/// A request for an action, without its `Authorization`.
pub(crate) fn unsigned(now: Timestamp, action: &str, query: &str, body: &str, nonce: usize) -> Request {
    let nest = compute_nest::ACTIONS.contains(&action);
    let mut headers = vec![
        ("host", "127.0.0.1:4242".to_owned()),
        ("x-acs-action", action.into()),
        ("x-acs-version", if nest { "2021-05-21" } else { "2018-01-15" }.into()),
        ("x-acs-date", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("x-acs-signature-nonce", format!("nonce-{nonce}")),
        ("x-acs-content-sha256", text::sha256(body.as_bytes())),
    ];
    if !body.is_empty() {
        headers.push(("content-type", FORM.into()));
    }
    Request {
        method: "POST".into(),
        target: format!("/?{query}"),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.into(),
    }
}

pub(crate) fn sign(mut request: Request, key: &Key) -> Request {
    if let Some(token) = key.security_token {
        request.headers.push(("x-acs-accesskey-id".into(), key.id.into()));
        request.headers.push(("x-acs-security-token".into(), token.into()));
    }
    let mut signed: Vec<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    signed.sort();
    let signed = signed.join(";");
    let hash = text::sha256(verify::canonical_request(&request, &signed).as_bytes());
    let signature = text::hmac_sha256(key.secret, &format!("ACS3-HMAC-SHA256\n{hash}"));
    let fields = format!("Credential={},SignedHeaders={signed},Signature={signature}", key.id);
    request.headers.push(("Authorization".into(), format!("ACS3-HMAC-SHA256 {fields}")));
    request
}

pub(crate) fn send(sandbox: &mut Sandbox, now: Timestamp, action: &str, query: &str, body: &str) -> Answer {
    let nonce = sandbox.requests().len();
    let request = sign(unsigned(now, action, query, body, nonce), &world::ALIBABA_KEY);
    sandbox.handle(now, &request)
}
