//! A process that is killed, at any moment: every file says the truth, and the next run reads it.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use sandbox::{Sandbox, Server};

use crate::ci_rules::{Values, gitlab, jenkins};
use crate::support::step::{Run, Step};

const OPERATION: &str = "release_artifact";
const SECOND_ATTEMPT: &str = "debug: this is a second attempt";

fn server(fault: &str) -> Server {
    let mut sandbox = Sandbox::new();
    sandbox.faults.extend(Some(fault).filter(|fault| !fault.is_empty()).map(|fault| fault.parse().unwrap()));
    Server::launch(sandbox, 0, |_| ()).unwrap()
}

/// Starts it, kills it `after` its log says so, and reads what is left.
fn killed(step: Step, after: &str) -> Run {
    let mut running = step.input("log_level", "debug").start();
    running.wait_for(after);
    thread::sleep(Duration::from_millis(300));
    running.signal("KILL");
    let run = running.finish();
    assert_eq!(run.signal, Some(9), "{}", run.transcript());
    run
}

fn as_texts(json: &serde_json::Value) -> Values {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Values(json.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// The outputs of each file that a run has left, by the rules of its reader.
fn files(run: &Run) -> BTreeMap<&str, Values> {
    let read = |(name, content): (&'_ String, &Vec<u8>)| match name.rsplit_once('.') {
        None if name == "github_output" => run.github_outputs(),
        Some((_, "env")) => gitlab::dotenv(content).unwrap(),
        Some((_, "json")) => as_texts(&jenkins::read_json(content).unwrap()),
        Some((_, "properties")) => jenkins::properties(content).unwrap(),
        _ => Values(Vec::new()),
    };
    run.files.iter().map(|(name, content)| (name.as_str(), read((name, content)))).collect()
}

/// A step on each CI, which together write every format, with the names of its files.
fn steps() -> [(Step, &'static [&'static str]); 4] {
    [
        (Step::github().input("output_file", "a.env"), &["github_output", "a.env"]),
        (Step::gitlab(), &["release-step.env", "release-step.json"]),
        (Step::jenkins().input("output_file", "a.properties"), &["release-step.json", "a.properties"]),
        (Step::plain().input("output_file", "a.json"), &["a.json"]),
    ]
}

/// Kills a run on each CI, and asserts what every file says of the release.
fn assert_left(fault: &str, inputs: &[(&str, &str)], after: &str, expected: &[(&str, Option<&str>)]) {
    for (step, names) in steps() {
        let server = server(fault);
        let step = step.releasing(OPERATION, server.url()).input("client_token", "a-token");
        let step = inputs.iter().fold(step, |step, (name, value)| step.input(name, value));
        let run = killed(step, after);
        let files = files(&run);
        for name in names {
            if *name == "github_output" && expected.contains(&("released", Some("no"))) {
                assert_eq!(run.file(name), "", "it gets nothing before the call");
                continue;
            }
            for (output, value) in expected {
                assert_eq!(files[name].get(output), *value, "`{output}` in `{name}`\n{}", run.transcript());
            }
        }
        let left = run.files.keys().filter(|name| name.starts_with(".release-step"));
        assert_eq!(left.count(), 0, "{}", run.transcript());
    }
}

#[test]
fn before_the_call_every_file_says_no() {
    let expected =
        [("released", Some("no")), ("release_outcome", Some("not_released")), ("client_token", None)];
    assert_left("status 1: hang before", &[], "debug: POST ", &expected);
}

#[test]
fn between_the_call_and_its_answer_every_file_says_unknown_with_the_ids() {
    let expected = [
        ("released", Some("unknown")),
        ("release_outcome", Some("unknown")),
        ("client_token", Some("a-token")),
        ("previous_version", Some("23")),
        ("exit_status", None),
    ];
    assert_left("release 1: hang late 12s", &[], " calling ", &expected);
}

#[test]
fn once_it_is_accepted_every_file_says_yes_with_the_ids() {
    let expected = [
        ("released", Some("yes")),
        ("release_outcome", Some("submitted")),
        ("ArtifactId", Some(sandbox::world::ARTIFACT_ID)),
        ("client_token", Some("a-token")),
        ("exit_status", None),
    ];
    assert_left("status 3-: hang before", &[("wait", "true")], "accepted: ", &expected);
}

/// The file `name` as a run left it that was killed during its call to this server.
fn left_by_a_killed_run(server: &Server, name: &str) -> Vec<u8> {
    let step = Step::plain().releasing(OPERATION, server.url()).input("output_file", name);
    killed(step, " calling ").files[name].clone()
}

fn next(server: &Server, name: &str, content: &[u8]) -> Step {
    let step = Step::plain().releasing(OPERATION, server.url()).input("log_level", "debug");
    step.file(name, content).input("output_file", name)
}

#[test]
fn the_next_run_is_recognised_by_the_file_of_a_killed_one_if_it_asks_for_the_same() {
    for name in ["a.json", "a.env", "a.properties"] {
        let server = server("release 1: hang late 12s");
        let content = left_by_a_killed_run(&server, name);
        let run = |step: Step| step.run().stderr;
        assert!(run(next(&server, name, &content)).contains(SECOND_ATTEMPT), "{name}");
        let others = [
            next(&server, name, &content).input("artifact_id", "another"),
            next(&server, name, b""),
            next(&server, name, b"\xff{"),
            next(&server, name, &String::from_utf8_lossy(&content).replace("unknown", "no").into_bytes()),
        ];
        for (position, other) in others.into_iter().enumerate() {
            assert!(!run(other).contains(SECOND_ATTEMPT), "{name} {position}");
        }
    }
}

#[test]
fn a_run_in_between_that_released_nothing_does_not_hide_the_killed_one() {
    let server = server("release 1: hang late 12s");
    let name = "a.json";
    let killed = left_by_a_killed_run(&server, name);
    let without_credentials = next(&server, name, &killed).unset("ALIBABA_CLOUD_ACCESS_KEY_ID").run();
    let between = without_credentials.exits_with(3);
    assert_eq!(between.json(name)["released"], "no");
    let wrong_inputs = next(&server, name, &between.files[name]).input("wait", "perhaps").run().exits_with(2);
    assert_eq!(wrong_inputs.json(name)["released"], "no");
    let run = next(&server, name, &wrong_inputs.files[name]).run();
    assert!(run.stderr.contains(SECOND_ATTEMPT), "{}", run.transcript());
    assert_eq!(run.json(name).get("earlier_run"), None, "its own release is what counts now");

    let another = next(&server, name, &wrong_inputs.files[name]).input("artifact_id", "another").run();
    assert!(!another.stderr.contains(SECOND_ATTEMPT), "{}", another.transcript());
    assert_eq!(another.json(name).get("earlier_run"), None);
}

#[test]
fn a_rerun_on_github_is_recognised_by_its_number() {
    let server = server("");
    let is_second = |step: Step, attempt: &str| {
        let step = step.releasing(OPERATION, server.url()).input("log_level", "debug");
        step.env("GITHUB_RUN_ATTEMPT", attempt).run().stderr.contains(SECOND_ATTEMPT)
    };
    assert!(is_second(Step::github(), "2"));
    assert!(!is_second(Step::github(), "1"));
    assert!(!is_second(Step::github(), "second"));
    assert!(!is_second(Step::gitlab(), "2"));
}
