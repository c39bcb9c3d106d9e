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
use crate::cloud::query::{QueryResult, Responses, Stop};
use crate::error::ApiError;
use crate::http::{ApiResponse, Request};
use crate::input::Input;
use crate::input::ValueType::{Id, List, Text};
use crate::input::settings::list;
use crate::operation::spec::{OperationSpec, build};
use crate::operation::{
    ExistingRelease, Idempotency, Item, Known, Operation, Progress, State, Status, Unclear,
};
use crate::output::common::Output;
use crate::output::{Outputs, as_text};
use crate::text::{identifier, sanitize};

/// How many packages of the same name are looked into for the same items, the newest first.
const MOST_CANDIDATES: usize = 200;

/// Its line in the catalog.
pub static SPEC: OperationSpec = OperationSpec {
    name: "release_package",
    api_name: "CreateFactoryPendingItemsPackage",
    summary: "pack pending items of DataArts Factory and submit them for approval",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    status_api: "ShowFactoryPackageDetail, ListFactoryReleasePackages",
    permissions: &["the role of a developer, deployer or administrator in the workspace"],
    // The items are packed already, perhaps by this very call.
    done_already: &["DLF.3051"],
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
    fn released(&self, _known: &Known, response: &ApiResponse) -> Result<Outputs, Unclear> {
        let mut outputs = Outputs::default();
        outputs.copy(&response.body, &["package_name"]);
        let id = response.body.get("release_package_id").and_then(as_text).unwrap_or_default();
        let what = match &*identifier::normalize(&id) {
            "" => "the answer has no `release_package_id`".to_owned(),
            id if identifier::is_valid(id) => {
                outputs.set("release_package_id", id);
                return Ok(outputs);
            }
            odd => format!("its `release_package_id` is `{}`, which is no id", sanitize::line(odd)),
        };
        Err(Unclear { what, outputs })
    }

    /// The package of the call's answer; before there is one, the only new one of exactly this name, applicant, items and
    /// approvers.
    fn status(&self, known: &Known, responses: &mut Responses) -> Result<Status, Stop> {
        let given = self.release_package_id.clone().filter(|_| known.existing == ExistingRelease::Resume);
        let id = known.released.as_ref().and_then(|released| released.get("release_package_id")).or(given);
        if let Some(id) = id {
            return match responses.get(|| self.workspace().detail(&id))? {
                Ok(response) => {
                    self.check_name(&id, &response.body)?;
                    self.observed(&response.body)
                }
                Err(refusal) => missing(known, id, refusal),
            };
        }
        let listed = self.workspace().list(responses, Some(&self.package_name), |_| false)?.all()?;
        if known.released.is_some() {
            return Ok(Status::in_progress("not shown yet", Outputs::default()));
        }
        if known.baseline.is_none() && known.existing == ExistingRelease::Ignore {
            return Ok(Status::not_found());
        }
        let before = known.baseline.as_deref().map(ids_of).unwrap_or_default();
        // One that is new, or the one to resume, was released even if it was withdrawn; to adopt it is of no use.
        let counts = |package: &Package| {
            let is_of_use = known.existing != ExistingRelease::Adopt || !package.is_deleted();
            !before.contains(&package.id()) && is_of_use
        };
        let candidates = listed.into_iter().filter(|package| self.is_like(*package)).filter(counts);
        let mut candidates: Vec<Package> = candidates.collect();
        candidates.sort_by_key(|package| Reverse(package.applied()));
        self.choose(known, &candidates, responses)
    }

    fn preview(&self, baseline: &[QueryResult]) -> String {
        let (items, approvers) = (self.pending_item_list.join("`, `"), self.approver_ids.join("`, `"));
        let same = ids_of(baseline).len();
        let packages = if same == 1 { "package has" } else { "packages have" };
        format!(
            "would make package `{}` of the items `{items}`, for approval by `{approvers}`; {same} {packages} a name like it",
            self.package_name
        )
    }

    fn idempotency(&self) -> Idempotency {
        Idempotency::NonIdempotent
    }
}

/// What a package of the same name and applicant is to this release.
enum Likeness {
    /// Exactly what was asked for.
    Same,
    /// Nothing of it.
    Other,
    /// It has items of it, but is not what was asked for, or its detail does not tell: what was seen.
    Unclear(String),
    /// Its detail lists no items.
    Itemless,
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

    /// An id that is given by mistake, or answered for another call, is another release.
    fn check_name(&self, id: &str, detail: &Value) -> Result<(), Stop> {
        let name = Package::of_detail(detail).map(|package| package.text("package_name")).unwrap_or_default();
        if name.is_empty() || name.trim() == self.package_name.trim() {
            return Ok(());
        }
        let (name, asked_for) = (sanitize::line(&name), &self.package_name);
        Err(Stop::Unclear(format!("package `{id}` is named `{name}`, not `{asked_for}`")))
    }

    /// A name may be used again and again; what tells packages apart is what is in them.
    fn choose(
        &self,
        known: &Known,
        candidates: &[Package],
        responses: &mut Responses,
    ) -> Result<Status, Stop> {
        if candidates.len() > MOST_CANDIDATES {
            let seen = format!("more than {MOST_CANDIDATES} packages are named `{}`", self.package_name);
            return Err(Stop::Unclear(seen));
        }
        let resumes = known.existing == ExistingRelease::Resume;
        let (mut same, mut unclear, mut itemless, mut notes) = (Vec::new(), Vec::new(), None, Vec::new());
        for candidate in candidates {
            let id = candidate.path_id()?;
            let detail = match responses.get(|| self.workspace().detail(&id))? {
                Ok(response) => &response.body,
                // Gone since, or a replica that has not heard of it yet.
                Err(refusal) if is_not_found(refusal) && (resumes || candidate.has_ended()) => continue,
                Err(refusal) if is_not_found(refusal) => {
                    let seen = format!("package `{id}` of the same name is listed, but has no detail");
                    return Err(Stop::Unclear(seen));
                }
                Err(refusal) => return Err(Stop::refused(refusal)),
            };
            match self.likeness(known, *candidate, detail) {
                Likeness::Same => same.push((id, detail)),
                Likeness::Other => {}
                Likeness::Unclear(seen) => unclear.push(seen),
                // The one to resume may be one of which nothing is left, but only if no other one fits.
                Likeness::Itemless if resumes => itemless = itemless.or(Some(no_items(&id))),
                Likeness::Itemless if known.baseline.is_none() && candidate.has_ended() => {
                    notes.push(format!("{}: it is passed over", no_items(&id)));
                }
                Likeness::Itemless => {
                    return Err(Stop::Unclear(no_items(&id)));
                }
            }
        }
        let is_alive =
            |(_, detail): &(String, &Value)| !Package::of_detail(detail).is_some_and(Package::is_deleted);
        if resumes && same.iter().any(is_alive) {
            same.retain(is_alive);
        }
        let status = match (&same[..], &unclear[..]) {
            (_, [seen, ..]) => Status::new(State::Ambiguous(seen.clone()), Outputs::default()),
            ([], _) => match itemless {
                Some(seen) => return Err(Stop::Unclear(seen)),
                None => Status::not_found(),
            },
            ([(_, detail)], _) => self.observed(detail)?,
            (several, _) => {
                let ids: Vec<String> = several.iter().map(|(id, _)| format!("`{id}`")).collect();
                let seen = format!("several packages fit: {}", ids.join(", "));
                Status::new(State::Ambiguous(seen), Outputs::default())
            }
        };
        Ok(Status { notes, ..status })
    }

    fn likeness(&self, known: &Known, candidate: Package, detail: &Value) -> Likeness {
        let id = candidate.id();
        let tasks = detail.get("task_details").and_then(Value::as_array).into_iter().flatten();
        let items: BTreeSet<String> = tasks
            .filter_map(|task| task.get("pending_item_id").and_then(as_text))
            .map(|item| identifier::normalize(&item))
            .collect();
        let asked_for: BTreeSet<String> =
            self.pending_item_list.iter().map(|item| identifier::normalize(item)).collect();
        if items.is_empty() {
            return Likeness::Itemless;
        }
        if items.is_disjoint(&asked_for) {
            return Likeness::Other;
        }
        if items != asked_for {
            return Likeness::Unclear(format!(
                "package `{id}` of the same name has other items, too, or not all"
            ));
        }
        let Some(approvers) = Package::of_detail(detail).and_then(Package::approver_ids) else {
            return Likeness::Unclear(format!(
                "package `{id}` has these items, and does not tell its approvers"
            ));
        };
        if approvers != self.approver_ids.iter().cloned().collect() {
            return Likeness::Unclear(format!("package `{id}` has these items and other approvers"));
        }
        if known.is_before_call(candidate.applied()) {
            return Likeness::Unclear(format!("package `{id}` was made shortly before the call"));
        }
        Likeness::Same
    }

    fn observed(&self, detail: &Value) -> Result<Status, Stop> {
        let Some(package) = Package::of_detail(detail) else {
            return Err(Stop::Unclear("the answer has no `release_package`".to_owned()));
        };
        let mut outputs = Outputs::default();
        outputs.set("release_package_id", package.path_id()?);
        outputs.set("package_name", self.package_name.as_str());
        outputs.set("deploy_status", package.status());
        let failure = result_of(package, Some(detail), false).failure;
        let state = match (package.is_deleted(), package.has_ended(), failure) {
            (true, ..) => State::Failed(format!("the package {WITHDRAWN}")),
            (false, true, Some(failure)) => State::Failed(format!("the package {failure}")),
            (false, true, None) => State::Succeeded,
            (false, false, _) => State::InProgress(Progress {
                state: package.state(),
                awaits_person: package.status() == "1",
                waiting_for: package.waiting_for().filter(|_| package.status() == "1"),
                ..Progress::default()
            }),
        };
        Ok(Status { known_by: Some(format!("package `{}`", package.id())), ..Status::new(state, outputs) })
    }
}

fn no_items(id: &str) -> String {
    format!("package `{id}` of the same name lists no items")
}

/// A package that is not shown, or not any more.
fn missing(known: &Known, id: String, refusal: &ApiError) -> Result<Status, Stop> {
    if !is_not_found(refusal) {
        return Err(Stop::refused(refusal));
    }
    if known.released.is_none() {
        return Ok(Status::not_found());
    }
    if known.missing.iter().any(|item| item.id == id) {
        return Ok(Status::new(State::Failed(format!("the package {WITHDRAWN}")), Outputs::default()));
    }
    let progress = Progress {
        state: "the package is not shown".to_owned(),
        missing: vec![Item::failed(id, WITHDRAWN)],
        ..Progress::default()
    };
    Ok(Status::new(State::InProgress(progress), Outputs::default()))
}

/// The packages that the answers before the call show.
fn ids_of(responses: &[QueryResult]) -> BTreeSet<String> {
    let pages = responses.iter().filter_map(|response| response.as_ref().ok());
    let packages = pages.filter_map(|page| page.body.get("data")).filter_map(Value::as_array).flatten();
    packages.map(|package| Package(package).id()).collect()
}
