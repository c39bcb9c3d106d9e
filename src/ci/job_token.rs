//! A token that is the same in each attempt of a CI job: a re-run repeats the release instead of making another.

use std::collections::BTreeMap;

use crate::ci::Ci;
use crate::error::InvalidInput;
use crate::process::env::Env;
use crate::text::digest;

/// The word in `client_token` that asks for it.
pub const KEYWORD: &str = "ci-run";

/// The SHA-256 of the CI, its job and everything that is asked for, in hexadecimal.
pub fn token(env: &Env, ci: &dyn Ci, asked_for: &BTreeMap<&str, &str>) -> Result<String, InvalidInput> {
    let variables = ci.job_variables();
    let job: Vec<&str> = variables
        .iter()
        .map(|name| env.text(name).map(Option::unwrap_or_default))
        .collect::<Result<_, _>>()?;
    // A stage and a step may be without a name; what tells one run of the CI from another may not.
    let needed = variables.len().saturating_sub(1);
    if let Some(missing) = job[..needed].iter().position(|value| value.is_empty()) {
        let problem =
            format!("is `{KEYWORD}`, but `{}` is not set: give a token of your own", variables[missing]);
        return Err(InvalidInput::new("client_token", problem));
    }
    if job.is_empty() {
        let problem =
            format!("is `{KEYWORD}`, but this is no job of a CI: give a token of your own, or leave it out");
        return Err(InvalidInput::new("client_token", problem));
    }
    let parts = [ci.name()].into_iter().chain(job);
    let parts = parts.chain(asked_for.iter().flat_map(|(name, value)| [*name, *value]));
    Ok(digest::of_parts(parts))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::token;
    use crate::ci;
    use crate::process::env::Env;

    fn github(changed: &str) -> String {
        let value = |name: &'static str| if changed == name { "another" } else { "one" };
        let names =
            ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_JOB", "GITHUB_ACTION"];
        let variables = names.map(|name| (name, value(name)));
        let env = Env::from([
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ATTEMPT", value("GITHUB_RUN_ATTEMPT")),
            variables[0],
            variables[1],
            variables[2],
            variables[3],
            variables[4],
        ]);
        let asked_for =
            BTreeMap::from([("operation", "release_artifact"), ("artifact_id", value("artifact_id"))]);
        token(&env, ci::select(&env, None), &asked_for).unwrap()
    }

    #[test]
    fn only_an_attempt_leaves_it_as_it_is() {
        let one = github("");
        assert_eq!(one.len(), 64);
        assert_eq!(github("GITHUB_RUN_ATTEMPT"), one);
        let names = [
            "GITHUB_SERVER_URL",
            "GITHUB_REPOSITORY",
            "GITHUB_RUN_ID",
            "GITHUB_JOB",
            "GITHUB_ACTION",
            "artifact_id",
        ];
        for name in names {
            assert_ne!(github(name), one, "{name}");
        }
    }

    #[test]
    fn without_a_job_there_is_none() {
        let plain = Env::default();
        let github = Env::from([("GITHUB_ACTIONS", "true"), ("GITHUB_SERVER_URL", "https://github.example")]);
        let told = [plain, github]
            .map(|env| token(&env, ci::select(&env, None), &BTreeMap::new()).unwrap_err().problem);
        insta::assert_snapshot!(told.join("\n"), @"
        is `ci-run`, but this is no job of a CI: give a token of your own, or leave it out
        is `ci-run`, but `GITHUB_REPOSITORY` is not set: give a token of your own
        ");
    }
}
