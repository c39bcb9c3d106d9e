//! Several servers, each reached by its own rule: one through a proxy, another on this machine.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::error::{CallError, FailureClass};
use crate::http::Timeouts;
use crate::http::endpoint::Endpoint;
use crate::http::network::Network;
use crate::http::transport::{HttpTransport, Sending, SignedRequest, Transport};
use crate::process::env::Env;

/// The network to all servers of a run. That to a further one is made with its first request.
pub struct TransportPool {
    env: Env,
    ca_file: Option<String>,
    connect: Duration,
    /// To the server of the release, whose connections are watched.
    main: (String, Rc<HttpTransport>),
    others: RefCell<Vec<(String, Rc<HttpTransport>)>>,
}

impl TransportPool {
    /// The network to this server, and by the same variables to others.
    #[must_use]
    pub fn new(
        env: &Env,
        ca_file: Option<&str>,
        connect: Duration,
        server: &Endpoint,
        transport: HttpTransport,
    ) -> Self {
        Self {
            env: env.clone(),
            ca_file: ca_file.map(str::to_owned),
            connect,
            main: (server.url("", ""), Rc::new(transport)),
            others: RefCell::default(),
        }
    }

    fn to(&self, url: &str) -> Result<Rc<HttpTransport>, CallError> {
        if url.strip_prefix(&self.main.0).is_some_and(|rest| rest.starts_with('/')) {
            return Ok(Rc::clone(&self.main.1));
        }
        let (server, _) = Endpoint::split(url).map_err(|problem| never(&format!("the address {problem}")))?;
        let origin = server.url("", "");
        let mut others = self.others.borrow_mut();
        if let Some((_, transport)) = others.iter().find(|(known, _)| *known == origin) {
            return Ok(Rc::clone(transport));
        }
        let network = Network::of(&self.env, self.ca_file.as_deref(), &server).map_err(|faults| {
            let faults: Vec<String> =
                faults.iter().map(|fault| format!("`{}` {}", fault.name, fault.problem)).collect();
            never(&faults.join("; "))
        })?;
        let transport = HttpTransport::new(&network, server.host(), self.connect)
            .map_err(|error| never(&error.without_url().to_string()))?;
        let transport = Rc::new(transport);
        others.push((origin, Rc::clone(&transport)));
        Ok(transport)
    }
}

impl Transport for TransportPool {
    fn send<'a>(&'a self, call: &'a SignedRequest, timeouts: Timeouts) -> Sending<'a> {
        Box::pin(async move { self.to(&call.url)?.send(call, timeouts).await })
    }

    fn has_connected(&self) -> bool {
        self.main.1.has_connected()
    }
}

/// A failure that comes of every other try, too.
fn never(problem: &str) -> CallError {
    CallError { is_permanent: true, ..CallError::without_answer(FailureClass::NotSent, problem, None) }
}
