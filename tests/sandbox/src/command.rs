//! Processes that tests start.

use std::{env, ffi::OsStr, process::Command};

/// A command that inherits no variable but the one without which Windows opens no socket.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the sandbox does not know `Env`")]
pub fn alone(program: impl AsRef<OsStr>) -> Command {
    const ROOT: &str = "SystemRoot";
    let mut command = Command::new(program);
    command.env_clear();
    command.envs(env::var_os(ROOT).filter(|_| cfg!(windows)).map(|root| (ROOT, root)));
    command
}
