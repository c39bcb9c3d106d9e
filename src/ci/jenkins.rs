//! Jenkins.
//!
//! Source: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>

use std::path::Path;

use super::{Ci, Destination, named_destination};
use crate::error::InvalidInput;
use crate::output::Format;
use crate::process::env::Env;

/// The CI.
pub(super) struct Jenkins;

impl Ci for Jenkins {
    fn name(&self) -> &'static str {
        "jenkins"
    }

    fn detect(&self, env: &Env) -> bool {
        env.get("JENKINS_URL").is_some()
    }

    fn destinations(&self, env: &Env, output_file: Option<&str>) -> Result<Vec<Destination>, InvalidInput> {
        let own = Destination {
            path: Path::new(env.text("WORKSPACE")?.unwrap_or(".")).join("release-step.json"),
            format: Format::Json,
        };
        let named = named_destination(output_file)?;
        Ok(std::iter::once(own).chain(named).collect())
    }

    /// A build has no attempts, but a step in it may be retried.
    fn job_variables(&self) -> &'static [&'static str] {
        &["JENKINS_URL", "JOB_NAME", "BUILD_NUMBER", "STAGE_NAME"]
    }
}
