//! The clouds' answers of success, in their documented forms, for a [`Script`](super::scripted::Script).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sandbox::world;
use serde_json::{Value, json};

use super::scripted::{Reply, Script, alibaba, json as answer};

/// A moment this many seconds from now, in milliseconds.
pub(crate) fn in_seconds(seconds: i64) -> i64 {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).as_millisecond()
}

/// A package as a list shows it.
pub(crate) fn package(id: impl Into<Value>, deploy_status: impl Into<Value>) -> Value {
    json!({
        "package_id": id.into(), "package_name": "nightly", "deploy_status": deploy_status.into(),
        "apply_user_id": world::APPLICANT_ID, "apply_timestamp": in_seconds(0),
        "package_approvers": [{ "user_id": world::DEPLOYER_ID, "user_name": "carol" }],
    })
}

/// The same with another field.
pub(crate) fn with(mut package: Value, field: &str, value: impl Into<Value>) -> Value {
    package[field] = value.into();
    package
}

/// `ListFactoryReleasePackages`.
pub(crate) fn list(packages: &[Value]) -> Reply {
    answer(200, &json!({ "total": packages.len(), "data": packages }))
}

/// `ShowFactoryPackageDetail`, with these items.
pub(crate) fn detail(package: &Value, items: &[&str]) -> Reply {
    let tasks: Vec<Value> =
        items.iter().map(|id| json!({ "pending_item_id": id, "deploy_status": 2 })).collect();
    answer(200, &json!({ "release_package": package, "task_details": tasks }))
}

/// What a deployment of 2301 and 2302 is answered with.
pub(crate) fn deployed(ids: &[Value]) -> Reply {
    let details: Vec<Value> =
        ids.iter().map(|id| json!({ "package_id": id, "asy_task_id": "a-task" })).collect();
    answer(200, &json!({ "deploy_package_details": details }))
}

/// Both packages of the world in these states.
pub(crate) fn both(first: impl Into<Value>, second: impl Into<Value>) -> Reply {
    list(&[package("2301", first), package("2302", second)])
}

/// A version of the artifact, or its draft, of which `MaxVersion` versions are there.
pub(crate) fn artifact(version: &str, name: &str, status: &str, max_version: u64) -> Reply {
    answer(
        200,
        &json!({
            "RequestId": "an-id", "ArtifactId": world::ARTIFACT_ID, "ArtifactType": "File", "ArtifactVersion": version,
            "VersionName": name, "Status": status, "MaxVersion": max_version, "GmtModified": status,
        }),
    )
}

/// There is no such version.
pub(crate) fn no_version() -> Reply {
    alibaba(404, "EntityNotExist.ArtifactVersion")
}

/// `DescribeRoutine`: what each environment runs.
pub(crate) fn routine(envs: &[(&str, &str)]) -> Reply {
    let conf = envs.iter().map(|(env, revision)| ((*env).to_owned(), json!({ "CodeRev": revision })));
    let conf: serde_json::Map<String, Value> = conf.collect();
    answer(200, &json!({ "RequestId": "an-id", "Content": { "EnvConf": conf } }))
}

/// `ShowPluginVersion`.
pub(crate) fn plugin(attribution: &str) -> Reply {
    answer(200, &json!({ "plugin_name": world::PLUGIN_NAME, "version_attribution": attribution }))
}

/// The status of a fresh world before the call, and the same after it until the script says more.
pub(crate) fn fresh(operation: &str) -> Script {
    let script = Script::default();
    match operation {
        "release_artifact" => {
            let highest = artifact("23", "1.23.0", "Available", 23);
            let script = script.query("GetArtifact draft", artifact("draft", "1.24.0", "Created", 23));
            script.query("GetArtifact", highest)
        }
        "publish_routine_code_revision" => {
            let live = world::LIVE_CODE_REVISION;
            script.query("DescribeRoutine", routine(&[("production", live), ("presetCanaryHongKong", live)]))
        }
        "release_package" => script.query("ListFactoryReleasePackages", list(&[])),
        "deploy_packages" => script.query("ListFactoryReleasePackages", both(1, 1)),
        _ => script.query("ShowPluginVersion", plugin("draft")),
    }
}

/// From some moment after the call on the status shows that it has landed and is done.
pub(crate) fn landing(script: Script, operation: &str, after: Duration) -> Script {
    let new = world::NEW_CODE_REVISION;
    match operation {
        "release_artifact" => {
            let script = script.from(after, "GetArtifact draft", no_version());
            let released = artifact("24", "1.24.0", "Available", 24);
            script.from(after, "GetArtifact", released.clone()).from(after, "GetArtifact 24", released)
        }
        "publish_routine_code_revision" => {
            let live = routine(&[("production", new), ("presetCanaryHongKong", new)]);
            script.from(after, "DescribeRoutine", live)
        }
        "release_package" => {
            let package = package("2303", 2);
            let script =
                script.from(after, "ListFactoryReleasePackages", list(std::slice::from_ref(&package)));
            script.from(after, "ShowFactoryPackageDetail 2303", detail(&package, &["5101", "5102"]))
        }
        "deploy_packages" => {
            let packages = ["2301", "2302"].map(|id| with(package(id, 2), "deploy_timestamp", in_seconds(1)));
            let script = script.from(after, "ListFactoryReleasePackages", list(&packages));
            let script = script.from(after, "ShowFactoryPackageDetail 2301", detail(&packages[0], &["1"]));
            script.from(after, "ShowFactoryPackageDetail 2302", detail(&packages[1], &["2"]))
        }
        _ => script.from(after, "ShowPluginVersion", plugin("formal")),
    }
}

/// What the call is answered with when it is accepted.
pub(crate) fn accepted(operation: &str) -> Reply {
    match operation {
        "release_artifact" => artifact("draft", "1.24.0", "Scanning", 23),
        "publish_routine_code_revision" => answer(
            200,
            &json!({ "RequestId": "an-id", "Content": { "CodeRevision": world::NEW_CODE_REVISION } }),
        ),
        "release_package" => answer(200, &json!({ "release_package_id": "2303", "package_name": "nightly" })),
        "deploy_packages" => deployed(&[2301.into(), 2302.into()]),
        _ => answer(200, &json!(true)),
    }
}
