//! `install.ps1`, by the PowerShell that every Windows has: the same order and the same words as `install.sh`.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use release_step::process::env::Env;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server::{Answer, Server};

/// They are no programs: nothing may run them.
const RIGHT: &[u8] = b"the right one";
const TAMPERED: &[u8] = b"a tampered one";

const NAME: &str = "release-step-1.2.3-x86_64-pc-windows-msvc.exe";
const PLACE: &str = r"release-step\1.2.3\x64\release-step.exe";

struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/resources/release-step/install.ps1");
        fs::create_dir_all(machine.path("an action")).unwrap();
        fs::copy(script, machine.path(r"an action\install.ps1")).unwrap();
        let sum = Sha256::digest(RIGHT).iter().fold(String::new(), |mut sum, byte| {
            write!(sum, "{byte:02x}").unwrap();
            sum
        });
        fs::write(machine.path(r"an action\SHA256SUMS"), format!("{sum}  {NAME}\n")).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn kept(&self) -> PathBuf {
        self.path("tools").join(PLACE)
    }

    fn cached(self, content: &[u8]) -> Self {
        fs::create_dir_all(self.kept().parent().unwrap()).unwrap();
        fs::write(self.kept(), content).unwrap();
        self
    }

    /// The status and both streams.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new("powershell");
        command.args(["-NoProfile", "-ExecutionPolicy", "Bypass", "-File"]);
        command.arg(self.path(r"an action\install.ps1")).args(arguments).env_clear();
        // Without these neither PowerShell nor a socket works.
        let environment = Env::snapshot();
        for name in ["SystemRoot", "PATH", "PATHEXT", "TEMP", "windir"] {
            command.envs(environment.get(name).map(|value| (name, value)));
        }
        command.env("RUNNER_ARCH", "X64").env("RUNNER_TOOL_CACHE", self.path("tools"));
        let output = command.env("GITHUB_ACTIONS", "true").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn kept_line(&self) -> String {
        self.kept().to_str().unwrap().to_owned()
    }
}

#[test]
fn a_tool_cache_is_enough() {
    let machine = Machine::new().cached(RIGHT);
    assert_eq!(machine.run(&[]), (Some(0), machine.kept_line(), String::new()));
}

#[test]
fn a_mirror_is_enough_and_replaces_a_tampered_tool_cache() {
    let server = Server::start([Answer::Status(503, String::new()), Answer::File(RIGHT.to_vec())]);
    let machine = Machine::new().cached(TAMPERED);
    let kept = machine.kept_line();
    let said = format!(
        "::notice title=release-step::{kept}, which is in the tool cache, is not the release-step 1.2.3 that the table names: \
         it is not run\r\nrelease-step: 1.2.3 for x86_64-pc-windows-msvc, downloaded from {}/v1.2.3/{NAME} and verified",
        server.url()
    );
    assert_eq!(machine.run(&[&server.url(), "false"]), (Some(0), kept, said));
    assert_eq!(fs::read(machine.kept()).unwrap(), RIGHT);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_tampered_one_is_deleted_and_refused() {
    let server = Server::of(TAMPERED);
    let machine = Machine::new();
    let (status, stdout, stderr) = machine.run(&[&server.url()]);
    assert_eq!((status, &*stdout), (Some(2), ""), "{stderr}");
    assert!(stderr.starts_with("::error title=release-step::nothing was released: "), "{stderr}");
    assert_eq!(fs::read_dir(machine.kept().parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_downloaded_is_said() {
    let server = Server::start([Answer::Status(404, String::new())]);
    let (status, stdout, stderr) = Machine::new().run(&[&server.url()]);
    assert_eq!((status, &*stdout), (Some(7), ""), "{stderr}");
    assert!(stderr.ends_with("is there a release 1.2.3? A mirror must have this file, too"), "{stderr}");
}

#[test]
fn a_base_url_that_cannot_be_right_is_refused() {
    let (status, stdout, stderr) = Machine::new().run(&["https://someone:secret@mirror.example"]);
    assert_eq!((status, &*stdout), (Some(2), ""), "{stderr}");
    assert!(!stderr.contains("secret"), "{stderr}");
}
