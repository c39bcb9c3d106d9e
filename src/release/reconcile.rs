//! What became of a call whose answer was lost, or left something open: the status tells.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{ApiError, CallError, Error, FailureClass, Kind};
use crate::http::transport::Transport;
use crate::operation::{Idempotency, Item, Observation};
use crate::output::Outputs;
use crate::release::context::{LOOK, Release, tell};
use crate::release::poll_interval::{PollInterval, PollResult};
use crate::release::retry::Retry;

/// How long after the refusal of a batch "not there" is not yet believed.
const AFTER_A_REFUSAL: Duration = Duration::from_secs(15);

/// What a look-up finds.
pub(crate) enum Found {
    /// The release, and how far it is.
    Release(Observation),
    /// Nothing, for long enough to be believed.
    Nothing,
}

/// Asks until the status shows the release. That it shows nothing is believed from `believe_at` on. What cannot be told is
/// the error `unknown`.
pub(crate) async fn look<X: Transport>(
    release: &mut Release<'_, X>,
    believe_at: Instant,
    unknown: &Error,
) -> Result<Found, Error> {
    if release.known.before.is_none() {
        return Err(unknown.clone());
    }
    let began = Instant::now();
    let mut pace = PollInterval::new(release.settings.poll_interval, release.settings.poll_max_interval);
    let mut retry = Retry::new(release.settings.retry_timeout, release.rng.u64(..));
    let mut answers = Vec::new();
    loop {
        match release.observe(&mut answers).await {
            Ok(Observation::Unclear(seen)) => {
                answers.clear();
                be_patient(&mut retry, CallError::without_answer(FailureClass::Unknown, seen, None), unknown)
                    .await?;
                continue;
            }
            Ok(Observation::Ambiguous(seen)) => return Err(also(unknown, &seen)),
            Ok(Observation::NotThere) if Instant::now() >= believe_at => return Ok(Found::Nothing),
            Ok(Observation::Partly { missing, outputs, .. }) if Instant::now() >= believe_at => {
                leave_out(release, &missing, &outputs, unknown);
            }
            Ok(Observation::NotThere | Observation::Partly { .. }) => {
                let pause = pace.next(began.elapsed(), PollResult::Answered, release.rng.f64());
                let until_believed = believe_at.saturating_duration_since(Instant::now());
                sleep(pause.min(until_believed)).await;
            }
            Ok(found) => {
                let (Observation::Pending(crate::operation::Progress { outputs, .. })
                | Observation::Done(outputs)
                | Observation::Failed { outputs, .. }) = &found
                else {
                    unreachable!("all other observations are dealt with above");
                };
                release.found(outputs);
                tell("the status shows that the call has landed", &release.outputs);
                return Ok(Found::Release(found));
            }
            Err(failed) => {
                be_patient(&mut retry, failed, unknown).await?;
                continue;
            }
        }
        retry.renew();
        answers.clear();
    }
}

/// The last try did nothing, but an earlier one was lost at `lost`: the status decides, else `error` is what happened.
pub(crate) async fn after<X: Transport>(
    release: &mut Release<'_, X>,
    lost: Instant,
    error: Error,
) -> Result<Option<Observation>, Error> {
    let what = format!("an earlier try of the call may or may not have landed; then {}", error.what);
    let unknown = Error::new(Kind::Unknown, what).with_hint(LOOK).with_answer((*error.answer).clone());
    let found = look(release, lost + release.settings.settle_time, &unknown).await?;
    match found {
        // A call that was fine when it was lost, and is refused now: something has changed, though nothing shows it.
        Found::Nothing
            if error.kind == Kind::Rejected
                && release.operation.idempotency() == Idempotency::NonIdempotent =>
        {
            Err(unknown)
        }
        Found::Nothing => Err(error),
        // The server would have known a repetition of a call that had landed: it was somebody else's.
        Found::Release(_)
            if error.kind == Kind::Rejected && release.operation.idempotency() == Idempotency::Idempotent =>
        {
            Err(also(&unknown, "a release that may be somebody else's is there"))
        }
        Found::Release(seen) => Ok(Some(seen)),
    }
}

/// The call was answered, but perhaps not all of it was done.
pub(crate) async fn part<X: Transport>(
    release: &mut Release<'_, X>,
    lost: Option<Instant>,
    error: Error,
) -> Result<Option<Observation>, Error> {
    let is_refusal = error.answer.code.is_some();
    // Behind an explicit refusal little can be under way.
    let settle_time = release.settings.settle_time;
    let settle_time =
        if is_refusal && lost.is_none() { settle_time.min(AFTER_A_REFUSAL) } else { settle_time };
    let believe_at = lost.unwrap_or_else(Instant::now) + settle_time;
    match look(release, believe_at, &error).await? {
        Found::Release(seen) => Ok(Some(seen)),
        Found::Nothing if is_refusal => {
            let what = "the API rejected the call; nothing was released";
            let hint = "see the vendor's message, and whether the inputs are right";
            let answer = (*error.answer).clone();
            Err(Error::new(Kind::Rejected, what).with_hint(hint).with_answer(answer))
        }
        Found::Nothing => {
            let released = Kind::Rejected.released();
            let error = Error { kind: Kind::Rejected, released, hint: None, ..error };
            Err(error.with_finding("the status shows that nothing was released"))
        }
    }
}

/// A lost call that did nothing, when there is no time left to send it again.
pub(crate) fn did_not_land(unknown: &Error) -> Error {
    let answer = (*unknown.answer).clone();
    Error::new(Kind::Unreachable, "the call did not land, as the status shows; nothing was released")
        .with_hint("run the job again")
        .with_answer(answer)
}

/// Things of a batch that the call did not do have failed.
fn leave_out<X: Transport>(
    release: &mut Release<'_, X>,
    missing: &[String],
    outputs: &Outputs,
    unknown: &Error,
) {
    let said = ApiError { http_status: None, request_id: None, ..(*unknown.answer).clone() }.to_string();
    let failure = if said.is_empty() { "was left out".to_owned() } else { format!("was left out: {said}") };
    let left_out = missing.iter().map(|id| Item { id: id.clone(), failure: Some(failure.clone()) });
    release.known.left_out = left_out.collect();
    release.found(outputs);
}

async fn be_patient(retry: &mut Retry, failed: CallError, unknown: &Error) -> Result<(), Error> {
    let is_refused = matches!(failed.class, FailureClass::Unauthenticated | FailureClass::Forbidden);
    let pause = if is_refused || failed.is_permanent { None } else { retry.pause(failed.retry_after) };
    let Some(pause) = pause else {
        return Err(also(unknown, &format!("looking it up failed: {}", failed.reason())));
    };
    tracing::info!("looking it up: {}; trying again in {:.1} s", failed.reason(), pause.as_secs_f32());
    sleep(pause).await;
    Ok(())
}

fn also(unknown: &Error, seen: &str) -> Error {
    unknown.clone().with_finding(seen)
}
