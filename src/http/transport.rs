//! One exchange over the network.

use std::cell::OnceCell;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use reqwest::{Client, ClientBuilder, Url, redirect, retry};

use crate::error::{CallError, FailureClass, InvalidInput};
use crate::http::connect_probe::ConnectProbe;
use crate::http::endpoint::{Endpoint, LOCALHOST, LOOPBACK};
use crate::http::exchange_error::{Route, cause, never_sent};
use crate::http::network::Network;
use crate::http::tls_verifier;
use crate::http::tunnel::{self, TunnelError};
use crate::http::{Header, HeaderValue, Method, RequestBody, Response, Timeouts};

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The most headers that an answer may have. What else other clients forgive, such as a folded header, is forgiven too: the
/// answer says what became of a release.
const MOST_HEADERS: usize = 1000;

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

    /// Whether the environment leads to a server at all: a proxy that cannot be used does not.
    fn check(&self, _endpoint: &Endpoint) -> Result<(), InvalidInput> {
        Ok(())
    }
}

/// The real network, to any number of servers. Nothing of it is made before the first call that needs it.
pub struct HttpTransport {
    network: Network,
    connect: Duration,
    tls: OnceCell<rustls::ClientConfig>,
    /// For calls over a fresh connection.
    calls: OnceCell<Client>,
    /// For all others, which share connections.
    queries: OnceCell<Client>,
    connected: ConnectProbe,
}

impl HttpTransport {
    /// Goes by the network's rules; connecting takes at most `connect`.
    #[must_use]
    pub fn new(network: Network, connect: Duration) -> Self {
        Self {
            network,
            connect,
            tls: OnceCell::new(),
            calls: OnceCell::new(),
            queries: OnceCell::new(),
            connected: ConnectProbe::default(),
        }
    }

    fn client(&self, fresh_connection: bool) -> reqwest::Result<&Client> {
        let slot = if fresh_connection { &self.calls } else { &self.queries };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = if fresh_connection {
            // A reused connection may be closed by the server at the moment of sending, and then it cannot be known whether
            // the call arrived.
            self.builder().pool_max_idle_per_host(0).connector_layer(self.connected.clone())
        } else {
            self.builder().pool_max_idle_per_host(1)
        };
        let client = client.build()?;
        Ok(slot.get_or_init(|| client))
    }

    fn builder(&self) -> ClientBuilder {
        let loopback = LOOPBACK.map(|address| SocketAddr::new(address, 0));
        let client = Client::builder()
            .tls_backend_preconfigured(self.tls().clone())
            .user_agent(concat!("release-step/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_max_headers(MOST_HEADERS)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .resolve_to_addrs(LOCALHOST, &loopback)
            .resolve_to_addrs("localhost.", &loopback);
        Arc::clone(&self.network.proxies).apply(client)
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, call: &'a SignedRequest, timeouts: Timeouts) -> Sending<'a> {
        Box::pin(self.exchange(call, timeouts))
    }

    fn has_connected(&self) -> bool {
        self.connected.is_set()
    }

    fn check(&self, endpoint: &Endpoint) -> Result<(), InvalidInput> {
        self.network.proxies.proxy_for(endpoint).map(|_| ())
    }
}

impl HttpTransport {
    async fn exchange(&self, call: &SignedRequest, limits: Timeouts) -> Result<Response, CallError> {
        if call.fresh_connection {
            self.connected.clear();
        }
        let url = Url::parse(&call.url).map_err(|_| never_sent("the call has no URL"))?;
        let endpoint =
            Endpoint::of(&url).map_err(|problem| never_sent(&format!("`{}` {problem}", url.authority())))?;
        let proxy = self.network.proxies.proxy_for(&endpoint);
        let proxy = proxy.map_err(|fault| never_sent(&format!("`{}` {}", fault.name, fault.problem)))?;
        let chosen_by = self.network.chosen_by(&endpoint);
        let route = Route { endpoint: &endpoint, chosen_by, proxy, proxies: &self.network.proxies, limits };
        let request = self.request(call, url, limits.total)?;
        match request.send().await {
            Ok(answer) => read(answer, &route).await,
            Err(error) => Err(self.failed(&error, &route).await),
        }
    }

    async fn failed(&self, error: &reqwest::Error, route: &Route<'_>) -> CallError {
        let (Some(proxy), Some(refusal)) = (route.proxy, TunnelError::of(&cause(error))) else {
            return route.failed(error);
        };
        let status = match refusal {
            TunnelError::LoginWanted => Some(407),
            TunnelError::NoAnswer => None,
            TunnelError::Unsuccessful => {
                tunnel::status(proxy, route.endpoint, self.tls().clone(), route.limits.connect).await
            }
        };
        route.refused_by_proxy(proxy, status)
    }

    fn tls(&self) -> &rustls::ClientConfig {
        self.tls.get_or_init(|| tls_verifier::client_config(self.network.extra_roots.clone()))
    }

    fn request(
        &self,
        call: &SignedRequest,
        url: Url,
        limit: Duration,
    ) -> Result<reqwest::RequestBuilder, CallError> {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let client = self.client(call.fresh_connection);
        let client = client.map_err(|error| {
            never_sent(&format!("the HTTP client cannot be set up: {}", error.without_url()))
        })?;
        let mut request = client.request(method, url).timeout(limit).body(call.body.expose().to_owned());
        request = request.header(ACCEPT_ENCODING, "identity");
        for header in &call.headers {
            let mut value = reqwest::header::HeaderValue::from_str(header.expose()).map_err(|_| {
                never_sent(&format!("the header `{}` has a character that no header may have", header.name))
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
}

/// Reads an answer to its end, as far as it may be long.
async fn read(mut answer: reqwest::Response, route: &Route<'_>) -> Result<Response, CallError> {
    let status = answer.status().as_u16();
    let headers = answer.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    match read_body(&mut answer, route).await {
        Ok(body) => Ok(Response::new(status, headers, &body)),
        // The server has said that the call succeeded, though not what came of it.
        Err(failed) if (200..300).contains(&status) => {
            Err(CallError { class: FailureClass::Unreadable, ..failed })
        }
        Err(failed) => Err(failed),
    }
}

async fn read_body(answer: &mut reqwest::Response, route: &Route<'_>) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| route.failed(&error))? {
        if body.len() + chunk.len() > LARGEST {
            let hint = "check for a proxy or gateway between this machine and the API: no answer of this API is that large";
            let what = "the answer is larger than 1 MiB";
            return Err(CallError::without_answer(FailureClass::Unknown, what, Some(hint)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use tokio::runtime::Builder;

    use super::*;
    use crate::process::env::Env;

    /// A server that answers every request with this, and what it gets.
    fn server(answer: &'static str) -> (u16, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let length = connection.read(&mut request).unwrap();
                let _ = heard.send(String::from_utf8_lossy(&request[..length]).into_owned());
                let _ = connection.write_all(answer.as_bytes());
            }
        });
        (port, requests)
    }

    fn transport(variables: &[(&str, &str)]) -> HttpTransport {
        let env: Env = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let proxies = Arc::new(crate::http::proxy::Proxies::read(&env).unwrap());
        HttpTransport::new(Network { proxies, ..Network::default() }, Duration::from_secs(5))
    }

    fn send(transport: &HttpTransport, method: Method, url: String) -> Result<Response, CallError> {
        let timeouts = Timeouts { connect: Duration::from_secs(5), total: Duration::from_secs(5) };
        let call = SignedRequest {
            method,
            url,
            headers: Vec::new(),
            body: String::new().into(),
            fresh_connection: false,
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(transport.send(&call, timeouts))
    }

    #[test]
    fn each_server_has_a_proxy_decision_of_its_own() {
        let (own, requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        let (proxy, tunnels) = server("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        let proxy = format!("http://127.0.0.1:{proxy}");
        let transport = transport(&[("https_proxy", &proxy), ("NO_PROXY", "direct.example")]);
        for _ in 0..2 {
            assert_eq!(
                send(&transport, Method::Put, format!("http://localhost:{own}/a?b")).unwrap().status,
                200
            );
            let request = requests.recv().unwrap();
            assert!(request.starts_with("PUT /a?b HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("\r\ncontent-length: 0\r\n"), "{request}");

            for host in ["sts.example.invalid", "iam.example.invalid:8443"] {
                let failed = send(&transport, Method::Get, format!("https://{host}/")).unwrap_err();
                assert!(failed.what.unwrap().contains("`https_proxy` wants a login"));
                assert!(tunnels.recv().unwrap().starts_with(&format!("CONNECT {host}")));
            }
        }
        assert!(tunnels.try_recv().is_err(), "nothing else went to the proxy");
    }

    #[test]
    fn no_token_goes_anywhere_without_encryption_but_to_this_machine() {
        let (proxy, tunnels) = server("");
        let transport = transport(&[("all_proxy", &format!("http://127.0.0.1:{proxy}"))]);
        for host in ["cloud.example.invalid", "cloud.localhost", "169.254.169.253", "0.0.0.0"] {
            let failed = send(&transport, Method::Get, format!("http://{host}:1/")).unwrap_err();
            assert_eq!(failed.class, FailureClass::NotSent, "{host}");
            assert!(
                failed.is_permanent && failed.reason().contains("is not encrypted"),
                "{}",
                failed.reason()
            );
        }
        assert!(tunnels.try_recv().is_err());
        assert!(transport.calls.get().is_none() && transport.queries.get().is_none(), "no client was made");
    }

    /// What is read when a first call needs it may be wrong for one server and of no matter for another.
    #[test]
    fn a_proxy_that_cannot_be_used_is_of_no_matter_for_a_server_without_one() {
        let (own, _requests) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        let transport = transport(&[("https_proxy", "none")]);
        assert_eq!(send(&transport, Method::Get, format!("http://127.0.0.1:{own}/")).unwrap().status, 200);
        let failed = send(&transport, Method::Get, "https://sts.example.invalid/".to_owned()).unwrap_err();
        assert!(
            failed.is_permanent && failed.reason().starts_with("`https_proxy` is `none`"),
            "{}",
            failed.reason()
        );
    }
}
