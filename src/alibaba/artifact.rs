//! A draft or a version of a Compute Nest artifact, as the answers show it.

use serde_json::Value;

use crate::cloud::query::{QueryResult, Stop};
use crate::http::ApiResponse;
use crate::operation::{State, Status};
use crate::output::{Outputs, as_text};

/// An answer that names no artifact does not say that there is nothing.
pub(super) fn named(response: &ApiResponse) -> Result<&Value, Stop> {
    if response.body.get("ArtifactId").is_none() {
        return Err(Stop::Unclear("the answer does not name the artifact".to_owned()));
    }
    Ok(&response.body)
}

/// `Status` of a draft or a version.
pub(super) fn status(build: &Value) -> &str {
    build.get("Status").and_then(Value::as_str).unwrap_or("Created")
}

/// `VersionName`, chosen by its author.
pub(super) fn version_name(build: &Value) -> Option<String> {
    build.get("VersionName").and_then(as_text).filter(|name| !name.is_empty())
}

/// `Created` waits for its release. The vendor documents `Scanning`, `Delivering`, `Available`, `ScanFailed` and
/// `Deleted`; its own tool knows `CreateFailed` too.
pub(super) fn is_under_way(build: &Value) -> bool {
    let status = status(build);
    !["Created", "Available", "Deleted"].contains(&status) && !status.ends_with("Failed")
}

/// Whether something has been made of a draft.
pub(super) fn is_released(draft: &Value) -> bool {
    status(draft) != "Created"
}

/// A number in one answer, a text in the other.
pub(super) fn max_version(artifact: &Value) -> Option<u64> {
    as_text(artifact.get("MaxVersion")?)?.parse().ok()
}

/// The draft as the answers show it.
pub(super) fn draft_of(responses: &[QueryResult]) -> Option<&Value> {
    let draft = responses.first()?.as_ref().ok()?;
    Some(&draft.body)
}

/// The highest version as the answers show it, 0 for none.
pub(super) fn highest_of(responses: &[QueryResult]) -> Option<u64> {
    let mut replies = responses.iter().filter_map(|response| response.as_ref().ok());
    let highest = replies.find_map(|response| max_version(&response.body));
    highest.or((responses.len() > 1).then_some(0))
}

/// Whether a draft has been released since it looked like this. One that failed to be released may be released again.
pub(super) fn has_moved(draft: &Value, before: Option<&Value>) -> bool {
    let looks = |draft| (status(draft), draft.get("GmtModified").and_then(as_text));
    status(draft) != "Created" && before.is_none_or(|before| looks(before) != looks(draft))
}

/// How far a draft or a version is.
pub(super) fn observed(build: &Value) -> Status {
    let (state, outputs) = (status(build), outputs(build));
    let number = outputs.get("ArtifactVersion").filter(|number| number != "draft");
    let known_by = match (number, outputs.get("VersionName")) {
        (Some(number), Some(name)) => Some(format!("version {number}, `{name}`")),
        (Some(one), None) | (None, Some(one)) => Some(format!("version `{one}`")),
        (None, None) => None,
    };
    if state == "Available" {
        return Status { known_by, ..Status::new(State::Succeeded, outputs) };
    }
    if is_under_way(build) || state == "Created" {
        return Status { known_by, ..Status::in_progress(state, outputs) };
    }
    let detail = build.get("StatusDetail").and_then(Value::as_str).unwrap_or_default();
    let reason = if detail.is_empty() { format!("`{state}`") } else { format!("`{state}`: {detail}") };
    Status { known_by, ..Status::new(State::Failed(reason), outputs) }
}

/// What a draft or a version gives to the next step.
pub(super) fn outputs(build: &Value) -> Outputs {
    let mut outputs = Outputs::default();
    outputs.copy(build, &["ArtifactId", "ArtifactType", "ArtifactVersion", "VersionName", "Status"]);
    outputs
}
