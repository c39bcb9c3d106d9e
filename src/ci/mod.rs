//! CI systems: how each is recognised, where its outputs go, and what it shows to people. A CI renders and does not
//! write; [`crate::output::write::carry_out`] does.

mod destinations;
mod earlier_run;
mod github;
mod gitlab;
mod jenkins;
pub mod job_token;
pub mod journal;
mod plain;
pub mod report;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::error::InvalidInput;
use crate::input::wording::{self, Wording};
use crate::output::Format;
use crate::output::write::Effect;
use crate::process::env::Env;

/// Every CI, in the order in which they are looked for. The last one is always there.
pub static SYSTEMS: &[&dyn Ci] = &[&github::Github, &gitlab::Gitlab, &jenkins::Jenkins, &plain::Plain];

/// A CI system.
pub trait Ci: Sync {
    /// Its name in the input `ci`.
    fn name(&self) -> &'static str;

    /// Whether this run is one of its jobs.
    fn detect(&self, env: &Env) -> bool;

    /// The files that outputs go to, with the one that the user named.
    fn destinations(&self, env: &Env, output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput>;

    /// What people see first. The title names the endpoint, which is the user's text.
    fn begin(&self, _title: &str, _now: Timestamp) -> Vec<Effect> {
        Vec::new()
    }

    /// What people see last.
    fn end(&self, _ending: &RunSummary) -> Vec<Effect> {
        Vec::new()
    }

    /// Whether [`Ci::end`] shows what went wrong, which is logged elsewhere.
    fn annotates(&self) -> bool {
        false
    }

    /// How its users write inputs.
    fn wording(&self, _env: &Env) -> &'static Wording {
        &wording::VARIABLES
    }

    /// The variables that together name this job, the same in each attempt of it; the server first, a step last.
    fn job_variables(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether this CI says that it runs the same job once more.
    fn is_rerun(&self, _env: &Env) -> bool {
        false
    }

    /// Whether the output `result` stands on stdout.
    fn prints_result(&self) -> bool {
        true
    }
}

/// A file for outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
}

/// How a run ended, for people.
pub struct RunSummary<'a> {
    /// The operation, if it is known which.
    pub operation: Option<&'static str>,
    /// Whether [`Ci::begin`] was shown.
    pub begun: bool,
    /// What went wrong.
    pub error: Option<&'a str>,
    /// What was odd.
    pub warnings: &'a [String],
    /// When.
    pub now: Timestamp,
}

/// The CI that the user names, or the first that is recognised.
#[must_use]
pub fn select(env: &Env, named: Option<&str>) -> &'static dyn Ci {
    let by_name = SYSTEMS.iter().find(|ci| Some(ci.name()) == named);
    let here = || SYSTEMS.iter().find(|ci| ci.detect(env));
    *by_name.or_else(here).unwrap_or(&SYSTEMS[SYSTEMS.len() - 1])
}

/// How the users of this CI write inputs: of the one that it is, whichever one's outputs are asked for.
#[must_use]
pub fn wording(env: &Env, named: Option<&str>) -> &'static Wording {
    let all = [None, named].map(|named| select(env, named).wording(env));
    let own = all.iter().find(|wording| wording.key.is_some());
    own.copied().unwrap_or(all[0])
}

/// The file that the user named, by its ending.
fn named_destination(output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput> {
    let Some(path) = output_file.map(PathBuf::from) else {
        return Ok(Vec::new());
    };
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.and_then(Format::of_ending) {
        Some(format) => Ok(vec![Destination { path, format }]),
        None => Err(InvalidInput::new("output_file", "must end in `.json`, `.env` or `.properties`")),
    }
}

#[cfg(test)]
mod tests {
    use super::select;
    use crate::process::env::Env;

    #[test]
    fn each_is_recognised_by_its_own_word_alone() {
        let cases = [
            ("GITHUB_ACTIONS", "true", "github"),
            ("GITHUB_ACTIONS", "TRUE", "plain"),
            ("GITHUB_ACTIONS", "1", "plain"),
            ("GITHUB_ACTIONS", "false", "plain"),
            ("GITHUB_ACTIONS", "", "plain"),
            ("GITLAB_CI", "true", "gitlab"),
            ("GITLAB_CI", "yes", "plain"),
            ("JENKINS_URL", "https://jenkins.example/", "jenkins"),
            ("JENKINS_URL", "", "plain"),
            ("CI", "true", "plain"),
        ];
        for (name, value, ci) in cases {
            assert_eq!(select(&Env::from([(name, value)]), None).name(), ci, "{name}={value}");
        }
        let github = Env::from([("GITHUB_ACTIONS", "true")]);
        assert_eq!(select(&github, Some("gitlab")).name(), "gitlab");
        assert_eq!(select(&github, Some("auto")).name(), "github");
    }
}
