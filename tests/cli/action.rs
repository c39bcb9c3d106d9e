//! `action.yml` as GitHub runs it: its script with no `INPUT_` variable but those of its own `env`, and its own `outputs`.
//!
//! Engines such as `act` hand the inputs to the script by themselves, so that they do not notice a mapping that is missing.

use std::os::unix::fs::symlink;
use std::path::Path;

use release_step::env::Env;
use sandbox::{Server, world};

use crate::ci_rules::Values;
use crate::exit_status::wait_for_request;
use crate::support::hostile::{Behaviour, Hostile};
use crate::support::release_calls;
use crate::support::step::{Run, Step};

const ACTION: &str = include_str!("../../action.yml");

/// What stands indented below a line, as names and values.
fn below(line: &str) -> Vec<(&'static str, &'static str)> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines = ACTION.lines().skip_while(|known| *known != line).skip(1);
    let lines = lines.take_while(|known| depth(known) > depth(line)).map(str::trim);
    lines.filter(|line| !line.starts_with('#')).map(|line| line.split_once(':').unwrap()).collect()
}

/// What an expression such as `${{ inputs.name }}` gives; what is not there gives nothing.
fn evaluate(text: &str, context: &str, values: &Values) -> String {
    if text == "''" {
        return String::new();
    }
    let expression = text.strip_prefix("${{ ").and_then(|text| text.strip_suffix(" }}")).unwrap();
    let name = expression.strip_prefix(context).unwrap();
    values.get(name).unwrap_or_default().to_owned()
}

/// The action's one step, as a job with these inputs under `with` starts it.
fn step(inputs: Vec<(&str, String)>) -> Step {
    let declared = below("inputs:");
    for (name, _) in &inputs {
        assert!(declared.contains(&(name, "")), "`{name}` is not declared");
    }
    let script = below("    - id: release").iter().find(|(key, _)| *key == "run").unwrap().1;
    assert!(!script.contains("${{"), "{script}");
    let inputs = Values(inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    let binary = Path::new(env!("CARGO_BIN_EXE_release-step")).parent().unwrap();
    let step = Step::github()
        .file("script.sh", script)
        .by_shell("exec bash --noprofile --norc -e -o pipefail script.sh");
    let step = on_path(step, binary);
    below("      env:")
        .into_iter()
        .fold(step, |step, (name, value)| step.env(name, evaluate(value.trim(), "inputs.", &inputs)))
}

fn on_path(step: Step, folder: &Path) -> Step {
    let path = Env::snapshot().get("PATH").unwrap().to_owned();
    step.env("PATH", format!("{}:{path}", folder.display()))
}

fn releasing(operation: &str, url: &str) -> Step {
    let mut inputs = world::inputs(operation);
    inputs.extend([("operation", operation.to_owned()), ("endpoint", url.to_owned())]);
    let credentials = world::credentials(world::cloud(operation)).into_iter();
    credentials.fold(step(inputs), |step, (name, value)| step.env(name, value))
}

/// The action's outputs by its own `outputs`, without the empty ones, and beside them what its step wrote.
fn outputs(run: &Run) -> [Vec<(String, String)>; 2] {
    let mut written = run.github_outputs();
    let mut name = "";
    let mut declared = Vec::new();
    for (key, value) in below("outputs:") {
        match key {
            "description" => (),
            "value" => {
                let value = evaluate(value.trim(), "steps.release.outputs.", &written);
                declared.push((name.to_owned(), value));
            }
            _ => name = key,
        }
    }
    declared.retain(|(_, value)| !value.is_empty());
    declared.sort();
    written.0.sort();
    [declared, written.0]
}

#[test]
fn every_input_reaches_its_variable_and_nothing_else_does() {
    let names = below("inputs:").into_iter().filter(|(key, _)| !["description", "required"].contains(key));
    let names: Vec<_> = names.map(|(name, _)| name).collect();
    let step = step(names.iter().map(|name| (*name, format!("the value of {name}"))).collect());
    let folder = step.path("bin");
    std::fs::create_dir(&folder).unwrap();
    // In the binary's place stands a program that prints its environment.
    symlink("/usr/bin/env", folder.join("release-step")).unwrap();
    let run = on_path(step, &folder).run().exits_with(0);
    let mut seen: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("INPUT_")).collect();
    let mut wanted: Vec<_> =
        names.iter().map(|name| format!("INPUT_{}=the value of {name}", name.to_uppercase())).collect();
    wanted.push("INPUT_OUTPUT_PREFIX=".to_owned());
    seen.sort_unstable();
    wanted.sort();
    assert_eq!(seen, wanted);
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
