//! `build_from_source`, and the action's own step around the script.

use insta::assert_snapshot;

use crate::machine::{Machine, RIGHT, TAMPERED};
use crate::server::Server;

#[test]
fn it_builds_the_source_that_it_came_with_and_nothing_else() {
    let machine =
        Machine::bare().program("cargo", "echo to stdout; for argument; do echo \"- $argument\" >&2; done\nmkdir -p \"$HOME/../temp/release-step-from-source/bin\"; : >\"$HOME/../temp/release-step-from-source/bin/release-step\"");
    let temp = machine.path("temp");
    let machine = machine.env("RUNNER_TEMP", temp).cached(TAMPERED).argument("").argument("true");
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/temp/release-step-from-source/bin/release-step
    stderr: to stdout
    stderr: - install
    stderr: - --quiet
    stderr: - --locked
    stderr: - --force
    stderr: - --no-track
    stderr: - --bin
    stderr: - release-step
    stderr: - --path
    stderr: - [dir]/action/../..
    stderr: - --root
    stderr: - [dir]/temp/release-step-from-source
    stderr: - --target-dir
    stderr: - [dir]/temp/release-step-from-source/target
    left: temp/release-step-from-source/bin/release-step
    left: tools/release-step/1.2.3/x64/release-step, tampered, 755
    ");
}

#[test]
fn a_build_that_fails_and_one_without_cargo_are_said() {
    let machine =
        Machine::bare().program("cargo", "echo 'error: no' >&2; exit 101").argument("").argument("TRUE");
    assert_snapshot!(machine.run(None), @"
    status 2
    stderr: error: no
    stderr: release-step: nothing was released: `cargo install` failed with status 101
    ");
    let machine = Machine::bare().argument("").argument("true");
    assert_snapshot!(machine.run(None), @"
    status 2
    stderr: release-step: nothing was released: `build_from_source` needs `cargo`, which is not on PATH
    ");
    let machine = Machine::bare().argument("").argument("yes");
    assert_snapshot!(machine.run(None), @"
    status 2
    stderr: release-step: nothing was released: `build_from_source` must be `true` or `false`
    ");
}

/// The action's step, as a runner writes it into a file and starts it.
fn step(machine: Machine) -> Machine {
    let action = include_str!("../../action.yml");
    let step = action.split_once("    - id: install\n").unwrap().1;
    let script = step.split_once("      run: |\n").unwrap().1;
    let script: String = script
        .lines()
        .take_while(|line| line.starts_with("        "))
        .map(|line| line[8..].to_owned() + "\n")
        .collect();
    let folder = "action/an \"action\"/resources/release-step";
    let files = ["install.sh", "SHA256SUMS"]
        .map(|name| (name, std::fs::read(machine.path(&format!("action/{name}"))).unwrap()));
    let machine = files
        .into_iter()
        .fold(machine, |machine, (name, content)| machine.file(&format!("{folder}/{name}"), content));
    let (path, output) = (machine.path("action/an \"action\""), machine.path("home/output"));
    let machine =
        machine.file("action/install.sh", script).tool("sh").shell(&["/bin/sh", "-e"].map(str::to_owned));
    machine
        .file("home/output", "before=1\n")
        .env("GITHUB_ACTION_PATH", path)
        .env("GITHUB_OUTPUT", output)
        .env("GITHUB_ACTIONS", "true")
}

#[test]
fn the_actions_step_hands_the_path_on() {
    let server = Server::of(RIGHT);
    let machine =
        step(Machine::new().tool_cache()).env("DOWNLOAD_BASE_URL", server.url()).env("BUILD_FROM_SOURCE", "");
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/output: before=1 binary=[dir]/tools/release-step/1.2.3/x64/release-step
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn the_actions_step_is_red_if_it_does_not_install() {
    let server = Server::of(TAMPERED);
    let machine =
        step(Machine::new()).env("DOWNLOAD_BASE_URL", server.url()).env("BUILD_FROM_SOURCE", "false");
    assert_snapshot!(machine.run(Some(&server)), @"
    status 2
    stderr: ::error title=release-step::nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl is not release-step 1.2.3: its SHA-256 is [tampered sum], and the table has [right sum]. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it
    left: home/output: before=1 binary= exit_status=2 released=no release_outcome=not_released error_message=nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl is not release-step 1.2.3: its SHA-256 is [tampered sum], and the table has [right sum]. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}
