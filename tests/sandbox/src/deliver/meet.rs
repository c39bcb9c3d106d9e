//! Which rules a request meets.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::Action,
    calls::Calls,
    fault::{Fault, Rule},
    state::Sandbox,
};

/// What one request meets.
#[derive(Default)]
pub(super) struct Met {
    pub(super) delay: Duration,
    pub(super) skew: SignedDuration,
    pub(super) stale: Duration,
    pub(super) fault: Option<Fault>,
    pub(super) meanwhile: Vec<(Timestamp, Action)>,
    pub(super) words: Vec<String>,
}

impl Sandbox {
    /// Whether nobody can connect, whatever the call. No rule counts what is not even sent.
    pub(crate) fn closed(&self, now: Timestamp) -> bool {
        let now = now + self.clock;
        let age = self.age(now);
        let refusing = |rule: &Rule| {
            let whole = rule.calls == Calls::Any && rule.first == 1 && rule.last.is_none();
            whole && rule.fault == Fault::Refuse && rule.holds(age)
        };
        self.down_until.is_some_and(|until| now < until) || self.faults.iter().any(refusing)
    }

    fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.began.unwrap_or(now))
    }

    /// Asks every rule, so that each counts every call that it is about.
    pub(super) fn meet(&mut self, now: Timestamp, operation: &str) -> Met {
        let age = self.age(now);
        let mut met = Met::default();
        for rule in &mut self.faults {
            if !rule.meets(age, operation) || !rule.fault.is_added() && met.fault.is_some() {
                continue;
            }
            met.words.push(rule.fault.to_string());
            match &rule.fault {
                Fault::Slow(duration) => met.delay += *duration,
                Fault::Skew(duration) => met.skew += *duration,
                Fault::Stale(duration) => met.stale += *duration,
                Fault::Somebody { action, after } => met.meanwhile.push((now + *after, action.clone())),
                fault => met.fault = Some(fault.clone()),
            }
        }
        met
    }
}
