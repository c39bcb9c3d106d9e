//! `cargo run -p sandbox`: both clouds on loopback, until Ctrl-C.

mod log;
mod options;

use std::{io, process::ExitCode, thread};

use options::Command;
use sandbox::{Sandbox, Server, world};

fn main() -> ExitCode {
    match options::read(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            print(&options::help());
            ExitCode::SUCCESS
        }
        Ok(Command::Serve { port, sandbox, script }) => match serve(port, *sandbox, &script) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&format!("cannot listen on port {port}: {error}"));
                ExitCode::FAILURE
            }
        },
        Err(fault) => {
            complain(&format!("{fault}\nhint: `sandbox --help` shows what there is"));
            ExitCode::from(2)
        }
    }
}

fn serve(port: u16, sandbox: Sandbox, script: &[String]) -> io::Result<()> {
    let server = Server::launch(sandbox, port, |event| print(&log::line(event)))?;
    print(&welcome(server.url(), script));
    loop {
        thread::park();
    }
}

fn welcome(url: &str, script: &[String]) -> String {
    let script: Vec<_> = script.iter().map(|line| format!("rehearsing {line}\n")).collect();
    let parts: Vec<_> = world::OPERATIONS.iter().map(|operation| instructions(operation, url)).collect();
    format!("listening on {url}\n{}\n{}\n", script.concat(), parts.join("\n"))
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

#[expect(clippy::print_stdout, reason = "talking to whoever started it is this program's purpose")]
fn print(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "talking to whoever started it is this program's purpose")]
fn complain(text: &str) {
    eprintln!("error: {text}");
}
