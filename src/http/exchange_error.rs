//! What a failed exchange says, and of what kind the failure is.

use std::error::Error as _;

use crate::error::{CallError, FailureClass};
use crate::http::Timeouts;
use crate::http::endpoint::Endpoint;
use crate::http::proxy::{HttpsProxy, Proxies};
use crate::http::tls_error;

/// The way of a call, as far as messages name it.
pub struct Route<'a> {
    /// The server.
    pub endpoint: &'a Endpoint,
    /// The input that decides which server it is, if there is one.
    pub chosen_by: Option<&'static str>,
    /// The proxy that it is reached through.
    pub proxy: Option<&'a HttpsProxy>,
    /// The rule that says so.
    pub proxies: &'a Proxies,
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
        if is_malformed(error) {
            let what = format!("the answer of `{host}` is not valid HTTP: {}", cause(error));
            let hint = "check for a proxy or gateway between this machine and the API that changes answers";
            return CallError::without_answer(FailureClass::Unknown, what, Some(hint));
        }
        let what = if error.is_timeout() {
            format!("`{host}` did not answer within {} s", self.limits.total.as_secs_f32())
        } else {
            format!("the connection to `{host}` was lost before its answer was complete: {}", cause(error))
        };
        CallError::without_answer(FailureClass::Unknown, what, None)
    }

    /// A proxy that opened no tunnel. Some of its answers will be the same at every other try.
    #[must_use]
    pub fn refused_by_proxy(&self, proxy: &HttpsProxy, status: Option<u16>) -> CallError {
        let (host, variable) = (self.endpoint.host(), &proxy.variable);
        let or_around = "or name the host in `NO_PROXY`, if it can be reached without a proxy";
        let (did, hint) = match status {
            Some(401 | 407) if proxy.has_login => (
                "refuses the login",
                format!("see whether user and password in `{variable}` are right, and percent-encoded"),
            ),
            Some(401 | 407) => (
                "wants a login",
                format!("give `http://user:password@host:port` in `{variable}`; {or_around}"),
            ),
            Some(403) => {
                ("does not allow it", format!("ask who runs the proxy to allow `{host}`; {or_around}"))
            }
            Some(300..=399) => (
                "answers with a redirect",
                format!("see whether `{variable}` is right, and no login page is in between; {or_around}"),
            ),
            Some(500..) => (
                "could not connect to it",
                format!("see whether `{host}` is right, and the proxy reaches it; {or_around}"),
            ),
            Some(_) => ("does not connect to it", format!("see whether `{variable}` is right; {or_around}")),
            None => ("does not answer as a proxy", format!("see whether `{variable}` is right; {or_around}")),
        };
        let shown = status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
        let what = format!("no connection to `{host}`: the proxy in `{variable}` {did}{shown}");
        let is_permanent = matches!(status, Some(401 | 403 | 407 | 300..=399));
        CallError { is_permanent, ..CallError::without_answer(FailureClass::NotSent, what, Some(&hint)) }
    }

    fn not_connected(&self, error: &reqwest::Error) -> CallError {
        let host = self.endpoint.host();
        let (what, hint) = if error.is_timeout() {
            let limit = self.limits.connect.as_secs_f32();
            (format!("no connection to `{host}`{} within {limit} s", self.through()), self.advice())
        } else if let Some((problem, hint)) = tls_error::problem(error) {
            (format!("the TLS connection to `{host}`{} failed: {problem}", self.through()), hint.to_owned())
        } else if error.is_dns() {
            self.not_resolved()
        } else {
            (format!("no connection to `{host}`{}: {}", self.through(), cause(error)), self.advice())
        };
        // A server that shows a wrong certificate will do so again.
        let is_permanent = tls_error::is_certificate(error);
        CallError { is_permanent, ..CallError::without_answer(FailureClass::NotSent, what, Some(&hint)) }
    }

    fn not_resolved(&self) -> (String, String) {
        let host = self.endpoint.host();
        if let Some(HttpsProxy { variable, .. }) = self.proxy {
            let what = format!(
                "no connection to `{host}`: the name of the proxy in `{variable}` could not be resolved"
            );
            return (
                what,
                format!("see whether `{variable}` is right, or unset it where no proxy is needed"),
            );
        }
        let reason = if self.proxies.is_empty() {
            "this machine cannot resolve names, or needs a proxy (`HTTPS_PROXY` is not set)"
        } else {
            "this machine cannot resolve names, or needs the proxy that `NO_PROXY` keeps this host from"
        };
        let hint = match self.chosen_by {
            Some(input) => format!("see whether `{input}` is right; if it is, {reason}"),
            None => reason.to_owned(),
        };
        (format!("the name `{host}` could not be resolved"), hint)
    }

    fn through(&self) -> String {
        let through = |proxy: &HttpsProxy| format!(" through the proxy in `{}`", proxy.variable);
        self.proxy.map(through).unwrap_or_default()
    }

    fn advice(&self) -> String {
        match self.proxy {
            Some(HttpsProxy { variable, .. }) => format!(
                "see whether `{variable}` is right, and the proxy lets this host through; or name the host in `NO_PROXY`"
            ),
            None => "see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way".to_owned(),
        }
    }
}

/// Whether there was an answer, but none of HTTP.
fn is_malformed(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(error) = next {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The innermost reason, without the URL that the outer ones show.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut reason = error.source();
    let mut text = String::from("no reason given");
    while let Some(error) = reason {
        text = error.to_string();
        reason = error.source();
    }
    text
}
