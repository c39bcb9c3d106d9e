//! The network. Here: requests and responses as plain data.

pub mod body;
pub mod connect_probe;
pub mod date;
pub mod endpoint;
pub mod exchange_error;
pub mod issuer;
pub mod network;
pub mod proxy;
pub mod retry_after;
pub mod roots;
pub mod tls_error;
pub mod tls_verifier;
pub mod transport;
pub mod tunnel;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

pub use self::body::Body;

use crate::text::redact::Redactor;

/// The method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`: only metadata services ask for it.
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        })
    }
}

/// A call as an operation describes it, before anything of host, time or credentials is known.
#[derive(Clone, Debug)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded, beginning with `/`.
    pub path: String,
    /// The query's parameters, not encoded.
    pub query: Vec<(&'static str, String)>,
    /// Headers that belong to the call itself, such as `x-acs-action` or `workspace`.
    pub headers: Vec<Header>,
    /// The body.
    pub body: RequestBody,
}

impl Request {
    /// The query's parameters, borrowed.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// A request's body; it is never shown, and one that holds a secret is overwritten when it is no longer needed.
#[derive(Clone)]
pub enum RequestBody {
    /// Nothing secret.
    Plain(String),
    /// With a token in it.
    Secret(SecretString),
}

impl RequestBody {
    /// The text as it is sent.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(text) => text.expose_secret(),
        }
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<SecretString> for RequestBody {
    fn from(text: SecretString) -> Self {
        Self::Secret(text)
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.expose().len())
    }
}

/// One header; a sensitive one is never shown.
#[derive(Clone)]
pub struct Header {
    /// The name as it is sent.
    pub name: Cow<'static, str>,
    /// The value as it is sent.
    pub value: HeaderValue,
}

/// A header's value, open or secret.
#[derive(Clone)]
pub enum HeaderValue {
    /// May be logged.
    Plain(String),
    /// A token or a signature.
    Secret(SecretString),
}

impl Header {
    /// A header that may be logged.
    pub fn new(name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: HeaderValue::Plain(value.into()) }
    }

    /// A header with a token or a signature.
    pub fn secret(name: impl Into<Cow<'static, str>>, value: SecretString) -> Self {
        Self { name: name.into(), value: HeaderValue::Secret(value) }
    }

    /// The value as it is sent and signed.
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.value {
            HeaderValue::Plain(value) => value,
            HeaderValue::Secret(value) => value.expose_secret(),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            HeaderValue::Plain(value) => write!(f, "{}: {value}", self.name),
            HeaderValue::Secret(_) => write!(f, "{}: ***", self.name),
        }
    }
}

/// A server's answer, before anybody has judged it.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// An answer with its body as it came.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let mut response = Self { status, headers, body: Body::Text(String::new()) };
        response.body = Body::decode(body, response.header("content-encoding"));
        response
    }

    /// The same without any secret that it repeats: once a text is cut or escaped, none can be recognised in it.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let redact = |text: String| redactor.redact(&text).into_owned();
        Self {
            status: self.status,
            headers: self.headers.into_iter().map(|(name, value)| (name, redact(value))).collect(),
            body: match self.body {
                Body::Json(value) => Body::Json(redactor.redact_json(value)),
                Body::Text(text) => Body::Text(redact(text)),
                why @ Body::Unreadable(_) => why,
            },
        }
    }

    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The time by the server's clock, if it shows one and not two that differ.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let mut dates =
            self.headers.iter().filter(|(name, _)| name == "date").map(|(_, value)| date::parse(value));
        let first = dates.next()??;
        dates.all(|other| other == Some(first)).then_some(first)
    }
}

/// An answer that the vendor's envelope says is a success.
#[derive(Clone, Debug)]
pub struct ApiResponse {
    /// The HTTP status.
    pub status: u16,
    /// The vendor's id of the call.
    pub request_id: Option<String>,
    /// The body.
    pub body: serde_json::Value,
}

/// The limits of one exchange.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the name look-up, the connection and the TLS handshake together.
    pub connect: Duration,
    /// For the whole exchange, connecting included.
    pub total: Duration,
}
