//! DataArts Factory "releasing a package" (`CreateFactoryPendingItemsPackage`): packs pending items into a package
//! and submits it to its approvers.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/CreateFactoryPendingItemsPackage.html>

use serde::Deserialize;
use serde_json::json;

use super::{DATAARTS_FACTORY, Huawei, POLL_INTERVAL, PROJECT_ID, WORKSPACE, post};
use crate::catalog::{Entry, Output, build};
use crate::common::list;
use crate::http::{Header, Reply, Request};
use crate::input::Need::{Optional, Required};
use crate::input::Stage::{Later, Works};
use crate::input::{Input, Kind};
use crate::operation::{Operation, Unclear};
use crate::output::Outputs;

/// Its line in the catalog.
pub static ENTRY: Entry = Entry {
    name: "release_package",
    vendors_name: "CreateFactoryPendingItemsPackage",
    about: "pack pending items of DataArts Factory and submit them for approval",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    inputs: &[
        PROJECT_ID,
        Input { need: Required, ..WORKSPACE },
        Input {
            name: "apply_user_id",
            kind: Kind::Text(256),
            need: Required,
            about: "the user who submitted the pending items",
            stage: Works,
        },
        Input {
            name: "package_name",
            kind: Kind::Text(256),
            need: Required,
            about: "the name that the package gets",
            stage: Works,
        },
        Input {
            name: "pending_item_list",
            kind: Kind::List(100),
            need: Required,
            about: "the ids of the pending items",
            stage: Works,
        },
        Input {
            name: "pending_items",
            kind: Kind::List(100),
            need: Optional,
            about: "the names of the pending items, instead of their ids",
            stage: Later,
        },
        Input {
            name: "approver_ids",
            kind: Kind::List(100),
            need: Required,
            about: "the ids of the users who may approve it",
            stage: Works,
        },
        Input {
            name: "approvers",
            kind: Kind::List(100),
            need: Optional,
            about: "the names of the approvers, instead of their ids",
            stage: Later,
        },
        Input {
            name: "release_package_id",
            kind: Kind::Id(64),
            need: Optional,
            about: "the package to wait for, with `resume`",
            stage: Later,
        },
        POLL_INTERVAL,
    ],
    outputs: &[
        Output("release_package_id", "the package's id"),
        Output("package_name", "the package's name"),
    ],
    build: build::<ReleasePackage>,
};

/// The request's parameters.
#[derive(Debug, Deserialize)]
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
}

impl Operation for ReleasePackage {
    fn release(&self) -> Request {
        let path = format!("/v2/{}/factory/pending-items/package", self.project_id);
        let mut request = post(
            path,
            &json!({
                "apply_user_id": self.apply_user_id,
                "package_name": self.package_name,
                "pending_item_list": self.pending_item_list,
                "approver_ids": self.approver_ids,
            }),
        );
        request.headers.push(Header::new("workspace", &*self.workspace));
        request.headers.push(Header::new("X-Project-Id", &*self.project_id));
        request
    }

    /// `{"package_name": "…", "release_package_id": "…"}`
    fn released(&self, reply: &Reply) -> Result<Outputs, Unclear> {
        let mut outputs = Outputs::default();
        outputs.copy(&reply.body, &["release_package_id", "package_name"]);
        if outputs.get("release_package_id").is_none() {
            let what = "the answer has no `release_package_id`".to_owned();
            return Err(Unclear { what, outputs });
        }
        Ok(outputs)
    }
}
