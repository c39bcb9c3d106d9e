//! Deploying packages, withdrawing them, and the task that a deployment is.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Factory, Package, Phase, invalid, not_found};
use crate::{huawei::call::Call, json::Checked, record::Effect, refusal::Refusal, text, world};

/// A package's way into production.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// `asy_task_id`.
    pub task_id: String,
    /// When it was called for.
    pub began: Timestamp,
    /// `deploy_user_id`.
    pub user_id: String,
    /// Whether `startup_mode` was 1.
    pub starts_jobs: bool,
}

/// How thoroughly a call deploys several packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// All of them.
    Whole,
    /// All of them, and the answer lists the first one only.
    ListsFirst,
    /// The first one only, and the answer lists no other.
    DoesFirst,
    /// The first one only, and the answer is an error.
    FailsAfterFirst,
}

impl Factory {
    pub(super) fn deploy(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        let (ids, starts_jobs) = wanted(call).map_err(invalid)?;
        // All or nothing: an unknown id keeps the others from being deployed.
        for id in &ids {
            self.package(id)?;
        }
        let mut details = Vec::new();
        let count = if matches!(self.manner, Manner::Whole | Manner::ListsFirst) { ids.len() } else { 1 };
        for id in &ids[..count] {
            details.push(self.deploy_one(now, id, starts_jobs, world::DEPLOYER_ID)?);
            effects.push(Effect::of_call("DeployFactoryPackages", id, now));
        }
        match self.manner {
            Manner::FailsAfterFirst => return Err(Refusal::new(500, "APIGW.0606", "Gateway internal error")),
            Manner::ListsFirst => details.truncate(1),
            Manner::Whole | Manner::DoesFirst => {}
        }
        Ok(json!({ "deploy_package_details": details }))
    }

    /// Deploying a package once more deploys it once more: jobs start a second time.
    pub(in crate::huawei) fn deploy_one(
        &mut self,
        now: Timestamp,
        id: &str,
        starts_jobs: bool,
        user_id: &str,
    ) -> Result<Value, Refusal> {
        let package = self.package(id)?;
        let key = format!("{id} {}", now.as_nanosecond());
        let task_id = text::sha256(key.as_bytes())[..32].to_owned();
        let user_id = user_id.to_owned();
        package.deployment = Some(Deployment { task_id: task_id.clone(), began: now, user_id, starts_jobs });
        let package_id = package.id;
        let subtasks = self.items_of(package_id).count();
        Ok(json!({ "asy_subtask_num": subtasks, "asy_task_id": task_id, "package_id": package_id }))
    }

    pub(super) fn unpack(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let fields = call.fields(&["package_ids"]).map_err(invalid)?;
        let ids = fields.required_texts("package_ids").map_err(invalid)?;
        for id in &ids {
            if self.package(id)?.deployment.is_some() {
                return Err(invalid(format!("the package {id} does not wait for its approval any more")));
            }
        }
        for id in &ids {
            self.withdraw(id)?;
        }
        Ok(Value::Null)
    }

    /// Withdraws a package, wherever it stands, and frees its items.
    pub(in crate::huawei) fn withdraw(&mut self, id: &str) -> Result<(), Refusal> {
        let package = self.package(id)?;
        package.deleted = true;
        let package = package.id;
        for item in self.items.iter_mut().filter(|item| item.package == Some(package)) {
            item.package = None;
        }
        Ok(())
    }

    pub(super) fn show_task(&self, now: Timestamp, call: &Call<'_>) -> Result<Value, Refusal> {
        call.query(&[]).map_err(invalid)?;
        let runs = |package: &&Package| {
            package.deployment.as_ref().is_some_and(|deployment| deployment.task_id == call.id)
        };
        let package = self.packages.iter().find(runs).ok_or_else(|| not_found(&call.id))?;
        let began = package.deployment.as_ref().map_or(now, |deployment| deployment.began);
        let status = match self.package_status(package, now) {
            2 => "SUCCESSFUL",
            3 => "FAILED",
            _ => "RUNNING",
        };
        let over = began + self.starting + self.deploying;
        let update = now.min(over).as_millisecond();
        let subtasks = self.items_of(package.id).map(|item| {
            json!({ "id": item.id, "name": item.name, "status": status, "lastUpdate": update, "message": "" })
        });
        Ok(json!({
            "id": call.id,
            "name": package.name,
            "status": status,
            "startTime": began.as_millisecond(),
            "endTime": (self.phase(began, now) == Phase::Over).then(|| over.as_millisecond()),
            "lastUpdate": update,
            "message": "",
            "subtasks": subtasks.collect::<Vec<_>>(),
        }))
    }
}

/// The packages that a call wants deployed, and whether their jobs are to start.
fn wanted(call: &Call<'_>) -> Checked<(Vec<String>, bool)> {
    let fields = call.fields(&["package_ids", "startup_mode"])?;
    let starts_jobs = match fields.integer("startup_mode")? {
        None | Some(1) => true,
        Some(0) => false,
        Some(_) => return Err("startup_mode is neither 0 nor 1".into()),
    };
    Ok((fields.required_texts("package_ids")?, starts_jobs))
}
