//! What an operation is: the vendor's request, the reading of its answer, and the question how far the release is.

pub mod release_hash;
pub mod spec;
mod status;

pub use status::{Item, Observation, Progress};

use crate::cloud::query::{Ask, QueryResult, Responses};
use crate::http::{ApiResponse, Request};
use crate::output::Outputs;

/// One release or deploy call of a vendor's API, with its parameters.
pub trait Operation {
    /// The call.
    fn release(&self, known: &Known) -> Request;

    /// Reads a successful answer into the outputs. An answer that does not say what a success says is unclear.
    fn released(&self, known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear>;

    /// How far the release is. Waiting, looking up a lost answer, and whether it is released already are this one
    /// question: a pure function from the answers so far to the next request, or to what they say together.
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask>;

    /// Whether the call may be sent again when nobody knows what became of the first.
    fn idempotency(&self) -> Idempotency {
        Idempotency::NonIdempotent
    }

    /// Outputs that are known before the call's answer, and before the first look too if there was none yet.
    fn known_before(&self, _before: Option<&[QueryResult]>) -> Outputs {
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
    /// The answers to the question before the call; none if it could not be asked.
    pub before: Option<Vec<QueryResult>>,
    /// What the call returned, or what was found of it; none as long as it is not known to have landed.
    pub released: Option<Outputs>,
    /// What a release that an earlier run made is to this one.
    pub earlier: ExistingRelease,
    /// Things of a batch that an earlier run released, and that this one leaves as they are.
    pub adopted: Vec<String>,
    /// Things of a batch that the call left out, with the reason.
    pub left_out: Vec<Item>,
    /// Things whose end has been seen.
    pub ended: Vec<Item>,
}

/// What a release that an earlier run made is to this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExistingRelease {
    /// Nothing: only what this run's call does counts.
    #[default]
    Ignore,
    /// As good as one of its own, unless it has failed.
    Adopt,
    /// The one to wait for, however it ends.
    Resume,
}

/// Whether a call may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// Always: the server knows it for the same call.
    Idempotent,
    /// While nothing of it is to be seen: it sets a state, and doing so twice changes nothing.
    Convergent,
    /// Only when it is certain that the first did nothing.
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

impl Unclear {
    /// An answer that says nothing of use.
    pub fn nothing(what: impl Into<String>) -> Self {
        Self { what: what.into(), outputs: Outputs::default() }
    }
}
