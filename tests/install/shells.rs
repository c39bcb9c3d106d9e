//! Every shell that is here runs the same story; `BusyBox`'s with its own programs, as on Alpine.

use std::fs;
use std::os::unix::fs::symlink;

use crate::machine::{Machine, RIGHT, TAMPERED, TOOLS, find};
use crate::server::{Answer, Server};

/// What is not here cannot be tested.
#[expect(clippy::print_stderr, reason = "whoever reads the test's output is to know")]
pub(crate) fn missing(name: &str) {
    eprintln!("not tested: no `{name}` here");
}

/// Those that are here, with their paths.
pub(crate) fn all() -> Vec<Vec<String>> {
    let known = ["sh", "dash", "bash", "bash --posix", "busybox sh", "ksh", "mksh", "yash"];
    let here = |shell: &&str| find(shell.split(' ').next().unwrap()).is_some();
    known.iter().filter(|shell| !here(shell)).for_each(|shell| missing(shell));
    known.into_iter().filter(here).map(command).collect()
}

fn command(shell: &str) -> Vec<String> {
    let mut words = shell.split(' ');
    let program = find(words.next().unwrap()).unwrap().to_str().unwrap().to_owned();
    [program].into_iter().chain(words.map(str::to_owned)).collect()
}

#[test]
fn they_all_do_the_same() {
    let mut stories = Vec::new();
    for shell in all() {
        let server = Server::start([Answer::Reset, Answer::File(RIGHT.to_vec())]);
        let machine = Machine::new().shell(&shell).cached(TAMPERED).argument(server.url()).argument("False");
        let refusing = Server::of(TAMPERED);
        let refused = Machine::new().shell(&shell).env("GITHUB_ACTIONS", "true").argument(refusing.url());
        let wrong = Machine::new().shell(&shell).argument("ftp://mirror.example");
        let told =
            [machine.run(Some(&server)), machine.run(None), refused.run(Some(&refusing)), wrong.run(None)];
        // BusyBox's shell has a `sleep` of its own.
        stories.push((shell, told.concat().replace("left: home/pauses: 1\n", "")));
    }
    let (_, first) = &stories[0];
    for status in ["status 0\n", "status 2\n", "::error title=release-step::", "the table has [right sum]"] {
        assert!(first.contains(status), "{first}");
    }
    for (shell, story) in &stories {
        assert_eq!(story, first, "{shell:?}");
    }
}

#[test]
fn busybox_alone_is_enough() {
    let Some(busybox) = find("busybox") else { return missing("busybox") };
    let server = Server::start([Answer::Status(503, String::new()), Answer::File(RIGHT.to_vec())]);
    let machine = Machine::bare().tool_cache().env("RELEASE_STEP_DOWNLOAD_BASE_URL", server.url());
    let bin = machine.path("bin");
    let tools: Vec<_> = fs::read_dir(&bin).unwrap().map(|entry| entry.unwrap().path()).collect();
    let links = tools.iter().filter(|tool| tool.is_symlink());
    links.for_each(|tool| fs::remove_file(tool).unwrap());
    for name in TOOLS.into_iter().chain(["sha256sum", "sh", "timeout", "wget"]) {
        symlink(&busybox, bin.join(name)).unwrap();
    }
    let machine = machine.shell(&command("busybox sh"));
    insta::assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    let server = Server::start([Answer::Status(404, String::new())]);
    let told = machine
        .env("RUNNER_TOOL_CACHE", "")
        .env("RELEASE_STEP_DOWNLOAD_BASE_URL", server.url())
        .run(Some(&server));
    insta::assert_snapshot!(told, @"
    status 7
    stderr: release-step: nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded (wget: server returned error: HTTP/1.1 404 It): is there a release 1.2.3? A mirror must have this file, too
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}
