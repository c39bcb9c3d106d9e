//! What a run has to tell: collected on the way, written to every place at its beginning and at its end.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::ci::earlier_run::{self, EarlierRun};
use crate::ci::journal::Journal;
use crate::ci::{self, Ci, Destination, RunSummary};
use crate::error::InvalidInput;
use crate::error::Outcome;
use crate::error::{Error, Kind, Released, exit};
use crate::input::Values;
use crate::output::write::{Effect, carry_out};
use crate::output::{self, Outputs};
use crate::process::env::Env;
use crate::process::log::Warnings;
use crate::process::random;
use crate::text::redact::Redactor;

/// The outputs so far, and where they go.
pub struct Report {
    /// The outputs of the operation.
    pub outputs: Outputs,
    ci: &'static dyn Ci,
    destinations: Vec<Destination>,
    prefix: String,
    operation: Option<&'static str>,
    begun: bool,
    /// Whether the release call was announced.
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
            ci: ci::select(env, None),
            destinations: Vec::new(),
            prefix: String::new(),
            operation: None,
            begun: false,
            calls: false,
            is_rerun: false,
            earlier: Vec::new(),
            outcome: Outcome::Submitted,
            started_at: Timestamp::now(),
            ended_at: Timestamp::now(),
            redactor: redactor.clone(),
            warnings,
        }
    }

    /// Learns from the inputs which CI it is and where outputs go. Even a run that ends here is reported there.
    pub fn set_up(
        &mut self,
        env: &Env,
        operation: Option<&'static str>,
        values: &Values,
    ) -> Result<(), InvalidInput> {
        self.operation = operation;
        self.ci = ci::select(env, values.get("ci"));
        values.get("output_prefix").unwrap_or_default().clone_into(&mut self.prefix);
        let destinations = self.ci.destinations(env, values.get("output_file")).and_then(each_once);
        self.destinations =
            destinations.clone().or_else(|_| self.ci.destinations(env, None)).unwrap_or_default();
        self.is_rerun = self.ci.is_rerun(env);
        let earlier = |place: &Destination| earlier_run::read(place, &self.prefix);
        self.earlier = self.destinations.iter().filter_map(earlier).collect();
        destinations.map(|_| ())
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
        let _ = carry_out(&self.ci.begin(&self.redactor.redact(title), Timestamp::now()));
        let failed = self.write(&self.so_far(&self.outputs, Released::No, "not_released"), true);
        // What cannot be opened now is not tried again.
        self.destinations.retain(|place| !is_among(&failed, place));
        nothing_sent(&failed)
    }

    /// What is known by now, before the end.
    fn so_far(&self, outputs: &Outputs, released: Released, outcome: &str) -> Outputs {
        let mut so_far = outputs.redacted(&self.redactor);
        so_far.extend(self.common(released, outcome));
        so_far.set("started_at", time(self.started_at));
        so_far
    }

    /// Writes everything and returns the exit status.
    pub fn end(mut self, ended: Result<Outcome, Error>) -> u8 {
        let (outcome, mut error) = match ended {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Submitted, Some(error)),
        };
        self.outcome = outcome;
        self.ended_at = Timestamp::now();
        let mut lost = self.write(&self.all(error.as_ref()), false);
        let mut outputs = self.all_but(&lost, &mut error);
        if self.ci.prints_result() {
            let unsaid = carry_out(&[Effect::Stdout(output::result(&outputs))]);
            outputs = self.all_but(&unsaid, &mut error);
            lost.extend(unsaid);
        }
        if !lost.is_empty() {
            tracing::error!("result: {}", output::result(&outputs));
        }
        self.show(error.as_ref());
        error.map_or(exit::DONE, |error| error.kind.exit_status())
    }

    /// The outputs after some destinations were lost: where all went well but for that, it is the error, and the other destinations
    /// are told.
    fn all_but(&mut self, lost: &Lost, error: &mut Option<Error>) -> Outputs {
        self.destinations.retain(|place| !is_among(lost, place));
        if error.is_some() {
            for (path, reason) in lost {
                tracing::warn!("the outputs could not be written to `{}`: {reason}", path.display());
            }
        } else if !lost.is_empty() {
            *error = Some(not_written(lost));
            self.write(&self.all(error.as_ref()), false);
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

    fn write(&self, outputs: &Outputs, first: bool) -> Lost {
        let token = format!("ghadelimiter_{}", random::token());
        let effects: Vec<Effect> = self
            .destinations
            .iter()
            .map(|place| {
                let rendered = place.format.render(outputs, &self.prefix, &token);
                for (name, reason) in rendered.left_out {
                    tracing::warn!("`{name}` is left out of `{}`: {reason}", place.path.display());
                }
                match (place.format.is_shared(), first) {
                    (true, true) => Effect::Append(place.path.clone(), String::new()),
                    (true, false) => Effect::Append(place.path.clone(), rendered.text),
                    (false, _) => Effect::Replace(place.path.clone(), rendered.text),
                }
            })
            .collect();
        carry_out(&effects)
    }

    /// Every output of the run, those of the operation first.
    fn all(&self, error: Option<&Error>) -> Outputs {
        let (released, outcome) = match error {
            None => (Released::Yes, self.outcome.as_str()),
            Some(error) => (error.released, error.kind.outcome().unwrap_or(self.outcome.as_str())),
        };
        let mut outputs = self.outputs.redacted(&self.redactor);
        outputs.extend(self.common(released, outcome));
        let status = error.map_or(exit::DONE, |error| error.kind.exit_status());
        outputs.set_json("exit_status", status.into());
        outputs.set("started_at", time(self.started_at));
        outputs.set("ended_at", time(self.ended_at));
        if let Some(error) = error {
            outputs.set("error_code", self.redactor.redact(error.code()));
            outputs.set("error_message", self.redactor.redact(&error.one_line()));
            outputs.set_in_result("error", self.redactor.redact_json(error.to_json()));
        }
        outputs
    }

    fn common(&self, released: Released, outcome: &str) -> Outputs {
        Outputs::from([
            ("operation", self.operation.unwrap_or_default()),
            ("released", released.as_str()),
            ("release_outcome", outcome),
        ])
    }
}

impl Journal for Report {
    fn before_call(&mut self, outputs: &Outputs) -> Result<(), Error> {
        if self.calls {
            return Ok(());
        }
        self.calls = true;
        let failed = self.write(&self.so_far(outputs, Released::Unknown, "unknown"), false);
        nothing_sent(&failed)
    }

    fn released(&mut self, outputs: &Outputs) {
        let _ = self.write(&self.so_far(outputs, Released::Yes, "submitted"), false);
    }

    fn is_second_attempt(&self) -> bool {
        let hash = self.outputs.get("release_hash");
        self.is_rerun || self.earlier.iter().any(|earlier| hash.is_some() && earlier.release_hash == hash)
    }
}

/// The error of places that cannot be written before the call.
fn nothing_sent(failed: &Lost) -> Result<(), Error> {
    let Some((path, error)) = failed.first() else { return Ok(()) };
    let what =
        format!("the outputs cannot be written to `{}`: {error}; no release call was sent", path.display());
    Err(Error::new(Kind::Inputs, what).with_hint("see whether the folder is there and may be written to"))
}

/// A file is one place only: a second format would replace the first.
fn each_once(destinations: Vec<Destination>) -> Result<Vec<Destination>, InvalidInput> {
    let resolved = |place: &Destination| place.path.canonicalize().unwrap_or_else(|_| place.path.clone());
    let mut once: Vec<Destination> = Vec::new();
    for place in destinations {
        match once.iter().find(|known| resolved(known) == resolved(&place)) {
            None => once.push(place),
            Some(known) if known.format == place.format => {}
            Some(_) => {
                let problem = "names the file that the CI's own outputs go to: give another one";
                return Err(InvalidInput::new("output_file", problem));
            }
        }
    }
    Ok(once)
}

/// Destinations that could not be written, with the reason.
type Lost = Vec<(PathBuf, io::Error)>;

fn is_among(lost: &Lost, place: &Destination) -> bool {
    lost.iter().any(|(path, _)| *path == place.path)
}

fn not_written(lost: &Lost) -> Error {
    let destinations: Vec<String> =
        lost.iter().map(|(path, reason)| format!("`{}`: {reason}", path.display())).collect();
    let what =
        format!("the release was accepted, but outputs could not be written to {}", destinations.join("; "));
    Error::new(Kind::Outputs, what).with_hint("do not run it again: take the outputs from the log")
}

/// RFC 3339, UTC, whole seconds.
fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
