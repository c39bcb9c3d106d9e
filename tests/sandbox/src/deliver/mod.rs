//! What a request meets on its way to its service and back.

mod meet;
mod stale;

use std::time::Duration;

use jiff::Timestamp;

pub(crate) use stale::Past;

use crate::{
    fault::{
        Fault, Instead, Retry, When,
        instead::{Substitute, retry_header, substitute, throttling},
    },
    http::{Answer, Request},
    record::Recorded,
    refusal::Refusal,
    schedule::{Coming, Due},
    service::Service,
    state::{Sandbox, Times, http_date, operation, unanswered},
};

/// What becomes of an exchange, seen from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How long it takes until the ending.
    pub delay: Duration,
    /// How it ends.
    pub ending: Ending,
}

/// How an exchange ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With an answer, be it the service's own or not.
    Answer(Answer),
    /// No connection is made; the request is not sent.
    Refused,
    /// The connection ends without an answer.
    Reset,
    /// No answer comes, and the connection stays.
    Hang,
    /// Of this answer come the head, which promises the whole body, and half of the body; then the connection ends.
    Cut(Answer),
}

/// Whatever reached the client, and the record of it.
type Sent = (Ending, Recorded);

impl Sandbox {
    /// From when on the rules' times count; otherwise from the first request on, or the first [`Sandbox::settle`].
    pub fn begin(&mut self, now: Timestamp) {
        self.began = Some(now + self.clock);
    }

    /// Answers one request, or does not, as [`Sandbox::faults`] and [`Sandbox::limit`] say. `now` is the caller's clock;
    /// the clouds' is [`Sandbox::clock`] ahead of it.
    pub fn deliver(&mut self, now: Timestamp, request: &Request) -> Delivery {
        self.began.get_or_insert(now + self.clock);
        if self.closed(now) {
            return Delivery { delay: Duration::ZERO, ending: Ending::Refused };
        }
        let now = now + self.clock;
        self.settle_by(now);
        let met = self.meet(now, operation(request));
        let ending = match met.fault {
            Some(Fault::Refuse) => Ending::Refused,
            Some(Fault::Down(duration)) => {
                self.down_until = Some(now + duration);
                Ending::Refused
            }
            fault => {
                let times = Times { gateway: now + met.skew, service: now };
                let (ending, recorded) = match fault {
                    None if !met.stale.is_zero() => self.send_stale(times, request, met.stale),
                    fault => self.send(times, request, fault),
                };
                self.record(Recorded { at: now, faults: met.words, ..recorded });
                ending
            }
        };
        for (at, action) in met.meanwhile {
            self.plan(at, action);
        }
        self.settle_by(now);
        Delivery { delay: met.delay, ending }
    }

    fn send(&mut self, times: Times, request: &Request, fault: Option<Fault>) -> Sent {
        match fault {
            Some(Fault::Reset(when)) => (Ending::Reset, self.lose(times, request, when)),
            Some(Fault::Hang(when)) => (Ending::Hang, self.lose(times, request, when)),
            Some(Fault::Cut) => {
                let (answer, recorded) = self.pass(times, request);
                (Ending::Cut(answer), recorded)
            }
            Some(Fault::BrokenJson) => self.spoil(times, request, |body| body.truncate(body.len() / 2)),
            Some(Fault::Twice) => {
                self.pass(times, request);
                let (answer, recorded) = self.pass(times, request);
                (Ending::Answer(answer), recorded)
            }
            Some(Fault::Empty) => self.spoil(times, request, Vec::clear),
            Some(Fault::Instead { answer, when, retry }) => {
                let recorded = self.lose(times, request, when);
                self.instead(times, request, &answer, retry, recorded)
            }
            _ => {
                let (answer, recorded) = self.pass(times, request);
                (Ending::Answer(answer), recorded)
            }
        }
    }

    /// Through the limit to the service.
    fn pass(&mut self, times: Times, request: &Request) -> (Answer, Recorded) {
        if let Some(answer) = self.throttle(times, request) {
            let code = Some(throttling(request).code.into_owned());
            let recorded = Recorded { status: answer.status, code, ..unanswered(times.service, request) };
            return (answer, recorded);
        }
        self.perform(times, request)
    }

    /// The answer to one request too many.
    fn throttle(&mut self, times: Times, request: &Request) -> Option<Answer> {
        // What no account asks counts for none.
        if matches!(Service::of(request), Service::Identity | Service::Metadata(_)) {
            return None;
        }
        let limit = self.limit.as_mut()?;
        if limit.admits(times.service, request) {
            return None;
        }
        let told = limit.told();
        let mut answer = self.render(times.gateway, request, &Err(throttling(request)));
        answer.headers.extend(told.map(|retry| retry_header(retry, times.gateway)));
        Some(answer)
    }

    /// Lets the call take effect now, later or never, and forgets its answer.
    fn lose(&mut self, times: Times, request: &Request, when: When) -> Recorded {
        let accepted = match when {
            When::Before => false,
            When::After => self.pass(times, request).1.accepted,
            When::Late(duration) => {
                if self.throttle(times, request).is_none() {
                    let (gateway, called) = (times.gateway, times.service);
                    let what = Coming::Request { request: request.clone(), gateway, called };
                    self.due.push(Due { at: times.service + duration, what });
                }
                false
            }
        };
        Recorded { accepted, ..unanswered(times.service, request) }
    }

    fn spoil(&mut self, times: Times, request: &Request, spoil: impl Fn(&mut Vec<u8>)) -> Sent {
        let (mut answer, recorded) = self.pass(times, request);
        spoil(&mut answer.body);
        (Ending::Answer(answer), recorded)
    }

    fn instead(
        &self,
        times: Times,
        request: &Request,
        instead: &Instead,
        retry: Option<Retry>,
        recorded: Recorded,
    ) -> Sent {
        let mut code = None;
        let mut answer = match substitute(instead, request) {
            Substitute::Refusal(refusal) => {
                code = Some(refusal.code.to_string());
                self.render(times.gateway, request, &Err::<_, Refusal>(refusal))
            }
            Substitute::Page(mut page) => {
                page.headers.push(("Date".into(), http_date(times.gateway)));
                page
            }
        };
        answer.headers.extend(retry.map(|retry| retry_header(retry, times.gateway)));
        let recorded = Recorded { status: answer.status, code, ..recorded };
        (Ending::Answer(answer), recorded)
    }
}
