//! The one table that says what an error answer means for the call.

use crate::error::{ApiError, CallError, FailureClass};
use crate::http::{Body, Response};
use crate::text::sanitize;

/// A vendor's error codes. A code that ends in `*` stands for all that begin so.
pub struct ErrorCodes {
    /// The API's own no, under whatever HTTP status.
    pub refused: &'static [&'static str],
    /// Too many calls; nothing was done.
    pub throttled: &'static [&'static str],
    /// The gateway lost its back end: says nothing about the call.
    pub unknown: &'static [&'static str],
    /// The credentials are refused.
    pub unauthenticated: &'static [&'static str],
    /// The credentials have no permission.
    pub forbidden: &'static [&'static str],
    /// What a user can do about a code; the first that matches.
    pub hints: &'static [(&'static str, &'static str)],
}

impl ErrorCodes {
    /// The failure that an answer in the vendor's envelope is. Without a code, it is not in the vendor's envelope.
    #[must_use]
    pub fn failed(&self, answer: ApiError) -> CallError {
        let status = answer.http_status.unwrap_or_default();
        let class = self.class(status, answer.code.as_deref());
        let hint = answer.code.as_deref().and_then(|code| self.hint(code));
        CallError { hint: hint.map(str::to_owned), ..CallError::answered(class, answer) }
    }

    fn class(&self, status: u16, code: Option<&str>) -> FailureClass {
        let is =
            |codes: &[&str]| code.is_some_and(|code| codes.iter().any(|known| matches_code(known, code)));
        match status {
            429 => FailureClass::Throttled,
            _ if is(self.throttled) => FailureClass::Throttled,
            _ if is(self.refused) => FailureClass::Rejected,
            _ if code.is_none() || is(self.unknown) => FailureClass::Unknown,
            408 | 300..400 | 500.. => FailureClass::Unknown,
            _ if is(self.unauthenticated) => FailureClass::Unauthenticated,
            _ if is(self.forbidden) => FailureClass::Forbidden,
            401 => FailureClass::Unauthenticated,
            403 => FailureClass::Forbidden,
            200..500 => FailureClass::Rejected,
            _ => FailureClass::Unknown,
        }
    }

    fn hint(&self, code: &str) -> Option<&'static str> {
        self.hints.iter().find(|(known, _)| matches_code(known, code)).map(|(_, hint)| *hint)
    }
}

fn matches_code(known: &str, code: &str) -> bool {
    match known.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => code == known,
    }
}

/// An answer that nobody of the vendor's wrote: a proxy's page, a redirect, broken JSON.
#[must_use]
pub fn unreadable(response: &Response, request_id: Option<String>) -> CallError {
    let status = response.status;
    let (class, what) = match status {
        429 => (FailureClass::Throttled, "the call was throttled".to_owned()),
        300..400 => (FailureClass::Unknown, "the answer is a redirect, which is never followed".to_owned()),
        _ => (FailureClass::Unknown, not_the_vendors(&response.body)),
    };
    let answer = ApiError { http_status: Some(status), request_id, ..ApiError::default() };
    let hint = (class == FailureClass::Unknown).then(|| {
        "see what stands between here and the cloud: a proxy, a gateway, another `endpoint`".to_owned()
    });
    CallError { what: Some(what), hint, ..CallError::answered(class, answer) }
}

fn not_the_vendors(body: &Body) -> String {
    const SHOWN: usize = 80;
    let body = match body {
        Body::Json(value) => value.to_string(),
        Body::Text(text) => text.trim().to_owned(),
    };
    if body.is_empty() {
        return "the answer is empty".to_owned();
    }
    let start = sanitize::line(&body.chars().take(SHOWN).collect::<String>());
    let more = if body.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("the answer is not in the form that the vendor documents, it begins with `{start}{more}`")
}

#[cfg(test)]
mod tests {
    use crate::alibaba::error_codes::CODES as ALIBABA;
    use crate::error::FailureClass::{Forbidden, Rejected, Throttled, Unauthenticated, Unknown};
    use crate::huawei::error_codes::CODES as HUAWEI;

    #[test]
    fn every_class_of_either_vendor() {
        let cases = [
            (&ALIBABA, 400, Some("Throttling.User"), Throttled),
            (&ALIBABA, 503, Some("Rejected.Throttling"), Throttled),
            (&ALIBABA, 429, None, Throttled),
            (&ALIBABA, 404, Some("InvalidAccessKeyId.NotFound"), Unauthenticated),
            (&ALIBABA, 400, Some("SignatureDoesNotMatch"), Unauthenticated),
            (&ALIBABA, 403, Some("NoPermission"), Forbidden),
            (&ALIBABA, 400, Some("EntityNotExist.Artifact"), Rejected),
            (&ALIBABA, 500, Some("EntityNotExist.ArtifactVersion"), Rejected),
            (&ALIBABA, 400, Some("SignatureNonceUsed"), Unknown),
            (&ALIBABA, 500, Some("InternalError"), Unknown),
            (&ALIBABA, 503, Some("ServiceUnavailable"), Unknown),
            (&ALIBABA, 408, Some("Any"), Unknown),
            (&ALIBABA, 404, None, Unknown),
            (&ALIBABA, 302, Some("Any"), Unknown),
            (&HUAWEI, 429, Some("APIGW.0308"), Throttled),
            (&HUAWEI, 500, Some("COCT.0070003"), Throttled),
            (&HUAWEI, 401, Some("APIGW.0301"), Unauthenticated),
            (&HUAWEI, 200, Some("DEVCP.00014031"), Forbidden),
            (&HUAWEI, 400, Some("DLF.6888"), Forbidden),
            (&HUAWEI, 200, Some("DEVCP.00014004"), Rejected),
            (&HUAWEI, 404, Some("APIGW.0101"), Rejected),
            (&HUAWEI, 400, Some("DLF.3051"), Rejected),
            (&HUAWEI, 400, Some("APIGW.0201"), Unknown),
            (&HUAWEI, 500, Some("COCT.0070006"), Unknown),
        ];
        for (codes, status, code, class) in cases {
            assert_eq!(codes.class(status, code), class, "{status} {code:?}");
        }
    }
}
