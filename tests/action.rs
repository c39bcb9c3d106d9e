//! Holds `action.yml` against the code's tables. To write it anew: `UPDATE_ACTION=1 cargo test --test action`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use release_step::catalog::OPERATIONS;
use release_step::common;
use release_step::env::Env;
use release_step::help::OUTPUTS;
use release_step::input::{Input, Stage, variable};

const HEAD: &str = "\
# Made from the tables of inputs and outputs by tests/action.rs; an input that does not work yet is not declared.
name: release-step
description: One release or deploy call on Alibaba Cloud or Huawei Cloud, with its results for the next step
author: The release-step developers
branding:
  icon: upload-cloud
  color: orange
";

/// The action's own inputs, which the binary does not know.
const INSTALL_INPUTS: &str = r"  download_base_url:
    description: 'a mirror of the binaries: `<download_base_url>/v<version>/<name>`; by default the releases of the action''s own repository'
    required: false
  build_from_source:
    description: '`true`: build the binary from the action''s own source, with `cargo`, instead of fetching it'
    required: false
";

const RUNS: &str = r#"runs:
  using: composite
  steps:
    # Each prints the path of the binary whose SHA-256 stands in resources/release-step/SHA256SUMS.
    - id: install
      if: runner.os != 'Windows'
      # `sh`, as not each container has `bash`; it reads no BASH_ENV.
      shell: sh
      run: |
        binary=$(sh "$GITHUB_ACTION_PATH/resources/release-step/install.sh" "$DOWNLOAD_BASE_URL" "$BUILD_FROM_SOURCE")
        printf 'binary=%s\n' "$binary" >>"$GITHUB_OUTPUT"
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
    - id: release
      shell: ${{ runner.os == 'Windows' && 'powershell' || 'sh' }}
      # `exec` lets the runner's signals reach the binary.
      run: ${{ runner.os == 'Windows' && '& $env:RELEASE_STEP_BINARY' || 'exec "$RELEASE_STEP_BINARY"' }}
      # A composite action gets no INPUT_ variables by itself. Credentials come from the environment of the job.
      env:
        RELEASE_STEP_BINARY: ${{ steps.install.outputs.binary || steps.install_on_windows.outputs.binary }}
        # One of the job's would take the outputs away that are declared above by their names.
        INPUT_OUTPUT_PREFIX: ''
"#;

/// Every input that works, with the operations that it is of; none for a common one.
fn inputs() -> Vec<(&'static Input, Vec<&'static str>)> {
    let mut inputs: Vec<(&Input, Vec<&str>)> =
        common::INPUTS.iter().map(|input| (input, Vec::new())).collect();
    for entry in OPERATIONS {
        for input in entry.inputs {
            match inputs.iter_mut().find(|(known, _)| known.name == input.name) {
                Some((_, operations)) => operations.push(entry.name),
                None => inputs.push((input, vec![entry.name])),
            }
        }
    }
    inputs.retain(|(input, _)| input.stage != Stage::Later && input.name != "output_prefix");
    inputs
}

fn outputs() -> BTreeMap<&'static str, &'static str> {
    let own = OPERATIONS.iter().flat_map(|entry| entry.outputs);
    OUTPUTS.iter().chain(own).map(|output| (output.0, output.1)).collect()
}

fn action() -> String {
    let mut text = String::from(HEAD);
    text.push_str("inputs:\n");
    for (input, operations) in inputs() {
        let of = if operations.is_empty() { String::new() } else { format!(" ({})", operations.join(", ")) };
        let required = input.name == "operation";
        let about = format!("{}{of}", input.about).replace('\'', "''");
        let _ = writeln!(text, "  {}:\n    description: '{about}'\n    required: {required}", input.name);
    }
    text.push_str(INSTALL_INPUTS);
    text.push_str("outputs:\n");
    for (name, about) in outputs() {
        let about = about.replace('\'', "''");
        let _ = writeln!(text, "  {name}:\n    description: '{about}'");
        let _ = writeln!(text, "    value: ${{{{ steps.release.outputs.{name} }}}}");
    }
    text.push_str(RUNS);
    for (input, _) in inputs() {
        let _ = writeln!(text, "        {}: ${{{{ inputs.{} }}}}", variable(input.name), input.name);
    }
    text
}

#[test]
fn it_declares_and_maps_every_input_and_output_that_works() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    if Env::snapshot().get("UPDATE_ACTION").is_some() {
        fs::write(&path, action()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let expected = action();
    let differs = written.lines().zip(expected.lines()).find(|(written, expected)| written != expected);
    assert_eq!(differs, None, "action.yml is not what the code says");
    assert_eq!(written.lines().count(), expected.lines().count(), "action.yml is not what the code says");
}

#[test]
fn the_inputs_of_the_installation_are_no_operations_inputs() {
    let known = common::INPUTS.iter().chain(OPERATIONS.iter().flat_map(|entry| entry.inputs));
    let known: Vec<&str> = known.map(|input| input.name).collect();
    let own = INSTALL_INPUTS.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let own: Vec<&str> = own.filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(own, ["download_base_url", "build_from_source"]);
    assert!(own.iter().all(|name| !known.contains(name)), "{own:?} in {known:?}");
}
