//! The inputs that every operation has.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::http::Limits;
use crate::input::Need::{Default, Optional, Required};
use crate::input::Stage::{Later, Works};
use crate::input::{Input, Kind};

/// The table of common inputs, in the order in which `--help` shows them.
pub static INPUTS: &[Input] = &[
    Input {
        name: "operation",
        kind: Kind::Text(64),
        need: Required,
        about: "which call to make",
        stage: Works,
    },
    Input {
        name: "region",
        kind: Kind::Id(64),
        need: Optional,
        about: "the cloud's region id; Compute Nest has `cn-hangzhou` for a default, DCDN has none, Huawei Cloud needs it unless \
                `endpoint` is given",
        stage: Works,
    },
    Input {
        name: "endpoint",
        kind: Kind::Origin,
        need: Optional,
        about: "scheme, host and port instead of the region's",
        stage: Works,
    },
    Input {
        name: "wait",
        kind: Kind::Boolean,
        need: Default("false"),
        about: "poll until the release is done",
        stage: Works,
    },
    Input {
        name: "wait_timeout",
        kind: Kind::Duration,
        need: Default("30m"),
        about: "how long to wait at most; `0` asks once",
        stage: Works,
    },
    Input {
        name: "poll_interval",
        kind: Kind::Duration,
        need: Default("1s"),
        about: "the shortest pause between two polls",
        stage: Works,
    },
    Input {
        name: "poll_max_interval",
        kind: Kind::Duration,
        need: Default("30s"),
        about: "the longest pause between two polls",
        stage: Works,
    },
    Input {
        name: "if_released",
        kind: Kind::OneOf(&["again", "adopt", "fail"]),
        need: Default("again"),
        about: "what to do when the status says that it is released already",
        stage: Works,
    },
    Input {
        name: "resume",
        kind: Kind::Boolean,
        need: Default("false"),
        about: "send no release call, wait for the one made before",
        stage: Works,
    },
    Input {
        name: "request_timeout",
        kind: Kind::Limit,
        need: Default("30s"),
        about: "limit of one query; connecting has at most half of it, never more than 10 s",
        stage: Works,
    },
    Input {
        name: "release_timeout",
        kind: Kind::Limit,
        need: Default("120s"),
        about: "limit of the release call's answer",
        stage: Works,
    },
    Input {
        name: "retry_timeout",
        kind: Kind::Duration,
        need: Default("5m"),
        about: "how long failed exchanges may be repeated or looked up",
        stage: Works,
    },
    Input {
        name: "settle_time",
        kind: Kind::Duration,
        need: Default("90s"),
        about: "how long after a lost answer \"not there\" is not yet believed",
        stage: Works,
    },
    Input {
        name: "dry_run",
        kind: Kind::BooleanOr("online"),
        need: Default("false"),
        about: "check everything and send no release call",
        stage: Later,
    },
    Input {
        name: "output_file",
        kind: Kind::Path,
        need: Optional,
        about: "a file for the outputs beside the CI's own place: `.json`, `.env` or `.properties`; on GitLab the dotenv file",
        stage: Works,
    },
    Input {
        name: "output_prefix",
        kind: Kind::Name(64),
        need: Optional,
        about: "put before every output's name, except inside JSON",
        stage: Works,
    },
    Input {
        name: "summary_file",
        kind: Kind::Path,
        need: Optional,
        about: "where the page for people goes, beside the CI's own place",
        stage: Later,
    },
    Input {
        name: "ca_file",
        kind: Kind::Path,
        need: Optional,
        about: "more trusted roots, a PEM file",
        stage: Works,
    },
    Input {
        name: "oidc_audience",
        kind: Kind::Text(256),
        need: Optional,
        about: "audience of the CI's identity token, where it is asked for",
        stage: Later,
    },
    Input {
        name: "sts_endpoint",
        kind: Kind::Origin,
        need: Optional,
        about: "base URL of the token service",
        stage: Later,
    },
    Input {
        name: "iam_endpoint",
        kind: Kind::Origin,
        need: Optional,
        about: "base URL of Huawei Cloud's IAM",
        stage: Later,
    },
    Input {
        name: "ci",
        kind: Kind::OneOf(&["auto", "github", "gitlab", "jenkins", "plain"]),
        need: Default("auto"),
        about: "which CI's formats to write",
        stage: Works,
    },
    Input {
        name: "log_level",
        kind: Kind::OneOf(&["error", "warn", "info", "debug", "trace"]),
        need: Default("info"),
        about: "how much is logged",
        stage: Works,
    },
    Input {
        name: "log_format",
        kind: Kind::OneOf(&["text", "json"]),
        need: Default("text"),
        about: "how it is logged",
        stage: Works,
    },
];

/// How a run goes about its release, by the common inputs.
#[derive(Clone, Debug, Deserialize)]
pub struct Rules {
    /// Whether to wait until the release is done.
    pub wait: bool,
    /// How long at most.
    #[serde(deserialize_with = "milliseconds")]
    pub wait_timeout: Duration,
    /// The shortest pause between two polls.
    #[serde(deserialize_with = "milliseconds")]
    pub poll_interval: Duration,
    /// The longest pause between two polls.
    #[serde(deserialize_with = "milliseconds")]
    pub poll_max_interval: Duration,
    /// What to do about a release that is there already.
    pub if_released: IfReleased,
    /// Whether to wait for the release that an earlier run made, and make none.
    pub resume: bool,
    /// How long failed exchanges are repeated.
    #[serde(deserialize_with = "milliseconds")]
    pub retry_timeout: Duration,
    /// How long after a lost answer "not there" is not yet believed.
    #[serde(deserialize_with = "milliseconds")]
    pub settle_time: Duration,
    /// Limit of one query.
    #[serde(deserialize_with = "milliseconds")]
    request_timeout: Duration,
    /// Limit of the release call's answer.
    #[serde(deserialize_with = "milliseconds")]
    release_timeout: Duration,
}

/// What to do about a release that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfReleased {
    /// Release again.
    Again,
    /// Send nothing, go on with it.
    Adopt,
    /// Send nothing, fail.
    Fail,
}

impl Rules {
    /// The limits of the release call: connecting has at most half of either limit, never more than 10 s.
    #[must_use]
    pub fn of_call(&self) -> Limits {
        Limits { connect: self.connect(), total: self.release_timeout }
    }

    /// The limits of one query.
    #[must_use]
    pub fn of_query(&self) -> Limits {
        Limits { connect: self.connect(), total: self.request_timeout }
    }

    fn connect(&self) -> Duration {
        (self.request_timeout.min(self.release_timeout) / 2).min(Duration::from_secs(10))
    }
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// A list, which stands in the values as a JSON array.
pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(serde::de::Error::custom)
}
