//! Release packages: their list and their details.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Deployment, Factory, Fate, PendingItem, Phase, invalid, not_found, package_filter::Filter};
use crate::{huawei::call::Call, refusal::Refusal};

/// A release package.
#[derive(Clone, Debug)]
pub struct Package {
    /// `package_id`: text in most places, a number in the answer to a deployment.
    pub id: u64,
    /// `package_name`; packages may share it.
    pub name: String,
    /// `apply_user_id`.
    pub applicant: String,
    /// The ids of `package_approvers`.
    pub approvers: Vec<String>,
    /// `apply_timestamp`.
    pub applied: Timestamp,
    /// Its last deployment.
    pub deployment: Option<Deployment>,
    /// Whether it was withdrawn: `delete_flag` is 1, its items are free again.
    pub deleted: bool,
}

impl Factory {
    /// The package of this id, unless it was withdrawn.
    pub(super) fn package(&mut self, id: &str) -> Result<&mut Package, Refusal> {
        let known = self.package_mut(id).filter(|package| !package.deleted);
        known.ok_or_else(|| not_found(id))
    }

    pub(super) fn items_of(&self, package: u64) -> impl Iterator<Item = &PendingItem> {
        self.items.iter().filter(move |item| item.package == Some(package))
    }

    fn package_phase(&self, package: &Package, now: Timestamp) -> Phase {
        package.deployment.as_ref().map_or(Phase::Waiting, |deployment| self.phase(deployment.began, now))
    }

    /// `deploy_status`: 1 waiting for approval, 5 releasing, 2 success, 3 failed.
    pub(super) fn package_status(&self, package: &Package, now: Timestamp) -> u8 {
        let failed = self.items_of(package.id).any(|item| item.fate == Fate::Fails);
        self.package_phase(package, now).status(failed)
    }

    pub(super) fn show_package(&self, now: Timestamp, call: &Call<'_>) -> Result<Value, Refusal> {
        call.query(&[]).map_err(invalid)?;
        let known = self.packages.iter().find(|package| package.id.to_string() == call.id);
        let package = known.ok_or_else(|| not_found(&call.id))?;
        let details: Vec<_> =
            self.items_of(package.id).map(|item| self.describe_task(package, item, now)).collect();
        Ok(json!({ "release_package": self.describe_package(package, now), "task_details": details }))
    }

    fn describe_package(&self, package: &Package, now: Timestamp) -> Value {
        let approver = |id: &String| json!({ "user_id": id, "user_name": self.user_name(id) });
        let deployment = package.deployment.as_ref();
        json!({
            "package_id": package.id.to_string(),
            "package_name": package.name,
            "deploy_status": self.package_status(package, now),
            "apply_user_id": package.applicant,
            "apply_user_name": self.user_name(&package.applicant),
            "apply_timestamp": package.applied.as_millisecond(),
            "deploy_user_id": deployment.map(|deployment| &deployment.user_id),
            "deploy_user_name": deployment.and_then(|deployment| self.user_name(&deployment.user_id)),
            "deploy_timestamp": deployment.map(|deployment| deployment.began.as_millisecond()),
            "package_approvers": package.approvers.iter().map(approver).collect::<Vec<_>>(),
            "delete_flag": u8::from(package.deleted),
            "workspace_id": self.workspace_id,
            "project_id": self.full_project_id(),
        })
    }

    fn describe_task(&self, package: &Package, item: &PendingItem, now: Timestamp) -> Value {
        let phase = self.package_phase(package, now);
        let status = phase.status(item.fate == Fate::Fails);
        let starts = package.deployment.as_ref().is_some_and(|deployment| deployment.starts_jobs)
            && item.task_type == 1;
        let mut entry = self.describe_item(item);
        entry["deploy_status"] = json!(status);
        if starts && status == 2 {
            entry["start_job_status"] = json!(if item.fate == Fate::StartFails { 3 } else { 2 });
        }
        entry
    }

    /// The project's id as this service writes it in its answers.
    pub(super) fn full_project_id(&self) -> String {
        format!("{}-workspace-{}", self.project_id, self.workspace_id)
    }

    pub(super) fn list_packages(&self, now: Timestamp, call: &Call<'_>) -> Result<Value, Refusal> {
        let filter = Filter::read(call).map_err(invalid)?;
        let mut found: Vec<_> =
            self.packages.iter().filter(|package| filter.passes(package, self, now)).collect();
        let by_deployment = filter.order_column.as_deref() == Some("deploy_timestamp");
        let time = |package: &&Package| {
            let deployed = package.deployment.as_ref().map(|deployment| deployment.began);
            if by_deployment { deployed } else { Some(package.applied) }
        };
        if filter.ascending {
            found.sort_by_key(|package| (time(package), package.id));
        } else {
            found.sort_by_key(|package| Reverse((time(package), package.id)));
        }
        let total = found.len();
        let data = filter.page.of_pages(found.into_iter().map(|package| self.describe_package(package, now)));
        Ok(json!({ "total": total, "data": data }))
    }
}
