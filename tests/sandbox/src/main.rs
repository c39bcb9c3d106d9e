//! `cargo run -p sandbox`: both clouds on loopback, until Ctrl-C.

use std::{io, process::ExitCode, thread};

use jiff::Timestamp;
use sandbox::{By, Effect, Event, Recorded, Sandbox, Server, world};

const HELP: &str = "\
Both clouds on loopback, to try a pipeline without an account.

usage: sandbox [--port N]

  --port N   listen on this port of 127.0.0.1 instead of any free one
  --help     this text

It prints its URL, for each operation of release-step the shell lines that make it succeed, and then one line for each
request. Ctrl-C ends it.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let port = match arguments[..] {
        [] => Some(0),
        ["--help" | "-h"] => {
            print(HELP);
            return ExitCode::SUCCESS;
        }
        ["--port", port] => port.parse().ok(),
        _ => None,
    };
    let Some(port) = port else {
        print(HELP);
        return ExitCode::from(2);
    };
    match serve(port) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("cannot listen on port {port}: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16) -> io::Result<()> {
    let server = Server::launch(Sandbox::new(), port, |event| print(&log_line(event)))?;
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

/// Only what cannot hold a secret: names, the status, the vendor's code, the faults.
fn log_line(event: &Event<'_>) -> String {
    let now = Timestamp::now();
    match event {
        Event::Request(recorded) => request_line(recorded),
        Event::Effect(Effect { operation, id, at, by }) => {
            let whose = if *by == By::Call { "" } else { " by somebody else" };
            format!("{at} effect{whose}: {operation} {}\n", plain(id))
        }
        Event::Refused(operation) => format!("{now} {} [refused]\n", plain(operation)),
        Event::Closed => format!("{now} the port is closed\n"),
        Event::Open => format!("{now} the port is open again\n"),
    }
}

fn request_line(recorded: &Recorded) -> String {
    let verdict = match (recorded.status, &recorded.code) {
        (0, _) => "no answer".to_owned(),
        (status, None) => format!("{status} accepted"),
        (status, Some(code)) => format!("{status} refused: {code}"),
    };
    let faults = recorded.faults.join(", ");
    let faults = if faults.is_empty() { faults } else { format!(" [{faults}]") };
    let operation = plain(&recorded.operation);
    format!("{} {} {operation} {verdict}{faults}\n", recorded.at, recorded.request.method)
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[expect(clippy::print_stdout, reason = "talking to whoever started it is this program's purpose")]
fn print(text: &str) {
    print!("{text}");
}
