//! The one table that says what an error answer means for the call.

use crate::error::{Answer, Class, Failed};
use crate::http::{Body, Response};
use crate::text::sanitize;

/// A vendor's error codes. A code that ends in `*` stands for all that begin so.
pub struct Codes {
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
    /// What a user can do about a code; the first that fits.
    pub hints: &'static [(&'static str, &'static str)],
}

impl Codes {
    /// The failure that an answer in the vendor's envelope is. Without a code, it is not in the vendor's envelope.
    #[must_use]
    pub fn failed(&self, answer: Answer) -> Failed {
        let status = answer.http_status.unwrap_or_default();
        let class = self.class(status, answer.code.as_deref());
        let hint = answer.code.as_deref().and_then(|code| self.hint(code));
        Failed { hint: hint.map(str::to_owned), ..Failed::answered(class, answer) }
    }

    fn class(&self, status: u16, code: Option<&str>) -> Class {
        let is = |codes: &[&str]| code.is_some_and(|code| codes.iter().any(|known| fits(known, code)));
        match status {
            429 => Class::Throttled,
            _ if is(self.throttled) => Class::Throttled,
            _ if is(self.refused) => Class::Refused,
            _ if code.is_none() || is(self.unknown) => Class::Unknown,
            408 | 300..400 | 500.. => Class::Unknown,
            _ if is(self.unauthenticated) => Class::Unauthenticated,
            _ if is(self.forbidden) => Class::Forbidden,
            401 => Class::Unauthenticated,
            403 => Class::Forbidden,
            200..500 => Class::Refused,
            _ => Class::Unknown,
        }
    }

    fn hint(&self, code: &str) -> Option<&'static str> {
        self.hints.iter().find(|(known, _)| fits(known, code)).map(|(_, hint)| *hint)
    }
}

fn fits(known: &str, code: &str) -> bool {
    match known.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => code == known,
    }
}

/// An answer that nobody of the vendor's wrote: a proxy's page, a redirect, broken JSON.
#[must_use]
pub fn unreadable(response: &Response, request_id: Option<String>) -> Failed {
    let status = response.status;
    let (class, what) = match status {
        429 => (Class::Throttled, "the call was throttled".to_owned()),
        300..400 => (Class::Unknown, "the answer is a redirect, which is never followed".to_owned()),
        _ => (Class::Unknown, not_the_vendors(&response.body)),
    };
    let answer = Answer { http_status: Some(status), request_id, ..Answer::default() };
    let hint = (class == Class::Unknown).then(|| {
        "see what stands between here and the cloud: a proxy, a gateway, another `endpoint`".to_owned()
    });
    Failed { what: Some(what), hint, ..Failed::answered(class, answer) }
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
    use crate::alibaba::CODES as ALIBABA;
    use crate::error::Class::{Forbidden, Refused, Throttled, Unauthenticated, Unknown};
    use crate::huawei::CODES as HUAWEI;

    #[test]
    fn every_class_of_either_vendor() {
        let cases = [
            (&ALIBABA, 400, Some("Throttling.User"), Throttled),
            (&ALIBABA, 503, Some("Rejected.Throttling"), Throttled),
            (&ALIBABA, 429, None, Throttled),
            (&ALIBABA, 404, Some("InvalidAccessKeyId.NotFound"), Unauthenticated),
            (&ALIBABA, 400, Some("SignatureDoesNotMatch"), Unauthenticated),
            (&ALIBABA, 403, Some("NoPermission"), Forbidden),
            (&ALIBABA, 400, Some("EntityNotExist.Artifact"), Refused),
            (&ALIBABA, 500, Some("EntityNotExist.ArtifactVersion"), Refused),
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
            (&HUAWEI, 200, Some("DEVCP.00014004"), Refused),
            (&HUAWEI, 404, Some("APIGW.0101"), Refused),
            (&HUAWEI, 400, Some("DLF.3051"), Refused),
            (&HUAWEI, 400, Some("APIGW.0201"), Unknown),
            (&HUAWEI, 500, Some("COCT.0070006"), Unknown),
        ];
        for (codes, status, code, class) in cases {
            assert_eq!(codes.class(status, code), class, "{status} {code:?}");
        }
    }
}
