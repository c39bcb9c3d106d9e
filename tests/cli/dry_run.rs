//! A dry run: shows what would be sent, and sends nothing; or asks what the cloud says to it, and never sends the release call.

use std::fmt::Write;

use sandbox::{Server, world};

use crate::support::hostile::{Behaviour, Hostile};
use crate::support::release_calls;
use crate::support::step::Step;

#[test]
fn nothing_leaves_the_machine() {
    let server = Hostile::start([Behaviour::Close]);
    let step = Step::plain().releasing("deploy_packages", &server.url()).input("dry_run", "true");
    let run = step.input("wait", "true").run().exits_with(0);
    assert_eq!(server.connections(), 0);
    assert_eq!(run.result()["release_outcome"], "dry_run");
    assert_eq!(run.result()["released"], "no");
    insta::assert_snapshot!(run.log(), @r#"
    info: the status query: POST http://[server]/v2/[token]/factory/release-packages
    info:   Content-Type: application/json;charset=utf-8
    info:   X-Project-Id: [token]
    info:   workspace: [token]
    info:   {"limit":100,"offset":0}
    info: the call that would be sent: POST http://[server]/v2/[token]/factory/release-packages/deploy
    info:   Content-Type: application/json;charset=utf-8
    info:   X-Project-Id: [token]
    info:   workspace: [token]
    info:   {"package_ids":["2301","2302"],"startup_mode":1}
    info: permissions that it needs: the role of a deployer or administrator in the workspace
    info: proved: the inputs, and the places for outputs
    info: proved: credentials are set
    info: not proved: the credentials are valid
    info: not proved: the endpoint is reached
    info: not proved: the status query is permitted
    info: only the cloud can tell: the release call is permitted
    info: only the cloud can tell: the release call is accepted
    "#);
}

#[test]
fn a_pull_request_from_a_fork_has_no_secrets_and_may_run_it() {
    let step = Step::github().input("operation", "release_artifact").input("artifact_id", "artifact-1");
    let run = step.input("dry_run", "true").run().exits_with(0);
    insta::assert_snapshot!(run.log(), @"
    warn: no credentials are set; nothing was sent
    info: the status query: POST https://computenestsupplier.cn-hangzhou.aliyuncs.com/?ArtifactId=artifact-1&ArtifactVersion=draft
    info:   accept: application/json
    info:   x-acs-action: GetArtifact
    info:   x-acs-version: 2021-05-21
    info: the call that would be sent: POST https://computenestsupplier.cn-hangzhou.aliyuncs.com/?ArtifactId=artifact-1&ClientToken=[token]
    info:   accept: application/json
    info:   x-acs-action: ReleaseArtifact
    info:   x-acs-version: 2021-05-21
    info: permissions that it needs: computenestsupplier:ReleaseArtifact; computenestsupplier:GetArtifact
    info: proved: the inputs, and the places for outputs
    info: not proved: credentials are set
    info: not proved: the credentials are valid
    info: not proved: the endpoint is reached
    info: not proved: the status query is permitted
    info: only the cloud can tell: the release call is permitted
    info: only the cloud can tell: the release call is accepted
    ");
}

#[test]
fn what_a_release_would_do_now_is_asked_online() {
    let mut stories = String::new();
    for operation in world::OPERATIONS {
        let server = Server::start();
        let run =
            Step::plain().releasing(operation, server.url()).input("dry_run", "online").run().exits_with(0);
        assert!(release_calls(&server).is_empty() && server.effects().is_empty(), "{operation}");
        assert!(!server.requests().is_empty(), "{operation}");
        let log = run.log();
        let last = log
            .lines()
            .filter(|line| !line.contains("the status query: "))
            .filter(|line| line.contains("proved: ") || line.contains("now: "));
        let _ = writeln!(stories, "{operation}\n{}", last.collect::<Vec<_>>().join("\n"));
        assert!(run.result()["dry_run"]["would"].is_string(), "{operation}");
    }
    insta::assert_snapshot!(stories, @"
    release_artifact
    info: proved: the inputs, and the places for outputs
    info: proved: the credentials are valid
    info: proved: the endpoint is reached
    info: proved: the status query is permitted
    info: now: would release draft `1.24.0` of `artifact-5f0c2b7d9e3a4c168b20`, which is `Created`
    publish_routine_code_revision
    info: proved: the inputs, and the places for outputs
    info: proved: the credentials are valid
    info: proved: the endpoint is reached
    info: proved: the status query is permitted
    info: now: would put revision `1720876959997924702` into `production`, which runs `1620876959997924701`, and `presetCanaryHongKong`, which runs `1620876959997924701`
    release_package
    info: proved: the inputs, and the places for outputs
    info: proved: the credentials are valid
    info: proved: the endpoint is reached
    info: proved: the status query is permitted
    info: now: would make package `nightly` of the items `5101`, `5102`, for approval by `[token]`; 0 packages have a name like it
    deploy_packages
    info: proved: the inputs, and the places for outputs
    info: proved: the credentials are valid
    info: proved: the endpoint is reached
    info: proved: the status query is permitted
    info: now: `2301` is waiting for approval by `carol`: would be deployed; `2302` is waiting for approval by `carol`: would be deployed
    publish_extension_draft
    info: proved: the inputs, and the places for outputs
    info: proved: the credentials are valid
    info: proved: the endpoint is reached
    info: proved: the status query is permitted
    info: now: would publish version `0.1.0` of `notify-team`, which is `draft`
    ");
}

#[test]
fn what_would_end_a_release_before_its_call_ends_the_dry_run_too() {
    let server = Server::start();
    let unknown = Step::plain().releasing("deploy_packages", server.url()).input("package_ids", "9999");
    let unknown = unknown.input("dry_run", "online").run().exits_with(2);
    let keys =
        Step::plain().releasing("deploy_packages", server.url()).env("HUAWEICLOUD_SDK_SK", "another-secret");
    let keys = keys.input("dry_run", "online").run().exits_with(3);
    insta::assert_snapshot!(format!("{}\n{}", unknown.log(), keys.log()), @"
    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: `package_ids` is wrong: `9999` is no package of this workspace; no release call was sent
    error: hint: check `package_ids`, and that the other inputs name its project and workspace

    info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    error: the credentials were refused; no release call was sent: HTTP 401, `APIGW.0301`: Incorrect IAM authentication information: verify aksk signature fail (request id `[token]`)
    error: hint: see whether the keys are right and active, the token is not older than 24 hours, and this machine's clock is right; more than five refusals in a row lock the key for five minutes
    ");
    assert!(release_calls(&server).is_empty());
}
