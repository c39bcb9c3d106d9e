//! The loop of preflight, reconcile and wait: asks for the status, pauses, asks again.

use std::time::Duration;

use tokio::time::Instant;

use super::context::Release;
use super::poll_interval::{PollInterval, PollResult};
use super::retry::Retry;
use super::state_log::StateLog;
use crate::cloud::query::{QueryError, QueryResult, Responses};
use crate::error::{ApiError, CallError};
use crate::operation::Status;

/// Asks for the status again and again.
pub(super) struct Poller {
    responses: Vec<QueryResult>,
    is_answered: bool,
    retry: Retry,
    interval: PollInterval,
    began: Instant,
    pub(super) log: StateLog,
}

/// What one status query came to.
pub(super) enum Poll {
    /// It says how far the release is.
    Status(Status),
    /// It was answered, but does not say it: what was seen, and the API's refusal if it is one.
    Unclear { seen: String, refusal: Option<ApiError> },
    /// It was not answered.
    Failed(CallError),
}

impl Poller {
    /// A poller for this release. `awaited` is what the log says it asks for, until a moment at most.
    pub(super) fn new(release: &mut Release<'_>, awaited: &str, until: Instant) -> Self {
        let settings = release.settings;
        let interval = PollInterval::new(settings.poll_interval, settings.poll_max_interval);
        Self {
            responses: Vec::new(),
            is_answered: false,
            retry: Retry::new(settings.retry_timeout, release.rng.u64(..)),
            interval: interval.after(release.overload_delay),
            began: Instant::now(),
            log: StateLog::new(awaited, until),
        }
    }

    /// Asks once. A query of several requests that failed half-way continues where it stopped.
    pub(super) async fn next(&mut self, release: &Release<'_>) -> Poll {
        if std::mem::take(&mut self.is_answered) {
            self.responses.clear();
        }
        let timeouts = release.settings.query_timeouts();
        let status = |responses: &mut Responses| release.operation.status(&release.known, responses);
        match release.client.query(&mut self.responses, timeouts, status).await {
            Ok(status) => {
                self.is_answered = true;
                self.retry.reset();
                Poll::Status(status)
            }
            Err(QueryError::Unclear(seen)) => {
                self.is_answered = true;
                let refusal = self.responses.last().and_then(|response| response.clone().err());
                Poll::Unclear { seen, refusal }
            }
            Err(QueryError::Call(failed)) => Poll::Failed(failed),
        }
    }

    /// The answers to the last query.
    pub(super) fn take_responses(&mut self) -> Vec<QueryResult> {
        std::mem::take(&mut self.responses)
    }

    /// How long it has been asked for.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Pauses until the next poll, but not past a moment.
    pub(super) async fn pause(&mut self, release: &mut Release<'_>, last: PollResult, until: Instant) {
        let pause = self.interval.next(self.began.elapsed(), last, release.rng.f64());
        self.log.sleep_until((Instant::now() + pause).min(until)).await;
    }

    /// Pauses before a failed query is repeated; not if that is of no use, or `retry_timeout` would be passed.
    pub(super) async fn pause_after(&mut self, release: &mut Release<'_>, failed: &CallError) -> bool {
        let delay = if failed.is_permanent { None } else { self.retry.next_delay(failed.retry_after) };
        let Some(delay) = delay else { return false };
        release.note_delay(failed, delay);
        tracing::info!(
            "status query failed: {}; trying again in {:.1} s",
            failed.reason(),
            delay.as_secs_f32()
        );
        self.log.sleep_until(Instant::now() + delay).await;
        true
    }

    /// The server asks for a pause: the next one is at least this long.
    pub(super) fn retry_after(&mut self, delay: Option<Duration>) {
        self.interval.retry_after(delay);
    }

    /// Changes the longest pause.
    pub(super) fn set_longest(&mut self, longest: Duration) {
        self.interval.set_longest(longest);
    }
}
