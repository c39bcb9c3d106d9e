//! A run of the real binary over real sockets.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use release_step::input;
use sandbox::{Sandbox, Server, world};
use serde_json::Value;

use crate::law::Life;
use crate::life::is_live;
use crate::schedule::Schedule;

pub(crate) fn by_the_binary(schedule: &Schedule) -> Life {
    let mut sandbox = Sandbox::new();
    for line in &schedule.script {
        sandbox.arrange(line).unwrap();
    }
    let server = Server::launch(sandbox, 0, |_| ()).unwrap();
    let mut step = sandbox::alone(env!("CARGO_BIN_EXE_release-step"));
    step.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    step.envs(world::credentials(world::cloud(schedule.operation)));
    let inputs = world::inputs(schedule.operation).into_iter().chain(schedule.inputs.iter().cloned());
    let place = [("operation", schedule.operation.to_owned()), ("endpoint", server.url().to_owned())];
    step.envs(inputs.chain(place).map(|(name, value)| (input::variable(name), value)));

    let began = Instant::now();
    let child = step.spawn().unwrap();
    // Windows has no `kill` that reaches it.
    let signal = schedule.signal.filter(|_| cfg!(unix)).map(|signal| began + signal);
    if let Some(signal) = signal {
        std::thread::sleep(signal.saturating_duration_since(Instant::now()));
        let _ =
            Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    }
    let ended = child.wait_with_output().unwrap();
    let end = Instant::now();
    let exit_status = u8::try_from(ended.status.code().expect("it is not killed")).unwrap();
    let outputs = outputs(&ended.stdout);
    // Everything that is late has landed by then.
    std::thread::sleep(std::time::Duration::from_millis(1_800));
    server.with(|sandbox| {
        let now = jiff::Timestamp::now();
        sandbox.settle(now);
        Life {
            exit_status,
            outputs,
            kept: None,
            message: String::from_utf8_lossy(&ended.stderr).into_owned(),
            after_signal: signal.filter(|_| exit_status == 143).map(|signal| end - signal),
            requests: sandbox.requests().to_vec(),
            effects: sandbox.effects().to_vec(),
            is_virtual: false,
            was_live: false,
            is_live: is_live(sandbox, now),
        }
    })
}

/// The outputs of `result`, which is the last line of stdout.
fn outputs(stdout: &[u8]) -> BTreeMap<String, String> {
    let stdout = String::from_utf8_lossy(stdout);
    let result: Value = serde_json::from_str(stdout.lines().last().unwrap_or_default()).unwrap();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    result.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
