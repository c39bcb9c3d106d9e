//! What a run reports: collected on the way, written to every place at its beginning, around the call, and at its end.

use jiff::Timestamp;

use super::destinations::{Destinations, WriteErrors, after_the_call, before_the_call};
use super::earlier_run::{self, EarlierRun};
use super::journal::Journal;
use super::{Ci, RunSummary};
use crate::error::{Error, InvalidInput, Outcome, Released, exit};
use crate::input::Values;
use crate::output::write::{Effect, carry_out};
use crate::output::{self, Outputs};
use crate::process::env::Env;
use crate::process::log::Warnings;
use crate::text::redact::Redactor;

/// The outputs so far, and where they go.
pub struct Report {
    /// The outputs of the operation.
    pub outputs: Outputs,
    /// What tells this release from another, once its inputs are known.
    pub release_hash: Option<String>,
    ci: &'static dyn Ci,
    destinations: Destinations,
    operation: Option<&'static str>,
    begun: bool,
    /// Whether a release call was announced.
    calls: bool,
    /// Whether the CI runs this job once more.
    is_rerun: bool,
    /// Earlier runs that may have made a release, by the files that they left.
    earlier: Vec<EarlierRun>,
    outcome: Outcome,
    started_at: Timestamp,
    ended_at: Timestamp,
    redactor: Redactor,
    warnings: Warnings,
}

impl Report {
    /// The report of a run that begins now.
    #[must_use]
    pub fn new(env: &Env, redactor: &Redactor, warnings: Warnings) -> Self {
        Self {
            outputs: Outputs::default(),
            release_hash: None,
            ci: super::select(env, None),
            destinations: Destinations::default(),
            operation: None,
            begun: false,
            calls: false,
            is_rerun: false,
            earlier: Vec::new(),
            outcome: Outcome::NotReleased,
            started_at: Timestamp::now(),
            ended_at: Timestamp::now(),
            redactor: redactor.clone(),
            warnings,
        }
    }

    /// Learns from the inputs which CI it is and where outputs go, and reads what an earlier run left there. Even a run
    /// that ends here is reported there.
    pub fn set_up(
        &mut self,
        env: &Env,
        operation: Option<&'static str>,
        values: &Values,
    ) -> Result<(), InvalidInput> {
        self.operation = operation;
        self.ci = super::select(env, values.get("ci"));
        self.is_rerun = self.ci.is_rerun(env);
        let (destinations, fault) = Destinations::new(self.ci, env, values);
        self.earlier = earlier_run::read_all(&destinations);
        self.destinations = destinations;
        fault
    }

    /// The CI that it is for.
    #[must_use]
    pub fn ci(&self) -> &'static dyn Ci {
        self.ci
    }

    /// Opens every place, replacing what an earlier run left there, and shows people what begins. Files say `no` from
    /// here on; a file that is another's too gets nothing yet.
    pub fn begin(&mut self, title: &str) -> Result<(), Error> {
        self.begun = true;
        if self.is_second_attempt() {
            tracing::debug!("this is a second attempt: an earlier run may have made this release");
        }
        let _ = carry_out(&self.ci.begin(&self.redactor.redact(title), Timestamp::now()));
        let first = self.so_far(&self.outputs, Released::No, Outcome::NotReleased);
        let failed = self.destinations.open(&first);
        // What cannot be opened now is not tried again.
        self.destinations.give_up(&failed);
        before_the_call(&failed, "nothing was sent")
    }

    /// Writes everything and returns the exit status.
    pub fn end(mut self, ended: Result<Outcome, Error>) -> u8 {
        let (outcome, mut error) = match ended {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Submitted, Some(error)),
        };
        self.outcome = outcome;
        self.ended_at = Timestamp::now();
        let all = self.all(error.as_ref());
        let mut failed = self.destinations.write(&all);
        let mut outputs = self.without(&failed, &mut error);
        if self.ci.prints_result() {
            let unsaid = carry_out(&[Effect::Stdout(output::result(&outputs))]);
            outputs = self.without(&unsaid, &mut error);
            failed.extend(unsaid);
        }
        if !failed.is_empty() {
            tracing::error!("result: {}", output::result(&outputs));
        }
        self.show(error.as_ref());
        error.map_or(exit::DONE, |error| error.kind.exit_status())
    }

    /// The outputs after some places could not be written: where all went well but for that, it is the error, and the
    /// other places say so.
    fn without(&mut self, failed: &WriteErrors, error: &mut Option<Error>) -> Outputs {
        self.destinations.give_up(failed);
        if error.is_some() {
            for (path, reason) in failed {
                tracing::warn!("the outputs could not be written to `{}`: {reason}", path.display());
            }
        } else if !failed.is_empty() {
            *error = Some(after_the_call(failed));
            let all = self.all(error.as_ref());
            let _ = self.destinations.write(&all);
        }
        self.all(error.as_ref())
    }

    /// For people.
    fn show(&self, error: Option<&Error>) {
        let warnings = self.warnings.so_far();
        let message = error.map(|error| self.redactor.redact(&error.to_string()).into_owned());
        let ending = RunSummary {
            operation: self.operation,
            begun: self.begun,
            error: message.as_deref(),
            warnings: &warnings,
            now: Timestamp::now(),
        };
        // Outputs are more than their announcement: a stream that is closed is no reason to lose them.
        let _ = carry_out(&self.ci.end(&ending));
        if let (Some(message), false) = (message, self.ci.annotates()) {
            tracing::error!("{message}");
        }
    }

    /// Every output of the run, those of the operation first.
    fn all(&self, error: Option<&Error>) -> Outputs {
        let (released, outcome) = match error {
            None => (self.outcome.released(), self.outcome),
            Some(error) => (error.released, error.kind.outcome().unwrap_or(self.outcome)),
        };
        let mut outputs = self.so_far(&self.outputs, released, outcome);
        let status = error.map_or(exit::DONE, |error| error.kind.exit_status());
        outputs.set_json("exit_status", status.into());
        outputs.set("ended_at", time(self.ended_at));
        if let Some(error) = error {
            outputs.set("error_code", self.redactor.redact(error.code()));
            outputs.set("error_message", self.redactor.redact(&error.one_line()));
            outputs.set_in_result("error", self.redactor.redact_json(error.to_json()));
        }
        outputs
    }

    /// What is known by now, those of the operation first.
    fn so_far(&self, outputs: &Outputs, released: Released, outcome: Outcome) -> Outputs {
        let mut so_far = outputs.redacted(&self.redactor);
        if !self.calls {
            so_far.remove("client_token");
        }
        so_far.set("operation", self.operation.unwrap_or_default());
        so_far.set("released", released.as_str());
        so_far.set("release_hash", self.release_hash.clone().unwrap_or_default());
        so_far.set("release_outcome", outcome.as_str());
        so_far.set("started_at", time(self.started_at));
        if let (Released::No, Some(earlier)) = (released, self.earlier_of_this_release()) {
            so_far.set_in_result("earlier_run", earlier.to_json());
        }
        so_far
    }

    /// The earlier run that may have made what this run is to release, or any as long as that is not known.
    fn earlier_of_this_release(&self) -> Option<&EarlierRun> {
        let hash = self.release_hash.as_ref();
        self.earlier.iter().find(|earlier| hash.is_none_or(|hash| earlier.is_of(hash)))
    }
}

impl Journal for Report {
    fn before_call(&mut self, outputs: &Outputs) -> Result<(), Error> {
        if self.calls {
            return Ok(());
        }
        self.calls = true;
        let so_far = self.so_far(outputs, Released::Unknown, Outcome::Unknown);
        let failed = self.destinations.write(&so_far);
        // What could not be written is tried again at the end, where it says that nothing was released.
        self.calls = failed.is_empty();
        before_the_call(&failed, "no release call was sent")
    }

    fn released(&mut self, outputs: &Outputs) {
        let so_far = self.so_far(outputs, Released::Yes, Outcome::Submitted);
        let _ = self.destinations.write(&so_far);
    }

    fn is_second_attempt(&self) -> bool {
        self.is_rerun || (self.release_hash.is_some() && self.earlier_of_this_release().is_some())
    }
}

/// RFC 3339, UTC, whole seconds.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
