//! Waiting, looking up, adopting and resuming: the real binary against a sandbox that follows a script.

mod adopt;
mod ends;
mod job;
mod lost_answer;
#[cfg(unix)]
mod outputs;
mod resume;

use sandbox::{By, Sandbox, Server};

use crate::support::step::{Run, Step};

fn sandbox(script: &[&str]) -> Server {
    let mut sandbox = Sandbox::new();
    for line in script {
        sandbox.arrange(line).unwrap();
    }
    Server::launch(sandbox, 0, |_| ()).unwrap()
}

/// Patient enough for these scripts, and no more.
fn waiting(step: Step, operation: &str, server: &Server) -> Step {
    step.releasing(operation, server.url())
        .input("wait", "true")
        .input("poll_interval", "100ms")
        .input("settle_time", "1s")
        .input("retry_timeout", "8s")
}

/// What a program and a person learn, and how many releases there were.
#[track_caller]
fn story(case: &str, run: &Run, server: &Server) -> String {
    let outputs = run.result();
    let word = |name: &str| outputs[name].as_str().unwrap_or("none").to_owned();
    let server_ticks = server.with(|sandbox| !matches!(sandbox.time, sandbox::Clock::System));
    let calls = server.effects().iter().filter(|effect| effect.by == By::Call).count();
    // How often it was tried is chance, and here and there what was seen on the way.
    let states = [": the revision is not live", ": waiting for approval", ": releasing", ": `2301` is"];
    let is_chance = |line: &&str| {
        ["; trying again in ", "; sending it again in ", "; asking again until "]
            .iter()
            .any(|chance| line.contains(chance))
            || line.starts_with("info: ") && states.iter().any(|state| line.contains(state))
    };
    let log = run.log();
    let seen = |line| match str::split_once(line, "shows the release: ") {
        Some((start, _)) if !server_ticks => start.to_owned() + "shows the release",
        _ => line.to_owned(),
    };
    let log: Vec<String> = log.lines().filter(|line| server_ticks || !is_chance(line)).map(seen).collect();
    let log = log.join("\n") + "\n";
    format!(
        "{case}\n= {}, released: {}, {}, {calls} by this run\n{log}\n",
        outputs["exit_status"],
        word("released"),
        word("release_outcome"),
    )
}
