//! How far a release is.

use crate::output::Outputs;

/// What the status query says of a release.
#[derive(Clone, Debug)]
pub struct Status {
    /// How far it is.
    pub state: State,
    /// What the status says of it.
    pub outputs: Outputs,
    /// What people know it by: its version, or when it was made.
    pub known_by: Option<String>,
    /// What was passed over, and why: a warning each.
    pub notes: Vec<String>,
}

/// How far a release is.
#[derive(Clone, Debug)]
pub enum State {
    /// Nothing of it is shown.
    NotFound,
    /// What was asked for was there before the call and looks as it did, so that the call's own effect could not be seen:
    /// what is there.
    Unchanged(String),
    /// Some things of a batch are there, the others are not.
    Partial {
        /// The ids of those that are.
        found: Vec<String>,
        /// The ids of the others.
        missing: Vec<String>,
    },
    /// It is under way.
    InProgress(Progress),
    /// It has succeeded.
    Succeeded,
    /// It has failed in the cloud, for this reason.
    Failed(String),
    /// Something is there that may or may not be this release: what was seen.
    Ambiguous(String),
}

/// A release under way.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The state, in the vendor's words.
    pub state: String,
    /// Things that have ended, to be remembered.
    pub finished: Vec<Item>,
    /// Things that are not shown, or not as this release made them, each with how it has failed if it stays so.
    pub missing: Vec<Item>,
    /// Whether a person's approval is awaited.
    pub awaits_person: bool,
    /// Who that is, as far as the API tells.
    pub waiting_for: Option<String>,
}

/// One thing of a release, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

impl Status {
    /// A status of which nothing else is known.
    #[must_use]
    pub fn new(state: State, outputs: Outputs) -> Self {
        Self { state, outputs, known_by: None, notes: Vec::new() }
    }

    /// Nothing of the release is shown.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(State::NotFound, Outputs::default())
    }

    /// A release in this state of the vendor's.
    pub fn in_progress(state: impl Into<String>, outputs: Outputs) -> Self {
        let progress = Progress { state: state.into(), ..Progress::default() };
        Self::new(State::InProgress(progress), outputs)
    }
}

impl Item {
    /// A thing that failed.
    pub fn failed(id: impl Into<String>, failure: impl Into<String>) -> Self {
        Self { id: id.into(), failure: Some(failure.into()) }
    }
}
