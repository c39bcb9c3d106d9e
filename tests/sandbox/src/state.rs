//! The state of both clouds, and the one way into it.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822::DateTimePrinter};

use crate::{
    account::Cloud,
    alibaba::{self, Alibaba},
    calls::Calls,
    clock::Clock,
    deliver::Past,
    fault::Rule,
    http::{Answer, Request},
    huawei::{self, Huawei},
    identity::{self, Identity},
    limit::{Limit, Throttled},
    metadata,
    record::{Effect, Recorded},
    refusal::Refusal,
    reply::Reply,
    schedule::Due,
    service::Service,
};

/// Both clouds: what they hold, what they have seen, and what is to go wrong.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Alibaba Cloud's half. Change it freely before and between requests.
    pub alibaba: Alibaba,
    /// Huawei Cloud's half. Change it freely before and between requests.
    pub huawei: Huawei,
    /// The CI system's identity tokens. Change it freely before and between requests.
    pub identity: Identity,
    /// The faults that requests meet, for [`Sandbox::deliver`].
    pub faults: Vec<Rule>,
    /// How many requests each account may send, for [`Sandbox::deliver`].
    pub limit: Option<Limit>,
    /// How far the clouds' clock is ahead of the time given to [`Sandbox::deliver`], as if the client's were wrong.
    pub clock: SignedDuration,
    /// Where a server's time comes from.
    pub time: Clock,
    pub(crate) began: Option<Timestamp>,
    pub(crate) down_until: Option<Timestamp>,
    pub(crate) due: Vec<Due>,
    /// What replicas show that are behind, oldest first.
    pub(crate) past: Vec<Past>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) effects: Vec<Effect>,
}

/// What a cloud made of one request.
pub(crate) struct Outcome {
    pub(crate) accepted: bool,
    pub(crate) result: Result<Reply, Refusal>,
}

/// The two times of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// By the clock that judges signatures and dates answers.
    pub(crate) gateway: Timestamp,
    /// When the service acts.
    pub(crate) service: Timestamp,
}

impl Sandbox {
    /// A fresh sandbox that holds what [`crate::world`] describes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            alibaba: Alibaba::fresh(),
            huawei: Huawei::fresh(),
            identity: Identity::fresh(),
            faults: Vec::new(),
            limit: None,
            clock: SignedDuration::ZERO,
            time: Clock::System,
            began: None,
            down_until: None,
            due: Vec::new(),
            past: Vec::new(),
            requests: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Answers one request, without any fault or limit. `now` is the clouds' clock: it dates the answer, decides whether a
    /// signature is too old, and moves releases on. It should not run backwards.
    ///
    /// Paths below `/v1/`, `/v2/`, `/v3/`, `/v3.0/` and `/v5/` are Huawei Cloud, those with a segment `idtoken` are a CI
    /// system's token endpoint, and the metadata services have their own paths, or hosts; everything else is Alibaba Cloud.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        self.settle_by(now);
        let (answer, recorded) = self.perform(Times { gateway: now, service: now }, request);
        self.record(recorded);
        answer
    }

    /// Lets a service act, and puts its vendor's envelope around the result.
    pub(crate) fn perform(&mut self, times: Times, request: &Request) -> (Answer, Recorded) {
        let earlier = self.effects.len();
        let present = Calls::Release.include(operation(request)).then(|| self.present(times.service));
        let outcome = match Service::of(request) {
            Service::Alibaba => self.alibaba.handle(times, request, &mut self.effects),
            Service::AlibabaSts => self.alibaba.handle_sts(times, request),
            Service::Huawei => self.huawei.handle(times, request, &mut self.effects),
            Service::Metadata(Cloud::Alibaba) => self.alibaba.handle_metadata(times, request),
            Service::Metadata(Cloud::Huawei) => self.huawei.handle_metadata(times, request),
            Service::Identity => self.identity.handle(times.service, request),
        };
        self.past.extend(present.filter(|_| self.effects.len() > earlier));
        self.review(earlier);
        let answer = self.render(times.gateway, request, &outcome.result);
        let recorded = Recorded {
            status: answer.status,
            accepted: outcome.accepted,
            code: outcome.result.err().map(|refusal| refusal.code.into_owned()),
            request_id: request_id(&answer),
            released: self.effects[earlier..].iter().map(|effect| effect.id.clone()).collect(),
            ..unanswered(times.service, request)
        };
        (answer, recorded)
    }

    pub(crate) fn render(
        &self,
        gateway: Timestamp,
        request: &Request,
        result: &Result<Reply, Refusal>,
    ) -> Answer {
        let number = self.requests.len() + 1;
        let mut answer = match Service::of(request) {
            Service::Alibaba => alibaba::render(result, number),
            Service::AlibabaSts => alibaba::sts::render(result, number),
            Service::Huawei => huawei::render(result, number),
            Service::Metadata(_) => metadata::render(result),
            Service::Identity => identity::render(result),
        };
        answer.headers.push(("Date".into(), http_date(gateway)));
        answer
    }

    /// The time that a server has now.
    pub(crate) fn time(&self) -> Timestamp {
        self.time.now(self.requests.len())
    }

    pub(crate) fn record(&mut self, recorded: Recorded) {
        self.requests.push(recorded);
    }

    /// Every request so far, oldest first. Refused connections carry none.
    #[must_use]
    pub fn requests(&self) -> &[Recorded] {
        &self.requests
    }

    /// Every release that really happened, oldest first.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// How many requests were throttled so far.
    #[must_use]
    pub fn throttled(&self) -> Throttled {
        Throttled::among(&self.requests)
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

fn request_id(answer: &Answer) -> String {
    let id = answer.header("x-acs-request-id").or_else(|| answer.header("X-Request-Id"));
    id.unwrap_or_default().to_owned()
}

/// The record of a request that no service has seen.
pub(crate) fn unanswered(now: Timestamp, request: &Request) -> Recorded {
    Recorded {
        at: now,
        request: request.clone(),
        operation: operation(request).into(),
        status: 0,
        accepted: false,
        code: None,
        request_id: String::new(),
        released: Vec::new(),
        faults: Vec::new(),
    }
}

/// The vendor's name of the API that a request is for.
pub(crate) fn operation(request: &Request) -> &str {
    match Service::of(request) {
        Service::Alibaba | Service::AlibabaSts => alibaba::operation(request),
        Service::Huawei => huawei::operation(request),
        Service::Metadata(Cloud::Alibaba) => alibaba::metadata::route(request).unwrap_or(request.path()),
        Service::Metadata(Cloud::Huawei) => huawei::metadata::route(request).unwrap_or(request.path()),
        Service::Identity => identity::OPERATION,
    }
}

pub(crate) fn http_date(now: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .expect("every timestamp of our time has such a form")
}
