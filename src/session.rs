//! One cloud, one set of credentials, one exchange: stamps, signs, sends, reads the envelope. The only place that
//! signs.

use std::time::SystemTime;

use jiff::Timestamp;

use crate::cloud::Cloud;
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::Failed;
use crate::http::{Body, Limits, Reply, Request, Response, Stamp};
use crate::random;
use crate::secret::Redactor;
use crate::transport::{Call, Exchange};

/// Everything that a request needs on its way.
pub struct Session<X> {
    /// The vendor.
    pub cloud: &'static dyn Cloud,
    /// Where requests go.
    pub endpoint: Endpoint,
    /// What they are authorised with.
    pub credentials: Credentials,
    /// Learns of every signature, should a server repeat one.
    pub redactor: Redactor,
    /// The network.
    pub exchange: X,
}

impl<X: Exchange> Session<X> {
    /// Makes one call, once, over a connection of its own.
    pub async fn send(&self, request: &Request, limits: Limits) -> Result<Reply, Failed> {
        let signed = self.cloud.authorize(request, &self.endpoint.authority(), &self.credentials, &stamp());
        for text in &signed.withheld {
            self.redactor.add(text);
        }
        let call = Call {
            method: request.method,
            url: self.endpoint.url(&request.path, &signed.query),
            headers: signed.headers,
            body: request.body.clone(),
        };
        tracing::debug!("{} {}", call.method, call.url);
        for header in &call.headers {
            tracing::trace!("> {header:?}");
        }
        let started = SystemTime::now();
        let response = self.exchange.exchange(&call, limits).await?;
        let elapsed = started.elapsed().unwrap_or_default().as_millis();
        tracing::debug!("HTTP {} after {elapsed} ms", response.status);
        self.cloud.read(&self.cleaned(response))
    }

    /// The answer without any secret that it repeats: once a text is cut or escaped, none can be recognised in it.
    fn cleaned(&self, response: Response) -> Response {
        let clean = |text: String| self.redactor.clean(&text).into_owned();
        Response {
            status: response.status,
            headers: response.headers.into_iter().map(|(name, value)| (name, clean(value))).collect(),
            body: match response.body {
                Body::Json(value) => Body::Json(self.redactor.clean_json(value)),
                Body::Text(text) => Body::Text(clean(text)),
            },
        }
    }
}

/// The time, and a number used once.
fn stamp() -> Stamp {
    Stamp { time: Timestamp::now(), nonce: random::token() }
}
