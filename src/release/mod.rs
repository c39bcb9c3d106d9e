//! The life of one release: preflight, submit, reconcile, wait. Only this file calls the steps; what each end of a step leads
//! to is [`decide`]'s.

mod context;
pub mod decide;
pub mod dry_run;
mod errors;
mod interrupt;
mod missing;
pub mod poll_interval;
mod poller;
mod preflight;
mod reconcile;
pub mod retry;
mod state_log;
mod submit;
mod wait;

use tokio::time::{Instant, sleep};

pub use context::Release;

use crate::error::{Error, Outcome, ReleaseOrigin, Released};
use crate::operation::{Item, State, Status};
use crate::process::signal::Signals;
use context::{Failure, log_outputs};
use decide::{End, LookUp, Next, Then};
use interrupt::or_signal;
use preflight::Start;
use reconcile::Landed;
use submit::Attempts;

impl Release<'_> {
    /// Runs the release from the first status query to its end.
    pub async fn run(&mut self, signals: &mut dyn Signals) -> Result<Outcome, Error> {
        let checked = or_signal(self, signals, preflight::check).await?;
        let status = match preflight::start(self, checked)? {
            Start::Existing(status) => status,
            Start::Call => self.submit(signals).await?,
        };
        if self.released == Released::Yes && self.waits() {
            self.journal.released(&self.outputs);
        }
        or_signal(self, signals, async |release| wait::until_done(release, status).await).await
    }

    /// Makes the release. What the status said of it, if it had to be asked.
    async fn submit(&mut self, signals: &mut dyn Signals) -> Result<Option<Status>, Error> {
        let mut attempts = Attempts::new(self);
        loop {
            let Err(mut failure) = submit::attempt(self, &attempts, signals).await? else { return Ok(None) };
            let next = attempts.after(self, &mut failure);
            // A signal from here on must find what is known by now.
            self.released =
                if attempts.is_open() || may_be_released(next) { Released::Unknown } else { Released::No };
            let follow = async |release: &mut Release<'_>| release.follow(&attempts, &failure, next).await;
            if let Some(status) = or_signal(self, signals, follow).await? {
                return Ok(Some(status));
            }
        }
    }

    /// Carries out what a failed attempt leads to: the release that was found, or nothing if the call is to be sent again.
    async fn follow(
        &mut self,
        attempts: &Attempts,
        failure: &Failure,
        next: Next,
    ) -> Result<Option<Status>, Error> {
        match next {
            // An accepted attempt never comes here.
            Next::GoOn => Ok(None),
            Next::End(End::NotReleased) => Err(errors::not_released(self, failure)),
            Next::End(End::Unknown) => Err(errors::unknown(self, failure)),
            Next::Resend { status_first } => self.before_resending(failure, status_first).await,
            Next::LookUp(look_up) => self.look_up(attempts, failure, look_up).await,
        }
    }

    /// Pauses; then, for a call that sets a state or is under way, looks what the status shows now.
    async fn before_resending(
        &mut self,
        failure: &Failure,
        status_first: bool,
    ) -> Result<Option<Status>, Error> {
        if let Some(delay) = failure.delay {
            self.note_delay(&failure.failed, delay);
            let reason = failure.failed.reason();
            tracing::info!("the call failed: {reason}; sending it again in {:.1} s", delay.as_secs_f32());
            sleep(delay).await;
        }
        if !status_first || self.known.baseline.is_none() {
            return Ok(None);
        }
        match reconcile::look_up(self, Instant::now()).await {
            Landed::Found(status) => Ok(Some(self.landed(status))),
            Landed::Unclear(seen) => Err(errors::unknown(self, failure).with_finding(seen)),
            Landed::Part(_) | Landed::Unchanged(..) | Landed::Nothing => Ok(None),
        }
    }

    async fn look_up(
        &mut self,
        attempts: &Attempts,
        failure: &Failure,
        look_up: LookUp,
    ) -> Result<Option<Status>, Error> {
        let believe_at = if look_up.settles { attempts.believe_at(self) } else { Instant::now() };
        errors::log_look_up(self, failure, look_up, believe_at);
        match reconcile::look_up(self, believe_at).await {
            Landed::Found(status) => Ok(Some(self.landed(status))),
            Landed::Unclear(seen) => Err(errors::unknown(self, failure).with_finding(seen)),
            Landed::Part(status) => match look_up.part {
                Then::GoOn => Ok(Some(self.landed_in_part(status, failure))),
                _ => Err(errors::in_part(self, failure, &status)),
            },
            Landed::Unchanged(status, seen) => match look_up.unchanged {
                Then::GoOn => Ok(Some(self.landed(status))),
                then => self.end(then, failure, &seen),
            },
            Landed::Nothing => self.end(look_up.nothing, failure, errors::not_shown(look_up)),
        }
    }

    /// The end of a look-up that did not find the release.
    fn end(&self, then: Then, failure: &Failure, seen: &str) -> Result<Option<Status>, Error> {
        match then {
            Then::End(End::NotReleased) => Err(errors::not_released(self, failure).with_finding(seen)),
            Then::End(End::Unknown) => Err(errors::unknown(self, failure).with_finding(seen)),
            Then::Resend => {
                tracing::warn!("{seen}: the call is sent again, as `if_lost` is `resend`");
                Ok(None)
            }
            // Nothing was found to go on with.
            Then::GoOn => Ok(None),
        }
    }

    /// The status shows what was asked for: from here on it is this run's.
    fn landed(&mut self, status: Status) -> Status {
        self.found(&status.outputs, ReleaseOrigin::Lookup);
        log_outputs("the status shows the release", &self.outputs);
        status
    }

    /// Of a refused batch some things are there: they are waited for, the others have failed.
    fn landed_in_part(&mut self, status: Status, failure: &Failure) -> Status {
        let State::Partial { missing, .. } = &status.state else { return status };
        let reason = errors::not_processed(failure);
        self.known.skipped = missing.iter().map(|id| Item::failed(id, &reason)).collect();
        self.landed(status)
    }
}

/// Whether what an attempt leads to leaves open that the release is made.
fn may_be_released(next: Next) -> bool {
    matches!(next, Next::LookUp(_) | Next::End(End::Unknown))
}
