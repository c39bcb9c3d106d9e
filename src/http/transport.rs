//! One exchange over the network, and what kind of failure it was.

use std::error::Error as _;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::CONTENT_LENGTH;
use reqwest::{Client, redirect, retry};

use crate::error::{CallError, FailureClass};
use crate::http::connect_probe::ConnectProbe;
use crate::http::network::Network;
use crate::http::tls_error;
use crate::http::tls_verifier;
use crate::http::{Body, Header, HeaderValue, Method, RequestBody, Response, Timeouts};

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// All headers but `Host`, `User-Agent` and `Content-Length`.
    pub headers: Vec<Header>,
    /// The body.
    pub body: RequestBody,
    /// Whether it goes over a connection of its own.
    pub fresh_connection: bool,
}

/// The answer to come of one call.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, CallError>> + 'a>>;

/// Whatever carries one call to a server and its answer back.
pub trait Transport {
    /// Makes the call once. Redirects are not followed, nothing is repeated.
    fn send<'a>(&'a self, call: &'a SignedRequest, timeouts: Timeouts) -> Sending<'a>;

    /// Whether the last call over a fresh connection got one. Without one, nothing was sent.
    fn has_connected(&self) -> bool;
}

/// The real network.
pub struct HttpTransport {
    /// For calls over a fresh connection.
    calls: Client,
    /// For all others, which share connections.
    queries: Client,
    connected: ConnectProbe,
    host: String,
    /// The variable that names the proxy, if the host is reached through one.
    proxy: Option<String>,
}

impl HttpTransport {
    /// A client for one host, by the network's rules.
    pub fn new(network: &Network, host: &str, connect: Duration) -> reqwest::Result<Self> {
        let connected = ConnectProbe::default();
        let tls = tls_verifier::client_config(network.extra_roots.clone());
        let client = |idle: usize| {
            let client = Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("release-step/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(connect)
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .pool_max_idle_per_host(idle)
                .referer(false)
                .no_proxy();
            match &network.proxy {
                Some(proxy) => Ok(client.proxy(proxy.to_reqwest()?)),
                None => Ok(client),
            }
        };
        Ok(Self {
            // The release call goes over a connection that nothing else has used: a reused one may be closed by the
            // server at the moment of sending, and then nobody knows whether the call arrived.
            calls: client(0)?.connector_layer(connected.clone()).build()?,
            queries: client(1)?.build()?,
            connected,
            host: host.to_owned(),
            proxy: network.proxy.as_ref().map(|proxy| proxy.variable.clone()),
        })
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, call: &'a SignedRequest, timeouts: Timeouts) -> Sending<'a> {
        Box::pin(self.exchange(call, timeouts))
    }

    fn has_connected(&self) -> bool {
        self.connected.is_set()
    }
}

impl HttpTransport {
    async fn exchange(&self, call: &SignedRequest, limits: Timeouts) -> Result<Response, CallError> {
        if call.fresh_connection {
            self.connected.clear();
        }
        let failed = |error: reqwest::Error| self.failed(&error, limits);
        let mut answer = self.request(call, limits)?.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        match self.body(&mut answer, limits).await {
            Ok(body) => Ok(Response { status, headers, body: Body::read(&body) }),
            // The server has said that the call succeeded, though not what came of it.
            Err(failed) if (200..300).contains(&status) => {
                Err(CallError { class: FailureClass::Unreadable, ..failed })
            }
            Err(failed) => Err(failed),
        }
    }

    async fn body(&self, answer: &mut reqwest::Response, limits: Timeouts) -> Result<Vec<u8>, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(&error, limits))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(CallError::without_answer(
                    FailureClass::Unknown,
                    "the answer is larger than 1 MiB",
                    Some(
                        "check for a proxy or gateway between this machine and the API: no answer of this API is that large",
                    ),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn request(&self, call: &SignedRequest, limits: Timeouts) -> Result<reqwest::RequestBuilder, CallError> {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let client = if call.fresh_connection { &self.calls } else { &self.queries };
        let mut request =
            client.request(method, &call.url).timeout(limits.total).body(call.body.expose().to_owned());
        for header in &call.headers {
            let mut value = reqwest::header::HeaderValue::from_str(header.expose()).map_err(|_| {
                let what = format!("the header `{}` has a character that no header may have", header.name);
                CallError {
                    is_permanent: true,
                    ..CallError::without_answer(FailureClass::NotSent, what, None)
                }
            })?;
            value.set_sensitive(matches!(header.value, HeaderValue::Secret(_)));
            request = request.header(&*header.name, value);
        }
        if call.method != Method::Get && call.body.expose().is_empty() {
            // The client leaves it out, and a front end may then ask for it with status 411.
            request = request.header(CONTENT_LENGTH, "0");
        }
        Ok(request)
    }

    fn failed(&self, error: &reqwest::Error, limits: Timeouts) -> CallError {
        let host = &self.host;
        if error.is_connect() {
            return self.not_connected(error, limits.connect);
        }
        if error.is_builder() {
            let what = format!("the call to `{host}` could not be made");
            return CallError {
                is_permanent: true,
                ..CallError::without_answer(FailureClass::NotSent, what, None)
            };
        }
        let what = if error.is_timeout() {
            format!("`{host}` did not answer within {} s", limits.total.as_secs_f32())
        } else {
            format!("the connection to `{host}` was lost before its answer was complete: {}", cause(error))
        };
        CallError::without_answer(FailureClass::Unknown, what, None)
    }

    fn not_connected(&self, error: &reqwest::Error, limit: Duration) -> CallError {
        let host = &self.host;
        let (what, hint) = if error.is_timeout() {
            let what =
                format!("no connection to `{host}`{} within {} s", self.through(), limit.as_secs_f32());
            (what, self.advice())
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
        let through = |variable| format!(" through the proxy in `{variable}`");
        self.proxy.as_ref().map(through).unwrap_or_default()
    }

    fn advice(&self) -> String {
        match &self.proxy {
            Some(variable) => format!(
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
