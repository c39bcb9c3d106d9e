//! Whether a connection was ever made: before it is, TLS included, not a byte of a request can have been sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

/// A flag that is raised when the connector that it is laid around has made a connection.
#[derive(Clone, Default)]
pub struct ConnectProbe(Arc<AtomicBool>);

impl ConnectProbe {
    /// Whether a connection was made.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Lowers it again, before the next call.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<S> Layer<S> for ConnectProbe {
    type Service = Watched<S>;

    fn layer(&self, connector: S) -> Watched<S> {
        Watched { connector, connected: self.clone() }
    }
}

/// A connector that raises the flag.
#[derive(Clone)]
pub struct Watched<S> {
    connector: S,
    connected: ConnectProbe,
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.connector.call(target);
        let connected = self.connected.clone();
        Box::pin(async move {
            let connection = connecting.await;
            connected.0.fetch_or(connection.is_ok(), Ordering::Release);
            connection
        })
    }
}
