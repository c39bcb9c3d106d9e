//! Inputs, by the tables of `release-step` itself: all that is wrong ends with status 2 and one message, before anything is sent.

use std::ffi::{OsStr, OsString};

use release_step::catalog::{self, OPERATIONS};
use release_step::input::common;
use release_step::input::{Input, Presence, Support, ValueType, variable};
use release_step::operation::spec::OperationSpec;
use sandbox::world::{self, ALIBABA_KEY, HUAWEI_AUTH_TOKEN, HUAWEI_KEY};
use sandbox::{Cloud, Server};

use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::release_calls;
use crate::support::step::{Run, Step};

/// Runs a step that must end with status 2 and without a connection, and gives its log.
#[track_caller]
fn refused(step: Step) -> String {
    let run = step.run().exits_with(2);
    let result = run.result();
    let said = [&result["released"], &result["release_outcome"], &result["error"]["kind"]];
    assert_eq!(said, ["no", "not_released", "inputs"], "\n{}", run.transcript());
    run.log()
}

/// The message and the hint, wherever this CI has them.
#[track_caller]
fn told(run: &Run) -> String {
    let result = if run.stdout.starts_with('{') {
        run.result()
    } else {
        serde_json::from_str(run.github_outputs().get("result").unwrap()).unwrap()
    };
    let text = |field: &str| result["error"][field].as_str().unwrap().to_owned();
    format!("{}\nhint: {}", text("message"), text("hint"))
}

/// A server that must not be asked.
fn unasked() -> Hostile {
    Hostile::start([Behaviour::Close])
}

// ---- Every row, with every kind of bad value ----

/// A valid step with one row's input set to `value`, or taken out.
fn with(operation: &str, url: &str, name: &str, value: Option<&OsStr>) -> Step {
    let step = Step::plain().releasing(operation, url);
    match value {
        Some(value) => step.input(name, value),
        None => step.unset(variable(name)),
    }
}

/// The rows of an operation: its own, and the common ones that it does not have in another form.
fn rows(entry: &OperationSpec) -> Vec<&'static Input> {
    let own = entry.inputs.iter();
    let common = common::INPUTS.iter();
    let common = common.filter(|common| entry.inputs.iter().all(|input| input.name != common.name));
    own.chain(common).collect()
}

/// What a row must refuse: what is wrong, and the value, or none.
fn bad_values(input: &Input) -> Vec<(&'static str, Option<OsString>)> {
    let mut bad: Vec<(_, Option<OsString>)> = vec![
        ("control character", Some("a\u{1b}[2Jb".into())),
        ("control character of two bytes", Some("a\u{9b}2Jb".into())),
        ("too long", Some(too_long(input.kind).into())),
    ];
    #[cfg(unix)]
    bad.push(("not UTF-8", Some(std::os::unix::ffi::OsStringExt::from_vec(b"a\xff".into()))));
    if let Presence::Required | Presence::RequiredOr(_) = input.need {
        bad.extend([("missing", None), ("empty", Some("".into())), ("blank", Some(" \n\t ".into()))]);
    }
    let wrong_type: &[&str] = match input.kind {
        ValueType::Text(_) | ValueType::Path => &["two\nlines"],
        ValueType::Ascii(_) => &["é", "two\nlines"],
        ValueType::Id(_) => &["a/b", "a b", "../a", "a%2Fb", "é", "a\nb"],
        ValueType::Name(_) => &["a-b", "a.b", "a b", "é", "a\nb"],
        ValueType::LettersAndDigits(_) => &["a", "a-b_c", "１２３"],
        ValueType::Digits(_) => &["1.0", "-1", "0x1", "１", "draft"],
        ValueType::DigitsOr(_) => &["1.0", "-1", "1e9", "LATEST", "１"],
        ValueType::Version => &["1.0", "1.0.0.0", "1.0.100", "v1.0.0", "1.0.x", "1..0"],
        ValueType::OneOf(_) => &["no-such-word", "2", "True "],
        ValueType::Boolean | ValueType::BooleanOr(_) => &["yes", "1", "on", "truth"],
        ValueType::Limit => &["0", "0s", "0h0m", "soon", "-1", "1.5h", "30m1h", "5 m"],
        ValueType::Duration => &["soon", "-1", "1.5h", "30m1h", "5 m", "1h30", "2w"],
        ValueType::List(_) => &[",", "[", "[]", r#"["a", ""]"#, r#"[["a"]]"#, r#"[{"a": 1}]"#, "[true]"],
        ValueType::Ids(_) => &["a b", "a/b", r#"["a,b"]"#, "[null]", "[]"],
        ValueType::ListOrObject(_) => &[",", "[", "[]", "{", "{}", r#"{"a": 1"#, "{a}"],
        ValueType::Origin => &[
            "cloud.example",
            "cloud.example:443",
            "http://cloud.example",
            "ftp://cloud.example",
            "https://",
            "https://cloud.example/path",
            "https://cloud.example/?query",
            "https://cloud.example/#fragment",
            "https://user@cloud.example",
            "https://user:password@cloud.example",
            "http://127.0.0.1.cloud.example",
        ],
    };
    bad.extend(wrong_type.iter().map(|value| ("wrong type", Some(value.into()))));
    bad
}

fn too_long(kind: ValueType) -> String {
    let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    match kind {
        ValueType::Text(most) | ValueType::Ascii(most) | ValueType::Id(most) | ValueType::Name(most) => {
            "a".repeat(most + 1)
        }
        ValueType::LettersAndDigits(count) => "a".repeat(count + 1),
        ValueType::Digits(most) => "1".repeat(most + 1),
        ValueType::DigitsOr(_) => "1".repeat(100),
        ValueType::Version => "1.0.100".into(),
        ValueType::OneOf(words) => words[0].repeat(2),
        ValueType::Boolean | ValueType::BooleanOr(_) => "truetrue".into(),
        ValueType::Duration | ValueType::Limit => "400d".into(),
        ValueType::List(most) | ValueType::Ids(most) | ValueType::ListOrObject(most) => numbers(most + 1),
        ValueType::Origin => format!("https://{}.example", "a".repeat(5_000)),
        ValueType::Path => format!("{}.json", "a".repeat(5_000)),
    }
}

/// Every bad value of a row ends in the same way, whatever it is.
fn is_refused_whatever_is_wrong(operation: &str, input: &Input, server: &Hostile) {
    for (fault, value) in bad_values(input) {
        let run = with(operation, &server.url(), input.name, value.as_deref()).run();
        let case = format!("{operation}, `{}`, {fault}: {value:?}\n{}", input.name, run.transcript());
        assert_eq!(run.code, Some(2), "{case}");
        assert_eq!(server.connections(), 0, "{case}");
        let names = [format!("`{}`", input.name), format!("`{}`", variable(input.name))];
        let error = run.result()["error"]["message"].to_string();
        assert!(names.iter().any(|name| error.contains(name)), "{case}");
        let both = run.stdout + &run.stderr;
        assert!(!both.chars().any(|c| c != '\n' && c.is_control()), "{case}");
    }
}

#[test]
fn every_bad_value_of_every_row_is_refused_before_anything_is_sent() {
    let server = unasked();
    for entry in OPERATIONS {
        for input in entry.inputs {
            is_refused_whatever_is_wrong(entry.name, input, &server);
        }
    }
}

/// The common rows are the same for all: each operation has its turn.
#[test]
fn every_bad_value_of_every_common_row_is_refused_before_anything_is_sent() {
    let server = unasked();
    for (input, entry) in common::INPUTS.iter().zip(OPERATIONS.iter().cycle()) {
        is_refused_whatever_is_wrong(entry.name, input, &server);
    }
}

#[test]
fn the_steps_that_the_bad_values_stand_in_are_good() {
    let server = Server::start();
    for operation in world::OPERATIONS {
        Step::plain().releasing(operation, server.url()).run().exits_with(0);
    }
    assert_eq!(server.effects().len(), 6, "{:?}", server.effects());
}

/// A value that the kind takes and that is no row's default.
fn some_value(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Boolean => "true",
        ValueType::Duration => "7s",
        ValueType::Digits(_) | ValueType::DigitsOr(_) => "1",
        ValueType::OneOf(words) => words[words.len() - 1],
        ValueType::Origin => "https://cloud.example",
        ValueType::Version => "1.2.3",
        _ => "a",
    }
}

/// The same value as `default` in another spelling.
fn respelled(kind: ValueType, default: &str) -> String {
    match kind {
        ValueType::Boolean => format!(" {}\n", default[..1].to_uppercase() + &default[1..]),
        ValueType::Duration => {
            let milliseconds = kind.check(default).unwrap().parse::<u64>().unwrap();
            format!("{}", milliseconds / 1_000)
        }
        _ => format!("\t{default} "),
    }
}

#[test]
fn what_does_not_work_yet_is_refused_and_its_default_is_fine() {
    let server = unasked();
    let url = server.url();
    let mut refusals = Vec::new();
    for entry in OPERATIONS {
        let own = entry.inputs.iter();
        let common = common::INPUTS.iter().filter(|_| entry.name == "release_artifact");
        for input in common.chain(own) {
            let value = match input.stage {
                Support::Full => continue,
                Support::Except(word) => word,
                Support::Planned => some_value(input.kind),
            };
            let log = refused(with(entry.name, &url, input.name, Some(value.as_ref())));
            assert!(log.lines().count() == 2, "one fault, and a hint:\n{log}");
            refusals.push(log.lines().next().unwrap().to_owned());
        }
    }
    assert_eq!(server.connections(), 0);
    insta::assert_snapshot!(refusals.join("\n"), @"
    error: `INPUT_MARKER` does not work yet in this version: leave it out; nothing was sent
    error: `INPUT_SUMMARY_FILE` does not work yet in this version: leave it out; nothing was sent
    error: `INPUT_ARTIFACT_NAME` does not work yet in this version: leave it out; nothing was sent
    error: `INPUT_SELECT_CODE_REVISION` cannot be `latest` yet: this version does not know it; nothing was sent
    error: `INPUT_PENDING_ITEMS` does not work yet in this version: leave it out; nothing was sent
    error: `INPUT_APPROVERS` does not work yet in this version: leave it out; nothing was sent
    error: `INPUT_PACKAGE_NAMES` does not work yet in this version: leave it out; nothing was sent
    ");

    let sandbox = Server::start();
    for entry in OPERATIONS {
        let mut step = Step::plain().releasing(entry.name, sandbox.url());
        for input in rows(entry) {
            if let (Support::Planned, Presence::Default(default)) = (input.stage, input.need) {
                step = step.input(input.name, respelled(input.kind, default));
            }
        }
        step.run().exits_with(0);
    }
    let step = Step::plain().releasing("publish_extension_draft", sandbox.url());
    let step = step.input("version", world::FORMAL_PLUGIN_VERSION);
    step.input("wait", "False").input("wait_timeout", "1800").run().exits_with(4);
}

/// What people write where they mean it.
const DRY_RUN: [&str; 4] = ["INPUT_DRY_RUN", "INPUT_DRY-RUN", "INPUT_DRY__RUN", "INPUT_DRYRUN"];

#[test]
fn a_dry_run_is_no_release_by_whatever_name_it_is_asked_for() {
    let server = unasked();
    for ci in ["github", "gitlab", "jenkins", "plain"] {
        for name in DRY_RUN {
            for value in ["true", "TRUE"] {
                let step = Step::of(ci).releasing("release_artifact", &server.url()).env(name, value);
                let run = step.run().exits_with(0);
                assert!(run.log().contains("the call that would be sent: POST"), "{}", run.transcript());
            }
        }
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn two_names_of_one_input_must_say_the_same() {
    let server = Server::start();
    let step = || Step::plain().releasing("release_artifact", server.url());
    for name in &DRY_RUN[1..] {
        let differently = step().env("INPUT_DRY_RUN", "false").env(name, " true");
        let log = refused(differently);
        assert!(log.contains("is given more than once, and differently"), "{log}");
    }
    let all = DRY_RUN.iter().fold(step(), |step, name| step.env(name, "false"));
    insta::assert_snapshot!(refused(all.env("INPUT_DRYRUN", "true")), @"
    error: `INPUT_DRY_RUN` is given more than once, and differently: leave only one of `INPUT_DRY-RUN`, `INPUT_DRYRUN`, `INPUT_DRY_RUN` and `INPUT_DRY__RUN`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
    assert!(server.requests().is_empty());

    DRY_RUN.iter().fold(step(), |step, name| step.env(name, "false ")).run().exits_with(0);
    assert_eq!(release_calls(&server).len(), 1);
}

/// `dry_run` has a third word; its other two are as in every yes or no.
#[test]
fn dry_run_takes_false_in_any_case() {
    let server = Server::start();
    Step::plain().releasing("deploy_packages", server.url()).input("dry_run", "False").run().exits_with(0);
}

// ---- Whole messages ----

#[test]
fn all_faults_come_in_one_message() {
    let server = unasked();
    let step = Step::github().releasing("release_package", &server.url());
    let step = step
        .input("workspace", "a/b")
        .input("pending_item_list", "[1,")
        .input("approver_ids", "")
        .input("wait", "yes")
        .input("settle_time", "1m")
        .input("output_file", "outputs.txt")
        .input("dry_runn", "true")
        .env("INPUT_ACCESS_KEY", "the-value-of-the-key")
        .env("INPUT_PACKAGE-NAME", "another")
        .env("SSL_CERT_FILE", "no-such-file.pem")
        .env("INPUT_NODE_VERSION", "24");
    let run = step.run().exits_with(2);
    assert_eq!(server.connections(), 0);
    insta::assert_snapshot!(run.transcript(), @r#"
    exit status: 2
    --- stdout
    ::error title=release_package::7 inputs are wrong; nothing was sent%0A  `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`%0A  `with: workspace` is `a/b`: only letters, digits, `-` and `_` are allowed, and it has `/`%0A  `with: package_name` is given more than once, and differently: leave only one of `with: package-name` and `with: package_name`%0A  `with: pending_item_list` is `[1,`: it begins with `[`, but is not a JSON array of texts or numbers%0A  `with: approver_ids` is missing, or given but empty: the ids of the users who may approve it%0A  `with: output_file` must end in `.json`, `.env` or `.properties`%0A  `SSL_CERT_FILE` names `no-such-file.pem`, which cannot be read: No such file or directory (os error 2)%0Ahint: mend the `with:` of this step; the README lists the inputs of `release_package`
    --- github_output
    operation<<[delimiter]
    release_package
    [delimiter]
    released<<[delimiter]
    no
    [delimiter]
    release_outcome<<[delimiter]
    not_released
    [delimiter]
    started_at<<[delimiter]
    [time]
    [delimiter]
    exit_status<<[delimiter]
    2
    [delimiter]
    ended_at<<[delimiter]
    [time]
    [delimiter]
    error_code<<[delimiter]
    inputs
    [delimiter]
    error_message<<[delimiter]
    7 inputs are wrong; nothing was sent; `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`; `with: workspace` is `a/b`: only letters, digits, `-` and `_` are allowed, and it has `/`; `with: package_name` is given more than once, and differently: leave only one of `with: package-name` and `with: package_name`; `with: pending_item_list` is `[1,`: it begins with `[`, but is not a JSON array of texts or numbers; `with: approver_ids` is missing, or given but empty: the ids of the users who may approve it; `with: output_file` must end in `.json`, `.env` or `.properties`; `SSL_CERT_FILE` names `no-such-file.pem`, which cannot be read: No such file or directory (os error 2)
    [delimiter]
    result<<[delimiter]
    {"operation":"release_package","released":"no","release_outcome":"not_released","started_at":"[time]","exit_status":2,"ended_at":"[time]","error_code":"inputs","error_message":"7 inputs are wrong; nothing was sent; `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`; `with: workspace` is `a/b`: only letters, digits, `-` and `_` are allowed, and it has `/`; `with: package_name` is given more than once, and differently: leave only one of `with: package-name` and `with: package_name`; `with: pending_item_list` is `[1,`: it begins with `[`, but is not a JSON array of texts or numbers; `with: approver_ids` is missing, or given but empty: the ids of the users who may approve it; `with: output_file` must end in `.json`, `.env` or `.properties`; `SSL_CERT_FILE` names `no-such-file.pem`, which cannot be read: No such file or directory (os error 2)","error":{"code":"inputs","hint":"mend the `with:` of this step; the README lists the inputs of `release_package`","kind":"inputs","message":"7 inputs are wrong; nothing was sent\n  `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`\n  `with: workspace` is `a/b`: only letters, digits, `-` and `_` are allowed, and it has `/`\n  `with: package_name` is given more than once, and differently: leave only one of `with: package-name` and `with: package_name`\n  `with: pending_item_list` is `[1,`: it begins with `[`, but is not a JSON array of texts or numbers\n  `with: approver_ids` is missing, or given but empty: the ids of the users who may approve it\n  `with: output_file` must end in `.json`, `.env` or `.properties`\n  `SSL_CERT_FILE` names `no-such-file.pem`, which cannot be read: No such file or directory (os error 2)"}}
    [delimiter]
    "#);
}

#[test]
fn both_spellings_must_agree() {
    let server = Server::start();
    let step = || Step::plain().releasing("deploy_packages", server.url());
    let differently = step().env("INPUT_PACKAGE-IDS", "2302");
    insta::assert_snapshot!(refused(differently), @"
    error: `INPUT_PACKAGE_IDS` is given more than once, and differently: leave only one of `INPUT_PACKAGE-IDS` and `INPUT_PACKAGE_IDS`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
    assert!(server.requests().is_empty());

    step().env("INPUT_PACKAGE-IDS", " 2301,2302\n").run().exits_with(0);
    server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
    let hyphens = step().unset("INPUT_PACKAGE_IDS").env("INPUT_PACKAGE-IDS", "2301");
    hyphens.env("INPUT_STARTUP-MODE", "0").run().exits_with(0);
    let body = String::from_utf8(release_calls(&server)[0].request.body.clone()).unwrap();
    assert_eq!(body, r#"{"package_ids":["2301"],"startup_mode":0}"#);
}

#[test]
fn a_name_that_is_nearly_one_of_ours_is_an_error() {
    let server = unasked();
    let step = || Step::plain().releasing("release_package", &server.url());
    let names = [
        "INPUT_DRY_RUNN",
        "INPUT_DRYRUNN",
        "INPUT_PACKAGE_NAM",
        "INPUT_PENDING_ITEMS_LIST",
        "INPUT_APPROVER_ID",
    ];
    let step_with = names.iter().fold(step(), |step, name| step.env(name, "1"));
    insta::assert_snapshot!(refused(step_with), @"
    error: 5 inputs are wrong; nothing was sent
    error:   `INPUT_APPROVER_ID` is no input (did you mean `INPUT_APPROVER_IDS`?)
    error:   `INPUT_DRYRUNN` is no input (did you mean `INPUT_DRY_RUN`?)
    error:   `INPUT_DRY_RUNN` is no input (did you mean `INPUT_DRY_RUN`?)
    error:   `INPUT_PACKAGE_NAM` is no input (did you mean `INPUT_PACKAGE_NAME`?)
    error:   `INPUT_PENDING_ITEMS_LIST` is no input (did you mean `INPUT_PENDING_ITEM_LIST`?)
    error: hint: mend the variables of this step; `release-step --help release_package` lists them
    ");
}

/// Variables are in capitals: one that is not is as good as a slip of the pen, and is never left without a word.
#[cfg(unix)]
#[test]
fn a_name_in_small_letters_is_an_error() {
    let server = unasked();
    let step = || Step::plain().releasing("deploy_packages", &server.url());
    insta::assert_snapshot!(refused(step().unset("INPUT_PACKAGE_IDS").env("INPUT_package_ids", "2301")), @"
    error: 2 inputs are wrong; nothing was sent
    error:   `INPUT_PACKAGE_IDS` is missing: the ids of the packages
    error:   `INPUT_package_ids` is no input (did you mean `INPUT_PACKAGE_IDS`?)
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
    insta::assert_snapshot!(refused(step().env("INPUT_dry_run", "true")), @"
    error: `INPUT_dry_run` is no input (did you mean `INPUT_DRY_RUN`?); nothing was sent
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
    insta::assert_snapshot!(refused(step().unset("INPUT_WORKSPACE").env("INPUT_Workspace", "a")), @"
    error: `INPUT_Workspace` is no input (did you mean `INPUT_WORKSPACE`?); nothing was sent
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_credential_among_the_inputs_is_an_error_and_stays_unseen() {
    let server = unasked();
    let step = Step::jenkins().releasing("release_artifact", &server.url());
    let value = "LTAI-in-the-wrong-place";
    let names = ["INPUT_ACCESS_KEY", "INPUT_SECURITY_TOKEN", "INPUT_HUAWEICLOUD_SDK_SK", "INPUT_PASSWORD"];
    let step = names.iter().fold(step, |step, name| step.env(name, value));
    let run = step.input("log_level", "trace").run().exits_with(2);
    assert!(!run.transcript().contains(value), "{}", run.transcript());
    insta::assert_snapshot!(run.log(), @"
    error: 4 inputs are wrong; nothing was sent
    error:   `INPUT_ACCESS_KEY` looks like a credential, and CI systems print inputs: give credentials under the names that the vendor's tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`
    error:   `INPUT_HUAWEICLOUD_SDK_SK` looks like a credential, and CI systems print inputs: give credentials under the names that the vendor's tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`
    error:   `INPUT_PASSWORD` looks like a credential, and CI systems print inputs: give credentials under the names that the vendor's tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`
    error:   `INPUT_SECURITY_TOKEN` looks like a credential, and CI systems print inputs: give credentials under the names that the vendor's tools read, such as `ALIBABA_CLOUD_ACCESS_KEY_ID` or `HUAWEICLOUD_SDK_AK`
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
    assert_eq!(server.connections(), 0);
}

/// A value is shown where it is wrong, but none that is a secret, however it is made harmless.
#[test]
fn a_secret_in_an_input_stays_unseen() {
    let secret = "sk##of::the##account";
    for name in ["operation", "region", "wait", "artifact_id", "client_token", "endpoint"] {
        let step = Step::plain().releasing("release_artifact", "https://cloud.example");
        let step = step.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret).input(name, format!("a {secret}"));
        let run = step.run().exits_with(2);
        let seen = run.transcript().replace("# #", "##").contains(secret);
        assert!(!seen, "`{name}`:\n{}", run.transcript());
        let told = told(&run);
        assert!(
            told.contains(" holds a credential, and CI systems print inputs: take it out"),
            "`{name}`: {told}"
        );
    }
}

#[test]
fn an_input_of_another_operation_is_a_warning_and_others_are_nobodys_business() {
    let server = Server::start();
    let step = Step::plain().releasing("release_artifact", server.url());
    let step = step
        .input("package_ids", "2301")
        .env("INPUT_PLUGIN-NAME", "a")
        .env("INPUT_NODE_VERSION", "24")
        .env("INPUT_GITHUB_TOKEN", "of the surrounding action")
        .env("INPUT_", "nothing")
        .env("INPUT", "nothing")
        .input("client_token", "the-same-each-time");
    insta::assert_snapshot!(step.run().exits_with(0).log(), @"
    warn: `INPUT_PACKAGE_IDS` is an input of `deploy_packages`, not of this operation, and is ignored
    warn: `INPUT_PLUGIN_NAME` is an input of `publish_extension_draft`, not of this operation, and is ignored
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `the-same-each-time`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    ");
    assert_eq!(server.effects().len(), 1);
}

/// Nobody can tell then whose inputs the others are.
#[test]
fn an_operation_that_is_not_known_or_not_given() {
    let step = || Step::plain().input("package_ids", "2301");
    insta::assert_snapshot!(refused(step().input("operation", "deploy_package")), @"
    error: `INPUT_OPERATION` is `deploy_package`: did you mean `deploy_packages`? it must be one of `release_artifact`, `publish_routine_code_revision`, `release_package`, `deploy_packages`, `publish_extension_draft`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help` lists them
    ");
    insta::assert_snapshot!(refused(step()), @"
    error: `INPUT_OPERATION` is missing: which call to make; nothing was sent
    error: hint: mend the variables of this step; `release-step --help` lists them
    ");
    insta::assert_snapshot!(refused(step().input("operation", "a\u{202e}b`##[c] ::error::d")), @r"
    error: `INPUT_OPERATION` is `a\u{202e}b`# #[c] ::error::d`: it must be one of `release_artifact`, `publish_routine_code_revision`, `release_package`, `deploy_packages`, `publish_extension_draft`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help` lists them
    ");
}

#[test]
fn an_operation_has_three_names() {
    let server = Server::start();
    for entry in OPERATIONS {
        let names = [entry.name.replace('_', "-"), entry.api_name.to_owned(), format!(" {}\n", entry.name)];
        for name in names {
            server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
            let step = Step::plain().releasing(entry.name, server.url()).input("operation", &name);
            let result = step.run().exits_with(0).result();
            assert_eq!(result["operation"], entry.name);
        }
    }
    assert!(catalog::find("Release_Artifact").is_none());
}

#[test]
fn lists_are_taken_in_every_spelling() {
    let server = Server::start();
    let spellings = [
        "2301,2302",
        "2301\n2302\n",
        "\n 2301 ,\r\n\r\n2302,",
        r#"["2301", "2302"]"#,
        "[2301, 2302]",
        "[\n  2301,\n  \" 2302 \"\n]",
    ];
    for spelling in spellings {
        server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
        let step = Step::plain().releasing("deploy_packages", server.url()).input("package_ids", spelling);
        let result = step.run().exits_with(0).result();
        assert_eq!(result["package_id"], serde_json::json!(["2301", "2302"]), "{spelling:?}");
    }
}

#[test]
fn doubles_in_a_list_are_removed_with_a_warning() {
    let server = Server::start();
    let step =
        Step::plain().releasing("deploy_packages", server.url()).input("package_ids", "2302,2301\n2302");
    let run = step.run().exits_with(0);
    assert_eq!(run.result()["package_id"], serde_json::json!(["2302", "2301"]));
    let warned =
        run.log().lines().any(|line| line.starts_with("warn: ") && line.contains("`INPUT_PACKAGE_IDS`"));
    assert!(warned, "{}", run.transcript());
}

#[test]
fn an_object_of_environments_is_sent_as_it_stands() {
    let server = Hostile::start([Behaviour::Answer(http(200, &[], r#"{"RequestId": "1"}"#))]);
    let envs = r#"{"production": {"AllowedHosts":  ["é.example"]}}"#;
    let step = Step::plain().releasing("publish_routine_code_revision", &server.url()).input("envs", envs);
    step.run().exits_with(0);
    let request = &server.requests()[0];
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let field = body.split('&').find_map(|field| field.strip_prefix("Envs=")).unwrap();
    assert_eq!(percent_encoding::percent_decode_str(field).decode_utf8().unwrap(), envs);
}

// ---- Values that nothing filled in, and lists as people write them ----

/// The first line of what a step says with this input.
#[track_caller]
fn said_of(operation: &str, name: &str, value: &str) -> String {
    let server = unasked();
    let step = Step::plain().releasing(operation, &server.url()).input(name, value);
    let log = refused(step);
    assert_eq!(server.connections(), 0);
    log.lines().next().unwrap().to_owned()
}

#[test]
fn a_value_that_was_never_filled_in_is_refused_in_every_name_id_and_list() {
    let server = unasked();
    let values = [
        "artifact-${{ vars.ID }}",
        "$[[ inputs.id ]]",
        "$CI_COMMIT_TAG",
        "${CI_COMMIT_TAG}",
        "%CI_COMMIT_TAG%",
        "null",
        "undefined",
        "[object Object]",
        "[MASKED]",
        "\"2301\"",
        "'2301'",
    ];
    let own = OPERATIONS.iter().flat_map(|entry| entry.inputs.iter().map(|input| (entry.name, input)));
    let common = common::INPUTS.iter().map(|input| ("release_artifact", input));
    let works = own.chain(common).filter(|(_, input)| input.stage != Support::Planned);
    for (number, (operation, input)) in works.enumerate() {
        for value in values.iter().cycle().skip(number).step_by(4).take(3) {
            let log = refused(with(operation, &server.url(), input.name, Some(value.as_ref())));
            assert!(log.contains(value), "{operation}, `{}`:\n{log}", input.name);
        }
    }
    assert_eq!(server.connections(), 0);
    let said = values.map(|value| said_of("release_package", "package_name", value));
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: `INPUT_PACKAGE_NAME` is `artifact-${{ vars.ID }}`, an expression that was not evaluated; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `$[[ inputs.id ]]`, an expression that was not evaluated; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `$CI_COMMIT_TAG`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `${CI_COMMIT_TAG}`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `%CI_COMMIT_TAG%`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `null`, what a script writes for a value that it does not have; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `undefined`, what a script writes for a value that it does not have; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `[object Object]`, what a script writes for a value that it does not have; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `[MASKED]`, what a CI shows in the place of a secret; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `"2301"`, and the quotes would be a part of it: leave them out; nothing was sent
    error: `INPUT_PACKAGE_NAME` is `'2301'`, and the quotes would be a part of it: leave them out; nothing was sent
    "#);
    let said = ["2301,$PACKAGE_ID", "[\"2301\", \"null\"]", "2301\n%ID%", "[object Object],[object Object]"];
    let said = said.map(|value| said_of("deploy_packages", "package_ids", value));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_PACKAGE_IDS` has the item `$PACKAGE_ID`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `null`, what a script writes for a value that it does not have; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `%ID%`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `[object Object]`, what a script writes for a value that it does not have; nothing was sent
    ");
}

/// A variable of the account is no better than an input.
#[test]
fn a_variable_of_the_account_that_was_never_filled_in_is_refused() {
    let server = unasked();
    let deploy = Step::plain().releasing("deploy_packages", &server.url()).unset("INPUT_PROJECT_ID");
    let log = refused(deploy.env("HW_PROJECT_ID", "${{ vars.PROJECT }}"));
    insta::assert_snapshot!(log, @"
    error: `HW_PROJECT_ID` is `${{ vars.PROJECT }}`, an expression that was not evaluated; nothing was sent
    error: hint: see the environment of this step: it is a variable there, and no input
    ");
    let deploy = Step::plain().releasing("deploy_packages", "http://unused").unset("INPUT_ENDPOINT");
    insta::assert_snapshot!(refused(deploy.env("HW_REGION_NAME", "$REGION")), @"
    error: `HW_REGION_NAME` is `$REGION`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: hint: see the environment of this step: it is a variable there, and no input
    ");
}

#[test]
fn a_name_that_only_looks_like_it_is_sent_with_a_warning_where_a_variable_is_in_it() {
    let server = Server::start();
    let release = |name: &str| {
        server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
        let step = Step::plain().releasing("release_package", server.url()).input("package_name", name);
        let run = step.run().exits_with(0);
        assert_eq!(run.result()["package_name"], name);
        run.log().lines().filter(|line| line.starts_with("warn: ")).collect::<Vec<_>>().join("\n")
    };
    for name in ["nullable", "50% off", "5 US$", "O'Brien's", "a; b", "say \"hi\" twice"] {
        assert_eq!(release(name), "", "{name}");
    }
    insta::assert_snapshot!(release("nightly-$CI_COMMIT_TAG"), @"warn: `INPUT_PACKAGE_NAME` is `nightly-$CI_COMMIT_TAG` and goes to the cloud with `$CI_COMMIT_TAG` in it, which nothing filled in");
}

#[test]
fn an_item_with_a_sign_that_separates_nothing_is_named_with_it() {
    let values = [
        "2301，2302",
        "2301、2302",
        "2301;2302",
        "2301；2302",
        "2301,'2302'x",
        "- \"2301\"",
        "“2301”,2302",
        "2301 2302",
    ];
    let said = values.map(|value| said_of("deploy_packages", "package_ids", value));
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: `INPUT_PACKAGE_IDS` has the item `2301，2302` with `，` (U+FF0C) in it, which separates no items: put a `,` or a line break there; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2301、2302` with `、` (U+3001) in it, which separates no items: put a `,` or a line break there; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2301;2302` with `;` in it, which separates no items: put a `,` or a line break there; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2301；2302` with `；` (U+FF1B) in it, which separates no items: put a `,` or a line break there; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `'2302'x` with `'` in it, which would be sent, too: leave it out; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `"2301"`, and the quotes would be a part of it: leave them out; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `“2301”`, and the quotes would be a part of it: leave them out; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2301 2302` with a blank in it: only letters, digits, `-` and `_` are allowed; nothing was sent
    "#);
    let said = ["alice；bob", "- alice\n- bob; carol"]
        .map(|value| said_of("release_package", "approver_ids", value));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_APPROVER_IDS` has the item `alice；bob` with `；` (U+FF1B) in it, which separates no items: put a `,` or a line break there; nothing was sent
    error: `INPUT_APPROVER_IDS` has the item `bob; carol` with `;` in it, which separates no items: put a `,` or a line break there; nothing was sent
    ");
    let said = ["production、staging"].map(|value| said_of("publish_routine_code_revision", "envs", value));
    insta::assert_snapshot!(said.join("\n"), @"error: `INPUT_ENVS` has the item `production、staging` with `、` (U+3001) in it, which separates no items: put a `,` or a line break there; nothing was sent");
}

#[test]
fn a_number_in_a_list_is_taken_whole_or_not_at_all() {
    let values = [
        "[2301.5]",
        "[2301.0]",
        "[2.3e3]",
        "[1.7208769599979246e+18]",
        "1.7208769599979246e+18,2301",
        "[null]",
    ];
    let said = values.map(|value| said_of("deploy_packages", "package_ids", value));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_PACKAGE_IDS` has the item `2301.5`, which is not a whole number: put it in quotes; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2301.0`, which is not a whole number: put it in quotes; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `2.3e+3`: YAML made a number of it, and digits are lost: put it in quotes; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `1.7208769599979246e+18`: YAML made a number of it, and digits are lost: put it in quotes; nothing was sent
    error: `INPUT_PACKAGE_IDS` has the item `1.7208769599979246e+18`: YAML made a number of it, and digits are lost: put it in quotes; nothing was sent
    error: `INPUT_PACKAGE_IDS` is `[null]`: it begins with `[`, but is not a JSON array of texts or numbers; nothing was sent
    ");
}

#[test]
fn a_revision_that_lost_digits_is_refused_or_doubted() {
    let values = [
        "1.6208769599979247e+18",
        "1.62087695999792E+18",
        "01620876959997924701",
        "1620876959997924701.0",
        "latestt",
    ];
    let said = values.map(|value| said_of("publish_routine_code_revision", "select_code_revision", value));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_SELECT_CODE_REVISION` is `1.6208769599979247e+18`: YAML made a number of it, and digits are lost: put it in quotes; nothing was sent
    error: `INPUT_SELECT_CODE_REVISION` is `1.62087695999792E+18`: YAML made a number of it, and digits are lost: put it in quotes; nothing was sent
    error: `INPUT_SELECT_CODE_REVISION` is `01620876959997924701`: no id begins with `0`: take the zero out; nothing was sent
    error: `INPUT_SELECT_CODE_REVISION` is `1620876959997924701.0`: only digits are allowed, and it has `.`; nothing was sent
    error: `INPUT_SELECT_CODE_REVISION` is `latestt`: only digits are allowed, and it has `l`; nothing was sent
    ");

    let publish = |revision: &str| {
        let server = Hostile::start([Behaviour::Answer(http(200, &[], r#"{"RequestId": "1"}"#))]);
        let step = Step::plain().releasing("publish_routine_code_revision", &server.url());
        let log = step.input("select_code_revision", revision).run().exits_with(0).log();
        log.lines()
            .filter(|line| line.contains("`INPUT_SELECT_CODE_REVISION`"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(publish("1720876959997924701"), "");
    insta::assert_snapshot!(publish("1720876959997924600"), @"warn: `INPUT_SELECT_CODE_REVISION` is `1720876959997924600`, which a program may have made of another number: put it in quotes wherever it is written");
}

// ---- The words of each CI ----

#[test]
fn an_input_is_named_as_the_users_of_the_ci_wrote_it() {
    let component =
        |step: Step| step.env("RELEASE_STEP_OUTPUT_NAME", "release-step").env("INPUT_CI", "gitlab");
    let steps = [
        Step::github(),
        component(Step::gitlab()),
        Step::gitlab(),
        Step::jenkins(),
        Step::plain(),
        // What is asked for are the outputs; who wrote the inputs is somebody at GitHub all the same.
        Step::github().input("ci", "plain"),
        Step::github().unset("GITHUB_ACTIONS").input("ci", "github"),
    ];
    let said = steps.map(|step| {
        let step = step
            .releasing("release_artifact", "http://127.0.0.1:1")
            .input("wait", "yes")
            .input("artifact_id", " ");
        told(&step.run().exits_with(2))
    });
    insta::assert_snapshot!(said.join("\n\n"), @"
    2 inputs are wrong; nothing was sent
      `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`
      `with: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the `with:` of this step; the README lists the inputs of `release_artifact`

    2 inputs are wrong; nothing was sent
      `inputs: wait` is `yes`: did you mean `true`? it must be `true` or `false`
      `inputs: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the component's `inputs:`; the README lists those of `release_artifact`

    2 inputs are wrong; nothing was sent
      `INPUT_WAIT` is `yes`: did you mean `true`? it must be `true` or `false`
      `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the variables of this step; `release-step --help release_artifact` lists them

    2 inputs are wrong; nothing was sent
      `INPUT_WAIT` is `yes`: did you mean `true`? it must be `true` or `false`
      `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the variables of this step; `release-step --help release_artifact` lists them

    2 inputs are wrong; nothing was sent
      `INPUT_WAIT` is `yes`: did you mean `true`? it must be `true` or `false`
      `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the variables of this step; `release-step --help release_artifact` lists them

    2 inputs are wrong; nothing was sent
      `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`
      `with: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the `with:` of this step; the README lists the inputs of `release_artifact`

    2 inputs are wrong; nothing was sent
      `with: wait` is `yes`: did you mean `true`? it must be `true` or `false`
      `with: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`
    hint: mend the `with:` of this step; the README lists the inputs of `release_artifact`
    ");
}

#[test]
fn an_input_that_is_missing_is_not_one_that_is_empty() {
    let component =
        |step: Step| step.env("RELEASE_STEP_OUTPUT_NAME", "release-step").env("INPUT_CI", "gitlab");
    let steps = [Step::github(), component(Step::gitlab()), Step::gitlab(), Step::jenkins(), Step::plain()];
    let said = steps.map(|step| {
        let step = step.releasing("release_artifact", "http://127.0.0.1:1").input("artifact_id", "");
        told(&step.run().exits_with(2))
    });
    insta::assert_snapshot!(said.join("\n\n"), @"
    `with: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    hint: an expression such as `${{ vars.NAME }}` is empty where the variable is not set: see Settings, Secrets and variables, Actions; is it one of an environment that this job does not name in `environment`?

    `inputs: artifact_id` is missing, or given but empty: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    hint: a variable behind it has no value in this job: see Settings, CI/CD, Variables; a protected one is there only on protected branches and tags, and one of an environment only in its jobs

    `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    hint: a variable behind it has no value in this job: see Settings, CI/CD, Variables; a protected one is there only on protected branches and tags, and one of an environment only in its jobs

    `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    hint: see whether the variable or parameter that it is made from has a value in this job

    `INPUT_ARTIFACT_ID` is given, but empty: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    hint: see whether the variable or parameter that it is made from has a value in this job
    ");
    let missing =
        Step::plain().releasing("release_artifact", "http://127.0.0.1:1").unset("INPUT_ARTIFACT_ID");
    insta::assert_snapshot!(refused(missing), @"
    error: `INPUT_ARTIFACT_ID` is missing: the id of the artifact, such as `artifact-9feded91880e4c78`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
    let empty = Step::plain().releasing("deploy_packages", "http://127.0.0.1:1").unset("INPUT_PROJECT_ID");
    insta::assert_snapshot!(refused(empty.env("HW_PROJECT_ID", "")), @"
    error: `INPUT_PROJECT_ID` is missing: the project's id; `HW_PROJECT_ID` is there, but empty; nothing was sent
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
}

/// What an engine leaves of an outer action is nobody's fault here.
#[test]
fn on_github_a_name_that_the_action_does_not_declare_is_somebody_elses() {
    let server = Server::start();
    let step = Step::github().releasing("release_artifact", server.url()).input("log_level", "debug");
    let step = step.env("INPUT_TOKEN", "of the outer action").env("INPUT_DRY_RUNN", "true");
    let run = step.env("INPUT_PACKAGE_NAM", "a").run().exits_with(0);
    let said = run.log();
    let said: Vec<&str> = said.lines().filter(|line| line.contains("INPUT_")).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    debug: `INPUT_DRY_RUNN` is not declared by this action and is ignored
    debug: `INPUT_PACKAGE_NAM` is not declared by this action and is ignored
    debug: `INPUT_TOKEN` is not declared by this action and is ignored
    ");
}

/// A variable that is wrong is no input, and the hint does not speak of inputs.
#[test]
fn a_wrong_variable_of_the_machine_has_a_hint_of_its_own() {
    let step =
        Step::github().releasing("release_artifact", "https://cloud.example").env("https_proxy", "none://x");
    let run = step.env("SSL_CERT_FILE", "missing.pem").run().exits_with(2);
    insta::assert_snapshot!(run.github_commands()[0].data, @"
    2 inputs are wrong; nothing was sent
      `https_proxy` is a kind of proxy that is not supported: give `http://host:port` or `https://host:port`, or unset it
      `SSL_CERT_FILE` names `missing.pem`, which cannot be read: No such file or directory (os error 2)
    hint: see the environment of this step: they are variables there, and no inputs
    ");
}

#[test]
fn a_word_is_shown_with_the_one_that_was_meant() {
    let values = [
        ("wait", "yes"),
        ("wait", "0"),
        ("wait", "ture"),
        ("dry_run", "onlin"),
        ("if_released", "adpot"),
        ("if_released", "ADOPT"),
        ("log_level", "warning"),
        ("log_format", "xml"),
        ("ci", "gitea"),
        ("operation", "releaseartifact"),
        ("operation", "publish_plugin_draft"),
        ("wait_timeout", "30 minutes"),
        ("request_timeout", "0"),
        ("output_prefix", "a-b"),
        ("endpoint", "cloud.example"),
        ("region", "cn hangzhou"),
    ];
    let said = values.map(|(name, value)| said_of("release_artifact", name, value));
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_WAIT` is `yes`: did you mean `true`? it must be `true` or `false`; nothing was sent
    error: `INPUT_WAIT` is `0`: did you mean `false`? it must be `true` or `false`; nothing was sent
    error: `INPUT_WAIT` is `ture`: did you mean `true`? it must be `true` or `false`; nothing was sent
    error: `INPUT_DRY_RUN` is `onlin`: did you mean `online`? it must be `true`, `false` or `online`; nothing was sent
    error: `INPUT_IF_RELEASED` is `adpot`: did you mean `adopt`? it must be `again`, `adopt` or `fail`; nothing was sent
    error: `INPUT_IF_RELEASED` is `ADOPT`: did you mean `adopt`? it must be `again`, `adopt` or `fail`; nothing was sent
    error: `INPUT_LOG_LEVEL` is `warning`: did you mean `warn`? it must be `error`, `warn`, `info`, `debug` or `trace`; nothing was sent
    error: `INPUT_LOG_FORMAT` is `xml`: it must be `text` or `json`; nothing was sent
    error: `INPUT_CI` is `gitea`: it must be `auto`, `github`, `gitlab`, `jenkins` or `plain`; nothing was sent
    error: `INPUT_OPERATION` is `releaseartifact`: did you mean `release_artifact`? it must be one of `release_artifact`, `publish_routine_code_revision`, `release_package`, `deploy_packages`, `publish_extension_draft`; nothing was sent
    error: `INPUT_OPERATION` is `publish_plugin_draft`: did you mean `publish_extension_draft`? it must be one of `release_artifact`, `publish_routine_code_revision`, `release_package`, `deploy_packages`, `publish_extension_draft`; nothing was sent
    error: `INPUT_WAIT_TIMEOUT` is `30 minutes`, which is not a duration: write `90` (seconds), `500ms`, `90s`, `30m`, `1h30m` or `2d`; nothing was sent
    error: `INPUT_REQUEST_TIMEOUT` is `0`: it leaves no time: give a longer one; nothing was sent
    error: `INPUT_OUTPUT_PREFIX` is `a-b`: only letters, digits and `_` are allowed, and it has `-`; nothing was sent
    error: `INPUT_ENDPOINT` is `cloud.example`, which is not a URL: give scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    error: `INPUT_REGION` is `cn hangzhou`: only letters, digits, `-` and `_` are allowed, and it has a blank; nothing was sent
    ");
    let long = "x".repeat(300);
    insta::assert_snapshot!(said_of("release_artifact", "artifact_id", &long), @"error: `INPUT_ARTIFACT_ID` is `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`: it has 300 characters, and at most 256 are allowed; nothing was sent");
}

// ---- Inputs beside each other ----

#[test]
fn an_input_without_effect_beside_the_others_is_named() {
    let server = Server::start();
    let warned = |step: Step| {
        let log = step.run().log();
        log.lines().filter(|line| line.starts_with("warn: `INPUT_")).collect::<Vec<_>>().join("\n")
    };
    let step = |operation| Step::plain().releasing(operation, server.url());
    assert_eq!(warned(step("release_artifact").input("region", "cn-hangzhou")), "");
    let cases = [
        step("publish_routine_code_revision").input("region", "cn-hangzhou"),
        step("release_artifact")
            .input("wait_timeout", "1m")
            .input("output_prefix", "a_")
            .input("if_lost", "stop"),
        step("deploy_packages").input("resume", "true").input("wait", "false").input("if_released", "adopt"),
        step("deploy_packages")
            .input("poll_interval", "3s")
            .input("poll_max_interval", "2s")
            .input("if_lost", "stop"),
    ];
    insta::assert_snapshot!(cases.map(warned).join("\n\n"), @"
    warn: `INPUT_REGION` has no effect: DCDN has no regions

    warn: `INPUT_WAIT_TIMEOUT` has no effect without `wait`
    warn: `INPUT_OUTPUT_PREFIX` has no effect: all outputs of this run are JSON
    warn: `INPUT_IF_LOST` has no effect: `release_artifact` may be sent again without harm

    warn: `INPUT_IF_RELEASED` has no effect with `resume`, which sends no release call

    warn: `INPUT_POLL_MAX_INTERVAL` has no effect, as it is shorter than `poll_interval`
    ");
}

/// On Linux it is another variable, and would be without a word.
#[cfg(unix)]
#[test]
fn a_variable_in_small_letters_is_named() {
    let server = Server::start();
    let step = Step::plain().releasing("deploy_packages", server.url());
    let step = step
        .env("input_wait", "true")
        .env("Input_dry-run", "true")
        .env("input_artifact_id", "a")
        .env("input_file", "a");
    let log = step.run().exits_with(0).log();
    let said: Vec<&str> = log.lines().filter(|line| line.starts_with("warn: ")).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    warn: `Input_dry-run` is not read: the variable is `INPUT_DRY_RUN`, in capitals
    warn: `input_artifact_id` is not read: the variable is `INPUT_ARTIFACT_ID`, in capitals
    warn: `input_wait` is not read: the variable is `INPUT_WAIT`, in capitals
    ");
}

// ---- Regions and endpoints ----

/// A proxy that answers every `CONNECT` with 407: shows whom the step would have called, without a network.
fn called(step: Step) -> (Run, Vec<String>) {
    let proxy = Hostile::start([Behaviour::Answer(http(407, &[], ""))]);
    let run = step.env("HTTPS_PROXY", proxy.url()).run();
    let first = |request: &String| request.lines().next().unwrap_or_default().to_owned();
    (run, proxy.requests().iter().map(first).collect())
}

#[track_caller]
fn calls(step: Step, host: &str) -> String {
    let (run, asked) = called(step.unset("INPUT_ENDPOINT"));
    let run = run.exits_with(7);
    assert_eq!(asked, [format!("CONNECT {host}:443 HTTP/1.1")], "\n{}", run.transcript());
    run.log()
}

#[test]
fn compute_nest_is_in_two_regions() {
    let step = || Step::plain().releasing("release_artifact", "http://unused").unset("INPUT_ENDPOINT");
    calls(step(), "computenestsupplier.cn-hangzhou.aliyuncs.com");
    calls(step().input("region", "ap-southeast-1"), "computenestsupplier.ap-southeast-1.aliyuncs.com");
    let account = step().env("ALIBABA_CLOUD_REGION_ID", "ap-southeast-1");
    calls(account, "computenestsupplier.ap-southeast-1.aliyuncs.com");
    let account = step().env("ALIBABA_CLOUD_REGION_ID", "ap-southeast-1").input("region", "cn-hangzhou");
    calls(account, "computenestsupplier.cn-hangzhou.aliyuncs.com");
    let account = step().env("ALIBABA_CLOUD_REGION_ID", "eu-central-1");
    let log = calls(account, "computenestsupplier.cn-hangzhou.aliyuncs.com");
    insta::assert_snapshot!(log.lines().next().unwrap(), @"info: Compute Nest is not in the region that `ALIBABA_CLOUD_REGION_ID` names, `eu-central-1`: `cn-hangzhou` is used");
    insta::assert_snapshot!(refused(step().input("region", "eu-central-1")), @"
    error: `INPUT_REGION` is `eu-central-1`: Compute Nest has only `cn-hangzhou` and `ap-southeast-1` (also for artifacts of other regions); give one of them, or `endpoint`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help release_artifact` lists them
    ");
}

#[test]
fn dcdn_has_no_region() {
    let step = Step::plain().releasing("publish_routine_code_revision", "http://unused");
    calls(step.env("ALIBABA_CLOUD_REGION_ID", "eu-central-1"), "dcdn.aliyuncs.com");
}

#[test]
fn huawei_has_no_default_region() {
    let step = |operation| Step::plain().releasing(operation, "http://unused").unset("INPUT_ENDPOINT");
    calls(step("deploy_packages").input("region", "cn-north-4"), "dayu.cn-north-4.myhuaweicloud.com");
    calls(step("release_package").env("HW_REGION_NAME", "eu-west-101"), "dayu.eu-west-101.myhuaweicloud.eu");
    let pipeline = step("publish_extension_draft").input("region", "ap-southeast-3");
    calls(pipeline, "cloudpipeline-ext.ap-southeast-3.myhuaweicloud.com");
    insta::assert_snapshot!(refused(step("publish_extension_draft")), @"
    error: `INPUT_REGION` is missing: CodeArts Pipeline is in `cn-north-1`, `cn-north-4`, `cn-south-1`, `cn-south-2`, `cn-east-2`, `cn-east-3`, `cn-southwest-2`, `ap-southeast-3`, `sa-brazil-1`, `la-north-2`, `tr-west-1`, `la-south-2`, `af-north-1`, `me-east-1`, `af-south-1` and `eu-west-101`; give one of them, or `endpoint`, or set `HW_REGION_NAME` or `HUAWEICLOUD_SDK_REGION` or `HUAWEI_CLOUD_REGION`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help publish_extension_draft` lists them
    ");
    insta::assert_snapshot!(refused(step("publish_extension_draft").input("region", "cn-nort-4")), @"
    error: `INPUT_REGION` is `cn-nort-4`: did you mean `cn-north-4`? CodeArts Pipeline has only `cn-north-1`, `cn-north-4`, `cn-south-1`, `cn-south-2`, `cn-east-2`, `cn-east-3`, `cn-southwest-2`, `ap-southeast-3`, `sa-brazil-1`, `la-north-2`, `tr-west-1`, `la-south-2`, `af-north-1`, `me-east-1`, `af-south-1` and `eu-west-101`; give one of them, or `endpoint`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help publish_extension_draft` lists them
    ");
    insta::assert_snapshot!(refused(step("publish_extension_draft").env("HW_REGION_NAME", "cn-north-9")), @"
    error: `HW_REGION_NAME` is `cn-north-9`: CodeArts Pipeline has only `cn-north-1`, `cn-north-4`, `cn-south-1`, `cn-south-2`, `cn-east-2`, `cn-east-3`, `cn-southwest-2`, `ap-southeast-3`, `sa-brazil-1`, `la-north-2`, `tr-west-1`, `la-south-2`, `af-north-1`, `me-east-1`, `af-south-1` and `eu-west-101`; give one of them, or `endpoint`; nothing was sent
    error: hint: see the environment of this step: it is a variable there, and no input
    ");
}

#[test]
fn every_variable_of_the_account_that_names_a_region_is_read() {
    let compute_nest =
        || Step::plain().releasing("release_artifact", "http://unused").unset("INPUT_ENDPOINT");
    for variable in ["ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION"] {
        calls(
            compute_nest().env(variable, "ap-southeast-1"),
            "computenestsupplier.ap-southeast-1.aliyuncs.com",
        );
    }
    let deploy = || Step::plain().releasing("deploy_packages", "http://unused").unset("INPUT_ENDPOINT");
    for variable in ["HW_REGION_NAME", "HUAWEICLOUD_SDK_REGION", "HUAWEI_CLOUD_REGION"] {
        calls(deploy().env(variable, "cn-north-4"), "dayu.cn-north-4.myhuaweicloud.com");
    }
    let first = |log: String| log.lines().next().unwrap().to_owned();
    let both =
        compute_nest().env("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou").env("ALICLOUD_REGION", "ap-southeast-1");
    let unread = compute_nest()
        .env("ALIYUN_REGION_ID", "ap-southeast-1")
        .env("ALIBABA_CLOUD_STS_REGION", "cn-beijing");
    let host = "computenestsupplier.cn-hangzhou.aliyuncs.com";
    let same =
        compute_nest().env("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou").env("ALICLOUD_REGION", "cn-hangzhou");
    assert!(!calls(same, host).contains("ALICLOUD_REGION"));
    let said = [
        first(calls(both, host)),
        first(calls(unread, host)),
        first(refused(deploy().env("HW_REGION", "cn-north-4"))),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    warn: `ALICLOUD_REGION` names another region, `ap-southeast-1`: `ALIBABA_CLOUD_REGION_ID` is read first
    warn: `ALIYUN_REGION_ID` is not read for the region: `cn-hangzhou` is used; set `region`, or `ALIBABA_CLOUD_REGION_ID` or `ALIBABA_CLOUD_REGION` or `ALICLOUD_REGION`
    error: `INPUT_REGION` is missing (`HW_REGION` is not read): DataArts Factory is in `cn-north-1`, `cn-north-2`, `cn-north-4`, `cn-north-9`, `cn-north-11`, `cn-east-2`, `cn-east-3`, `cn-east-4`, `cn-south-1`, `cn-southwest-2`, `ap-southeast-1`, `ap-southeast-2`, `ap-southeast-3`, `ap-southeast-4`, `af-south-1`, `ru-northwest-2`, `ru-moscow-1`, `sa-brazil-1`, `la-south-2`, `la-north-2`, `na-mexico-1`, `tr-west-1`, `me-east-1`, `eu-west-101`, `ae-ad-1` and `my-kualalumpur-1`; give one of them, or `endpoint`, or set `HW_REGION_NAME` or `HUAWEICLOUD_SDK_REGION` or `HUAWEI_CLOUD_REGION`; nothing was sent
    ");
}

#[test]
fn every_variable_of_the_account_that_names_a_project_or_an_account_is_read() {
    let server = Server::start();
    for variable in ["HUAWEICLOUD_SDK_PROJECT_ID", "HW_PROJECT_ID", "HUAWEI_CLOUD_PROJECT_ID"] {
        server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
        let step = Step::plain().releasing("deploy_packages", server.url()).unset("INPUT_PROJECT_ID");
        let step = step.env(variable, world::PROJECT_ID).env("HUAWEI_CLOUD_PROJECT_ID", world::PROJECT_ID);
        assert!(!step.run().exits_with(0).log().contains("warn: "));
    }
    for variable in ["HUAWEICLOUD_SDK_DOMAIN_ID", "HW_DOMAIN_ID"] {
        server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
        let step = Step::plain().releasing("publish_extension_draft", server.url()).unset("INPUT_DOMAIN_ID");
        step.env(variable, world::DOMAIN_ID).run().exits_with(0);
    }
    server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
    let step = Step::plain().releasing("deploy_packages", server.url()).unset("INPUT_PROJECT_ID");
    let step = step.env("HUAWEICLOUD_SDK_PROJECT_ID", world::PROJECT_ID).env("HW_PROJECT_ID", "another");
    insta::assert_snapshot!(step.run().exits_with(0).log().lines().next().unwrap(), @"warn: `HW_PROJECT_ID` is not what `HUAWEICLOUD_SDK_PROJECT_ID` is: `HUAWEICLOUD_SDK_PROJECT_ID` is taken");
}

/// One message, and not one that contradicts it.
#[test]
fn a_bad_region_is_one_fault() {
    let deploy = || Step::plain().releasing("deploy_packages", "http://unused").unset("INPUT_ENDPOINT");
    let regions = ["cn north 4", "$REGION", "cn-north-4a", "cn-nort-4", "cn-beijing"];
    let said = regions.map(|region| {
        let log = refused(deploy().input("region", region));
        assert_eq!(log.lines().count(), 2, "{log}");
        log.lines().next().unwrap().chars().take(120).collect::<String>()
    });
    insta::assert_snapshot!(said.join("\n"), @"
    error: `INPUT_REGION` is `cn north 4`: only letters, digits, `-` and `_` are allowed, and it has a blank; nothing was se
    error: `INPUT_REGION` is `$REGION`, the name of a variable, not its value: nothing filled it in; nothing was sent
    error: `INPUT_REGION` is `cn-north-4a`: did you mean `cn-north-4`? DataArts Factory has only `cn-north-1`, `cn-north-2`,
    error: `INPUT_REGION` is `cn-nort-4`: did you mean `cn-north-4`? DataArts Factory has only `cn-north-1`, `cn-north-2`, `
    error: `INPUT_REGION` is `cn-beijing`: DataArts Factory has only `cn-north-1`, `cn-north-2`, `cn-north-4`, `cn-north-9`,
    ");
    // What is wrong on the way there is reported all the same.
    let log = refused(deploy().input("region", "cn north 4").env("SSL_CERT_FILE", "missing.pem"));
    assert!(log.contains("`SSL_CERT_FILE` names"), "{log}");
}

/// A bad endpoint is one fault. That a region is missing is none: an endpoint was given.
#[test]
fn a_bad_endpoint_is_one_fault() {
    let endpoints = [
        "cloud.example",
        "http://cloud.example",
        "http://cloud.localhost",
        "http://169.254.169.254",
        "https://cloud.example/v1",
        "https://me:secret@cloud.example",
        "wss://cloud.example",
        "https://",
    ];
    let refusal = |endpoint: &&str| {
        let step = Step::plain().releasing("deploy_packages", endpoint);
        refused(step).lines().next().unwrap().to_owned()
    };
    let refusals: Vec<_> = endpoints.iter().map(refusal).collect();
    insta::assert_snapshot!(refusals.join("\n"), @"
    error: `INPUT_ENDPOINT` is `cloud.example`, which is not a URL: give scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    error: `INPUT_ENDPOINT` is `http://cloud.example`, which is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`; nothing was sent
    error: `INPUT_ENDPOINT` is `http://cloud.localhost`, which is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`; nothing was sent
    error: `INPUT_ENDPOINT` is `http://169.254.169.254`, which is not encrypted: `http` is for loopback addresses only (`127.0.0.1`, `[::1]`, `localhost`), use `https`; nothing was sent
    error: `INPUT_ENDPOINT` is `https://cloud.example/v1`, which has more than a port after its host: give only scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    error: `INPUT_ENDPOINT` has a user name in it: give scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    error: `INPUT_ENDPOINT` is `wss://cloud.example`, which must begin with `https://`: give scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    error: `INPUT_ENDPOINT` is `https://`, which is not a URL: give scheme, host and port, such as `https://dcdn.aliyuncs.com`; nothing was sent
    ");
}

#[test]
fn an_endpoint_needs_no_known_region_and_may_be_http_on_loopback() {
    let server = Server::start();
    let port = server.url().rsplit(':').next().unwrap();
    let step = |url: &str| Step::plain().releasing("deploy_packages", url).input("region", "moon-1");
    step(server.url()).run().exits_with(0);
    server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
    step(&format!("HTTP://LocalHost:{port}/")).run().exits_with(0);
    assert_eq!(release_calls(&server).len(), 1);
}

// ---- Values of the account ----

#[test]
fn the_accounts_variables_stand_in_and_are_checked_as_well() {
    let server = Server::start();
    let deploy = || Step::plain().releasing("deploy_packages", server.url()).unset("INPUT_PROJECT_ID");
    deploy().env("HUAWEICLOUD_SDK_PROJECT_ID", world::PROJECT_ID).run().exits_with(0);
    let publish =
        || Step::plain().releasing("publish_extension_draft", server.url()).unset("INPUT_DOMAIN_ID");
    publish().env("HUAWEICLOUD_SDK_DOMAIN_ID", format!("{}\n", world::DOMAIN_ID)).run().exits_with(0);
    assert_eq!(release_calls(&server).len(), 2);
    let asked = server.requests().len();

    insta::assert_snapshot!(refused(deploy().env("HUAWEICLOUD_SDK_PROJECT_ID", "a/../b")), @"
    error: `HUAWEICLOUD_SDK_PROJECT_ID` is `a/../b`: only letters, digits, `-` and `_` are allowed, and it has `/`; nothing was sent
    error: hint: see the environment of this step: it is a variable there, and no input
    ");
    insta::assert_snapshot!(refused(publish().env("HUAWEICLOUD_SDK_DOMAIN_ID", "short")), @"
    error: `HUAWEICLOUD_SDK_DOMAIN_ID` is `short`: it must be 32 letters and digits, and has 5 characters; nothing was sent
    error: hint: see the environment of this step: it is a variable there, and no input
    ");
    insta::assert_snapshot!(refused(publish()), @"
    error: `INPUT_DOMAIN_ID` is missing: the account's id; it is read from `HUAWEICLOUD_SDK_DOMAIN_ID`, `HW_DOMAIN_ID`, too, and looked up by `region`; nothing was sent
    error: hint: mend the variables of this step; `release-step --help publish_extension_draft` lists them
    ");
    assert_eq!(server.requests().len(), asked);
}

/// A blank value is no value, wherever it stands: the path of the call would have a hole in it.
#[test]
fn a_blank_variable_of_the_account_is_as_good_as_none() {
    let server = unasked();
    let deploy = Step::plain().releasing("deploy_packages", &server.url()).unset("INPUT_PROJECT_ID");
    insta::assert_snapshot!(refused(deploy.env("HUAWEICLOUD_SDK_PROJECT_ID", " \n")), @"
    error: `INPUT_PROJECT_ID` is missing: the project's id; `HUAWEICLOUD_SDK_PROJECT_ID` is there, but empty; nothing was sent
    error: hint: mend the variables of this step; `release-step --help deploy_packages` lists them
    ");
    assert_eq!(server.connections(), 0);
}

/// A variable that is set and cannot be read is not one that is not set.
#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_never_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let server = unasked();
    let no_text = OsStr::from_bytes(b"a\xff");
    let deploy = || Step::plain().releasing("deploy_packages", &server.url());
    let project = deploy().unset("INPUT_PROJECT_ID").env("HUAWEICLOUD_SDK_PROJECT_ID", no_text);
    let role =
        Step::plain().releasing("release_artifact", &server.url()).env("ALIBABA_CLOUD_ROLE_ARN", no_text);
    let cases = [
        (project, 2, "HUAWEICLOUD_SDK_PROJECT_ID` is not valid UTF-8"),
        (deploy().env("SSL_CERT_FILE", no_text), 2, "`SSL_CERT_FILE`"),
        (role, 3, "`ALIBABA_CLOUD_ROLE_ARN`"),
    ];
    for (step, code, told) in cases {
        let run = step.run().exits_with(code);
        assert!(run.log().contains(told), "\n{}", run.transcript());
    }
    assert_eq!(server.connections(), 0);
}

// ---- Credentials ----

const ALIBABA_SOURCES: [[&str; 3]; 3] = [
    ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"],
    ["ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"],
    ["ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET", "ALIBABACLOUD_SECURITY_TOKEN"],
];
const HUAWEI_SOURCES: [[&str; 3]; 3] = [
    ["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"],
    ["HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"],
    ["CLOUD_SDK_AK", "CLOUD_SDK_SK", ""],
];

fn operation_of(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Alibaba => "release_artifact",
        Cloud::Huawei => "deploy_packages",
    }
}

/// A good step of this cloud without credentials.
fn without_credentials(cloud: Cloud, url: &str) -> Step {
    let step = Step::plain().releasing(operation_of(cloud), url);
    world::credentials(cloud).into_iter().fold(step, |step, (name, _)| step.unset(name))
}

/// Runs a step that must end with status 3 and without a request, and gives its log.
#[track_caller]
fn no_credentials(step: Step) -> String {
    let run = step.run().exits_with(3);
    let result = run.result();
    let said = [&result["released"], &result["release_outcome"], &result["error"]["kind"]];
    assert_eq!(said, ["no", "not_released", "credentials"], "\n{}", run.transcript());
    run.log().lines().filter(|line| !line.starts_with("info: ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_source_of_keys_works() {
    let clouds = [
        (Cloud::Alibaba, ALIBABA_SOURCES, ALIBABA_KEY, world::ALIBABA_TEMPORARY_KEY),
        (Cloud::Huawei, HUAWEI_SOURCES, HUAWEI_KEY, world::HUAWEI_TEMPORARY_KEY),
    ];
    let server = Server::start();
    for (cloud, sources, key, temporary) in clouds {
        for [id, secret, token] in sources {
            for key in [key, temporary] {
                if key.security_token.is_some() && token.is_empty() {
                    continue;
                }
                server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
                // White space around a key is the usual accident of pasting.
                let step = without_credentials(cloud, server.url())
                    .env(id, format!(" {}\n", key.id))
                    .env(secret, format!("{}\r\n", key.secret));
                let step = key.security_token.into_iter().fold(step, |step, value| step.env(token, value));
                step.run().exits_with(0);
            }
        }
    }
    for token in ["HUAWEICLOUD_AUTH_TOKEN", "HW_AUTH_TOKEN"] {
        server.with(|sandbox| *sandbox = sandbox::Sandbox::new());
        without_credentials(Cloud::Huawei, server.url()).env(token, HUAWEI_AUTH_TOKEN).run().exits_with(0);
    }
}

#[test]
fn the_first_complete_source_is_taken_and_a_second_one_is_named() {
    let server = Server::start();
    let alibaba = |[id, secret, _]: [&str; 3], step: Step, good: bool| {
        let (key, value) =
            if good { (ALIBABA_KEY.id, ALIBABA_KEY.secret) } else { ("unknown-id", "unknown-secret") };
        step.env(id, key).env(secret, value)
    };
    let step = without_credentials(Cloud::Alibaba, server.url());
    let step = alibaba(ALIBABA_SOURCES[0], step, true);
    let step = alibaba(ALIBABA_SOURCES[1], step, false);
    let step = alibaba(ALIBABA_SOURCES[2], step, false);
    let step = step.env("ALIBABA_CLOUD_ECS_METADATA", "role").input("client_token", "same");
    insta::assert_snapshot!(step.run().exits_with(0).log(), @"
    warn: two sources of credentials are set, `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and `ALICLOUD_ACCESS_KEY` with `ALICLOUD_SECRET_KEY`: the first is used
    warn: two sources of credentials are set, `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and `ALIBABACLOUD_ACCESS_KEY_ID` with `ALIBABACLOUD_ACCESS_KEY_SECRET`: the first is used
    warn: two sources of credentials are set, `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and `ALIBABA_CLOUD_ECS_METADATA`: the first is used
    info: credentials from `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`
    info: calling ReleaseArtifact of Compute Nest at [server]
    info: accepted: client_token `same`, previous_version `23`, request_id `[token]`, ArtifactId `artifact-5f0c2b7d9e3a4c168b20`, ArtifactType `File`, ArtifactVersion `draft`, VersionName `1.24.0`, Status `Scanning`, release_origin `call`
    ");

    // A token goes before keys.
    let step = without_credentials(Cloud::Huawei, server.url()).env("HW_AUTH_TOKEN", HUAWEI_AUTH_TOKEN);
    let step = step.env("HUAWEICLOUD_SDK_AK", "unknown-id").env("HUAWEICLOUD_SDK_SK", "unknown-secret");
    let run = step.run().exits_with(0);
    insta::assert_snapshot!(run.log().lines().find(|line| line.starts_with("warn")).unwrap(), @"warn: two sources of credentials are set, `HW_AUTH_TOKEN` and `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`: the first is used");
}

#[test]
fn missing_and_half_credentials_name_what_to_set() {
    let server = unasked();
    let alibaba = || without_credentials(Cloud::Alibaba, &server.url());
    let huawei = || without_credentials(Cloud::Huawei, &server.url());
    insta::assert_snapshot!(no_credentials(alibaba()), @"
    error: no credentials are set; nothing was sent
    error: hint: set `ALIBABA_CLOUD_ACCESS_KEY_ID` with `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, as secrets of the CI, in the environment of this step
    error: or, without long-lived secrets, set `ALIBABA_CLOUD_ROLE_ARN` with `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`, and `ALIBABA_CLOUD_OIDC_TOKEN_FILE`, `ALIBABA_CLOUD_OIDC_TOKEN` or the CI's own token
    error: `release-step --help` lists all sources
    ");
    insta::assert_snapshot!(no_credentials(huawei()), @"
    error: no credentials are set; nothing was sent
    error: hint: set `HUAWEICLOUD_SDK_AK` with `HUAWEICLOUD_SDK_SK`, as secrets of the CI, in the environment of this step
    error: or, without long-lived secrets, set `HUAWEICLOUD_OIDC_PROVIDER_URN` with `HUAWEICLOUD_OIDC_AGENCY_URN`, and `HUAWEICLOUD_OIDC_TOKEN_FILE`, `HUAWEICLOUD_OIDC_ID_TOKEN` or the CI's own token
    error: `release-step --help` lists all sources
    ");
    insta::assert_snapshot!(no_credentials(alibaba().env("ALICLOUD_ACCESS_KEY", ALIBABA_KEY.id)), @"
    error: `ALICLOUD_ACCESS_KEY` is set, but `ALICLOUD_SECRET_KEY` is not; nothing was sent
    error: hint: set `ALICLOUD_SECRET_KEY` too, or unset `ALICLOUD_ACCESS_KEY`
    ");
    insta::assert_snapshot!(no_credentials(huawei().env("HUAWEICLOUD_SDK_SK", HUAWEI_KEY.secret)), @"
    error: `HUAWEICLOUD_SDK_SK` is set, but `HUAWEICLOUD_SDK_AK` is not; nothing was sent
    error: hint: set `HUAWEICLOUD_SDK_AK` too, or unset `HUAWEICLOUD_SDK_SK`
    ");
    insta::assert_snapshot!(no_credentials(huawei().env("HW_SECURITY_TOKEN", "token-alone")), @"
    error: `HW_SECURITY_TOKEN` is set, but `HW_ACCESS_KEY` and `HW_SECRET_KEY` are not; nothing was sent
    error: hint: set `HW_ACCESS_KEY` and `HW_SECRET_KEY` too, or unset `HW_SECURITY_TOKEN`
    ");
    let blank = alibaba().env("ALIBABA_CLOUD_ACCESS_KEY_ID", ALIBABA_KEY.id);
    insta::assert_snapshot!(no_credentials(blank.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", " \n")), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_ID` is set, but `ALIBABA_CLOUD_ACCESS_KEY_SECRET` is not; nothing was sent
    error: hint: set `ALIBABA_CLOUD_ACCESS_KEY_SECRET` too, or unset `ALIBABA_CLOUD_ACCESS_KEY_ID`
    ");
    assert_eq!(server.connections(), 0);
}

#[test]
fn keys_that_cannot_be_keys_are_refused_unseen() {
    let server = unasked();
    let step = || {
        without_credentials(Cloud::Alibaba, &server.url()).env("ALIBABA_CLOUD_ACCESS_KEY_ID", ALIBABA_KEY.id)
    };
    let with_secret = |value: &OsStr| no_credentials(step().env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", value));
    insta::assert_snapshot!(with_secret("first-half\nsecond-half".as_ref()), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_SECRET` holds a line break or another character that no key has; nothing was sent
    error: hint: store the key itself, as one line, and hand it on
    ");
    insta::assert_snapshot!(with_secret("secret\u{1b}[2J".as_ref()), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_SECRET` holds a line break or another character that no key has; nothing was sent
    error: hint: store the key itself, as one line, and hand it on
    ");
    insta::assert_snapshot!(with_secret("é-secret".as_ref()), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_SECRET` holds a line break or another character that no key has; nothing was sent
    error: hint: store the key itself, as one line, and hand it on
    ");
    insta::assert_snapshot!(with_secret("short".as_ref()), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_SECRET` is too short to be a key; nothing was sent
    error: hint: see whether the secret of that name is really there
    ");
    #[cfg(unix)]
    insta::assert_snapshot!(with_secret(std::os::unix::ffi::OsStrExt::from_bytes(b"secret-\xff")), @"
    error: `ALIBABA_CLOUD_ACCESS_KEY_SECRET` is not valid UTF-8: give it as UTF-8, or unset it; nothing was sent
    error: hint: paste it again
    ");
    assert_eq!(server.connections(), 0);
}
