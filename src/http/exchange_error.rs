//! What a failed exchange says, and of what kind the failure is.

use std::error::Error as _;

use crate::error::{CallError, FailureClass};
use crate::http::Timeouts;
use crate::http::endpoint::Endpoint;
use crate::http::proxy::HttpsProxy;
use crate::http::tls_error;

/// The way of a call, as far as messages name it.
pub struct Route<'a> {
    /// The server.
    pub endpoint: &'a Endpoint,
    /// The proxy that it is reached through.
    pub proxy: Option<&'a HttpsProxy>,
    /// The limits of the exchange.
    pub limits: Timeouts,
}

/// A call that cannot be made, however often it is tried.
#[must_use]
pub fn never_sent(what: &str) -> CallError {
    CallError { is_permanent: true, ..CallError::without_answer(FailureClass::NotSent, what, None) }
}

impl Route<'_> {
    /// The client's error in our words.
    #[must_use]
    pub fn failed(&self, error: &reqwest::Error) -> CallError {
        let host = self.endpoint.host();
        if error.is_connect() {
            return self.not_connected(error);
        }
        if error.is_builder() {
            return never_sent(&format!("the call to `{host}` could not be made"));
        }
        let what = if error.is_timeout() {
            format!("`{host}` did not answer within {} s", self.limits.total.as_secs_f32())
        } else {
            format!("the connection to `{host}` was lost before its answer was complete: {}", cause(error))
        };
        CallError::without_answer(FailureClass::Unknown, what, None)
    }

    fn not_connected(&self, error: &reqwest::Error) -> CallError {
        let host = self.endpoint.host();
        let (what, hint) = if error.is_timeout() {
            let limit = self.limits.connect.as_secs_f32();
            (format!("no connection to `{host}`{} within {limit} s", self.through()), self.advice())
        } else if let Some((problem, hint)) = tls_error::problem(error) {
            (format!("the TLS connection to `{host}`{} failed: {problem}", self.through()), hint.to_owned())
        } else if error.is_dns() && self.proxy.is_none() {
            let what = format!("the name `{host}` could not be resolved");
            let hint = "see whether `region` or `endpoint` is right, and this machine resolves names";
            (what, hint.to_owned())
        } else {
            (format!("no connection to `{host}`{}: {}", self.through(), cause(error)), self.advice())
        };
        // A server that shows a wrong certificate, and a proxy that wants a login, will do so again.
        let is_permanent =
            tls_error::is_certificate(error) || cause(error).contains("proxy authorization required");
        CallError { is_permanent, ..CallError::without_answer(FailureClass::NotSent, what, Some(&hint)) }
    }

    fn through(&self) -> String {
        let through = |proxy: &HttpsProxy| format!(" through the proxy in `{}`", proxy.variable);
        self.proxy.map(through).unwrap_or_default()
    }

    fn advice(&self) -> String {
        match self.proxy {
            Some(HttpsProxy { variable, .. }) => format!(
                "see whether `{variable}` is right, has the login that the proxy wants, and the proxy lets this host \
                 through; or name the host in `NO_PROXY`"
            ),
            None => "see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way".to_owned(),
        }
    }
}

/// The innermost reason, without the URL that the outer ones show.
fn cause(error: &reqwest::Error) -> String {
    let mut reason = error.source();
    let mut text = String::from("no reason given");
    while let Some(error) = reason {
        text = error.to_string();
        reason = error.source();
    }
    text
}
