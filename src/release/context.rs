//! One release: its operation, its settings, and everything learned so far.

use std::time::Duration;

use tokio::time::Instant;

use super::decide::Reply;
use crate::ci::journal::Journal;
use crate::cloud::client::Client;
use crate::error::{CallError, ReleaseOrigin, Released};
use crate::input::settings::Settings;
use crate::operation::spec::OperationSpec;
use crate::operation::{Known, Operation};
use crate::output::Outputs;

/// One release and everything that it needs.
pub struct Release<'a> {
    /// The operation's line in the catalog.
    pub spec: &'static OperationSpec,
    /// The operation with its parameters.
    pub operation: &'a dyn Operation,
    /// Sends its requests.
    pub client: &'a Client,
    /// The common inputs that it goes by.
    pub settings: &'a Settings,
    /// The call, for people.
    pub title: &'a str,
    /// The source of jitter.
    pub rng: fastrand::Rng,
    /// Where it is written down how far the release is.
    pub journal: &'a mut dyn Journal,
    /// The last delay after an overload response; polling starts from it.
    pub overload_delay: Duration,
    /// What is known of it.
    pub known: Known,
    /// Whether it was made, as far as is known.
    pub released: Released,
    /// The outputs so far.
    pub outputs: Outputs,
}

impl Release<'_> {
    /// The release is there: what is known of it from the status is as good as the call's answer.
    pub(super) fn found(&mut self, outputs: &Outputs, origin: ReleaseOrigin) {
        self.released = Released::Yes;
        self.outputs.extend(outputs.clone());
        self.outputs.set("release_origin", origin.as_str());
        self.known.released = Some(self.outputs.clone());
    }

    /// Remembers how long an overloaded server is left alone.
    pub(super) fn note_delay(&mut self, failed: &CallError, delay: Duration) {
        if failed.is_overload() {
            self.overload_delay = delay;
        }
    }

    /// Whether the release is waited for.
    pub(super) fn waits(&self) -> bool {
        self.settings.wait || self.settings.resume
    }

    /// When waiting ends at the latest, counted from now.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.settings.wait_timeout
    }
}

/// One attempt of the call that was not accepted.
pub(super) struct Failure {
    /// What it is to the rule.
    pub(super) reply: Reply,
    /// What happened.
    pub(super) failed: CallError,
    /// The pause before the next attempt, if `retry_timeout` allows one.
    pub(super) delay: Option<Duration>,
}

/// Every id that came back, in the log too.
pub(super) fn log_outputs(how: &str, outputs: &Outputs) {
    let shown = outputs.iter().filter(|(_, value)| !value.is_structure());
    let shown: Vec<String> = shown.map(|(name, value)| format!("{name} `{}`", value.text())).collect();
    tracing::info!("{how}: {}", shown.join(", "));
}
