//! What a proxy says that does not open a tunnel. The client keeps the status to itself.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::http::endpoint::{Endpoint, LOCALHOST, LOOPBACK};
use crate::http::proxy::HttpsProxy;

/// Why there is no tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelError {
    /// The proxy wants a login: HTTP 407.
    LoginWanted,
    /// The proxy answers something else than HTTP 200.
    Unsuccessful,
    /// What the proxy sends has no end, or ends before it says anything.
    NoAnswer,
}

impl TunnelError {
    /// Recognises the client's words, which are all that it gives.
    #[must_use]
    pub fn of(cause: &str) -> Option<Self> {
        match cause {
            "tunnel error: proxy authorization required" => Some(Self::LoginWanted),
            "tunnel error: unsuccessful" => Some(Self::Unsuccessful),
            "tunnel error: unexpected end of file" | "tunnel error: proxy response headers too long" => {
                Some(Self::NoAnswer)
            }
            _ => None,
        }
    }
}

/// Asks the proxy for the tunnel once more, to see the status of its refusal. None where there is none.
pub async fn status(
    proxy: &HttpsProxy,
    target: &Endpoint,
    tls: ClientConfig,
    limit: Duration,
) -> Option<u16> {
    timeout(limit, connect(proxy, target, tls)).await.ok().flatten()
}

async fn connect(proxy: &HttpsProxy, target: &Endpoint, tls: ClientConfig) -> Option<u16> {
    let url = Url::parse(proxy.url()).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port_or_known_default()?;
    // As the client itself does: the login must not go where a resolver leads.
    let connection = if host.trim_end_matches('.') == LOCALHOST {
        TcpStream::connect(&LOOPBACK.map(|address| SocketAddr::new(address, port))[..]).await.ok()?
    } else {
        TcpStream::connect((host.as_str(), port)).await.ok()?
    };
    let request = request(&url, target);
    if url.scheme() == "https" {
        let name = ServerName::try_from(host).ok()?;
        let connection = TlsConnector::from(std::sync::Arc::new(tls)).connect(name, connection).await.ok()?;
        return ask(connection, &request).await;
    }
    ask(connection, &request).await
}

fn request(proxy: &Url, target: &Endpoint) -> SecretString {
    let target = format!("{}:{}", target.host(), target.port().unwrap_or(443));
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if proxy.username().is_empty() && proxy.password().is_none() {
        return format!("{head}\r\n").into();
    }
    // Whatever the bytes are once they are decoded.
    let decoded = |encoded: &str| percent_decode_str(encoded).collect::<Vec<u8>>();
    let login = [decoded(proxy.username()), decoded(proxy.password().unwrap_or_default())].join(&b':');
    format!("{head}Proxy-Authorization: Basic {}\r\n\r\n", STANDARD.encode(login)).into()
}

async fn ask(mut connection: impl AsyncRead + AsyncWrite + Unpin, request: &SecretString) -> Option<u16> {
    connection.write_all(request.expose_secret().as_bytes()).await.ok()?;
    connection.flush().await.ok()?;
    let mut line = Vec::new();
    while !line.contains(&b'\n') && line.len() < 1024 {
        line.push(connection.read_u8().await.ok()?);
    }
    let line = String::from_utf8(line).ok()?;
    let mut words = line.strip_prefix("HTTP/1.")?.split_ascii_whitespace();
    words.nth(1)?.parse().ok().filter(|status| (300..600).contains(status))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use tokio::runtime::Builder;

    use super::*;
    use crate::http::exchange_error::cause;
    use crate::http::proxy::Proxies;
    use crate::http::tls_verifier;
    use crate::process::env::Env;

    /// A proxy's port, and the requests that it gets; each connection has the same answer.
    fn proxy(answer: &'static [u8]) -> (u16, mpsc::Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if connection.read(&mut byte).unwrap_or(0) == 0 {
                        break;
                    }
                    request.extend(byte);
                }
                let _ = heard.send(String::from_utf8(request).unwrap());
                let _ = connection.write_all(answer);
            }
        });
        (port, requests)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// The client's own words, by the client itself.
    #[test]
    fn the_clients_words_are_recognised() {
        let long: &[u8] = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(8192)).leak().as_bytes();
        let cases: [(&[u8], _); 5] = [
            (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", Some(TunnelError::LoginWanted)),
            (b"HTTP/1.1 403 Forbidden\r\n\r\n", Some(TunnelError::Unsuccessful)),
            (b"SSH-2.0-OpenSSH_9.7\r\n", Some(TunnelError::Unsuccessful)),
            (b"", Some(TunnelError::NoAnswer)),
            (long, Some(TunnelError::NoAnswer)),
        ];
        for (answer, expected) in cases {
            let (port, _requests) = proxy(answer);
            let client = reqwest::Client::builder()
                .tls_backend_preconfigured(tls_verifier::client_config(None))
                .proxy(reqwest::Proxy::all(format!("http://127.0.0.1:{port}")).unwrap());
            let client = client.build().unwrap();
            let error = block_on(client.get("https://cloud.example.invalid").send()).unwrap_err();
            assert_eq!(TunnelError::of(&cause(&error)), expected, "{}", cause(&error));
        }
    }

    #[test]
    fn a_proxys_status_is_seen() {
        let cases: [(&[u8], _); 8] = [
            (b"HTTP/1.1 200 OK\r\n\r\n", None),
            (b"HTTP/1.1 403 Forbidden\r\n\r\n", Some(403)),
            (b"HTTP/1.0 302 Found\r\nLocation: /login\r\n\r\n", Some(302)),
            (b"HTTP/1.1 502\r\n\r\n", Some(502)),
            (b"HTTP/1.1 9999 Forbidden\r\n\r\n", None),
            (b"SSH-2.0-OpenSSH_9.7\r\n", None),
            (b"HTTP/1.1 403", None),
            (b"", None),
        ];
        let target = Endpoint::parse("https://cloud.example.invalid:8443").unwrap();
        for (answer, expected) in cases {
            let (port, requests) = proxy(answer);
            let url = format!("http://me:p%40ss@127.0.0.1:{port}");
            let proxies = Proxies::read(&Env::from([("https_proxy", url.as_str())])).unwrap();
            let proxy = proxies.proxy_for(&target).unwrap().unwrap();
            let seen =
                block_on(status(proxy, &target, tls_verifier::client_config(None), Duration::from_secs(5)));
            assert_eq!(seen, expected, "{}", String::from_utf8_lossy(answer));
            let request = requests.recv().unwrap();
            assert!(request.starts_with("CONNECT cloud.example.invalid:8443 HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n"), "{request}");
        }
    }
}
