//! Compute Nest, supplier's side, version 2021-05-21: artifacts, their drafts and their versions.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    artifact::{Artifact, Build, detail, progress},
    artifact_lists as lists,
    params::Params,
};
use crate::{record::Effect, refusal::Refusal};

pub(super) const VERSION: &str = "2021-05-21";
pub(super) const ACTIONS: [&str; 4] =
    ["ReleaseArtifact", "GetArtifact", "ListArtifacts", "ListArtifactVersions"];

/// Compute Nest's state.
#[derive(Clone, Debug)]
pub struct ComputeNest {
    /// The account's artifacts.
    pub artifacts: Vec<Artifact>,
    /// When a released draft becomes a numbered version.
    pub hand_over: HandOver,
    /// How long a released draft is `Scanning`.
    pub scanning: SignedDuration,
    /// How long it is `Delivering` after that.
    pub delivering: SignedDuration,
    /// Another word for `Delivering`, as if the vendor had found a new one.
    pub delivering_word: Option<String>,
    pub(crate) tokens: HashMap<String, Remembered>,
}

/// What a `ClientToken` was used for.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    artifact_id: String,
    answer: Value,
}

/// When a released draft becomes a numbered version. The vendor does not say; clients must cope with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// It stays the draft while it is scanned and delivered; then it is the next version, at once `Available`.
    WhenDelivered,
    /// It is the next version from the call on, which is then scanned and delivered.
    AtOnce,
}

impl ComputeNest {
    /// The artifact of this id, to be arranged.
    pub fn artifact_mut(&mut self, id: &str) -> Option<&mut Artifact> {
        self.artifacts.iter_mut().find(|artifact| artifact.id == id)
    }

    pub(super) fn call(
        &mut self,
        now: Timestamp,
        action: &str,
        params: &Params,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        self.hand_over(now);
        match action {
            "ReleaseArtifact" => self.release(now, params, effects),
            "GetArtifact" => self.get(now, params),
            "ListArtifacts" => lists::artifacts(self, now, params),
            _ => lists::versions(self, now, params),
        }
    }

    /// Makes versions of the drafts that have been delivered by now.
    pub(super) fn hand_over(&mut self, now: Timestamp) {
        let (scanning, delivering) = (self.scanning, self.delivering);
        for artifact in &mut self.artifacts {
            artifact.versions.extend(
                artifact.draft.take_if(|draft| draft.status(now, scanning, delivering) == "Available"),
            );
        }
    }

    fn release(
        &mut self,
        now: Timestamp,
        params: &Params,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        params.only(&["ArtifactId", "ClientToken"])?;
        let id = params.required("ArtifactId")?;
        let token = params.get("ClientToken");
        if token.is_some_and(|token| token.len() > 64 || !token.is_ascii()) {
            return Err(super::params::invalid("ClientToken", "is not at most 64 ASCII characters"));
        }
        if let Some(earlier) = token.and_then(|token| self.tokens.get(token)) {
            return earlier.answer_for(id);
        }
        let answer = self.release_draft(now, id)?;
        effects.push(Effect::of_call("ReleaseArtifact", id, now));
        if let Some(token) = token {
            self.tokens.insert(token.into(), Remembered { artifact_id: id.into(), answer: answer.clone() });
        }
        Ok(answer)
    }

    pub(super) fn release_draft(&mut self, now: Timestamp, id: &str) -> Result<Value, Refusal> {
        let (mode, scanning, delivering) = (self.hand_over, self.scanning, self.delivering);
        let artifact =
            self.artifacts.iter_mut().find(|artifact| artifact.id == id).ok_or_else(no_artifact)?;
        let draft = artifact.draft.as_mut().ok_or_else(no_version)?;
        if matches!(draft.status(now, scanning, delivering), "Scanning" | "Delivering") {
            return Err(Refusal::new(400, "OperationDenied", "The draft is being released already."));
        }
        draft.released = Some(now);
        let (status, version_name) = (draft.status(now, scanning, delivering), draft.version_name.clone());
        if mode == HandOver::AtOnce {
            artifact.versions.extend(artifact.draft.take());
        }
        Ok(json!({
            "ArtifactId": artifact.id,
            "ArtifactType": artifact.kind,
            "VersionName": version_name,
            "ArtifactVersion": "draft",
            "Description": artifact.description,
            "GmtModified": now.as_millisecond().to_string(),
            "Status": status,
            "ArtifactProperty": PROPERTY,
        }))
    }

    fn get(&self, now: Timestamp, params: &Params) -> Result<Value, Refusal> {
        params.only(&["ArtifactId", "ArtifactName", "ArtifactVersion"])?;
        let (id, name) = (params.get("ArtifactId"), params.get("ArtifactName"));
        if id.is_none() && name.is_none() {
            params.required("ArtifactId")?;
        }
        let wanted = |artifact: &&Artifact| {
            id.is_none_or(|id| artifact.id == id) && name.is_none_or(|name| artifact.name == name)
        };
        let artifact = self.artifacts.iter().find(wanted).ok_or_else(no_artifact)?;
        let (version, build) = artifact.build(params.get("ArtifactVersion")).ok_or_else(no_version)?;
        let mut answer = self.describe(artifact, &version, build, now);
        answer["MaxVersion"] = json!(artifact.versions.len());
        answer["Name"] = json!(artifact.name);
        answer["Description"] = json!(artifact.description);
        answer["PermissionType"] = json!("Private");
        answer["Tags"] = json!([]);
        Ok(answer)
    }

    /// What `GetArtifact` and `ListArtifactVersions` both say of a build.
    pub(super) fn describe(
        &self,
        artifact: &Artifact,
        version: &str,
        build: &Build,
        now: Timestamp,
    ) -> Value {
        let status = self.status(build, now);
        json!({
            "ArtifactId": artifact.id,
            "ArtifactType": artifact.kind,
            "ArtifactVersion": version,
            "VersionName": build.version_name,
            "Status": status,
            "Progress": progress(status),
            "StatusDetail": detail(status),
            "GmtModified": build.released.unwrap_or(build.created).to_string(),
            "ArtifactProperty": PROPERTY,
            "SupportRegionIds": "[\"cn-hangzhou\"]",
        })
    }

    /// `Status` of a draft or a version at this time.
    #[must_use]
    pub fn status(&self, build: &Build, now: Timestamp) -> &str {
        match build.status(now, self.scanning, self.delivering) {
            "Delivering" => self.delivering_word.as_deref().unwrap_or("Delivering"),
            known => known,
        }
    }
}

const PROPERTY: &str = r#"{"RegionId":"cn-hangzhou","Url":"https://example.com/web-shop.zip"}"#;

impl Remembered {
    fn answer_for(&self, artifact_id: &str) -> Result<Value, Refusal> {
        if self.artifact_id == artifact_id {
            return Ok(self.answer.clone());
        }
        let message = "The request uses the same client token as a previous, but non-identical request.";
        Err(Refusal::new(400, "IdempotentParameterMismatch", message))
    }
}

pub(super) fn no_artifact() -> Refusal {
    Refusal::new(404, "EntityNotExist.Artifact", "The specified artifact does not exist.")
}

fn no_version() -> Refusal {
    Refusal::new(404, "EntityNotExist.ArtifactVersion", "The specified artifact version does not exist.")
}
