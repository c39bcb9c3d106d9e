//! The state of both clouds, and the one way into it.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::Value;

use crate::{
    alibaba::{self, Alibaba},
    http::{Answer, Request},
    huawei::{self, Huawei},
    record::{Effect, Recorded},
    refusal::Refusal,
};

/// Both clouds: what they hold, and what they have seen.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Alibaba Cloud's half. Change it freely before and between requests.
    pub alibaba: Alibaba,
    /// Huawei Cloud's half. Change it freely before and between requests.
    pub huawei: Huawei,
    requests: Vec<Recorded>,
    effects: Vec<Effect>,
}

/// What a cloud made of one request.
pub(crate) struct Outcome {
    pub(crate) operation: String,
    pub(crate) accepted: bool,
    pub(crate) result: Result<Value, Refusal>,
}

impl Sandbox {
    /// A fresh sandbox that holds what [`crate::world`] describes.
    #[must_use]
    pub fn new() -> Self {
        Self { alibaba: Alibaba::fresh(), huawei: Huawei::fresh(), requests: Vec::new(), effects: Vec::new() }
    }

    /// Answers one request. `now` is the clouds' clock: it dates the answer, decides whether a signature is too old, and
    /// moves releases on. It should not run backwards.
    ///
    /// Paths below `/v1/`, `/v2/` and `/v3/` are Huawei Cloud, everything else is Alibaba Cloud.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        let number = self.requests.len() + 1;
        let before = self.effects.len();
        let huawei = ["/v1/", "/v2/", "/v3/"].iter().any(|root| request.path().starts_with(root));
        let (outcome, mut answer) = if huawei {
            let outcome = self.huawei.handle(now, request, &mut self.effects);
            let answer = huawei::render(&outcome.result, number);
            (outcome, answer)
        } else {
            let outcome = self.alibaba.handle(now, request, &mut self.effects);
            let answer = alibaba::render(&outcome.result, number);
            (outcome, answer)
        };
        answer.headers.push(("Date".into(), http_date(now)));
        self.requests.push(Recorded {
            at: now,
            request: request.clone(),
            operation: outcome.operation,
            status: answer.status,
            accepted: outcome.accepted,
            code: outcome.result.err().map(|refusal| refusal.code.into_owned()),
            request_id: request_id(&answer),
            released: self.effects[before..].iter().map(|effect| effect.id.clone()).collect(),
        });
        answer
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> &[Recorded] {
        &self.requests
    }

    /// Every release that really happened, oldest first.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
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

fn http_date(now: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .expect("every timestamp of our time has such a form")
}
