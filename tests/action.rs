//! Holds `action.yml` against the code's tables. To write it anew: `UPDATE_ACTION=1 cargo test --test action`.

mod generated;

use std::collections::BTreeMap;
use std::fmt::Write;

use generated::{Offered, collide_with_none, hands_every_row_through, hold, inputs, quoted};
use release_step::catalog::OPERATIONS;
use release_step::input::variable;
use release_step::output::common::OUTPUTS;

const HEAD: &str = "\
# Made from the tables of inputs and outputs by tests/action.rs.
name: release-step
description: One release or deploy call on Alibaba Cloud or Huawei Cloud, with its results for the next step
author: The release-step developers
branding:
  icon: upload-cloud
  color: orange
";

/// The action's own inputs, which the binary does not know.
const INSTALL_INPUTS: &str = r"  download_base_url:
    description: 'a mirror of the binaries: `<download_base_url>/v<version>/<name>`; by default the releases of release-step/release-step'
    required: false
  build_from_source:
    description: '`true`: build the binary from the action''s own source, with `cargo`, instead of installing one'
    required: false
";

/// Each prints the path of the binary whose SHA-256 stands in resources/release-step/SHA256SUMS.
const INSTALL: &str = r#"runs:
  using: composite
  steps:
    # `sh`, as not each container has `bash`; it reads no BASH_ENV. `exec` lets the runner's signals reach what it starts.
    - id: install
      if: runner.os != 'Windows'
      shell: sh
      run: |
        printf 'binary=' >>"$GITHUB_OUTPUT"
        exec sh "$GITHUB_ACTION_PATH/resources/release-step/install.sh" "$DOWNLOAD_BASE_URL" "$BUILD_FROM_SOURCE" >>"$GITHUB_OUTPUT"
      env:
        DOWNLOAD_BASE_URL: ${{ inputs.download_base_url }}
        BUILD_FROM_SOURCE: ${{ inputs.build_from_source }}
    - id: install_on_windows
      if: runner.os == 'Windows'
      shell: powershell
      run: |
        $binary = & "$env:GITHUB_ACTION_PATH\resources\release-step\install.ps1" $env:DOWNLOAD_BASE_URL $env:BUILD_FROM_SOURCE
        if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
        [IO.File]::AppendAllText($env:GITHUB_OUTPUT, "binary=$binary`n")
      env:
        DOWNLOAD_BASE_URL: ${{ inputs.download_base_url }}
        BUILD_FROM_SOURCE: ${{ inputs.build_from_source }}
"#;

/// The same step twice: with expressions for `shell` and `run` it were one, but a linter sees foreign code in that, rightly.
const RELEASE: [&str; 2] = [
    r#"    - id: release
      if: runner.os != 'Windows'
      shell: sh
      run: exec "$RELEASE_STEP_BINARY"
      env:
        RELEASE_STEP_BINARY: ${{ steps.install.outputs.binary }}
"#,
    r"    - id: release_on_windows
      if: runner.os == 'Windows'
      shell: powershell
      run: |
        & $env:RELEASE_STEP_BINARY
        exit $LASTEXITCODE
      env:
        RELEASE_STEP_BINARY: ${{ steps.install_on_windows.outputs.binary }}
",
];

/// What a failed installation writes in the binary's place.
const INSTALL_OUTPUTS: [&str; 4] = ["error_message", "exit_status", "release_outcome", "released"];

/// The outputs are declared by their names.
const OUTPUT_PREFIX: &str = "put before every output's name in the file `output_file`, except inside JSON; the action's own outputs keep their names";

const OWN_ENV: &str = r"        # The outputs are declared above by their names: `output_prefix` is for files alone.
        RELEASE_STEP_FIXED_OUTPUT_NAMES: 'true'
        # A composite action gets no INPUT_ variables by itself. Credentials come from the environment of the job.
";

fn outputs() -> BTreeMap<&'static str, &'static str> {
    let own = OPERATIONS.iter().flat_map(|entry| entry.outputs);
    OUTPUTS.iter().chain(own).map(|output| (output.0, output.1)).collect()
}

fn action() -> String {
    let mut text = String::from(HEAD);
    text.push_str("inputs:\n");
    for offered in inputs() {
        let (name, required) = (offered.name, offered.name == "operation");
        let about = if name == "output_prefix" { quoted(OUTPUT_PREFIX) } else { offered.about };
        let _ = writeln!(text, "  {name}:\n    description: {about}\n    required: {required}");
    }
    text.push_str(INSTALL_INPUTS);
    text.push_str("outputs:\n");
    for (name, about) in outputs() {
        let _ = writeln!(text, "  {name}:\n    description: {}", quoted(about));
        let steps = ["release", "release_on_windows", "install", "install_on_windows"];
        let count = if INSTALL_OUTPUTS.contains(&name) { 4 } else { 2 };
        let value: Vec<_> =
            steps[..count].iter().map(|step| format!("steps.{step}.outputs.{name}")).collect();
        let _ = writeln!(text, "    value: ${{{{ {} }}}}", value.join(" || "));
    }
    text.push_str(INSTALL);
    for step in RELEASE {
        text.push_str(step);
        text.push_str(OWN_ENV);
        for Offered { name, .. } in inputs() {
            let _ = writeln!(text, "        {}: ${{{{ inputs.{name} }}}}", variable(name));
        }
    }
    text
}

#[test]
fn it_is_what_the_tables_say() {
    hold("action.yml", "UPDATE_ACTION", &action());
}

#[test]
fn it_hands_every_row_of_every_table_through_to_both_systems() {
    hands_every_row_through("action.yml", 2, |variable, name| {
        format!("{variable}: ${{{{ inputs.{name} }}}}")
    });
}

#[test]
fn the_inputs_of_the_installation_are_no_operations_inputs() {
    let own = INSTALL_INPUTS.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let own: Vec<&str> = own.filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(own, ["download_base_url", "build_from_source"]);
    collide_with_none(&own);
}
