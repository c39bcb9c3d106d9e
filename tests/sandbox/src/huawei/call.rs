//! The gateway's routes, and the parts of a routed request.

use crate::{
    http::Request,
    json::{Checked, Fields},
    text,
};

/// The name of every API that is served.
pub(crate) const OPERATIONS: [&str; 12] = [
    "CreateFactoryPendingItemsPackage",
    "ListFactoryPendingItems",
    "ListFactoryReleasePackages",
    "DeployFactoryPackages",
    "CancelFactoryPackages",
    "ShowFactoryPackageDetail",
    "ListWorkspaceusers",
    "ListSystemTasks",
    "PublishPluginDraft",
    "ShowPluginVersion",
    "ListPLuginVersion",
    "ListPluginVersionNumber",
];

/// Which service answers a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Factory,
    Pipeline,
}

/// A request to an API that exists.
pub(super) struct Call<'a> {
    pub(super) service: Service,
    /// The name that the vendor's SDK has for the API.
    pub(super) operation: &'static str,
    /// The project id or the domain id of the path.
    pub(super) owner: String,
    /// The path's second parameter, where it has one.
    pub(super) id: String,
    pub(super) request: &'a Request,
}

/// The API behind a method and a path.
pub(super) fn route(request: &Request) -> Option<Call<'_>> {
    use Service::{Factory, Pipeline};
    let segments: Vec<_> = request.path().split('/').skip(1).map(text::decode).collect();
    let segments: Vec<_> = segments.iter().map(String::as_str).collect();
    let (service, operation, owner, id) = match (request.method.as_str(), &segments[..]) {
        ("POST", ["v2", project, "factory", "pending-items", "package"]) => {
            (Factory, "CreateFactoryPendingItemsPackage", project, "")
        }
        ("GET", ["v2", project, "factory", "pending-items"]) => {
            (Factory, "ListFactoryPendingItems", project, "")
        }
        ("POST", ["v2", project, "factory", "release-packages"]) => {
            (Factory, "ListFactoryReleasePackages", project, "")
        }
        ("POST", ["v2", project, "factory", "release-packages", "deploy"]) => {
            (Factory, "DeployFactoryPackages", project, "")
        }
        ("POST", ["v2", project, "factory", "release-packages", "unpack"]) => {
            (Factory, "CancelFactoryPackages", project, "")
        }
        ("GET", ["v2", project, "factory", "release-packages", id]) => {
            (Factory, "ShowFactoryPackageDetail", project, *id)
        }
        ("GET", ["v2", project, workspace, "users"]) => (Factory, "ListWorkspaceusers", project, *workspace),
        ("GET", ["v1", project, "system-tasks", id]) => (Factory, "ListSystemTasks", project, *id),
        ("POST", ["v1", domain, "agent-plugin", "publish-draft"]) => {
            (Pipeline, "PublishPluginDraft", domain, "")
        }
        ("GET", ["v1", domain, "agent-plugin", "detail"]) => (Pipeline, "ShowPluginVersion", domain, ""),
        ("GET", ["v1", domain, "agent-plugin", "query"]) => (Pipeline, "ListPLuginVersion", domain, ""),
        ("GET", ["v1", domain, "agent-plugin", "all-version"]) => {
            (Pipeline, "ListPluginVersionNumber", domain, "")
        }
        _ => return None,
    };
    Some(Call { service, operation, owner: (*owner).into(), id: id.into(), request })
}

impl Call<'_> {
    /// The body as a JSON object of these fields.
    pub(super) fn fields(&self, known: &[&str]) -> Checked<Fields> {
        if self.request.media_type().as_deref() != Some("application/json") {
            return Err("the content type is not application/json".into());
        }
        self.query(&[])?;
        Fields::parse(&self.request.body)?.only(known)
    }

    /// The query as pairs of these names, each at most once.
    pub(super) fn query(&self, known: &[&str]) -> Checked<Query> {
        let pairs = text::pairs(self.request.query());
        for (place, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(format!("the parameter {name} is not known"));
            }
            if pairs[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(format!("the parameter {name} is given twice"));
            }
        }
        Ok(Query(pairs))
    }
}

/// A checked query.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str) -> Checked<&str> {
        self.get(name).filter(|value| !value.is_empty()).ok_or_else(|| format!("{name} is required"))
    }

    pub(super) fn number(&self, name: &str) -> Checked<Option<i64>> {
        self.get(name).map(|value| value.parse().map_err(|_| format!("{name} is not an integer"))).transpose()
    }
}

/// A part of a list.
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl Page {
    /// `limit` is 10 where it is not given, and 1 to 100; `offset` is not negative.
    pub(super) fn new(limit: Option<i64>, offset: Option<i64>) -> Checked<Self> {
        let limit = limit.unwrap_or(10);
        if !(1..=100).contains(&limit) {
            return Err("limit is not from 1 to 100".into());
        }
        let limit = usize::try_from(limit).map_err(|_| "limit is not a number")?;
        let offset = usize::try_from(offset.unwrap_or(0)).map_err(|_| "offset is negative")?;
        Ok(Self { limit, offset })
    }

    /// The entries of this page where `offset` counts pages.
    pub(super) fn of_pages<T>(&self, entries: impl IntoIterator<Item = T>) -> Vec<T> {
        entries.into_iter().skip(self.offset.saturating_mul(self.limit)).take(self.limit).collect()
    }

    /// The entries of this page where `offset` counts entries.
    pub(super) fn of_entries<T>(&self, entries: impl IntoIterator<Item = T>) -> Vec<T> {
        entries.into_iter().skip(self.offset).take(self.limit).collect()
    }
}
