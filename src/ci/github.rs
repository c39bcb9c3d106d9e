//! GitHub Actions, and Gitea and Forgejo, which read the same.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use jiff::Timestamp;

use super::{Ci, Destination, RunSummary, named_destination};
use crate::error::InvalidInput;
use crate::input::wording::Wording;
use crate::output::Format;
use crate::output::write::Effect;
use crate::process::env::Env;
use crate::text::sanitize;

/// The CI.
pub(super) struct Github;

/// A composite action hands every input on that it declares, and no other; an engine may leave those of an outer action in
/// the environment, too.
static WITH: Wording = Wording {
    key: Some("with: "),
    hands_on_all: true,
    is_shared: true,
    when_empty: "an expression such as `${{ vars.NAME }}` is empty where the variable is not set: see Settings, Secrets and \
                 variables, Actions; is it one of an environment that this job does not name in `environment`?",
    place: |operation| match operation {
        Some(operation) => {
            format!("mend the `with:` of this step; the README lists the inputs of `{operation}`")
        }
        None => "mend the `with:` of this step; the README lists the operations and their inputs".to_owned(),
    },
};

impl Ci for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("GITHUB_ACTIONS") == Some("true")
    }

    fn destinations(&self, env: &Env, output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput> {
        let Some(path) = env.text("GITHUB_OUTPUT")? else {
            return Err(InvalidInput::new(
                "GITHUB_OUTPUT",
                "is not set, so outputs have nowhere to go: hand it on to this process, or set `INPUT_CI` to `plain`",
            ));
        };
        let mut destinations = vec![Destination { path: path.into(), format: Format::Heredoc }];
        destinations.extend(named_destination(output_file)?);
        Ok(destinations)
    }

    fn begin(&self, title: &str, _now: Timestamp) -> Vec<Effect> {
        vec![Effect::Stdout(format!("::group::{}", data(&sanitize::line(title))))]
    }

    /// One annotation: the runner keeps no more than ten of a step, and repeats them on the page of the run.
    fn end(&self, ending: &RunSummary) -> Vec<Effect> {
        let mut effects = Vec::new();
        if ending.begun {
            effects.push(Effect::Stdout("::endgroup::".to_owned()));
        }
        let (level, message) = match (ending.error, ending.warnings) {
            (Some(error), _) => ("error", error.to_owned()),
            (None, []) => return effects,
            (None, warnings) => ("warning", warnings.join("\n")),
        };
        let title = property(ending.operation.unwrap_or("release-step"));
        let lines: Vec<String> = sanitize::lines(&message).collect();
        let message = data(&lines.join("\n"));
        effects.push(Effect::Stdout(format!("::{level} title={title}::{message}")));
        effects
    }

    fn annotates(&self) -> bool {
        true
    }

    fn wording(&self, _env: &Env) -> &'static Wording {
        &WITH
    }

    /// Not `GITHUB_RUN_ATTEMPT`: a re-run is the same job.
    fn job_variables(&self) -> &'static [&'static str] {
        &["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_JOB", "GITHUB_ACTION"]
    }

    fn is_rerun(&self, env: &Env) -> bool {
        env.get("GITHUB_RUN_ATTEMPT").and_then(|attempt| attempt.trim().parse::<u64>().ok()) > Some(1)
    }

    fn prints_result(&self) -> bool {
        false
    }
}

/// Escapes the data of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
