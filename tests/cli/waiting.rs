//! Waiting, looking up, adopting and resuming: the real binary against a sandbox that follows a script.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sandbox::{By, Sandbox, Server, world};
use serde_json::Value;

use crate::support::step::{Run, Step};

fn sandbox(script: &[&str]) -> Server {
    let mut sandbox = Sandbox::new();
    for line in script {
        sandbox.arrange(line).unwrap();
    }
    Server::launch(sandbox, 0, |_| ()).unwrap()
}

/// Patient enough for these scripts, and no more.
fn waiting(step: Step, operation: &str, server: &Server) -> Step {
    step.releasing(operation, server.url())
        .input("wait", "true")
        .input("poll_interval", "100ms")
        .input("settle_time", "1s")
        .input("retry_timeout", "8s")
}

/// What a program and a person learn, and how many releases there were.
#[track_caller]
fn story(case: &str, run: &Run, server: &Server) -> String {
    let outputs = run.result();
    let word = |name: &str| outputs[name].as_str().unwrap_or("none").to_owned();
    let server_ticks = server.with(|sandbox| !matches!(sandbox.time, sandbox::Clock::System));
    let calls = server.effects().iter().filter(|effect| effect.by == By::Call).count();
    // How often it was tried is chance, and here and there what was seen on the way.
    let states = [
        "info: the revision is not live",
        "info: waiting for approval",
        "info: releasing",
        "info: `2301` is",
    ];
    let is_chance = |line: &&str| {
        line.contains("; trying again in ") || states.iter().any(|state| line.starts_with(state))
    };
    let log = run.log();
    let seen = |line| match str::split_once(line, "has landed: ") {
        Some((start, _)) if !server_ticks => start.to_owned() + "has landed",
        _ => line.to_owned(),
    };
    let log: Vec<String> = log.lines().filter(|line| server_ticks || !is_chance(line)).map(seen).collect();
    let log = log.join("\n") + "\n";
    format!(
        "{case}\n= {}, released: {}, {}, {calls} by this run\n{log}\n",
        outputs["exit_status"],
        word("released"),
        word("release_outcome"),
    )
}

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
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    info: Delivering
    info: done

    {"ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","ArtifactType":"File","ArtifactVersion":"24","Status":"Available","VersionName":"1.24.0","exit_status":0,"operation":"release_artifact","previous_version":"23","release_outcome":"succeeded","released":"yes"}

    publish_routine_code_revision
    = 0, released: yes, succeeded, 1 by this run
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`
    info: the revision is not live yet in `production`, `presetCanaryHongKong`
    info: the revision is not live yet in `presetCanaryHongKong`
    info: done

    {"CodeRevision":"1720876959997924702","exit_status":0,"operation":"publish_routine_code_revision","release_outcome":"succeeded","released":"yes"}

    release_package
    = 0, released: yes, succeeded, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, release_package_id `2303`, package_name `nightly`
    info: waiting for approval by `carol`
    info: releasing
    info: done

    {"deploy_status":"2","exit_status":0,"operation":"release_package","package_name":"nightly","release_outcome":"succeeded","release_package_id":"2303","released":"yes"}

    deploy_packages
    = 0, released: yes, succeeded, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: `2301` is releasing, `2302` is releasing
    info: done

    {"deploy_status":["2","2"],"exit_status":0,"operation":"deploy_packages","package_id":["2301","2302"],"release_outcome":"succeeded","released":"yes","succeeded_package_ids":["2301","2302"]}

    publish_extension_draft
    = 0, released: yes, succeeded, 1 by this run
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: accepted: request_id `[token]`, published `true`
    info: draft
    info: done

    {"exit_status":0,"operation":"publish_extension_draft","published":true,"release_outcome":"succeeded","released":"yes"}
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
        ("publish_routine_code_revision", "fault release: somebody publishes revision"),
        ("release_package", "fate package=rejected"),
        ("release_package", "fate package=deleted"),
        ("deploy_packages", "fate package=failed"),
        ("deploy_packages", "fate package=start-failed"),
        ("deploy_packages", "fate package=half-failed"),
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
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    error: the release was accepted, then failed: `ScanFailed`: the scan found a fault
    error: hint: see the reason in the vendor's console, mend it, and then release again

    release_artifact, fate artifact=create-failed
    = 5, released: yes, failed, 1 by this run
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    error: the release was accepted, then failed: `CreateFailed`: the image could not be created
    error: hint: see the reason in the vendor's console, mend it, and then release again

    release_artifact, fate artifact=deleted
    = 5, released: yes, failed, 1 by this run
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    error: the release was accepted, then failed: `Deleted`
    error: hint: see the reason in the vendor's console, mend it, and then release again

    publish_routine_code_revision, fault release: somebody publishes revision
    = 5, released: yes, failed, 1 by this run
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`
    info: the revision is not live yet in `production`, `presetCanaryHongKong`
    error: the release was accepted, then failed: `production` was superseded by `1820876959997924703`
    error: hint: see the reason in the vendor's console, mend it, and then release again

    release_package, fate package=rejected
    = 5, released: yes, failed, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, release_package_id `2303`, package_name `nightly`
    info: waiting for approval by `carol`
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: see the reason in the vendor's console, mend it, and then release again

    release_package, fate package=deleted
    = 5, released: yes, failed, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, release_package_id `2303`, package_name `nightly`
    info: waiting for approval by `carol`
    info: not shown
    error: the release was accepted, then failed: the package was withdrawn or rejected
    error: hint: see the reason in the vendor's console, mend it, and then release again

    deploy_packages, fate package=failed
    = 5, released: yes, failed, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: `2301` is releasing, `2302` is releasing
    error: the release was accepted, then failed: package `2301` was not deployed: `load_orders` failed; package `2302` was not deployed: `load_orders_hourly` failed
    error: hint: see the reason in the vendor's console, mend it, and then release again

    deploy_packages, fate package=start-failed
    = 5, released: yes, failed, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: `2301` is releasing, `2302` is releasing
    error: the release was accepted, then failed: package `2301` was deployed, but `load_orders` did not start; package `2302` was deployed, but `load_orders_hourly` did not start
    error: hint: see the reason in the vendor's console, mend it, and then release again

    deploy_packages, fate package=half-failed
    = 5, released: yes, failed, 1 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have landed: HTTP 500, `APIGW.0606`: Gateway internal error (request id `[token]`)
    info: the status shows that the call has landed: request_id `[token]`, package_id `2301,2302`, deploy_status `2,1`, succeeded_package_ids `2301`, failed_package_ids `2302`
    error: the release was accepted, then failed: package `2302` was left out: `APIGW.0606`: Gateway internal error
    error: hint: see the reason in the vendor's console, mend it, and then release again
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
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Delivering`
    info: Delivering
    error: the release was accepted and goes on, but was not done within 1s: Delivering
    error: hint: do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`

    release_artifact, pace 1m, wait_timeout 0
    = 6, released: yes, timed_out, 1 by this run
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    error: the release was accepted and goes on, but was not done yet: Scanning
    error: hint: do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`

    release_package, , wait_timeout 1s
    = 6, released: yes, timed_out, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, release_package_id `2303`, package_name `nightly`
    error: the release was accepted and goes on, but was not done within 1s: waiting for approval by `carol`
    error: hint: do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`

    publish_extension_draft, fate extension=stuck, wait_timeout 1s
    = 6, released: yes, timed_out, 1 by this run
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: accepted: request_id `[token]`, published `true`
    info: draft
    error: the release was accepted and goes on, but was not done within 1s: draft
    error: hint: do not release again: run this with `resume: true`, which waits on, or give a longer `wait_timeout`

    release_artifact, pace 1m, fault status 3-: error 403 InvalidAccessKeyId.Inactive, wait_timeout 5s
    = 6, released: yes, unwatched, 1 by this run
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    error: the release was accepted and goes on, but can no longer be watched: the credentials were refused: HTTP 403, `InvalidAccessKeyId.Inactive`: as the sandbox was told to answer (request id `[token]`)
    error: hint: do not release again: run this with `resume: true` and fresh credentials, which waits on
    ");
}

#[test]
fn a_lost_answer_is_looked_up_and_never_makes_two() {
    let cases: [(&str, &[&str], i32); 11] = [
        ("release_artifact", &["fault release: reset after"], 0),
        ("publish_routine_code_revision", &["fault release: reset before"], 0),
        ("release_package", &["fate package=approved", "fault release: 502 after"], 0),
        ("release_package", &["fate package=approved", "fault release: reset before"], 0),
        ("deploy_packages", &["fault release: html late 700ms"], 0),
        ("publish_extension_draft", &["fault release: broken-json"], 0),
        ("deploy_packages", &["fault release: down 2s"], 0),
        ("deploy_packages", &["fault release 1-2: throttle retry-after 1s"], 0),
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
        let step = waiting(Step::plain(), operation, &server);
        let run =
            step.input("retry_timeout", if status == 0 { "20s" } else { "3s" }).run().exits_with(status);
        told += &story(&format!("{operation}, {}", script.join(", ")), &run, &server);
    }
    insta::assert_snapshot!(told, @r"
    release_artifact, fault release: reset after
    = 0, released: yes, succeeded, 1 by this run
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: done

    publish_routine_code_revision, fault release: reset before
    = 0, released: yes, succeeded, 1 by this run
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`
    info: done

    release_package, fate package=approved, fault release: 502 after
    = 0, released: yes, succeeded, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: the call may or may not have landed: HTTP 502, `APIGW.0606`: Gateway internal error (request id `[token]`)
    info: the status shows that the call has landed
    info: done

    release_package, fate package=approved, fault release: reset before
    = 0, released: yes, succeeded, 1 by this run
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: the call may or may not have landed: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104)
    info: the call did not land; it is sent again
    info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    info: accepted: request_id `[token]`, release_package_id `2303`, package_name `nightly`
    info: done

    deploy_packages, fault release: html late 700ms
    = 0, released: yes, succeeded, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have landed: the answer is not in the form that the vendor documents, it begins with `<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body><h1>Bad Gateway</h1></bod…`: HTTP 502
    info: the status shows that the call has landed
    info: done

    publish_extension_draft, fault release: broken-json
    = 0, released: yes, succeeded, 1 by this run
    info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    info: the call may or may not have landed: the answer is not in the form that the vendor documents, it begins with `tr`: HTTP 200 (request id `[token]`)
    info: the status shows that the call has landed
    info: done

    deploy_packages, fault release: down 2s
    = 0, released: yes, succeeded, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have landed: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104)
    info: the call did not land; it is sent again
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: done

    deploy_packages, fault release 1-2: throttle retry-after 1s
    = 0, released: yes, succeeded, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: done

    deploy_packages, fault release: reset after, fault status 2-: 503
    = 8, released: unknown, unknown, 2 by this run
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: the call may or may not have landed: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104)
    error: the call may or may not have landed: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); looking it up failed: HTTP 503, `APIGW.0606`: Gateway internal error (request id `[token]`)
    error: hint: look in the vendor's console whether the release is there before you run this again

    publish_routine_code_revision, fault release: reset before, fault release: somebody publishes revision
    = 8, released: unknown, unknown, 0 by this run
    info: calling PublishRoutineCodeRevision of DCDN at [server]
    error: the call may or may not have landed: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error 104); somebody else put `1820876959997924703` into `production`
    error: hint: look in the vendor's console whether the release is there before you run this again

    publish_extension_draft, fault any always: refuse
    = 7, released: no, not_released, 0 by this run
    error: no connection to `127.0.0.1`: Connection refused (os error 111); no release call was sent
    error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

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
    info: it is released already; nothing is sent: client_token `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `24`, VersionName `1.24.0`, Status `Available`
    info: done

    release_artifact, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_routine_code_revision, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: CodeRevision `1720876959997924702`
    info: done

    publish_routine_code_revision, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    release_package, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: release_package_id `2303`, package_name `nightly`, deploy_status `2`
    info: done

    release_package, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    deploy_packages, adopt
    = 0, released: yes, succeeded, 2 by this run
    info: it is released already; nothing is sent: package_id `2301,2302`, deploy_status `2,2`, succeeded_package_ids `2301,2302`
    info: done

    deploy_packages, fail
    = 4, released: no, not_released, 2 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there

    publish_extension_draft, adopt
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: published `true`
    info: done

    publish_extension_draft, fail
    = 4, released: no, not_released, 1 by this run
    error: it is released already (done), and `if_released` is `fail`; no release call was sent
    error: hint: `if_released: adopt` goes on with the release that is there
    ");
}

#[test]
fn a_release_is_resumed_where_it_is() {
    let mut told = String::new();
    for operation in world::OPERATIONS {
        let server = sandbox(&["fate package=approved", "pace 300ms", "tick 100ms"]);
        let resuming =
            || waiting(Step::plain(), operation, &server).input("resume", "true").input("wait", "false");
        told += &story(&format!("{operation}, before"), &resuming().run().exits_with(2), &server);
        waiting(Step::plain(), operation, &server).input("wait", "false").run().exits_with(0);
        let run = resuming().run().exits_with(0);
        told += &story(&format!("{operation}, after"), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, before
    = 2, released: no, not_released, 0 by this run
    error: there is no release to resume; no release call was sent
    error: hint: see whether the inputs are those of the run that made it; without `resume`, this run makes the release

    release_artifact, after
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: client_token `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: Scanning
    info: Delivering
    info: done

    publish_routine_code_revision, before
    = 2, released: no, not_released, 0 by this run
    error: there is no release to resume; no release call was sent
    error: hint: see whether the inputs are those of the run that made it; without `resume`, this run makes the release

    publish_routine_code_revision, after
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: CodeRevision `1720876959997924702`
    info: done

    release_package, before
    = 2, released: no, not_released, 0 by this run
    error: there is no release to resume; no release call was sent
    error: hint: see whether the inputs are those of the run that made it; without `resume`, this run makes the release

    release_package, after
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: release_package_id `2303`, package_name `nightly`, deploy_status `1`
    info: waiting for approval by `carol`
    info: releasing
    info: done

    deploy_packages, before
    = 2, released: no, not_released, 0 by this run
    error: there is no release to resume; no release call was sent
    error: hint: see whether the inputs are those of the run that made it; without `resume`, this run makes the release

    deploy_packages, after
    = 0, released: yes, succeeded, 2 by this run
    info: it is released already; nothing is sent: package_id `2301,2302`, deploy_status `5,5`
    info: `2301` is releasing, `2302` is releasing
    info: done

    publish_extension_draft, before
    = 2, released: no, not_released, 0 by this run
    error: there is no release to resume; no release call was sent
    error: hint: see whether the inputs are those of the run that made it; without `resume`, this run makes the release

    publish_extension_draft, after
    = 0, released: yes, succeeded, 1 by this run
    info: it is released already; nothing is sent: published `true`
    info: done
    ");
}

/// The ids are readable after whatever ends the wait, by the rules of each CI.
#[test]
#[cfg(unix)]
fn ids_are_readable_after_every_end() {
    let ids = |run: &Run, ci: &str| -> [String; 3] {
        let names = ["release_package_id", "released", "release_outcome"];
        match ci {
            "github" => names.map(|name| run.github_outputs().get(name).unwrap().to_owned()),
            "gitlab" => names.map(|name| run.gitlab_variables().get(name).unwrap().to_owned()),
            _ => names.map(|name| run.json("release-step.json")[name].as_str().unwrap().to_owned()),
        }
    };
    for (ci, step) in
        [("github", Step::github as fn() -> Step), ("gitlab", Step::gitlab), ("jenkins", Step::jenkins)]
    {
        let ends: [(&str, &str, &str); 4] = [
            ("", "0", "succeeded"),
            ("fate package=rejected", "5", "failed"),
            ("pace 1m", "6", "timed_out"),
            ("pace 1m", "143", "cancelled"),
        ];
        for (line, status, outcome) in ends {
            let server = sandbox(&[
                "fate package=approved",
                "pace 200ms",
                if line.is_empty() { "pace 300ms" } else { line },
            ]);
            let step = waiting(step(), "release_package", &server);
            let step = if status == "6" { step.input("wait_timeout", "500ms") } else { step };
            let mut running = step.start();
            if status == "143" {
                running.wait_for("waiting for approval");
                let began = Instant::now();
                running.signal("TERM");
                let run = running.finish().exits_with(143);
                assert!(began.elapsed() < Duration::from_secs(2));
                assert_eq!(ids(&run, ci), ["2303", "yes", outcome], "{ci}");
                continue;
            }
            let run = running.finish().exits_with(status.parse().unwrap());
            assert_eq!(ids(&run, ci), ["2303", "yes", outcome], "{ci}");
        }
    }
}

/// A process that is killed while it waits has written its ids down already.
#[test]
#[cfg(unix)]
fn ids_are_written_before_the_wait() {
    let server = sandbox(&["pace 1m"]);
    let mut running = waiting(Step::jenkins(), "release_package", &server).start();
    running.wait_for("waiting for approval");
    running.signal("KILL");
    let result = running.finish().json("release-step.json");
    assert_eq!((&result["release_package_id"], &result["released"]), (&"2303".into(), &"yes".into()));
}

#[test]
fn a_wrong_clock_is_told_and_worked_around() {
    let mut told = String::new();
    for (operation, line) in [("release_artifact", "clock 61m"), ("deploy_packages", "clock -61m")] {
        let server = sandbox(&[line, "pace 100ms", "tick 100ms"]);
        let run = waiting(Step::plain(), operation, &server).run().exits_with(0);
        told += &story(&format!("{operation}, {line}"), &run, &server);
    }
    insta::assert_snapshot!(told, @"
    release_artifact, clock 61m
    = 0, released: yes, succeeded, 1 by this run
    warn: this machine's clock is 61 min behind the server's: set it; the call is signed once more with the server's time
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`
    info: done

    deploy_packages, clock -61m
    = 0, released: yes, succeeded, 2 by this run
    warn: this machine's clock is 61 min ahead of the server's: set it; the call is signed once more with the server's time
    info: calling DeployFactoryPackages of DataArts Factory at [server]
    info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`
    info: done
    ");
}

#[test]
fn a_re_run_of_the_same_job_is_the_same_call() {
    let server = sandbox(&[]);
    let job = |attempt: &str| {
        Step::github()
            .releasing("release_artifact", server.url())
            .input("client_token", "ci-run")
            .env("GITHUB_SERVER_URL", "https://github.example")
            .env("GITHUB_REPOSITORY", "octo/shop")
            .env("GITHUB_RUN_ID", "4711")
            .env("GITHUB_JOB", "release")
            .env("GITHUB_RUN_ATTEMPT", attempt)
    };
    let tokens = ["1", "2"].map(|attempt| {
        job(attempt).run().exits_with(0).github_outputs().get("client_token").unwrap().to_owned()
    });
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(server.effects().len(), 1);
    let alone = Step::plain().releasing("release_artifact", server.url()).input("client_token", "ci-run");
    insta::assert_snapshot!(alone.run().exits_with(2).log(), @"
    error: `INPUT_CLIENT_TOKEN` is `ci-run`, but this is no job of a CI: give a token of your own, or leave it out; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
}
