//! What is logged while a release is awaited: one line for each change, and a sign of life.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::text::duration;

/// For this long a sign of life comes each minute, then each ten.
const FIRST_HOUR: Duration = Duration::from_secs(60 * 60);
/// A wait of this length is worth a line of its own, as soon as it is known to last so long.
const LONG: Duration = Duration::from_secs(5);

/// The log of one wait or look-up.
pub(super) struct StateLog {
    awaited: String,
    began: Instant,
    until: Instant,
    state: String,
    trouble: String,
    spoke: Instant,
    is_announced: bool,
}

impl StateLog {
    /// The log of waiting for something, until a moment at most.
    pub(super) fn new(awaited: &str, until: Instant) -> Self {
        let now = Instant::now();
        Self {
            awaited: awaited.to_owned(),
            began: now,
            until,
            state: "not shown yet".to_owned(),
            trouble: String::new(),
            spoke: now,
            is_announced: true,
        }
    }

    /// Says that it waits once that is known to last, where nothing has said so yet.
    pub(super) fn announce(&mut self) {
        self.is_announced = false;
    }

    /// The state as it was reported last.
    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// Why the last query told nothing; empty if it did.
    pub(super) fn trouble(&self) -> &str {
        &self.trouble
    }

    /// One line for each change of the state.
    pub(super) fn set_state(&mut self, state: &str) {
        self.trouble.clear();
        if self.state != state {
            tracing::info!("{}: {state}", self.awaited);
            self.spoke = Instant::now();
            state.clone_into(&mut self.state);
        }
    }

    /// One line for each change of what is wrong with the status query.
    pub(super) fn set_trouble(&mut self, trouble: &str) {
        if self.trouble == trouble {
            tracing::debug!("status query failed: {trouble}");
        } else {
            tracing::info!("status query failed, still waiting: {trouble}");
            self.spoke = Instant::now();
            trouble.clone_into(&mut self.trouble);
        }
    }

    /// Sleeps, with a sign of life each minute.
    pub(super) async fn sleep_until(&mut self, moment: Instant) {
        let pause = moment.saturating_duration_since(Instant::now());
        if !self.is_announced && self.began.elapsed() + pause >= LONG {
            self.is_announced = true;
            self.spoke = Instant::now();
            tracing::info!("{}: {}; asking again {}", self.awaited, self.state, self.limit());
        }
        loop {
            let minutes = if self.began.elapsed() < FIRST_HOUR { 1 } else { 10 };
            let next = self.spoke + Duration::from_secs(60 * minutes);
            if next > moment {
                break;
            }
            sleep_until(next).await;
            self.spoke = Instant::now();
            let waited = Duration::from_secs(self.began.elapsed().as_secs());
            tracing::info!(
                "{}: still {}, after {}, {}",
                self.awaited,
                self.state,
                duration::format(waited),
                self.limit()
            );
        }
        sleep_until(moment).await;
    }

    fn limit(&self) -> String {
        format!("until {} at most", time_of_day(self.until))
    }
}

/// The time of a moment, as the log's own lines have it.
pub(super) fn time_of_day(moment: Instant) -> String {
    let left = moment.saturating_duration_since(Instant::now());
    let at = Timestamp::now().checked_add(left).unwrap_or(Timestamp::MAX);
    // A year is the longest wait: without the day a time would mislead.
    let form = if left < Duration::from_secs(12 * 60 * 60) { "%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    at.strftime(form).to_string()
}
