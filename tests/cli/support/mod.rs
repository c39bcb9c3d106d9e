//! What the tests of the binary stand on: a run of it, a server that misbehaves, and texts that are the same each time.

pub(crate) mod answers;
pub(crate) mod forms;
pub(crate) mod hostile;
pub(crate) mod placeholders;
pub(crate) mod queries;
pub(crate) mod scripted;
pub(crate) mod step;
pub(crate) mod tls;

use sandbox::{Calls, Recorded, Server};

/// The requests that are release calls.
pub(crate) fn release_calls(server: &Server) -> Vec<Recorded> {
    server.requests().into_iter().filter(|request| Calls::Release.include(&request.operation)).collect()
}

/// Says that a test proves nothing here. Not by `eprintln!`, which is captured where tests pass.
#[cfg(target_os = "linux")]
pub(crate) fn skipped(why: &str) {
    use std::io::Write as _;
    let said = format!("\n\nSKIPPED: {why}\n\n");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}
