//! Holds GitLab's component against the code's tables and the installation, which it carries, as the inclusion of a component
//! brings nothing but its YAML. To write it anew: `UPDATE_COMPONENT=1 cargo test --test component`.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read is a failure")]

mod generated;

use std::fmt::Write;
use std::fs;

use generated::{Offered, collide_with_none, hands_every_row_through, hold, inputs, path, quoted};
use release_step::input::variable;

const HEAD: &str = "\
# Made from the tables of inputs, install.sh and SHA256SUMS by tests/component.rs.
spec:
  inputs:
";

/// The component's own inputs, which the binary does not know.
const OWN: [(&str, &str, &str); 7] = [
    (
        "job",
        "the job's name, under which a pipeline can say more about it; two jobs need two names",
        "release-step",
    ),
    ("stage", "the job's stage", "deploy"),
    (
        "image",
        "where it runs, if the runner uses images: any with `sh`, and `curl` or `wget`",
        concat!("ghcr.io/release-step/release-step:", env!("CARGO_PKG_VERSION")),
    ),
    ("timeout", "the job's timeout: `wait_timeout`, and a quarter of an hour", "45m"),
    (
        "resource_group",
        "jobs of one group run one at a time, the others wait; by default those of one name",
        "release-step-$CI_JOB_NAME_SLUG",
    ),
    (
        "output_name",
        "the outputs are in `<output_name>.env`, the dotenv report, and in `<output_name>.json`",
        "release-step",
    ),
    (
        "download_base_url",
        "a mirror of the binaries: `<download_base_url>/v<version>/<name>`, instead of the variable `RELEASE_STEP_DOWNLOAD_BASE_URL`",
        "",
    ),
];

/// `artifacts:` has a place for one name, which the other files follow.
const OUTPUT_FILE: &str = "`<output_name>.env` here: give `output_name`; any other file is refused";

const JOB: &str = "\
---
'$[[ inputs.job ]]':
  stage: '$[[ inputs.stage ]]'
  image: '$[[ inputs.image ]]'
  timeout: '$[[ inputs.timeout ]]'
  resource_group: '$[[ inputs.resource_group ]]'
  # Of `default:` only what chooses the runner: its image, scripts and repetitions are meant for other jobs.
  inherit:
    default: [tags]
  interruptible: false
  retry: 0
  variables:
    GIT_STRATEGY: none
    RELEASE_STEP_INPUT_DOWNLOAD_BASE_URL: '$[[ inputs.download_base_url ]]'
    RELEASE_STEP_OUTPUT_NAME: '$[[ inputs.output_name ]]'
";

const TAIL: &str = "  artifacts:
    when: always
    paths:
      - '$[[ inputs.output_name ]].json'
    reports:
      dotenv: '$[[ inputs.output_name ]].env'
";

/// The script without the indentation. Its first line is what GitLab shows of it in the log.
fn script() -> String {
    let table = fs::read_to_string(path("resources/release-step/SHA256SUMS")).unwrap();
    let install = fs::read_to_string(path("resources/release-step/install.sh")).unwrap();
    format!(
        r#"# release-step: from the image, the runner's cache or a download, and only if it is in the table of SHA-256 below
# Not in `variables:`, where those of a project would win: `artifacts:` has these files.
export INPUT_CI="${{RELEASE_STEP_INPUT_CI:-gitlab}}" INPUT_OUTPUT_FILE="$RELEASE_STEP_OUTPUT_NAME.env"
if [ "${{RELEASE_STEP_INPUT_OUTPUT_FILE:-$INPUT_OUTPUT_FILE}}" != "$INPUT_OUTPUT_FILE" ]; then
  echo "release-step: nothing was released: give \`output_name\` instead of \`output_file\`; the job's artifacts go by it" >&2
  exit 2
fi
# Those of an earlier run, on a runner that keeps its folders, are not the results of this one.
rm -f -- "$RELEASE_STEP_OUTPUT_NAME.env" "$RELEASE_STEP_OUTPUT_NAME.json"
release_step_folder=$(mktemp -d "${{TMPDIR:-/tmp}}/release-step.XXXXXX") || exit 2
cat >"$release_step_folder/SHA256SUMS" <<'end of SHA256SUMS' || exit 2
{table}end of SHA256SUMS
cat >"$release_step_folder/install.sh" <<'end of install.sh' || exit 2
{install}end of install.sh
release_step_status=0
release_step=$(sh "$release_step_folder/install.sh" "${{RELEASE_STEP_INPUT_DOWNLOAD_BASE_URL-}}") || release_step_status=$?
rm -rf -- "$release_step_folder"
[ "$release_step_status" = 0 ] || exit "$release_step_status"
# The runner's signals reach the binary.
exec "$release_step"
"#
    )
}

/// The variable of an input. What the script sets itself goes through it, as a variable of the project would win over the job's.
fn handed_as(name: &str) -> String {
    let by_script = ["ci", "output_file"].contains(&name);
    format!("{}{}", if by_script { "RELEASE_STEP_" } else { "" }, variable(name))
}

fn component() -> String {
    let mut text = String::from(HEAD);
    for (name, about, default) in OWN {
        let (about, default) = (quoted(about), quoted(default));
        let _ = writeln!(text, "    {name}:\n      description: {about}\n      default: {default}");
    }
    for offered in inputs() {
        let about = if offered.name == "output_file" { quoted(OUTPUT_FILE) } else { offered.about };
        let _ = writeln!(text, "    {}:\n      description: {about}", offered.name);
        if offered.name != "operation" {
            text.push_str("      default: ''\n");
        }
    }
    text.push_str(JOB);
    for Offered { name, .. } in inputs() {
        let _ = writeln!(text, "    {}: '$[[ inputs.{name} ]]'", handed_as(name));
    }
    text.push_str("  script:\n    - |\n");
    for line in script().lines() {
        let line = format!("      {line}");
        text.extend([line.trim_end(), "\n"]);
    }
    text.push_str(TAIL);
    text
}

#[test]
fn it_is_what_the_tables_say_and_carries_the_installation() {
    hold("templates/release-step.yml", "UPDATE_COMPONENT", &component());
}

#[test]
fn it_hands_every_row_of_every_table_through() {
    let handed = |_: &str, name: &str| format!("{}: '$[[ inputs.{name} ]]'", handed_as(name));
    hands_every_row_through("templates/release-step.yml", 1, handed);
}

#[test]
fn its_own_inputs_are_no_operations_inputs() {
    collide_with_none(&OWN.map(|(name, ..)| name));
}

/// GitLab would replace the one, a shell would end the text at the other, and YAML would lose white space at the end.
#[test]
fn the_installation_passes_unchanged() {
    let script = script();
    assert!(!script.contains("$[["), "GitLab replaces `$[[`");
    for end in ["end of SHA256SUMS", "end of install.sh"] {
        assert_eq!(script.lines().filter(|line| *line == end).count(), 1, "`{end}` must stand there once");
    }
    let changed = script.lines().find(|line| line.trim_end() != *line || line.contains('\r'));
    assert_eq!(changed, None, "white space at the end of a line");
}

/// A tag, an image or a mirror of another version would have other inputs, or none of these bytes.
#[test]
fn the_readme_names_this_version() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    for before in [
        "release-step/release-step@v",
        "release-step/release-step/v",
        "release-step/release-step:",
        "<mirror>/v",
    ] {
        let found: Vec<&str> = readme.split(before).skip(1).collect();
        assert!(!found.is_empty(), "`{before}` does not stand in the README");
        for after in found {
            let version: String =
                after.chars().take_while(|next| next.is_ascii_digit() || *next == '.').collect();
            assert_eq!(version.trim_end_matches('.'), env!("CARGO_PKG_VERSION"), "after `{before}`");
        }
    }
}
