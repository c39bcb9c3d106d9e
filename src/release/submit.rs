//! One attempt of the release call, a signal during it, and what its answer says.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::context::{Failure, Release, log_outputs};
use super::decide::{self, Attempt, End, Next, Reply};
use super::errors;
use super::interrupt::or_signal;
use super::retry::Retry;
use crate::cloud::error_codes::is_among;
use crate::error::{ApiError, CallError, Error, FailureClass, ReleaseOrigin, Released, Signal};
use crate::http::ApiResponse;
use crate::input::settings::IfLost;
use crate::operation::Idempotency;
use crate::process::signal::Signals;

/// How long an answer is awaited after a signal. GitHub gives 7.5 seconds, Jenkins 5.
const LAST_CHANCE: Duration = Duration::from_secs(3);
/// After how long an unanswered call is worth a line, and how often after that.
const SIGNS_OF_LIFE: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];

/// The attempts made so far, and the retry budget left.
pub(super) struct Attempts {
    retry: Retry,
    /// When the last one was lost whose effect is not known.
    lost_at: Option<Instant>,
    /// Whether a call of an earlier run may be under way without a trace.
    earlier_run: bool,
}

impl Attempts {
    pub(super) fn new(release: &mut Release<'_>) -> Self {
        Self {
            retry: Retry::new(release.settings.retry_timeout, release.rng.u64(..)),
            lost_at: None,
            earlier_run: release.operation.idempotency() == Idempotency::NonIdempotent
                && !release.operation.leaves_trace()
                && release.journal.is_second_attempt(),
        }
    }

    /// What a failed attempt leads to. From here on it counts as an earlier one.
    pub(super) fn after(&mut self, release: &Release<'_>, failure: &mut Failure) -> Next {
        let idempotency = release.operation.idempotency();
        let failed = &failure.failed;
        failure.delay = if failed.is_permanent { None } else { self.retry.next_delay(failed.retry_after) };
        let is_open = matches!(failure.reply, Reply::Lost | Reply::UnderWay | Reply::Unreadable);
        // Where the effect is looked for first, that takes `settle_time`.
        let is_looked_up = idempotency == Idempotency::NonIdempotent && (is_open || self.lost_at.is_some());
        let may_retry = if is_looked_up {
            !failed.is_permanent && self.retry.allows(release.settings.settle_time)
        } else {
            failure.delay.is_some()
        };
        let attempt = Attempt {
            reply: failure.reply,
            idempotency,
            earlier_lost: self.lost_at.is_some(),
            earlier_run: self.earlier_run,
            has_baseline: release.known.baseline.is_some(),
            may_retry,
            resends: release.settings.if_lost == IfLost::Resend,
        };
        if is_open {
            self.lost_at = Some(Instant::now());
        }
        decide::after(attempt)
    }

    /// From when on what is not shown is believed not to be there.
    pub(super) fn believe_at(&self, release: &Release<'_>) -> Instant {
        self.lost_at.unwrap_or_else(Instant::now) + release.settings.settle_time
    }

    /// Whether the effect of an attempt is not known.
    pub(super) fn is_open(&self) -> bool {
        self.lost_at.is_some()
    }
}

/// Sends the call once. A signal while it is unanswered leaves it three more seconds.
pub(super) async fn attempt(
    release: &mut Release<'_>,
    attempts: &Attempts,
    signals: &mut dyn Signals,
) -> Result<Result<(), Failure>, Error> {
    // A signal that came meanwhile must not find a call that it could still stop.
    or_signal(release, signals, async |_| Ok(())).await?;
    release.journal.before_call(&release.outputs)?;
    let (before, request) = (release.released, release.operation.release(&release.known));
    let client = release.client;
    release.known.called_at.get_or_insert_with(|| client.clock.server_now());
    tracing::info!("calling {}", release.title);
    let mut calling = std::pin::pin!(client.call(&request, release.settings.call_timeouts()));
    let signal = tokio::select! {
        biased;
        signal = signals.next() => signal,
        answer = &mut calling => return Ok(read(release, answer)),
        never = signs_of_life(release.title) => match never {},
    };
    if !client.transport.has_connected() {
        return Err(errors::cancelled(signal, before));
    }
    tracing::warn!("{signal} while the call is unanswered: its answer is awaited 3 s more");
    let answer = tokio::select! {
        answer = &mut calling => Some(answer),
        () = sleep(LAST_CHANCE) => None,
        _ = signals.next() => None,
    };
    Err(ended(release, attempts, signal, answer))
}

async fn signs_of_life(title: &str) -> std::convert::Infallible {
    let (began, [mut next, distance]) = (Instant::now(), SIGNS_OF_LIFE);
    loop {
        sleep_until(began + next).await;
        tracing::info!("calling {title}: no answer after {} s", next.as_secs());
        next += distance;
    }
}

/// How a run ends whose call was answered, or not, after a signal.
fn ended(
    release: &mut Release<'_>,
    attempts: &Attempts,
    signal: Signal,
    answer: Option<Result<ApiResponse, CallError>>,
) -> Error {
    let failure = match answer.map(|answer| read(release, answer)) {
        Some(Ok(())) => return errors::cancelled(signal, release.released),
        None => return errors::cancelled(signal, Released::Unknown),
        Some(Err(failure)) => failure,
    };
    // Nothing is looked up any more: what the row would look up stays unknown.
    let attempt = Attempt {
        reply: failure.reply,
        idempotency: release.operation.idempotency(),
        earlier_lost: attempts.is_open(),
        earlier_run: attempts.earlier_run,
        has_baseline: false,
        may_retry: false,
        resends: false,
    };
    let released = match decide::after(attempt) {
        Next::End(End::NotReleased) => Released::No,
        _ => Released::Unknown,
    };
    errors::answered_after_signal(release, signal, released, &failure)
}

/// Reads what an attempt was answered with.
fn read(release: &mut Release<'_>, answer: Result<ApiResponse, CallError>) -> Result<(), Failure> {
    let failed = match answer {
        Ok(response) => match accept(release, &response) {
            Ok(()) => return Ok(()),
            Err(failed) => failed,
        },
        Err(failed) => failed,
    };
    release.outputs.set("request_id", failed.answer.request_id.clone().unwrap_or_default());
    Err(Failure { reply: reply(release, &failed), failed, delay: None })
}

/// What a failed exchange is to the rule.
fn reply(release: &Release<'_>, failed: &CallError) -> Reply {
    let code = failed.answer.code.as_deref().unwrap_or_default();
    let may_be_done = is_among(release.spec.done_already, code);
    match failed.class {
        FailureClass::NotSent => Reply::NotSent,
        FailureClass::Throttled => Reply::Throttled,
        FailureClass::UnderWay => Reply::UnderWay,
        // What can mean *done already* means it with 401 and 403, too: the tables name no code of authorization.
        FailureClass::Unauthenticated | FailureClass::Forbidden if may_be_done => Reply::MaybeDone,
        FailureClass::Unauthenticated | FailureClass::Forbidden => Reply::Denied,
        FailureClass::Rejected if release.operation.is_batch() && is_of_service(release, code) => {
            Reply::BatchRejected
        }
        FailureClass::Rejected if may_be_done => Reply::MaybeDone,
        FailureClass::Rejected => Reply::Rejected,
        FailureClass::Unreadable => Reply::Unreadable,
        FailureClass::Unknown => Reply::Lost,
    }
}

/// Whether a code is the service's own: what the gateway refuses has not reached it.
fn is_of_service(release: &Release<'_>, code: &str) -> bool {
    is_among(release.spec.service.codes, code)
}

/// Reads an answer of success.
fn accept(release: &mut Release<'_>, response: &ApiResponse) -> Result<(), CallError> {
    let request_id = response.request_id.clone();
    release.outputs.set("request_id", request_id.clone().unwrap_or_default());
    match release.operation.released(&release.known, response) {
        Ok(outputs) => {
            release.found(&outputs, ReleaseOrigin::Call);
            log_outputs("accepted", &release.outputs);
            Ok(())
        }
        Err(unclear) => {
            release.outputs.extend(unclear.outputs);
            log_outputs("answered", &release.outputs);
            let answer = ApiError { http_status: Some(response.status), request_id, ..ApiError::default() };
            let failed = CallError::answered(FailureClass::Unreadable, answer);
            Err(CallError { what: Some(unclear.what), ..failed })
        }
    }
}
