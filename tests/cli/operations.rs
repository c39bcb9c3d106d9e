//! Each operation on its whole way: from the inputs of a step on GitHub to the effect in the cloud and the step's outputs.

use sandbox::{Recorded, Server, world};
use serde_json::json;

use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::placeholders;
use crate::support::release_calls;
use crate::support::step::{Run, Step};

/// What a run has left, the requests that it made, and what came of them in the cloud.
fn story(run: &Run, server: &Server) -> String {
    let requests = server.requests();
    let requests: Vec<_> = requests.iter().map(request).collect();
    let effects = server.effects();
    let effects: Vec<_> =
        effects.iter().map(|effect| format!("{} {}\n", effect.operation, effect.id)).collect();
    let (requests, effects) = (requests.concat(), effects.concat());
    format!("{}--- requests\n{requests}--- effects\n{effects}", run.transcript())
}

/// A request without what only a signature is made of.
fn request(recorded: &Recorded) -> String {
    const SIGNATURE: [&str; 6] = [
        "authorization",
        "content-length",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-sdk-date",
    ];
    let request = &recorded.request;
    let headers = request.headers.iter().filter(|(name, _)| !SIGNATURE.contains(&name.as_str()));
    let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = String::from_utf8_lossy(&request.body);
    let body = if body.is_empty() { String::new() } else { format!("{body}\n") };
    let verdict = if recorded.accepted { "accepted" } else { "refused" };
    let request = format!("{} {}\n{}{body}", request.method, request.target, headers.concat());
    let request = placeholders::replaced(&request, "no directory".as_ref());
    format!("{request}{}: {verdict}, {}\n", recorded.operation, recorded.status)
}

fn on_github(operation: &str) -> String {
    let server = Server::start();
    let run = Step::github().releasing(operation, server.url()).run();
    story(&run, &server)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one run, whole")]
fn release_artifact() {
    insta::assert_snapshot!(on_github("release_artifact"), @r#"
    exit status: 0
    --- stdout
    ::group::ReleaseArtifact of Compute Nest at [server]
    ::endgroup::
    --- stderr
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling ReleaseArtifact of Compute Nest at [server]
    [time] info: accepted: client_token `[token]`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    --- github_output
    client_token<<[delimiter]
    [token]
    [delimiter]
    previous_version<<[delimiter]
    23
    [delimiter]
    operation<<[delimiter]
    release_artifact
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"client_token":"[token]","previous_version":"23","operation":"release_artifact","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    client_token<<[delimiter]
    [token]
    [delimiter]
    previous_version<<[delimiter]
    23
    [delimiter]
    request_id<<[delimiter]
    [token]
    [delimiter]
    ArtifactId<<[delimiter]
    artifact-5f0c2b7d9e3a4c168b20
    [delimiter]
    ArtifactType<<[delimiter]
    File
    [delimiter]
    ArtifactVersion<<[delimiter]
    draft
    [delimiter]
    VersionName<<[delimiter]
    1.24.0
    [delimiter]
    Status<<[delimiter]
    Scanning
    [delimiter]
    release_origin<<[delimiter]
    call
    [delimiter]
    operation<<[delimiter]
    release_artifact
    [delimiter]
    released<<[delimiter]
    yes
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    submitted
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    0
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"client_token":"[token]","previous_version":"23","request_id":"[token]","ArtifactId":"artifact-5f0c2b7d9e3a4c168b20","ArtifactType":"File","ArtifactVersion":"draft","VersionName":"1.24.0","Status":"Scanning","release_origin":"call","operation":"release_artifact","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    [delimiter]
    --- requests
    POST /?ArtifactId=artifact-5f0c2b7d9e3a4c168b20&ArtifactVersion=draft
    accept-encoding: identity
    x-acs-action: GetArtifact
    x-acs-version: 2021-05-21
    accept: application/json
    user-agent: release-step/0.1.0
    host: [server]
    GetArtifact: accepted, 200
    POST /?ArtifactId=artifact-5f0c2b7d9e3a4c168b20&ClientToken=[token]
    accept-encoding: identity
    x-acs-action: ReleaseArtifact
    x-acs-version: 2021-05-21
    accept: application/json
    user-agent: release-step/0.1.0
    host: [server]
    ReleaseArtifact: accepted, 200
    --- effects
    ReleaseArtifact artifact-5f0c2b7d9e3a4c168b20
    "#);
}

#[test]
fn publish_routine_code_revision() {
    insta::assert_snapshot!(on_github("publish_routine_code_revision"), @r#"
    exit status: 0
    --- stdout
    ::group::PublishRoutineCodeRevision of DCDN at [server]
    ::endgroup::
    --- stderr
    [time] info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    [time] info: calling PublishRoutineCodeRevision of DCDN at [server]
    [time] info: accepted: request_id `[token]`, CodeRevision `1720876959997924702`, release_origin `call`
    --- github_output
    operation<<[delimiter]
    publish_routine_code_revision
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"operation":"publish_routine_code_revision","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    request_id<<[delimiter]
    [token]
    [delimiter]
    CodeRevision<<[delimiter]
    1720876959997924702
    [delimiter]
    release_origin<<[delimiter]
    call
    [delimiter]
    operation<<[delimiter]
    publish_routine_code_revision
    [delimiter]
    released<<[delimiter]
    yes
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    submitted
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    0
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"request_id":"[token]","CodeRevision":"1720876959997924702","release_origin":"call","operation":"publish_routine_code_revision","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    [delimiter]
    --- requests
    POST /
    accept-encoding: identity
    x-acs-action: DescribeRoutine
    x-acs-version: 2018-01-15
    accept: application/json
    content-type: application/x-www-form-urlencoded
    user-agent: release-step/0.1.0
    host: [server]
    Name=edge-hello
    DescribeRoutine: accepted, 200
    POST /
    accept-encoding: identity
    x-acs-action: PublishRoutineCodeRevision
    x-acs-version: 2018-01-15
    accept: application/json
    content-type: application/x-www-form-urlencoded
    user-agent: release-step/0.1.0
    host: [server]
    Envs=%5B%22production%22%2C%22presetCanaryHongKong%22%5D&Name=edge-hello&SelectCodeRevision=1720876959997924702
    PublishRoutineCodeRevision: accepted, 200
    --- effects
    PublishRoutineCodeRevision 1720876959997924702
    "#);
}

#[test]
fn release_package() {
    insta::assert_snapshot!(on_github("release_package"), @r#"
    exit status: 0
    --- stdout
    ::group::CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    ::endgroup::
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_name `nightly`, release_package_id `2303`, release_origin `call`
    --- github_output
    operation<<[delimiter]
    release_package
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"operation":"release_package","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    request_id<<[delimiter]
    [token]
    [delimiter]
    package_name<<[delimiter]
    nightly
    [delimiter]
    release_package_id<<[delimiter]
    2303
    [delimiter]
    release_origin<<[delimiter]
    call
    [delimiter]
    operation<<[delimiter]
    release_package
    [delimiter]
    released<<[delimiter]
    yes
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    submitted
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    0
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"request_id":"[token]","package_name":"nightly","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    [delimiter]
    --- requests
    POST /v2/[token]/factory/release-packages
    accept-encoding: identity
    content-type: application/json;charset=utf-8
    workspace: [token]
    x-project-id: [token]
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    {"key_word":"nightly","limit":100,"offset":0}
    ListFactoryReleasePackages: accepted, 200
    POST /v2/[token]/factory/pending-items/package
    accept-encoding: identity
    content-type: application/json;charset=utf-8
    workspace: [token]
    x-project-id: [token]
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    {"apply_user_id":"[token]","approver_ids":["[token]"],"package_name":"nightly","pending_item_list":["5101","5102"]}
    CreateFactoryPendingItemsPackage: accepted, 200
    --- effects
    CreateFactoryPendingItemsPackage 2303
    "#);
}

#[test]
fn deploy_packages() {
    insta::assert_snapshot!(on_github("deploy_packages"), @r#"
    exit status: 0
    --- stdout
    ::group::DeployFactoryPackages of DataArts Factory at [server]
    ::endgroup::
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    --- github_output
    operation<<[delimiter]
    deploy_packages
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"operation":"deploy_packages","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    request_id<<[delimiter]
    [token]
    [delimiter]
    deploy_package_details<<[delimiter]
    [{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}]
    [delimiter]
    package_id<<[delimiter]
    2301,2302
    [delimiter]
    asy_task_id<<[delimiter]
    [token],[token]
    [delimiter]
    release_origin<<[delimiter]
    call
    [delimiter]
    operation<<[delimiter]
    deploy_packages
    [delimiter]
    released<<[delimiter]
    yes
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    submitted
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    0
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    [delimiter]
    --- requests
    POST /v2/[token]/factory/release-packages
    accept-encoding: identity
    content-type: application/json;charset=utf-8
    workspace: [token]
    x-project-id: [token]
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    {"limit":100,"offset":0}
    ListFactoryReleasePackages: accepted, 200
    POST /v2/[token]/factory/release-packages/deploy
    accept-encoding: identity
    content-type: application/json;charset=utf-8
    workspace: [token]
    x-project-id: [token]
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    {"package_ids":["2301","2302"],"startup_mode":1}
    DeployFactoryPackages: accepted, 200
    --- effects
    DeployFactoryPackages 2301
    DeployFactoryPackages 2302
    "#);
}

#[test]
fn publish_extension_draft() {
    insta::assert_snapshot!(on_github("publish_extension_draft"), @r#"
    exit status: 0
    --- stdout
    ::group::PublishPluginDraft of CodeArts Pipeline at [server]
    ::endgroup::
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling PublishPluginDraft of CodeArts Pipeline at [server]
    [time] info: accepted: request_id `[token]`, published `true`, release_origin `call`
    --- github_output
    operation<<[delimiter]
    publish_extension_draft
    [delimiter]
    released<<[delimiter]
    unknown
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    unknown
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"operation":"publish_extension_draft","released":"unknown","release_hash":"[hash]","release_outcome":"unknown","started_at":"[time]"}
    [delimiter]
    request_id<<[delimiter]
    [token]
    [delimiter]
    published<<[delimiter]
    true
    [delimiter]
    release_origin<<[delimiter]
    call
    [delimiter]
    operation<<[delimiter]
    publish_extension_draft
    [delimiter]
    released<<[delimiter]
    yes
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    submitted
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    0
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    result<<[delimiter]
    {"request_id":"[token]","published":true,"release_origin":"call","operation":"publish_extension_draft","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    [delimiter]
    --- requests
    GET /v1/[token]/agent-plugin/detail?plugin_name=notify-team&version=0.1.0
    accept-encoding: identity
    content-type: application/json
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    ShowPluginVersion: accepted, 200
    POST /v1/[token]/agent-plugin/publish-draft
    accept-encoding: identity
    content-type: application/json;charset=utf-8
    accept: */*
    user-agent: release-step/0.1.0
    host: [server]
    {"display_name":"Notify the team","plugin_attribution":"custom","plugin_name":"notify-team","version":"0.1.0"}
    PublishPluginDraft: accepted, 200
    --- effects
    PublishPluginDraft notify-team@0.1.0
    "#);
}

/// The run ends well, after a query and exactly one call, which were accepted and had an effect.
#[track_caller]
fn releases_once(step: Step, server: &Server) -> Run {
    let run = step.run().exits_with(0);
    let requests: Vec<_> =
        server.requests().iter().map(|request| (request.accepted, request.status)).collect();
    assert_eq!((requests, release_calls(server).len()), (vec![(true, 200); 2], 1), "{}", run.transcript());
    assert!(!server.effects().is_empty(), "{}", run.transcript());
    run
}

#[test]
fn an_operation_is_known_by_the_vendors_name_and_with_hyphens() {
    let vendors = [
        "ReleaseArtifact",
        "PublishRoutineCodeRevision",
        "CreateFactoryPendingItemsPackage",
        "DeployFactoryPackages",
        "PublishPluginDraft",
    ];
    for (operation, vendors) in world::OPERATIONS.into_iter().zip(vendors) {
        for name in [vendors, &operation.replace('_', "-")] {
            let server = Server::start();
            let step = Step::github().releasing(operation, server.url()).input("operation", name);
            let run = releases_once(step, &server);
            assert_eq!(run.github_outputs().get("operation"), Some(operation), "{name}");
        }
    }
}

#[test]
fn every_input_is_taken_by_its_hyphen_spelling() {
    for operation in world::OPERATIONS {
        let server = Server::start();
        let step = Step::github().releasing(operation, server.url());
        let step = world::inputs(operation).into_iter().fold(step, |step, (name, value)| {
            let step = step.unset(format!("INPUT_{}", name.to_uppercase()));
            step.input(&name.replace('_', "-"), value)
        });
        releases_once(step, &server);
    }
}

/// Every source of credentials of either cloud, by the variables that make it.
#[test]
fn credentials_are_found_under_every_name() {
    let alibaba = &world::ALIBABA_KEY;
    let huawei = &world::HUAWEI_KEY;
    let temporary = (&world::ALIBABA_TEMPORARY_KEY, &world::HUAWEI_TEMPORARY_KEY);
    let token = |key: &world::Key| key.security_token.unwrap();
    let cases = [
        (
            "release_artifact",
            vec![("ALICLOUD_ACCESS_KEY", alibaba.id), ("ALICLOUD_SECRET_KEY", alibaba.secret)],
        ),
        (
            "publish_routine_code_revision",
            vec![
                ("ALIBABACLOUD_ACCESS_KEY_ID", alibaba.id),
                ("ALIBABACLOUD_ACCESS_KEY_SECRET", alibaba.secret),
            ],
        ),
        ("release_artifact", world::variables(sandbox::Cloud::Alibaba, temporary.0)),
        ("publish_routine_code_revision", world::variables(sandbox::Cloud::Alibaba, temporary.0)),
        (
            "release_artifact",
            vec![
                ("ALICLOUD_ACCESS_KEY", temporary.0.id),
                ("ALICLOUD_SECRET_KEY", temporary.0.secret),
                ("ALICLOUD_SECURITY_TOKEN", token(temporary.0)),
            ],
        ),
        (
            "release_artifact",
            vec![
                ("ALIBABACLOUD_ACCESS_KEY_ID", temporary.0.id),
                ("ALIBABACLOUD_ACCESS_KEY_SECRET", temporary.0.secret),
                ("ALIBABACLOUD_SECURITY_TOKEN", token(temporary.0)),
            ],
        ),
        ("release_package", vec![("HUAWEICLOUD_AUTH_TOKEN", world::HUAWEI_AUTH_TOKEN)]),
        ("publish_extension_draft", vec![("HW_AUTH_TOKEN", world::HUAWEI_AUTH_TOKEN)]),
        ("deploy_packages", vec![("HW_ACCESS_KEY", huawei.id), ("HW_SECRET_KEY", huawei.secret)]),
        ("publish_extension_draft", vec![("CLOUD_SDK_AK", huawei.id), ("CLOUD_SDK_SK", huawei.secret)]),
        ("deploy_packages", world::variables(sandbox::Cloud::Huawei, temporary.1)),
        ("publish_extension_draft", world::variables(sandbox::Cloud::Huawei, temporary.1)),
        (
            "release_package",
            vec![
                ("HW_ACCESS_KEY", temporary.1.id),
                ("HW_SECRET_KEY", temporary.1.secret),
                ("HW_SECURITY_TOKEN", token(temporary.1)),
            ],
        ),
    ];
    for (operation, variables) in cases {
        let server = Server::start();
        let usual = world::credentials(world::cloud(operation)).into_iter();
        let step = Step::github().releasing(operation, server.url());
        let step = usual.fold(step, |step, (name, _)| step.unset(name));
        let step = variables.into_iter().fold(step, |step, (name, value)| step.env(name, value));
        releases_once(step, &server);
    }
}

#[test]
fn the_accounts_variables_stand_in_for_the_ids_in_the_path() {
    let cases = [
        ("release_package", "HUAWEICLOUD_SDK_PROJECT_ID", "INPUT_PROJECT_ID", world::PROJECT_ID),
        ("deploy_packages", "HUAWEICLOUD_SDK_PROJECT_ID", "INPUT_PROJECT_ID", world::PROJECT_ID),
        ("publish_extension_draft", "HUAWEICLOUD_SDK_DOMAIN_ID", "INPUT_DOMAIN_ID", world::DOMAIN_ID),
    ];
    for (operation, variable, input, id) in cases {
        let server = Server::start();
        let step = Step::github().releasing(operation, server.url()).unset(input).env(variable, id);
        releases_once(step, &server);

        // The input comes first.
        let server = Server::start();
        let elsewhere = "0".repeat(32);
        let step = Step::github().releasing(operation, server.url()).env(variable, elsewhere);
        releases_once(step, &server);
    }
}

#[test]
fn what_is_optional_is_sent_where_it_is_given() {
    let cases = [
        ("release_artifact", "client_token", "build-4711", "&ClientToken=build-4711"),
        ("deploy_packages", "startup_mode", "0", r#"{"package_ids":["2301","2302"],"startup_mode":0}"#),
        ("publish_extension_draft", "version_attribution", "draft", r#""version_attribution":"draft""#),
        // A JSON object is sent as it stands.
        (
            "publish_routine_code_revision",
            "envs",
            r#"{ "staging": {} }"#,
            "Envs=%7B%20%22staging%22%3A%20%7B%7D%20%7D&",
        ),
    ];
    for (operation, input, value, sent) in cases {
        let server = Server::start();
        releases_once(Step::github().releasing(operation, server.url()).input(input, value), &server);
        let request = &release_calls(&server)[0].request;
        let all = format!("{}\n{}", request.target, String::from_utf8_lossy(&request.body));
        assert!(all.contains(sent), "{all}");
    }
}

/// The outputs of the call that gets this answer.
#[track_caller]
fn answered(operation: &str, answer: &serde_json::Value, input: (&str, &str)) -> Run {
    let server = Hostile::start([Behaviour::Answer(http(200, &[], answer.to_string()))]);
    Step::github().releasing(operation, &server.url()).input(input.0, input.1).run().exits_with(0)
}

#[test]
fn a_revision_is_never_rounded_whatever_shape_content_has() {
    let other = "9007199254740993001";
    let cases = [
        (json!({ "CodeRevision": other }), other),
        (json!({ "CodeRevision": 9_007_199_254_740_993_001_u64 }), other),
        (json!(r#"{"CodeRevision": "9007199254740993001"}"#), other),
        (json!(r#"{"CodeRevision": 9007199254740993001}"#), other),
        (json!({ "test": "test", "test2": 1 }), world::NEW_CODE_REVISION),
        (json!("published"), world::NEW_CODE_REVISION),
        (json!(1_620_876_959_997_924_700_u64), world::NEW_CODE_REVISION),
        (json!(null), world::NEW_CODE_REVISION),
    ];
    for (content, revision) in cases {
        let answer = json!({ "RequestId": "an-id", "Content": content });
        let run = answered("publish_routine_code_revision", &answer, ("select_code_revision", revision));
        let outputs = run.github_outputs();
        assert_eq!(outputs.get("CodeRevision"), Some(revision), "{content}");
        let result: serde_json::Value = serde_json::from_str(outputs.get("result").unwrap()).unwrap();
        assert_eq!(result["CodeRevision"], revision, "{content}");
    }
}

#[test]
fn packages_come_in_the_order_of_the_input_with_ids_as_texts() {
    let answer = json!({ "deploy_package_details": [
        { "asy_subtask_num": 3, "asy_task_id": "task-b", "package_id": 9_007_199_254_740_993_u64 },
        { "asy_subtask_num": 1, "asy_task_id": "task-a", "package_id": "2301" },
    ] });
    let step = Step::github().input("package_ids", "2301");
    let list =
        json!({ "data": [{ "package_id": 9_007_199_254_740_993_u64 }, { "package_id": 2301 }], "total": 2 });
    let answers = [list, answer].map(|body| Behaviour::Answer(http(200, &[], body.to_string())));
    let server = Hostile::from_the_first(answers);
    let step = step.releasing("deploy_packages", &server.url());
    let run = step.input("package_ids", "[2301, 9007199254740993]").run().exits_with(0);
    let outputs = run.github_outputs();
    let outputs = ["package_id", "asy_task_id", "deploy_package_details", "result"]
        .map(|name| format!("{name} = {}", outputs.get(name).unwrap()));
    insta::assert_snapshot!(placeholders::replaced(&outputs.join("\n"), "no directory".as_ref()), @r#"
    package_id = 2301,9007199254740993
    asy_task_id = task-a,task-b
    deploy_package_details = [{"asy_subtask_num":3,"asy_task_id":"task-b","package_id":"9007199254740993"},{"asy_subtask_num":1,"asy_task_id":"task-a","package_id":"2301"}]
    result = {"deploy_package_details":[{"asy_subtask_num":3,"asy_task_id":"task-b","package_id":"9007199254740993"},{"asy_subtask_num":1,"asy_task_id":"task-a","package_id":"2301"}],"package_id":["2301","9007199254740993"],"asy_task_id":["task-a","task-b"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    "#);
    assert!(
        server.requests()[1].ends_with(r#"{"package_ids":["2301","9007199254740993"],"startup_mode":1}"#)
    );
}
