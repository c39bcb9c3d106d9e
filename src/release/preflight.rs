//! Before the call: what is there already, and whether a call is made at all.

use tokio::time::{Instant, sleep};

use crate::error::{ApiError, CallError, Error, FailureClass, Kind, Released};
use crate::http::transport::Transport;
use crate::input::settings::{IfReleased, Settings};
use crate::operation::{ExistingRelease, Observation};
use crate::release::context::{Release, tell};
use crate::release::poll_interval::{PollInterval, PollResult};
use crate::release::retry::Retry;

/// Asks for the status once: it shows that waiting will be allowed, and what is there. Nothing if that may not be asked
/// and is not needed.
pub(crate) async fn look<X: Transport>(release: &mut Release<'_, X>) -> Result<Option<Observation>, Error> {
    release.known.earlier = match (release.settings.resume, release.settings.if_released) {
        (true, _) => ExistingRelease::Resume,
        (false, IfReleased::Again) => ExistingRelease::Ignore,
        (false, IfReleased::Adopt | IfReleased::Fail) => ExistingRelease::Adopt,
    };
    let mut retry = Retry::new(release.settings.retry_timeout, release.rng.u64(..));
    let (began, mut pace) = (
        Instant::now(),
        PollInterval::new(release.settings.poll_interval, release.settings.poll_max_interval),
    );
    if release.settings.resume {
        release.released = Released::Unknown;
    }
    let (mut answers, mut refusals) = (Vec::new(), 0);
    loop {
        let mut refusal = None;
        let failed = match release.observe(&mut answers).await {
            Ok(Observation::Unclear(seen)) => {
                refusal = answers.pop().and_then(Result::err);
                refusals += usize::from(refusal.is_some());
                answers.clear();
                CallError::without_answer(FailureClass::Unknown, seen, None)
            }
            // What an earlier run released may need a moment until it shows.
            Ok(Observation::NotThere)
                if release.settings.resume
                    && began.elapsed() < release.settings.settle_time.min(release.settings.wait_timeout) =>
            {
                answers.clear();
                sleep(pace.next(began.elapsed(), PollResult::Answered, release.rng.f64())).await;
                continue;
            }
            Ok(found) => {
                release.known.before = Some(answers);
                return Ok(Some(found));
            }
            Err(failed) => failed,
        };
        match failed.class {
            FailureClass::Forbidden if !needs_status(release.settings) => {
                tracing::warn!(
                    "the status may not be asked, so a lost answer cannot be looked up: {}",
                    failed.reason()
                );
                return Ok(None);
            }
            FailureClass::Unauthenticated | FailureClass::Forbidden => return Err(refused(failed)),
            _ => {}
        }
        if refusals >= MOST_REFUSALS || !release.pause(&mut retry, &failed).await {
            return match refusal {
                Some(_) if !needs_status(release.settings) => {
                    tracing::warn!(
                        "the status is not told, so a lost answer cannot be looked up: {}",
                        failed.reason()
                    );
                    Ok(None)
                }
                Some(answer) => Err(not_told(answer)),
                None if release.settings.resume => Err(not_resumed(failed)),
                None => Err(unreachable(failed)),
            };
        }
    }
}

/// A status query that was refused so often will be refused again.
const MOST_REFUSALS: usize = 3;

fn needs_status(settings: &Settings) -> bool {
    settings.wait || settings.resume || settings.if_released != IfReleased::Again
}

/// The release to go on with, or none if the call is to be made.
pub(crate) fn decide<X: Transport>(
    release: &mut Release<'_, X>,
    found: Option<Observation>,
) -> Result<Option<Observation>, Error> {
    let there = there(release, found)?;
    if there.is_none() {
        release.outputs.extend(release.operation.known_before(release.known.before.as_deref()));
    }
    Ok(there)
}

fn there<X: Transport>(
    release: &mut Release<'_, X>,
    found: Option<Observation>,
) -> Result<Option<Observation>, Error> {
    let earlier = std::mem::take(&mut release.known.earlier);
    let Some(found) = found else { return Ok(None) };
    match (earlier, found) {
        (ExistingRelease::Ignore, _)
        | (ExistingRelease::Adopt, Observation::NotThere | Observation::Failed { .. }) => Ok(None),
        (ExistingRelease::Resume, Observation::NotThere) => Err(nothing_to_resume()),
        (_, Observation::Ambiguous(seen)) => Err(cannot_tell(&seen)),
        (ExistingRelease::Adopt, found) if release.settings.if_released == IfReleased::Fail => {
            Err(is_there(&found))
        }
        (ExistingRelease::Adopt, Observation::Partly { there, .. }) => {
            tracing::info!("released already, and left as they are: `{}`", there.join("`, `"));
            release.known.adopted = there;
            Ok(None)
        }
        (_, found) => {
            // What was there before the call says nothing of a release that was made before it.
            release.known.before = None;
            release.known.earlier = earlier;
            let outputs = match &found {
                Observation::Pending(progress) => progress.outputs.clone(),
                Observation::Done(outputs)
                | Observation::Failed { outputs, .. }
                | Observation::Partly { outputs, .. } => outputs.clone(),
                _ => return Ok(Some(found)),
            };
            release.found(&outputs);
            tell("it is released already; nothing is sent", &release.outputs);
            Ok(Some(found))
        }
    }
}

fn refused(failed: CallError) -> Error {
    let what = match failed.class {
        FailureClass::Forbidden => {
            "the credentials lack the permission to ask for the status; no release call was sent"
        }
        _ => "the credentials were refused; no release call was sent",
    };
    let hint = match (failed.class, failed.hint) {
        // The vendor's codes do not tell a query from the release call, and its hints are about the latter.
        (FailureClass::Forbidden, _) => {
            "give the user permission for the status query of this operation too".to_owned()
        }
        (_, Some(hint)) => hint,
        (_, None) => "see whether the keys are right".to_owned(),
    };
    Error::new(Kind::Credentials, what).with_hint(hint).with_answer(*failed.answer)
}

fn not_told(answer: ApiError) -> Error {
    Error::new(Kind::Rejected, "the API rejected the status query; nothing was released")
        .with_hint("see the vendor's message, and whether the inputs are right")
        .with_answer(answer)
}

fn not_resumed(failed: CallError) -> Error {
    let error = unreachable(failed);
    let what = error.what.replace("no release call was sent", "how far the release is, is not known");
    let hint = Some("run this again: it sends no release call".to_owned());
    Error { kind: Kind::Unknown, released: Released::Unknown, what, hint, ..error }
}

fn unreachable(failed: CallError) -> Error {
    let what = match (failed.what, failed.class) {
        (Some(what), _) => what,
        (None, FailureClass::Throttled) => "the API throttled the status query".to_owned(),
        (None, _) => "the API did not answer the status query as it should".to_owned(),
    };
    let error = Error::new(Kind::Unreachable, format!("{what}; no release call was sent"));
    let hint = failed.hint.or_else(|| Some("run the job again in a few minutes".to_owned()));
    Error { hint, ..error }.with_answer(*failed.answer)
}

fn nothing_to_resume() -> Error {
    Error::new(Kind::Inputs, "there is no release to resume; no release call was sent").with_hint(
        "see whether the inputs are those of the run that made it; without `resume`, this run makes the release",
    )
}

fn cannot_tell(seen: &str) -> Error {
    let what = format!("it cannot be told whether it is released already: {seen}; no release call was sent");
    let error = Error::new(Kind::Unknown, what).with_hint(crate::release::context::LOOK);
    Error { released: Released::Unknown, ..error }
}

fn is_there(found: &Observation) -> Error {
    let state = match found {
        Observation::Partly { there, .. } => format!("in part: `{}`", there.join("`, `")),
        Observation::Pending(progress) => progress.state.clone(),
        _ => "done".to_owned(),
    };
    let what =
        format!("it is released already ({state}), and `if_released` is `fail`; no release call was sent");
    Error::new(Kind::Rejected, what).with_hint("`if_released: adopt` goes on with the release that is there")
}
