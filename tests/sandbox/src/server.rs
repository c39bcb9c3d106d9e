//! The listener around a sandbox.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::{
    clock::Clock,
    http::{Answer, Request},
    record::{Effect, Recorded},
    state::Sandbox,
};

/// A sandbox behind a port of `127.0.0.1`, in a thread of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

type Watch = Box<dyn Fn(&Recorded) + Send + Sync>;

struct Shared {
    sandbox: Mutex<Sandbox>,
    watch: Watch,
    clock: Clock,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

impl Shared {
    fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// A fresh sandbox on a port that the system chooses.
    ///
    /// # Panics
    ///
    /// Where no port can be opened.
    #[must_use]
    pub fn start() -> Self {
        Self::launch(Sandbox::new(), 0, |_| ()).expect("a loopback port can be opened")
    }

    /// This sandbox on this port, 0 for any. `watch` sees each request when its answer is ready; it must not call back into
    /// the server.
    pub fn launch(
        sandbox: Sandbox,
        port: u16,
        watch: impl Fn(&Recorded) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::launch_by(Clock::System, sandbox, port, watch)
    }

    /// The same by another clock than the system's.
    pub fn launch_by(
        clock: Clock,
        sandbox: Sandbox,
        port: u16,
        watch: impl Fn(&Recorded) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let shared = Arc::new(Shared { sandbox: Mutex::new(sandbox), watch: Box::new(watch), clock });
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&shared);
        let thread = thread::Builder::new().name("sandbox".into()).spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                let listening = tokio::spawn(listen(listener, state));
                let _ = stopped.await;
                listening.abort();
            });
        })?;
        Ok(Self { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, for both clouds.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.with(|sandbox| sandbox.requests().to_vec())
    }

    /// Every release that really happened, oldest first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.with(|sandbox| sandbox.effects().to_vec())
    }

    /// Looks at the state or arranges it, while no request is being answered.
    pub fn with<T>(&self, use_it: impl FnOnce(&mut Sandbox) -> T) -> T {
        use_it(&mut self.shared.sandbox())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn listen(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, &shared));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    shared: &Shared,
) -> Result<hyper::Response<Full<Bytes>>, hyper::Error> {
    let request = read(request).await?;
    let mut sandbox = shared.sandbox();
    let now = shared.clock.now(sandbox.requests().len());
    let answer = sandbox.handle(now, &request);
    if let Some(recorded) = sandbox.requests().last() {
        (shared.watch)(recorded);
    }
    Ok(write(answer))
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, hyper::Error> {
    let (head, body) = request.into_parts();
    Ok(Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or_else(|| "/".into(), ToString::to_string),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.collect().await?.to_bytes().to_vec(),
    })
}

fn write(answer: Answer) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body.into())).expect("the sandbox's own headers are valid")
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpStream,
    };

    use super::Server;

    #[test]
    fn a_server_answers_records_and_stops() {
        let server = Server::start();
        let address = server.url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        let request = format!("GET /v1/a%20b?c=%2B HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        assert_eq!(answer.to_lowercase().matches("\r\ndate: ").count(), 1, "{answer}");
        let [recorded] = &server.requests()[..] else { panic!("one request is expected") };
        assert_eq!(recorded.request.target, "/v1/a%20b?c=%2B");
        assert_eq!(recorded.request.header("Host"), Some(address.as_str()));
        assert_eq!((recorded.status, recorded.code.as_deref()), (404, Some("APIGW.0101")));
        drop(server);
        assert!(TcpStream::connect(&address).is_err());
    }
}
