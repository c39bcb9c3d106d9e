//! The release call: made once, sent again only where that cannot make a second release, looked up where its answer
//! was lost.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{Answer, Class, Error, Failed, Kind, Released, Signal};
use crate::http::Reply;
use crate::http::transport::Exchange;
use crate::operation::{Observation, Repeat};
use crate::process::signal::Interrupts;
use crate::release::context::{Course, LOOK, tell};
use crate::release::reconcile::{self, Found};
use crate::release::retry::Patience;

/// How long an answer is awaited after a signal. GitHub gives 7.5 seconds, Jenkins 5.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// What one try of the call says.
pub(crate) enum Said {
    /// The release is made.
    Accepted,
    /// Nothing was done, and trying again may help.
    TryAgain(Failed),
    /// Nothing was done, and trying again is of no use.
    No(Error),
    /// The server answered, but not whether it did all that it should.
    Doubtful(Error),
    /// Nobody knows.
    Lost(Failed),
}

/// What is behind and what may still be done.
struct Tries {
    patience: Patience,
    /// When the last answer was lost, and what that leaves open.
    lost: Option<(Instant, Error)>,
}

/// Makes the release. What the status said of it, if it had to be asked.
pub(crate) async fn release<X: Exchange>(
    course: &mut Course<'_, X>,
    signals: &mut impl Interrupts,
) -> Result<Option<Observation>, Error> {
    let mut tries =
        Tries { patience: Patience::new(course.rules.retry_timeout, course.chance.u64(..)), lost: None };
    loop {
        let looked = signals.unless(look_first(course, &tries)).await;
        if let Found::Release(seen) = looked.map_err(|signal| course.cancelled(signal))?? {
            return Ok(Some(seen));
        }
        let said = call(course, signals).await?;
        let next = signals.unless(next(course, &mut tries, said)).await;
        if let Some(end) = next.map_err(|signal| course.cancelled(signal))?? {
            return Ok(end);
        }
    }
}

/// Before a call that sets a state is sent again: nobody else must have set another one meanwhile.
async fn look_first<X: Exchange>(course: &mut Course<'_, X>, tries: &Tries) -> Result<Found, Error> {
    match &tries.lost {
        Some((_, unknown)) if course.operation.repeat() == Repeat::WhileNotThere => {
            reconcile::look(course, Instant::now(), unknown).await
        }
        _ => Ok(Found::Nothing),
    }
}

/// After one try: the end of the release call, or nothing if it is to be sent again.
async fn next<X: Exchange>(
    course: &mut Course<'_, X>,
    tries: &mut Tries,
    said: Said,
) -> Result<Option<Option<Observation>>, Error> {
    let lost = tries.lost.as_ref().map(|(at, _)| *at);
    match (said, lost) {
        (Said::Accepted, _) => Ok(Some(None)),
        (Said::No(error), None) => Err(error),
        (Said::TryAgain(failed), lost) => {
            if course.pause(&mut tries.patience, &failed).await {
                return Ok(None);
            }
            match lost {
                None => Err(error(course, failed)),
                Some(lost) => reconcile::after(course, lost, error(course, failed)).await.map(Some),
            }
        }
        // The call that was refused is not the one that was lost.
        (Said::No(error), Some(lost)) => reconcile::after(course, lost, error).await.map(Some),
        (Said::Doubtful(error), lost) => reconcile::part(course, lost, error).await.map(Some),
        (Said::Lost(failed), _) => after_loss(course, tries, failed).await,
    }
}

/// The rule of one release: sent again only if the server knows the call for the same, or the first did nothing.
async fn after_loss<X: Exchange>(
    course: &mut Course<'_, X>,
    tries: &mut Tries,
    failed: Failed,
) -> Result<Option<Option<Observation>>, Error> {
    let lost = Instant::now();
    tries.patience.begin();
    let repeat = course.operation.repeat();
    let unknown = error(course, failed.clone());
    tries.lost = Some((lost, unknown.clone()));
    if repeat == Repeat::Once {
        tracing::info!("{}", unknown.message());
    }
    if course.known.before.is_none() && repeat != Repeat::Harmless {
        return Err(unknown);
    }
    if repeat != Repeat::Once && course.pause(&mut tries.patience, &failed).await {
        return Ok(None);
    }
    match reconcile::look(course, lost + course.rules.settle_time, &unknown).await? {
        Found::Release(seen) => Ok(Some(Some(seen))),
        Found::Nothing if repeat == Repeat::Once && tries.patience.pause(None).is_some() => {
            course.released = Released::No;
            tracing::info!("the call did not land; it is sent again");
            Ok(None)
        }
        Found::Nothing => Err(reconcile::did_not_land(&unknown)),
    }
}

/// One try. A signal while it is unanswered leaves it three more seconds.
async fn call<X: Exchange>(course: &mut Course<'_, X>, signals: &mut impl Interrupts) -> Result<Said, Error> {
    // A signal that came meanwhile must not find a call that it could still let go.
    signals.unless(std::future::ready(())).await.map_err(|signal| course.cancelled(signal))?;
    let before = course.released;
    let request = course.operation.release(&course.known);
    let session = course.session;
    tracing::info!("calling {}", course.title);
    let mut calling = std::pin::pin!(session.call(&request, course.rules.of_call()));
    let signal = tokio::select! {
        biased;
        signal = signals.next() => signal,
        answer = &mut calling => return Ok(understand(course, answer)),
    };
    if !session.exchange.has_connected() {
        return Err(course.cancelled(signal));
    }
    course.released = Released::Unknown;
    tracing::warn!("{signal} while the call is unanswered: its answer is awaited 3 s more");
    let answer = tokio::select! {
        answer = &mut calling => Some(answer),
        () = sleep(LAST_CHANCE) => None,
        _ = signals.next() => None,
    };
    course.released = before;
    let Some(answer) = answer else {
        course.released = Released::Unknown;
        return Err(course.cancelled(signal));
    };
    Err(ended(course, signal, answer))
}

/// How a run ends whose call was answered after a signal.
fn ended<X: Exchange>(course: &mut Course<'_, X>, signal: Signal, answer: Result<Reply, Failed>) -> Error {
    let error = match understand(course, answer) {
        Said::Accepted => return course.cancelled(signal),
        Said::TryAgain(failed) | Said::Lost(failed) => error(course, failed),
        Said::No(error) | Said::Doubtful(error) => error,
    };
    let released = if error.released == Released::No { course.released } else { error.released };
    Error {
        kind: Kind::Cancelled(signal),
        what: format!("ended by {signal}; {}", error.what),
        released,
        ..error
    }
}

/// What an answer says, or the lack of one.
fn understand<X: Exchange>(course: &mut Course<'_, X>, answer: Result<Reply, Failed>) -> Said {
    let failed = match answer {
        Ok(reply) => return read(course, &reply),
        Err(failed) => failed,
    };
    course.outputs.set("request_id", failed.answer.request_id.clone().unwrap_or_default());
    match failed.class {
        Class::NotSent | Class::Throttled => Said::TryAgain(failed),
        Class::Refused if course.operation.is_batch() => {
            course.released = Released::Unknown;
            Said::Doubtful(error(course, failed))
        }
        Class::Refused | Class::Unauthenticated | Class::Forbidden => Said::No(error(course, failed)),
        Class::Unknown => {
            course.released = Released::Unknown;
            Said::Lost(failed)
        }
    }
}

/// Reads a successful answer.
fn read<X: Exchange>(course: &mut Course<'_, X>, reply: &Reply) -> Said {
    let request_id = reply.request_id.clone();
    course.outputs.set("request_id", request_id.clone().unwrap_or_default());
    match course.operation.released(&course.known, reply) {
        Ok(released) => {
            course.found(&released);
            tell("accepted", &course.outputs);
            Said::Accepted
        }
        Err(unclear) => {
            course.released = Released::Unknown;
            course.outputs.extend(unclear.outputs);
            tell("answered", &course.outputs);
            let error = unknown(&format!("the call was answered, but {}", unclear.what));
            let http_status = Some(reply.status);
            Said::Doubtful(error.with_answer(Answer { http_status, request_id, ..Answer::default() }))
        }
    }
}

/// The error that a failed exchange is, if nothing more is found out.
fn error<X: Exchange>(course: &Course<'_, X>, failed: Failed) -> Error {
    let happened = failed.what.as_deref();
    let mut error = match failed.class {
        Class::NotSent => {
            let what = happened.unwrap_or("the API could not be reached");
            Error::new(Kind::Unreachable, format!("{what}; nothing was released"))
        }
        Class::Throttled => Error::new(Kind::Unreachable, "the API throttled the call; nothing was released")
            .with_hint("run the job again in a minute"),
        Class::Unauthenticated => {
            Error::new(Kind::Credentials, "the credentials were refused; nothing was released")
                .with_hint("see whether the keys are right")
        }
        Class::Forbidden => {
            let what = "the credentials lack the permission for this call; nothing was released";
            Error::new(Kind::Credentials, what).with_hint("give the user permission for this call")
        }
        Class::Refused if course.operation.is_batch() => {
            unknown("the API rejected the call, but may have done a part of it")
        }
        Class::Refused => Error::new(Kind::Rejected, "the API rejected the call; nothing was released")
            .with_hint("see the vendor's message, and whether the inputs are right"),
        Class::Unknown => {
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
