//! How a wait ends: with the release, or too early.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::world;
use serde_json::Value;

use super::{sandbox, story, waiting};
use crate::support::step::Step;

#[test]
fn each_operation_waits_for_its_end() {
    let mut told = String::new();
    for operation in world::OPERATIONS {
        let server =
            sandbox(&["fate package=approved", "fate routine=one-by-one", "pace 400ms", "tick 100ms"]);
        let run = waiting(Step::plain(), operation, &server).run().exits_with(0);
        told += &story(operation, &run, &server);
        told += &outputs(&run.result());
        told += "\n\n";
    }
    insta::assert_snapshot!(told, @r#"
    release_artifact
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    info: ReleaseArtifact: Delivering
    info: ReleaseArtifact: succeeded

    {"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","ArtifactType":"File","ArtifactVersion":"24","Status":"Available","VersionName":"1.24.0","exit_status":0,"operation":"release_artifact","previous_version":"23","release_origin":"call","release_outcome":"succeeded","released":"yes"}

    publish_routine_code_revision
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`, release_origin `call`
    info: PublishRoutineCodeRevision: the revision is not live yet in `production`, `presetCanaryHongKong`
    info: PublishRoutineCodeRevision: the revision is not live yet in `presetCanaryHongKong`
    info: PublishRoutineCodeRevision: succeeded

    {"CodeRevision":"1720876959997924702","exit_status":0,"operation":"publish_routine_code_revision","release_origin":"call","release_outcome":"succeeded","released":"yes"}

    release_package
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    info: CreateFactoryPendingItemsPackage: waiting for approval by `carol`
    info: CreateFactoryPendingItemsPackage: releasing
    info: CreateFactoryPendingItemsPackage: succeeded

    {"deploy_status":"2","exit_status":0,"operation":"release_package","package_name":"nightly","release_origin":"call","release_outcome":"succeeded","release_package_id":"2303","released":"yes","waiting_for":"carol"}

    deploy_packages
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing
    info: DeployFactoryPackages: succeeded

    {"deploy_status":["2","2"],"exit_status":0,"operation":"deploy_packages","package_id":["2301","2302"],"release_origin":"call","release_outcome":"succeeded","released":"yes","succeeded_package_ids":["2301","2302"]}

    publish_extension_draft
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: accepted: request_id `[token]`, published `true`, release_origin `call`
    info: PublishPluginDraft: draft
    info: PublishPluginDraft: succeeded

    {"exit_status":0,"operation":"publish_extension_draft","published":true,"release_origin":"call","release_outcome":"succeeded","released":"yes"}
    "#);
}

/// All but those that every run has, and those that chance decides.
fn outputs(result: &Value) -> String {
    let others = [
        "client_token",
        "request_id",
        "release_hash",
        "started_at",
        "ended_at",
        "asy_task_id",
        "deploy_package_details",
    ];
    let outputs: BTreeMap<_, _> =
        result.as_object().unwrap().iter().filter(|(name, _)| !others.contains(&name.as_str())).collect();
    serde_json::to_string(&outputs).unwrap()
}

#[test]
fn a_release_that_fails_is_red_and_says_why() {
    let cases = [
        ("release_artifact", "fate artifact=scan-failed"),
        ("release_artifact", "fate artifact=create-failed"),
        ("release_artifact", "fate artifact=deleted"),
        ("release_package", "fate package=rejected"),
        ("deploy_packages", "fate package=failed"),
        ("deploy_packages", "fate package=start-failed"),
    ];
    let mut told = String::new();
    for (operation, line) in cases {
        let server = sandbox(&[line, "pace 400ms", "tick 100ms"]);
        let run = waiting(Step::plain(), operation, &server).run().exits_with(5);
        told += &story(&format!("{operation}, {line}"), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, fate artifact=scan-failed
    = 5, released: yes, failed, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted, then failed: `ScanFailed`: the scan found a fault
    error: hint: fix the cause shown in the vendor's console, then release again

    release_artifact, fate artifact=create-failed
    = 5, released: yes, failed, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted, then failed: `CreateFailed`: the image could not be created
    error: hint: fix the cause shown in the vendor's console, then release again

    release_artifact, fate artifact=deleted
    = 5, released: yes, failed, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted, then failed: `Deleted`
    error: hint: fix the cause shown in the vendor's console, then release again

    release_package, fate package=rejected
    = 5, released: yes, failed, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    info: CreateFactoryPendingItemsPackage: waiting for approval by `carol`
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: fix the cause shown in the vendor's console, then release again

    deploy_packages, fate package=failed
    = 5, released: yes, failed, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing
    error: the release was accepted, then failed: package `2301` was not deployed: `load_orders` failed; package `2302` was not deployed: `load_orders_hourly` failed
    error: hint: fix the cause shown in the vendor's console, then release again

    deploy_packages, fate package=start-failed
    = 5, released: yes, failed, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing
    error: the release was accepted, then failed: package `2301` was deployed, but `load_orders` did not start; package `2302` was deployed, but `load_orders_hourly` did not start
    error: hint: fix the cause shown in the vendor's console, then release again
    ");
}

/// What is not shown, or not as this run made it, may be shown again: for half a minute at least.
#[test]
fn what_disappears_has_failed_after_half_a_minute() {
    let cases = [
        ("publish_routine_code_revision", "fault release: somebody publishes revision"),
        ("release_package", "fate package=deleted"),
    ];
    let running = cases.map(|(operation, line)| {
        let server = sandbox(&[line, "pace 400ms"]);
        let running = waiting(Step::plain().patient(), operation, &server).start();
        (format!("{operation}, {line}"), running, server)
    });
    let mut told = String::new();
    for (case, running, server) in running {
        let began = Instant::now();
        let run = running.finish().exits_with(5);
        assert!(told.is_empty() == (began.elapsed() > Duration::from_secs(25)), "{case}");
        told += &story(&case, &run, &server);
    }
    insta::assert_snapshot!(told, @"
    publish_routine_code_revision, fault release: somebody publishes revision
    = 5, released: yes, failed, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`, release_origin `call`
    error: the release was accepted, then failed: `production` was superseded by `1820876959997924703`
    error: hint: fix the cause shown in the vendor's console, then release again

    release_package, fate package=deleted
    = 5, released: yes, failed, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    info: CreateFactoryPendingItemsPackage: the package is not shown
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: fix the cause shown in the vendor's console, then release again
    ");
}

#[test]
fn a_wait_that_ends_too_early_is_status_six() {
    let cases: [(&str, &[&str], &str); 5] = [
        ("release_artifact", &["fate artifact=stuck", "pace 0ms"], "1s"),
        ("release_artifact", &["pace 1m"], "0"),
        ("release_package", &[], "1s"),
        ("publish_extension_draft", &["fate extension=stuck"], "1s"),
        ("release_artifact", &["pace 1m", "fault status 3-: error 403 InvalidAccessKeyId.Inactive"], "5s"),
    ];
    let mut told = String::new();
    for (operation, script, timeout) in cases {
        let server = sandbox(script);
        let began = Instant::now();
        let run =
            waiting(Step::plain(), operation, &server).input("wait_timeout", timeout).run().exits_with(6);
        assert!(began.elapsed() < Duration::from_secs(3), "{operation} {script:?}");
        told += &story(&format!("{operation}, {}, wait_timeout {timeout}", script.join(", ")), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, fate artifact=stuck, pace 0ms, wait_timeout 1s
    = 6, released: yes, timed_out, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Delivering`, release_origin `call`
    info: ReleaseArtifact: Delivering
    error: the release was accepted and is under way, but was not done within 1s: Delivering
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23`, which waits for it; or give a longer `wait_timeout`

    release_artifact, pace 1m, wait_timeout 0
    = 6, released: yes, timed_out, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted and is under way, but was not done yet: Scanning
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23`, which waits for it; or give a longer `wait_timeout`

    release_package, , wait_timeout 1s
    = 6, released: yes, timed_out, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    error: the release was accepted and is under way, but was not done within 1s: waiting for approval by `carol`
    error: hint: do not release again: run this with `resume: true`, `release_package_id: 2303`, which waits for it; or give a longer `wait_timeout`

    publish_extension_draft, fate extension=stuck, wait_timeout 1s
    = 6, released: yes, timed_out, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: accepted: request_id `[token]`, published `true`, release_origin `call`
    info: PublishPluginDraft: draft
    error: the release was accepted and is under way, but was not done within 1s: draft
    error: hint: do not release again: run this with `resume: true`, which waits for it; or give a longer `wait_timeout`

    release_artifact, pace 1m, fault status 3-: error 403 InvalidAccessKeyId.Inactive, wait_timeout 5s
    = 6, released: yes, unwatched, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: Scanning
    error: the release was accepted, and its status can no longer be read: the credentials were refused: HTTP 403, `InvalidAccessKeyId.Inactive`: as the sandbox was told to answer (request id `[token]`)
    error: hint: do not release again: run this with `resume: true`, `previous_version: 23` and fresh credentials, which waits for it; the AccessKey is disabled: enable it in the RAM console, or use another
    ");
}
