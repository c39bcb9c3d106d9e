//! `action.yml` as GitHub runs it: its script with no `INPUT_` variable but those of its own `env`, and its own `outputs`.
//!
//! Engines such as `act` hand the inputs to the script by themselves, so that they do not notice a mapping that is missing.
//! What its steps of installation do is in `tests/install`.

use release_step::catalog::OPERATIONS;
use release_step::input::{ALIASES, Input, Support, common, variable};
use sandbox::{Server, world};

use crate::ci_rules::Values;
use crate::exit_status::wait_for_request;
use crate::support::hostile::{Behaviour, Hostile};
use crate::support::release_calls;
use crate::support::step::{Run, Step};

const ACTION: &str = include_str!("../../action.yml");

const BINARY: &str = env!("CARGO_BIN_EXE_release-step");

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What stands indented below the first such line after `from`, as names and values.
fn below(from: &str, line: &str) -> Vec<(&'static str, &'static str)> {
    let lines = ACTION.lines().skip_while(|known| *known != from).skip_while(|known| *known != line).skip(1);
    let lines = lines.take_while(|known| depth(known) > depth(line)).map(str::trim);
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(':').unwrap()).map(|(name, value)| (name, value.trim())).collect()
}

/// What stands in a step under this name.
fn of_step(id: &str, name: &str) -> &'static str {
    let first = format!("    - id: {id}");
    let lines = ACTION.lines().skip_while(|line| *line != first).skip(1);
    let mut lines = lines.take_while(|line| !line.starts_with("    - "));
    let start = format!("      {name}: ");
    lines.find_map(|line| line.strip_prefix(&start)).unwrap()
}

fn environment_of(id: &str) -> Vec<(&'static str, &'static str)> {
    below(&format!("    - id: {id}"), "      env:")
}

/// What an expression such as `${{ inputs.name }}` gives, with these contexts and no others; what is not there gives nothing, and
/// `||` the next.
fn evaluate(text: &str, contexts: &[(&str, &Values)]) -> String {
    if text == "'true'" {
        return "true".to_owned();
    }
    let expression = text.strip_prefix("${{ ").and_then(|text| text.strip_suffix(" }}")).unwrap();
    let mut values = expression.split(" || ").map(|operand| {
        let (context, name) = operand.rsplit_once('.').unwrap();
        let known = contexts.iter().find(|(known, _)| *known == context);
        let (_, values) = known.unwrap_or_else(|| panic!("no `{context}` there: {text}"));
        values.get(name).unwrap_or_default()
    });
    values.find(|value| !value.is_empty()).unwrap_or_default().to_owned()
}

/// The steps that run where `runner.os` is this. Strings are equal whatever the case: some engines write it in small letters.
fn steps_on(os: &str) -> Vec<&'static str> {
    let ids = ACTION.lines().filter_map(|line| line.strip_prefix("    - id: "));
    let runs = |id: &&str| {
        let (subject, wanted) = of_step(id, "if").split_once(' ').unwrap();
        assert_eq!(subject, "runner.os");
        match wanted {
            "== 'Windows'" => os.eq_ignore_ascii_case("windows"),
            "!= 'Windows'" => !os.eq_ignore_ascii_case("windows"),
            other => panic!("{other}"),
        }
    };
    ids.filter(runs).collect()
}

fn values(pairs: &[(&str, &str)]) -> Values {
    Values(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

/// The action's step that releases, as a job with these inputs under `with` starts it on Linux, after the installation of `binary`.
fn step(inputs: Vec<(&str, String)>, binary: &str) -> Step {
    let declared = below("inputs:", "inputs:");
    for (name, _) in &inputs {
        assert!(declared.contains(&(name, "")), "`{name}` is not declared");
    }
    let (shell, script) = (of_step("release", "shell"), of_step("release", "run"));
    assert!(!script.contains("${{"), "{script}");
    let inputs = Values(inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    let installed = values(&[("binary", binary)]);
    let contexts = [("inputs", &inputs), ("steps.install.outputs", &installed)];
    let step = Step::github().file("script.sh", script).by_shell(&format!("exec {shell} -e script.sh"));
    let environment = environment_of("release").into_iter();
    environment.fold(step, |step, (name, value)| step.env(name, evaluate(value, &contexts)))
}

fn releasing(operation: &str, url: &str) -> Step {
    releasing_with(operation, url, &[])
}

/// With more inputs under `with`.
fn releasing_with(operation: &str, url: &str, more: &[(&'static str, &str)]) -> Step {
    let mut inputs = world::inputs(operation);
    inputs.extend([("operation", operation.to_owned()), ("endpoint", url.to_owned())]);
    inputs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let credentials = world::credentials(world::cloud(operation)).into_iter();
    credentials.fold(step(inputs, BINARY), |step, (name, value)| step.env(name, value))
}

/// The action's outputs by its own `outputs`, without the empty ones, and beside them what its step wrote.
fn outputs(run: &Run) -> [Vec<(String, String)>; 2] {
    let written = run.github_outputs();
    let none = values(&[]);
    let mut name = "";
    let mut declared = Vec::new();
    for (key, value) in below("outputs:", "outputs:") {
        match key {
            "description" => (),
            "value" => {
                let contexts = [
                    ("steps.release.outputs", &written),
                    ("steps.release_on_windows.outputs", &none),
                    ("steps.install.outputs", &none),
                    ("steps.install_on_windows.outputs", &none),
                ];
                declared.push((name.to_owned(), evaluate(value, &contexts)));
            }
            _ => name = key,
        }
    }
    declared.retain(|(_, value)| !value.is_empty());
    declared.sort();
    // What was written before the call is written again at the end, and the last value counts.
    let last = |name: &str| (name.to_owned(), written.get(name).unwrap_or_default().to_owned());
    let mut written: Vec<_> = written.names().into_iter().map(last).collect();
    written.sort();
    [declared, written]
}

#[test]
fn each_system_has_its_own_two_steps_and_both_releases_get_the_same() {
    for os in ["Linux", "linux", "macOS"] {
        assert_eq!(steps_on(os), ["install", "release"], "{os}");
    }
    for os in ["Windows", "windows"] {
        assert_eq!(steps_on(os), ["install_on_windows", "release_on_windows"], "{os}");
    }
    let [unix, windows] = ["release", "release_on_windows"].map(environment_of);
    assert_eq!(unix[0], ("RELEASE_STEP_BINARY", "${{ steps.install.outputs.binary }}"));
    assert_eq!(windows[0], ("RELEASE_STEP_BINARY", "${{ steps.install_on_windows.outputs.binary }}"));
    assert_eq!(unix[1..], windows[1..]);
    assert_eq!(environment_of("install"), environment_of("install_on_windows"));
    // On Windows the outputs are the other step's.
    let [none, written] = [values(&[]), values(&[("Status", "Available")])];
    let contexts = [("steps.release.outputs", &none), ("steps.release_on_windows.outputs", &written)];
    let status = below("  Status:", "  Status:").into_iter().find(|(key, _)| *key == "value").unwrap().1;
    assert_eq!(evaluate(status, &contexts), "Available");
}

#[test]
fn every_input_reaches_its_variable_and_nothing_else_does() {
    let names = below("inputs:", "inputs:").into_iter().filter(|(_, value)| value.is_empty());
    let names: Vec<_> = names.map(|(name, _)| name).collect();
    // In the binary's place stands a program that prints its environment.
    let given = names.iter().map(|name| (*name, format!("the value of {name}"))).collect();
    let run = step(given, "/usr/bin/env").run().exits_with(0);
    let mut seen: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("INPUT_")).collect();
    let installs = environment_of("install");
    let mut wanted = Vec::new();
    for name in names {
        let of_installation = (&*name.to_uppercase(), &*format!("${{{{ inputs.{name} }}}}"));
        if !installs.contains(&of_installation) {
            wanted.push(format!("{}=the value of {name}", variable(name)));
        }
    }
    assert_eq!(wanted.len(), below("inputs:", "inputs:").len() / 3 - installs.len());
    seen.sort_unstable();
    wanted.sort();
    assert_eq!(seen, wanted);
}

/// GitHub drops an input that is not declared, with a note, and what is left is a real release.
#[test]
fn a_dry_run_and_an_input_that_does_not_work_yet_are_never_dropped() {
    let server = Server::start();
    let planned = |inputs: &'static [Input]| inputs.iter().filter(|input| input.stage == Support::Planned);
    for entry in OPERATIONS {
        let names = planned(common::INPUTS).chain(planned(entry.inputs)).map(|input| input.name);
        let planned = names.map(|name| (name, 2));
        let dry_runs = ALIASES.iter().map(|(alias, _)| (*alias, 0)).chain([("dry_run", 0)]);
        for (name, status) in planned.chain(dry_runs) {
            let run = releasing_with(entry.name, server.url(), &[(name, "true")]).run().exits_with(status);
            let [declared, _] = outputs(&run);
            assert!(declared.contains(&("released".to_owned(), "no".to_owned())), "{name}: {declared:?}");
        }
    }
    assert!(server.requests().is_empty());
}

/// The prefix is meant for files: the names of the action's outputs are fixed.
#[test]
fn a_prefix_takes_no_output_away() {
    let server = Server::start();
    let files = [("output_prefix", "nightly_"), ("output_file", "of-the-night.env")];
    let run = releasing_with("deploy_packages", server.url(), &files).run().exits_with(0);
    let [declared, written] = outputs(&run);
    assert_eq!(declared, written);
    assert!(declared.iter().any(|(name, _)| name == "asy_task_id"), "{declared:?}");
    let file = run.file("of-the-night.env");
    assert!(
        file.lines().all(|line| line.starts_with("nightly_")) && file.contains("nightly_asy_task_id="),
        "{file}"
    );

    let run = releasing_with("deploy_packages", server.url(), &[("output_prefix", "not-a-name")]);
    let [declared, written] = outputs(&run.run().exits_with(2));
    assert_eq!(declared, written);
}

#[test]
fn every_output_of_every_operation_is_declared() {
    for operation in world::OPERATIONS {
        let server = Server::start();
        let run = releasing(operation, server.url()).run().exits_with(0);
        let [declared, written] = outputs(&run);
        assert_eq!(declared, written, "{operation}");
        let request_id = release_calls(&server)[0].request_id.clone();
        assert!(declared.contains(&("request_id".to_owned(), request_id)), "{declared:?}");
        assert!(!server.effects().is_empty(), "{operation}");
    }
}

#[test]
fn a_refused_call_has_outputs_too() {
    let server = Server::start();
    let run =
        releasing("release_artifact", server.url()).env("INPUT_ARTIFACT_ID", "no-such").run().exits_with(4);
    let [declared, written] = outputs(&run);
    assert_eq!(declared, written);
    assert!(
        declared.contains(&("error_code".to_owned(), "EntityNotExist.Artifact".to_owned())),
        "{declared:?}"
    );
}

/// The runner sends its signal to the process that it started, and to no other.
#[test]
fn the_runners_signals_reach_the_binary() {
    let server = Hostile::start([Behaviour::Hang]);
    let mut running = releasing("release_artifact", &server.url()).start();
    wait_for_request(&server);
    running.signal("INT");
    running.wait_for("SIGINT");
    running.signal("INT");
    let [declared, written] = outputs(&running.finish().exits_with(130));
    assert_eq!(declared, written);
    assert!(declared.contains(&("release_outcome".to_owned(), "cancelled".to_owned())), "{declared:?}");
}
