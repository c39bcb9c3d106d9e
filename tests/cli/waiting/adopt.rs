//! What is released already: adopted, refused, or released again.

use sandbox::world;

use super::{sandbox, story, waiting};
use crate::support::answers::{both, deployed, detail, fresh, package};
use crate::support::scripted::{Runs, Script, huawei, lost};
use crate::support::step::Step;

#[test]
fn what_is_released_already_is_adopted_refused_or_released_again() {
    let mut told = String::new();
    for operation in world::OPERATIONS {
        let server = sandbox(&["fate package=approved", "pace 400ms", "tick 100ms"]);
        waiting(Step::plain(), operation, &server).run().exits_with(0);
        for (choice, status) in [("adopt", 0), ("fail", 4)] {
            let step = waiting(Step::plain(), operation, &server).input("if_released", choice);
            let run = step.run().exits_with(status);
            told += &story(&format!("{operation}, {choice}"), &run, &server);
        }
    }
    insta::assert_snapshot!(told, @"
    release_artifact, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: found the existing release; no release call is sent: ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `24`, VersionName `1.24.0`, Status `Available`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (version 24, `1.24.0`), was adopted
    info: ReleaseArtifact: succeeded

    release_artifact, fail
    = 4, released: no, not_released, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_routine_code_revision, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: found the existing release; no release call is sent: CodeRevision `1720876959997924702`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (revision `1720876959997924702`), was adopted
    info: PublishRoutineCodeRevision: succeeded

    publish_routine_code_revision, fail
    = 4, released: no, not_released, 1 by this run
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    release_package, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: found the existing release; no release call is sent: release_package_id `2303`, package_name `nightly`, deploy_status `2`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (package `2303`), was adopted
    info: CreateFactoryPendingItemsPackage: succeeded

    release_package, fail
    = 4, released: no, not_released, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    deploy_packages, adopt
    = 0, released: yes, succeeded, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: found the existing release; no release call is sent: package_id `2301,2302`, deploy_status `2,2`, succeeded_package_ids `2301,2302`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (deployed at [time]), was adopted
    info: DeployFactoryPackages: succeeded

    deploy_packages, fail
    = 4, released: no, not_released, 2 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_extension_draft, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: found the existing release; no release call is sent: published `true`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (version `0.1.0`), was adopted
    info: PublishPluginDraft: succeeded

    publish_extension_draft, fail
    = 4, released: no, not_released, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there
    ");
}

/// What is there, and what is not.
fn in_part(status: u8) -> Script {
    let script = fresh("deploy_packages").query("ListFactoryReleasePackages", both(status, 1));
    let script = script.query("ShowFactoryPackageDetail 2301", detail(&package("2301", 2), &["1"]));
    script.query("ShowFactoryPackageDetail 2302", detail(&package("2302", 2), &["2"]))
}

#[test]
fn of_a_batch_that_is_there_in_part_only_the_rest_is_sent() {
    let adopt = ("if_released", "adopt");
    let done = |script: Script| script.after("ListFactoryReleasePackages", both(2, 2));
    let mut runs = Runs::default();
    let operation = "deploy_packages";
    runs.start("accepted", operation, done(in_part(2).release(deployed(&[2302.into()]))), &[adopt]);
    runs.start(
        "the first one is under way",
        operation,
        done(in_part(5).release(deployed(&[2302.into()]))),
        &[adopt],
    );
    runs.start("lost, and found", operation, done(in_part(2).release(lost())), &[adopt]);
    runs.start("lost, and not found", operation, in_part(2).release(lost()), &[adopt]);
    runs.start("refused", operation, in_part(2).release(huawei(400, "DLF.0810")), &[adopt]);
    let failed = in_part(3).release(deployed(&[2301.into(), 2302.into()]));
    runs.start("the first one has failed", operation, done(failed), &[adopt]);
    runs.start("fail", operation, in_part(2), &[("if_released", "fail")]);
    insta::assert_snapshot!(runs.told(), @"
    accepted
    = 0, released: yes, origin: call, release calls: 1

    the first one is under way
    = 0, released: yes, origin: call, release calls: 1

    lost, and found
    = 0, released: yes, origin: lookup, release calls: 1

    lost, and not found
    = 8, released: unknown, origin: none, release calls: 1
    error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; the status has not shown it for `settle_time`
    error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    refused
    = 5, released: yes, origin: none, release calls: 1
    error: the API rejected the call for the rest; `2301` had been released before this run: HTTP 400, `DLF.0810`: as the script says; the status has not shown it for `settle_time`
    error: hint: no such task package: see whether `package_ids` and `workspace` are right

    the first one has failed
    = 0, released: yes, origin: call, release calls: 1

    fail
    = 4, released: no, origin: none, release calls: 0
    error: it is released already (in part: `2301`), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there
    ");

    let server = done(in_part(2).release(deployed(&[2302.into()]))).start();
    let outputs = server.step(operation).input("if_released", "adopt").run().exits_with(0).result();
    assert_eq!(server.releases(), [r#"{"package_ids":["2302"],"startup_mode":1}"#]);
    assert_eq!(outputs["succeeded_package_ids"], serde_json::json!(["2301", "2302"]));
}

/// Where nothing is sent, no token is shown.
#[test]
fn a_token_that_was_never_sent_is_not_shown() {
    for choice in ["adopt", "fail"] {
        let script = Script::default().query("GetArtifact draft", crate::support::answers::no_version());
        let highest = crate::support::answers::artifact("23", "1.23.0", "Available", 23);
        let server = script.query("GetArtifact", highest).start();
        let outputs = server.step("release_artifact").input("if_released", choice).run().result();
        assert_eq!(outputs.get("client_token"), None, "{choice}");
    }
}

#[test]
fn the_rest_of_a_batch_that_is_refused_leaves_what_was_adopted_released() {
    let server = sandbox(&["pace 400ms", "tick 100ms", "fault release 2: error 400 DLF.0802 before"]);
    let step = || waiting(Step::plain(), "deploy_packages", &server).input("settle_time", "1s");
    step().input("package_ids", "2301").run().exits_with(0);
    let run = step().input("if_released", "adopt").run().exits_with(5);
    assert_eq!(run.result()["released"], "yes");
    insta::assert_snapshot!(story("adopt", &run, &server), @"
    adopt
    = 5, released: yes, failed, 1 by this run
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: released already, and left as they are: `2301`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0802`: as the sandbox was told to answer (request id `[token]`); looking for it until [clock] (`settle_time`)
    error: the API rejected the call for the rest; `2301` had been released before this run: HTTP 400, `DLF.0802`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    error: hint: read the vendor's message, and check the things that it names
    ");
}
