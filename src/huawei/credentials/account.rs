//! The ids of the account that credentials do not carry: one look-up where the inputs leave them out.

use jiff::Timestamp;
use serde_json::Value;

use super::iam;
use crate::cloud::credentials::Credentials;
use crate::cloud::credentials::exchange::{Answers, Next, Patience, Question, Step};
use crate::cloud::credentials::source::Context;
use crate::error::{CallError, Error, FailureClass};
use crate::http::endpoint::Endpoint;
use crate::http::{Body, Header, Method, Request, Response};
use crate::process::env::Env;
use crate::text::sanitize;

/// Whether an id can be found out: the source of the credentials may name it, and IAM is asked where it is known which one.
pub(in crate::huawei) fn may_look_up(input: &str, env: &Env, region: Option<&str>) -> bool {
    let is_set = |name: &str| env.get(name).is_some_and(|value| !value.trim().is_empty());
    let is_named = is_set("HUAWEICLOUD_SDK_CREDENTIALS_FILE");
    match input {
        "project_id" => region.is_some() || is_named,
        "domain_id" => {
            let variables =
                ["INPUT_IAM_ENDPOINT", "HUAWEICLOUD_SDK_IAM_ENDPOINT", "HUAWEICLOUD_OIDC_AGENCY_URN"];
            region.is_some() || is_named || variables.into_iter().any(is_set)
        }
        _ => false,
    }
}

/// The question for an id; none where nothing can be asked.
pub(in crate::huawei) fn look_up(
    context: &Context,
    input: &str,
    credentials: Credentials,
) -> Result<Option<Box<dyn Question<String>>>, Error> {
    let iam = iam::iam_endpoint(context, None)?;
    Ok(match (input, context.region.as_deref()) {
        ("project_id", Some(region)) => {
            Some(Box::new(Project { iam, region: region.to_owned(), credentials }))
        }
        ("domain_id", _) => Some(Box::new(Domain { iam, sts: iam::sts_endpoint(context)?, credentials })),
        _ => None,
    })
}

/// The project of a region: it has the region's name.
///
/// Source: <https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html>
struct Project {
    iam: Endpoint,
    region: String,
    credentials: Credentials,
}

/// The account: the one that IAM shows to a user, else that of the caller's identity, which sessions of an agency have too.
///
/// Source: <https://support.huaweicloud.com/intl/en-us/api-iam/iam_07_0001.html>,
/// <https://support.huaweicloud.com/intl/en-us/api-iam5/GetCallerIdentity.html>
struct Domain {
    iam: Endpoint,
    sts: Endpoint,
    credentials: Credentials,
}

impl Question<String> for Project {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<String, Next> {
        let query = vec![("name", self.region.clone())];
        let step =
            || get(&self.iam, iam::IAM, "/v3/projects", query, &self.credentials, "the projects' list");
        let response = answers.either(step)?.as_ref().map_err(|failed| refused(failed, "project_id"))?;
        match &ids(response, "projects")[..] {
            [one] => Ok(one.clone()),
            [] => Err(unclear(
                &format!("there is no project of the name `{}`", sanitize::line(&self.region)),
                "project_id",
            )),
            several => {
                let list = several.join("`, `");
                let what =
                    format!("several projects have the name `{}`: `{list}`", sanitize::line(&self.region));
                Err(unclear(&what, "project_id"))
            }
        }
    }
}

impl Question<String> for Domain {
    fn next(&self, _now: Timestamp, answers: &mut Answers) -> Result<String, Next> {
        let step = || {
            get(&self.iam, iam::IAM, "/v3/auth/domains", Vec::new(), &self.credentials, "the accounts' list")
        };
        let listed = answers.either(step)?;
        match listed.as_ref().map(|response| ids(response, "domains")).unwrap_or_default().as_slice() {
            [one] => return Ok(one.clone()),
            [] => {}
            several => {
                return Err(unclear(
                    &format!("there are several accounts: `{}`", several.join("`, `")),
                    "domain_id",
                ));
            }
        }
        let step = || {
            get(
                &self.sts,
                iam::STS,
                "/v5/caller-identity",
                Vec::new(),
                &self.credentials,
                "`GetCallerIdentity`",
            )
        };
        let response = answers.either(step)?.as_ref().map_err(|failed| refused(failed, "domain_id"))?;
        let id = match &response.body {
            Body::Json(body) => body.get("account_id").and_then(Value::as_str).filter(|id| is_id(id)),
            Body::Text(_) | Body::Unreadable(_) => None,
        };
        id.map(str::to_owned)
            .ok_or_else(|| unclear("the account's id is not shown to these credentials", "domain_id"))
    }
}

fn get(
    endpoint: &Endpoint,
    server: &'static str,
    path: &str,
    query: Vec<(&'static str, String)>,
    credentials: &Credentials,
    call: &'static str,
) -> Step {
    let request = Request {
        method: Method::Get,
        path: path.to_owned(),
        query,
        headers: vec![Header::new("accept", "application/json")],
        body: String::new().into(),
    };
    let signed_with = Some(credentials.clone());
    Step {
        call,
        server,
        endpoint: endpoint.clone(),
        request,
        signed_with,
        patience: Patience::Query,
        read: iam::read,
    }
}

/// The ids of a list, as far as they are ids: they go into paths.
fn ids(response: &Response, list: &str) -> Vec<String> {
    let Body::Json(body) = &response.body else { return Vec::new() };
    let items = body.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids = items.iter().filter_map(|item| item.get("id").and_then(Value::as_str));
    ids.filter(|id| is_id(id)).map(str::to_owned).collect()
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 64
        && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn variable(input: &str) -> &'static str {
    if input == "project_id" { "HUAWEICLOUD_SDK_PROJECT_ID" } else { "HUAWEICLOUD_SDK_DOMAIN_ID" }
}

fn refused(failed: &CallError, input: &str) -> Next {
    let hint = match failed.answer.http_status {
        Some(403) => format!("the credentials may not list it: set `{input}`, or `{}`", variable(input)),
        _ => failed.hint.clone().unwrap_or_else(|| format!("set `{input}`, or `{}`", variable(input))),
    };
    let what = failed.what.clone().map(|what| format!("`{input}` is not given, and {what}"));
    CallError { what, hint: Some(hint), ..failed.clone() }.into()
}

/// What the service says does not name one id: that is no matter of the credentials.
fn unclear(what: &str, input: &str) -> Next {
    let what = format!("`{input}` is not given, and {what}");
    let hint = format!("set `{input}`, or `{}`", variable(input));
    CallError { is_permanent: true, ..CallError::without_answer(FailureClass::Rejected, what, Some(&hint)) }
        .into()
}
