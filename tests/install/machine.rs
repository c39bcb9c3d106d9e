//! A runner as small as can be: a copy of the installation with a table of its own, and only the programs that a test puts there.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use release_step::process::env::Env;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server::Server;

/// What the table names. Whoever runs it can tell by the file that it makes.
pub(crate) const RIGHT: &[u8] = b"#!/bin/sh\n: >\"$HOME/ran\"\necho the right one\n";
/// What nobody may run.
pub(crate) const TAMPERED: &[u8] = b"#!/bin/sh\n: >\"$HOME/tampered-ran\"\necho the tampered one\n";
pub(crate) const OLDER: &[u8] = b"#!/bin/sh\n: >\"$HOME/older-ran\"\necho an older one\n";

/// The folder in a tool cache, and the file's name in a release.
pub(crate) const PLACE: &str = "release-step/1.2.3/x64/release-step";
pub(crate) const NAME: &str = "release-step-1.2.3-x86_64-unknown-linux-musl";

const TARGETS: [&str; 6] = [
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc.exe",
    "aarch64-pc-windows-msvc.exe",
];

/// All that the script calls, but for what computes sums and what downloads.
pub(crate) const TOOLS: [&str; 9] = ["chmod", "dirname", "mkdir", "mktemp", "mv", "rm", "sed", "tail", "tr"];

pub(crate) struct Machine {
    dir: TempDir,
    /// Whether the test itself is root's.
    is_root: bool,
    shell: Vec<OsString>,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
}

impl Machine {
    /// Linux on x64, with curl and with what computes sums.
    pub(crate) fn new() -> Self {
        let machine = Self::bare().tool("curl");
        let sums = if find("sha256sum").is_some() { "sha256sum" } else { "shasum" };
        machine.tool(sums)
    }

    /// The same with neither.
    pub(crate) fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let machine = Self {
            is_root: fs::metadata(dir.path()).unwrap().uid() == 0,
            dir,
            shell: vec!["/bin/sh".into()],
            arguments: Vec::new(),
            environment: BTreeMap::new(),
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/resources/release-step/install.sh");
        let table: String =
            TARGETS.map(|target| format!("{}  release-step-1.2.3-{target}\n", sum(RIGHT))).concat();
        let machine =
            machine.file("action/install.sh", fs::read(script).unwrap()).file("action/SHA256SUMS", table);
        fs::create_dir(machine.path("home")).unwrap();
        fs::create_dir(machine.path("bin")).unwrap();
        let (home, bin) = (machine.path("home"), machine.path("bin"));
        let machine = machine.env("HOME", home).env("PATH", bin);
        let machine = TOOLS.into_iter().fold(machine, Self::tool);
        // No test waits for a pause: they are written down.
        machine.program("sleep", "echo \"$1\" >>\"$HOME/pauses\"").system("Linux", "x86_64")
    }

    /// What `uname` says.
    pub(crate) fn system(self, name: &str, machine: &str) -> Self {
        self.program("uname", &format!("case $1 in -s) echo '{name}' ;; -m) echo '{machine}' ;; esac"))
    }

    /// Puts a program of this machine's on PATH.
    pub(crate) fn tool(self, name: &str) -> Self {
        let program = find(name).unwrap_or_else(|| panic!("no `{name}` here"));
        symlink(program, self.path("bin").join(name)).unwrap();
        self
    }

    pub(crate) fn without(self, name: &str) -> Self {
        fs::remove_file(self.path("bin").join(name)).unwrap();
        self
    }

    /// Puts a script on PATH.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        self.executable(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"))
    }

    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn executable(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let machine = self.file(name, content);
        fs::set_permissions(machine.path(name), Permissions::from_mode(0o755)).unwrap();
        machine
    }

    /// Puts a binary into the tool cache, which is then there.
    pub(crate) fn cached(self, content: &[u8]) -> Self {
        self.tool_cache().executable(&format!("tools/{PLACE}"), content)
    }

    pub(crate) fn read_only(self, folder: &str) -> Self {
        fs::set_permissions(self.path(folder), Permissions::from_mode(0o555)).unwrap();
        self
    }

    pub(crate) fn tool_cache(self) -> Self {
        let tools = self.path("tools");
        self.env("RUNNER_TOOL_CACHE", tools)
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    pub(crate) fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn shell(mut self, command: &[String]) -> Self {
        self.shell = command.iter().map(Into::into).collect();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// For root no folder is read-only: it is somebody else then.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.shell[0]);
        command.args(&self.shell[1..]).arg(self.path("action/install.sh")).args(&self.arguments);
        command.env_clear().envs(&self.environment).current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.is_root {
            give_away(self.dir.path());
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    pub(crate) fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// Runs the script to its end, and tells everything: what it printed, what is left, and what the server was asked.
    pub(crate) fn run(&self, server: Option<&Server>) -> String {
        let output = self.start().wait_with_output().unwrap();
        self.tell(&output, server)
    }

    /// The same as a story; what differs from run to run has its name in brackets.
    pub(crate) fn tell(&self, output: &Output, server: Option<&Server>) -> String {
        let status = output.status.code().map(|code| code.to_string());
        let status = status.or(output.status.signal().map(|signal| format!("signal {signal}"))).unwrap();
        let mut told = format!("status {status}\n");
        for (name, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            for line in String::from_utf8_lossy(text).lines() {
                writeln!(told, "{name}: {line}").unwrap();
            }
        }
        let mut files = files_below(self.dir.path());
        files.retain(|(name, _)| !name.starts_with("action/") && !name.starts_with("bin/"));
        for (name, content) in files {
            writeln!(told, "left: {name}{content}").unwrap();
        }
        let asked = server.map(Server::asked).unwrap_or_default();
        told.extend(asked.iter().map(|request| format!("asked: {request}\n")));
        self.with_names(&told, server)
    }

    fn with_names(&self, told: &str, server: Option<&Server>) -> String {
        let told = told.replace(self.dir.path().to_str().unwrap(), "[dir]");
        let told = told.replace(&sum(RIGHT), "[right sum]").replace(&sum(TAMPERED), "[tampered sum]");
        match server {
            Some(server) => told.replace(&server.url(), "[server]"),
            None => told,
        }
    }
}

const NOBODY: u32 = 65534;

fn give_away(path: &Path) {
    if path.is_symlink() {
        return;
    }
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

/// A program of this machine's.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = Env::snapshot().get("PATH").unwrap().to_owned();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

pub(crate) fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Every file with what it is.
fn files_below(dir: &Path) -> BTreeSet<(String, String)> {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            let below = files_below(&entry.path()).into_iter();
            files.extend(below.map(|(path, content)| (format!("{name}/{path}"), content)));
        } else {
            files.insert((name, content(&entry.path())));
        }
    }
    files
}

fn content(path: &Path) -> String {
    let Ok(bytes) = fs::read(path) else { return ", unreadable".into() };
    let mode = fs::metadata(path).unwrap().mode() & 0o777;
    match &*bytes {
        RIGHT => format!(", right, {mode:o}"),
        TAMPERED => format!(", tampered, {mode:o}"),
        OLDER => format!(", older, {mode:o}"),
        b"" => String::new(),
        other => format!(": {}", String::from_utf8_lossy(other).trim().replace('\n', " ")),
    }
}
