//! The files that outputs go to, and writing them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{Ci, Destination};
use crate::error::{Error, InvalidInput, Kind};
use crate::input::Values;
use crate::output::Outputs;
use crate::output::write::{Effect, carry_out};
use crate::process::env::Env;
use crate::process::random;

/// Set by `action.yml`, which declares its outputs by their names: a prefix would take them away.
const FIXED_NAMES: &str = "RELEASE_STEP_FIXED_OUTPUT_NAMES";

/// What could not be written, with the reason.
pub(super) type WriteErrors = Vec<(PathBuf, io::Error)>;

/// The files that outputs go to.
#[derive(Default)]
pub(super) struct Destinations {
    pub(super) places: Vec<Destination>,
    /// Put before every output's name.
    pub(super) prefix: String,
    /// Whether the CI's own outputs keep their names whatever the prefix.
    fixed_names: bool,
    /// What was reported as left out of a file.
    left_out: BTreeSet<(PathBuf, &'static str)>,
}

impl Destinations {
    /// The places of this CI and the one that the user named. Where that one is wrong, those of the CI alone.
    pub(super) fn new(ci: &dyn Ci, env: &Env, values: &Values) -> (Self, Result<(), InvalidInput>) {
        let places = ci.destinations(env, values.get("output_file")).and_then(each_once);
        let fault = places.as_ref().map(|_| ()).map_err(Clone::clone);
        let places = places.or_else(|_| ci.destinations(env, None)).unwrap_or_default();
        let prefix = values.get("output_prefix").unwrap_or_default().to_owned();
        let fixed_names = env.get(FIXED_NAMES) == Some("true");
        (Self { places, prefix, fixed_names, left_out: BTreeSet::new() }, fault)
    }

    /// Replaces what an earlier run left; a file that is another's too is only opened.
    pub(super) fn open(&mut self, outputs: &Outputs) -> WriteErrors {
        self.carry_out(outputs, true)
    }

    /// Writes the outputs to each place.
    pub(super) fn write(&mut self, outputs: &Outputs) -> WriteErrors {
        self.carry_out(outputs, false)
    }

    /// Gives up the places that could not be written.
    pub(super) fn give_up(&mut self, failed: &WriteErrors) {
        self.places.retain(|place| failed.iter().all(|(path, _)| *path != place.path));
    }

    fn carry_out(&mut self, outputs: &Outputs, first: bool) -> WriteErrors {
        let token = format!("ghadelimiter_{}", random::token());
        let mut effects = Vec::new();
        for place in &self.places {
            let is_declared = self.fixed_names && place.format.is_shared();
            let prefix = if is_declared { "" } else { &self.prefix };
            let rendered = place.format.render(outputs, prefix, &token);
            for (name, reason) in rendered.left_out {
                if self.left_out.insert((place.path.clone(), name)) {
                    tracing::warn!("`{name}` is left out of `{}`: {reason}", place.path.display());
                }
            }
            effects.push(match (place.format.is_shared(), first) {
                (true, true) => Effect::Append(place.path.clone(), String::new()),
                (true, false) => Effect::Append(place.path.clone(), rendered.text),
                (false, _) => Effect::Replace(place.path.clone(), rendered.text),
            });
        }
        carry_out(&effects)
    }
}

/// A file is one place only: a second format would replace the first.
fn each_once(destinations: Vec<Destination>) -> Result<Vec<Destination>, InvalidInput> {
    let mut once: Vec<Destination> = Vec::new();
    for place in destinations {
        match once.iter().find(|known| resolved(&known.path) == resolved(&place.path)) {
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

/// The one path of a file, which need not be there yet.
fn resolved(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Some(folder.unwrap_or(Path::new(".")).canonicalize().ok()?.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

/// The error of places that cannot be written before the call; `so_far` says what was not sent.
pub(super) fn before_the_call(failed: &WriteErrors, so_far: &str) -> Result<(), Error> {
    let Some((path, error)) = failed.first() else { return Ok(()) };
    let what = format!("the outputs cannot be written to `{}`: {error}; {so_far}", path.display());
    let hint = match error.kind() {
        io::ErrorKind::InvalidData => {
            "PowerShell 5 writes UTF-16 with `>` and `>>`: use `Out-File -Append -Encoding utf8` there"
        }
        io::ErrorKind::InvalidInput => "name an ordinary file",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room there, or give another `output_file`"
        }
        _ => "see whether the folder is there and may be written to",
    };
    Err(Error::new(Kind::Inputs, what).with_hint(hint))
}

/// The error of a release that was accepted and whose outputs could not be written.
pub(super) fn after_the_call(failed: &WriteErrors) -> Error {
    let failed: Vec<String> =
        failed.iter().map(|(path, reason)| format!("`{}`: {reason}", path.display())).collect();
    let what = format!("the release was accepted, but outputs could not be written to {}", failed.join("; "));
    Error::new(Kind::Outputs, what).with_hint("do not run it again: take the outputs from the log")
}
