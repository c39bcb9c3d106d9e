//! Submitted tasks that wait for their release, and packing them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Factory, Package, invalid};
use crate::{
    huawei::call::{Call, Page, Query},
    json::Checked,
    record::Effect,
    refusal::Refusal,
};

/// A submitted task.
#[derive(Clone, Debug)]
pub struct PendingItem {
    /// `pending_item_id`.
    pub id: String,
    /// `item_name`: the job's or the script's.
    pub name: String,
    /// `task_type`: 1 job, 2 script, 3 resource.
    pub task_type: u8,
    /// `update_type`: 1 added, 2 changed, 3 deleted.
    pub update_type: u8,
    /// `submit_user_id`: whoever applies for the release must be the same.
    pub submit_user_id: String,
    /// `submit_timestamp`.
    pub submitted: Timestamp,
    /// The package it is in.
    pub package: Option<u64>,
    /// What becomes of it when it is deployed.
    pub fate: Fate,
}

/// What becomes of a deployed task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is deployed, and its job starts where that is asked for.
    Deploys,
    /// It fails to be deployed, and its package with it.
    Fails,
    /// It is deployed, and its job fails to start where that is asked for.
    StartFails,
}

impl Factory {
    pub(super) fn pack(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        let names = ["apply_user_id", "package_name", "pending_item_list", "approver_ids"];
        let read = || -> Checked<_> {
            let fields = call.fields(&names)?;
            let (applicant, name) =
                (fields.required_text("apply_user_id")?, fields.required_text("package_name")?);
            let (items, approvers) =
                (fields.required_texts("pending_item_list")?, fields.required_texts("approver_ids")?);
            Ok((applicant.to_owned(), name.to_owned(), items, approvers))
        };
        let (applicant, name, items, approvers) = read().map_err(invalid)?;
        for id in &approvers {
            if !self.users.iter().any(|user| user.id == *id && user.role.approves()) {
                return Err(invalid(format!("{id} is not an approver of this workspace")));
            }
        }
        let id = self.make_package(now, &applicant, &name, &items, approvers)?;
        effects.push(Effect::of_call("CreateFactoryPendingItemsPackage", &id, now));
        Ok(json!({ "package_name": name, "release_package_id": id }))
    }

    /// Makes a package of an applicant's items, and says its id.
    pub(in crate::huawei) fn make_package(
        &mut self,
        now: Timestamp,
        applicant: &str,
        name: &str,
        items: &[String],
        approvers: Vec<String>,
    ) -> Result<String, Refusal> {
        for id in items {
            self.check_item(id, applicant)?;
        }
        let id = self.next_package;
        self.next_package += 1;
        for item in self.items.iter_mut().filter(|item| items.contains(&item.id)) {
            item.package = Some(id);
        }
        self.packages.push(Package {
            id,
            name: name.into(),
            applicant: applicant.into(),
            approvers,
            applied: now,
            deployment: None,
            deleted: false,
        });
        Ok(id.to_string())
    }

    fn check_item(&self, id: &str, applicant: &str) -> Result<(), Refusal> {
        match self.items.iter().find(|item| item.id == id) {
            None => Err(invalid(format!("the pending item {id} does not exist"))),
            Some(item) if item.package.is_some() => {
                Err(invalid(format!("the pending item {id} is packed already")))
            }
            Some(item) if item.submit_user_id != applicant => {
                Err(invalid(format!("apply_user_id did not submit the pending item {id}")))
            }
            Some(_) => Ok(()),
        }
    }

    pub(super) fn list_items(&self, now: Timestamp, call: &Call<'_>) -> Result<Value, Refusal> {
        let names = [
            "submit_user_name",
            "item_name",
            "update_type",
            "task_type",
            "start_time",
            "end_time",
            "limit",
            "offset",
        ];
        let query = call.query(&names).map_err(invalid)?;
        let page = |limit, offset| Page::new(limit?, offset?);
        let page = page(query.number("limit"), query.number("offset")).map_err(invalid)?;
        let filter = Filter::read(&query).map_err(invalid)?;
        let found = self.items.iter().filter(|item| !self.deployed(item, now) && filter.passes(item, self));
        let found: Vec<_> = found.collect();
        let total = found.len();
        let data = page.of_pages(found.into_iter().map(|item| {
            let mut entry = self.describe_item(item);
            entry["package_flag"] = json!(u8::from(item.package.is_some()));
            entry["project_id"] = json!(self.full_project_id());
            entry
        }));
        Ok(json!({ "total": total, "data": data }))
    }

    /// What is live does not wait any more.
    fn deployed(&self, item: &PendingItem, now: Timestamp) -> bool {
        let package = self.packages.iter().find(|package| Some(package.id) == item.package);
        package.is_some_and(|package| self.package_status(package, now) == 2)
    }

    /// What the list of pending items and the detail of a package both say of an item.
    pub(super) fn describe_item(&self, item: &PendingItem) -> Value {
        json!({
            "pending_item_id": item.id,
            "item_name": item.name,
            "task_id": format!("task-{}", item.id),
            "task_type": item.task_type,
            "update_type": item.update_type,
            "deployed_version": 1,
            "pending_version": 2,
            "submit_user_id": item.submit_user_id,
            "submit_user_name": self.user_name(&item.submit_user_id),
            "submit_timestamp": item.submitted.as_millisecond(),
        })
    }
}

struct Filter<'a> {
    submit_user_name: Option<&'a str>,
    item_name: Option<&'a str>,
    update_type: Option<i64>,
    task_type: Option<i64>,
    start_time: Option<i64>,
    end_time: Option<i64>,
}

impl<'a> Filter<'a> {
    fn read(query: &'a Query) -> Checked<Self> {
        Ok(Self {
            submit_user_name: query.get("submit_user_name"),
            item_name: query.get("item_name"),
            update_type: query.number("update_type")?,
            task_type: query.number("task_type")?,
            start_time: query.number("start_time")?,
            end_time: query.number("end_time")?,
        })
    }

    fn passes(&self, item: &PendingItem, factory: &Factory) -> bool {
        let user = factory.user_name(&item.submit_user_id);
        let submitted = item.submitted.as_millisecond();
        self.submit_user_name.is_none_or(|name| user == Some(name))
            && self.item_name.is_none_or(|name| item.name.contains(name))
            && self.update_type.is_none_or(|kind| kind == i64::from(item.update_type))
            && self.task_type.is_none_or(|kind| kind == i64::from(item.task_type))
            && self.start_time.is_none_or(|start| submitted >= start)
            && self.end_time.is_none_or(|end| submitted <= end)
    }
}
