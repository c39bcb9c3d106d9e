//! What the binary says of itself, and what it says to arguments that it does not take.

use release_step::catalog::OPERATIONS;
use release_step::input;
use release_step::input::common;
use release_step::output::common::{OUTPUTS, Output};
use sandbox::world;

use crate::support::step::{Run, Step};

fn with(arguments: &[&str]) -> Run {
    arguments.iter().fold(Step::plain(), Step::argument).run()
}

#[track_caller]
fn answer(arguments: &[&str]) -> String {
    let run = with(arguments).exits_with(0);
    assert_eq!(run.stderr, "");
    run.stdout
}

#[test]
#[expect(clippy::too_many_lines, reason = "one text")]
fn the_overview() {
    insta::assert_snapshot!(answer(&["--help"]), @r#"
    release-step makes one release or deploy call on Alibaba Cloud or Huawei Cloud and hands its results to the next
    step of a CI job. It reads environment variables: the input `name` is `INPUT_NAME`.

    With `wait` it asks for the status until the release is done; it never makes two.

    Usage: release-step
           release-step --help [OPERATION]
           release-step --version

    Operations:
      release_artifact               release the draft of a Compute Nest artifact
      publish_routine_code_revision  put a code revision of a DCDN EdgeRoutine into environments
      release_package                pack pending items of DataArts Factory and submit them for approval
      deploy_packages                deploy submitted task packages of DataArts Factory
      publish_extension_draft        publish the draft of a CodeArts Pipeline extension

    Inputs of every operation:
      INPUT_OPERATION                which call to make
                                     text, at most 64 characters; required
      INPUT_REGION                   the cloud's region id; Compute Nest has `cn-hangzhou` for a default, DCDN has none, Huawei Cloud needs it unless `endpoint` is given
                                     at most 64 letters, digits, `-` and `_`; optional
      INPUT_ENDPOINT                 scheme, host and port instead of the region's
                                     `https://host[:port]`; `http` on loopback only; optional
      INPUT_WAIT                     poll until the release is done
                                     `true` or `false`; default `false`
      INPUT_WAIT_TIMEOUT             how long to wait at most; `0` asks once
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `30m`
      INPUT_POLL_INTERVAL            the shortest pause between two polls
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `1s`
      INPUT_POLL_MAX_INTERVAL        the longest pause between two polls
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `30s`
      INPUT_IF_RELEASED              what to do when the status says that it is released already
                                     `again`, `adopt`, `fail`; default `again`
      INPUT_IF_LOST                  what to do when the answer of a call that may be sent only once is lost, and the release is not seen within `settle_time`
                                     `stop`, `resend`; default `stop`
      INPUT_RESUME                   send no release call, wait for the one made before
                                     `true` or `false`; default `false`
      INPUT_REQUEST_TIMEOUT          limit of one query; connecting has at most half of it, never more than 10 s
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `30s`
      INPUT_RELEASE_TIMEOUT          limit of the release call's answer
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `120s`
      INPUT_RETRY_TIMEOUT            how long failed exchanges may be repeated or looked up
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `5m`
      INPUT_SETTLE_TIME              how long the release is looked for where "not there" is not yet believed; with `if_lost: resend` at least `30s`
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `90s`
      INPUT_DRY_RUN                  check everything and send no release call; also spelled `dry-run` and `dryrun`
                                     `true`, `false` or `online`; default `false`; not yet
      INPUT_MARKER                   write a text of ours into a free field of the call, by which a lost one is found
                                     `true` or `false`; optional; not yet
      INPUT_OUTPUT_FILE              a file for the outputs beside the CI's own place: `.json`, `.env` or `.properties`; on GitLab the dotenv file
                                     path of a file; optional
      INPUT_OUTPUT_PREFIX            put before every output's name, except inside JSON
                                     at most 64 letters, digits and `_`; optional
      INPUT_SUMMARY_FILE             where the page for people goes, beside the CI's own place
                                     path of a file; optional; not yet
      INPUT_CA_FILE                  more trusted roots, a PEM file
                                     path of a file; optional
      INPUT_OIDC_AUDIENCE            audience of the CI's identity token, where it is asked for
                                     text, at most 256 characters; optional
      INPUT_STS_ENDPOINT             base URL of the token service
                                     `https://host[:port]`; `http` on loopback only; optional
      INPUT_IAM_ENDPOINT             base URL of Huawei Cloud's IAM
                                     `https://host[:port]`; `http` on loopback only; optional
      INPUT_CI                       which CI's formats to write
                                     `auto`, `github`, `gitlab`, `jenkins`, `plain`; default `auto`
      INPUT_LOG_LEVEL                how much is logged
                                     `error`, `warn`, `info`, `debug`, `trace`; default `info`
      INPUT_LOG_FORMAT               how it is logged
                                     `text`, `json`; default `text`

    Outputs of every operation:
      operation                      the operation
      released                       `yes`, `no` or `unknown`
      release_hash                   SHA-256 of the operation, its endpoint and its own inputs: the same in each run that asks for the same release
      release_origin                 where the release came from: `call` (the call was accepted), `lookup` (its answer was lost, the status shows the release), `adopted` (it was there before; no call was sent) or `resumed`
      release_outcome                `dry_run`, `not_released`, `submitted`, `succeeded`, `failed`, `timed_out`, `unwatched`, `cancelled` or `unknown`
      waiting_for                    the person whose approval is awaited, as far as the API tells
      exit_status                    the exit status
      request_id                     the vendor's id of the release call
      started_at                     RFC 3339, UTC
      ended_at                       RFC 3339, UTC
      error_code                     on failure: the vendor's code, or our word for it
      error_message                  on failure: what went wrong
      result                         one JSON object: every output under its name, and on failure `error`

    Exit status:
      0                   done: the call was accepted; with `wait`, the release has succeeded
      1                   a bug in release-step
      2                   inputs or configuration are wrong; no release call was sent
      3                   credentials are missing, refused or without permission; nothing was released
      4                   the API rejected the call, or `if_released: fail`; nothing was released
      5                   the release was accepted, then failed in the cloud
      6                   the release was accepted and goes on, but was not watched to its end: `resume` waits on
      7                   the API could not be reached, or kept throttling; nothing was released
      8                   the call may or may not have landed, and looking it up did not tell: look before you run it again
      9                   all went well, but the outputs could not be written; they are in the log
      130, 143, 129, 131  ended by SIGINT, SIGTERM, SIGHUP, SIGQUIT; the output `released` says how far it came

    Credentials come under the names that the vendors' own tools read:
      Alibaba Cloud, the first of these that is complete:
        keys and a role     keys with `ALIBABA_CLOUD_ROLE_ARN` (and `ALIBABA_CLOUD_ROLE_SESSION_NAME`), without a provider
        keys                `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET` (and `ALIBABA_CLOUD_SECURITY_TOKEN`)
        keys                `ALICLOUD_ACCESS_KEY` with `ALICLOUD_SECRET_KEY` (and `ALICLOUD_SECURITY_TOKEN`)
        keys                `ALIBABACLOUD_ACCESS_KEY_ID` with `ALIBABACLOUD_ACCESS_KEY_SECRET` (and `ALIBABACLOUD_SECURITY_TOKEN`)
        keyless             `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, `ALIBABA_CLOUD_OIDC_TOKEN` or the CI's own token
        profile             `ALIBABA_CLOUD_PROFILE` of `~/.aliyun/config.json`
        machine             `ALIBABA_CLOUD_ECS_METADATA`, the role's name
        machine             `ALIBABA_CLOUD_CREDENTIALS_URI`
      Huawei Cloud, the first of these that is complete:
        ready token         `HUAWEICLOUD_AUTH_TOKEN`
        ready token         `HW_AUTH_TOKEN`
        keys                `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK` (and `HUAWEICLOUD_SDK_SECURITY_TOKEN`)
        keys                `HW_ACCESS_KEY` with `HW_SECRET_KEY` (and `HW_SECURITY_TOKEN`)
        keys                `CLOUD_SDK_AK` with `CLOUD_SDK_SK`
        keys                `HUAWEI_CLOUD_ACCESS_KEY_ID` with `HUAWEI_CLOUD_SECRET_ACCESS_KEY`
        keyless             `HUAWEICLOUD_OIDC_PROVIDER_URN` with `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_TOKEN_FILE`, `HUAWEICLOUD_OIDC_ID_TOKEN` or the CI's own token
        keyless, older IAM  `HUAWEICLOUD_SDK_IDP_ID` with `HUAWEICLOUD_SDK_ID_TOKEN_FILE` or the CI's own token
        profile             `HUAWEICLOUD_SDK_CREDENTIALS_FILE`
        machine             `HUAWEICLOUD_ECS_METADATA=true`
    "#);
}

#[test]
fn the_overview_has_all_that_is_common() {
    let overview = answer(&["--help"]);
    assert_eq!(answer(&["-h"]), overview);
    for entry in OPERATIONS {
        assert!(overview.contains(entry.name) && overview.contains(entry.summary), "{}", entry.name);
    }
    for input in common::INPUTS {
        assert!(overview.contains(&format!("  {} ", input::variable(input.name))), "{}", input.name);
    }
    for Output(name, _) in OUTPUTS {
        assert!(overview.contains(&format!("\n  {name} ")), "{name}");
    }
    let sources = OPERATIONS.iter().flat_map(|entry| entry.cloud.sources());
    for source in sources.map(release_step::cloud::credentials::source::Source::shown) {
        assert!(overview.contains(&source), "{source}");
    }
}

/// The answers for each operation of a cloud.
#[track_caller]
fn helps(cloud: &str) -> String {
    let of_cloud = OPERATIONS.iter().filter(|entry| entry.cloud.name() == cloud);
    let helps: Vec<_> = of_cloud.map(|entry| answer(&["--help", entry.name])).collect();
    helps.join("----\n")
}

#[test]
fn an_operation_of_alibaba_cloud() {
    insta::assert_snapshot!(helps("Alibaba Cloud"), @"
    release_artifact: release the draft of a Compute Nest artifact
    Alibaba Cloud `ReleaseArtifact` of Compute Nest

    Inputs:
      INPUT_ARTIFACT_ID              the id of the artifact, such as `artifact-9feded91880e4c78`
                                     text, at most 256 characters; required
      INPUT_ARTIFACT_NAME            the name of the artifact, instead of its id
                                     text, at most 256 characters; optional; not yet
      INPUT_CLIENT_TOKEN             makes a repeated call the same call; `ci-run`: the same in each attempt of this CI job
                                     at most 64 printable ASCII characters; default: random
      INPUT_PREVIOUS_VERSION         the highest version before the release, with `resume` or `if_released`: only one above it counts
                                     digits; optional

    Outputs:
      ArtifactId                     the artifact's id
      ArtifactType                   the artifact's type
      ArtifactVersion                the version, `draft` right after the call
      VersionName                    the version's name
      Status                         the version's status
      client_token                   the token that makes a repetition the same call
      previous_version               the highest version before the call, `0` for none

    The inputs and outputs of every operation: release-step --help
    ----
    publish_routine_code_revision: put a code revision of a DCDN EdgeRoutine into environments
    Alibaba Cloud `PublishRoutineCodeRevision` of DCDN

    Inputs:
      INPUT_NAME                     the routine's name
                                     text, at most 256 characters; required
      INPUT_SELECT_CODE_REVISION     the revision's id, such as `1620876959997924701`
                                     digits, or `latest`; required; `latest` not yet
      INPUT_ENVS                     the environments, such as `production,presetCanaryZhejiang`
                                     list of 1 to 100, or a JSON object; required

    Outputs:
      CodeRevision                   the revision that is published

    The inputs and outputs of every operation: release-step --help
    ");
}

#[test]
fn an_operation_of_huawei_cloud() {
    insta::assert_snapshot!(helps("Huawei Cloud"), @"
    release_package: pack pending items of DataArts Factory and submit them for approval
    Huawei Cloud `CreateFactoryPendingItemsPackage` of DataArts Factory

    Inputs:
      INPUT_PROJECT_ID               the project's id
                                     at most 64 letters, digits, `-` and `_`; required, or `HUAWEICLOUD_SDK_PROJECT_ID` or `HW_PROJECT_ID` or `HUAWEI_CLOUD_PROJECT_ID`, or looked up
      INPUT_WORKSPACE                the workspace's id
                                     at most 64 letters, digits, `-` and `_`; required
      INPUT_APPLY_USER_ID            the user who submitted the pending items
                                     text, at most 256 characters; required
      INPUT_PACKAGE_NAME             the name that the package gets
                                     text, at most 256 characters; required
      INPUT_PENDING_ITEM_LIST        the ids of the pending items
                                     list of 1 to 100; required
      INPUT_PENDING_ITEMS            the names of the pending items, instead of their ids
                                     list of 1 to 100; optional; not yet
      INPUT_APPROVER_IDS             the ids of the users who may approve it
                                     list of 1 to 100; required
      INPUT_APPROVERS                the names of the approvers, instead of their ids
                                     list of 1 to 100; optional; not yet
      INPUT_RELEASE_PACKAGE_ID       the package to wait for, with `resume`
                                     at most 64 letters, digits, `-` and `_`; optional
      INPUT_POLL_INTERVAL            the shortest pause between two polls
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `5s`

    Outputs:
      release_package_id             the package's id
      package_name                   the package's name
      deploy_status                  after a wait: 1 waiting for approval, 5 releasing, 2 success, 3 failed

    The inputs and outputs of every operation: release-step --help
    ----
    deploy_packages: deploy submitted task packages of DataArts Factory
    Huawei Cloud `DeployFactoryPackages` of DataArts Factory

    Inputs:
      INPUT_PROJECT_ID               the project's id
                                     at most 64 letters, digits, `-` and `_`; required, or `HUAWEICLOUD_SDK_PROJECT_ID` or `HW_PROJECT_ID` or `HUAWEI_CLOUD_PROJECT_ID`, or looked up
      INPUT_PACKAGE_IDS              the ids of the packages
                                     list of 1 to 100; required
      INPUT_PACKAGE_NAMES            the names of the packages, instead of their ids
                                     list of 1 to 100; optional; not yet
      INPUT_WORKSPACE                the workspace's id
                                     at most 64 letters, digits, `-` and `_`; optional
      INPUT_STARTUP_MODE             `1` starts the jobs, `0` does not
                                     `0`, `1`; default `1`
      INPUT_POLL_INTERVAL            the shortest pause between two polls
                                     duration, such as `90`, `500ms`, `30m`, `1h30m`, `2d`; default `5s`

    Outputs:
      deploy_package_details         the answer's list, JSON
      package_id                     the packages, in the order of the input
      asy_task_id                    the task of each package
      deploy_status                  after a wait, for each package: 1 waiting for approval, 5 releasing, 2 success, 3 failed
      succeeded_package_ids          after a wait: the packages that are deployed
      failed_package_ids             after a wait: the packages that failed

    The inputs and outputs of every operation: release-step --help
    ----
    publish_extension_draft: publish the draft of a CodeArts Pipeline extension
    Huawei Cloud `PublishPluginDraft` of CodeArts Pipeline

    Inputs:
      INPUT_DOMAIN_ID                the account's id
                                     32 letters and digits; required, or `HUAWEICLOUD_SDK_DOMAIN_ID` or `HW_DOMAIN_ID`, or looked up
      INPUT_PLUGIN_NAME              the extension's unique name
                                     at most 50 letters, digits, `-` and `_`; required
      INPUT_DISPLAY_NAME             the name that people see
                                     text, at most 50 characters; required
      INPUT_VERSION                  the version to publish
                                     three groups of 0 to 99, such as `1.0.12`; required
      INPUT_PLUGIN_ATTRIBUTION       whose extension it is
                                     `custom`, `official`; required
      INPUT_VERSION_ATTRIBUTION      what the version is before the call
                                     `draft`, `formal`; optional

    Outputs:
      published                      `true`, the API's own answer

    The inputs and outputs of every operation: release-step --help
    ");
}

#[test]
fn an_operations_help_has_all_that_is_its_own() {
    for entry in OPERATIONS {
        let help = answer(&["--help", entry.name]);
        for name in [entry.api_name, &entry.name.replace('_', "-")] {
            assert_eq!(answer(&["--help", name]), help, "{name}");
        }
        for input in entry.inputs {
            assert!(help.contains(&format!("\n  {} ", input::variable(input.name))), "{}", input.name);
        }
        for output in entry.outputs {
            assert!(help.contains(&format!("\n  {} ", output.0)), "{}", output.0);
        }
    }
    assert_eq!(OPERATIONS.iter().map(|entry| entry.name).collect::<Vec<_>>(), world::OPERATIONS);
}

#[test]
fn the_version() {
    let version = format!("release-step {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((answer(&["--version"]), answer(&["-V"])), (version.clone(), version));
}

#[test]
fn other_arguments_are_refused_and_release_nothing() {
    let server = sandbox::Server::start();
    let cases: [&[&str]; 5] = [
        &["--helo"],
        &["release_artifact"],
        &["--help", "release"],
        &["--help", "release_artifact", "now"],
        &["\u{1b}[2J\n::error::a"],
    ];
    let refusals = cases.map(|arguments| {
        let step = Step::github().releasing("release_artifact", server.url());
        let run = arguments.iter().fold(step, Step::argument).run().exits_with(2);
        assert_eq!((&*run.stdout, run.file("github_output")), ("", ""));
        assert!(run.github_commands().is_empty());
        format!("{arguments:?}\n{}", run.stderr)
    });
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    ["--helo"]
    error: unexpected argument `--helo`
    hint: release-step takes environment variables; see `release-step --help`

    ["release_artifact"]
    error: unexpected argument `release_artifact`
    hint: release-step takes environment variables; see `release-step --help`

    ["--help", "release"]
    error: there is no operation `release`
    hint: release-step takes environment variables; see `release-step --help`

    ["--help", "release_artifact", "now"]
    error: unexpected argument `now`
    hint: release-step takes environment variables; see `release-step --help`

    ["\u{1b}[2J\n::error::a"]
    error: unexpected argument `\u{1b}[2J\n::error::a`
    hint: release-step takes environment variables; see `release-step --help`
    "#);
    assert!(server.requests().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_status_nine() {
    let run = Step::plain().by_shell("exec \"$0\" --help > /dev/full").run().exits_with(9);
    assert_eq!(run.stdout, "");
}
