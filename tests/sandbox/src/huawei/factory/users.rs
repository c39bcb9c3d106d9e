//! The workspace's users.

use serde_json::{Value, json};

use super::{Factory, forbidden, invalid};
use crate::{
    huawei::call::{Call, Page},
    refusal::Refusal,
    world,
};

/// A user of the workspace.
#[derive(Clone, Debug)]
pub struct User {
    /// `user_id`.
    pub id: String,
    /// `user_name`.
    pub name: String,
    /// The one role this user has.
    pub role: Role,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, approvals included.
    Admin,
    /// Submits tasks.
    Developer,
    /// Approves and deploys packages.
    Deployer,
}

impl Role {
    /// Whether a package may name such a user as its approver.
    #[must_use]
    pub fn approves(self) -> bool {
        self != Self::Developer
    }

    fn describe(self) -> Value {
        let (id, code) = match self {
            Self::Admin => ("r00001", "admin"),
            Self::Developer => ("r00002", "developer"),
            Self::Deployer => ("r00005", "deployer"),
        };
        json!({ "role_id": id, "role_code": code, "role_name": code })
    }
}

impl Factory {
    pub(super) fn user_name(&self, id: &str) -> Option<&str> {
        self.users.iter().find(|user| user.id == id).map(|user| user.name.as_str())
    }

    pub(super) fn list_users(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        if call.id != self.workspace_id {
            return Err(forbidden());
        }
        let query = call.query(&["limit", "offset"]).map_err(invalid)?;
        let page = |limit, offset| Page::new(limit?, offset?);
        let page = page(query.number("limit"), query.number("offset")).map_err(invalid)?;
        let data = page.of_entries(self.users.iter().map(|user| {
            json!({
                "id": user.id,
                "user_id": user.id,
                "user_name": user.name,
                "domain_id": world::DOMAIN_ID,
                "domain_owner": user.role == Role::Admin,
                "workspace_id": self.workspace_id,
                "type": 0,
                "roles": [user.role.describe()],
            })
        }));
        Ok(
            json!({ "count": self.users.len(), "total_page": self.users.len().div_ceil(page.limit), "data": data }),
        )
    }
}
