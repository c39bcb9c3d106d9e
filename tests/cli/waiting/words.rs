//! What a person reads: never a long silence, the right next step, and a code's own hint.

use std::fmt::Write as _;

use crate::support::answers::{accepted, both, detail, fresh, package};
use crate::support::hostile::{Behaviour, Hostile};
use crate::support::scripted::{Runs, Script, alibaba, huawei, lost};
use crate::support::step::Step;

/// The last part of a log, the same each time.
fn lines(log: &str) -> String {
    log.lines()
        .filter(|line| line.starts_with("info: ") && !line.contains("accepted"))
        .map(|line| line.to_owned() + "\n")
        .collect()
}

#[test]
fn an_unanswered_call_says_so_after_five_seconds() {
    let server = Hostile::start([Behaviour::Hang]);
    let step = Step::plain().releasing("release_package", &server.url()).input("release_timeout", "6s");
    let run = step.input("settle_time", "0").run().exits_with(8);
    insta::assert_snapshot!(lines(&run.log()), @"
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]: no answer after 5 s
    info: the call may or may not have taken effect: `127.0.0.1` did not answer within 6 s; looking for it until [clock] (`settle_time`)
    ");
}

#[test]
fn a_look_up_and_a_wait_say_so_when_they_begin() {
    let operation = "deploy_packages";
    let run = |script: Script, inputs: &[(&str, &str)]| {
        let server = script.start();
        let step = inputs.iter().fold(server.step(operation), |step, (name, value)| step.input(name, value));
        lines(&step.patient().run().log())
    };
    let lost_one = run(fresh(operation).release(lost()), &[]);
    let refused = run(fresh(operation).release(huawei(400, "DLF.0810")), &[]);
    let nothing = run(fresh(operation), &[("resume", "true"), ("wait_timeout", "6s")]);
    let waiting =
        fresh(operation).release(accepted(operation)).after("ListFactoryReleasePackages", both(5, 5));
    let waiting = run(waiting, &[("wait_timeout", "8s"), ("poll_interval", "5s")]);
    insta::assert_snapshot!(format!("lost\n{lost_one}\nrefused\n{refused}\nresume\n{nothing}\nwait\n{waiting}"), @"
    lost
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking for it until [clock] (`settle_time`)

    refused
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0810`: as the script says; looking for it until [clock] (`settle_time`)

    resume
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: an earlier run may have made the release, and it is not shown: looking for it for 2s (`settle_time`)

    wait
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing
    info: DeployFactoryPackages: `2301` is releasing, `2302` is releasing; asking again until [clock] at most
    ");
}

/// Whoever releases all again deploys the good ones twice.
#[test]
fn a_batch_that_failed_in_part_is_not_released_again_as_a_whole() {
    let operation = "deploy_packages";
    let script =
        fresh(operation).release(accepted(operation)).after("ListFactoryReleasePackages", both(2, 3));
    let script = script.after("ShowFactoryPackageDetail 2301", detail(&package("2301", 2), &["1"]));
    let script = script.after("ShowFactoryPackageDetail 2302", detail(&package("2302", 3), &["2"]));
    let mut runs = Runs::default();
    runs.start("one of two", operation, script, &[]);
    let all = fresh(operation).release(accepted(operation)).after("ListFactoryReleasePackages", both(3, 3));
    let all = all.after("ShowFactoryPackageDetail 2301", detail(&package("2301", 3), &["1"]));
    let all = all.after("ShowFactoryPackageDetail 2302", detail(&package("2302", 3), &["2"]));
    runs.start("both", operation, all, &[]);
    insta::assert_snapshot!(runs.told(), @"
    one of two
    = 5, released: yes, origin: call, release calls: 1
    error: the release was accepted, then failed: package `2302` was not deployed; `2301` succeeded
    error: hint: fix the cause shown in the vendor's console, then run this with `if_released: adopt`, which leaves out what has succeeded; with the default everything is released again

    both
    = 5, released: yes, origin: call, release calls: 1
    error: the release was accepted, then failed: package `2301` was not deployed; package `2302` was not deployed
    error: hint: fix the cause shown in the vendor's console, then release again
    ");
}

/// Before the call as after it; and a refusal is not asked for again.
#[test]
fn a_refused_status_query_is_asked_once_and_keeps_its_codes_hint() {
    let cases = [
        ("release_package", "ListFactoryReleasePackages", huawei(404, "APIGW.0101")),
        ("publish_routine_code_revision", "DescribeRoutine", alibaba(400, "EdgeRoutine.GeneralError")),
        ("deploy_packages", "ListFactoryReleasePackages", huawei(400, "DLF.6888")),
        ("publish_extension_draft", "ShowPluginVersion", huawei(404, "APIGW.0101")),
        ("release_artifact", "GetArtifact draft", alibaba(404, "EntityNotExist.Other")),
    ];
    let mut told = String::new();
    for (operation, query, refusal) in cases {
        for choice in ["adopt", "resume"] {
            let server = Script::default().query(query, refusal.clone()).start();
            let step = server.step(operation);
            let step = if choice == "adopt" {
                step.input("if_released", choice)
            } else {
                step.input("resume", "true")
            };
            let run = step.run();
            assert_eq!(server.calls().len(), 1, "{}", run.transcript());
            writeln!(told, "{operation}, {choice}: {}\n{}", run.result()["exit_status"], run.log()).unwrap();
        }
    }
    insta::assert_snapshot!(told, @"
    release_package, adopt: 8
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: cannot determine whether it is released already: HTTP 404, `APIGW.0101`: as the script says; no release call was sent
    error: hint: this endpoint does not have the API: see whether `region` or `endpoint` is that of the service; look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    release_package, resume: 8
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: cannot determine whether it is released already: HTTP 404, `APIGW.0101`: as the script says; no release call was sent
    error: hint: this endpoint does not have the API: see whether `region` or `endpoint` is that of the service; look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    publish_routine_code_revision, adopt: 8
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: cannot determine whether it is released already: HTTP 400, `EdgeRoutine.GeneralError`: as the script says (request id `an-id`); no release call was sent
    error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code; look in the vendor's console, or at what `DescribeRoutine` answers

    publish_routine_code_revision, resume: 8
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: cannot determine whether it is released already: HTTP 400, `EdgeRoutine.GeneralError`: as the script says (request id `an-id`); no release call was sent
    error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code; look in the vendor's console, or at what `DescribeRoutine` answers

    deploy_packages, adopt: 3
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 400, `DLF.6888`: as the script says
    error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed

    deploy_packages, resume: 3
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 400, `DLF.6888`: as the script says
    error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed

    publish_extension_draft, adopt: 8
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: cannot determine whether it is released already: HTTP 404, `APIGW.0101`: as the script says; no release call was sent
    error: hint: this endpoint does not have the API: see whether `region` or `endpoint` is that of the service; look in the vendor's console, or at what `ShowPluginVersion` answers

    publish_extension_draft, resume: 8
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: cannot determine whether it is released already: HTTP 404, `APIGW.0101`: as the script says; no release call was sent
    error: hint: this endpoint does not have the API: see whether `region` or `endpoint` is that of the service; look in the vendor's console, or at what `ShowPluginVersion` answers

    release_artifact, adopt: 8
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: cannot determine whether it is released already: HTTP 404, `EntityNotExist.Other`: as the script says (request id `an-id`); no release call was sent
    error: hint: the artifact has no draft to release: create one, or see whether it was released already; look in the vendor's console, or at what `GetArtifact` answers

    release_artifact, resume: 8
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    error: cannot determine whether it is released already: HTTP 404, `EntityNotExist.Other`: as the script says (request id `an-id`); no release call was sent
    error: hint: the artifact has no draft to release: create one, or see whether it was released already; look in the vendor's console, or at what `GetArtifact` answers
    ");
}

/// No matter of permission.
#[test]
fn an_account_that_may_not_use_the_service_is_told_why() {
    let operation = "release_artifact";
    let mut runs = Runs::default();
    for code in [
        "Forbidden.RiskControl",
        "Forbidden.UserInArrears",
        "Forbidden.InDebtPenalty",
        "Forbidden.SubscriptionRequired",
        "LXBuyError",
        "Forbidden.RAM",
    ] {
        let refusal = alibaba(if code == "LXBuyError" { 400 } else { 403 }, code);
        runs.start(code, operation, fresh(operation).release(refusal.clone()), &[]);
        if code == "Forbidden.UserInArrears" {
            runs.start("before the call", operation, Script::default().query("GetArtifact", refusal), &[]);
        }
    }
    insta::assert_snapshot!(runs.told(), @"
    Forbidden.RiskControl
    = 3, released: no, origin: none, release calls: 1
    error: the account may not use the service; nothing was released: HTTP 403, `Forbidden.RiskControl`: as the script says (request id `an-id`)
    error: hint: the vendor's risk control blocks the account: see the notice in the console, and ask the vendor's support

    Forbidden.UserInArrears
    = 3, released: no, origin: none, release calls: 1
    error: the account may not use the service; nothing was released: HTTP 403, `Forbidden.UserInArrears`: as the script says (request id `an-id`)
    error: hint: the account has unpaid bills: pay them, and run the job again

    before the call
    = 3, released: no, origin: none, release calls: 0
    error: the account may not use the service; no release call was sent: HTTP 403, `Forbidden.UserInArrears`: as the script says (request id `an-id`)
    error: hint: the account has unpaid bills: pay them, and run the job again

    Forbidden.InDebtPenalty
    = 3, released: no, origin: none, release calls: 1
    error: the account may not use the service; nothing was released: HTTP 403, `Forbidden.InDebtPenalty`: as the script says (request id `an-id`)
    error: hint: the account has unpaid bills: pay them, and run the job again

    Forbidden.SubscriptionRequired
    = 3, released: no, origin: none, release calls: 1
    error: the account may not use the service; nothing was released: HTTP 403, `Forbidden.SubscriptionRequired`: as the script says (request id `an-id`)
    error: hint: the service is not activated for this account: activate it in the vendor's console

    LXBuyError
    = 4, released: no, origin: none, release calls: 1
    error: the API rejected the call; nothing was released: HTTP 400, `LXBuyError`: as the script says (request id `an-id`)
    error: hint: the vendor does not sell this to the account: see its balance, and its real-name verification

    Forbidden.RAM
    = 3, released: no, origin: none, release calls: 1
    error: the credentials lack the permission for `ReleaseArtifact`; nothing was released: HTTP 403, `Forbidden.RAM`: as the script says (request id `an-id`)
    error: hint: give the RAM user or role permission for this action
    ");
}

/// Nothing was sent: there is no token to show, and a warning says what is there.
#[test]
fn an_adopted_release_says_so() {
    let script = Script::default().query("GetArtifact draft", crate::support::answers::no_version());
    let script =
        script.query("GetArtifact", crate::support::answers::artifact("23", "1.23.0", "Available", 23));
    let server = script.start();
    let run = server.step("release_artifact").input("if_released", "adopt").run().exits_with(0);
    let outputs = run.result();
    assert_eq!((&outputs["release_origin"], outputs.get("client_token")), (&"adopted".into(), None));
    insta::assert_snapshot!(run.log(), @"
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: found the existing release; no release call is sent: ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `23`, VersionName `1.23.0`, Status `Available`, release_origin `adopted`
    warn: nothing was released by this run: an existing release, done (version 23, `1.23.0`), was adopted
    info: ReleaseArtifact: succeeded
    ");
    assert!(server.releases().is_empty());
}
