//! Inputs that several operations have.

use crate::input::Input;
use crate::input::ValueType::{Duration, Id};

/// The account's variables that name a project: those of the SDKs, of Terraform, and of the vendor's own GitHub action.
const PROJECTS: &[&str] = &["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "HUAWEI_CLOUD_PROJECT_ID"];

/// In the path of every DataArts call.
pub(super) const PROJECT_ID: Input = Input::required("project_id", Id(64), "the project's id").or(PROJECTS);

/// DataArts allows a user ten requests a second, over all jobs: the common default would be too short.
pub(super) const POLL_INTERVAL: Input =
    Input::optional("poll_interval", Duration, "the shortest pause between two polls").default("5s");

/// A header of every DataArts call.
pub(super) const WORKSPACE: Input = Input::required("workspace", Id(64), "the workspace's id");
