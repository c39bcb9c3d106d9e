//! Status 0, and status 2 for inputs and places that are wrong.

use sandbox::Server;
use serde_json::json;

use super::told_all;
use crate::support::step::Step;

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
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
    [time] error: `package_ids` is wrong: `1` is no package of this workspace; no release call was sent
    [time] error: hint: check `package_ids`, and that the other inputs name its project and workspace

    one of several
    = 2, released: no, not_released, error_code: inputs
    [time] info: credentials from `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`
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
