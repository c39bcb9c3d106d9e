//! The way of one release, from what was there before it to its end, and what is known on the way.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use crate::cloud::client::Session;
use crate::error::{Error, Failed, Kind, Released, Signal};
use crate::http::transport::Exchange;
use crate::input::common::Rules;
use crate::operation::{Answered, Known, Observation, Operation};
use crate::output::Outputs;
use crate::process::signal::Interrupts;
use crate::release::preflight;
use crate::release::retry::Patience;
use crate::release::submit;
use crate::release::wait;

/// One release and everything that it needs on its way.
pub struct Course<'a, X> {
    /// What is released.
    pub operation: &'a dyn Operation,
    /// The way to the cloud.
    pub session: &'a Session<X>,
    /// How to go about it.
    pub rules: &'a Rules,
    /// The call, for people.
    pub title: &'a str,
    /// Chance, for pauses.
    pub chance: fastrand::Rng,
    /// Writes the outputs down once the release is known to have landed, so that nothing that happens later loses its ids.
    pub keep: &'a mut dyn FnMut(&Outputs),
    /// How long the server, which had too much to do, was left alone last.
    pub pushed_back: Duration,
    /// What is known of it.
    pub known: Known,
    /// Whether it was made, as far as is known.
    pub released: Released,
    /// The outputs so far.
    pub outputs: Outputs,
}

/// How a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The release was accepted, or found; nobody waited for its end.
    Submitted,
    /// It is done.
    Succeeded,
}

impl Outcome {
    /// The output `release_outcome`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Succeeded => "succeeded",
        }
    }
}

impl<X: Exchange> Course<'_, X> {
    /// Goes the whole way.
    pub async fn run(&mut self, signals: &mut impl Interrupts) -> Result<Outcome, Error> {
        let looked = signals.unless(preflight::look(self)).await;
        let found = looked.map_err(|signal| self.cancelled(signal))??;
        let seen = match preflight::decide(self, found)? {
            Some(there) => Some(there),
            None => submit::release(self, signals).await?,
        };
        if self.rules.wait || self.rules.resume {
            (self.keep)(&self.outputs);
        }
        let waited = signals.unless(wait::wait(self, seen)).await;
        waited.map_err(|signal| self.cancelled(signal))?
    }

    /// Asks once how far the release is.
    pub(crate) async fn observe(&self, answers: &mut Vec<Answered>) -> Result<Observation, Failed> {
        let limits = self.rules.of_query();
        self.session.ask(answers, limits, |answers| self.operation.observe(&self.known, answers)).await
    }

    /// Pauses before a failed exchange is repeated; not if that is of no use, or too late.
    pub(crate) async fn pause(&mut self, patience: &mut Patience, failed: &Failed) -> bool {
        let pause = if failed.is_lasting { None } else { patience.pause(failed.retry_after) };
        let Some(pause) = pause else { return false };
        if failed.is_push_back() {
            self.pushed_back = pause;
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

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// Every id that came back, in the log too.
pub(crate) fn tell(how: &str, outputs: &Outputs) {
    let shown = outputs.iter().filter(|(_, value)| !value.is_structure());
    let shown: Vec<String> = shown.map(|(name, value)| format!("{name} `{}`", value.text())).collect();
    tracing::info!("{how}: {}", shown.join(", "));
}
