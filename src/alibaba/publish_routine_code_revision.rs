//! DCDN `PublishRoutineCodeRevision`, version 2018-01-15: puts a code revision of an EdgeRoutine into environments.
//!
//! Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-publishroutinecoderevision>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::services::DCDN;
use super::{Alibaba, call};
use crate::cloud::query::{Ask, QueryResult, Responses};
use crate::http::{ApiResponse, Header, Request};
use crate::input::Input;
use crate::input::ValueType::{DigitsOr, ListOrObject, Text};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Idempotency, Known, Observation, Operation, Progress, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};
use crate::text::encode::encode_pairs;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "publish_routine_code_revision",
    api_name: "PublishRoutineCodeRevision",
    about: "put a code revision of a DCDN EdgeRoutine into environments",
    cloud: &Alibaba,
    service: &DCDN,
    #[rustfmt::skip]
    inputs: &[
        Input::required("name", Text(256), "the routine's name"),
        Input::required("select_code_revision", DigitsOr("latest"), "the revision's id, such as `1620876959997924701`")
            .except("latest"),
        Input::required("envs", ListOrObject(100), "the environments, such as `production,presetCanaryZhejiang`"),
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
    fn release(&self, _known: &Known) -> Request {
        form(
            "PublishRoutineCodeRevision",
            &[("Envs", &self.envs), ("Name", &self.name), ("SelectCodeRevision", &self.select_code_revision)],
        )
    }

    /// `{"RequestId", "Content": {"CodeRevision": "1620876959997924701"}}`, where `Content` is documented in so many
    /// shapes that only its `CodeRevision` is read. Without one it is the requested revision that is live.
    fn released(&self, _known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear> {
        if reply.body.get("RequestId").or_else(|| reply.body.get("Content")).is_none() {
            return Err(Unclear::nothing("the answer has neither `RequestId` nor `Content`"));
        }
        let content = content(&reply.body);
        let mut outputs = Outputs::from([("CodeRevision", self.select_code_revision.as_str())]);
        outputs.copy(&content, &["CodeRevision"]);
        Ok(outputs)
    }

    /// `{"Content": {"EnvConf": {"production": {"CodeRev": "1620876959997924701"}}}}`: what each environment runs.
    ///
    /// Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-describeroutine>
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask> {
        let body = match answers.to(|| form("DescribeRoutine", &[("Name", &self.name)]))? {
            Ok(reply) if !content(&reply.body).get("EnvConf").is_some_and(Value::is_object) => {
                return Ok(Observation::Unclear("the answer has no `EnvConf`".to_owned()));
            }
            Ok(reply) => &reply.body,
            Err(refusal) => return Ok(Observation::Unclear(refusal.to_string())),
        };
        let (live, before) = (live(body), known.before.as_deref().and_then(live_before));
        let envs = self.envs();
        let is_new = |env: &&String| live.get(&normalized(env)) == Some(&self.select_code_revision);
        let had = |env: &String| before.as_ref().and_then(|before| before.get(&normalized(env)));
        let outputs = Outputs::from([("CodeRevision", self.select_code_revision.as_str())]);

        let (done, waiting): (Vec<&String>, Vec<&String>) = envs.iter().partition(is_new);
        if waiting.is_empty() {
            return Ok(Observation::Done(outputs));
        }
        // One that is not shown may be shown again.
        let elsewhere = |env: &&&String| {
            let shown = live.get(&normalized(env));
            before.is_some() && shown.is_some() && shown != had(env)
        };
        if let Some(env) = waiting.iter().find(elsewhere) {
            let third = live.get(&normalized(env)).map_or("no revision", String::as_str);
            return Ok(match known.released {
                Some(_) => {
                    Observation::Failed { reason: format!("`{env}` was superseded by `{third}`"), outputs }
                }
                None => Observation::Ambiguous(format!("somebody else put `{third}` into `{env}`")),
            });
        }
        let is_fresh = |env: &&String| before.is_none() || had(env) != Some(&self.select_code_revision);
        // What an earlier run left half done is done again: that changes nothing where it is live.
        let is_adopted = known.earlier == ExistingRelease::Adopt && known.before.is_none();
        if known.released.is_none() && (is_adopted || !done.iter().any(is_fresh)) {
            return Ok(Observation::NotThere);
        }
        let waiting: Vec<String> = waiting.iter().map(|env| format!("`{env}`")).collect();
        let state = format!("the revision is not live yet in {}", waiting.join(", "));
        Ok(Observation::Pending(Progress::new(state, outputs)))
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Convergent
    }
}

impl PublishRoutineCodeRevision {
    /// The names of the environments, however they are given.
    fn envs(&self) -> Vec<String> {
        match serde_json::from_str(&self.envs) {
            Ok(Value::Array(names)) => names.iter().filter_map(as_text).collect(),
            Ok(Value::Object(envs)) => envs.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        }
    }
}

fn form(action: &'static str, parameters: &[(&str, &String)]) -> Request {
    let mut request = call(action, "2018-01-15");
    request.headers.push(Header::new("content-type", "application/x-www-form-urlencoded"));
    request.body = encode_pairs(parameters);
    request
}

/// An object, or its text.
fn content(body: &Value) -> Value {
    match body.get("Content") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        content => content.cloned().unwrap_or_default(),
    }
}

/// The revision of each environment, by its normalized name.
fn live(body: &Value) -> BTreeMap<String, String> {
    let content = content(body);
    let envs = content.get("EnvConf").and_then(Value::as_object).into_iter().flatten();
    envs.filter_map(|(env, conf)| Some((normalized(env), as_text(conf.get("CodeRev")?)?))).collect()
}

fn live_before(answers: &[QueryResult]) -> Option<BTreeMap<String, String>> {
    let reply = answers.first()?.as_ref().ok()?;
    Some(live(&reply.body))
}

/// `Preset_Canary_Zhejiang` and `presetCanaryZhejiang` are the same environment.
fn normalized(env: &str) -> String {
    env.replace('_', "").to_lowercase()
}
