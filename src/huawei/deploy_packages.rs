//! DataArts Factory "releasing task packages" (`DeployFactoryPackages`): approves and deploys submitted packages.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/DeployFactoryPackages.html>

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::deployment::{Before, Effect, Packages, Shown, effect};
use super::factory::{Package, WITHDRAWN, Workspace, is_not_found, result_of};
use super::inputs::{POLL_INTERVAL, PROJECT_ID, WORKSPACE};
use super::services::DATAARTS_FACTORY;
use super::{Huawei, post};
use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Ids, List, OneOf};
use crate::input::settings::list;
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{Idempotency, Item, Known, Operation, Progress, State, Status, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};
use crate::text::identifier;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "deploy_packages",
    api_name: "DeployFactoryPackages",
    summary: "deploy submitted task packages of DataArts Factory",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    status_api: "ShowFactoryPackageDetail, ListFactoryReleasePackages",
    permissions: &["the role of a deployer or administrator in the workspace"],
    done_already: &["DLF.0810", "DLF.20810", "DLF.3051"],
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
    fn released(&self, known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear> {
        let Some(Value::Array(details)) = response.body.get("deploy_package_details") else {
            return Err(Unclear::nothing("the answer has no `deploy_package_details`"));
        };
        let details: Vec<Value> = details.iter().map(with_text_id).collect();
        let of_package = |id: &&String| {
            let is_it = |detail: &&Value| {
                let known = detail.get("package_id").and_then(Value::as_str);
                known.is_some_and(|known| identifier::normalize(known) == identifier::normalize(id))
            };
            details.iter().find(is_it)
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
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop> {
        let mut packages = self.packages(responses)?;
        let baseline = known.baseline.as_deref().map(|responses| self.before(responses));
        let effect = |id: &String| {
            let before = baseline.as_ref().map_or(Before::Unknown, |baseline| Before::of(baseline.get(id)));
            effect(known, id, packages.get(id), before)
        };
        let effects = self.package_ids.iter().map(|id| Ok((id, effect(id)?)));
        let effects: Vec<(&String, Effect)> = effects.collect::<Result<_, Stop>>()?;
        let of =
            |wanted: Effect| effects.iter().filter(move |(_, effect)| *effect == wanted).map(|(id, _)| *id);
        let is_skipped = |id: &String| known.skipped.iter().any(|item| item.id == *id);
        let landed: Vec<String> = of(Effect::Landed).cloned().collect();
        if known.released.is_none() {
            if let Some(id) = of(Effect::Earlier).next() {
                let seen = format!("`{id}` was deployed shortly before the call, perhaps by somebody else");
                return Ok(Status::new(State::Ambiguous(seen), Outputs::default()));
            }
            if landed.iter().all(|id| known.adopted.contains(id)) {
                return Ok(self.nothing_landed(baseline.as_ref(), &effects));
            }
        }
        let known_by = known_by(&packages);
        let finished = self.finished(known, &landed, &mut packages, responses)?;
        let outputs = self.outputs(&packages, &finished);
        let missing: Vec<String> =
            self.package_ids.iter().filter(|id| !landed.contains(id) && !is_skipped(id)).cloned().collect();
        if known.released.is_none() && !missing.is_empty() {
            let status = Status::new(State::Partial { found: landed, missing }, outputs);
            return Ok(Status { known_by, ..status });
        }
        let status = Status::new(self.state(&packages, finished), outputs);
        Ok(Status { known_by, ..status })
    }

    fn preview(&self, baseline: &[QueryResult]) -> String {
        let packages = self.before(baseline);
        let package = |id: &String| match packages.get(id.as_str()) {
            Some((package, _)) if package.has_ended() => {
                format!("`{id}` is {} already: would be deployed again", package.state())
            }
            Some((package, _)) => format!("`{id}` is {}: would be deployed", package.state()),
            None => format!("`{id}` is not shown"),
        };
        self.package_ids.iter().map(package).collect::<Vec<_>>().join("; ")
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::NonIdempotent
    }

    fn refused_by_baseline(&self, baseline: &[QueryResult]) -> Option<(&'static str, String)> {
        let packages = self.packages(&mut Responses::new(baseline)).ok()?;
        let unknown: Vec<&String> =
            self.package_ids.iter().filter(|id| !packages.contains_key(id.as_str())).collect();
        let names = if unknown.len() == 1 { "is no package" } else { "are no packages" };
        (!unknown.is_empty())
            .then(|| ("package_ids", format!("is wrong: {} {names} of this workspace", quoted(unknown))))
    }

    fn is_batch(&self) -> bool {
        self.package_ids.len() > 1
    }
}

impl DeployPackages {
    fn workspace(&self) -> Workspace<'_> {
        Workspace { project_id: &self.project_id, workspace: self.workspace.as_deref() }
    }

    fn called_for(&self, known: &Known) -> Vec<&String> {
        self.package_ids.iter().filter(|id| !known.adopted.contains(id)).collect()
    }

    fn packages<'a>(&self, responses: &mut Responses<'a>) -> Result<Packages<'a>, Stop> {
        let mut found = Packages::new();
        if self.is_batch() {
            let all = |listed: &[Package]| {
                let listed: HashSet<String> = listed.iter().map(|package| package.id()).collect();
                self.package_ids.iter().all(|id| listed.contains(&identifier::normalize(id)))
            };
            // What the list lacks is asked for by its detail.
            let listed = self.workspace().list(responses, None, all)?.packages;
            for id in &self.package_ids {
                let normal = identifier::normalize(id);
                if let Some(package) = listed.iter().find(|package| package.id() == normal) {
                    found.insert(id.clone(), (*package, None));
                }
            }
        }
        for id in &self.package_ids {
            if found.contains_key(id.as_str()) {
                continue;
            }
            match responses.get(|| self.workspace().detail(id))? {
                Ok(response) => match Package::of_detail(&response.body) {
                    Some(package) => {
                        found.insert(id.clone(), (package, Some(&response.body)));
                    }
                    None => return Err(Stop::Unclear("the answer has no `release_package`".to_owned())),
                },
                Err(refusal) if is_not_found(refusal) => {}
                Err(refusal) => return Err(Stop::refused(refusal)),
            }
        }
        Ok(found)
    }

    /// The packages as they were before the call.
    fn before<'a>(&self, responses: &'a [QueryResult]) -> Packages<'a> {
        self.packages(&mut Responses::new(responses)).unwrap_or_default()
    }

    /// No package shows an effect of the call.
    fn nothing_landed(&self, before: Option<&Packages>, effects: &[(&String, Effect)]) -> Status {
        if !effects.iter().all(|(_, effect)| *effect == Effect::Unchanged) {
            return Status::not_found();
        }
        let ids = quoted(&self.package_ids);
        let is_under_way = |(package, _): &Shown| package.status() == "5";
        let was = if before.is_some_and(|before| before.values().any(is_under_way)) {
            format!("a deployment of {ids} was under way, or had ended,")
        } else {
            format!("{ids} had ended")
        };
        let seen = format!("{was} before the call, and nothing shows that this was done again");
        Status::new(State::Unchanged(seen), Outputs::default())
    }

    /// Every package whose end is known, with those whose detail tells it now.
    fn finished<'a>(
        &self,
        known: &Known,
        landed: &[String],
        packages: &mut Packages<'a>,
        responses: &mut Responses<'a>,
    ) -> Result<Vec<Item>, Stop> {
        let mut finished = known.finished.clone();
        finished.extend(known.skipped.iter().filter(|item| !known.finished.contains(item)).cloned());
        for id in &self.package_ids {
            if finished.iter().any(|item| item.id == *id) {
                continue;
            }
            let Some((package, detail)) = packages.get_mut(id.as_str()) else {
                finished.extend(known.missing.iter().find(|item| item.id == *id).cloned());
                continue;
            };
            if package.is_deleted() {
                finished.push(Item::failed(id, WITHDRAWN));
            } else if landed.contains(id) && package.has_ended() {
                let tells_more = self.startup_mode == 1 || package.status() == "3";
                if detail.is_none() && tells_more {
                    match responses.get(|| self.workspace().detail(id))? {
                        Ok(response) => *detail = Some(&response.body),
                        Err(refusal) => return Err(Stop::refused(refusal)),
                    }
                }
                finished
                    .push(Item { id: id.clone(), ..result_of(*package, *detail, self.startup_mode == 1) });
            }
        }
        Ok(finished)
    }

    fn state(&self, packages: &Packages, finished: Vec<Item>) -> State {
        let is_over = |id: &&String| finished.iter().any(|item| item.id == **id);
        let waiting: Vec<&String> = self.package_ids.iter().filter(|id| !is_over(id)).collect();
        if !waiting.is_empty() {
            return State::InProgress(progress(&waiting, packages, finished));
        }
        let failures: Vec<String> = finished.iter().filter_map(failure).collect();
        match &failures[..] {
            [] => State::Succeeded,
            failures => State::Failed(failures.join("; ")),
        }
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

/// When the packages were deployed last.
fn known_by(packages: &Packages) -> Option<String> {
    let latest = packages.values().filter_map(|(package, _)| package.deployment_began()).max()?;
    Some(format!("deployed at {}", latest.strftime("%Y-%m-%dT%H:%M:%SZ")))
}

fn progress(waiting: &[&String], packages: &Packages, finished: Vec<Item>) -> Progress {
    let package = |id: &str| packages.get(id).map(|(package, _)| *package);
    let state = |id: &&String| match package(id) {
        Some(package) => format!("`{id}` is {}", package.state()),
        None => format!("`{id}` is not shown"),
    };
    let states: Vec<String> = waiting.iter().map(state).collect();
    let missing = waiting.iter().filter(|id| package(id).is_none()).map(|id| Item::failed(*id, WITHDRAWN));
    let approved = |id: &&String| package(id).is_none_or(|package| package.status() != "1");
    let awaits_person = !waiting.iter().any(approved);
    Progress {
        state: states.join(", "),
        finished,
        missing: missing.collect(),
        awaits_person,
        waiting_for: None,
    }
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
