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
    /// The status it was answered with.
    pub status: u16,
    /// Whether its signature, or its token, was found right.
    pub accepted: bool,
    /// The vendor's error code, where the answer is an error. `CodeArts` answers some of these with status 200.
    pub code: Option<String>,
    /// The id that the answer carries.
    pub request_id: String,
    /// The ids of what it released; see [`Effect::id`].
    pub released: Vec<String>,
}

/// One release that really happened. A repeated call that changes nothing has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The vendor's name of the API that caused it.
    pub operation: &'static str,
    /// What was released: the artifact's id, the routine's code revision, the id of the package created or deployed, or
    /// the plugin as `name@version`.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
}
