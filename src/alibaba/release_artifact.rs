//! Compute Nest `ReleaseArtifact`, version 2021-05-21: releases the draft of an artifact.
//!
//! Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-releaseartifact>

use serde::Deserialize;
use serde_json::Value;

use super::services::COMPUTE_NEST;
use super::{Alibaba, call};
use crate::cloud::query::{Ask, QueryResult, Responses};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Ascii, Digits, Text};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Idempotency, Known, Observation, Operation, Progress, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "release_artifact",
    api_name: "ReleaseArtifact",
    about: "release the draft of a Compute Nest artifact",
    cloud: &Alibaba,
    service: &COMPUTE_NEST,
    #[rustfmt::skip]
    inputs: &[
        Input::required("artifact_id", Text(256), "the id of the artifact, such as `artifact-9feded91880e4c78`"),
        Input::optional("artifact_name", Text(256), "the name of the artifact, instead of its id").planned(),
        Input::optional("client_token", Ascii(64),
            "makes a repeated call the same call; `ci-run`: the same in each attempt of this CI job").generated().when_calling(),
        Input::optional("previous_version", Digits(18),
            "the highest version before the release, with `resume` or `if_released`: only one above it counts"),
    ],
    outputs: &[
        Output("ArtifactId", "the artifact's id"),
        Output("ArtifactType", "the artifact's type"),
        Output("ArtifactVersion", "the version, `draft` right after the call"),
        Output("VersionName", "the version's name"),
        Output("Status", "the version's status"),
        Output("client_token", "the token that makes a repetition the same call"),
        Output("previous_version", "the highest version before the call, `0` for none"),
    ],
    build: build::<ReleaseArtifact>,
};

/// How many versions above the one before the call are looked at, the highest ones.
const MOST_VERSIONS: u64 = 9;

/// The request's parameters.
#[derive(Debug, Deserialize)]
pub struct ReleaseArtifact {
    /// `ArtifactId`: the artifact whose draft is released.
    artifact_id: String,
    /// `ClientToken`: the same call with the same token has one effect. At most 64 ASCII characters.
    client_token: String,
    /// `MaxVersion` before the release, as an earlier run saw it.
    previous_version: Option<u64>,
}

impl Operation for ReleaseArtifact {
    /// Parameters go into the query; the body is empty.
    fn release(&self, _known: &Known) -> Request {
        self.call("ReleaseArtifact", Some(("ClientToken", self.client_token.clone())))
    }

    /// `{"RequestId", "ArtifactId", "ArtifactType", "VersionName", "ArtifactVersion": "draft", "Status", …}`
    fn released(&self, _known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear> {
        let outputs = outputs(&reply.body);
        if outputs.is_empty() {
            return Err(Unclear::nothing("the answer does not name the artifact"));
        }
        Ok(outputs)
    }

    /// The draft lives until the release is done and is a numbered version then, or it is one at once: the vendor does
    /// not say which. Only a version above the one before the call is this release.
    ///
    /// Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-getartifact>
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask> {
        let draft = match answers.to(|| self.get("draft".to_owned()))? {
            Ok(reply) if is_odd(reply) => return Ok(odd()),
            Ok(reply) => Some(&reply.body),
            Err(refusal) if is(refusal, "EntityNotExist.ArtifactVersion") => None,
            Err(refusal) => return Ok(self.refused(known, refusal)),
        };
        let draft_before = known.before.as_deref().and_then(draft_of);
        // A newer version goes before the draft, which may be somebody's next one.
        let newer =
            draft.and_then(max_version).is_some_and(|highest| highest > self.base(known, true, highest));
        if let Some(draft) = draft.filter(|draft| !newer && has_moved(draft, draft_before)) {
            if known.released.is_none() && draft_before.is_some_and(is_under_way) {
                return Ok(Observation::Ambiguous(
                    "a release of the draft was under way before the call".into(),
                ));
            }
            if known.before.is_some() || known.earlier != ExistingRelease::Ignore {
                return Ok(observed(draft));
            }
        }
        let mut latest = None;
        let highest = match draft.and_then(max_version) {
            Some(highest) => highest,
            None => match answers.to(|| self.call("GetArtifact", None))? {
                Ok(reply) if is_odd(reply) => return Ok(odd()),
                Ok(reply) => {
                    latest = Some(&reply.body);
                    max_version(&reply.body).unwrap_or_default()
                }
                Err(refusal) if is(refusal, "EntityNotExist.ArtifactVersion") => 0,
                Err(refusal) => return Ok(self.refused(known, refusal)),
            },
        };
        let first = self.base(known, draft.is_some(), highest).saturating_add(1);
        if highest > first && known.released.is_none() && known.before.is_some() {
            let seen = format!("there are several new versions, `{first}` to `{highest}`");
            return Ok(Observation::Ambiguous(seen));
        }
        for version in first.max(highest.saturating_sub(MOST_VERSIONS))..=highest {
            let number = version.to_string();
            let build = match latest
                .filter(|latest| outputs(latest).get("ArtifactVersion").as_ref() == Some(&number))
            {
                Some(latest) => latest,
                None => match answers.to(|| self.get(number))? {
                    Ok(reply) if is_odd(reply) => return Ok(odd()),
                    Ok(reply) => &reply.body,
                    Err(refusal) => return Ok(self.refused(known, refusal)),
                },
            };
            if version == highest || is_ours(known, build) {
                return Ok(observed(build));
            }
        }
        Ok(match known.released {
            None => Observation::NotThere,
            Some(_) => {
                Observation::Pending(Progress::new(draft.map_or("no draft", status), Outputs::default()))
            }
        })
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn known_before(&self, before: Option<&[QueryResult]>) -> Outputs {
        let mut outputs = Outputs::from([("client_token", self.client_token.as_str())]);
        let version = before.and_then(highest_of).or(self.previous_version);
        outputs.set("previous_version", version.map(|version| version.to_string()).unwrap_or_default());
        outputs
    }
}

impl ReleaseArtifact {
    fn call(&self, action: &'static str, parameter: Option<(&'static str, String)>) -> Request {
        let mut request = call(action, "2021-05-21");
        request.query = vec![("ArtifactId", self.artifact_id.clone())];
        request.query.extend(parameter);
        request
    }

    fn get(&self, version: String) -> Request {
        self.call("GetArtifact", Some(("ArtifactVersion", version)))
    }

    /// The version above which this release is looked for.
    fn base(&self, known: &Known, has_draft: bool, highest: u64) -> u64 {
        match (known.before.as_deref().and_then(highest_of), known.earlier) {
            // A call that was accepted though there was no draft repeated the release of an earlier run.
            (Some(before), _) if known.released.is_some() && !had_draft(known) => before.saturating_sub(1),
            (Some(before), _) => before,
            (None, ExistingRelease::Ignore) => highest,
            // Without a draft that waits for its release, the highest version is the one that was released last.
            (None, _) => self.previous_version.unwrap_or(highest.saturating_sub(u64::from(!has_draft))),
        }
    }

    fn refused(&self, known: &Known, refusal: &ApiError) -> Observation {
        if !is(refusal, "EntityNotExist.Artifact") {
            return Observation::Unclear(refusal.to_string());
        }
        if known.released.is_none() {
            return Observation::NotThere;
        }
        if known.ended.iter().any(|item| item.id == self.artifact_id) {
            let reason = "the artifact was deleted".to_owned();
            return Observation::Failed { reason, outputs: Outputs::default() };
        }
        let gone = vec![self.artifact_id.clone()];
        Observation::Pending(Progress { gone, ..Progress::new("no artifact", Outputs::default()) })
    }
}

/// An answer that names no artifact does not say that there is nothing.
fn is_odd(reply: &ApiResponse) -> bool {
    reply.body.get("ArtifactId").is_none()
}

fn odd() -> Observation {
    Observation::Unclear("the answer does not name the artifact".to_owned())
}

fn is(refusal: &ApiError, code: &str) -> bool {
    refusal.code.as_deref() == Some(code)
}

fn status(build: &Value) -> &str {
    build.get("Status").and_then(Value::as_str).unwrap_or("Created")
}

/// `Created` waits for its release. The vendor documents `Scanning`, `Delivering`, `Available`, `ScanFailed` and
/// `Deleted`; its own tool knows `CreateFailed` too.
fn is_under_way(build: &Value) -> bool {
    let status = status(build);
    !["Created", "Available", "Deleted"].contains(&status) && !status.ends_with("Failed")
}

/// A number in one answer, a text in the other.
fn max_version(artifact: &Value) -> Option<u64> {
    as_text(artifact.get("MaxVersion")?)?.parse().ok()
}

fn had_draft(known: &Known) -> bool {
    known.before.as_deref().is_some_and(|answers| draft_of(answers).is_some())
}

/// The draft as the answers show it.
fn draft_of(answers: &[QueryResult]) -> Option<&Value> {
    let draft = answers.first()?.as_ref().ok()?;
    Some(&draft.body)
}

/// The highest version as the answers show it, 0 for none.
fn highest_of(answers: &[QueryResult]) -> Option<u64> {
    let mut replies = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let highest = replies.find_map(|reply| max_version(&reply.body));
    highest.or((answers.len() > 1).then_some(0))
}

/// Whether a draft has been released since it looked like this. One that failed to be released may be released again.
fn has_moved(draft: &Value, before: Option<&Value>) -> bool {
    let looks = |draft| (status(draft), draft.get("GmtModified").and_then(as_text));
    status(draft) != "Created" && before.is_none_or(|before| looks(before) != looks(draft))
}

/// Whether a version is the one that the call's answer named.
fn is_ours(known: &Known, version: &Value) -> bool {
    let name = known.released.as_ref().and_then(|released| released.get("VersionName"));
    name.is_none() || name == version.get("VersionName").and_then(as_text)
}

fn observed(build: &Value) -> Observation {
    let (status, outputs) = (status(build), outputs(build));
    if status == "Available" {
        return Observation::Done(outputs);
    }
    if is_under_way(build) || status == "Created" {
        return Observation::Pending(Progress::new(status, outputs));
    }
    let detail = build.get("StatusDetail").and_then(Value::as_str).unwrap_or_default();
    let reason = if detail.is_empty() { format!("`{status}`") } else { format!("`{status}`: {detail}") };
    Observation::Failed { reason, outputs }
}

fn outputs(build: &Value) -> Outputs {
    let mut outputs = Outputs::default();
    outputs.copy(build, &["ArtifactId", "ArtifactType", "ArtifactVersion", "VersionName", "Status"]);
    outputs
}
