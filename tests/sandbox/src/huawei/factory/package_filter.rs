//! Which packages a list request asks for.

use jiff::Timestamp;

use super::{Factory, Package};
use crate::{
    huawei::call::{Call, Page},
    json::{Checked, Fields},
};

const SORTABLE: [&str; 2] = ["apply_timestamp", "deploy_timestamp"];

/// The body of a list request.
pub(super) struct Filter {
    key_word: Option<String>,
    apply_user: Option<String>,
    deploy_user: Option<String>,
    apply_users: Option<Vec<String>>,
    deploy_users: Option<Vec<String>>,
    applied: (Option<i64>, Option<i64>),
    deployed: (Option<i64>, Option<i64>),
    statuses: Option<Vec<i64>>,
    pub(super) order_column: Option<String>,
    pub(super) ascending: bool,
    pub(super) page: Page,
}

const FIELDS: [&str; 14] = [
    "key_word",
    "apply_user_name",
    "deploy_user_name",
    "apply_user_name_filter",
    "deploy_user_name_filter",
    "apply_begin_time",
    "apply_end_time",
    "deploy_begin_time",
    "deploy_end_time",
    "deploy_status_filter",
    "sorted_direction",
    "order_column",
    "limit",
    "offset",
];

impl Filter {
    pub(super) fn read(call: &Call<'_>) -> Checked<Self> {
        let fields = call.fields(&FIELDS)?;
        let text = |name| Ok::<_, String>(fields.text(name)?.map(str::to_owned));
        let order_column = text("order_column")?;
        if order_column.as_ref().is_some_and(|column| !SORTABLE.contains(&column.as_str())) {
            return Err("order_column cannot be sorted by".into());
        }
        Ok(Self {
            key_word: text("key_word")?,
            apply_user: text("apply_user_name")?,
            deploy_user: text("deploy_user_name")?,
            apply_users: fields.texts("apply_user_name_filter")?,
            deploy_users: fields.texts("deploy_user_name_filter")?,
            applied: (fields.integer("apply_begin_time")?, fields.integer("apply_end_time")?),
            deployed: (fields.integer("deploy_begin_time")?, fields.integer("deploy_end_time")?),
            statuses: fields.integers("deploy_status_filter")?,
            order_column,
            ascending: ascending(&fields)?,
            page: Page::new(fields.integer("limit")?, fields.integer("offset")?)?,
        })
    }

    pub(super) fn passes(&self, package: &Package, factory: &Factory, now: Timestamp) -> bool {
        let applicant = factory.user_name(&package.applicant);
        let deployment = package.deployment.as_ref();
        let deployer = deployment.and_then(|deployment| factory.user_name(&deployment.user_id));
        let is = |wanted: &Option<String>, name: Option<&str>| wanted.is_none() || wanted.as_deref() == name;
        let among = |wanted: &Option<Vec<String>>, name: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|one| Some(one.as_str()) == name))
        };
        let status = i64::from(factory.package_status(package, now));
        self.key_word.as_ref().is_none_or(|word| package.name.contains(word.as_str()))
            && is(&self.apply_user, applicant)
            && is(&self.deploy_user, deployer)
            && among(&self.apply_users, applicant)
            && among(&self.deploy_users, deployer)
            && within(self.applied, Some(package.applied))
            && within(self.deployed, deployment.map(|deployment| deployment.began))
            && self.statuses.as_ref().is_none_or(|wanted| wanted.contains(&status))
    }
}

fn ascending(fields: &Fields) -> Checked<bool> {
    match fields.text("sorted_direction")?.map(str::to_ascii_lowercase).as_deref() {
        None | Some("desc") => Ok(false),
        Some("asc") => Ok(true),
        Some(_) => Err("sorted_direction is neither asc nor desc".into()),
    }
}

fn within((begin, end): (Option<i64>, Option<i64>), time: Option<Timestamp>) -> bool {
    let time = time.map(Timestamp::as_millisecond);
    begin.is_none_or(|begin| time.is_some_and(|time| time >= begin))
        && end.is_none_or(|end| time.is_some_and(|time| time <= end))
}
