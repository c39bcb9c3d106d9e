//! Each CI system: what a release and a refusal look like there, and where the next step finds the outputs.

use std::fs;
use std::path::PathBuf;

use sandbox::{Sandbox, Server};
use serde_json::{Value, json};

use crate::ci_rules::{Values, gitlab, jenkins, posix_env};
use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::placeholders;
use crate::support::step::{Run, Step};

const OPERATION: &str = "deploy_packages";

fn releases(step: Step) -> Run {
    let server = Server::start();
    let run = step.releasing(OPERATION, server.url()).run().exits_with(0);
    assert_eq!(server.effects().len(), 2, "{}", run.transcript());
    run
}

/// The cloud does not like one of the parameters.
fn is_refused(step: Step) -> Run {
    let mut sandbox = Sandbox::new();
    sandbox.faults.push("release: error 400 DLF.3051".parse().unwrap());
    let server = Server::launch(sandbox, 0, |_| ()).unwrap();
    step.releasing(OPERATION, server.url()).run().exits_with(4)
}

/// The value in which a structure is itself, and everything else the text that it is outside of JSON.
pub(crate) fn as_texts(result: &Value) -> Values {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            items.join(",")
        }
        other => other.to_string(),
    };
    let outputs = result.as_object().unwrap().iter().filter(|(name, _)| *name != "error");
    Values(outputs.map(|(name, value)| (name.clone(), text(value))).collect())
}

/// The values by name, so that their order does not count.
pub(crate) fn sorted(values: &Values, without: &[&str]) -> Vec<(String, String)> {
    let names = values.names().into_iter().filter(|name| !without.contains(name));
    let mut values: Vec<_> =
        names.map(|name| (name.to_owned(), values.get(name).unwrap().to_owned())).collect();
    values.sort();
    values
}

#[test]
fn a_release_on_github() {
    let run = releases(Step::github());
    insta::assert_snapshot!(run.transcript(), @r#"
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
    "#);
    only_commands_on_stdout(&run);
}

#[test]
fn a_refusal_on_github() {
    let run = is_refused(Step::github());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 4
    --- stdout
    ::group::DeployFactoryPackages of DataArts Factory at [server]
    ::endgroup::
    ::error title=deploy_packages::the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`%0Ahint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); looking for it until [clock] (`settle_time`)
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
    operation<<[delimiter]
    deploy_packages
    [delimiter]
    released<<[delimiter]
    no
    [delimiter]
    release_hash<<[delimiter]
    [hash]
    [delimiter]
    release_outcome<<[delimiter]
    not_released
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    4
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    error_code<<[delimiter]
    DLF.3051
    [delimiter]
    error_message<<[delimiter]
    the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    [delimiter]
    result<<[delimiter]
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    [delimiter]
    "#);
    only_commands_on_stdout(&run);
}

#[track_caller]
fn only_commands_on_stdout(run: &Run) {
    let commands = run.github_commands().len();
    assert_eq!(commands, run.stdout.lines().count(), "{}", run.transcript());
    let outputs = run.github_outputs();
    let result = jenkins::read_json(outputs.get("result").unwrap().as_bytes()).unwrap();
    assert_eq!(sorted(&outputs, &["result"]), sorted(&as_texts(&result), &[]));
}

#[test]
fn a_release_on_gitlab() {
    let run = releases(Step::gitlab());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 0
    --- stdout
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    --- stderr
    ␛[0Ksection_start:[unix]:release_step␍␛[0KDeployFactoryPackages of DataArts Factory at [server]
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    ␛[0Ksection_end:[unix]:release_step␍␛[0K
    --- release-step.env
    request_id=[token]
    package_id=2301,2302
    asy_task_id=[token],[token]
    release_origin=call
    operation=deploy_packages
    released=yes
    release_hash=[hash]
    release_outcome=submitted
    started_at=[time]
    exit_status=0
    ended_at=[time]
    --- release-step.json
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    "#);
    both_files_of_gitlab(&run);
}

#[test]
fn a_refusal_on_gitlab() {
    let run = is_refused(Step::gitlab());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 4
    --- stdout
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    --- stderr
    ␛[0Ksection_start:[unix]:release_step␍␛[0KDeployFactoryPackages of DataArts Factory at [server]
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); looking for it until [clock] (`settle_time`)
    ␛[0Ksection_end:[unix]:release_step␍␛[0K
    [time] error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    [time] error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    --- release-step.env
    request_id=[token]
    operation=deploy_packages
    released=no
    release_hash=[hash]
    release_outcome=not_released
    started_at=[time]
    exit_status=4
    ended_at=[time]
    error_code=DLF.3051
    error_message=the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    --- release-step.json
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    "#);
    both_files_of_gitlab(&run);
}

#[track_caller]
fn both_files_of_gitlab(run: &Run) {
    let markers = run.gitlab_markers();
    let markers: Vec<_> = markers.iter().map(|marker| (marker.start, &*marker.name)).collect();
    assert_eq!(markers, [(true, "release_step"), (false, "release_step")]);
    let json = run.json("release-step.json");
    assert_eq!(json, last_line(run));
    let variables = run.gitlab_variables();
    let seen = variables.0.iter().map(|(name, value)| (name.clone(), gitlab::expanded(value, &variables)));
    let seen = Values(seen.collect());
    assert_eq!(sorted(&seen, &[]), sorted(&as_texts(&json), &["deploy_package_details"]));
}

#[test]
fn a_release_on_jenkins() {
    let run = releases(Step::jenkins());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 0
    --- stdout
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    --- release-step.json
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    "#);
    assert_eq!(run.json("release-step.json"), last_line(&run));
}

#[test]
fn a_refusal_on_jenkins() {
    let run = is_refused(Step::jenkins());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 4
    --- stdout
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); looking for it until [clock] (`settle_time`)
    [time] error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    [time] error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    --- release-step.json
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    "#);
    assert_eq!(run.json("release-step.json"), last_line(&run));
}

#[test]
fn a_release_without_a_ci() {
    let run = releases(Step::plain());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 0
    --- stdout
    {"request_id":"[token]","deploy_package_details":[{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2301"},{"asy_subtask_num":1,"asy_task_id":"[token]","package_id":"2302"}],"package_id":["2301","2302"],"asy_task_id":["[token]","[token]"],"release_origin":"call","operation":"deploy_packages","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_id `2301,2302`, asy_task_id `[token],[token]`, release_origin `call`
    "#);
    last_line(&run);
}

#[test]
fn a_refusal_without_a_ci() {
    let run = is_refused(Step::plain());
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 4
    --- stdout
    {"request_id":"[token]","operation":"deploy_packages","released":"no","release_hash":"[hash]","release_outcome":"not_released","started_at":"[time]","exit_status":4,"ended_at":"[time]","error_code":"DLF.3051","error_message":"the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`","error":{"code":"DLF.3051","hint":"the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace","http_status":400,"kind":"rejected","message":"as the sandbox was told to answer","request_id":"[token]"}}
    --- stderr
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling DeployFactoryPackages of DataArts Factory at [server]
    [time] info: the API rejected the call, but may have done a part of it: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); looking for it until [clock] (`settle_time`)
    [time] error: the API rejected the call; nothing was released: HTTP 400, `DLF.3051`: as the sandbox was told to answer (request id `[token]`); the status has not shown it for `settle_time`
    [time] error: hint: the server calls a parameter invalid: see whether the pending items exist, are not packed yet and were submitted by `apply_user_id`, and the approvers may approve in this workspace
    "#);
    last_line(&run);
}

/// The output `result`, which stands on stdout once, and nothing else does.
#[track_caller]
fn last_line(run: &Run) -> Value {
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.transcript());
    assert!(run.stdout.ends_with('\n'));
    run.result()
}

#[test]
fn a_warning_on_github_is_one_annotation() {
    let step = Step::github().env("HW_ACCESS_KEY", "another-key").env("HW_SECRET_KEY", "another-secret");
    let run = releases(step.input("artifact_id", "of another operation"));
    insta::assert_snapshot!(placeholders::replaced(&run.stdout, "no directory".as_ref()), @"
    ::group::DeployFactoryPackages of DataArts Factory at [server]
    ::endgroup::
    ::warning title=deploy_packages::`with: artifact_id` is an input of `release_artifact`, not of this operation, and is ignored%0Atwo sources of credentials are set, `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK` and `HW_ACCESS_KEY` with `HW_SECRET_KEY`: the first is used
    ");
}

#[test]
fn an_output_file_has_the_format_of_its_ending() {
    type Read = fn(&[u8]) -> Values;
    let json: Read = |file| as_texts(&jenkins::read_json(file).unwrap());
    let env: Read = |file| posix_env::variables(file).unwrap();
    let properties: Read = |file| jenkins::properties(file).unwrap();
    let structures = ["deploy_package_details", "result"];
    let cases = [
        ("outputs/a.json", json, &["result"][..]),
        ("outputs/a.env", env, &structures[..]),
        ("outputs/a.properties", properties, &[]),
    ];
    for (name, read, left_out) in cases {
        for outcome in [releases, is_refused] {
            // The folder must be there, as for every other tool.
            let run = outcome(Step::github().file("outputs/.keep", "").input("output_file", name));
            let there = read(run.file(name).as_bytes());
            assert_eq!(sorted(&there, &[]), sorted(&run.github_outputs(), left_out), "{name}");
        }
    }
    let run = releases(Step::jenkins().input("output_file", "a.properties"));
    let there = jenkins::properties(run.file("a.properties").as_bytes()).unwrap();
    assert_eq!(sorted(&there, &["result"]), sorted(&as_texts(&run.json("release-step.json")), &[]));

    let run = releases(Step::plain().input("output_file", "a.json"));
    assert_eq!(run.json("a.json"), last_line(&run));

    // On GitLab it is the dotenv file, and the JSON stands beside it.
    let run = releases(Step::gitlab().file("outputs/.keep", "").input("output_file", "outputs/b.env"));
    let names: Vec<_> = run.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["outputs/.keep", "outputs/b.env", "outputs/b.json"]);
    assert_eq!(gitlab::dotenv(run.file("outputs/b.env").as_bytes()).unwrap().get("released"), Some("yes"));
    assert_eq!(run.json("outputs/b.json"), last_line(&run));
}

#[test]
fn a_prefix_stands_before_every_name_but_inside_json() {
    let prefixed = |step: Step| releases(step.input("output_prefix", "shop_"));
    let names = |values: &Values| -> Vec<String> {
        let names = values.names().into_iter().map(|name| name.strip_prefix("shop_").unwrap().to_owned());
        names.collect()
    };
    let run = prefixed(Step::github().input("output_file", "a.properties"));
    let result = jenkins::read_json(run.github_outputs().get("shop_result").unwrap().as_bytes()).unwrap();
    let expected = as_texts(&result);
    let expected: Vec<_> = expected.names().into_iter().chain(["result"]).collect();
    assert!(expected.contains(&"released"), "{expected:?}");
    let mut github = names(&run.github_outputs());
    let mut properties = names(&jenkins::properties(run.file("a.properties").as_bytes()).unwrap());
    let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
    for names in [&mut github, &mut properties, &mut expected] {
        names.sort();
    }
    assert_eq!((&github, &properties), (&expected, &expected));

    let run = prefixed(Step::gitlab());
    names(&run.gitlab_variables());
    let json = run.json("release-step.json");
    assert_eq!((&json["released"], &json), (&json!("yes"), &last_line(&run)));
}

/// A report with such a name is refused as a whole, and with it the job, after the release.
#[test]
fn a_prefix_that_a_dotenv_cannot_carry_is_refused() {
    let server = Server::start();
    for step in [Step::gitlab(), Step::github().input("output_file", "a.env")] {
        let step = step.releasing(OPERATION, server.url()).input("output_prefix", "shop-");
        let run = step.run().exits_with(2);
        let said = run.stdout.to_lowercase();
        assert!(said.contains("output_prefix` is `shop-`"), "{}", run.transcript());
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_file_of_an_earlier_run_is_replaced_whatever_happens() {
    let earlier = |step: Step| {
        let step = step.file("release-step.env", "released=yes\nold=1\n");
        step.file("release-step.json", r#"{"released": "yes", "old": 1}"#)
    };
    // Wrong inputs are found before anything is opened.
    let wrong = earlier(Step::gitlab()).input("operation", "release").run().exits_with(2);
    let runs = [
        ("yes", releases(earlier(Step::gitlab()))),
        ("no", is_refused(earlier(Step::gitlab()))),
        ("no", wrong),
    ];
    for (released, run) in runs {
        let variables = run.gitlab_variables();
        assert_eq!((variables.get("released"), variables.get("old")), (Some(released), None));
        let json = run.json("release-step.json");
        assert_eq!((&json["released"], json.get("old")), (&json!(released), None));
    }

    // It is replaced at the start: whoever kills this run does not leave the earlier one's outputs behind.
    let server = Hostile::start([Behaviour::Hang]);
    let step = earlier(Step::gitlab()).releasing(OPERATION, &server.url()).input("log_level", "debug");
    let file = step.path("release-step.env");
    let mut running = step.start();
    running.wait_for(" calling ");
    let variables = gitlab::dotenv(&fs::read(file).unwrap()).unwrap();
    assert_eq!((variables.get("released"), variables.get("old")), (Some("unknown"), None));
}

#[test]
fn github_output_is_appended_to() {
    for earlier in ["earlier=1\n", "earlier=1", "earlier<<EOF\n1\nEOF", "earlier=1\n\n"] {
        for outcome in [releases, is_refused] {
            let run = outcome(Step::github().file("github_output", earlier));
            let outputs = run.github_outputs();
            assert_eq!(outputs.get("earlier"), Some("1"), "{earlier:?}");
            assert!(outputs.get("result").is_some(), "{earlier:?}");
            assert!(run.file("github_output").starts_with(earlier));
        }
    }
}

#[test]
fn gitlabs_dotenv_leaves_out_what_it_cannot_carry() {
    // A value that GitLab would expand.
    let server = Server::start();
    let step = Step::gitlab().releasing("release_package", server.url());
    let run = step.input("package_name", "costs $5").run().exits_with(0);
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 0
    --- stdout
    {"request_id":"[token]","package_name":"costs $5","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    --- stderr
    ␛[0Ksection_start:[unix]:release_step␍␛[0KCreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] info: calling CreateFactoryPendingItemsPackage of DataArts Factory at [server]
    [time] info: accepted: request_id `[token]`, package_name `costs $5`, release_package_id `2303`, release_origin `call`
    [time] warn: `package_name` is left out of `[dir]/release-step.env`: it has a `$` or a `%NAME%`, which GitLab would expand
    ␛[0Ksection_end:[unix]:release_step␍␛[0K
    --- release-step.env
    request_id=[token]
    release_package_id=2303
    release_origin=call
    operation=release_package
    released=yes
    release_hash=[hash]
    release_outcome=submitted
    started_at=[time]
    exit_status=0
    ended_at=[time]
    --- release-step.json
    {"request_id":"[token]","package_name":"costs $5","release_package_id":"2303","release_origin":"call","operation":"release_package","released":"yes","release_hash":"[hash]","release_outcome":"submitted","started_at":"[time]","exit_status":0,"ended_at":"[time]"}
    "#);
    assert_eq!(run.json("release-step.json")["package_name"], "costs $5");

    // Values that are too long together: 100 packages with long ids.
    let (run, ids, dir) = releases_100(64);
    let variables = run.gitlab_variables();
    assert_eq!((variables.get("package_id"), variables.get("asy_task_id")), (None, None));
    assert_eq!(run.json("release-step.json")["package_id"], json!(ids));
    let warnings: Vec<_> = run.stderr.lines().filter(|line| line.contains(" warn: ")).collect();
    let warnings = placeholders::replaced(&warnings.join("\n"), &dir);
    insta::assert_snapshot!(warnings, @"
    [time] warn: `asy_task_id` is left out of `[dir]/release-step.env`: the file would not stay under 5 KB
    [time] warn: `package_id` is left out of `[dir]/release-step.env`: the file would not stay under 5 KB
    ");
}

/// Releases 100 packages with ids of this length on GitLab.
fn releases_100(length: usize) -> (Run, Vec<String>, PathBuf) {
    let ids: Vec<_> = (0..100).map(|number| format!("{number:0length$}")).collect();
    let details: Vec<_> =
        ids.iter().map(|id| json!({ "package_id": id, "asy_task_id": format!("task-{id}") })).collect();
    let answer = json!({ "deploy_package_details": details }).to_string();
    let listed: Vec<_> = ids.iter().map(|id| json!({ "package_id": id, "deploy_status": "1" })).collect();
    let list = json!({ "total": 100, "data": listed }).to_string();
    let server = Hostile::from_the_first([list, answer].map(|body| Behaviour::Answer(http(200, &[], body))));
    let step = Step::gitlab().releasing(OPERATION, &server.url()).input("package_ids", ids.join("\n"));
    let dir = step.path("");
    (step.run().exits_with(0), ids, dir)
}

/// A long value that just fits must not crowd out the short ones, on which later jobs decide what to do.
#[test]
fn gitlabs_dotenv_always_says_whether_it_is_released() {
    for length in [48, 49, 50, 51] {
        let (run, ..) = releases_100(length);
        let variables = run.gitlab_variables();
        let known =
            ["operation", "released", "release_outcome", "exit_status"].map(|name| variables.get(name));
        assert_eq!(known, [Some(OPERATION), Some("yes"), Some("submitted"), Some("0")], "{length}");
    }
}

#[test]
fn the_input_ci_comes_before_what_is_detected() {
    let run = releases(Step::github().input("ci", "plain"));
    assert_eq!((last_line(&run)["released"].as_str(), run.file("github_output")), (Some("yes"), ""));
    assert!(run.github_commands().is_empty());

    let run = releases(Step::gitlab().input("ci", "jenkins"));
    assert_eq!(run.files.keys().collect::<Vec<_>>(), ["release-step.json"]);
    assert!(run.gitlab_markers().is_empty());

    let run = releases(Step::jenkins().input("ci", "gitlab"));
    assert_eq!(run.gitlab_variables().get("released"), Some("yes"));

    let file = "outputs";
    let run = releases(Step::plain().input("ci", "github").env("GITHUB_OUTPUT", file).file(file, ""));
    assert!(run.file(file).contains("released<<"));
    assert_eq!(run.github_commands().len(), 2);

    let run = releases(Step::github().input("ci", "auto"));
    assert_eq!(run.github_outputs().get("released"), Some("yes"));
}

#[cfg(unix)]
#[test]
fn files_can_be_read_by_whomever_the_jobs_umask_lets() {
    use std::os::unix::fs::PermissionsExt;

    for (umask, mode) in [("022", 0o644), ("027", 0o640), ("000", 0o666)] {
        let server = Server::start();
        // One is left by an earlier run, the other one is new.
        let step = Step::gitlab().file("release-step.env", "old=1\n").releasing(OPERATION, server.url());
        let files = ["release-step.env", "release-step.json"].map(|name| step.path(name));
        let run = step.by_shell(&format!("umask {umask}; exec \"$0\"")).run().exits_with(0);
        for file in files {
            let found = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_eq!(format!("{found:o}"), format!("{mode:o}"), "{}\n{}", file.display(), run.transcript());
        }
    }
}

#[test]
fn outputs_are_the_same_in_every_ci() {
    let result = |run: &Run| -> Vec<String> {
        let result = match run.files.get("github_output") {
            Some(_) => run.github_outputs().get("result").unwrap().to_owned(),
            None => run.stdout.clone(),
        };
        let result: Value = serde_json::from_str(&result).unwrap();
        result.as_object().unwrap().keys().cloned().collect()
    };
    for outcome in [releases, is_refused] {
        let [github, gitlab, jenkins, plain] =
            [Step::github(), Step::gitlab(), Step::jenkins(), Step::plain()]
                .map(|step| result(&outcome(step)));
        assert!([&gitlab, &jenkins, &plain].iter().all(|other| **other == github));
    }
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_replaced() {
    let server = Server::start();
    let step =
        Step::plain().releasing("release_package", server.url()).file("kept/a.json", "an earlier run's");
    std::os::unix::fs::symlink("kept/a.json", step.path("link.json")).unwrap();
    let run = step.input("output_file", "link.json").run().exits_with(0);
    assert_eq!(run.json("kept/a.json"), run.result());
}

#[test]
fn the_file_of_the_ci_is_no_output_file() {
    let server = Server::start();
    let step = Step::github().releasing("release_package", server.url());
    let path = step.path("outputs.json");
    let step = step.file("outputs.json", "").env("GITHUB_OUTPUT", &path).input("output_file", &path);
    let run = step.run().exits_with(2);
    assert!(
        run.stdout.contains("`with: output_file` names the file that the CI's own outputs go to"),
        "{}",
        run.stdout
    );
    assert!(server.effects().is_empty());
}
