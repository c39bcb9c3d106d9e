//! Task packages of DataArts Factory, as its status queries show them.
//!
//! Source: <https://support.huaweicloud.com/intl/en-us/api-dataartsstudio/dataartsstudio_02_0382.html> and the models of
//! the vendor's own SDK, `huaweicloudsdkdataartsstudio`.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{get, post};
use crate::cloud::query::{Responses, Stop};
use crate::error::ApiError;
use crate::http::{Header, Request};
use crate::operation::Item;
use crate::output::as_text;
use crate::text::{identifier, sanitize};

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

    /// Lists packages until all are there, or `enough` are. An answer that lists nothing is not one of an empty list, and a
    /// page that adds nothing is the last: a server may give fewer on a page than it was asked for, and no total.
    pub(super) fn list<'a>(
        self,
        responses: &mut Responses<'a>,
        key_word: Option<&str>,
        enough: impl Fn(&[Package<'a>]) -> bool,
    ) -> Result<Listed<'a>, Stop> {
        let (mut packages, mut ids): (Vec<Package>, HashSet<String>) = (Vec::new(), HashSet::new());
        for page in 0..MOST_PAGES {
            let body = match responses.get(|| self.page(key_word, page))? {
                Ok(response) => &response.body,
                Err(refusal) => return Err(Stop::refused(refusal)),
            };
            let total = body.get("total").and_then(as_text).and_then(|total| total.parse::<usize>().ok());
            let data = body.get("data").and_then(Value::as_array);
            if data.is_none() && total != Some(0) {
                return Err(Stop::Unclear("the answer has no `data`".to_owned()));
            }
            let before = packages.len();
            packages
                .extend(data.into_iter().flatten().map(Package).filter(|package| ids.insert(package.id())));
            let adds_nothing = packages.len() == before;
            if adds_nothing || total.is_some_and(|total| packages.len() >= total) || enough(&packages) {
                let unseen = total.unwrap_or_default().saturating_sub(packages.len());
                return Ok(Listed { packages, unseen });
            }
        }
        Err(Stop::Unclear(format!("the list has more than {MOST_PAGES} pages")))
    }
}

/// What a list shows.
pub(super) struct Listed<'a> {
    pub(super) packages: Vec<Package<'a>>,
    /// How many more packages than these the list says to have.
    unseen: usize,
}

impl<'a> Listed<'a> {
    /// All packages of the list; an error if it has some that no page has shown.
    pub(super) fn all(self) -> Result<Vec<Package<'a>>, Stop> {
        match self.unseen {
            0 => Ok(self.packages),
            unseen => Err(Stop::Unclear(format!(
                "the list has {unseen} more packages than its pages show, of which any may be the release"
            ))),
        }
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

    /// The id in the form of the input: the vendor's numbers are numbers here and texts there.
    pub(super) fn id(self) -> String {
        identifier::normalize(&self.text("package_id"))
    }

    /// The id, if it is fit for a URL path.
    pub(super) fn path_id(self) -> Result<String, Stop> {
        let id = self.id();
        if identifier::is_valid(&id) {
            return Ok(id);
        }
        Err(Stop::Unclear(format!(
            "a package of the list has the id `{}`, which is none",
            sanitize::line(&id)
        )))
    }

    /// `deploy_status`: 1 waiting for approval, 5 releasing, 2 success, 3 failed.
    pub(super) fn status(self) -> String {
        self.text("deploy_status")
    }

    pub(super) fn has_ended(self) -> bool {
        matches!(&*self.status(), "2" | "3")
    }

    /// Whether the status is one that the vendor documents.
    pub(super) fn is_documented(self) -> bool {
        matches!(&*self.status(), "1" | "2" | "3" | "5")
    }

    /// When it was deployed last, in milliseconds.
    pub(super) fn deployed_at(self) -> Option<i64> {
        self.text("deploy_timestamp").parse().ok()
    }

    /// When it was deployed last.
    pub(super) fn deployment_began(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.deployed_at()?).ok()
    }

    /// When it was made.
    pub(super) fn applied(self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.text("apply_timestamp").parse().ok()?).ok()
    }

    /// Withdrawn or rejected: `delete_flag` is 0 otherwise.
    pub(super) fn is_deleted(self) -> bool {
        self.0.get("delete_flag") == Some(&Value::Bool(true))
            || !matches!(&*self.text("delete_flag"), "" | "0" | "false")
    }

    /// The state in words, with those whose approval is awaited.
    pub(super) fn state(self) -> String {
        match &*self.status() {
            "1" => match &self.approver_names()[..] {
                [] => "waiting for approval".to_owned(),
                names => {
                    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                    format!("waiting for approval by {}", names.join(" or "))
                }
            },
            "5" => "releasing".to_owned(),
            "2" => "released".to_owned(),
            "3" => "failed".to_owned(),
            other => format!("`deploy_status` {other}"),
        }
    }

    /// Who may approve it, by name: an output.
    pub(super) fn waiting_for(self) -> Option<String> {
        Some(self.approver_names().join(",")).filter(|names| !names.is_empty())
    }

    fn approver_names(self) -> Vec<String> {
        let name = |approver: &Value| {
            let name = ["user_name", "approver_name", "user_id"].iter().find_map(|field| approver.get(field));
            name.and_then(as_text)
        };
        self.approvers().filter_map(name).collect()
    }

    /// The ids of those who may approve it; none if the answer does not tell them all.
    pub(super) fn approver_ids(self) -> Option<BTreeSet<String>> {
        let id = |approver: &Value| {
            let id = ["user_id", "approver_id", "id"].iter().find_map(|field| approver.get(field));
            id.or(Some(approver)).and_then(as_text).filter(|id| !id.is_empty())
        };
        self.0.get("package_approvers").and_then(Value::as_array)?;
        self.approvers().map(id).collect()
    }

    fn approvers(self) -> impl Iterator<Item = &'a Value> {
        self.0.get("package_approvers").and_then(Value::as_array).into_iter().flatten()
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
        // The list and the detail do not agree: that is not a success.
        _ if !not_deployed.is_empty() => {
            Some(format!("is reported as released, but {} failed", not_deployed.join(", ")))
        }
        _ if starts && !not_started.is_empty() => {
            Some(format!("was deployed, but {} did not start", not_started.join(", ")))
        }
        _ => None,
    };
    Item { id: package.id(), failure }
}

/// Why a package that disappeared failed.
pub(super) const WITHDRAWN: &str = "was withdrawn or rejected";
