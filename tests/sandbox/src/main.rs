//! `cargo run -p sandbox`: both clouds on loopback, until Ctrl-C.

use std::{io, process::ExitCode, thread};

use sandbox::{Clock, Recorded, Sandbox, Server, world};

const HELP: &str = "\
Both clouds on loopback, to try a pipeline without an account.

usage: sandbox [--port N | --tick N]

  --port N   listen on this port of 127.0.0.1 instead of any free one
  --tick N   let the clouds' clock stand still, and go on by N milliseconds with each request
  --help     this text

It prints its URL, for each operation of release-step the shell lines that make it succeed, and then one line for each
request. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let choice = match arguments[..] {
        [] => Some((0, Clock::System)),
        ["--help" | "-h"] => {
            print(HELP);
            return ExitCode::SUCCESS;
        }
        ["--port", port] => port.parse().ok().map(|port| (port, Clock::System)),
        ["--tick", tick] => tick.parse().ok().map(|tick| (0, Clock::ticking(tick))),
        _ => None,
    };
    let Some((port, clock)) = choice else {
        print(HELP);
        return ExitCode::from(2);
    };
    match serve(port, clock) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("cannot listen on port {port}: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16, clock: Clock) -> io::Result<()> {
    let server = Server::launch_by(clock, Sandbox::new(), port, |recorded| print(&log_line(recorded)))?;
    print(&welcome(server.url()));
    loop {
        thread::park();
    }
}

fn welcome(url: &str) -> String {
    let parts: Vec<_> = world::OPERATIONS.iter().map(|operation| instructions(operation, url)).collect();
    format!("listening on {url}\n\n{}\n", parts.join("\n"))
}

/// The shell lines with which `release-step` makes one operation's call here.
fn instructions(operation: &str, url: &str) -> String {
    let mut lines = vec![format!("# {operation}\n")];
    let credentials = world::credentials(world::cloud(operation));
    lines.extend(credentials.into_iter().map(|(name, value)| export(name, value)));
    lines.push(export("INPUT_OPERATION", operation));
    lines.push(export("INPUT_ENDPOINT", url));
    let inputs = world::inputs(operation);
    lines.extend(inputs.iter().map(|(name, value)| export(&format!("INPUT_{}", name.to_uppercase()), value)));
    lines.concat()
}

fn export(name: &str, value: &str) -> String {
    format!("export {name}='{}'\n", value.replace('\'', r"'\''"))
}

/// Only what cannot hold a secret: names, the status, the vendor's code.
fn log_line(recorded: &Recorded) -> String {
    let operation: String = recorded.operation.chars().filter(|letter| !letter.is_control()).collect();
    let verdict = match &recorded.code {
        None => "accepted".to_owned(),
        Some(code) => format!("refused: {code}"),
    };
    format!("{} {} {operation} {} {verdict}\n", recorded.at, recorded.request.method, recorded.status)
}

#[expect(clippy::print_stdout, reason = "talking to whoever started it is this program's purpose")]
fn print(text: &str) {
    print!("{text}");
}
