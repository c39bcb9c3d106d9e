//! Every exit status that can occur: when it does, what the outputs say then, and what a person reads.

mod credentials;
mod inputs;
mod outputs;
mod rejected;
#[cfg(unix)]
mod unix;
mod unknown;
mod unreachable;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use release_step::process::env::Env;
use release_step::text::redact::Redactor;
use serde_json::json;

use crate::support::hostile::{Behaviour, Hostile, http};
use crate::support::placeholders;
use crate::support::step::{Run, Step};

/// What a program and what a person learn of a run outside of every CI.
#[track_caller]
fn told(case: &str, run: &Run) -> String {
    let result = run.result();
    let code = run.code.unwrap();
    assert_eq!(result["exit_status"], code, "{}", run.transcript());
    assert!(result["error"]["hint"].is_string(), "it says what to do\n{}", run.transcript());
    let word = |name: &str| result[name].as_str().unwrap_or("none").to_owned();
    let (released, outcome) = (word("released"), word("release_outcome"));
    let stderr = placeholders::replaced(&run.stderr, "no directory".as_ref());
    // The system's own number of an error is another one on each.
    let stderr: Vec<_> = stderr.split("(os error ").enumerate().map(without_number).collect();
    let stderr = stderr.concat();
    let error_code = word("error_code");
    format!("{case}\n= {code}, released: {released}, {outcome}, error_code: {error_code}\n{stderr}\n")
}

fn without_number((position, part): (usize, &str)) -> String {
    match part.split_once(')') {
        Some((_, rest)) if position > 0 => format!("(os error N){rest}"),
        _ => part.to_owned(),
    }
}

#[track_caller]
fn told_all(cases: impl IntoIterator<Item = (&'static str, Run)>) -> String {
    cases.into_iter().map(|(case, run)| told(case, &run)).collect()
}

/// The run whose one call is treated like this.
#[track_caller]
fn treated(operation: &str, behaviour: Behaviour, more: impl FnOnce(Step) -> Step) -> Run {
    let server = Hostile::start([behaviour]);
    let run = more(Step::plain().releasing(operation, &server.url())).run();
    assert_eq!(server.shown(), 1, "it is made once\n{}", run.transcript());
    run
}

/// The run whose one call gets this answer.
#[track_caller]
fn answered(operation: &str, status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Run {
    treated(operation, Behaviour::Answer(http(status, headers, body)), |step| step)
}

/// Between two bytes of an answer: long enough for a signal to come first, short enough for the three seconds after it.
const PAUSE: Duration = Duration::from_millis(8);

/// An answer that comes only after a while, but well within three seconds.
fn slow_answer() -> Behaviour {
    let body = json!({ "package_name": "nightly", "release_package_id": "2303" }).to_string();
    Behaviour::Drip(http(200, &[("X-Request-Id", "an-id")], body), PAUSE)
}

/// Waits until a server has read a whole request.
#[track_caller]
pub(crate) fn wait_for_request(server: &Hostile) {
    let begin = Instant::now();
    while server.requests().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20), "no request comes");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The hook belongs to the whole process, so this test runs itself again and panics there.
#[test]
fn one_is_for_a_bug() {
    const THERE: &str = "RELEASE_STEP_TEST_OF_A_BUG";
    let test = "exit_status::one_is_for_a_bug";
    if Env::snapshot().get(THERE).is_some() {
        let redactor = Redactor::default();
        release_step::process::panic::install(&redactor);
        redactor.add("hush/hush");
        panic!("a key hush/hush and\n::error::hush%2Fhush");
    }
    let program = std::env::current_exe().unwrap();
    let run = Command::new(program).args([test, "--exact", "--nocapture"]).env(THERE, "1").output().unwrap();
    let stderr = String::from_utf8(run.stderr).unwrap();
    let line = stderr.lines().find_map(|line| line.split_once(".rs:")?.1.split_whitespace().next());
    assert_eq!(run.status.code(), Some(1), "{stderr}");
    insta::assert_snapshot!(stderr.replace(&format!("{}:{}", file!(), line.unwrap()), "FILE:LINE"), @r"
    error: a key *** and\n::error::***, in FILE:LINE
    hint: this is a bug in release-step 0.1.0; look in the vendor's console whether the release is there before you run this again, and please report the message above
    ");
}
