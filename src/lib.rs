//! release-step makes **one** release or deploy call on Alibaba Cloud or Huawei Cloud from a CI job, and hands the
//! results to the next step in the CI's own format.
//!
//! The code is one straight line:
//!
//! ```text
//! environment → Env → Plan (inputs, operation, endpoint, network) → places for outputs → credentials
//!             → Course (what is there → release call, repeated or looked up → wait) → Outputs → Ci → exit status
//! ```
//!
//! [`run::run`] shows it in this order. An operation is one file in its cloud's folder and one line in [`catalog`];
//! a CI is one file and one line in [`ci`].

pub mod alibaba;
mod before;
pub mod canonical;
pub mod catalog;
pub mod ci;
pub mod ci_run;
pub mod classify;
pub mod clock;
pub mod cloud;
pub mod common;
pub mod connected;
pub mod course;
pub mod credentials;
pub mod endpoint;
pub mod env;
pub mod error;
pub mod escaped;
pub mod help;
pub mod http;
pub mod huawei;
pub mod input;
pub mod log;
mod lookup;
pub mod network;
pub mod operation;
pub mod output;
pub mod pace;
pub mod panic;
pub mod patience;
pub mod plan;
pub mod random;
mod release;
pub mod report;
pub mod run;
pub mod secret;
pub mod session;
pub mod signal;
pub mod text;
pub mod tls;
pub mod transport;
pub mod trust;
mod wait;

use std::io::Write;
use std::process::ExitCode;

use env::Env;
use error::exit;
use secret::Redactor;

/// What the binary does: answers its arguments, or makes the release.
#[must_use]
pub fn main() -> ExitCode {
    let redactor = Redactor::default();
    panic::install(&redactor);
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    if !arguments.is_empty() {
        return answer(&arguments);
    }
    let env = Env::snapshot();
    let warnings = log::start(&env, &redactor);
    ExitCode::from(run::run(&env, &redactor, warnings))
}

fn answer(arguments: &[String]) -> ExitCode {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["--version" | "-V"] => format!("release-step {}\n", env!("CARGO_PKG_VERSION")),
        [] | ["--help" | "-h"] => help::overview(),
        ["--help" | "-h", name] => match catalog::find(name) {
            Some(entry) => help::of_operation(entry),
            None => return refuse(&format!("there is no operation `{}`", text::line(name))),
        },
        ["--help" | "-h", _, extra, ..] | ["--version" | "-V", extra, ..] | [extra, ..] => {
            return refuse(&format!("unexpected argument `{}`", text::line(extra)));
        }
    };
    match std::io::stdout().write_all(answer.as_bytes()) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(_) => ExitCode::from(exit::OUTPUTS),
    }
}

fn refuse(problem: &str) -> ExitCode {
    let hint = "release-step takes environment variables; see `release-step --help`";
    let _ = writeln!(std::io::stderr(), "error: {problem}\nhint: {hint}");
    ExitCode::from(exit::INPUTS)
}
