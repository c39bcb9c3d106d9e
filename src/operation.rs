//! What an operation is: the vendor's request, and the reading of its answer.

use crate::http::{Reply, Request};
use crate::output::Outputs;

/// One release or deploy call of a vendor's API, with its parameters.
pub trait Operation {
    /// The call.
    fn release(&self) -> Request;

    /// Reads a successful answer into the outputs. An answer that does not say what a success says is unclear.
    fn released(&self, reply: &Reply) -> Result<Outputs, Unclear>;

    /// Outputs that are known before the answer.
    fn known_before(&self) -> Outputs {
        Outputs::default()
    }

    /// Whether the call is about several things, of which some may be done when it fails.
    fn is_batch(&self) -> bool {
        false
    }
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
