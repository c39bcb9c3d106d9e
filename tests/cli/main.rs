//! Process-level tests: the real binary, in a scrubbed environment, read back by the rules of the CI systems.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and the panic names the line")]

#[cfg(unix)]
mod action;
mod catalog;
mod ci_rules;
mod ci_systems;
mod credentials;
mod dry_run;
mod exit_status;
#[cfg(unix)]
mod hanging;
mod help;
mod hostile_text;
mod inputs;
#[cfg(unix)]
mod killed;
mod matrix;
mod network;
mod operations;
mod secrets;
mod support;
mod waiting;
