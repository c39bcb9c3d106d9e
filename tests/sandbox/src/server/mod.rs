//! The listener around a sandbox.

mod connection;
mod port;
#[cfg(test)]
mod tests;
mod tls;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

pub use tls::Tls;
use tokio::sync::{oneshot, watch};

use crate::{
    deliver::{Delivery, Ending},
    http::Request,
    record::{Effect, Recorded},
    state::{Sandbox, operation},
};

/// A sandbox behind a port of `127.0.0.1`, in a thread of its own. It stops when it is dropped.
///
/// It carries out what [`Sandbox::deliver`] decides. A port can be closed only for a time, not for a call that has not come
/// yet: [`crate::Fault::Down`], and [`crate::Fault::Refuse`] for `any` call with a time or `always`, close it. Every other
/// refused call has connected by then; its connection is reset, and nothing else happens.
#[derive(Debug)]
pub struct Server {
    url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a server tells whoever watches it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A request came; the record says what became of it.
    Request(&'a Recorded),
    /// A release happened.
    Effect(&'a Effect),
    /// A call of this name was refused, although it had connected by then.
    Refused(&'a str),
    /// The port is closed now.
    Closed,
    /// The port is open again.
    Open,
}

/// Where a server listens, and whether it speaks TLS.
#[derive(Debug, Default)]
pub struct Listen {
    /// The port of `127.0.0.1`, 0 for any.
    pub port: u16,
    /// Further addresses, such as those of the metadata services. They serve the same sandbox.
    pub further: Vec<SocketAddrV4>,
    /// With it, each of these ports speaks TLS as well as plain HTTP, whichever the client begins with.
    pub tls: Option<Tls>,
}

type Watch = Box<dyn Fn(&Event<'_>) + Send + Sync>;

struct Shared {
    state: Mutex<State>,
    watch: Watch,
    open: watch::Sender<bool>,
    tls: Option<Tls>,
}

#[derive(Debug)]
struct State {
    sandbox: Sandbox,
    /// How many effects have been told.
    told: usize,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Shared {
    fn new(mut sandbox: Sandbox, tls: Option<Tls>, watch: Watch) -> Self {
        sandbox.begin(sandbox.time());
        let told = sandbox.effects().len();
        let (open, _) = watch::channel(true);
        Self { state: Mutex::new(State { sandbox, told }), watch, open, tls }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, request: &Request) -> Delivery {
        let mut state = self.state();
        let before = state.sandbox.requests().len();
        let delivery = {
            let now = state.sandbox.time();
            state.sandbox.deliver(now, request)
        };
        if let Some(recorded) = state.sandbox.requests().get(before) {
            (self.watch)(&Event::Request(recorded));
        }
        if delivery.ending == Ending::Refused {
            (self.watch)(&Event::Refused(operation(request)));
        }
        self.tell_effects(&mut state);
        delivery
    }

    /// Lets happen what is due, and says whether the port is to be closed.
    fn settle(&self) -> bool {
        let mut state = self.state();
        let now = state.sandbox.time();
        state.sandbox.settle(now);
        self.tell_effects(&mut state);
        state.sandbox.closed(now)
    }

    fn tell_effects(&self, state: &mut State) {
        let effects = state.sandbox.effects();
        for effect in effects.iter().skip(state.told) {
            (self.watch)(&Event::Effect(effect));
        }
        state.told = effects.len();
    }

    fn set_open(&self, open: bool) {
        // Each listener says so.
        if self.open.send_replace(open) != open {
            (self.watch)(&if open { Event::Open } else { Event::Closed });
        }
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

    /// This sandbox on this port, 0 for any. Its rules' times count from now on. `watch` sees what happens; it must not call
    /// back into the server.
    pub fn launch(
        sandbox: Sandbox,
        port: u16,
        watch: impl Fn(&Event<'_>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::listen(sandbox, Listen { port, ..Listen::default() }, watch)
    }

    /// The same at several addresses, or with TLS.
    pub fn listen(
        sandbox: Sandbox,
        listen: Listen,
        watch: impl Fn(&Event<'_>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let main = bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, listen.port))?;
        let url = format!("http://{}", main.local_addr()?);
        let further: Vec<_> = listen.further.into_iter().map(bind).collect::<io::Result<_>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Arc::new(Shared::new(sandbox, listen.tls, Box::new(watch)));
        let (stop, stopped) = oneshot::channel();
        let state = Arc::clone(&shared);
        let thread = thread::Builder::new().name("sandbox".into()).spawn(move || {
            // What listens ends with the runtime.
            runtime.block_on(async {
                for listener in further.into_iter().chain([main]) {
                    tokio::spawn(port::listen(listener, Arc::clone(&state)));
                }
                let _ = stopped.await;
            });
        })?;
        Ok(Self { url, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, for both clouds.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `https://127.0.0.1:PORT`, where it speaks TLS.
    #[must_use]
    pub fn https_url(&self) -> String {
        self.url.replacen("http", "https", 1)
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
        use_it(&mut self.shared.state().sandbox)
    }
}

fn bind(address: SocketAddrV4) -> io::Result<TcpListener> {
    let told = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let listener = TcpListener::bind(SocketAddr::V4(address)).map_err(told)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
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
