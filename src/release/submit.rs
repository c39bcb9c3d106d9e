//! The release call: made once, sent again only where that cannot make a second release, looked up where its answer
//! was lost.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{ApiError, CallError, Error, FailureClass, Kind, Released, Signal};
use crate::http::ApiResponse;
use crate::http::transport::Transport;
use crate::operation::{Idempotency, Observation};
use crate::process::signal::Signals;
use crate::release::context::{LOOK, Release, tell};
use crate::release::reconcile::{self, Found};
use crate::release::retry::Retry;

/// How long an answer is awaited after a signal. GitHub gives 7.5 seconds, Jenkins 5.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// What one try of the call says.
pub(crate) enum Said {
    /// The release is made.
    Accepted,
    /// Nothing was done, and trying again may help.
    TryAgain(CallError),
    /// Nothing was done, and trying again is of no use.
    No(Error),
    /// The server answered, but not whether it did all that it should.
    Doubtful(Error),
    /// Nobody knows.
    Lost(CallError),
}

/// What is behind and what may still be done.
struct Tries {
    retry: Retry,
    /// When the last answer was lost, and what that leaves open.
    lost: Option<(Instant, Error)>,
}

/// Makes the release. What the status said of it, if it had to be asked.
pub(crate) async fn release<X: Transport>(
    release: &mut Release<'_, X>,
    signals: &mut impl Signals,
) -> Result<Option<Observation>, Error> {
    let mut tries =
        Tries { retry: Retry::new(release.settings.retry_timeout, release.rng.u64(..)), lost: None };
    loop {
        let looked = signals.or_signal(look_first(release, &tries)).await;
        if let Found::Release(seen) = looked.map_err(|signal| release.cancelled(signal))?? {
            return Ok(Some(seen));
        }
        let said = call(release, signals).await?;
        let next = signals.or_signal(next(release, &mut tries, said)).await;
        if let Some(end) = next.map_err(|signal| release.cancelled(signal))?? {
            return Ok(end);
        }
    }
}

/// Before a call that sets a state is sent again: nobody else must have set another one meanwhile.
async fn look_first<X: Transport>(release: &mut Release<'_, X>, tries: &Tries) -> Result<Found, Error> {
    match &tries.lost {
        Some((_, unknown)) if release.operation.idempotency() == Idempotency::Convergent => {
            reconcile::look(release, Instant::now(), unknown).await
        }
        _ => Ok(Found::Nothing),
    }
}

/// After one try: the end of the release call, or nothing if it is to be sent again.
async fn next<X: Transport>(
    release: &mut Release<'_, X>,
    tries: &mut Tries,
    said: Said,
) -> Result<Option<Option<Observation>>, Error> {
    let lost = tries.lost.as_ref().map(|(at, _)| *at);
    match (said, lost) {
        (Said::Accepted, _) => Ok(Some(None)),
        (Said::No(error), None) => Err(error),
        (Said::TryAgain(failed), lost) => {
            if release.pause(&mut tries.retry, &failed).await {
                return Ok(None);
            }
            match lost {
                None => Err(error(release, failed)),
                Some(lost) => reconcile::after(release, lost, error(release, failed)).await.map(Some),
            }
        }
        // The call that was refused is not the one that was lost.
        (Said::No(error), Some(lost)) => reconcile::after(release, lost, error).await.map(Some),
        (Said::Doubtful(error), lost) => reconcile::part(release, lost, error).await.map(Some),
        (Said::Lost(failed), _) => after_loss(release, tries, failed).await,
    }
}

/// The rule of one release: sent again only if the server knows the call for the same, or the first did nothing.
async fn after_loss<X: Transport>(
    release: &mut Release<'_, X>,
    tries: &mut Tries,
    failed: CallError,
) -> Result<Option<Option<Observation>>, Error> {
    let lost = Instant::now();
    tries.retry.begin();
    let repeat = release.operation.idempotency();
    let unknown = error(release, failed.clone());
    tries.lost = Some((lost, unknown.clone()));
    if repeat == Idempotency::NonIdempotent {
        tracing::info!("{}", unknown.message());
    }
    if release.known.before.is_none() && repeat != Idempotency::Idempotent {
        return Err(unknown);
    }
    if repeat != Idempotency::NonIdempotent && release.pause(&mut tries.retry, &failed).await {
        return Ok(None);
    }
    match reconcile::look(release, lost + release.settings.settle_time, &unknown).await? {
        Found::Release(seen) => Ok(Some(Some(seen))),
        Found::Nothing if repeat == Idempotency::NonIdempotent && tries.retry.pause(None).is_some() => {
            release.released = Released::No;
            tracing::info!("the call did not land; it is sent again");
            Ok(None)
        }
        Found::Nothing => Err(reconcile::did_not_land(&unknown)),
    }
}

/// One try. A signal while it is unanswered leaves it three more seconds.
async fn call<X: Transport>(release: &mut Release<'_, X>, signals: &mut impl Signals) -> Result<Said, Error> {
    release.journal.before_call(&release.outputs)?;
    // A signal that came meanwhile must not find a call that it could still let go.
    signals.or_signal(std::future::ready(())).await.map_err(|signal| release.cancelled(signal))?;
    let before = release.released;
    let request = release.operation.release(&release.known);
    let session = release.client;
    tracing::info!("calling {}", release.title);
    let mut calling = std::pin::pin!(session.call(&request, release.settings.call_timeouts()));
    let signal = tokio::select! {
        biased;
        signal = signals.next() => signal,
        answer = &mut calling => return Ok(understand(release, answer)),
    };
    if !session.transport.has_connected() {
        return Err(release.cancelled(signal));
    }
    release.released = Released::Unknown;
    tracing::warn!("{signal} while the call is unanswered: its answer is awaited 3 s more");
    let answer = tokio::select! {
        answer = &mut calling => Some(answer),
        () = sleep(LAST_CHANCE) => None,
        _ = signals.next() => None,
    };
    release.released = before;
    let Some(answer) = answer else {
        release.released = Released::Unknown;
        return Err(release.cancelled(signal));
    };
    Err(ended(release, signal, answer))
}

/// How a run ends whose call was answered after a signal.
fn ended<X: Transport>(
    release: &mut Release<'_, X>,
    signal: Signal,
    answer: Result<ApiResponse, CallError>,
) -> Error {
    let error = match understand(release, answer) {
        Said::Accepted => return release.cancelled(signal),
        Said::TryAgain(failed) | Said::Lost(failed) => error(release, failed),
        Said::No(error) | Said::Doubtful(error) => error,
    };
    let released = if error.released == Released::No { release.released } else { error.released };
    Error {
        kind: Kind::Cancelled(signal),
        what: format!("ended by {signal}; {}", error.what),
        released,
        ..error
    }
}

/// What an answer says, or the lack of one.
fn understand<X: Transport>(release: &mut Release<'_, X>, answer: Result<ApiResponse, CallError>) -> Said {
    let failed = match answer {
        Ok(reply) => return read(release, &reply),
        Err(failed) => failed,
    };
    release.outputs.set("request_id", failed.answer.request_id.clone().unwrap_or_default());
    match failed.class {
        FailureClass::NotSent | FailureClass::Throttled => Said::TryAgain(failed),
        FailureClass::Rejected if release.operation.is_batch() => {
            release.released = Released::Unknown;
            Said::Doubtful(error(release, failed))
        }
        FailureClass::Rejected | FailureClass::Unauthenticated | FailureClass::Forbidden => {
            Said::No(error(release, failed))
        }
        FailureClass::Unknown => {
            release.released = Released::Unknown;
            Said::Lost(failed)
        }
    }
}

/// Reads a successful answer.
fn read<X: Transport>(release: &mut Release<'_, X>, reply: &ApiResponse) -> Said {
    let request_id = reply.request_id.clone();
    release.outputs.set("request_id", request_id.clone().unwrap_or_default());
    match release.operation.released(&release.known, reply) {
        Ok(released) => {
            release.found(&released);
            tell("accepted", &release.outputs);
            Said::Accepted
        }
        Err(unclear) => {
            release.released = Released::Unknown;
            release.outputs.extend(unclear.outputs);
            tell("answered", &release.outputs);
            let error = unknown(&format!("the call was answered, but {}", unclear.what));
            let http_status = Some(reply.status);
            Said::Doubtful(error.with_answer(ApiError { http_status, request_id, ..ApiError::default() }))
        }
    }
}

/// The error that a failed exchange is, if nothing more is found out.
fn error<X: Transport>(release: &Release<'_, X>, failed: CallError) -> Error {
    let happened = failed.what.as_deref();
    let mut error = match failed.class {
        FailureClass::NotSent => {
            let what = happened.unwrap_or("the API could not be reached");
            Error::new(Kind::Unreachable, format!("{what}; nothing was released"))
        }
        FailureClass::Throttled => {
            Error::new(Kind::Unreachable, "the API throttled the call; nothing was released")
                .with_hint("run the job again in a minute")
        }
        FailureClass::Unauthenticated => {
            Error::new(Kind::Credentials, "the credentials were refused; nothing was released")
                .with_hint("see whether the keys are right")
        }
        FailureClass::Forbidden => {
            let what = "the credentials lack the permission for this call; nothing was released";
            Error::new(Kind::Credentials, what).with_hint("give the user permission for this call")
        }
        FailureClass::Rejected if release.operation.is_batch() => {
            unknown("the API rejected the call, but may have done a part of it")
        }
        FailureClass::Rejected => {
            Error::new(Kind::Rejected, "the API rejected the call; nothing was released")
                .with_hint("see the vendor's message, and whether the inputs are right")
        }
        FailureClass::Unknown => {
            let because = happened.map(|what| format!(": {what}")).unwrap_or_default();
            unknown(&format!("the call may or may not have landed{because}"))
        }
    };
    error.hint = match (error.kind, failed.hint, error.hint) {
        (Kind::Unknown, Some(more), Some(look)) => Some(format!("{look}; {more}")),
        (_, hint, general) => hint.or(general),
    };
    error.with_answer(*failed.answer)
}

fn unknown(what: &str) -> Error {
    Error::new(Kind::Unknown, what).with_hint(LOOK)
}
