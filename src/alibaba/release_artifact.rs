//! Compute Nest `ReleaseArtifact`, version 2021-05-21: releases the draft of an artifact.
//!
//! Source: <https://www.alibabacloud.com/help/en/compute-nest/developer-reference/api-computenestsupplier-2021-05-21-releaseartifact>

use serde::Deserialize;

use super::{Alibaba, COMPUTE_NEST, call};
use crate::catalog::{Entry, Output, build};
use crate::http::{Reply, Request};
use crate::input::Need::{Minted, Optional, Required};
use crate::input::Stage::{Later, Works, WorksBut};
use crate::input::{Input, Kind};
use crate::operation::{Operation, Unclear};
use crate::output::Outputs;

/// Its line in the catalog.
pub static ENTRY: Entry = Entry {
    name: "release_artifact",
    vendors_name: "ReleaseArtifact",
    about: "release the draft of a Compute Nest artifact",
    cloud: &Alibaba,
    service: &COMPUTE_NEST,
    inputs: &[
        Input {
            name: "artifact_id",
            kind: Kind::Text(256),
            need: Required,
            about: "the id of the artifact, such as `artifact-9feded91880e4c78`",
            stage: Works,
        },
        Input {
            name: "artifact_name",
            kind: Kind::Text(256),
            need: Optional,
            about: "the name of the artifact, instead of its id",
            stage: Later,
        },
        Input {
            name: "client_token",
            kind: Kind::Ascii(64),
            need: Minted,
            about: "makes a repeated call the same call",
            stage: WorksBut("ci-run"),
        },
        Input {
            name: "previous_version",
            kind: Kind::Digits(20),
            need: Optional,
            about: "the highest version before the release",
            stage: Later,
        },
    ],
    outputs: &[
        Output("ArtifactId", "the artifact's id"),
        Output("ArtifactType", "the artifact's type"),
        Output("ArtifactVersion", "the version, `draft` right after the call"),
        Output("VersionName", "the version's name"),
        Output("Status", "the version's status"),
        Output("client_token", "the token that makes a repetition the same call"),
    ],
    build: build::<ReleaseArtifact>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
pub struct ReleaseArtifact {
    /// `ArtifactId`: the artifact whose draft is released.
    artifact_id: String,
    /// `ClientToken`: the same call with the same token has one effect. At most 64 ASCII characters.
    client_token: String,
}

impl Operation for ReleaseArtifact {
    /// Parameters go into the query; the body is empty.
    fn release(&self) -> Request {
        let mut request = call("ReleaseArtifact", "2021-05-21");
        request.query =
            vec![("ArtifactId", self.artifact_id.clone()), ("ClientToken", self.client_token.clone())];
        request
    }

    /// `{"RequestId", "ArtifactId", "ArtifactType", "VersionName", "ArtifactVersion": "draft", "Status", …}`
    fn released(&self, reply: &Reply) -> Result<Outputs, Unclear> {
        const FIELDS: [&str; 5] = ["ArtifactId", "ArtifactType", "ArtifactVersion", "VersionName", "Status"];
        let mut outputs = Outputs::default();
        outputs.copy(&reply.body, &FIELDS);
        if outputs.is_empty() {
            return Err(Unclear::nothing("the answer does not name the artifact"));
        }
        Ok(outputs)
    }

    fn known_before(&self) -> Outputs {
        Outputs::from([("client_token", self.client_token.as_str())])
    }
}
