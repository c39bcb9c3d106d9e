//! Why a job has no identity token, and what gives it one: each CI in its own words.

use std::fs;

use serde_json::Value;

use super::TokenVariables;
use crate::process::env::Env;

/// What to do, by the CI that this job runs on.
#[must_use]
pub fn advice(env: &Env, variables: &TokenVariables) -> String {
    let is = |name, value| env.get(name) == Some(value);
    if is("GITHUB_ACTIONS", "true") {
        return like_github(env, variables);
    }
    if is("GITLAB_CI", "true") {
        return on_gitlab(variables);
    }
    if env.get("JENKINS_URL").is_some() {
        return format!(
            "bind a credential of the plugin OpenID Connect Provider, of the kind file and for the audience `{}`, to \
             `{}` (`withCredentials`)",
            variables.audience, variables.file
        );
    }
    format!("write the CI's identity token to a file, and set `{}` to its path", variables.file)
}

fn like_github(env: &Env, variables: &TokenVariables) -> String {
    const PERMISSIONS: &str =
        "give the job `permissions: id-token: write` (and `contents: read` where it checks out)";
    const FORGEJO: &str = "`enable-openid-connect: true` on the workflow or the job";
    if env.get("GITEA_ACTIONS").is_some() {
        return format!(
            "Gitea has no service for identity tokens: write a token of another issuer to a file, and set `{}` to its \
             path",
            variables.file
        );
    }
    if env.get("FORGEJO_ACTIONS").is_some() {
        return format!("set {FORGEJO}");
    }
    if env.get("GITHUB_ACTOR") == Some("dependabot[bot]") {
        return "GitHub gives a run of Dependabot's no identity token: skip this step there, by \
                `if: github.actor != 'dependabot[bot]'`"
            .to_owned();
    }
    if is_from_fork(env) {
        return "GitHub gives a pull request from a fork no identity token: skip this step there, by \
                `if: github.event.pull_request.head.repo.full_name == github.repository`"
            .to_owned();
    }
    if env.get("ACT") == Some("true") {
        return format!(
            "act has no service for identity tokens: set `{}` to the path of a token",
            variables.file
        );
    }
    let server = env.get("GITHUB_SERVER_URL").unwrap_or("https://github.com");
    if server == "https://github.com" || server.ends_with(".ghe.com") {
        PERMISSIONS.to_owned()
    } else {
        format!("{PERMISSIONS}; on Forgejo set {FORGEJO}")
    }
}

fn on_gitlab(variables: &TokenVariables) -> String {
    let audience = variables.audience;
    match variables.token {
        Some(token) => {
            format!("give the job `id_tokens: {{{token}: {{aud: {audience}}}}}` in `.gitlab-ci.yml`")
        }
        None => format!(
            "give the job `id_tokens: {{ID_TOKEN: {{aud: {audience}}}}}` in `.gitlab-ci.yml`, write `$ID_TOKEN` to a \
             file in `before_script`, and set `{}` to its path",
            variables.file
        ),
    }
}

/// What the event of a pull request says of where it comes from.
fn is_from_fork(env: &Env) -> bool {
    let is_pull_request = env.get("GITHUB_EVENT_NAME").is_some_and(|name| name.starts_with("pull_request"));
    let read = || {
        let event: Value = serde_json::from_slice(&fs::read(env.get("GITHUB_EVENT_PATH")?).ok()?).ok()?;
        let head = event.pointer("/pull_request/head/repo/full_name")?.as_str()?.to_owned();
        Some(Some(&*head) != env.get("GITHUB_REPOSITORY"))
    };
    is_pull_request && read().unwrap_or(false)
}
