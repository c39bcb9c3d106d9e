//! Status 3: credentials that are missing, refused, or without permission.

use sandbox::{Cloud, Sandbox, Server, world};

use super::{told, told_all};
use crate::support::step::Step;

fn without_credentials(step: Step) -> Step {
    let variables = [Cloud::Alibaba, Cloud::Huawei].map(world::credentials).concat();
    variables.into_iter().fold(step, |step, (name, _)| step.unset(name))
}

fn with_key(step: Step, cloud: Cloud, key: &world::Key) -> Step {
    let step = without_credentials(step);
    world::variables(cloud, key).into_iter().fold(step, |step, (name, value)| step.env(name, value))
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
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the credentials were refused; no release call was sent: HTTP 404, `InvalidAccessKeyId.NotFound`: Specified access key is not found (request id `[token]`)
    [time] error: hint: no such AccessKey: see whether it was deleted, or belongs to the other site (China or international)

    another secret
    = 3, released: no, not_released, error_code: SignatureDoesNotMatch
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the credentials were refused; no release call was sent: HTTP 400, `SignatureDoesNotMatch`: Specified signature is not matched with our calculation (request id `[token]`)
    [time] error: hint: the AccessKey secret is not that of the AccessKey id: paste it again

    another token
    = 3, released: no, not_released, error_code: InvalidSecurityToken.Malformed
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the credentials were refused; no release call was sent: HTTP 400, `InvalidSecurityToken.Malformed`: Specified SecurityToken is malformed (request id `[token]`)
    [time] error: hint: the temporary key has expired, or its token belongs to another key: get all three parts anew

    no permission, under 403
    = 3, released: no, not_released, error_code: NoPermission
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] warn: no permission to read the release status by `GetArtifact`: HTTP 403, `NoPermission`: You are not authorized to perform this operation (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] error: the credentials lack the permission for `ReleaseArtifact`; nothing was released: HTTP 403, `NoPermission`: You are not authorized to perform this operation (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action

    another secret
    = 3, released: no, not_released, error_code: APIGW.0301
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: the credentials were refused; no release call was sent: HTTP 401, `APIGW.0301`: Incorrect IAM authentication information: verify aksk signature fail (request id `[token]`)
    [time] error: hint: see whether the keys are right and active, the token is not older than 24 hours, and this machine's clock is right; more than five refusals in a row lock the key for five minutes

    another token
    = 3, released: no, not_released, error_code: APIGW.0301
    [time] info: credentials from `HUAWEICLOUD_AUTH_TOKEN`
    [time] error: the credentials were refused; no release call was sent: HTTP 401, `APIGW.0301`: Incorrect IAM authentication information: decrypt token fail (request id `[token]`)
    [time] error: hint: see whether the keys are right and active, the token is not older than 24 hours, and this machine's clock is right; more than five refusals in a row lock the key for five minutes

    no permission, under 400
    = 3, released: no, not_released, error_code: DLF.6888
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 400, `DLF.6888`: The current account does not have the permission for this operation (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the credentials lack the permission for `DeployFactoryPackages`; nothing was released: HTTP 400, `DLF.6888`: The current account does not have the permission for this operation (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace

    no permission, under 403
    = 3, released: no, not_released, error_code: APIGW.0302
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 403, `APIGW.0302`: The IAM user is not authorized for this project (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] error: the credentials lack the permission for `DeployFactoryPackages`; nothing was released: HTTP 403, `APIGW.0302`: The IAM user is not authorized for this project (request id `[token]`)
    [time] error: hint: give the user permission for `DeployFactoryPackages`

    no permission, under 200
    = 3, released: no, not_released, error_code: DEVCP.00014031
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
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
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the credentials lack the permission for the status query `GetArtifact`; no release call was sent: HTTP 403, `NoPermission`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action; give the user permission for `GetArtifact`; without `wait`, `resume` and `if_released` it is not needed

    resume
    = 3, released: no, not_released, error_code: NoPermission
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] error: the credentials lack the permission for the status query `DescribeRoutine`; no release call was sent: HTTP 403, `NoPermission`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the RAM user or role permission for this action; give the user permission for `DescribeRoutine`; without `wait`, `resume` and `if_released` it is not needed

    adopt
    = 3, released: no, not_released, error_code: DLF.6888
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed

    fail
    = 3, released: no, not_released, error_code: DLF.6888
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: the credentials lack the permission for the status query `ShowFactoryPackageDetail, ListFactoryReleasePackages`; no release call was sent: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`)
    [time] error: hint: give the user the role of a developer, deployer or administrator in this workspace; give the user permission for `ShowFactoryPackageDetail, ListFactoryReleasePackages`; without `wait`, `resume` and `if_released` it is not needed
    ");

    let server = forbidding(&[alibaba]);
    let run = Step::plain().releasing("release_artifact", server.url()).run().exits_with(0);
    insta::assert_snapshot!(run.log(), @"
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
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
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] warn: no permission to read the release status by `ShowFactoryPackageDetail, ListFactoryReleasePackages`: HTTP 403, `DLF.6888`: as the sandbox was told to answer (request id `[token]`); if the call's answer is lost, this run cannot check whether it took effect
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] error: the call may or may not have taken effect: the connection to `127.0.0.1` was lost before its answer was complete: Connection reset by peer (os error N)
    [time] error: hint: do not release again before you have looked: `resume: true` waits for the release without sending the call; or look in the vendor's console; `if_released: adopt` releases only what is not there
    ");
}
