//! Faults, and the rules that say which calls meet them.
//!
//! Rules are values, and they are text: `"release 2-3: 503 late 30s".parse::<Rule>()` and back again. See
//! [`Rule`] for the grammar.

pub(crate) mod grammar;
pub(crate) mod instead;
mod show;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::time::Duration;

use jiff::SignedDuration;

pub use words::Unreadable;

use crate::{action::Action, calls::Calls};

/// Which calls meet which fault.
///
/// Every rule counts all calls that it is about and that come while it holds, whatever other rules do to them. Of the
/// rules that meet a call the first decides; [`Fault::Slow`], [`Fault::Skew`], [`Fault::Stale`] and [`Fault::Somebody`] are
/// added to it, all of them.
///
/// As text: `CALLS [WHICH] [from TIME] [to TIME]: FAULT`.
///
/// - `CALLS`: `release` (the five release calls), `credentials` (`sts`, `iam`, `metadata`, `identity`, which are classes,
///   too), `status` (all others), `any`, or the vendor's name of an API;
/// - `WHICH`: `2` (the second), `2-4`, `2-` (from the second on), `always`; without it the first, or with a time all;
/// - `TIME`: since the sandbox began, such as `500ms`, `30s` or `1m30s`;
/// - `FAULT`: see [`Fault`].
///
/// ```
/// use sandbox::{Calls, Fault, Rule, When};
///
/// let rule: Rule = "ReleaseArtifact 2-3: reset after".parse().unwrap();
/// let same = Rule::new(Calls::Named("ReleaseArtifact"), Fault::Reset(When::After)).nth(2).times(2);
/// assert_eq!(rule, same);
/// assert_eq!(rule.to_string(), "ReleaseArtifact 2-3: reset after");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The calls it is about.
    pub calls: Calls,
    /// The first of these calls that meets the fault; the count begins with 1.
    pub first: u32,
    /// The last one; without it there is no end.
    pub last: Option<u32>,
    /// From when on the rule holds, since the sandbox began.
    pub from: Duration,
    /// Until when it holds; without it there is no end.
    pub to: Option<Duration>,
    /// What they meet.
    pub fault: Fault,
    seen: u32,
}

/// What a call can meet.
///
/// As text: the variant's name in lower case, with what it holds behind it. The examples below are all there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `refuse`: no connection is made.
    Refuse,
    /// `down 30s`: this call and, for that long, every other one is refused.
    Down(Duration),
    /// `reset before`, `reset after`, `reset late 30s`: the connection ends without an answer.
    Reset(When),
    /// `hang before`, `hang after`, `hang late 30s`: no answer comes, and the connection stays.
    Hang(When),
    /// `cut`: the call takes effect; the answer's head and half of its body come, then the end.
    Cut,
    /// `broken-json`: the call takes effect; of the answer's body half comes, as if it were all.
    BrokenJson,
    /// `empty`: the call takes effect; the answer has its status and no body.
    Empty,
    /// `twice`: something on the way delivers the call twice, and the second answer comes back.
    Twice,
    /// Another answer than the service's own. Behind it may stand when the call takes effect, `before` where nothing
    /// does, and one of `retry-after 5s`, `retry-at 5s` and `x-acs-retry-after 1500ms`.
    Instead {
        /// What is answered.
        answer: Instead,
        /// Whether the call takes effect all the same.
        when: When,
        /// When the client may come back.
        retry: Option<Retry>,
    },
    /// `slow 2s`: the answer, or what there is instead, takes that long.
    Slow(Duration),
    /// `skew 20m`, `skew -20m`: the gateway's clock, by which it dates answers and judges signatures, is off.
    Skew(SignedDuration),
    /// `stale 30s`: a status query is answered by a replica that is that far behind.
    Stale(Duration),
    /// `somebody releases artifact after 2s`: somebody else does something, that long after this call or right behind it.
    Somebody {
        /// What is done.
        action: Action,
        /// How long after the call.
        after: Duration,
    },
}

/// When a call takes effect whose answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `before`: never; the fault comes before the effect.
    Before,
    /// `after`: when it arrives; the fault comes after the effect.
    After,
    /// `late 30s`: that much later, if the service does not refuse it by then.
    Late(Duration),
}

/// An answer that is not the service's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// `500`, `502`, `503`, `504`: the vendor's own error of this status.
    ServerError(u16),
    /// `backend-timeout`: Huawei's `APIGW.0201`, which comes with status 400; on Alibaba Cloud a 504.
    BackendTimeout,
    /// `error 400 DLF.3051`: an error in the vendor's envelope.
    Error {
        /// The HTTP status.
        status: u16,
        /// The vendor's code.
        code: String,
    },
    /// `html 502`, `html 200`: a page for people, of something on the way.
    Html(u16),
    /// `foreign 403`: an error in JSON, of something on the way, in a form that is no vendor's.
    Foreign(u16),
    /// `bare 429`: a status without a body, of something on the way.
    Bare(u16),
    /// `redirect 302`: to a path of the sandbox that is no API, so that whoever follows is recorded there.
    Redirect(u16),
    /// `throttle`: `Throttling.User` with HTTP 400 of Alibaba Cloud, `APIGW.0308` with HTTP 429 of Huawei Cloud.
    Throttle,
    /// `throttle 429`, `throttle 503`: the same codes with this status.
    ThrottleStatus(u16),
    /// `throttle busy`: `CodeArts`' own way, `COCT.0070003` with HTTP 500; on other services as `throttle`.
    ThrottleBusy,
}

/// When a client may come back, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// `retry-after 5s`: the header `Retry-After` in seconds.
    Seconds(u32),
    /// `retry-at 5s`: the header `Retry-After` as a date, that much later by the gateway's clock.
    Date(Duration),
    /// `x-acs-retry-after 1500ms`: Alibaba Cloud's header of this name, in milliseconds.
    Milliseconds(u32),
}

impl Rule {
    /// The first of these calls meets this fault.
    #[must_use]
    pub fn new(calls: Calls, fault: Fault) -> Self {
        Self { calls, first: 1, last: Some(1), from: Duration::ZERO, to: None, fault, seen: 0 }
    }

    /// The same, from the n-th call on for as many calls as before.
    #[must_use]
    pub fn nth(self, first: u32) -> Self {
        let last = self.last.map(|last| (last + first).saturating_sub(self.first));
        Self { first, last, ..self }
    }

    /// The same for that many calls.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { last: Some((self.first + times).saturating_sub(1)), ..self }
    }

    /// The same for all calls from the first one on that meets it.
    #[must_use]
    pub fn always(self) -> Self {
        Self { last: None, ..self }
    }

    /// The same between these times since the sandbox began.
    #[must_use]
    pub fn between(self, from: Duration, to: Duration) -> Self {
        Self { from, to: Some(to), ..self }
    }

    /// Whether it holds that long after the sandbox began.
    pub(crate) fn holds(&self, age: SignedDuration) -> bool {
        let age = age.max(SignedDuration::ZERO).unsigned_abs();
        age >= self.from && self.to.is_none_or(|to| age < to)
    }

    /// Counts a call, and says whether it meets the fault.
    pub(crate) fn meets(&mut self, age: SignedDuration, operation: &str) -> bool {
        if !(self.holds(age) && self.calls.include(operation)) {
            return false;
        }
        self.seen += 1;
        self.seen >= self.first && self.last.is_none_or(|last| self.seen <= last)
    }
}

impl Fault {
    /// Whether other faults can be met together with it.
    pub(crate) fn is_added(&self) -> bool {
        matches!(self, Self::Slow(_) | Self::Skew(_) | Self::Stale(_) | Self::Somebody { .. })
    }
}
