//! The common inputs that a release goes by, as values.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::http::Timeouts;

/// How a run goes about its release, by the common inputs.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Whether to wait until the release is done.
    pub wait: bool,
    /// How long at most.
    #[serde(deserialize_with = "milliseconds")]
    pub wait_timeout: Duration,
    /// The shortest pause between two polls.
    #[serde(deserialize_with = "milliseconds")]
    pub poll_interval: Duration,
    /// The longest pause between two polls.
    #[serde(deserialize_with = "milliseconds")]
    pub poll_max_interval: Duration,
    /// What to do about a release that is there already.
    pub if_released: IfReleased,
    /// What to do about a release call that may be sent only once and whose answer is lost.
    pub if_lost: IfLost,
    /// Whether to send no release call at all.
    pub dry_run: DryRun,
    /// Whether to wait for the release that an earlier run made, and make none.
    pub resume: bool,
    /// How long failed exchanges are repeated.
    #[serde(deserialize_with = "milliseconds")]
    pub retry_timeout: Duration,
    /// How long after a lost answer "not there" is not yet believed.
    #[serde(deserialize_with = "milliseconds")]
    pub settle_time: Duration,
    /// Limit of one query.
    #[serde(deserialize_with = "milliseconds")]
    request_timeout: Duration,
    /// Limit of the release call's answer.
    #[serde(deserialize_with = "milliseconds")]
    release_timeout: Duration,
}

/// Whether to send no release call, and what is asked all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DryRun {
    /// It is no dry run.
    False,
    /// Nothing leaves this machine.
    True,
    /// Credentials are obtained, and the status is asked.
    Online,
}

/// What to do about a release that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfReleased {
    /// Release again.
    Again,
    /// Send nothing, go on with it.
    Adopt,
    /// Send nothing, fail.
    Fail,
}

/// What to do about a release call that may be sent only once, whose answer is lost, and whose release the status does
/// not show within `settle_time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfLost {
    /// Send nothing more: whether it landed stays unknown.
    Stop,
    /// Send it again; one that lands later than that makes a second release.
    Resend,
}

impl Settings {
    /// The limits of the release call: connecting has at most half of either limit, never more than 10 s.
    #[must_use]
    pub fn call_timeouts(&self) -> Timeouts {
        Timeouts { connect: self.connect(), total: self.release_timeout }
    }

    /// The limits of one query.
    #[must_use]
    pub fn query_timeouts(&self) -> Timeouts {
        Timeouts { connect: self.connect(), total: self.request_timeout }
    }

    /// For how long credentials are asked that cannot be renewed: 5 minutes longer than the wait, within what the vendors
    /// allow; an hour without a wait.
    #[must_use]
    pub fn session_lifetime(&self) -> Duration {
        if !(self.wait || self.resume) {
            return Duration::from_secs(3600);
        }
        let seconds = self.wait_timeout.saturating_add(Duration::from_secs(300)).as_secs();
        Duration::from_secs(seconds.clamp(900, 43_200))
    }

    fn connect(&self) -> Duration {
        (self.request_timeout.min(self.release_timeout) / 2).min(Duration::from_secs(10))
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// A list, which stands in the values as a JSON array.
pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(serde::de::Error::custom)
}
