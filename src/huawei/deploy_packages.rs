//! DataArts Factory "releasing task packages" (`DeployFactoryPackages`): approves and deploys submitted packages.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/DeployFactoryPackages.html>

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::factory::{Package, WITHDRAWN, Workspace, is_not_found, result_of};
use super::inputs::{POLL_INTERVAL, PROJECT_ID, WORKSPACE};
use super::services::DATAARTS_FACTORY;
use super::{Huawei, post};
use crate::cloud::query::{Ask, QueryResult, Responses};
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Ids, List, OneOf};
use crate::input::settings::list;
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Item, Known, Observation, Operation, Progress, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "deploy_packages",
    api_name: "DeployFactoryPackages",
    about: "deploy submitted task packages of DataArts Factory",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    inputs: &[
        PROJECT_ID,
        Input::required("package_ids", Ids(100), "the ids of the packages"),
        Input::optional("package_names", List(100), "the names of the packages, instead of their ids")
            .planned(),
        WORKSPACE.or_none(),
        Input::optional("startup_mode", OneOf(&["0", "1"]), "`1` starts the jobs, `0` does not").default("1"),
        POLL_INTERVAL,
    ],
    outputs: &[
        Output("deploy_package_details", "the answer's list, JSON"),
        Output("package_id", "the packages, in the order of the input"),
        Output("asy_task_id", "the task of each package"),
        Output(
            "deploy_status",
            "after a wait, for each package: 1 waiting for approval, 5 releasing, 2 success, 3 failed",
        ),
        Output("succeeded_package_ids", "after a wait: the packages that are deployed"),
        Output("failed_package_ids", "after a wait: the packages that failed"),
    ],
    build: build::<DeployPackages>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
pub struct DeployPackages {
    /// `project_id` in the path.
    project_id: String,
    /// `workspace`, a header: needed where there is no default workspace, or more than one instance.
    workspace: Option<String>,
    /// `package_ids`: 1 to 100.
    #[serde(deserialize_with = "list")]
    package_ids: Vec<String>,
    /// `startup_mode`: 0 or 1; always sent, as starting jobs is an effect that nobody should get by silence.
    startup_mode: u8,
}

impl Operation for DeployPackages {
    fn release(&self, known: &Known) -> Request {
        let workspace = self.workspace();
        let ids = self.called_for(known);
        let body = json!({ "package_ids": ids, "startup_mode": self.startup_mode });
        workspace.call(post(workspace.path("release-packages/deploy"), &body))
    }

    /// `{"deploy_package_details": [{"asy_subtask_num": 1, "asy_task_id": "…", "package_id": 23}]}`, one for each
    /// package. The ids are numbers here and texts in the request; they leave as texts.
    fn released(&self, known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear> {
        let Some(Value::Array(details)) = reply.body.get("deploy_package_details") else {
            return Err(Unclear::nothing("the answer has no `deploy_package_details`"));
        };
        let details: Vec<Value> = details.iter().map(with_text_id).collect();
        let of_package = |id: &&String| {
            details.iter().find(|detail| detail.get("package_id").and_then(Value::as_str) == Some(id))
        };
        let (listed, missing): (Vec<_>, Vec<_>) =
            self.called_for(known).into_iter().partition(|id| of_package(id).is_some());
        let tasks = listed
            .iter()
            .filter_map(of_package)
            .map(|detail| detail.get("asy_task_id").and_then(as_text).unwrap_or_default());
        let tasks: Vec<String> = tasks.collect();

        let mut outputs = Outputs::default();
        outputs.set_json("deploy_package_details", Value::Array(details.clone()));
        outputs.set_list("package_id", listed.iter().map(ToString::to_string));
        if tasks.iter().any(|task| !task.is_empty()) {
            outputs.set_list("asy_task_id", tasks);
        }
        if missing.is_empty() {
            return Ok(outputs);
        }
        let what = format!("the answer says nothing of package {}", quoted(missing));
        Err(Unclear { what, outputs })
    }

    /// All packages by the list, one alone by its detail; of several, details only of those that have just ended.
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask> {
        let mut packages = match self.packages(answers)? {
            Ok(packages) => packages,
            Err(seen) => return Ok(Observation::Unclear(seen)),
        };
        let before = known.before.as_deref().map(|answers| self.before(answers));
        let of_interest = known.before.is_some() || known.earlier != ExistingRelease::Ignore;
        let has_landed = |id: &String| {
            let before = before.as_ref().and_then(|before| before.get(id));
            known.adopted.contains(id) || has_landed(known, packages.get(id), before)
        };
        let (landed, missing): (Vec<String>, Vec<String>) =
            self.package_ids.iter().cloned().partition(has_landed);
        if !of_interest || known.released.is_none() && landed.len() <= known.adopted.len() {
            return Ok(Observation::NotThere);
        }
        let ended = match self.ended(known, &landed, &mut packages, answers)? {
            Ok(ended) => ended,
            Err(seen) => return Ok(Observation::Unclear(seen)),
        };
        let outputs = self.outputs(&packages, &ended);
        let is_left_out = |id: &String| known.left_out.iter().any(|item| item.id == *id);
        if known.released.is_none() && !missing.iter().all(is_left_out) {
            return Ok(Observation::Partly { there: landed, missing, outputs });
        }
        let is_over = |id: &&String| ended.iter().any(|item| item.id == **id);
        if self.package_ids.iter().all(|id| is_over(&id)) {
            let failures: Vec<String> = ended.iter().filter_map(failure).collect();
            return Ok(match &failures[..] {
                [] => Observation::Done(outputs),
                failures => Observation::Failed { reason: failures.join("; "), outputs },
            });
        }
        let waiting: Vec<&String> = self.package_ids.iter().filter(|id| !is_over(id)).collect();
        Ok(Observation::Pending(progress(&waiting, &packages, ended, outputs)))
    }

    fn is_batch(&self) -> bool {
        self.package_ids.len() > 1
    }
}

/// Packages by their ids, as far as the status shows them.
type Packages<'a> = BTreeMap<String, Shown<'a>>;

/// A package, with its detail if that was asked for.
type Shown<'a> = (Package<'a>, Option<&'a Value>);

impl DeployPackages {
    fn workspace(&self) -> Workspace<'_> {
        Workspace { project_id: &self.project_id, workspace: self.workspace.as_deref() }
    }

    fn called_for(&self, known: &Known) -> Vec<&String> {
        self.package_ids.iter().filter(|id| !known.adopted.contains(id)).collect()
    }

    fn packages<'a>(&self, answers: &mut Responses<'a>) -> Result<Result<Packages<'a>, String>, Ask> {
        let mut found = Packages::new();
        if self.is_batch() {
            let all = |listed: &[Package]| {
                let listed: HashSet<String> = listed.iter().map(|package| package.id()).collect();
                self.package_ids.iter().all(|id| listed.contains(id))
            };
            let listed = match self.workspace().list(answers, None, all)? {
                Ok(listed) => listed,
                Err(seen) => return Ok(Err(seen)),
            };
            let wanted: HashSet<&String> = self.package_ids.iter().collect();
            let listed = listed.into_iter().map(|package| (package.id(), (package, None)));
            found.extend(listed.filter(|(id, _)| wanted.contains(id)));
        }
        for id in &self.package_ids {
            if found.contains_key(id.as_str()) {
                continue;
            }
            match answers.to(|| self.workspace().detail(id))? {
                Ok(reply) => match Package::of_detail(&reply.body) {
                    Some(package) => {
                        found.insert(id.clone(), (package, Some(&reply.body)));
                    }
                    None => return Ok(Err("the answer has no `release_package`".to_owned())),
                },
                Err(refusal) if is_not_found(refusal) => {}
                Err(refusal) => return Ok(Err(refusal.to_string())),
            }
        }
        Ok(Ok(found))
    }

    /// The packages as they were before the call.
    fn before<'a>(&self, answers: &'a [QueryResult]) -> Packages<'a> {
        self.packages(&mut Responses::new(answers)).ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Every package whose end is known, with those whose detail tells it now.
    fn ended<'a>(
        &self,
        known: &Known,
        landed: &[String],
        packages: &mut Packages<'a>,
        answers: &mut Responses<'a>,
    ) -> Result<Result<Vec<Item>, String>, Ask> {
        let mut ended = known.ended.clone();
        ended.extend(known.left_out.iter().filter(|item| !known.ended.contains(item)).cloned());
        for id in &self.package_ids {
            let Some((package, detail)) = packages.get_mut(id.as_str()) else { continue };
            if ended.iter().any(|item| item.id == *id) {
                continue;
            }
            if package.is_deleted() {
                ended.push(Item { id: id.clone(), failure: Some(WITHDRAWN.to_owned()) });
            } else if landed.contains(id) && package.has_ended() {
                let tells_more = self.startup_mode == 1 || package.status() == "3";
                if detail.is_none() && tells_more {
                    match answers.to(|| self.workspace().detail(id))? {
                        Ok(reply) => *detail = Some(&reply.body),
                        Err(refusal) => return Ok(Err(refusal.to_string())),
                    }
                }
                ended.push(Item { id: id.clone(), ..result_of(*package, *detail, self.startup_mode == 1) });
            }
        }
        Ok(Ok(ended))
    }

    fn outputs(&self, packages: &Packages, ended: &[Item]) -> Outputs {
        let status = |id: &String| packages.get(id.as_str()).map(|(package, _)| package.status());
        let is = |id: &&String, failed: bool| {
            ended.iter().any(|item| item.id == **id && item.failure.is_some() == failed)
        };
        let ids = |failed: bool| self.package_ids.iter().filter(move |id| is(id, failed)).cloned();
        let mut outputs = Outputs::default();
        outputs.set_list("package_id", self.package_ids.iter().cloned());
        outputs.set_list("deploy_status", self.package_ids.iter().map(|id| status(id).unwrap_or_default()));
        outputs.set_list("succeeded_package_ids", ids(false));
        outputs.set_list("failed_package_ids", ids(true));
        outputs
    }
}

/// Whether a package shows that it was deployed: its status has moved since, or it was deployed once more.
fn has_landed(known: &Known, package: Option<&Shown>, before: Option<&Shown>) -> bool {
    let Some((package, _)) = package else { return false };
    match before {
        Some((before, _)) => {
            package.status() != before.status() || package.deployed_at() > before.deployed_at()
        }
        None if known.earlier == ExistingRelease::Adopt => matches!(&*package.status(), "5" | "2"),
        // It was not shown before the call: what ended may have ended long ago.
        None if known.before.is_some() && known.released.is_none() => package.status() == "5",
        None => package.status() != "1",
    }
}

fn progress(waiting: &[&String], packages: &Packages, ended: Vec<Item>, outputs: Outputs) -> Progress {
    let package = |id: &str| packages.get(id).map(|(package, _)| *package);
    let state = |id: &&String| match package(id) {
        Some(package) => format!("`{id}` is {}", package.state()),
        None => format!("`{id}` is not shown"),
    };
    let states: Vec<String> = waiting.iter().map(state).collect();
    let gone = waiting.iter().filter(|id| package(id).is_none()).map(ToString::to_string).collect();
    let approved = |id: &&String| package(id).is_none_or(|package| package.status() != "1");
    let awaits_person = !waiting.iter().any(approved);
    Progress { ended, gone, awaits_person, ..Progress::new(states.join(", "), outputs) }
}

fn failure(item: &Item) -> Option<String> {
    item.failure.as_ref().map(|failure| format!("package `{}` {failure}", item.id))
}

fn quoted<'a>(ids: impl IntoIterator<Item = &'a String>) -> String {
    ids.into_iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

fn with_text_id(detail: &Value) -> Value {
    let mut detail = detail.clone();
    if let Some(text) = detail.get("package_id").and_then(as_text) {
        detail["package_id"] = Value::from(text);
    }
    detail
}
