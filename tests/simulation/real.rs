//! Runs of the real binary over real sockets.

use std::collections::BTreeMap;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use release_step::input;
use sandbox::{Server, world};
use serde_json::Value;

use crate::history::{Life, Run};
use crate::run::{arranged, settings};
use crate::schedule::{Inputs, Schedule};
use crate::truth;

/// Everything that is late has landed by then.
const LATEST: Duration = Duration::from_millis(1_800);

pub(crate) fn by_the_binary(schedule: &Schedule) -> Life {
    let server = Server::launch(arranged(&schedule.script), 0, |_| ()).unwrap();
    let runs = vec![run(schedule, &schedule.inputs, &server)];
    std::thread::sleep(LATEST);
    life(runs, &server)
}

/// One run, until it ends or its signal comes.
fn run(schedule: &Schedule, inputs: &Inputs, server: &Server) -> Run {
    let (began, began_at) = (Instant::now(), Timestamp::now());
    let mut step = step(schedule, inputs, server);
    let child = step.spawn().unwrap();
    // Windows has no `kill` that reaches it.
    let signal = schedule.signal.filter(|_| cfg!(unix)).map(|signal| began + signal);
    if let Some(signal) = signal {
        std::thread::sleep(signal.saturating_duration_since(Instant::now()));
        let _ =
            Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    }
    let run = ended(schedule, inputs, began_at, child, server);
    let end = Instant::now();
    let after_signal = signal.filter(|_| run.exit_status == Some(143)).map(|signal| end - signal);
    Run { after_signal, ..run }
}

fn step(schedule: &Schedule, inputs: &Inputs, server: &Server) -> Command {
    let mut step = sandbox::alone(env!("CARGO_BIN_EXE_release-step"));
    step.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    step.envs(world::credentials(world::cloud(schedule.operation)));
    let inputs = world::inputs(schedule.operation).into_iter().chain(inputs.iter().cloned());
    let place = [("operation", schedule.operation.to_owned()), ("endpoint", server.url().to_owned())];
    step.envs(inputs.chain(place).map(|(name, value)| (input::variable(name), value)));
    step
}

/// The end of a run, and what it said.
fn ended(schedule: &Schedule, inputs: &Inputs, began: Timestamp, child: Child, server: &Server) -> Run {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let ended = Timestamp::now();
    let outputs = outputs(&stdout);
    let mut run = Run {
        began,
        ended,
        settings: settings(schedule.operation, inputs),
        exit_status: status.code().map(|code| u8::try_from(code).unwrap()),
        outputs,
        files: Vec::new(),
        waited: None,
        message: String::from_utf8_lossy(&stderr).into_owned(),
        after_signal: None,
        is_second_attempt: false,
        is_done: false,
        is_there: false,
    };
    server.with(|sandbox| {
        sandbox.settle(ended);
        (run.began, run.ended) = (began + sandbox.clock, ended + sandbox.clock);
        run.is_done = truth::is_done(schedule.operation, &run, sandbox);
        run.is_there = truth::is_there(schedule.operation, &run, sandbox);
    });
    run
}

fn life(runs: Vec<Run>, server: &Server) -> Life {
    server.with(|sandbox| {
        sandbox.settle(Timestamp::now());
        let (requests, effects) = (sandbox.requests().to_vec(), sandbox.effects().to_vec());
        Life { runs, requests, effects, is_virtual: false }
    })
}

/// The outputs of `result`, which is the last line of stdout.
fn outputs(stdout: &[u8]) -> BTreeMap<String, String> {
    let stdout = String::from_utf8_lossy(stdout);
    let result: Value = serde_json::from_str(stdout.lines().last().unwrap_or_default()).unwrap();
    texts(&result)
}

fn texts(result: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    result.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
