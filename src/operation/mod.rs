//! What an operation is: the vendor's request, the reading of its answer, and the question how far the release is.

use crate::error::Answer;
use crate::http::{Reply, Request};
use crate::output::Outputs;

/// One release or deploy call of a vendor's API, with its parameters.
pub trait Operation {
    /// The call.
    fn release(&self, known: &Known) -> Request;

    /// Reads a successful answer into the outputs. An answer that does not say what a success says is unclear.
    fn released(&self, known: &Known, reply: &Reply) -> Result<Outputs, Unclear>;

    /// How far the release is. Waiting, looking up a lost answer, and whether it is released already are this one
    /// question: a pure function from the answers so far to the next request, or to what they say together.
    fn observe(&self, known: &Known, answers: &mut Answers) -> Result<Observation, Ask>;

    /// Whether the call may be sent again when nobody knows what became of the first.
    fn repeat(&self) -> Repeat {
        Repeat::Once
    }

    /// Outputs that are known before the call's answer, and before the first look too if there was none yet.
    fn known_before(&self, _before: Option<&[Answered]>) -> Outputs {
        Outputs::default()
    }

    /// Whether the call is about several things, of which some may be done when it fails.
    fn is_batch(&self) -> bool {
        false
    }
}

/// What a query was answered with: a success, or the vendor's own no, which says something too.
pub type Answered = Result<Reply, Answer>;

/// The answers to a question so far, read one after the other.
pub struct Answers<'a>(std::slice::Iter<'a, Answered>);

/// What must be asked before more can be said.
#[derive(Debug)]
pub struct Ask(pub Request);

impl<'a> Answers<'a> {
    /// The answers, the first one next.
    #[must_use]
    pub fn new(answers: &'a [Answered]) -> Self {
        Self(answers.iter())
    }

    /// The answer to this request; if it is not there yet, the request is to be made.
    pub fn to(&mut self, request: impl FnOnce() -> Request) -> Result<&'a Answered, Ask> {
        self.0.next().ok_or_else(|| Ask(request()))
    }
}

/// What a run knows of its release.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The answers to the question before the call; none if it could not be asked.
    pub before: Option<Vec<Answered>>,
    /// What the call returned, or what was found of it; none as long as it is not known to have landed.
    pub released: Option<Outputs>,
    /// What a release that an earlier run made is to this one.
    pub earlier: Earlier,
    /// Things of a batch that an earlier run released, and that this one leaves as they are.
    pub adopted: Vec<String>,
    /// Things of a batch that the call left out, with the reason.
    pub left_out: Vec<Item>,
    /// Things whose end has been seen.
    pub ended: Vec<Item>,
}

/// What a release that an earlier run made is to this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing: only what this run's call does counts.
    #[default]
    Ignored,
    /// As good as one of its own, unless it has failed.
    Adopted,
    /// The one to wait for, however it ends.
    Resumed,
}

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

/// Whether a call may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Always: the server knows it for the same call.
    Harmless,
    /// While nothing of it is to be seen: it sets a state, and doing so twice changes nothing.
    WhileNotThere,
    /// Only when it is certain that the first did nothing.
    Once,
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
