//! Arguments, and the answer to `--help`.

pub mod help;

use std::io::Write;
use std::process::ExitCode;

use crate::error::exit;
use crate::output::stream::STDERR;
use crate::process::env::Env;
use crate::process::{core_dump, log, panic};
use crate::text::redact::Redactor;
use crate::text::sanitize;
use crate::{catalog, run};

/// What the binary does: answers its arguments, or makes the release.
#[must_use]
pub fn main() -> ExitCode {
    core_dump::forbid();
    let redactor = Redactor::default();
    panic::install(&redactor);
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let env = Env::snapshot();
    if !arguments.is_empty() {
        run::register_secrets(&env, &redactor);
        return answer(&arguments, &redactor);
    }
    let warnings = log::start(&env, &redactor);
    let status = run::run(&env, &redactor, warnings);
    STDERR.finish();
    ExitCode::from(status)
}

fn answer(arguments: &[String], redactor: &Redactor) -> ExitCode {
    let shown = |argument: &str| sanitize::line(&redactor.redact(argument));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments[..] {
        ["--version" | "-V"] => format!("release-step {}\n", env!("CARGO_PKG_VERSION")),
        [] | ["--help" | "-h"] => help::overview(),
        ["--help" | "-h", name] => match catalog::find(name) {
            Some(entry) => help::of_operation(entry),
            None => return refuse(&format!("there is no operation `{}`", shown(name))),
        },
        ["--help" | "-h", _, extra, ..] | ["--version" | "-V", extra, ..] | [extra, ..] => {
            // What is given after `=` may be a secret that stands nowhere else.
            let name = extra.split_once('=').map_or(extra, |(name, _)| name);
            return refuse(&format!("unexpected argument `{}`", shown(name)));
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
