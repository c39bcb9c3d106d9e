//! Task packages of DataArts Factory, as its status queries show them.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/dataartsstudio_02_0382.html> and the models of
//! the vendor's own SDK, `huaweicloudsdkdataartsstudio`.

use serde_json::{Value, json};

use super::{get, post};
use crate::cloud::query::{Ask, Responses};
use crate::error::ApiError;
use crate::http::{Header, Request};
use crate::operation::Item;
use crate::output::as_text;

/// Packages on one page of a list.
const PAGE: usize = 100;
/// A server that has always one more page must not be asked for ever.
const MOST_PAGES: usize = 100;

/// The workspace that calls are about.
#[derive(Clone, Copy)]
pub(super) struct Workspace<'a> {
    pub(super) project_id: &'a str,
    pub(super) workspace: Option<&'a str>,
}

impl Workspace<'_> {
    /// A call with the headers that say which workspace it is about.
    pub(super) fn call(self, mut request: Request) -> Request {
        request.headers.extend(self.workspace.map(|id| Header::new("workspace", id)));
        request.headers.push(Header::new("X-Project-Id", self.project_id));
        request
    }

    pub(super) fn path(self, rest: &str) -> String {
        format!("/v2/{}/factory/{rest}", self.project_id)
    }

    /// `ShowFactoryPackageDetail`
    pub(super) fn detail(self, id: &str) -> Request {
        self.call(get(self.path(&format!("release-packages/{id}"))))
    }

    /// `ListFactoryReleasePackages`, whose `offset` counts pages.
    fn page(self, key_word: Option<&str>, page: usize) -> Request {
        let mut body = json!({ "limit": PAGE, "offset": page });
        if let Some(key_word) = key_word {
            body["key_word"] = json!(key_word);
        }
        self.call(post(self.path("release-packages"), &body))
    }

    /// Lists packages until all are there, or `enough` are. An answer that lists nothing is not one of an empty list.
    pub(super) fn list<'a>(
        self,
        answers: &mut Responses<'a>,
        key_word: Option<&str>,
        enough: impl Fn(&[Package<'a>]) -> bool,
    ) -> Result<Result<Vec<Package<'a>>, String>, Ask> {
        let mut packages = Vec::new();
        for page in 0..MOST_PAGES {
            let reply = match answers.to(|| self.page(key_word, page))? {
                Ok(reply) => reply,
                Err(refusal) => return Ok(Err(refusal.to_string())),
            };
            let data = reply.body.get("data").and_then(Value::as_array);
            if data.is_none() && reply.body.get("total").and_then(Value::as_u64) != Some(0) {
                return Ok(Err("the answer has no `data`".to_owned()));
            }
            let on_page = data.map_or(0, Vec::len);
            packages.extend(data.into_iter().flatten().map(Package));
            let total = reply.body.get("total").and_then(Value::as_u64);
            let last = total.map_or(on_page < PAGE, |total| packages.len() as u64 >= total);
            if on_page == 0 || last || enough(&packages) {
                return Ok(Ok(packages));
            }
        }
        Ok(Err(format!("the list has more than {MOST_PAGES} pages")))
    }
}

/// Whether a refusal says that there is no such package.
pub(super) fn is_not_found(refusal: &ApiError) -> bool {
    matches!(refusal.code.as_deref(), Some("DLF.0810" | "DLF.20810"))
}

/// A package, from a list or a detail.
#[derive(Clone, Copy)]
pub(super) struct Package<'a>(pub(super) &'a Value);

impl<'a> Package<'a> {
    /// The package of a detail.
    pub(super) fn of_detail(detail: &'a Value) -> Option<Self> {
        detail.get("release_package").map(Self)
    }

    pub(super) fn text(self, field: &str) -> String {
        self.0.get(field).and_then(as_text).unwrap_or_default()
    }

    pub(super) fn id(self) -> String {
        self.text("package_id")
    }

    /// `deploy_status`: 1 waiting for approval, 5 releasing, 2 success, 3 failed.
    pub(super) fn status(self) -> String {
        self.text("deploy_status")
    }

    pub(super) fn has_ended(self) -> bool {
        matches!(&*self.status(), "2" | "3")
    }

    /// When it was deployed last, in milliseconds.
    pub(super) fn deployed_at(self) -> Option<i64> {
        self.text("deploy_timestamp").parse().ok()
    }

    /// Withdrawn or rejected: `delete_flag` is 0 otherwise.
    pub(super) fn is_deleted(self) -> bool {
        self.0.get("delete_flag") == Some(&Value::Bool(true))
            || !matches!(&*self.text("delete_flag"), "" | "0" | "false")
    }

    /// The state in words, with those whose approval is awaited.
    pub(super) fn state(self) -> String {
        match &*self.status() {
            "1" => match &self.approvers()[..] {
                [] => "waiting for approval".to_owned(),
                approvers => format!("waiting for approval by {}", approvers.join(" or ")),
            },
            "5" => "releasing".to_owned(),
            "2" => "released".to_owned(),
            "3" => "failed".to_owned(),
            other => format!("`deploy_status` {other}"),
        }
    }

    fn approvers(self) -> Vec<String> {
        let approvers = self.0.get("package_approvers").and_then(Value::as_array).into_iter().flatten();
        let name = |approver: &Value| {
            let name = ["user_name", "approver_name", "user_id"].iter().find_map(|field| approver.get(field));
            name.and_then(as_text).map(|name| format!("`{name}`"))
        };
        approvers.filter_map(name).collect()
    }
}

/// How a package ended, by its detail. `starts` asks whether its jobs had to start.
pub(super) fn result_of(package: Package, detail: Option<&Value>, starts: bool) -> Item {
    let tasks = detail.and_then(|detail| detail.get("task_details")).and_then(Value::as_array);
    let with = |field: &str| -> Vec<String> {
        let failed = |task: &&Value| task.get(field).and_then(as_text).as_deref() == Some("3");
        let name = |task: &Value| Some(format!("`{}`", as_text(task.get("item_name")?)?));
        tasks.into_iter().flatten().filter(failed).filter_map(name).collect()
    };
    let (not_deployed, not_started) = (with("deploy_status"), with("start_job_status"));
    let failure = match &*package.status() {
        "3" if not_deployed.is_empty() => Some("was not deployed".to_owned()),
        "3" => Some(format!("was not deployed: {} failed", not_deployed.join(", "))),
        _ if starts && !not_started.is_empty() => {
            Some(format!("was deployed, but {} did not start", not_started.join(", ")))
        }
        _ => None,
    };
    Item { id: package.id(), failure }
}

/// Why a package that disappeared failed.
pub(super) const WITHDRAWN: &str = "was withdrawn or rejected";
