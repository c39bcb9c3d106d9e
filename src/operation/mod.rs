//! What an operation is: the vendor's request, the reading of its answer, and the query that tells how far the release is.

pub mod release_hash;
pub mod spec;
mod status;

use jiff::Timestamp;

pub use status::{Item, Progress, State, Status};

use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::http::{ApiResponse, Request};
use crate::output::Outputs;

/// One release or deploy call of a vendor's API, with its parameters.
pub trait Operation {
    /// The call.
    fn release(&self, known: &Known) -> Request;

    /// Reads a successful answer into the outputs. An answer that does not say what a success says is unclear.
    fn released(&self, known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear>;

    /// How far the release is. Waiting, looking up a lost answer, and whether it is released already are this one
    /// question: a pure function from the answers so far to the next request, or to what they say together.
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop>;

    /// Whether the call may be sent again when its answer was lost.
    fn idempotency(&self) -> Idempotency;

    /// Whether a status query shows the release while it is under way. Where it does not, "not shown" says little.
    fn leaves_trace(&self) -> bool {
        true
    }

    /// What the call would do now, in a sentence, by what the status shows.
    fn preview(&self, baseline: &[QueryResult]) -> String;

    /// What the baseline shows to be wrong with the inputs, as the end of a sentence, with the input's name.
    fn refused_by_baseline(&self, _baseline: &[QueryResult]) -> Option<(&'static str, String)> {
        None
    }

    /// Outputs that are known before the call's answer, and before the first look too if there was none yet.
    fn initial_outputs(&self, _baseline: Option<&[QueryResult]>) -> Outputs {
        Outputs::default()
    }

    /// Whether the call is about several things, of which some may be done when it fails.
    fn is_batch(&self) -> bool {
        false
    }
}

/// What a run knows of its release.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The answers to the status query before the call; none if there is no baseline.
    pub baseline: Option<Vec<QueryResult>>,
    /// When the first call was sent, by the server's clock.
    pub called_at: Option<Timestamp>,
    /// What the call returned, or what was found of it; none as long as it is not known to have landed.
    pub released: Option<Outputs>,
    /// How a release that an earlier run made is treated.
    pub existing: ExistingRelease,
    /// Things of a batch that an earlier run released, and that this one leaves as they are.
    pub adopted: Vec<String>,
    /// Things of a batch that the call did not do, with the reason.
    pub skipped: Vec<Item>,
    /// Things whose end has been seen.
    pub finished: Vec<Item>,
    /// Things that the status has not shown, or not as this release made them, for `settle_time`.
    pub missing: Vec<Item>,
}

/// How a release that an earlier run made is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExistingRelease {
    /// It does not count: only what this run's call does.
    #[default]
    Ignore,
    /// It counts as this run's own, unless it has failed.
    Adopt,
    /// It is the one to wait for, however it ends.
    Resume,
}

/// Whether a call may be sent again when its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// Always: the server recognises the repetition by a token.
    Idempotent,
    /// While the status shows no third state: it sets a state, and doing so twice changes nothing.
    Convergent,
    /// Only when it is certain that the first had no effect.
    NonIdempotent,
}

/// An answer that leaves open whether the call did what it should.
#[derive(Debug)]
pub struct Unclear {
    /// What is missing in it.
    pub what: String,
    /// What it does say.
    pub outputs: Outputs,
}

impl Known {
    /// Whether a moment lies before the call by more than clocks and rounding explain. Unknown moments do not.
    #[must_use]
    pub fn is_before_call(&self, moment: Option<Timestamp>) -> bool {
        let (Some(moment), Some(called_at)) = (moment, self.called_at) else { return false };
        called_at.duration_since(moment) > TOLERANCE
    }
}

/// How far apart the server's clocks may be: that of its front end, and that of its back end.
const TOLERANCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl Unclear {
    /// An answer that says nothing of use.
    pub fn nothing(what: impl Into<String>) -> Self {
        Self { what: what.into(), outputs: Outputs::default() }
    }
}
