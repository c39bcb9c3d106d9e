//! How far a release is.

use crate::output::Outputs;

/// One thing of a release, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// How far the release is.
#[derive(Clone, Debug)]
pub enum Observation {
    /// Nothing of it is to be seen.
    NotThere,
    /// Some things of a batch are there, the others are not.
    Partly {
        /// The ids of those that are.
        there: Vec<String>,
        /// The ids of the others.
        missing: Vec<String>,
        /// What the status says of those that are.
        outputs: Outputs,
    },
    /// It is under way.
    Pending(Progress),
    /// It is done.
    Done(Outputs),
    /// It has failed in the cloud.
    Failed {
        /// Why.
        reason: String,
        /// What the status says of it.
        outputs: Outputs,
    },
    /// It cannot be told which release is this one: what was seen.
    Ambiguous(String),
    /// The answers do not say it: what was seen. They may do so later.
    Unclear(String),
}

/// A release under way.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The state, in the vendor's words.
    pub state: String,
    /// What the status says of it.
    pub outputs: Outputs,
    /// Things that have ended, to be remembered.
    pub ended: Vec<Item>,
    /// Things that the status does not show, or not any more.
    pub gone: Vec<String>,
    /// Whether a person's approval is awaited.
    pub awaits_person: bool,
}

impl Progress {
    /// A release in this state.
    pub fn new(state: impl Into<String>, outputs: Outputs) -> Self {
        Self { state: state.into(), outputs, ..Self::default() }
    }
}
