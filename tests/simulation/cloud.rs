//! The sandbox's core in the place of the network.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use release_step::cloud::clock::Clock;
use release_step::error::{CallError, FailureClass};
use release_step::http::transport::{Sending, SignedRequest, Transport};
use release_step::http::{Response, Timeouts};
use sandbox::{Answer, Delivery, Ending, Request, Rule, Sandbox};
use tokio::sync::Notify;
use tokio::time::sleep;

/// Both clouds, by the virtual clock. Many steps may share them.
#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) sandbox: Rc<RefCell<Sandbox>>,
    pub(crate) interrupts: Rc<Interrupts>,
    director: Option<Rc<dyn Director>>,
    clock: Rc<Clock>,
    has_connected: Rc<Cell<bool>>,
    throttling: Rc<Cell<Throttling>>,
}

/// What ends a run from outside.
#[derive(Default)]
pub(crate) struct Interrupts {
    /// SIGKILL.
    pub(crate) kill: Notify,
    /// SIGTERM.
    pub(crate) signal: Notify,
}

/// Decides what one request meets, beside the sandbox's own script.
pub(crate) trait Director {
    fn incident(&self, cloud: &Cloud, request: &Request) -> Incident;

    /// What the request was answered with.
    fn answered(&self, _answer: &Result<Response, CallError>) {}
}

/// What one request meets.
#[derive(Default)]
pub(crate) struct Incident {
    pub(crate) faults: Vec<Rule>,
    pub(crate) kill: Option<Phase>,
    pub(crate) signal: bool,
}

/// When a process is killed, as one of its requests sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before it is sent.
    Before,
    /// While it is unanswered.
    During,
    /// As soon as its answer is there.
    After,
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
            interrupts: Rc::default(),
            director: None,
            clock: Rc::new(Clock::at(now)),
            has_connected: Rc::default(),
            throttling: Rc::default(),
        }
    }

    /// The same clouds, as another step sees them.
    pub(crate) fn for_another_step(&self) -> Self {
        Self { has_connected: Rc::default(), throttling: Rc::default(), ..self.clone() }
    }

    /// The same clouds; a director decides what each request meets.
    pub(crate) fn directed_by(self, director: Rc<dyn Director>) -> Self {
        Self { director: Some(director), ..self }
    }

    pub(crate) fn throttling(&self) -> Throttling {
        self.throttling.get()
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// The time by the clouds' own clock.
    pub(crate) fn their_now(&self) -> jiff::Timestamp {
        self.clock.now() + self.sandbox.borrow().clock
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
        let request = request(call);
        let incident =
            self.director.as_ref().map(|director| director.incident(self, &request)).unwrap_or_default();
        if incident.kill == Some(Phase::Before) {
            return self.killed().await;
        }
        let delivery = self.deliver(&request, incident.faults);
        if delivery.ending == Ending::Refused {
            return Err(CallError::without_answer(FailureClass::NotSent, "connection refused", None));
        }
        self.has_connected.set(true);
        if incident.kill == Some(Phase::During) {
            return self.killed().await;
        }
        if incident.signal {
            self.interrupts.signal.notify_one();
        }
        let in_time = delivery.delay < limits.total && delivery.ending != Ending::Hang;
        sleep(if in_time { delivery.delay.max(Duration::from_millis(20)) } else { limits.total }).await;
        if incident.kill == Some(Phase::After) {
            return self.killed().await;
        }
        let answer = self.ended(delivery.ending, in_time);
        if let Some(director) = &self.director {
            director.answered(&answer);
        }
        answer
    }

    fn deliver(&self, request: &Request, faults: Vec<Rule>) -> Delivery {
        let mut sandbox = self.sandbox.borrow_mut();
        let count = sandbox.faults.len();
        sandbox.faults.extend(faults);
        let delivery = sandbox.deliver(self.clock.now(), request);
        sandbox.faults.truncate(count);
        delivery
    }

    /// Nothing follows: the run that asked is dropped.
    async fn killed(&self) -> Result<Response, CallError> {
        self.interrupts.kill.notify_one();
        std::future::pending().await
    }

    fn ended(&self, ending: Ending, in_time: bool) -> Result<Response, CallError> {
        let lost = |what: &str| Err(CallError::without_answer(FailureClass::Unknown, what, None));
        match ending {
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
    let others = [("Host", host.to_owned()), ("Content-Length", call.body.expose().len().to_string())];
    let others = others.map(|(name, value)| (name.to_owned(), value));
    Request {
        method: call.method.to_string(),
        target: target.to_owned(),
        headers: headers.chain(others).collect(),
        body: call.body.expose().as_bytes().to_vec(),
    }
}

fn response(answer: Answer) -> Response {
    let headers = answer.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value));
    Response::new(answer.status, headers.collect(), &answer.body)
}
