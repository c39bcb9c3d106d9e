//! What a sandbox remembers of the requests it has seen.

use jiff::Timestamp;

use crate::http::Request;

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When it came.
    pub at: Timestamp,
    /// The request itself, credentials included.
    pub request: Request,
    /// The vendor's name of the API, such as `ReleaseArtifact` or `DeployFactoryPackages`; of an unknown Huawei API, its path.
    pub operation: String,
    /// The status it was answered with; 0 where no answer was sent.
    pub status: u16,
    /// Whether its signature, or its token, was found right. It is not looked at where a fault comes first.
    pub accepted: bool,
    /// The vendor's error code, where the answer is an error. `CodeArts` answers some of these with status 200.
    pub code: Option<String>,
    /// The id that the answer carries.
    pub request_id: String,
    /// The ids of what it released; see [`Effect::id`].
    pub released: Vec<String>,
    /// The faults that were applied to it, in the words of [`crate::Fault`].
    pub faults: Vec<String>,
}

/// One release that really happened, or something that somebody else did. A repeated call that changes nothing has no
/// effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The vendor's name of the API that caused it, or could have: of somebody else's doing some has none.
    pub operation: &'static str,
    /// What was released: the artifact's id, the routine's code revision, the id of the package created or deployed, or
    /// the plugin as `name@version`.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// When the request came that it is the effect of: before [`Effect::at`] for one that takes effect late.
    pub called: Timestamp,
    /// Whose doing it was.
    pub by: By,
}

/// Whose doing an effect was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A request that was sent to the sandbox.
    Call,
    /// Somebody else, as an [`crate::Action`] said.
    Somebody,
}

impl Effect {
    pub(crate) fn of_call(operation: &'static str, id: impl Into<String>, at: Timestamp) -> Self {
        Self { operation, id: id.into(), at, called: at, by: By::Call }
    }
}
