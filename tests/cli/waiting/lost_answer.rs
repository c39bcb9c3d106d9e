//! A call whose answer is lost is looked up, and never makes two releases.

use super::{sandbox, story, waiting};
use crate::support::step::Step;

#[test]
#[expect(clippy::too_many_lines, reason = "whole logs, side by side")]
fn a_lost_answer_is_looked_up_and_never_makes_two() {
    let cases: [(&str, &[&str], i32); 12] = [
        ("release_artifact", &["fault release: reset after"], 0),
        ("publish_routine_code_revision", &["fault release: reset before"], 0),
        ("release_package", &["fate package=approved", "fault release: 502 after"], 0),
        ("release_package", &["fate package=approved", "fault release: reset before"], 8),
        ("deploy_packages", &["fault release: html late 700ms"], 0),
        ("publish_extension_draft", &["fault release: broken-json"], 0),
        ("deploy_packages", &["fault release: down 2s"], 8),
        ("deploy_packages", &["fate package=half-failed"], 8),
        ("deploy_packages", &["fault release: throttle retry-after 1s"], 0),
        ("deploy_packages", &["fault release: reset after", "fault status 2-: 503"], 8),
        (
            "publish_routine_code_revision",
            &["fault release: reset before", "fault release: somebody publishes revision"],
            8,
        ),
        ("publish_extension_draft", &["fault any always: refuse"], 7),
    ];
    let mut told = String::new();
    for (operation, script, status) in cases {
        let server = sandbox(&[script, &["pace 300ms"]].concat());
        let step = waiting(Step::plain().patient(), operation, &server);
        let run =
            step.input("retry_timeout", if status == 0 { "20s" } else { "5s" }).run().exits_with(status);
        told += &story(&format!("{operation}, {}", script.join(", ")), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, fault release: reset after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    info: ReleaseArtifact: succeeded

    publish_routine_code_revision, fault release: reset before
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`, release_origin `call`
    info: PublishRoutineCodeRevision: succeeded

    release_package, fate package=approved, fault release: 502 after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: the call may or may not have taken effect: HTTP 502, `APIGW.0606`: Gateway internal error (request id `[token]`); looking for it until [clock] (`settle_time`)
    info: the status shows the release
    info: CreateFactoryPendingItemsPackage: succeeded

    release_package, fate package=approved, fault release: reset before
    = 8, released: unknown, unknown, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); looking for it until [clock] (`settle_time`)
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages, fault release: html late 700ms
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html> <head><title>Bad Gateway</title></head> <body><h1>Bad Gateway</h1></body> </html>`: HTTP 502; looking for it until [clock] (`settle_time`)
    info: the status shows the release
    info: DeployFactoryPackages: succeeded

    publish_extension_draft, fault release: broken-json
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: the call was answered, but the answer is not in the form that the vendor documents, it begins with `tr`: HTTP 200 (request id `[token]`); looking for it until [clock] (`settle_time`)
    info: the status shows the release
    info: PublishPluginDraft: succeeded

    deploy_packages, fault release: down 2s
    = 8, released: unknown, unknown, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); looking for it until [clock] (`settle_time`)
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages, fate package=half-failed
    = 8, released: unknown, unknown, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have taken effect: HTTP 500, `APIGW.0606`: Gateway internal error (request id `[token]`); looking for it until [clock] (`settle_time`)
    error: the call may or may not have taken effect: HTTP 500, `APIGW.0606`: Gateway internal error (request id `[token]`); `2301` is shown as released, `2302` is not
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    deploy_packages, fault release: throttle retry-after 1s
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    info: DeployFactoryPackages: succeeded

    deploy_packages, fault release: reset after, fault status 2-: 503
    = 8, released: unknown, unknown, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); looking for it until [clock] (`settle_time`)
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); looking it up failed: HTTP 503, `APIGW.0606`: Gateway internal error (request id `[token]`)
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, fault release: reset before, fault release: somebody publishes revision
    = 8, released: unknown, unknown, 0 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); somebody else put `1820876959997924703` into `production`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_extension_draft, fault any always: refuse
    = 7, released: no, not_released, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: no connection to `127.0.0.1`: Connection refused (os error 111); no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}
