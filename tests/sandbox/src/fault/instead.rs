//! Answers that are not the services' own, in their vendors' forms.

use jiff::Timestamp;

use super::{Instead, Retry};
use crate::{
    alibaba::sts,
    http::{Answer, Request},
    identity, metadata,
    refusal::Refusal,
    service::Service,
    state::http_date,
};

/// What is answered instead, before the vendor's envelope is put around an error.
pub(crate) enum Substitute {
    Refusal(Refusal),
    Page(Answer),
}

pub(crate) fn substitute(instead: &Instead, request: &Request) -> Substitute {
    match instead {
        Instead::ServerError(status) => Substitute::Refusal(server_error(*status, request)),
        Instead::BackendTimeout if is_huawei(request) => {
            Substitute::Refusal(Refusal::new(400, "APIGW.0201", "Backend timeout"))
        }
        Instead::BackendTimeout => Substitute::Refusal(server_error(504, request)),
        Instead::Error { status, code } => Substitute::Refusal(documented(*status, code, request)),
        Instead::Html(status) => Substitute::Page(html(*status)),
        Instead::Foreign(status) => Substitute::Page(foreign(*status)),
        Instead::Bare(status) => Substitute::Page(Answer { status: *status, ..Answer::default() }),
        Instead::Redirect(status) => Substitute::Page(redirect(*status, request)),
        Instead::ThrottleStatus(status) => {
            Substitute::Refusal(Refusal { status: *status, ..throttling(request) })
        }
        Instead::ThrottleBusy if is_code_arts(request) => {
            Substitute::Refusal(Refusal::new(500, "COCT.0070003", "The request is too frequent."))
        }
        Instead::Throttle | Instead::ThrottleBusy => Substitute::Refusal(throttling(request)),
    }
}

/// An error of this code, with the service's own words where they are known.
fn documented(status: u16, code: &str, request: &Request) -> Refusal {
    let known = match Service::of(request) {
        Service::AlibabaSts => sts::documented(code).map(|refusal| Refusal { status, ..refusal }),
        Service::Identity => Some(identity::documented(status, code)),
        Service::Metadata(_) => Some(metadata::documented(status, code)),
        Service::Alibaba | Service::Huawei => None,
    };
    known.unwrap_or_else(|| Refusal::new(status, code.to_owned(), "as the sandbox was told to answer"))
}

fn is_huawei(request: &Request) -> bool {
    Service::of(request) == Service::Huawei
}

/// The usual refusal of one request too many.
pub(crate) fn throttling(request: &Request) -> Refusal {
    match Service::of(request) {
        Service::Huawei => {
            let message = "The throttling threshold has been reached: policy user over ratelimit";
            Refusal::new(429, "APIGW.0308", message)
        }
        Service::Identity | Service::Metadata(_) => Refusal::new(429, "TooManyRequests", "Too many requests"),
        Service::Alibaba | Service::AlibabaSts => {
            Refusal::new(400, "Throttling.User", "Request was denied due to user flow control.")
        }
    }
}

/// The header that says when the client may come back.
pub(crate) fn retry_header(retry: Retry, now: Timestamp) -> (String, String) {
    match retry {
        Retry::Seconds(seconds) => ("Retry-After".into(), seconds.to_string()),
        Retry::Date(duration) => ("Retry-After".into(), http_date(now + duration)),
        Retry::Milliseconds(milliseconds) => ("x-acs-retry-after".into(), milliseconds.to_string()),
    }
}

fn server_error(status: u16, request: &Request) -> Refusal {
    if matches!(Service::of(request), Service::Identity | Service::Metadata(_)) {
        return Refusal::new(status, "ServiceUnavailable", "");
    }
    let (code, message) = match (is_huawei(request), is_code_arts(request), status) {
        (_, true, 500) => ("DEVCP.00010000", "Internal error."),
        (_, true, 503) => ("DEVCP.00020500", "The system is busy. Try again later."),
        (true, _, _) => ("APIGW.0606", "Gateway internal error"),
        (_, _, 500) => ("InternalError", "The request processing has failed due to some unknown error."),
        (_, _, 503) => {
            ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
        }
        _ => ("UnknownError", "The request processing has failed due to some unknown error."),
    };
    Refusal::new(status, code, message)
}

fn is_code_arts(request: &Request) -> bool {
    request.path().contains("/agent-plugin/")
}

/// A page of something on the way that speaks to people: a broken proxy's, or a login's where the status is 200.
fn html(status: u16) -> Answer {
    let title = if status < 300 { "Sign in to continue" } else { "Bad Gateway" };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    );
    Answer { status, headers: vec![("Content-Type".into(), "text/html".into())], body: body.into_bytes() }
}

/// What a firewall or a gateway that is not the vendor's says to programs.
fn foreign(status: u16) -> Answer {
    let body = r#"{"code":"BLOCKED","message":"the request was blocked by policy"}"#;
    let headers = vec![("Content-Type".into(), "application/json".into())];
    Answer { status, headers, body: body.into() }
}

fn redirect(status: u16, request: &Request) -> Answer {
    let host = request.header("host").unwrap_or("127.0.0.1");
    let mut answer = html(status);
    answer.headers.push(("Location".into(), format!("http://{host}/v1/redirected")));
    answer
}
