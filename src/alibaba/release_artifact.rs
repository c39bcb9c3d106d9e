//! Compute Nest `ReleaseArtifact`, version 2021-05-21: releases the draft of an artifact.
//!
//! Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-releaseartifact>

use serde::Deserialize;
use serde_json::Value;

use super::artifact::{
    draft_of, has_moved, highest_of, is_released, is_under_way, max_version, named, observed, outputs,
    status, version_name,
};
use super::services::COMPUTE_NEST;
use super::{Alibaba, call};
use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Ascii, Digits, Text};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{
    ExistingRelease, Idempotency, Item, Known, Operation, Progress, State, Status, Unclear,
};
use crate::output::Outputs;
use crate::output::common::Output;
use crate::text::sanitize;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "release_artifact",
    api_name: "ReleaseArtifact",
    summary: "release the draft of a Compute Nest artifact",
    cloud: &Alibaba,
    service: &COMPUTE_NEST,
    status_api: "GetArtifact",
    permissions: &["computenestsupplier:ReleaseArtifact", "computenestsupplier:GetArtifact"],
    // The first delivery may have released the draft that the second one does not find, is not allowed to release while it
    // is scanned, or finds to be a version.
    done_already: &["EntityNotExist.ArtifactVersion", "EntityAlreadyExist*", "OperationDenied*"],
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

/// How many versions, the highest ones, are looked at for the one that the release became.
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
    fn released(&self, _known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear> {
        let outputs = outputs(&response.body);
        match outputs.get("ArtifactId") {
            Some(id) if id == self.artifact_id => Ok(outputs),
            Some(other) => {
                Err(Unclear::nothing(format!("the answer is about artifact `{}`", sanitize::line(&other))))
            }
            None => Err(Unclear { what: "the answer does not name the artifact".to_owned(), outputs }),
        }
    }

    /// The draft lives until the release is done and is a numbered version then, or it is one at once: the vendor does
    /// not say which. This release is the version that the call's answer named, else that of the draft before the call.
    ///
    /// Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-getartifact>
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop> {
        if let Some(number) = number_of(known) {
            return match responses.get(|| self.get(number))? {
                Ok(response) => Ok(observed(named(response)?)),
                Err(refusal) => self.refused(known, refusal),
            };
        }
        let draft = match responses.get(|| self.get("draft".to_owned()))? {
            Ok(response) => Some(named(response)?),
            Err(refusal) if is(refusal, "EntityNotExist.ArtifactVersion") => None,
            Err(refusal) => return self.refused(known, refusal),
        };
        if known.released.is_none() && known.baseline.is_none() {
            return self.existing(known, draft, responses);
        }
        self.ours(known, draft, responses)
    }

    fn preview(&self, baseline: &[QueryResult]) -> String {
        let id = &self.artifact_id;
        match (draft_of(baseline), highest_of(baseline).filter(|highest| *highest > 0)) {
            (Some(draft), _) => {
                let name = version_name(draft).map(|name| format!(" `{name}`")).unwrap_or_default();
                format!("would release draft{name} of `{id}`, which is `{}`", status(draft))
            }
            (None, Some(highest)) => {
                format!(
                    "`{id}` has no draft to release, its newest version is {highest}: the call would be refused"
                )
            }
            (None, None) => format!("`{id}` has no draft and no version: the call would be refused"),
        }
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Idempotent
    }

    fn initial_outputs(&self, baseline: Option<&[QueryResult]>) -> Outputs {
        let mut outputs = Outputs::from([("client_token", self.client_token.as_str())]);
        let version = baseline.and_then(highest_of).or(self.previous_version);
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

    /// What an earlier run, or somebody, has released. A draft that waits for its release has not been.
    fn existing<'a>(
        &self,
        known: &Known,
        draft: Option<&'a Value>,
        responses: &mut Responses<'a>,
    ) -> Result<Status, Stop> {
        let (highest, latest) = self.highest(known, draft, responses)?;
        let is_newer = self.previous_version.is_some_and(|previous| highest > previous);
        match draft {
            _ if known.existing == ExistingRelease::Ignore => Ok(Status::not_found()),
            // A newer version goes before the draft, which may be the next one.
            Some(draft) if !is_newer && status(draft) == "Created" => Ok(Status::not_found()),
            Some(draft) if !is_newer => Ok(observed(draft)),
            None if highest == 0 || self.previous_version.is_some() && !is_newer => Ok(Status::not_found()),
            _ => Ok(observed(self.version(highest, latest, responses)?)),
        }
    }

    /// This run's release, by the name of its version.
    fn ours<'a>(
        &self,
        known: &Known,
        draft: Option<&'a Value>,
        responses: &mut Responses<'a>,
    ) -> Result<Status, Stop> {
        let draft_before = known.baseline.as_deref().and_then(draft_of);
        let Some(name) = name_of(known).or_else(|| version_name(draft_before?)) else {
            return self.nameless(known, draft, responses);
        };
        if known.released.is_none() && draft_before.is_some_and(is_under_way) {
            let seen = "a release of the draft was under way before the call";
            return Ok(not_told(known, seen));
        }
        let draft_is_ours = draft.filter(|draft| version_name(draft).as_ref() == Some(&name));
        if let Some(draft) = draft_is_ours.filter(|draft| has_moved(draft, draft_before)) {
            return Ok(observed(draft));
        }
        let (highest, latest) = self.highest(known, draft, responses)?;
        let first = lowest(known, highest);
        let mut found = None;
        for number in (first.max(highest.saturating_sub(MOST_VERSIONS - 1))..=highest).rev() {
            let version = self.version(number, latest, responses)?;
            if version_name(version).as_ref() != Some(&name) {
                continue;
            }
            if found.is_some() && known.released.is_none() {
                let seen = format!("several new versions are named `{name}`");
                return Ok(not_told(known, &seen));
            }
            found = found.or(Some(version));
        }
        match found {
            Some(version) => Ok(observed(version)),
            None if highest.saturating_sub(first) >= MOST_VERSIONS => {
                Err(Stop::Unclear(format!("there are more than {MOST_VERSIONS} new versions")))
            }
            None if known.released.is_none() => Ok(Status::not_found()),
            None => {
                let state = draft_is_ours.map_or("not shown yet", status);
                Ok(Status::in_progress(format!("version `{name}`: {state}"), Outputs::default()))
            }
        }
    }

    /// Without a name no version can be told to be this run's. That there is no other one than before can be.
    fn nameless<'a>(
        &self,
        known: &Known,
        draft: Option<&'a Value>,
        responses: &mut Responses<'a>,
    ) -> Result<Status, Stop> {
        let seen = "neither the call's answer nor the status before it names the version";
        let before = known.baseline.as_deref().and_then(highest_of);
        if known.released.is_some() || before.is_none() || draft.is_some_and(is_released) {
            return Ok(not_told(known, seen));
        }
        let (highest, _) = self.highest(known, draft, responses)?;
        let has_moved = Some(highest) != before;
        Ok(if has_moved { not_told(known, seen) } else { Status::not_found() })
    }

    /// The highest version's number, 0 for none, and the answer that told it.
    fn highest<'a>(
        &self,
        known: &Known,
        draft: Option<&'a Value>,
        responses: &mut Responses<'a>,
    ) -> Result<(u64, Option<&'a Value>), Stop> {
        if let Some(highest) = draft.and_then(max_version) {
            return Ok((highest, None));
        }
        match responses.get(|| self.call("GetArtifact", None))? {
            Ok(response) => {
                let latest = named(response)?;
                Ok((max_version(latest).unwrap_or_default(), Some(latest)))
            }
            Err(refusal) if is(refusal, "EntityNotExist.ArtifactVersion") => Ok((0, None)),
            // Known by the draft's own answer: the artifact is there.
            Err(refusal) if draft.is_none() && is(refusal, "EntityNotExist.Artifact") => {
                if known.released.is_none() { Ok((0, None)) } else { Err(Stop::refused(refusal)) }
            }
            Err(refusal) => Err(Stop::refused(refusal)),
        }
    }

    /// A version's own answer, perhaps the one that is there already.
    fn version<'a>(
        &self,
        number: u64,
        latest: Option<&'a Value>,
        responses: &mut Responses<'a>,
    ) -> Result<&'a Value, Stop> {
        let number = number.to_string();
        let is_it = |latest: &&Value| outputs(latest).get("ArtifactVersion").as_ref() == Some(&number);
        if let Some(latest) = latest.filter(is_it) {
            return Ok(latest);
        }
        match responses.get(|| self.get(number))? {
            Ok(response) => named(response),
            Err(refusal) => Err(Stop::refused(refusal)),
        }
    }

    fn refused(&self, known: &Known, refusal: &ApiError) -> Result<Status, Stop> {
        if !is(refusal, "EntityNotExist.Artifact") {
            return Err(Stop::refused(refusal));
        }
        if known.released.is_none() {
            return Ok(Status::not_found());
        }
        if known.missing.iter().any(|item| item.id == self.artifact_id) {
            return Ok(Status::new(State::Failed("the artifact was deleted".to_owned()), Outputs::default()));
        }
        let missing = vec![Item::failed(&self.artifact_id, "was deleted")];
        let progress =
            Progress { state: "the artifact is not shown".to_owned(), missing, ..Progress::default() };
        Ok(Status::new(State::InProgress(progress), Outputs::default()))
    }
}

fn is(refusal: &ApiError, code: &str) -> bool {
    refusal.code.as_deref() == Some(code)
}

/// Something may be there, but which version is this release's is not known.
fn not_told(known: &Known, seen: &str) -> Status {
    match known.released {
        None => Status::new(State::Ambiguous(seen.to_owned()), Outputs::default()),
        Some(_) => Status::in_progress(seen, Outputs::default()),
    }
}

/// The number of this release's version, once an answer has named it.
fn number_of(known: &Known) -> Option<String> {
    let number = known.released.as_ref()?.get("ArtifactVersion")?;
    (number.len() <= 18 && number.parse::<u64>().is_ok()).then_some(number)
}

/// The name of this release's version, as the call's answer, or the status that found it, had it.
fn name_of(known: &Known) -> Option<String> {
    known.released.as_ref()?.get("VersionName")
}

/// The lowest version that can be this release.
fn lowest(known: &Known, highest: u64) -> u64 {
    match known.baseline.as_deref().and_then(highest_of) {
        // A call that was accepted though there was no draft may have repeated the release of an earlier run, by its token.
        Some(before) if known.released.is_some() && !had_draft(known) => before,
        Some(before) => before.saturating_add(1),
        None => highest.saturating_sub(MOST_VERSIONS - 1).max(1),
    }
}

fn had_draft(known: &Known) -> bool {
    known.baseline.as_deref().is_some_and(|responses| draft_of(responses).is_some())
}
