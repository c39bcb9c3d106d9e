//! Huawei Cloud's half of a fresh sandbox.

use jiff::SignedDuration;

use super::{Key, day};
use crate::{
    account::Account,
    huawei::{Deployment, Factory, Fate, Manner, Package, PendingItem, Pipeline, PluginVersion, Role, User},
};

/// A long-lived key with every permission.
pub const HUAWEI_KEY: Key =
    Key { id: "SANDBOXAKNOTREAL0001", secret: "not+a/real=Secret~of*Huawei", security_token: None };

/// A temporary key with every permission.
pub const HUAWEI_TEMPORARY_KEY: Key = Key {
    id: "HSTSANDBOXNOTREAL001",
    secret: "not/a+real=TemporarySecret",
    security_token: Some("gQhj-not+a/real=SecurityToken/of+Huawei=="),
};

/// A long-lived key without any permission.
pub const HUAWEI_POWERLESS_KEY: Key =
    Key { id: "SANDBOXAKPOWERLESS01", secret: "powerless+/=Secret", security_token: None };

/// A ready token with every permission, for `X-Auth-Token`.
pub const HUAWEI_AUTH_TOKEN: &str = "MIIF-not+a/real=Token/of+Huawei==";

/// The project of the one workspace.
pub const PROJECT_ID: &str = "b384b9e9ab9b4ee8994c8633aabc9505";

/// The workspace; it is the default one.
pub const WORKSPACE_ID: &str = "0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e";

/// A developer, who submitted the pending items.
pub const APPLICANT_ID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

/// A user who may approve packages and deploy them.
pub const DEPLOYER_ID: &str = "d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f";

/// A user who may do everything.
pub const ADMIN_ID: &str = "ad00ad00ad00ad00ad00ad00ad00ad00";

/// Two pending items of the applicant's, not packed: a job and a script.
pub const PENDING_ITEM_IDS: [&str; 2] = ["5101", "5102"];

/// Another pending item of the applicant's, not packed.
pub const OTHER_PENDING_ITEM_ID: &str = "5103";

/// Two packages that wait for their approval, each with one job.
pub const PACKAGE_IDS: [&str; 2] = ["2301", "2302"];

pub(super) const PENDING_ITEM_LIST: &str = "5101,5102";
pub(super) const PACKAGE_ID_LIST: &str = "2301,2302";

/// The account of the extensions.
pub const DOMAIN_ID: &str = "ce8df55870164338a72d7e828a966a2a";

/// An extension with ten formal versions and one draft.
pub const PLUGIN_NAME: &str = "notify-team";

/// Its name for people.
pub const PLUGIN_DISPLAY_NAME: &str = "Notify the team";

/// The version of its draft.
pub const PLUGIN_VERSION: &str = "0.1.0";

/// One of its formal versions.
pub const FORMAL_PLUGIN_VERSION: &str = "0.0.1";

pub(crate) fn huawei_accounts() -> Vec<Account> {
    vec![
        HUAWEI_KEY.account(),
        HUAWEI_TEMPORARY_KEY.account(),
        HUAWEI_POWERLESS_KEY.account().without_permission(),
    ]
}

pub(crate) fn factory() -> Factory {
    let deployed = (2289..2301).map(|id| deployed_package(id, id - 2200));
    let waiting = [(2301, "orders"), (2302, "orders-hourly")].map(|(id, name)| package(id, name, 110));
    let packed = [(5001, "load_orders", 2301), (5002, "load_orders_hourly", 2302)];
    let packed =
        packed.map(|(id, name, package)| PendingItem { package: Some(package), ..item(id, name, 1) });
    let free = [item(5101, "clean_customers", 1), item(5102, "count_customers", 2)];
    let filler = (5103..5126).map(|id| item(id, &format!("report_{id}"), 1 + u8::from(id % 2 == 0)));
    Factory {
        project_id: PROJECT_ID.into(),
        workspace_id: WORKSPACE_ID.into(),
        default_workspace: true,
        users: users(),
        items: packed.into_iter().chain(free).chain(filler).collect(),
        packages: deployed.chain(waiting).collect(),
        starting: SignedDuration::ZERO,
        deploying: SignedDuration::from_secs(1),
        review: None,
        manner: Manner::Whole,
        next_package: 2303,
    }
}

fn users() -> Vec<User> {
    let user = |id: &str, name: &str, role| User { id: id.into(), name: name.into(), role };
    let others = (1..=10)
        .map(|number| user(&format!("{number:032}"), &format!("developer-{number}"), Role::Developer));
    let known = [user(ADMIN_ID, "alice", Role::Admin), user(APPLICANT_ID, "bob", Role::Developer)];
    known.into_iter().chain(others).chain([user(DEPLOYER_ID, "carol", Role::Deployer)]).collect()
}

fn item(id: u32, name: &str, task_type: u8) -> PendingItem {
    PendingItem {
        id: id.to_string(),
        name: name.into(),
        task_type,
        update_type: 2,
        submit_user_id: APPLICANT_ID.into(),
        submitted: day(120),
        package: None,
        fate: Fate::Deploys,
    }
}

fn package(id: u64, name: &str, applied: i64) -> Package {
    Package {
        id,
        name: name.into(),
        applicant: APPLICANT_ID.into(),
        approvers: vec![DEPLOYER_ID.into()],
        applied: day(applied),
        deployment: None,
        deleted: false,
    }
}

fn deployed_package(id: u64, applied: u64) -> Package {
    let applied = i64::try_from(applied).unwrap_or_default();
    let deployment = Deployment {
        task_id: format!("{id:032}"),
        began: day(applied),
        user_id: DEPLOYER_ID.into(),
        starts_jobs: false,
    };
    Package { deployment: Some(deployment), ..package(id, "orders-old", applied) }
}

pub(crate) fn pipeline() -> Pipeline {
    let version = |version: String, formal_from| PluginVersion {
        plugin_name: PLUGIN_NAME.into(),
        display_name: PLUGIN_DISPLAY_NAME.into(),
        plugin_attribution: "custom".into(),
        version,
        formal_from,
        changed: day(60),
    };
    let formal = (1..=10).map(|number| version(format!("0.0.{number}"), Some(day(60))));
    Pipeline {
        domain_id: DOMAIN_ID.into(),
        publishing: Some(SignedDuration::ZERO),
        versions: formal.chain([version(PLUGIN_VERSION.into(), None)]).collect(),
    }
}
