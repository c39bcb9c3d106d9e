//! Waiting until the release is done: only the status is asked, and a deadline always wins.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::context::Release;
use super::errors;
use super::missing::Missing;
use super::poll_interval::PollResult;
use super::poller::{Poll, Poller};
use crate::error::{CallError, Error, FailureClass, Outcome, ReleaseOrigin};
use crate::operation::{Item, Progress, State, Status};
use crate::output::Outputs;
use crate::text::duration;

/// How far the last query may go over the deadline.
const GRACE: Duration = Duration::from_millis(800);
/// The longest pause while a person's approval has been awaited for over [`LONG`].
const FOR_A_PERSON: Duration = Duration::from_secs(5 * 60);
/// After this long, approval is not imminent: poll slowly.
const LONG: Duration = Duration::from_secs(60 * 60);

/// Waits if that is asked for. `status` is what the status said already.
pub(super) async fn until_done(release: &mut Release<'_>, status: Option<Status>) -> Result<Outcome, Error> {
    match status {
        Some(Status { state: State::Succeeded, outputs, .. }) => Ok(succeeded(release, outputs)),
        Some(Status { state: State::Failed(reason), outputs, .. }) => Err(failed(release, &reason, outputs)),
        status if release.waits() => Wait::new(release).until_done(release, status).await,
        Some(status) if !release.known.skipped.is_empty() => Err(skipped(release, status.outputs)),
        _ => Ok(Outcome::Submitted),
    }
}

/// The wait for one release.
struct Wait {
    began: Instant,
    deadline: Instant,
    poller: Poller,
    missing: Missing,
    awaits_person_since: Option<Instant>,
    /// What had never been shown when the wait began: new things may need a moment until they are.
    last: PollResult,
}

impl Wait {
    fn new(release: &mut Release<'_>) -> Self {
        let deadline = release.deadline();
        let mut poller = Poller::new(release, release.spec.api_name, deadline);
        poller.log.announce();
        Self {
            began: Instant::now(),
            deadline,
            poller,
            missing: Missing::default(),
            awaits_person_since: None,
            last: PollResult::NoAnswer,
        }
    }

    async fn until_done(
        &mut self,
        release: &mut Release<'_>,
        status: Option<Status>,
    ) -> Result<Outcome, Error> {
        let mut status = status;
        if status.is_none() && !release.overload_delay.is_zero() {
            self.poller.pause(release, PollResult::NoAnswer, self.deadline).await;
        }
        loop {
            let poll = match status.take() {
                Some(status) => Some(Poll::Status(status)),
                None => self.poll(release).await,
            };
            self.last = match poll {
                Some(Poll::Status(status)) => match self.on_status(release, status) {
                    Some(ended) => return ended,
                    None => PollResult::Answered,
                },
                Some(Poll::Unclear { seen, .. }) => self.on_trouble(&seen),
                Some(Poll::Failed(failed)) => self.on_error(release, failed)?,
                None => self.on_trouble("the last query was cut off by the deadline"),
            };
            if Instant::now() >= self.deadline {
                return Err(self.timed_out(release));
            }
            self.poller.pause(release, self.last, self.deadline).await;
        }
    }

    /// One status query, cut off at the deadline (`None`). With `wait_timeout: 0` it gets a whole query's time.
    async fn poll(&mut self, release: &mut Release<'_>) -> Option<Poll> {
        let no_time = release.settings.wait_timeout.is_zero();
        let time = if no_time { release.settings.query_timeouts().total } else { GRACE };
        let end = self.deadline.max(Instant::now()) + time;
        timeout_at(end, self.poller.next(release)).await.ok()
    }

    /// The end of the release, or nothing if it is under way.
    fn on_status(&mut self, release: &mut Release<'_>, status: Status) -> Option<Result<Outcome, Error>> {
        let Status { state, outputs, .. } = status;
        let is_shown = matches!(state, State::InProgress(_) | State::Succeeded | State::Failed(_));
        if is_shown && release.known.released.is_none() {
            // What was resumed without a trace shows itself now.
            release.found(&outputs, ReleaseOrigin::Resumed);
            release.journal.released(&release.outputs);
        }
        match state {
            State::Succeeded => return Some(Ok(succeeded(release, outputs))),
            State::Failed(reason) => return Some(Err(failed(release, &reason, outputs))),
            State::InProgress(progress) => {
                release.outputs.extend(outputs);
                self.on_progress(release, progress);
            }
            State::NotFound | State::Partial { .. } | State::Unchanged(_) => {
                self.poller.log.set_state("not shown yet");
            }
            State::Ambiguous(seen) => self.poller.log.set_trouble(&seen),
        }
        None
    }

    fn on_progress(&mut self, release: &mut Release<'_>, progress: Progress) {
        let Progress { state, finished, missing, awaits_person, waiting_for } = progress;
        release.outputs.set("waiting_for", waiting_for.unwrap_or_default());
        for item in finished {
            if !release.known.finished.contains(&item) {
                tracing::info!("`{}` {}", item.id, item.failure.as_deref().unwrap_or("is done"));
                release.known.finished.push(item);
            }
        }
        release.known.missing = self.missing.update(missing, release.settings.settle_time);
        self.awaits_person_since =
            awaits_person.then(|| self.awaits_person_since.unwrap_or_else(Instant::now));
        let is_long = self.awaits_person_since.is_some_and(|since| since.elapsed() >= LONG);
        let longest = release.settings.poll_max_interval;
        self.poller.set_longest(if is_long { longest.max(FOR_A_PERSON) } else { longest });
        self.poller.log.set_state(&state);
    }

    /// A query that failed says nothing of the release, but refused credentials end the wait.
    fn on_error(&mut self, release: &Release<'_>, failed: CallError) -> Result<PollResult, Error> {
        if matches!(failed.class, FailureClass::Unauthenticated | FailureClass::Forbidden) {
            return Err(errors::unwatched(release, failed));
        }
        let last = if failed.is_overload() { PollResult::Overload } else { PollResult::NoAnswer };
        self.poller.retry_after(failed.retry_after);
        self.on_trouble(&failed.without_request_id().reason());
        Ok(last)
    }

    fn on_trouble(&mut self, trouble: &str) -> PollResult {
        self.poller.log.set_trouble(trouble);
        PollResult::NoAnswer
    }

    fn timed_out(&self, release: &Release<'_>) -> Error {
        let limit = release.settings.wait_timeout;
        let within =
            if limit.is_zero() { "yet".to_owned() } else { format!("within {}", duration::format(limit)) };
        errors::timed_out(
            release,
            &within,
            self.poller.log.state(),
            self.poller.log.trouble(),
            self.began.elapsed(),
        )
    }
}

fn succeeded(release: &mut Release<'_>, outputs: Outputs) -> Outcome {
    release.outputs.extend(outputs);
    tracing::info!("{}: succeeded", release.spec.api_name);
    Outcome::Succeeded
}

fn failed(release: &mut Release<'_>, reason: &str, outputs: Outputs) -> Error {
    release.outputs.extend(outputs);
    errors::failed(release, reason)
}

/// Of a refused batch a part was made, and nobody waits for it.
fn skipped(release: &mut Release<'_>, outputs: Outputs) -> Error {
    let failure = |item: &Item| item.failure.as_ref().map(|failure| format!("`{}` {failure}", item.id));
    let reasons: Vec<String> = release.known.skipped.iter().filter_map(failure).collect();
    failed(release, &reasons.join("; "), outputs)
}
