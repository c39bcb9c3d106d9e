//! The sandbox's core in the place of the network.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use release_step::cloud::clock::Clock;
use release_step::error::{CallError, FailureClass};
use release_step::http::transport::{Sending, SignedRequest, Transport};
use release_step::http::{Response, Timeouts};
use sandbox::{Answer, Ending, Request, Sandbox};
use tokio::time::sleep;

/// Both clouds, by the virtual clock. Many steps may share them.
#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) sandbox: Rc<RefCell<Sandbox>>,
    clock: Rc<Clock>,
    has_connected: Rc<Cell<bool>>,
    throttling: Rc<Cell<Throttling>>,
}

/// How often one step was throttled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Throttling {
    pub(crate) requests: u32,
    pub(crate) throttled: u32,
    run: u32,
    pub(crate) longest_run: u32,
}

impl Throttling {
    fn count(self, is_throttled: bool) -> Self {
        let run = if is_throttled { self.run + 1 } else { 0 };
        let throttled = self.throttled + u32::from(is_throttled);
        Self { requests: self.requests + 1, throttled, run, longest_run: self.longest_run.max(run) }
    }
}

impl Cloud {
    pub(crate) fn of(sandbox: Sandbox, now: jiff::Timestamp) -> Self {
        Self {
            sandbox: Rc::new(RefCell::new(sandbox)),
            clock: Rc::new(Clock::at(now)),
            has_connected: Rc::default(),
            throttling: Rc::default(),
        }
    }

    /// The same clouds, as another step sees them.
    pub(crate) fn for_another_step(&self) -> Self {
        Self { has_connected: Rc::default(), throttling: Rc::default(), ..self.clone() }
    }

    pub(crate) fn throttling(&self) -> Throttling {
        self.throttling.get()
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }
}

impl Transport for Cloud {
    fn send<'a>(&'a self, call: &'a SignedRequest, timeouts: Timeouts) -> Sending<'a> {
        Box::pin(self.exchange(call, timeouts))
    }

    fn has_connected(&self) -> bool {
        self.has_connected.get()
    }
}

impl Cloud {
    async fn exchange(&self, call: &SignedRequest, limits: Timeouts) -> Result<Response, CallError> {
        self.has_connected.set(false);
        let delivery = self.sandbox.borrow_mut().deliver(self.clock.now(), &request(call));
        if delivery.ending == Ending::Refused {
            return Err(CallError::without_answer(FailureClass::NotSent, "connection refused", None));
        }
        self.has_connected.set(true);
        let lost = |what: &str| Err(CallError::without_answer(FailureClass::Unknown, what, None));
        let in_time = delivery.delay < limits.total && delivery.ending != Ending::Hang;
        sleep(if in_time { delivery.delay.max(Duration::from_millis(20)) } else { limits.total }).await;
        match delivery.ending {
            _ if !in_time => lost("no answer in time"),
            Ending::Answer(answer) => {
                let is_throttled =
                    String::from_utf8_lossy(&answer.body).contains("Throttling.User") || answer.status == 429;
                self.throttling.set(self.throttling.get().count(is_throttled));
                Ok(response(answer))
            }
            Ending::Cut(answer) if (200..300).contains(&answer.status) => {
                Err(CallError::without_answer(FailureClass::Unreadable, "the answer was cut", None))
            }
            Ending::Cut(_) => lost("the answer was cut"),
            _ => lost("the connection was reset"),
        }
    }
}

fn request(call: &SignedRequest) -> Request {
    let (_, rest) = call.url.split_once("://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    let headers = call.headers.iter().map(|header| (header.name.to_string(), header.expose().to_owned()));
    let others = [("Host", host.to_owned()), ("Content-Length", call.body.len().to_string())];
    let others = others.map(|(name, value)| (name.to_owned(), value));
    Request {
        method: call.method.to_string(),
        target: target.to_owned(),
        headers: headers.chain(others).collect(),
        body: call.body.clone().into_bytes(),
    }
}

fn response(answer: Answer) -> Response {
    let headers = answer.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value));
    Response::new(answer.status, headers.collect(), &answer.body)
}
