//! Before the call: what is there already, and whether a call is made at all.

use std::time::Duration;

use tokio::time::Instant;

use super::context::{Release, log_outputs};
use super::decide::{self, Before, Begin, Found, Wish};
use super::errors;
use super::poll_interval::PollResult;
use super::poller::{Poll, Poller};
use crate::cloud::query::{QueryResult, Responses};
use crate::error::{ApiError, CallError, Error, FailureClass, ReleaseOrigin, Released};
use crate::input::settings::IfReleased;
use crate::operation::{ExistingRelease, Known, State, Status};
use crate::text::duration;

/// An answer to the status query that cannot be read is asked for again this many times in all.
const MOST_READINGS: usize = 3;

/// What the release begins with.
pub(super) enum Start {
    /// The call is made.
    Call,
    /// The release that is there is this run's; what the status says of it, if it shows it.
    Existing(Option<Status>),
}

/// What the look before the call came to.
pub(super) struct Checked {
    wish: Wish,
    pub(super) begin: Begin,
    pub(super) status: Option<Status>,
    pub(super) seen: CallError,
    pub(super) baseline: Vec<QueryResult>,
}

/// Asks for the status until it is known how to begin.
pub(super) async fn check(release: &mut Release<'_>) -> Result<Checked, Error> {
    let wish = wish(release);
    release.known.existing = match wish {
        Wish::Again => ExistingRelease::Ignore,
        Wish::Adopt | Wish::Fail => ExistingRelease::Adopt,
        Wish::Resume => ExistingRelease::Resume,
    };
    if wish == Wish::Resume {
        release.released = Released::Unknown;
    }
    let mut check = Check::new(release, wish);
    loop {
        let (found, status, seen) = match check.poller.next(release).await {
            Poll::Status(status) => (found_of(&status.state), Some(status), None),
            Poll::Unclear { seen, refusal } => {
                let failed = CallError::without_answer(FailureClass::Unreadable, seen, None);
                let seen = CallError { answer: Box::new(refusal.clone().unwrap_or_default()), ..failed };
                if refusal.is_none() && check.read_again(release, &seen).await {
                    continue;
                }
                (Found::Unreadable, None, Some(seen))
            }
            Poll::Failed(failed) => match check.failed(release, failed).await? {
                Some((found, failed)) => (found, None, Some(failed)),
                None => continue,
            },
        };
        match check.begin(release, found) {
            Begin::LookAgain => check.look_again(release).await?,
            begin => {
                let nothing = || CallError::answered(FailureClass::Unreadable, ApiError::default());
                let (seen, baseline) = (seen.unwrap_or_else(nothing), check.poller.take_responses());
                return Ok(Checked { wish, begin, status, seen, baseline });
            }
        }
    }
}

fn wish(release: &Release<'_>) -> Wish {
    match (release.settings.resume, release.settings.if_released) {
        (true, _) => Wish::Resume,
        (false, IfReleased::Again) => Wish::Again,
        (false, IfReleased::Adopt) => Wish::Adopt,
        (false, IfReleased::Fail) => Wish::Fail,
    }
}

fn found_of(state: &State) -> Found {
    match state {
        State::NotFound => Found::Nothing,
        State::Partial { .. } => Found::Part,
        State::InProgress(_) | State::Succeeded | State::Unchanged(_) => Found::Release,
        State::Failed(_) => Found::Failure,
        State::Ambiguous(_) => Found::Ambiguous,
    }
}

/// The look before the call.
struct Check {
    wish: Wish,
    poller: Poller,
    readings: usize,
    /// How long "not there" is not believed.
    settles_in: Duration,
    says_why: bool,
}

impl Check {
    fn new(release: &mut Release<'_>, wish: Wish) -> Self {
        let follows = wish == Wish::Resume || wish != Wish::Again && release.journal.is_second_attempt();
        let settles_in = if follows { release.settings.settle_time } else { Duration::ZERO };
        let until = Instant::now() + settles_in;
        let poller = Poller::new(release, "looking for the release of an earlier run", until);
        Self { wish, poller, readings: 1, settles_in, says_why: follows }
    }

    fn begin(&self, release: &Release<'_>, found: Found) -> Begin {
        decide::before(Before {
            wish: self.wish,
            found,
            is_settled: self.poller.elapsed() >= self.settles_in,
            leaves_trace: release.operation.leaves_trace(),
            waits: release.waits(),
        })
    }

    /// Pauses before "not there" is asked again: a call that an earlier run lost may still take effect.
    async fn look_again(&mut self, release: &mut Release<'_>) -> Result<(), Error> {
        if std::mem::take(&mut self.says_why) {
            tracing::info!(
                "an earlier run may have made the release, and it is not shown: looking for it for {} (`settle_time`)",
                duration::format(self.settles_in)
            );
        }
        let left = self.settles_in.saturating_sub(self.poller.elapsed());
        if self.wish == Wish::Resume && self.poller.elapsed() >= release.settings.wait_timeout {
            return Err(errors::not_seen_to_resume(release));
        }
        self.poller.pause(release, PollResult::Answered, Instant::now() + left).await;
        Ok(())
    }

    async fn read_again(&mut self, release: &mut Release<'_>, failed: &CallError) -> bool {
        self.readings += 1;
        self.readings <= MOST_READINGS && self.poller.pause_after(release, failed).await
    }

    /// A status query that failed: what it says of the status, or nothing if it is to be asked again.
    async fn failed(
        &mut self,
        release: &mut Release<'_>,
        failed: CallError,
    ) -> Result<Option<(Found, CallError)>, Error> {
        match failed.class {
            FailureClass::Forbidden => return Ok(Some((Found::Forbidden, failed))),
            FailureClass::Unauthenticated => return Err(errors::credentials_refused(failed)),
            FailureClass::Unreadable if !self.read_again(release, &failed).await => {
                return Ok(Some((Found::Unreadable, failed)));
            }
            FailureClass::Unreadable => return Ok(None),
            _ => {}
        }
        if self.poller.pause_after(release, &failed).await {
            return Ok(None);
        }
        Err(if self.wish == Wish::Resume {
            errors::not_resumed(failed)
        } else {
            errors::status_unreachable(failed)
        })
    }
}

/// Carries out how the release begins.
pub(super) fn start(release: &mut Release<'_>, checked: Checked) -> Result<Start, Error> {
    let Checked { wish, begin, status, seen, baseline } = checked;
    for note in status.iter().flat_map(|status| &status.notes) {
        tracing::warn!("{note}");
    }
    match begin {
        Begin::Call | Begin::CallForRest => {
            if let Some((input, problem)) = release.operation.refused_by_baseline(&baseline) {
                return Err(errors::refused_by_baseline(input, &problem));
            }
            if wish == Wish::Again {
                warn_of_existing(release, &baseline);
            }
            if let (Begin::CallForRest, Some(State::Partial { found, .. })) =
                (begin, status.map(|status| status.state))
            {
                tracing::info!("released already, and left as they are: `{}`", found.join("`, `"));
                release.known.adopted = found;
            }
            release.known.baseline = Some(baseline);
            Ok(call(release))
        }
        Begin::CallWithoutBaseline => {
            tracing::warn!("{}", errors::no_baseline(release, &seen));
            Ok(call(release))
        }
        Begin::Existing => Ok(Start::Existing(Some(existing(release, wish, status)))),
        Begin::Await => Ok(Start::Existing(None)),
        Begin::NothingToResume => Err(errors::nothing_to_resume(release)),
        Begin::IsThere => Err(errors::is_there(status.as_ref())),
        Begin::Denied => Err(errors::status_denied(release, seen)),
        // `LookAgain` is carried out where it is decided.
        Begin::Unknown | Begin::LookAgain => Err(errors::cannot_determine(release, status.as_ref(), &seen)),
    }
}

fn call(release: &mut Release<'_>) -> Start {
    release.known.existing = ExistingRelease::Ignore;
    release.outputs.extend(release.operation.initial_outputs(release.known.baseline.as_deref()));
    Start::Call
}

/// With `if_released: again` a second release is wanted, but perhaps not known to be one.
fn warn_of_existing(release: &Release<'_>, baseline: &[QueryResult]) {
    let as_existing = Known { existing: ExistingRelease::Adopt, ..Known::default() };
    let Ok(status) = release.operation.status(&as_existing, &mut Responses::new(baseline)) else { return };
    if matches!(status.state, State::InProgress(_) | State::Succeeded | State::Partial { .. }) {
        tracing::warn!("{}", errors::released_again(&status));
    }
}

/// The release that is there is this run's.
fn existing(release: &mut Release<'_>, wish: Wish, status: Option<Status>) -> Status {
    let status = status.unwrap_or_else(Status::not_found);
    let origin = if wish == Wish::Resume { ReleaseOrigin::Resumed } else { ReleaseOrigin::Adopted };
    release.found(&status.outputs, origin);
    log_outputs("found the existing release; no release call is sent", &release.outputs);
    if let Some(warning) = errors::existing_warning(wish, &status) {
        tracing::warn!("{warning}");
    }
    status
}
