//! Every exit status that can occur: when it does, what the outputs say then, and what a person reads.

#[cfg(unix)]
mod unix;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use release_step::process::env::Env;
use release_step::text::redact::Redactor;
use sandbox::{Cloud, Sandbox, Server, world};
use serde_json::json;

use crate::support::hostile::{Behaviour, Hostile, Nobody, http};
use crate::support::placeholders;
use crate::support::step::{Run, Step};

/// What a program and what a person learn of a run outside of every CI.
#[track_caller]
fn told(case: &str, run: &Run) -> String {
    let result = run.result();
    let code = run.code.unwrap();
    assert_eq!(result["exit_status"], code, "{}", run.transcript());
    assert!(result["error"]["hint"].is_string(), "it says what to do\n{}", run.transcript());
    let word = |name: &str| result[name].as_str().unwrap_or("none").to_owned();
    let (released, outcome) = (word("released"), word("release_outcome"));
    let stderr = placeholders::replaced(&run.stderr, "no directory".as_ref());
    // The system's own number of an error is another one on each.
    let stderr: Vec<_> = stderr.split("(os error ").enumerate().map(without_number).collect();
    let stderr = stderr.concat();
    let error_code = word("error_code");
    format!("{case}\n= {code}, released: {released}, {outcome}, error_code: {error_code}\n{stderr}\n")
}

fn without_number((position, part): (usize, &str)) -> String {
    match part.split_once(')') {
        Some((_, rest)) if position > 0 => format!("(os error N){rest}"),
        _ => part.to_owned(),
    }
}

#[track_caller]
fn told_all(cases: impl IntoIterator<Item = (&'static str, Run)>) -> String {
    cases.into_iter().map(|(case, run)| told(case, &run)).collect()
}

fn without_credentials(step: Step) -> Step {
    let variables = [Cloud::Alibaba, Cloud::Huawei].map(world::credentials).concat();
    variables.into_iter().fold(step, |step, (name, _)| step.unset(name))
}

fn with_key(step: Step, cloud: Cloud, key: &world::Key) -> Step {
    let step = without_credentials(step);
    world::variables(cloud, key).into_iter().fold(step, |step, (name, value)| step.env(name, value))
}

#[test]
fn zero_is_for_a_call_that_was_accepted() {
    let server = Server::start();
    let released = Step::plain().releasing("release_artifact", server.url()).run().exits_with(0).result();
    assert_eq!((&released["exit_status"], released.get("error")), (&json!(0), None));
    assert_eq!((&released["released"], &released["release_outcome"]), (&json!("yes"), &json!("submitted")));
}

#[test]
fn two_is_for_wrong_inputs_and_places() {
    let server = Server::start();
    let plain = |operation| Step::plain().releasing(operation, server.url());
    let runs = [
        ("one input is wrong", plain("publish_extension_draft").input("version", "1.0")),
        (
            "three inputs are wrong",
            plain("release_artifact")
                .input("artifact_id", " ")
                .input("release_timeout", "soon")
                .input("dry_runn", "true"),
        ),
        ("there is no operation", Step::plain()),
        (
            "the folder of the output file is missing",
            plain("release_artifact").input("output_file", "a/b.json"),
        ),
        (
            "the output file is a folder",
            plain("release_artifact").file("b.json/c", "").input("output_file", "b.json"),
        ),
        (
            "the workspace is missing",
            plain("release_artifact").input("ci", "jenkins").env("WORKSPACE", "missing"),
        ),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(2)));
    // Windows's own separator.
    let told = told_all(runs).replace(r"`missing\release-step.json`", "`missing/release-step.json`");
    insta::assert_snapshot!(told, @"
    one input is wrong
    = 2, released: no, not_released, error_code: inputs
    [time] error: `INPUT_VERSION` is `1.0`: it must be three groups of 0 to 99, such as `1.0.12`; nothing was sent
    [time] error: hint: mend the variables of this step; `release-step --help publish_extension_draft` lists them

    three inputs are wrong
    = 2, released: no, not_released, error_code: inputs
    [time] error: 3 inputs are wrong; nothing was sent
    [time] error:   `INPUT_RELEASE_TIMEOUT` is `soon`, which is not a duration: write `90` (seconds), `500ms`, `90s`, `30m`, `1h30m` or `2d`
    [time] error:   `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    [time] error:   `INPUT_DRY_RUNN` is no input (did you mean `INPUT_DRY_RUN`?)
    [time] error: hint: mend the variables of this step; `release-step --help release_artifact` lists them

    there is no operation
    = 2, released: no, not_released, error_code: inputs
    [time] error: `INPUT_OPERATION` is missing: which call to make; nothing was sent
    [time] error: hint: mend the variables of this step; `release-step --help` lists them

    the folder of the output file is missing
    = 2, released: no, not_released, error_code: inputs
    [time] error: the outputs cannot be written to `a/b.json`: No such file or directory (os error N); nothing was sent
    [time] error: hint: see whether the folder is there and may be written to

    the output file is a folder
    = 2, released: no, not_released, error_code: inputs
    [time] error: the outputs cannot be written to `b.json`: it is a folder, not a file; nothing was sent
    [time] error: hint: name an ordinary file

    the workspace is missing
    = 2, released: no, not_released, error_code: inputs
    [time] error: the outputs cannot be written to `missing/release-step.json`: No such file or directory (os error N); nothing was sent
    [time] error: hint: see whether the folder is there and may be written to
    ");
    assert!(server.requests().is_empty());
}

#[test]
fn two_is_for_packages_that_the_look_before_the_call_does_not_find() {
    let server = Server::start();
    let plain = |ids| Step::plain().releasing("deploy_packages", server.url()).input("package_ids", ids);
    let runs = [("one", plain("1")), ("one of several", plain("2301,1"))];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(2)));
    insta::assert_snapshot!(told_all(runs), @"
    one
    = 2, released: no, not_released, error_code: inputs
    [time] error: `package_ids` is wrong: `1` is no package of this workspace; no release call was sent
    [time] error: hint: check `package_ids`, and that the other inputs name its project and workspace

    one of several
    = 2, released: no, not_released, error_code: inputs
    [time] error: `package_ids` is wrong: `1` is no package of this workspace; no release call was sent
    [time] error: hint: check `package_ids`, and that the other inputs name its project and workspace
    ");
    assert!(server.effects().is_empty());
}

#[test]
fn two_is_for_a_missing_github_output() {
    let server = Server::start();
    let step = || Step::github().releasing("release_artifact", server.url());
    let run = step().unset("GITHUB_OUTPUT").run().exits_with(2);
    insta::assert_snapshot!(run.transcript(), @"
    exit status: 2
    --- stdout
    ::error title=release_artifact::`GITHUB_OUTPUT` is not set, so outputs have nowhere to go: hand it on to this process, or set `INPUT_CI` to `plain`; nothing was sent%0Ahint: see the environment of this step: it is a variable there, and no input
    ");
    let run = step().env("GITHUB_OUTPUT", "missing/output").run().exits_with(2);
    insta::assert_snapshot!(run.transcript(), @"
    exit status: 2
    --- stdout
    ::group::ReleaseArtifact of Compute Nest at [server]
    ::endgroup::
    ::error title=release_artifact::the outputs cannot be written to `missing/output`: No such file or directory (os error 2); nothing was sent%0Ahint: see whether the folder is there and may be written to
    ");
    assert!(server.requests().is_empty());
}

#[test]
fn three_is_for_credentials_that_are_not_there() {
    let server = Server::start();
    let none = |operation| without_credentials(Step::plain().releasing(operation, server.url()));
    let runs = [
        ("none for Alibaba Cloud", none("release_artifact")),
        ("none for Huawei Cloud", none("deploy_packages")),
        ("no secret", none("release_artifact").env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI-an-id")),
        ("no id", none("deploy_packages").env("HUAWEICLOUD_SDK_SK", "a-secret")),
        ("only the token", none("deploy_packages").env("HW_SECURITY_TOKEN", "a-token")),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(3)));
    insta::assert_snapshot!(told_all(runs), @"
    none for Alibaba Cloud
    = 3, released: no, not_released, error_code: credentials
    [time] error: no credentials are set; nothing was sent
    [time] error: hint: set `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, as secrets of the CI, in the environment of this step
    [time] error: or, without long-lived secrets, set `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, `ALIBABA_CLOUD_OIDC_TOKEN` or the CI's own token
    [time] error: `release-step --help` lists all sources

    none for Huawei Cloud
    = 3, released: no, not_released, error_code: credentials
    [time] error: no credentials are set; nothing was sent
    [time] error: hint: set `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`, as secrets of the CI, in the environment of this step
    [time] error: or, without long-lived secrets, set `HUAWEICLOUD_OIDC_PROVIDER_URN` with `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_TOKEN_FILE`, `HUAWEICLOUD_OIDC_ID_TOKEN` or the CI's own token
    [time] error: `release-step --help` lists all sources

    no secret
    = 3, released: no, not_released, error_code: credentials
    [time] error: `ALIBABA_CLOUD_ACCESS_KEY_ID` is set, but `ALIBABA_CLOUD_ACCESS_KEY_SECRET` is not; nothing was sent
    [time] error: hint: set `ALIBABA_CLOUD_ACCESS_KEY_SECRET` too, or unset `ALIBABA_CLOUD_ACCESS_KEY_ID`

    no id
    = 3, released: no, not_released, error_code: credentials
    [time] error: `HUAWEICLOUD_SDK_SK` is set, but `HUAWEICLOUD_SDK_AK` is not; nothing was sent
    [time] error: hint: set `HUAWEICLOUD_SDK_AK` too, or unset `HUAWEICLOUD_SDK_SK`

    only the token
    = 3, released: no, not_released, error_code: credentials
    [time] error: `HW_SECURITY_TOKEN` is set, but `HW_ACCESS_KEY` and `HW_SECRET_KEY` are not; nothing was sent
    [time] error: hint: set `HW_ACCESS_KEY` and `HW_SECRET_KEY` too, or unset `HW_SECURITY_TOKEN`
    ");
    assert!(server.requests().is_empty());
}

#[test]
fn three_is_for_credentials_that_the_server_refuses() {
    let server = Server::start();
    let with = |operation, key: world::Key| {
        with_key(Step::plain().releasing(operation, server.url()), world::cloud(operation), &key)
    };
    let (alibaba, huawei) = (world::ALIBABA_KEY, world::HUAWEI_KEY);
    let token = Some("CAIS-another-token");
    let runs = [
        ("no such id", with("release_artifact", world::Key { id: "LTAI-nobody", ..alibaba })),
        ("another secret", with("release_artifact", world::Key { secret: "another-secret", ..alibaba })),
        (
            "another token",
            with(
                "publish_routine_code_revision",
                world::Key { security_token: token, ..world::ALIBABA_TEMPORARY_KEY },
            ),
        ),
        ("no permission, under 403", with("release_artifact", world::ALIBABA_POWERLESS_KEY)),
        ("another secret", with("release_package", world::Key { secret: "another-secret", ..huawei })),
        (
            "another token",
            without_credentials(Step::plain().releasing("deploy_packages", server.url()))
                .env("HUAWEICLOUD_AUTH_TOKEN", "MIIF-another-token"),
        ),
        ("no permission, under 400", with("deploy_packages", world::HUAWEI_POWERLESS_KEY)),
        ("no permission, under 403", with("deploy_packages", huawei).input("project_id", "0".repeat(32))),
        ("no permission, under 200", with("publish_extension_draft", world::HUAWEI_POWERLESS_KEY)),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(3)));
    insta::assert_snapshot!(told_all(runs), @"
    no such id
    = 3, released: no, not_released, error_code: InvalidAccessKeyId.NotFound
    [time] error: the credentials were refused; no release call was sent: HTTP 404, `InvalidAccessKeyId.NotFound`: Specified access key is not found (request id `[token]`)
    [time] error: hint: no such AccessKey: see whether it was deleted, or belongs to the other site (China or international)

    another secret
    = 3, released: no, not_released, error_code: SignatureDoesNotMatch
    [time] error: the credentials were refused; no release call was sent: HTTP 400, `SignatureDoesNotMatch`: Specified signature is not matched with our calculation (request id `[token]`)
    [time] error: hint: the AccessKey secret is not that of the AccessKey id: paste it again

    another token
    = 3, released: no, not_released, error_code: InvalidSecurityToken.Malformed
    [time] error: the credentials were refused; no release call was sent: HTTP 400, `InvalidSecurityToken.Malformed`: Specified SecurityToken is malformed (request id `[token]`)
    [time] error: hint: the temporary key has expired, or its token belongs to another key: get all three parts anew

    no permission, under 403
    = 3, released: no, not_released, error_code: NoPermission
    [time] warn: no permission to read the release status by `GetArtifact`: HTTP 403, `NoPermission`: You are not authorized to perform this operation (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] error: the credentials lack the permission for `ReleaseArtifact`; nothing was released: HTTP 403, `NoPermission`: You are not authorized to perform this operation (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action

    another secret
    = 3, released: no, not_released, error_code: APIGW.0301
    [time] error: the credentials were refused; no release call was sent: HTTP 401, `APIGW.0301`: Incorrect IAM authentication information: verify aksk signature fail (request id `[token]`)
    [time] error: hint: see whether the keys are right and active, the token is not older than 24 hours, and this machine's clock is right; more than five refusals in a row lock the key for five minutes

    another token
    = 3, released: no, not_released, error_code: APIGW.0301
    [time] error: the credentials were refused; no release call was sent: HTTP 401, `APIGW.0301`: Incorrect IAM authentication information: decrypt token fail (request id `[token]`)
    [time] error: hint: see whether the keys are right and active, the token is not older than 24 hours, and this machine's clock is right; more than five refusals in a row lock the key for five minutes

    no permission, under 400
    = 3, released: no, not_released, error_code: DLF.6888
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 400, `DLF.6888`: The current account does not have the permission for this operation (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the credentials lack the permission for `DeployFactoryPackages`; nothing was released: HTTP 400, `DLF.6888`: The current account does not have the permission for this operation (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace

    no permission, under 403
    = 3, released: no, not_released, error_code: APIGW.0302
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 403, `APIGW.0302`: The IAM user is not authorized for this project (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the credentials lack the permission for `DeployFactoryPackages`; nothing was released: HTTP 403, `APIGW.0302`: The IAM user is not authorized for this project (request id `[token]`)
    [time] error: hint: give the user permission for `DeployFactoryPackages`

    no permission, under 200
    = 3, released: no, not_released, error_code: DEVCP.00014031
    [time] warn: no permission to read the release status by `ShowPluginVersion`: HTTP 200, `DEVCP.00014031`: You do not have the permission to perform this operation (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] error: the credentials lack the permission for `PublishPluginDraft`; nothing was released: HTTP 200, `DEVCP.00014031`: You do not have the permission to perform this operation (request id `[token]`)
    [time] error: hint: give the user permission to manage pipeline extensions
    ");
    assert!(server.effects().is_empty());
}

/// Who may release and not ask for the status is told before the call where the status is needed, and else warned.
#[test]
fn three_is_for_a_status_that_may_not_be_asked() {
    let forbidding = |faults: &[&str]| {
        let mut sandbox = Sandbox::new();
        let rule = |fault: &&str| sandbox.faults.push(fault.parse().unwrap());
        faults.iter().for_each(rule);
        Server::launch(sandbox, 0, |_| ()).unwrap()
    };
    let alibaba = "status always: error 403 NoPermission";
    let huawei = "status always: error 403 DLF.6888";
    let needing = [
        ("wait", "release_artifact", "wait", "true", alibaba),
        ("resume", "publish_routine_code_revision", "resume", "true", alibaba),
        ("adopt", "release_package", "if_released", "adopt", huawei),
        ("fail", "deploy_packages", "if_released", "fail", huawei),
    ];
    let runs = needing.map(|(case, operation, input, value, fault)| {
        let server = forbidding(&[fault]);
        let run = Step::plain().releasing(operation, server.url()).input(input, value).run().exits_with(3);
        assert!(server.effects().is_empty(), "{}", run.transcript());
        (case, run)
    });
    insta::assert_snapshot!(told_all(runs), @"
    wait
    = 3, released: no, not_released, error_code: NoPermission
    [time] error: the credentials lack the permission for the status query `GetArtifact`; no release call was sent: HTTP 403, `NoPermission`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action; give the user permission for `GetArtifact`; without `wait`, `resume` and `if_released` it is not needed

    resume
    = 3, released: no, not_released, error_code: NoPermission
    [time] error: the credentials lack the permission for the status query `DescribeRoutine`; no release call was sent: HTTP 403, `NoPermission`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action; give the user permission for `DescribeRoutine`; without `wait`, `resume` and `if_released` it is not needed

    adopt
    = 3, released: no, not_released, error_code: DLF.6888
    [time] error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed

    fail
    = 3, released: no, not_released, error_code: DLF.6888
    [time] error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed
    ");

    let server = forbidding(&[alibaba]);
    let run = Step::plain().releasing("release_artifact", server.url()).run().exits_with(0);
    insta::assert_snapshot!(run.log(), @"
    warn: no permission to read the release status by `GetArtifact`: HTTP 403, `NoPermission`: as the sandbox was told to answer (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `[token]`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    ");

    // A lost answer cannot be looked up then.
    let server = forbidding(&[huawei, "release: reset after"]);
    let run = Step::plain().releasing("release_package", server.url()).run().exits_with(8);
    assert_eq!(server.effects().len(), 1);
    insta::assert_snapshot!(told("the answer is lost", &run), @"
    the answer is lost
    = 8, released: unknown, unknown, error_code: unknown
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N)
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}

#[test]
fn four_is_for_calls_that_the_api_rejects() {
    let server = Server::start();
    let plain = |operation| Step::plain().releasing(operation, server.url());
    let runs = [
        (
            "the artifact has no draft",
            plain("release_artifact").input("artifact_id", world::ARTIFACT_WITHOUT_DRAFT_ID),
        ),
        (
            "there is no such environment",
            plain("publish_routine_code_revision").input("envs", "production,presetCanaryAtlantis"),
        ),
        ("there is no such item", plain("release_package").input("pending_item_list", "1")),
        ("the draft does not exist, under 200", plain("publish_extension_draft").input("version", "9.9.9")),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(4)));
    insta::assert_snapshot!(told_all(runs), @"
    the artifact has no draft
    = 4, released: no, not_released, error_code: EntityNotExist.ArtifactVersion
    [time] warn: it is released already, done (version 1, `1.1.0`): it is released again, as `if_released` is `again`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 404, `EntityNotExist.ArtifactVersion`: The specified artifact version does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 404, `EntityNotExist.ArtifactVersion`: The specified artifact version does not exist (request id `[token]`); the status does not show it
    [time] error: hint: the artifact has no draft to release: create one, or see whether it was released already

    there is no such environment
    = 4, released: no, not_released, error_code: EdgeRoutine.GeneralError
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 400, `EdgeRoutine.GeneralError`: server error occurred: the environment presetCanaryAtlantis does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 400, `EdgeRoutine.GeneralError`: server error occurred: the environment presetCanaryAtlantis does not exist (request id `[token]`); the status does not show it
    [time] error: hint: see whether the routine, the code revision and the environments exist; the server gives no other code

    there is no such item
    = 4, released: no, not_released, error_code: DLF.3051
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 400, `DLF.3051`: Invalid parameter: the pending item 1 does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: Invalid parameter: the pending item 1 does not exist (request id `[token]`); the status does not show it
    [time] error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace

    the draft does not exist, under 200
    = 4, released: no, not_released, error_code: DEVCP.00014004
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: the API rejected the call, which may be because it is done already: HTTP 200, `DEVCP.00014004`: Invalid parameter: the draft does not exist (request id `[token]`); looking for it
    [time] error: the API rejected the call; nothing was released: HTTP 200, `DEVCP.00014004`: Invalid parameter: the draft does not exist (request id `[token]`); the status does not show it
    [time] error: hint: read the vendor's message, and check the inputs that it names
    ");
    assert!(server.effects().is_empty());
}

/// The run whose one call is treated like this.
#[track_caller]
fn treated(operation: &str, behaviour: Behaviour, more: impl FnOnce(Step) -> Step) -> Run {
    let server = Hostile::start([behaviour]);
    let run = more(Step::plain().releasing(operation, &server.url())).run();
    assert_eq!(server.shown(), 1, "it is made once\n{}", run.transcript());
    run
}

/// The run whose one call gets this answer.
#[track_caller]
fn answered(operation: &str, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Run {
    treated(operation, Behaviour::Answer(http(status, headers, body)), |step| step)
}

#[test]
fn seven_is_for_what_was_never_sent() {
    let nobody = Nobody::new();
    // It is never asked for its certificate's name: nothing comes back.
    let silent = Hostile::start([Behaviour::Hang]);
    let silence = silent.url().replace("http://", "https://");
    let to = |url: &str| Step::plain().releasing("release_package", url);
    let runs = [
        ("the connection is refused", to(&nobody.url())),
        ("the connection takes too long", to(&silence).input("request_timeout", "400ms")),
    ];
    let runs = runs.map(|(case, step)| (case, step.run().exits_with(7)));
    insta::assert_snapshot!(told_all(runs), @"
    the connection is refused
    = 7, released: no, not_released, error_code: unreachable
    [time] error: no connection to `127.0.0.1`: Connection refused (os error N); no release call was sent
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way

    the connection takes too long
    = 7, released: no, not_released, error_code: unreachable
    [time] error: no connection to `127.0.0.1` within 0.2 s; no release call was sent
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");

    // A resolver that makes an address of every name is no reason to fail: nobody of that name is there.
    let run = to("https://nowhere.invalid").input("request_timeout", "4s").run().exits_with(7);
    if run.stderr.contains("resolved") {
        insta::assert_snapshot!(told("the name does not resolve", &run), @"
        the name does not resolve
        = 7, released: no, not_released, error_code: unreachable
        [time] error: the name `nowhere.invalid` could not be resolved; no release call was sent
        [time] error: hint: see whether `region` or `endpoint` is right, and this machine resolves names
        ");
    }
}

/// The port is closed while the question before the call is being answered.
#[test]
fn seven_is_for_a_call_that_never_connects() {
    let mut sandbox = Sandbox::new();
    sandbox.faults.push("status: slow 1s".parse().unwrap());
    let server = Server::launch(sandbox, 0, |_| ()).unwrap();
    let running = Step::plain().releasing("release_package", server.url()).start();
    let begin = Instant::now();
    while server.requests().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "no request comes");
        thread::sleep(Duration::from_millis(2));
    }
    server.with(|sandbox| sandbox.faults.push("any always: refuse".parse().unwrap()));
    let run = running.finish().exits_with(7);
    assert!(server.effects().is_empty());
    insta::assert_snapshot!(told("the port is closed", &run), @"
    the port is closed
    = 7, released: no, not_released, error_code: unreachable
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] error: no connection to `127.0.0.1`: Connection refused (os error N); nothing was released
    [time] error: hint: see whether a firewall or a missing proxy (`HTTPS_PROXY`) is in the way
    ");
}

/// A status query that is not answered as it should be: no call follows.
#[test]
fn seven_is_for_a_question_that_gets_no_answer() {
    let page = "<html>the back end is not there</html>";
    let busy = r#"{"Code": "Throttling.User", "Message": "Request was denied.", "RequestId": "an-id"}"#;
    let answer = |status, body: &str| Behaviour::Answer(http(status, &[], body));
    let runs = [
        ("closed after the request", "release_artifact", Behaviour::Answer(vec![])),
        ("never answered", "release_package", Behaviour::Hang),
        ("a page", "deploy_packages", answer(502, page)),
        ("a redirect", "publish_routine_code_revision", answer(302, "")),
        ("throttled", "publish_routine_code_revision", answer(429, busy)),
    ];
    let runs = runs.map(|(case, operation, behaviour)| {
        let server = Hostile::from_the_first([behaviour]);
        let step = Step::plain().releasing(operation, &server.url()).input("request_timeout", "400ms");
        let run = step.run().exits_with(7);
        assert_eq!(server.requests().len(), 1, "one question, no call\n{}", run.transcript());
        (case, run)
    });
    insta::assert_snapshot!(told_all(runs), @"
    closed after the request
    = 7, released: no, not_released, error_code: unreachable
    [time] error: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; no release call was sent
    [time] error: hint: run the job again in a few minutes

    never answered
    = 7, released: no, not_released, error_code: unreachable
    [time] error: `127.0.0.1` did not answer within 0.4 s; no release call was sent
    [time] error: hint: run the job again in a few minutes

    a page
    = 7, released: no, not_released, error_code: unreachable
    [time] error: the answer is not in the form that the vendor documents, it begins with `<html>the back end is not there</html>`; no release call was sent: HTTP 502
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`

    a redirect
    = 7, released: no, not_released, error_code: unreachable
    [time] error: the answer is a redirect, which is never followed; no release call was sent: HTTP 302
    [time] error: hint: check for a proxy or gateway between this machine and the API, or another `endpoint`

    throttled
    = 7, released: no, not_released, error_code: Throttling.User
    [time] error: the API throttled the status query; no release call was sent: HTTP 429, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released
    ");
}

/// What cannot be read says nothing of what is there: with `if_released: adopt` or `fail` that ends the run, otherwise it is a
/// warning.
#[test]
fn eight_is_for_a_status_that_cannot_be_read_where_it_decides() {
    let cases = [
        ("empty", "publish_extension_draft", ""),
        ("without the artifact", "release_artifact", r#"{"RequestId": "an-id"}"#),
        ("without the routine", "publish_routine_code_revision", r#"{"RequestId": "an-id"}"#),
        ("without a list", "release_package", "{}"),
        ("without a list of many", "deploy_packages", r#"{"total": 2}"#),
    ];
    let mut told = String::new();
    for (case, operation, body) in cases {
        for choice in ["again", "adopt", "fail"] {
            let server = Hostile::from_the_first([Behaviour::Answer(http(200, &[], body))]);
            let step = Step::plain().releasing(operation, &server.url()).input("if_released", choice);
            // As an answer to the call of DCDN, the id of the request is enough.
            let is_success = choice == "again" && operation == "publish_routine_code_revision";
            let run = step.run();
            let calls = run.stderr.matches(" calling ").count();
            assert_eq!(calls, usize::from(choice == "again"), "{case}\n{}", run.transcript());
            if !is_success {
                told += &self::told(&format!("{case}, {choice}, release calls: {calls}"), &run.exits_with(8));
            }
        }
    }
    insta::assert_snapshot!(told, @"
    empty, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] warn: could not read the release status by `ShowPluginVersion`: the answer is empty: HTTP 200; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] error: the call was answered, but the answer is empty: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    empty, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer is empty: HTTP 200; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowPluginVersion` answers

    empty, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer is empty: HTTP 200; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowPluginVersion` answers

    without the artifact, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] warn: could not read the release status by `GetArtifact`: the answer does not name the artifact; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: answered: client_token `[token]`, request_id `an-id`
    [time] error: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`)
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without the artifact, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer does not name the artifact; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `GetArtifact` answers

    without the artifact, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer does not name the artifact; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `GetArtifact` answers

    without the routine, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `EnvConf`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `DescribeRoutine` answers

    without the routine, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `EnvConf`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `DescribeRoutine` answers

    without a list, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] warn: could not read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: the answer has no `data`; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: answered: 
    [time] error: the call was answered, but the answer has no `release_package_id`: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without a list, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list of many, again, release calls: 1
    = 8, released: unknown, unknown, error_code: unknown
    [time] warn: could not read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: the answer has no `data`; if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: 
    [time] error: the call was answered, but the answer has no `deploy_package_details`: HTTP 200
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    without a list of many, adopt, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers

    without a list of many, fail, release calls: 0
    = 8, released: unknown, unknown, error_code: unknown
    [time] error: cannot determine whether it is released already: the answer has no `data`; no release call was sent
    [time] error: hint: look in the vendor's console, or at what `ShowFactoryPackageDetail, ListFactoryReleasePackages` answers
    ");
}

#[test]
fn seven_is_for_throttling() {
    let throttling = r#"{"Code": "Throttling.User", "Message": "Request was denied.", "RequestId": "an-id"}"#;
    let gateway =
        r#"{"error_code": "APIGW.0308", "error_msg": "The throttling threshold has been reached."}"#;
    let runs = [
        ("429 in the vendor's form", answered("publish_routine_code_revision", 429, &[], throttling)),
        ("400 in the vendor's form", answered("release_artifact", 400, &[], throttling)),
        ("429 of the gateway", answered("deploy_packages", 429, &[("X-Request-Id", "an-id")], gateway)),
        (
            "500 of CodeArts",
            answered(
                "publish_extension_draft",
                500,
                &[],
                r#"{"error_code": "COCT.0070003", "error_msg": "Too many requests"}"#,
            ),
        ),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(7)));
    insta::assert_snapshot!(told_all(runs), @"
    429 in the vendor's form
    = 7, released: no, not_released, error_code: Throttling.User
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 429, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    400 in the vendor's form
    = 7, released: no, not_released, error_code: Throttling.User
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 400, `Throttling.User`: Request was denied (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    429 of the gateway
    = 7, released: no, not_released, error_code: APIGW.0308
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 429, `APIGW.0308`: The throttling threshold has been reached (request id `an-id`)
    [time] error: hint: run the job again in a minute; nothing was released

    500 of CodeArts
    = 7, released: no, not_released, error_code: COCT.0070003
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] error: the API throttled the call; nothing was released: HTTP 500, `COCT.0070003`: Too many requests
    [time] error: hint: run the job again in a few minutes, or give a longer `retry_timeout`
    ");
}

#[test]
fn eight_is_for_an_answer_that_never_comes() {
    let cut = http(200, &[("Content-Length", "1000")], r#"{"ArtifactId": "#);
    let endless = Behaviour::Endless(http(200, &[("Content-Length", "9999999")], "{"), vec![b' '; 1 << 16]);
    let soon = |step: Step| step.input("release_timeout", "600ms");
    let runs = [
        ("closed after the request", treated("release_artifact", Behaviour::Answer(vec![]), |step| step)),
        ("reset after the request", treated("deploy_packages", Behaviour::ResetAfterRequest, |step| step)),
        ("never answered", treated("release_package", Behaviour::Hang, soon)),
        ("cut", treated("release_artifact", Behaviour::Answer(cut), |step| step)),
        (
            "too slow",
            treated(
                "release_artifact",
                Behaviour::Drip(http(200, &[], " ".repeat(1000)), Duration::from_millis(2)),
                soon,
            ),
        ),
        ("too long", treated("release_artifact", endless, |step| step)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    insta::assert_snapshot!(told_all(runs), @"
    closed after the request
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: connection closed before message completed; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    reset after the request
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    never answered
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: `127.0.0.1` did not answer within 0.6 s; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: `127.0.0.1` did not answer within 0.6 s; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    cut
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the connection to `127.0.0.1` was lost before its answer was complete: end of file before message length reached; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    too slow
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but `127.0.0.1` did not answer within 0.6 s; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but `127.0.0.1` did not answer within 0.6 s; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    too long
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call was answered, but the answer is larger than 1 MiB; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is larger than 1 MiB; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API: no answer of this API is that large
    ");

    // What the system says of these depends on who is first.
    for behaviour in [Behaviour::Close, Behaviour::ResetBeforeRequest] {
        let run = treated("release_artifact", behaviour, |step| step).exits_with(8);
        assert_eq!(run.result()["released"], "unknown");
    }
}

#[test]
fn eight_is_for_an_answer_that_is_not_the_vendors() {
    let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx: the back end is not there</body></html>";
    let unavailable =
        r#"{"Code": "ServiceUnavailable", "Message": "Try again later.", "RequestId": "an-id"}"#;
    let time_out = r#"{"error_code": "APIGW.0201", "error_msg": "Backend timeout.", "request_id": "an-id"}"#;
    let elsewhere = [("location", "https://elsewhere.invalid/")];
    let runs = [
        ("an HTML page", answered("release_artifact", 502, &[], html)),
        ("an HTML page under 200", answered("deploy_packages", 200, &[], html)),
        ("a limit of whomever", answered("release_artifact", 429, &[], "Too many requests")),
        ("a redirect", answered("release_package", 302, &elsewhere, "")),
        ("a redirect that keeps the method", answered("release_artifact", 307, &elsewhere, "")),
        ("broken JSON", answered("publish_routine_code_revision", 200, &[], r#"{"RequestId": "an-"#)),
        ("nothing", answered("release_package", 200, &[], "")),
        ("no content", answered("publish_extension_draft", 204, &[], "")),
        ("a server error in the vendor's form", answered("release_artifact", 503, &[], unavailable)),
        ("a gateway that lost its back end", answered("deploy_packages", 504, &[], time_out)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    insta::assert_snapshot!(told_all(runs), @r#"
    an HTML page
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 502; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 502; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    an HTML page under 200
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `<html> <head><title>502 Bad Gateway</title></head> <body>nginx: the back end is not there</body></html>`: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a limit of whomever
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `Too many requests`: HTTP 429; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is not in the form that the vendor documents, it begins with `Too many requests`: HTTP 429; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; something in between limits the number of calls: wait, or ask who runs it

    a redirect
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 302; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 302; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a redirect that keeps the method
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 307; looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: the answer is a redirect, which is never followed: HTTP 307; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    broken JSON
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] info: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"RequestId": "an-`: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not in the form that the vendor documents, it begins with `{"RequestId": "an-`: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    nothing
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: the call was answered, but the answer is empty: HTTP 200; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is empty: HTTP 200; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    no content
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: the call was answered, but the answer is empty: HTTP 204; looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is empty: HTTP 204; looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; check for a proxy or gateway between this machine and the API, or another `endpoint`

    a server error in the vendor's form
    = 8, released: unknown, unknown, error_code: ServiceUnavailable
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: the call may or may not have taken effect: HTTP 503, `ServiceUnavailable`: Try again later (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: HTTP 503, `ServiceUnavailable`: Try again later (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    a gateway that lost its back end
    = 8, released: unknown, unknown, error_code: APIGW.0201
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the call may or may not have taken effect: HTTP 504, `APIGW.0201`: Backend timeout (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call may or may not have taken effect: HTTP 504, `APIGW.0201`: Backend timeout (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    "#);
}

#[test]
fn eight_is_for_an_answer_that_does_not_say_enough() {
    let id = [("X-Request-Id", "an-id")];
    let some = json!({ "deploy_package_details": [{ "package_id": 2302, "asy_task_id": "a-task" }] });
    let refused = r#"{"error_code": "DLF.0810", "error_msg": "The task 2302 does not exist."}"#;
    let runs = [
        ("`false`", answered("publish_extension_draft", 200, &id, "false")),
        ("no id of the artifact", answered("release_artifact", 200, &[], r#"{"RequestId": "an-id"}"#)),
        ("no id of the package", answered("release_package", 200, &id, r#"{"package_name": "nightly"}"#)),
        ("no packages", answered("deploy_packages", 200, &id, "{}")),
        ("only one of two packages", answered("deploy_packages", 200, &id, some.to_string())),
        ("an error for one of two packages", answered("deploy_packages", 400, &id, refused)),
    ];
    let runs = runs.map(|(case, run)| (case, run.exits_with(8)));
    // What it does say is not lost.
    let known = runs[4].1.result();
    let known = ["package_id", "asy_task_id", "request_id"].map(|name| &known[name]);
    assert_eq!(known, [&json!(["2302"]), &json!(["a-task"]), &json!("an-id")]);
    insta::assert_snapshot!(told_all(runs), @"
    `false`
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: answered: request_id `an-id`
    [time] info: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer is not the literal `true`, which alone says that it is published: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no id of the artifact
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: answered: client_token `[token]`, previous_version `23`, request_id `an-id`
    [time] info: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer does not name the artifact: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no id of the package
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`, package_name `nightly`
    [time] info: the call was answered, but the answer has no `release_package_id`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer has no `release_package_id`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    no packages
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`
    [time] info: the call was answered, but the answer has no `deploy_package_details`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer has no `deploy_package_details`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    only one of two packages
    = 8, released: unknown, unknown, error_code: unknown
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: answered: request_id `an-id`, package_id `2302`, asy_task_id `a-task`
    [time] info: the call was answered, but the answer says nothing of package `2301`: HTTP 200 (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the call was answered, but the answer says nothing of package `2301`: HTTP 200 (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there

    an error for one of two packages
    = 8, released: unknown, unknown, error_code: DLF.0810
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0810`: The task 2302 does not exist (request id `an-id`); looking for it until [clock] (`settle_time`)
    [time] error: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.0810`: The task 2302 does not exist (request id `an-id`); looking it up failed: the answer is not in the form that the vendor documents, it begins with `<html>back soon</html>`: HTTP 503
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there; no such task package: see whether `package_ids` and `workspace` are right
    ");
}

/// Between two bytes of an answer: long enough for a signal to come first, short enough for the three seconds after it.
const PAUSE: Duration = Duration::from_millis(8);

/// An answer that comes only after a while, but well within three seconds.
fn slow_answer() -> Behaviour {
    let body = json!({ "package_name": "nightly", "release_package_id": "2303" }).to_string();
    Behaviour::Drip(http(200, &[("X-Request-Id", "an-id")], body), PAUSE)
}

/// Waits until a server has read a whole request.
#[track_caller]
pub(crate) fn wait_for_request(server: &Hostile) {
    let begin = Instant::now();
    while server.requests().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "no request comes");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn nine_is_for_outputs_whose_place_went_away() {
    let server = Hostile::start([slow_answer()]);
    let step = Step::plain().releasing("release_package", &server.url());
    let step = step.file("outputs/.keep", "").input("output_file", "outputs/a.json");
    let folder = step.path("outputs");
    let running = step.start();
    wait_for_request(&server);
    fs::remove_dir_all(folder).unwrap();
    let run = running.finish().exits_with(9);
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 9
    --- stdout
    {"request_id":"an-id","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":9,"ended_at":"[time]","error_code":"outputs","error_message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)","error":{"code":"outputs","hint":"do not run it again: take the outputs from the log","kind":"outputs","message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)"}}
    --- stderr
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: accepted: request_id `an-id`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    [time] error: result: {"request_id":"an-id","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":9,"ended_at":"[time]","error_code":"outputs","error_message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)","error":{"code":"outputs","hint":"do not run it again: take the outputs from the log","kind":"outputs","message":"the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)"}}
    [time] error: the release was accepted, but outputs could not be written to `outputs/a.json`: No such file or directory (os error 2)
    [time] error: hint: do not run it again: take the outputs from the log
    "#);
}

/// The hook belongs to the whole process, so this test runs itself again and panics there.
#[test]
fn one_is_for_a_bug() {
    const THERE: &str = "RELEASE_STEP_TEST_OF_A_BUG";
    let test = "exit_status::one_is_for_a_bug";
    if Env::snapshot().get(THERE).is_some() {
        let redactor = Redactor::default();
        release_step::process::panic::install(&redactor);
        redactor.add("hush/hush");
        panic!("a key hush/hush and\n::error::hush%2Fhush");
    }
    let program = std::env::current_exe().unwrap();
    let run = Command::new(program).args([test, "--exact", "--nocapture"]).env(THERE, "1").output().unwrap();
    let stderr = String::from_utf8(run.stderr).unwrap();
    let line = stderr.lines().find_map(|line| line.split_once(".rs:")?.1.split_whitespace().next());
    assert_eq!(run.status.code(), Some(1), "{stderr}");
    insta::assert_snapshot!(stderr.replace(&format!("{}:{}", file!(), line.unwrap()), "FILE:LINE"), @r"
    error: a key *** and\n::error::***, in FILE:LINE
    hint: this is a bug in release-step 0.1.0; look in the vendor's console whether the release is there before you run this again, and please report the message above
    ");
}
