//! `cargo run -p sandbox`: both clouds on loopback, until Ctrl-C.

mod log;
mod options;

use std::{fs, path::Path, process::ExitCode, thread};

use options::{Command, Place};
use sandbox::{Cloud, Listen, Sandbox, Server, Tls, world};

fn main() -> ExitCode {
    match options::read(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            print(&options::help());
            ExitCode::SUCCESS
        }
        Ok(Command::Serve { place, sandbox, script }) => match serve(place, *sandbox, &script) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                complain(&fault);
                ExitCode::FAILURE
            }
        },
        Err(fault) => {
            complain(&format!("{fault}\nhint: `sandbox --help` shows what there is"));
            ExitCode::from(2)
        }
    }
}

fn serve(place: Place, sandbox: Sandbox, script: &[String]) -> Result<(), String> {
    let Place { port, metadata_addresses, tls } = place;
    let tls = tls.map(|folder| trust(&folder)).transpose()?;
    let is_encrypted = tls.is_some();
    let listen = Listen { port, further: metadata_addresses, tls };
    let server = Server::listen(sandbox, listen, |event| print(&log::line(event)))
        .map_err(|error| format!("cannot listen on {error}"))?;
    print(&welcome(server.url(), is_encrypted, script));
    loop {
        thread::park();
    }
}

/// Makes a certificate authority, and leaves its certificate in this folder.
fn trust(folder: &Path) -> Result<Tls, String> {
    let path = folder.join("ca.pem");
    let tls = Tls::new().map_err(|error| format!("no certificate can be made: {error}"))?;
    fs::write(&path, tls.authority())
        .map_err(|error| format!("`{}` cannot be written: {error}", path.display()))?;
    Ok(tls)
}

fn welcome(url: &str, is_encrypted: bool, script: &[String]) -> String {
    let script: Vec<_> = script.iter().map(|line| format!("rehearsing {line}\n")).collect();
    let parts: Vec<_> = world::OPERATIONS.iter().map(|operation| instructions(operation, url)).collect();
    let keyless = [Cloud::Alibaba, Cloud::Huawei].map(|cloud| keyless_instructions(cloud, url));
    let encrypted = if is_encrypted { "the same port speaks https\n" } else { "" };
    let parts = format!("{}\n{}", parts.join("\n"), keyless.join("\n"));
    format!("listening on {url}\n{encrypted}{}\n{parts}\n", script.concat())
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

/// The shell lines that take the place of a cloud's keys.
fn keyless_instructions(cloud: Cloud, url: &str) -> String {
    let variables = world::keyless(cloud, url);
    let lines = variables.iter().map(|(name, value)| export(name, value)).collect::<String>();
    format!("# {cloud:?} Cloud without keys: in place of the two lines that hold them\n{lines}")
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
