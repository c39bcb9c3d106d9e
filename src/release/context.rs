//! The way of one release, from what was there before it to its end, and what is known on the way.

use std::time::Duration;

use tokio::time::sleep;

use crate::ci::journal::Journal;
use crate::cloud::client::Client;
use crate::cloud::query::QueryResult;
use crate::error::{CallError, Error, Kind, Released, Signal};
use crate::http::transport::Transport;
use crate::input::settings::Settings;
use crate::operation::{Known, Observation, Operation};
use crate::output::Outputs;
use crate::release::retry::Retry;

/// One release and everything that it needs on its way.
pub struct Release<'a, X> {
    /// What is released.
    pub operation: &'a dyn Operation,
    /// The way to the cloud.
    pub client: &'a Client<X>,
    /// How to go about it.
    pub settings: &'a Settings,
    /// The call, for people.
    pub title: &'a str,
    /// Chance, for pauses.
    pub rng: fastrand::Rng,
    /// Writes the outputs down before the call and once the release is known to have landed, so that a process that is
    /// killed leaves the truth.
    pub journal: &'a mut dyn Journal,
    /// How long the server, which had too much to do, was left alone last.
    pub overload_delay: Duration,
    /// What is known of it.
    pub known: Known,
    /// Whether it was made, as far as is known.
    pub released: Released,
    /// The outputs so far.
    pub outputs: Outputs,
}

impl<X: Transport> Release<'_, X> {
    /// Asks once how far the release is.
    pub(crate) async fn observe(&self, answers: &mut Vec<QueryResult>) -> Result<Observation, CallError> {
        let limits = self.settings.query_timeouts();
        self.client.ask(answers, limits, |answers| self.operation.observe(&self.known, answers)).await
    }

    /// Pauses before a failed exchange is repeated; not if that is of no use, or too late.
    pub(crate) async fn pause(&mut self, retry: &mut Retry, failed: &CallError) -> bool {
        let pause = if failed.is_permanent { None } else { retry.pause(failed.retry_after) };
        let Some(pause) = pause else { return false };
        if failed.is_overload() {
            self.overload_delay = pause;
        }
        tracing::info!("{}; trying again in {:.1} s", failed.reason(), pause.as_secs_f32());
        sleep(pause).await;
        true
    }

    /// The release is there: what is known of it from the status is as good as the call's answer.
    pub(crate) fn found(&mut self, outputs: &Outputs) {
        self.released = Released::Yes;
        self.outputs.extend(outputs.clone());
        self.known.released = Some(self.outputs.clone());
    }

    /// The error that a signal is, with what became of the release.
    pub(crate) fn cancelled(&self, signal: Signal) -> Error {
        let (what, hint) = match self.released {
            Released::No => ("before the call; nothing was released", None),
            Released::Unknown => ("before it was known whether the call landed", Some(LOOK)),
            Released::Yes => {
                let hint = "do not run it again: the release is made; `resume: true` waits for it";
                ("; the release was accepted and goes on", Some(hint))
            }
        };
        let space = if what.starts_with(';') { "" } else { " " };
        let error = Error::new(Kind::Cancelled(signal), format!("ended by {signal}{space}{what}"));
        Error { released: self.released, hint: hint.map(str::to_owned), ..error }
    }
}

/// What to do when nobody knows whether the release was made.
pub(crate) const LOOK: &str =
    "look in the vendor's console whether the release is there before you run this again";

/// Every id that came back, in the log too.
pub(crate) fn tell(how: &str, outputs: &Outputs) {
    let shown = outputs.iter().filter(|(_, value)| !value.is_structure());
    let shown: Vec<String> = shown.map(|(name, value)| format!("{name} `{}`", value.text())).collect();
    tracing::info!("{how}: {}", shown.join(", "));
}
