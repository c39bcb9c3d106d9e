//! GitLab CI.
//!
//! Source: <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv>,
//! <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Ci, Destination, RunSummary};
use crate::error::InvalidInput;
use crate::input::wording::{Wording, listed_by_help};
use crate::output::Format;
use crate::output::write::Effect;
use crate::process::env::Env;
use crate::text::sanitize;

/// The CI.
pub(super) struct Gitlab;

const WHEN_EMPTY: &str = "a variable behind it has no value in this job: see Settings, CI/CD, Variables; a protected one is there \
                          only on protected branches and tags, and one of an environment only in its jobs";

/// The component hands every input on that it declares.
static COMPONENT: Wording = Wording {
    key: Some("inputs: "),
    hands_on_all: true,
    is_shared: false,
    when_empty: WHEN_EMPTY,
    place: |operation| match operation {
        Some(operation) => {
            format!("mend the component's `inputs:`; the README lists those of `{operation}`")
        }
        None => "mend the component's `inputs:`; the README lists the operations and their inputs".to_owned(),
    },
};

/// A job that sets variables.
static VARIABLES: Wording = Wording {
    key: None,
    hands_on_all: false,
    is_shared: false,
    when_empty: WHEN_EMPTY,
    place: listed_by_help,
};

impl Ci for Gitlab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("GITLAB_CI") == Some("true")
    }

    /// The dotenv report, and beside it the JSON with what the report cannot carry.
    fn destinations(&self, env: &Env, output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput> {
        let dotenv = match output_file {
            Some(path) if Path::new(path).extension().is_some_and(|ending| ending == "env") => {
                PathBuf::from(path)
            }
            Some(_) => {
                return Err(InvalidInput::new(
                    "output_file",
                    "must end in `.env` on GitLab, where it is the dotenv report; a `.json` is written beside it",
                ));
            }
            None => Path::new(env.text("CI_PROJECT_DIR")?.unwrap_or(".")).join("release-step.env"),
        };
        let json = dotenv.with_extension("json");
        Ok(vec![
            Destination { path: dotenv, format: Format::Dotenv },
            Destination { path: json, format: Format::Json },
        ])
    }

    fn begin(&self, title: &str, now: Timestamp) -> Vec<Effect> {
        let title = sanitize::line(title);
        let now = now.as_second();
        vec![Effect::Stderr(format!("\x1b[0Ksection_start:{now}:release_step\r\x1b[0K{title}"))]
    }

    /// The section is closed first: an error in a folded section is not seen.
    fn end(&self, ending: &RunSummary) -> Vec<Effect> {
        let now = ending.now.as_second();
        let end = format!("\x1b[0Ksection_end:{now}:release_step\r\x1b[0K");
        Vec::from_iter(ending.begun.then_some(Effect::Stderr(end)))
    }

    fn wording(&self, env: &Env) -> &'static Wording {
        // Only the component sets it.
        if env.get("RELEASE_STEP_OUTPUT_NAME").is_some() { &COMPONENT } else { &VARIABLES }
    }

    /// Not `CI_JOB_ID`: a retried job has another one.
    fn job_variables(&self) -> &'static [&'static str] {
        &["CI_SERVER_URL", "CI_PROJECT_ID", "CI_PIPELINE_ID", "CI_JOB_NAME"]
    }
}
