//! DataArts Factory "releasing a package" (`CreateFactoryPendingItemsPackage`): packs pending items into a package
//! and submits it to its approvers.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/CreateFactoryPendingItemsPackage.html>

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::factory::{Package, WITHDRAWN, Workspace, is_not_found, result_of};
use super::inputs::{POLL_INTERVAL, PROJECT_ID, WORKSPACE};
use super::services::DATAARTS_FACTORY;
use super::{Huawei, post};
use crate::cloud::query::{Ask, QueryResult, Responses};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Id, List, Text};
use crate::input::settings::list;
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{ExistingRelease, Known, Observation, Operation, Progress, Unclear};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};

/// How many packages of the same name are looked into for the same items, the newest first.
const MOST_CANDIDATES: usize = 20;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "release_package",
    api_name: "CreateFactoryPendingItemsPackage",
    about: "pack pending items of DataArts Factory and submit them for approval",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    inputs: &[
        PROJECT_ID,
        WORKSPACE,
        Input::required("apply_user_id", Text(256), "the user who submitted the pending items"),
        Input::required("package_name", Text(256), "the name that the package gets"),
        Input::required("pending_item_list", List(100), "the ids of the pending items"),
        Input::optional("pending_items", List(100), "the names of the pending items, instead of their ids")
            .planned(),
        Input::required("approver_ids", List(100), "the ids of the users who may approve it"),
        Input::optional("approvers", List(100), "the names of the approvers, instead of their ids").planned(),
        Input::optional("release_package_id", Id(64), "the package to wait for, with `resume`"),
        POLL_INTERVAL,
    ],
    outputs: &[
        Output("release_package_id", "the package's id"),
        Output("package_name", "the package's name"),
        Output("deploy_status", "after a wait: 1 waiting for approval, 5 releasing, 2 success, 3 failed"),
    ],
    build: build::<ReleasePackage>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "fields have the vendor's names of the parameters")]
pub struct ReleasePackage {
    /// `project_id` in the path.
    project_id: String,
    /// `workspace`, a header: the workspace's id.
    workspace: String,
    /// `apply_user_id`: the `submit_user_id` of the pending items.
    apply_user_id: String,
    /// `package_name`: free text.
    package_name: String,
    /// `pending_item_list`: the `pending_item_id`s.
    #[serde(deserialize_with = "list")]
    pending_item_list: Vec<String>,
    /// `approver_ids`: the `user_id`s of administrators or deployers of the workspace.
    #[serde(deserialize_with = "list")]
    approver_ids: Vec<String>,
    /// `release_package_id` of the answer to an earlier run.
    release_package_id: Option<String>,
}

impl Operation for ReleasePackage {
    fn release(&self, _known: &Known) -> Request {
        let workspace = self.workspace();
        workspace.call(post(
            workspace.path("pending-items/package"),
            &json!({
                "apply_user_id": self.apply_user_id,
                "package_name": self.package_name,
                "pending_item_list": self.pending_item_list,
                "approver_ids": self.approver_ids,
            }),
        ))
    }

    /// `{"package_name": "…", "release_package_id": "…"}`
    fn released(&self, _known: &Known, reply: &ApiResponse) -> Result<Outputs, Unclear> {
        let mut outputs = Outputs::default();
        outputs.copy(&reply.body, &["release_package_id", "package_name"]);
        if outputs.get("release_package_id").is_none() {
            let what = "the answer has no `release_package_id`".to_owned();
            return Err(Unclear { what, outputs });
        }
        Ok(outputs)
    }

    /// The package of the call's answer; before there is one, the only new one of this name, user and items.
    fn observe(&self, known: &Known, answers: &mut Responses) -> Result<Observation, Ask> {
        let given = self.release_package_id.clone().filter(|_| known.earlier == ExistingRelease::Resume);
        let id = known.released.as_ref().and_then(|released| released.get("release_package_id")).or(given);
        if let Some(id) = id {
            return match answers.to(|| self.workspace().detail(&id))? {
                Ok(reply) => Ok(self.observed(&reply.body)),
                Err(refusal) => Ok(gone(known, id, refusal)),
            };
        }
        let listed = self.workspace().list(answers, Some(&self.package_name), |_| false)?;
        let listed = match listed {
            Ok(packages) => packages,
            Err(seen) => return Ok(Observation::Unclear(seen)),
        };
        if known.before.is_none() && known.earlier == ExistingRelease::Ignore {
            return Ok(Observation::NotThere);
        }
        let before = known.before.as_deref().map(ids_of).unwrap_or_default();
        // One that is new and was withdrawn at once was released all the same.
        let is_new = known.before.is_some();
        let candidates = listed.into_iter().filter(|package| self.is_like(*package));
        let mut candidates: Vec<Package> = candidates
            .filter(|package| !before.contains(&package.id()) && (is_new || !package.is_deleted()))
            .collect();
        candidates.sort_by_key(|package| Reverse(package.text("apply_timestamp").parse::<i64>().ok()));
        self.choose(&candidates, answers)
    }
}

impl ReleasePackage {
    fn workspace(&self) -> Workspace<'_> {
        Workspace { project_id: &self.project_id, workspace: Some(&self.workspace) }
    }

    /// Whether a package has the name and the applicant. The list's `key_word` finds longer names too.
    fn is_like(&self, package: Package) -> bool {
        package.text("package_name") == self.package_name
            && package.text("apply_user_id") == self.apply_user_id
    }

    /// A name may be used again and again; what tells packages apart is what is in them.
    fn choose(&self, candidates: &[Package], answers: &mut Responses) -> Result<Observation, Ask> {
        let mut matching = Vec::new();
        for candidate in candidates.iter().take(MOST_CANDIDATES) {
            match answers.to(|| self.workspace().detail(&candidate.id()))? {
                Ok(reply) if self.has_these_items(&reply.body) => matching.push(&reply.body),
                Ok(_) => {}
                Err(refusal) if is_not_found(refusal) => {}
                Err(refusal) => return Ok(Observation::Unclear(refusal.to_string())),
            }
        }
        match matching[..] {
            [] => Ok(Observation::NotThere),
            [detail] => Ok(self.observed(detail)),
            _ => {
                let ids = matching.iter().filter_map(|detail| Package::of_detail(detail));
                let ids: Vec<String> = ids.map(|package| format!("`{}`", package.id())).collect();
                Ok(Observation::Ambiguous(format!("several packages fit: {}", ids.join(", "))))
            }
        }
    }

    fn has_these_items(&self, detail: &Value) -> bool {
        let tasks = detail.get("task_details").and_then(Value::as_array).into_iter().flatten();
        let items: BTreeSet<String> =
            tasks.filter_map(|task| task.get("pending_item_id").and_then(as_text)).collect();
        // An answer that leaves them out says nothing against the package.
        items.is_empty() || self.pending_item_list.iter().all(|id| items.contains(id))
    }

    fn observed(&self, detail: &Value) -> Observation {
        let Some(package) = Package::of_detail(detail) else {
            return Observation::Unclear("the answer has no `release_package`".to_owned());
        };
        let mut outputs = Outputs::default();
        outputs.set("release_package_id", package.id());
        outputs.set("package_name", self.package_name.as_str());
        outputs.set("deploy_status", package.status());
        if package.is_deleted() {
            return Observation::Failed { reason: format!("the package {WITHDRAWN}"), outputs };
        }
        match (package.has_ended(), result_of(package, Some(detail), false).failure) {
            (true, Some(failure)) => {
                Observation::Failed { reason: format!("the package {failure}"), outputs }
            }
            (true, None) => Observation::Done(outputs),
            (false, _) => Observation::Pending(Progress {
                awaits_person: package.status() == "1",
                ..Progress::new(package.state(), outputs)
            }),
        }
    }
}

/// A package that is not shown, or not any more: what has gone for good is remembered as ended.
fn gone(known: &Known, id: String, refusal: &ApiError) -> Observation {
    if !is_not_found(refusal) {
        return Observation::Unclear(refusal.to_string());
    }
    if known.ended.iter().any(|item| item.id == id) {
        let outputs = Outputs::default();
        return Observation::Failed { reason: format!("the package {WITHDRAWN}"), outputs };
    }
    if known.released.is_none() {
        return Observation::NotThere;
    }
    Observation::Pending(Progress { gone: vec![id], ..Progress::new("not shown", Outputs::default()) })
}

/// The packages that the answers before the call show.
fn ids_of(answers: &[QueryResult]) -> BTreeSet<String> {
    let pages = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let packages = pages.filter_map(|page| page.body.get("data")).filter_map(Value::as_array).flatten();
    packages.map(|package| Package(package).id()).collect()
}
