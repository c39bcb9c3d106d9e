//! `--help` and `--version`, made from the same tables that check the inputs.

use std::fmt::Write;

use crate::catalog::OPERATIONS;
use crate::error::exit::EXIT_STATUSES;
use crate::input::common;
use crate::input::{Input, Presence, Support, variable};
use crate::operation::spec::OperationSpec;
use crate::output::common::{OUTPUTS, Output};

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
        let _ = writeln!(text, "  {:<31}{}", entry.name, entry.summary);
    }
    text.push_str("\nInputs of every operation:\n");
    inputs(&mut text, common::INPUTS);
    text.push_str("\nOutputs of every operation:\n");
    outputs(&mut text, OUTPUTS);
    text.push_str("\nExit status:\n");
    for (status, meaning) in EXIT_STATUSES {
        let _ = writeln!(text, "  {status:<20}{meaning}");
    }
    text.push_str("\nCredentials come under the names that the vendors' own tools read:\n");
    for cloud in [OPERATIONS[0].cloud, OPERATIONS[2].cloud] {
        let _ = writeln!(text, "  {}, the first of these that is complete:", cloud.name());
        for source in cloud.sources() {
            let _ = writeln!(text, "    {:<20}{}", source.kind(), source.shown());
        }
    }
    text
}

/// The answer to `--help OPERATION`.
#[must_use]
pub fn of_operation(entry: &OperationSpec) -> String {
    let mut text = format!(
        "{}: {}\n{} `{}` of {}\n\nInputs:\n",
        entry.name,
        entry.summary,
        entry.cloud.name(),
        entry.api_name,
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
        Presence::Required => "required".to_owned(),
        Presence::RequiredOr(variables) => {
            format!("required, or `{}`, or looked up", variables.join("` or `"))
        }
        Presence::Optional => "optional".to_owned(),
        Presence::Default(value) => format!("default `{value}`"),
        Presence::Generated => "default: random".to_owned(),
    };
    match input.stage {
        Support::Full => {}
        Support::Except(word) => {
            let _ = write!(words, "; `{word}` not yet");
        }
        Support::Planned => words.push_str("; not yet"),
    }
    words
}
