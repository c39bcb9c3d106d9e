//! `--help` and `--version`, made from the same tables that check the inputs.

use std::fmt::Write;

use crate::catalog::{Entry, OPERATIONS, Output};
use crate::input::common;
use crate::input::{Input, Need, Stage, variable};

/// Outputs that every run gives.
pub static OUTPUTS: &[Output] = &[
    Output("operation", "the operation"),
    Output("released", "`yes`, `no` or `unknown`"),
    Output(
        "release_outcome",
        "`not_released`, `submitted`, `succeeded`, `failed`, `timed_out`, `unwatched`, `cancelled` or `unknown`",
    ),
    Output("exit_status", "the exit status"),
    Output("request_id", "the vendor's id of the release call"),
    Output("started_at", "RFC 3339, UTC"),
    Output("ended_at", "RFC 3339, UTC"),
    Output("error_code", "on failure: the vendor's code, or our word for it"),
    Output("error_message", "on failure: what went wrong"),
    Output("result", "one JSON object: every output under its name, and on failure `error`"),
];

/// Exit statuses and their meaning.
pub static EXIT_STATUSES: &[(&str, &str)] = &[
    ("0", "done: the call was accepted; with `wait`, the release has succeeded"),
    ("1", "a bug in release-step"),
    ("2", "inputs or configuration are wrong; no release call was sent"),
    ("3", "credentials are missing, refused or without permission; nothing was released"),
    ("4", "the API rejected the call, or `if_released: fail`; nothing was released"),
    ("5", "the release was accepted, then failed in the cloud"),
    ("6", "the release was accepted and goes on, but was not watched to its end: `resume` waits on"),
    ("7", "the API could not be reached, or kept throttling; nothing was released"),
    (
        "8",
        "the call may or may not have landed, and looking it up did not tell: look before you run it again",
    ),
    ("9", "all went well, but the outputs could not be written; they are in the log"),
    ("130, 143", "ended by SIGINT, SIGTERM; the output `released` says how far it came"),
];

const USAGE: &str = "\
release-step makes one release or deploy call on Alibaba Cloud or Huawei Cloud and hands its results to the next
step of a CI job. It reads environment variables: the input `name` is `INPUT_NAME`.

With `wait` it asks for the status until the release is done; it never makes two.

Usage: release-step
       release-step --help [OPERATION]
       release-step --version
";

/// The answer to `--help`.
#[must_use]
pub fn overview() -> String {
    let mut text = format!("{USAGE}\nOperations:\n");
    for entry in OPERATIONS {
        let _ = writeln!(text, "  {:<31}{}", entry.name, entry.about);
    }
    text.push_str("\nInputs of every operation:\n");
    inputs(&mut text, common::INPUTS);
    text.push_str("\nOutputs of every operation:\n");
    outputs(&mut text, OUTPUTS);
    text.push_str("\nExit status:\n");
    for (status, meaning) in EXIT_STATUSES {
        let _ = writeln!(text, "  {status:<10}{meaning}");
    }
    text.push_str("\nCredentials come under the names that the vendors' own tools read:\n");
    for cloud in [OPERATIONS[0].cloud, OPERATIONS[2].cloud] {
        let sources: Vec<String> =
            cloud.sources().iter().filter_map(crate::cloud::credentials::Source::shown).collect();
        let _ = writeln!(text, "  {}: {}", cloud.name(), sources.join(", or "));
    }
    text
}

/// The answer to `--help OPERATION`.
#[must_use]
pub fn of_operation(entry: &Entry) -> String {
    let mut text = format!(
        "{}: {}\n{} `{}` of {}\n\nInputs:\n",
        entry.name,
        entry.about,
        entry.cloud.name(),
        entry.vendors_name,
        entry.service.name
    );
    inputs(&mut text, entry.inputs);
    text.push_str("\nOutputs:\n");
    outputs(&mut text, entry.outputs);
    text.push_str("\nThe inputs and outputs of every operation: release-step --help\n");
    text
}

fn inputs(text: &mut String, inputs: &[Input]) {
    for input in inputs {
        let _ = writeln!(text, "  {:<31}{}", variable(input.name), input.about);
        let _ = writeln!(text, "  {:<31}{}; {}", "", input.kind.describe(), need(input));
    }
}

fn outputs(text: &mut String, outputs: &[Output]) {
    for Output(name, about) in outputs {
        let _ = writeln!(text, "  {name:<31}{about}");
    }
}

/// Whether an input must be given, in words.
#[must_use]
pub fn need(input: &Input) -> String {
    let mut words = match input.need {
        Need::Required => "required".to_owned(),
        Need::RequiredOr(variables) => format!("required, or `{}`", variables.join("` or `")),
        Need::Optional => "optional".to_owned(),
        Need::Default(value) => format!("default `{value}`"),
        Need::Minted => "default: random".to_owned(),
    };
    match input.stage {
        Stage::Works => {}
        Stage::WorksBut(word) => {
            let _ = write!(words, "; `{word}` not yet");
        }
        Stage::Later => words.push_str("; not yet"),
    }
    words
}
