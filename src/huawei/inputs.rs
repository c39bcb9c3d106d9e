//! Inputs that several operations have.

use crate::input::Presence::{Default, Required, RequiredOr};
use crate::input::Support::Full;
use crate::input::{Input, ValueType};

/// In the path of every DataArts call.
pub(super) const PROJECT_ID: Input = Input {
    name: "project_id",
    kind: ValueType::Id(64),
    need: RequiredOr(&["HUAWEICLOUD_SDK_PROJECT_ID"]),
    about: "the project's id",
    stage: Full,
};

/// DataArts allows a user ten requests a second, over all jobs: the common default would be too short.
pub(super) const POLL_INTERVAL: Input = Input {
    name: "poll_interval",
    kind: ValueType::Duration,
    need: Default("5s"),
    about: "the shortest pause between two polls",
    stage: Full,
};

/// A header of every DataArts call.
pub(super) const WORKSPACE: Input = Input {
    name: "workspace",
    kind: ValueType::Id(64),
    need: Required,
    about: "the workspace's id",
    stage: Full,
};
