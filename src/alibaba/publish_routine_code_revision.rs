//! DCDN `PublishRoutineCodeRevision`, version 2018-01-15: puts a code revision of an EdgeRoutine into environments.
//!
//! Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-publishroutinecoderevision>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::services::DCDN;
use super::{Alibaba, call};
use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::http::{ApiResponse, Header, Request};
use crate::input::Input;
use crate::input::ValueType::{DigitsOr, ListOrObject, Text};
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{
    ExistingRelease, Idempotency, Item, Known, Operation, Progress, State, Status, Unclear,
};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};
use crate::text::encode::encode_pairs;
use crate::text::sanitize;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "publish_routine_code_revision",
    api_name: "PublishRoutineCodeRevision",
    summary: "put a code revision of a DCDN EdgeRoutine into environments",
    cloud: &Alibaba,
    service: &DCDN,
    status_api: "DescribeRoutine",
    permissions: &["dcdn:PublishRoutineCodeRevision", "dcdn:DescribeRoutine"],
    // The service has one code for all that goes wrong.
    done_already: &["EdgeRoutine.GeneralError"],
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
    fn released(&self, _known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear> {
        let content = content(&response.body);
        if response.body.get("RequestId").or_else(|| content.get("CodeRevision")).is_none() {
            return Err(Unclear::nothing("the answer has neither `RequestId` nor a `CodeRevision`"));
        }
        let named = content.get("CodeRevision").and_then(as_text).filter(|named| !named.is_empty());
        match named.filter(|named| *named != self.select_code_revision) {
            Some(other) => {
                Err(Unclear::nothing(format!("the answer names revision `{}`", sanitize::line(&other))))
            }
            None => Ok(Outputs::from([("CodeRevision", self.select_code_revision.as_str())])),
        }
    }

    /// `{"Content": {"EnvConf": {"production": {"CodeRev": "1620876959997924701"}}}}`: what each environment runs.
    ///
    /// Source: <https://www.alibabacloud.com/help/en/dcdn/developer-reference/api-dcdn-2018-01-15-describeroutine>
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop> {
        let live = match responses.get(|| form("DescribeRoutine", &[("Name", &self.name)]))? {
            Ok(response) => Live::read(&response.body)?,
            Err(refusal) => return Err(Stop::refused(refusal)),
        };
        let before = known.baseline.as_deref().and_then(live_before);
        let envs = self.envs();
        let mut shown = Vec::new();
        for env in &envs {
            let had = before.as_ref().map(|before| before.revision(env)).transpose()?.flatten();
            shown.push(Env { name: env, now: live.revision(env)?, had, has_baseline: before.is_some() });
        }
        let outputs = Outputs::from([("CodeRevision", self.select_code_revision.as_str())]);
        let status = Status::new(self.state(known, &shown), outputs);
        Ok(Status { known_by: Some(format!("revision `{}`", self.select_code_revision)), ..status })
    }

    fn preview(&self, baseline: &[QueryResult]) -> String {
        let live = live_before(baseline);
        let env = |env: &String| {
            let now = live.as_ref().and_then(|live| live.revision(env).ok().flatten());
            let now = now.map_or("is not shown".to_owned(), |now| format!("runs `{now}`"));
            format!("`{env}`, which {now}")
        };
        let envs: Vec<String> = self.envs().iter().map(env).collect();
        format!("would put revision `{}` into {}", self.select_code_revision, envs.join(", and "))
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::Convergent
    }

    /// Before the first environment has switched, nothing of it is shown.
    fn leaves_trace(&self) -> bool {
        false
    }
}

impl PublishRoutineCodeRevision {
    fn state(&self, known: &Known, envs: &[Env]) -> State {
        let is_live = |env: &&Env| env.now == Some(&self.select_code_revision);
        let (done, waiting): (Vec<&Env>, Vec<&Env>) = envs.iter().partition(is_live);
        let is_new = |env: &&Env| env.had != Some(&self.select_code_revision);
        let third = waiting.iter().find(|env| env.shows_another());
        let is_ours = known.released.is_some();
        let nothing = !is_ours && known.baseline.is_none() && known.existing == ExistingRelease::Ignore;
        match (waiting.is_empty(), third) {
            _ if nothing => State::NotFound,
            // An object says more of an environment than its revision.
            (true, _) if !is_ours && self.is_object() => State::Ambiguous(
                "the revision is live, and `envs` is an object, of which the rest is not shown".to_owned(),
            ),
            (true, _) if !is_ours && known.baseline.is_some() && !done.iter().any(is_new) => {
                State::Unchanged("the revision was live in every environment before the call".to_owned())
            }
            (true, _) => State::Succeeded,
            (false, Some(env)) if !is_ours => {
                let another = env.now.map_or("no revision", String::as_str);
                State::Ambiguous(format!("somebody else put `{another}` into `{}`", env.name))
            }
            (false, _) if is_ours || known.existing == ExistingRelease::Resume && !done.is_empty() => {
                progress(known, &waiting)
            }
            // What an earlier run left half done is done again: that changes nothing where it is live.
            _ if known.baseline.is_none() || !done.iter().any(is_new) => State::NotFound,
            _ => State::Partial { found: names(&done), missing: names(&waiting) },
        }
    }

    fn is_object(&self) -> bool {
        self.envs.starts_with('{')
    }

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
    request.body = encode_pairs(parameters).into();
    request
}

/// An object, or its text.
fn content(body: &Value) -> Value {
    match body.get("Content") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        content => content.cloned().unwrap_or_default(),
    }
}

/// The revision is not live everywhere yet.
fn progress(known: &Known, waiting: &[&Env]) -> State {
    let superseded = |env: &&&Env| env.shows_another();
    let failure =
        |env: &Env| format!("was superseded by `{}`", env.now.map_or("no revision", String::as_str));
    let missing: Vec<Item> =
        waiting.iter().filter(superseded).map(|env| Item::failed(env.name, failure(env))).collect();
    if let Some(item) = missing.iter().find(|item| known.missing.iter().any(|known| known.id == item.id)) {
        return State::Failed(format!("`{}` {}", item.id, item.failure.as_deref().unwrap_or_default()));
    }
    let state = format!("the revision is not live yet in {}", quoted(&names(waiting)));
    State::InProgress(Progress { state, missing, ..Progress::default() })
}

/// One environment that is asked for.
struct Env<'a> {
    name: &'a str,
    /// The revision that it runs.
    now: Option<&'a String>,
    /// The one that it ran before the call.
    had: Option<&'a String>,
    has_baseline: bool,
}

impl Env<'_> {
    /// Whether it has changed since the call to something that was not asked for. One that is not shown may be shown again.
    fn shows_another(&self) -> bool {
        self.has_baseline && self.now.is_some() && self.now != self.had
    }
}

/// The revision of each environment, by the name that the answer has.
struct Live(BTreeMap<String, String>);

impl Live {
    fn read(body: &Value) -> Result<Self, Stop> {
        let content = content(body);
        let Some(envs) = content.get("EnvConf").and_then(Value::as_object) else {
            return Err(Stop::Unclear("the answer has no `EnvConf`".to_owned()));
        };
        let revision = |(env, conf): (&String, &Value)| Some((env.clone(), as_text(conf.get("CodeRev")?)?));
        Ok(Self(envs.iter().filter_map(revision).collect()))
    }

    /// The revision of an environment: by its very name, else by the only one that is the same in another spelling.
    fn revision(&self, env: &str) -> Result<Option<&String>, Stop> {
        if let Some(revision) = self.0.get(env) {
            return Ok(Some(revision));
        }
        let mut alike = self.0.iter().filter(|(known, _)| normalized(known) == normalized(env));
        match (alike.next(), alike.next()) {
            (Some((one, _)), Some((other, _))) => Err(Stop::Unclear(format!(
                "`{env}` may be `{one}` or `{other}`: give it as the service spells it"
            ))),
            (found, _) => Ok(found.map(|(_, revision)| revision)),
        }
    }
}

fn live_before(responses: &[QueryResult]) -> Option<Live> {
    Live::read(&responses.first()?.as_ref().ok()?.body).ok()
}

fn names(envs: &[&Env]) -> Vec<String> {
    envs.iter().map(|env| env.name.to_owned()).collect()
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `Preset_Canary_Zhejiang` and `presetCanaryZhejiang` are the same environment.
fn normalized(env: &str) -> String {
    env.replace('_', "").to_lowercase()
}
