//! `DataArts` Factory: tasks that wait for their release, packages of them, and their deployment.

mod deploy;
mod package_filter;
mod packages;
mod pending;
mod users;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use deploy::{Deployment, Manner};
pub use packages::Package;
pub use pending::{Fate, PendingItem};
pub use users::{Role, User};

use super::call::Call;
use crate::{record::Effect, refusal::Refusal};

/// One workspace of one project.
#[derive(Clone, Debug)]
pub struct Factory {
    /// The project's id.
    pub project_id: String,
    /// The workspace's id.
    pub workspace_id: String,
    /// Whether the workspace is the default one, so that the `workspace` header may be left out where it is optional.
    pub default_workspace: bool,
    /// The workspace's users.
    pub users: Vec<User>,
    /// Every submitted task, packed or not, oldest first.
    pub items: Vec<PendingItem>,
    /// Every package, oldest first.
    pub packages: Vec<Package>,
    /// How long a package still shows status 1 after it was sent to be deployed.
    pub starting: SignedDuration,
    /// How long it shows status 5 after that.
    pub deploying: SignedDuration,
    /// What somebody does with every package that a call makes; without it they wait for ever.
    pub review: Option<Review>,
    /// How thoroughly a call deploys several packages.
    pub manner: Manner,
    pub(crate) next_package: u64,
}

impl Factory {
    /// The package of this id, to be arranged.
    pub fn package_mut(&mut self, id: &str) -> Option<&mut Package> {
        self.packages.iter_mut().find(|package| package.id.to_string() == id)
    }

    /// The pending item of this id, to be arranged.
    pub fn item_mut(&mut self, id: &str) -> Option<&mut PendingItem> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    /// `deploy_status` of a package at this time; none where it was withdrawn, or is not there.
    #[must_use]
    pub fn deploy_status(&self, id: &str, now: Timestamp) -> Option<u8> {
        let is_it = |package: &&Package| package.id.to_string() == id && !package.deleted;
        Some(self.package_status(self.packages.iter().find(is_it)?, now))
    }

    pub(super) fn call(
        &mut self,
        now: Timestamp,
        call: &Call<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<Value, Refusal> {
        self.check_scope(call)?;
        match call.operation {
            "CreateFactoryPendingItemsPackage" => self.pack(now, call, effects),
            "ListFactoryPendingItems" => self.list_items(now, call),
            "ListFactoryReleasePackages" => self.list_packages(now, call),
            "DeployFactoryPackages" => self.deploy(now, call, effects),
            "CancelFactoryPackages" => self.unpack(call),
            "ShowFactoryPackageDetail" => self.show_package(now, call),
            "ListWorkspaceusers" => self.list_users(call),
            _ => self.show_task(now, call),
        }
    }

    fn check_scope(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let elsewhere = call.request.header("x-project-id").is_some_and(|id| id != self.project_id);
        if call.owner != self.project_id || elsewhere {
            return Err(Refusal::new(403, "APIGW.0302", "The IAM user is not authorized for this project"));
        }
        let optional = match call.operation {
            "CreateFactoryPendingItemsPackage" => false,
            "ListWorkspaceusers" => true,
            _ => self.default_workspace,
        };
        match call.request.header("workspace") {
            Some(workspace) if workspace == self.workspace_id => Ok(()),
            Some(_) => Err(forbidden()),
            None if optional => Ok(()),
            None => Err(invalid("the header workspace is required")),
        }
    }

    /// Where a deployment that began at this time stands.
    fn phase(&self, began: Timestamp, now: Timestamp) -> Phase {
        let age = now.duration_since(began);
        if age < self.starting {
            Phase::Waiting
        } else if age < self.starting + self.deploying {
            Phase::Running
        } else {
            Phase::Over
        }
    }
}

/// What somebody does with a new package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// How long after it was made.
    pub after: SignedDuration,
    /// What is done.
    pub verdict: Verdict,
}

/// The end of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The package is deployed.
    Approved,
    /// It is withdrawn: its `delete_flag` is 1.
    Rejected,
    /// It is gone, from the list and as a detail.
    Deleted,
}

/// How far a package is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running,
    Over,
}

impl Phase {
    /// The `deploy_status` of something that, once it is over, has failed or not.
    fn status(self, failed: bool) -> u8 {
        match self {
            Self::Waiting => 1,
            Self::Running => 5,
            Self::Over if failed => 3,
            Self::Over => 2,
        }
    }
}

pub(super) fn forbidden() -> Refusal {
    Refusal::new(400, "DLF.6888", "The current account does not have the permission for this operation.")
}

fn invalid(fault: impl Into<String>) -> Refusal {
    Refusal::new(400, "DLF.3051", format!("Invalid parameter: {}.", fault.into()))
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(400, "DLF.0810", format!("The task {id} does not exist."))
}
