//! DataArts Factory "releasing task packages" (`DeployFactoryPackages`): approves and deploys submitted packages.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/DeployFactoryPackages.html>

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DATAARTS_FACTORY, Huawei, POLL_INTERVAL, PROJECT_ID, WORKSPACE, post};
use crate::catalog::{Entry, Output, build};
use crate::common::list;
use crate::http::{Header, Reply, Request};
use crate::input::Need::{Default, Optional, Required};
use crate::input::Stage::{Later, Works};
use crate::input::{Input, Kind};
use crate::operation::{Operation, Unclear};
use crate::output::{Outputs, as_text};

/// Its line in the catalog.
pub static ENTRY: Entry = Entry {
    name: "deploy_packages",
    vendors_name: "DeployFactoryPackages",
    about: "deploy submitted task packages of DataArts Factory",
    cloud: &Huawei,
    service: &DATAARTS_FACTORY,
    inputs: &[
        PROJECT_ID,
        Input {
            name: "package_ids",
            kind: Kind::Ids(100),
            need: Required,
            about: "the ids of the packages",
            stage: Works,
        },
        Input {
            name: "package_names",
            kind: Kind::List(100),
            need: Optional,
            about: "the names of the packages, instead of their ids",
            stage: Later,
        },
        Input { need: Optional, ..WORKSPACE },
        Input {
            name: "startup_mode",
            kind: Kind::OneOf(&["0", "1"]),
            need: Default("1"),
            about: "`1` starts the jobs, `0` does not",
            stage: Works,
        },
        POLL_INTERVAL,
    ],
    outputs: &[
        Output("deploy_package_details", "the answer's list, JSON"),
        Output("package_id", "the packages, in the order of the input"),
        Output("asy_task_id", "the task of each package"),
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
    fn release(&self) -> Request {
        let path = format!("/v2/{}/factory/release-packages/deploy", self.project_id);
        let mut request =
            post(path, &json!({"package_ids": self.package_ids, "startup_mode": self.startup_mode}));
        let workspace = self.workspace.iter();
        request.headers.extend(workspace.map(|id| Header::new("workspace", &**id)));
        request.headers.push(Header::new("X-Project-Id", &*self.project_id));
        request
    }

    /// `{"deploy_package_details": [{"asy_subtask_num": 1, "asy_task_id": "…", "package_id": 23}]}`, one for each
    /// package. The ids are numbers here and texts in the request; they leave as texts.
    fn released(&self, reply: &Reply) -> Result<Outputs, Unclear> {
        let Some(Value::Array(details)) = reply.body.get("deploy_package_details") else {
            return Err(Unclear::nothing("the answer has no `deploy_package_details`"));
        };
        let details: Vec<Value> = details.iter().map(with_text_id).collect();
        let of_package = |id: &&String| {
            details.iter().find(|detail| detail.get("package_id").and_then(Value::as_str) == Some(id))
        };
        let (listed, missing): (Vec<_>, Vec<_>) =
            self.package_ids.iter().partition(|id| of_package(id).is_some());
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
        let missing: Vec<String> = missing.iter().map(|id| format!("`{id}`")).collect();
        let what = format!("the answer says nothing of package {}", missing.join(", "));
        Err(Unclear { what, outputs })
    }

    fn is_batch(&self) -> bool {
        self.package_ids.len() > 1
    }
}

fn with_text_id(detail: &Value) -> Value {
    let mut detail = detail.clone();
    if let Some(text) = detail.get("package_id").and_then(as_text) {
        detail["package_id"] = Value::from(text);
    }
    detail
}
