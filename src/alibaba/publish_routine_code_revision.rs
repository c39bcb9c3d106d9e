//! DCDN `PublishRoutineCodeRevision`, version 2018-01-15: puts a code revision of an EdgeRoutine into environments.
//!
//! Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-publishroutinecoderevision>

use serde::Deserialize;
use serde_json::Value;

use super::{Alibaba, DCDN, call};
use crate::catalog::{Entry, Output, build};
use crate::http::{Header, Reply, Request, encode_pairs};
use crate::input::Need::Required;
use crate::input::Stage::{Works, WorksBut};
use crate::input::{Input, Kind};
use crate::operation::{Operation, Unclear};
use crate::output::Outputs;

/// Its line in the catalog.
pub static ENTRY: Entry = Entry {
    name: "publish_routine_code_revision",
    vendors_name: "PublishRoutineCodeRevision",
    about: "put a code revision of a DCDN EdgeRoutine into environments",
    cloud: &Alibaba,
    service: &DCDN,
    inputs: &[
        Input {
            name: "name",
            kind: Kind::Text(256),
            need: Required,
            about: "the routine's name",
            stage: Works,
        },
        Input {
            name: "select_code_revision",
            kind: Kind::DigitsOr("latest"),
            need: Required,
            about: "the revision's id, such as `1620876959997924701`",
            stage: WorksBut("latest"),
        },
        Input {
            name: "envs",
            kind: Kind::ListOrObject(100),
            need: Required,
            about: "the environments, such as `production,presetCanaryZhejiang`",
            stage: Works,
        },
    ],
    outputs: &[Output("CodeRevision", "the revision that is published")],
    build: build::<PublishRoutineCodeRevision>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
pub struct PublishRoutineCodeRevision {
    /// `Name`: the routine.
    name: String,
    /// `SelectCodeRevision`: decimal digits, more of them than a float holds.
    select_code_revision: String,
    /// `Envs`: a JSON array of environment names, or the user's own JSON object.
    envs: String,
}

impl Operation for PublishRoutineCodeRevision {
    /// Parameters go into a form body.
    fn release(&self) -> Request {
        let mut request = call("PublishRoutineCodeRevision", "2018-01-15");
        request.headers.push(Header::new("content-type", "application/x-www-form-urlencoded"));
        request.body = encode_pairs(&[
            ("Envs", &self.envs),
            ("Name", &self.name),
            ("SelectCodeRevision", &self.select_code_revision),
        ]);
        request
    }

    /// `{"RequestId", "Content": {"CodeRevision": "1620876959997924701"}}`, where `Content` is documented in so many
    /// shapes that only its `CodeRevision` is read. Without one it is the requested revision that is live.
    fn released(&self, reply: &Reply) -> Result<Outputs, Unclear> {
        if reply.body.get("RequestId").or_else(|| reply.body.get("Content")).is_none() {
            return Err(Unclear::nothing("the answer has neither `RequestId` nor `Content`"));
        }
        let content = match reply.body.get("Content") {
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
            content => content.cloned().unwrap_or_default(),
        };
        let mut outputs = Outputs::from([("CodeRevision", self.select_code_revision.as_str())]);
        outputs.copy(&content, &["CodeRevision"]);
        Ok(outputs)
    }
}
