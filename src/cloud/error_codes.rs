//! What an error answer means for the call: only the vendor's own form is believed.

use std::borrow::Cow;

use crate::cloud::signed_text::without_signed_text;
use crate::error::{ApiError, CallError, FailureClass};
use crate::http::{ApiResponse, Body, Response};
use crate::text::sanitize;

/// A vendor's error codes. A code that ends in `*` stands for all that begin so.
pub struct ErrorCodes {
    /// Whether a text has the form of this vendor's codes. What has another form was not written by the API.
    pub is_code: fn(&str) -> bool,
    /// An older beginning of codes, and the one that the tables below have for it.
    pub older: Option<(&'static str, &'static str)>,
    /// The API's own refusals that may come with any HTTP status; all others come with a 4xx.
    pub refused: &'static [&'static str],
    /// The vendor's words for busy: nothing was done, whatever the status.
    pub throttled: &'static [&'static str],
    /// The same call, by its token, is being worked on.
    pub under_way: &'static [&'static str],
    /// Says nothing about the call, whatever the status: the gateway lost its back end.
    pub open: &'static [&'static str],
    /// The credentials are refused.
    pub unauthenticated: &'static [&'static str],
    /// The credentials have no permission.
    pub forbidden: &'static [&'static str],
    /// Of those the ones that are no matter of permission: the account is blocked, unpaid, or has not activated the service.
    pub account: &'static [&'static str],
    /// What a user can do about a code; the first that matches.
    pub hints: &'static [(&'static str, &'static str)],
}

/// What an answer's envelope holds.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The error code, if there is one.
    pub code: Option<String>,
    /// The error message.
    pub message: Option<String>,
    /// The vendor's id of the call.
    pub request_id: Option<String>,
    /// Whether everything is there that the vendor's refusals have.
    pub is_complete: bool,
}

/// Codes by which some services say that all is well.
const SUCCESS: [&str; 5] = ["200", "ok", "success", "0", "1"];

impl ErrorCodes {
    /// Reads an answer with its envelope: a success, or what kind of failure.
    pub fn read(&self, response: &Response, envelope: Envelope) -> Result<ApiResponse, CallError> {
        let is_2xx = (200..300).contains(&response.status);
        let code = envelope.code.filter(|code| !code.is_empty());
        let is_success = code.as_ref().is_none_or(|code| is_success_word(code));
        match (is_2xx, code) {
            (true, None) if matches!(response.body, Body::Unreadable(_)) => {
                Err(unreadable(response, envelope.request_id))
            }
            (true, _) if is_success => Ok(success(response, envelope.request_id)),
            (_, Some(code)) if !is_success && envelope.is_complete && (self.is_code)(&code) => {
                let class = self.class(response.status, &code);
                let hint = self.hint(&code).map(str::to_owned);
                let what =
                    is_among(self.account, &code).then(|| "the account may not use the service".to_owned());
                let answer = ApiError {
                    http_status: Some(response.status),
                    code: Some(code),
                    message: envelope.message,
                    request_id: envelope.request_id,
                };
                Err(CallError { what, hint, ..CallError::answered(class, answer) })
            }
            _ => Err(unreadable(response, envelope.request_id)),
        }
    }

    fn class(&self, status: u16, code: &str) -> FailureClass {
        let code = self.newer(code);
        let is = |codes: &[&str]| is_among(codes, &code);
        let is_refused = is(self.refused);
        match status {
            _ if is(self.throttled) => FailureClass::Throttled,
            _ if is(self.under_way) => FailureClass::UnderWay,
            _ if is(self.open) => FailureClass::Unknown,
            200..300 if !is_refused => FailureClass::Unreadable,
            ..=399 | 408 | 500.. if !is_refused => FailureClass::Unknown,
            _ if is(self.unauthenticated) => FailureClass::Unauthenticated,
            _ if is(self.forbidden) => FailureClass::Forbidden,
            401 => FailureClass::Unauthenticated,
            403 => FailureClass::Forbidden,
            _ => FailureClass::Rejected,
        }
    }

    /// What a user can do about a code.
    #[must_use]
    pub fn hint(&self, code: &str) -> Option<&'static str> {
        let code = self.newer(code);
        self.hints.iter().find(|(known, _)| matches_code(known, &code)).map(|(_, hint)| *hint)
    }

    fn newer<'a>(&self, code: &'a str) -> Cow<'a, str> {
        let renamed = self.older.and_then(|(old, new)| Some(format!("{new}{}", code.strip_prefix(old)?)));
        renamed.map_or(code.into(), Cow::Owned)
    }
}

/// Whether a code says that all is well.
#[must_use]
pub fn is_success_word(code: &str) -> bool {
    SUCCESS.contains(&&*code.to_ascii_lowercase())
}

/// Whether a code is one of these; `*` at an end stands for all that begin so.
#[must_use]
pub fn is_among(codes: &[&str], code: &str) -> bool {
    codes.iter().any(|known| matches_code(known, code))
}

fn matches_code(known: &str, code: &str) -> bool {
    match known.strip_suffix('*') {
        Some(prefix) => code.starts_with(prefix),
        None => code == known,
    }
}

fn success(response: &Response, request_id: Option<String>) -> ApiResponse {
    let body = match &response.body {
        Body::Json(body) => body.clone(),
        Body::Text(text) | Body::Unreadable(text) => text.clone().into(),
    };
    ApiResponse { status: response.status, request_id, body }
}

/// An answer that is not in the vendor's form: a proxy's page, a redirect, broken JSON, a foreign error. What it says is
/// shown and not believed. After a 2xx the call may well have been done.
#[must_use]
pub fn unreadable(response: &Response, request_id: Option<String>) -> CallError {
    let status = response.status;
    let (class, what) = match status {
        200..300 => (FailureClass::Unreadable, not_the_vendors(&response.body)),
        300..400 => (FailureClass::Unknown, "the answer is a redirect, which is never followed".to_owned()),
        _ => (FailureClass::Unknown, not_the_vendors(&response.body)),
    };
    let hint = match status {
        401 | 407 => {
            "not the API but something in between asks for a login: check for a proxy or gateway, or another `endpoint`"
        }
        403 => {
            "not the API but something in between forbids the call: check for a proxy, firewall or gateway, or another \
             `endpoint`"
        }
        429 => "something in between limits the number of calls: wait, or ask who runs it",
        _ => "check for a proxy or gateway between this machine and the API, or another `endpoint`",
    };
    let answer = ApiError { http_status: Some(status), request_id, ..ApiError::default() };
    CallError { what: Some(what), hint: Some(hint.to_owned()), ..CallError::answered(class, answer) }
}

fn not_the_vendors(body: &Body) -> String {
    const SHOWN: usize = 120;
    let body = match body {
        Body::Json(value) => value.to_string(),
        Body::Unreadable(why) => return why.clone(),
        Body::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    if body.is_empty() {
        return "the answer is empty".to_owned();
    }
    let body = without_signed_text(&body);
    let start = sanitize::line(&body.chars().take(SHOWN).collect::<String>());
    let more = if body.chars().nth(SHOWN).is_some() { "…" } else { "" };
    format!("the answer is not in the form that the vendor documents, it begins with `{start}{more}`")
}

#[cfg(test)]
mod tests {
    use crate::alibaba::error_codes::CODES as ALIBABA;
    use crate::error::FailureClass::{
        Forbidden, Rejected, Throttled, Unauthenticated, UnderWay, Unknown, Unreadable,
    };
    use crate::huawei::error_codes::CODES as HUAWEI;

    #[test]
    fn every_class_of_either_vendor() {
        let cases = [
            (&ALIBABA, 400, "Throttling.User", Throttled),
            (&ALIBABA, 503, "Rejected.Throttling", Throttled),
            (&ALIBABA, 400, "SystemBusy", Throttled),
            (&ALIBABA, 200, "FlowControlError", Throttled),
            (&ALIBABA, 400, "LastTokenProcessing", UnderWay),
            (&ALIBABA, 404, "InvalidAccessKeyId.NotFound", Unauthenticated),
            (&ALIBABA, 400, "SignatureDoesNotMatch", Unauthenticated),
            (&ALIBABA, 403, "NoPermission", Forbidden),
            (&ALIBABA, 400, "EntityNotExist.Artifact", Rejected),
            (&ALIBABA, 500, "EntityNotExist.ArtifactVersion", Rejected),
            (&ALIBABA, 429, "NeverHeardOf", Rejected),
            (&ALIBABA, 400, "SignatureNonceUsed", Unknown),
            (&ALIBABA, 400, "InternalError", Unknown),
            (&ALIBABA, 503, "ServiceUnavailable", Unknown),
            (&ALIBABA, 408, "Any", Unknown),
            (&ALIBABA, 302, "Any", Unknown),
            (&ALIBABA, 200, "Any", Unreadable),
            (&ALIBABA, 200, "NoPermission", Unreadable),
            (&HUAWEI, 429, "APIGW.0308", Throttled),
            (&HUAWEI, 500, "COCT.0070003", Throttled),
            (&HUAWEI, 401, "APIGW.0301", Unauthenticated),
            (&HUAWEI, 401, "APIG.0301", Unauthenticated),
            (&HUAWEI, 200, "DEVCP.00014031", Forbidden),
            (&HUAWEI, 400, "DLF.6888", Forbidden),
            (&HUAWEI, 200, "DEVCP.00014004", Rejected),
            (&HUAWEI, 200, "DEVCP.00099999", Unreadable),
            (&HUAWEI, 404, "APIGW.0101", Rejected),
            (&HUAWEI, 400, "DLF.3051", Rejected),
            (&HUAWEI, 400, "APIGW.0201", Unknown),
            (&HUAWEI, 500, "COCT.0070006", Unknown),
        ];
        for (codes, status, code, class) in cases {
            assert_eq!(codes.class(status, code), class, "{status} {code:?}");
            assert!((codes.is_code)(code), "{code}");
        }
    }

    #[test]
    fn only_the_vendors_own_codes_have_their_form() {
        for foreign in ["", "client", "403", "BAD_REQUEST", "a.b", "Forbidden.", ".Any", "No Permission"] {
            assert!(!(ALIBABA.is_code)(foreign), "{foreign}");
        }
        for foreign in ["", "BLOCKED", "403", "DLF", "DLF.", "DLF.12", "dlf.3051", "DLF.3051.1", "APIGW.03O1"]
        {
            assert!(!(HUAWEI.is_code)(foreign), "{foreign}");
        }
    }
}
