//! `resume`: the release of an earlier run is waited for.

use sandbox::world;

use super::{sandbox, story, waiting};
use crate::support::step::Step;

#[test]
fn a_release_is_resumed_where_it_is() {
    let mut told = String::new();
    for operation in world::OPERATIONS {
        let server = sandbox(&["fate package=approved", "pace 300ms", "tick 100ms"]);
        let resuming = || {
            let step = waiting(Step::plain(), operation, &server).input("wait_timeout", "4s");
            step.input("resume", "true").input("wait", "false")
        };
        // These two leave no trace while they are under way.
        let leaves_none = ["publish_routine_code_revision", "publish_extension_draft"].contains(&operation);
        let run = resuming().run().exits_with(if leaves_none { 8 } else { 2 });
        told += &story(&format!("{operation}, before"), &run, &server);
        waiting(Step::plain(), operation, &server).input("wait", "false").run().exits_with(0);
        let run = resuming().run().exits_with(0);
        told += &story(&format!("{operation}, after"), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, before
    = 2, released: no, not_released, 0 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: an earlier run may have made the release, and it is not shown: looking for it for 1s (`settle_time`)
    error: there is no release to resume: `GetArtifact` has not shown it for `settle_time`; no release call was sent
    error: hint: check that the inputs are those of the run that made it; without `resume`, this run makes the release

    release_artifact, after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: found the existing release; no release call is sent: ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `resumed`
    info: ReleaseArtifact: Scanning
    info: ReleaseArtifact: Delivering
    info: ReleaseArtifact: succeeded

    publish_routine_code_revision, before
    = 8, released: unknown, unknown, 0 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: the release to resume was not shown by `DescribeRoutine` within 4s: this operation leaves no trace while it is under way
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_routine_code_revision, after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: PublishRoutineCodeRevision: succeeded

    release_package, before
    = 2, released: no, not_released, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: an earlier run may have made the release, and it is not shown: looking for it for 1s (`settle_time`)
    error: there is no release to resume: `ShowFactoryPackageDetail, ListFactoryReleasePackages` has not shown it for `settle_time`; no release call was sent
    error: hint: check that the inputs are those of the run that made it; without `resume`, this run makes the release

    release_package, after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: found the existing release; no release call is sent: release_package_id `2303`, package_name `nightly`, deploy_status `1`, release_origin `resumed`
    info: CreateFactoryPendingItemsPackage: waiting for approval by `carol`
    info: CreateFactoryPendingItemsPackage: releasing
    info: CreateFactoryPendingItemsPackage: succeeded

    deploy_packages, before
    = 2, released: no, not_released, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: an earlier run may have made the release, and it is not shown: looking for it for 1s (`settle_time`)
    error: there is no release to resume: `ShowFactoryPackageDetail, ListFactoryReleasePackages` has not shown it for `settle_time`; no release call was sent
    error: hint: check that the inputs are those of the run that made it; without `resume`, this run makes the release

    deploy_packages, after
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: found the existing release; no release call is sent: package_id `2301,2302`, deploy_status `5,5`, release_origin `resumed`
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing
    info: DeployFactoryPackages: succeeded

    publish_extension_draft, before
    = 8, released: unknown, unknown, 0 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: the release to resume was not shown by `ShowPluginVersion` within 4s: this operation leaves no trace while it is under way
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    publish_extension_draft, after
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: PublishPluginDraft: succeeded
    ");
}
