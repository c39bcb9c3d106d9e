//! Surroundings that would lead a less careful script astray: they do no harm, and nothing of theirs runs.

use std::fs;

use insta::assert_snapshot;

use crate::machine::{Machine, PLACE, RIGHT, TAMPERED, find};
use crate::server::{Answer, Server};
use crate::shells::missing;

/// Everything that a job may have set for its own shells, at once.
fn surrounded(machine: Machine) -> Machine {
    let machine = machine.file("evil.sh", "echo evil; : >\"$HOME/evil\"\n");
    let machine = machine.file("home/.curlrc", "output = \"evil\"\n").file("home/.wgetrc", "spider = on\n");
    let (evil, rc) = (machine.path("evil.sh"), machine.path("home/.wgetrc"));
    let machine = machine.env("BASH_ENV", &evil).env("ENV", &evil).env("WGETRC", rc);
    let functions = ["curl", "sha256sum", "command", "mktemp", "mv", "printf", "uname", "read", "wait", "rm"];
    let machine = functions.into_iter().fold(machine, |machine, name| {
        machine.env(&format!("BASH_FUNC_{name}%%"), "() { echo evil; : >\"$HOME/evil\"; }")
    });
    // These do what they should, and leave a trace: one that always says yes would end no loop.
    let machine = ["[", "test"].into_iter().fold(machine, |machine, name| {
        let function = format!("() {{ : >\"$HOME/evil\"; builtin {name} \"$@\"; }}");
        machine.env(&format!("BASH_FUNC_{name}%%"), function)
    });
    let odd = [("IFS", "/-. \t"), ("CDPATH", "/:/tmp"), ("GREP_OPTIONS", "-v")];
    let machine = odd.into_iter().fold(machine, |machine, (name, value)| machine.env(name, value));
    machine.env("LC_ALL", "tr_TR.UTF-8").env("TMPDIR", "/nowhere").env("PS4", "+evil ").env("name", "evil")
}

#[test]
fn nothing_of_the_surroundings_runs() {
    // As on macOS and Fedora.
    let folder = tempfile::tempdir().unwrap();
    let bash = find("bash").map(|bash| {
        let sh = folder.path().join("sh");
        std::os::unix::fs::symlink(bash, &sh).unwrap();
        vec![sh.to_str().unwrap().to_owned()]
    });
    let shells: Vec<_> = crate::shells::all().into_iter().chain(bash).collect();
    // With POSIXLY_CORRECT bash takes no function called `[`.
    for (shell, posix) in shells.iter().flat_map(|shell| [(shell, true), (shell, false)]) {
        let server = Server::start([Answer::Reset, Answer::File(RIGHT.to_vec())]);
        let machine = surrounded(Machine::new().cached(TAMPERED).shell(shell).argument(server.url()));
        let machine = if posix { machine.env("POSIXLY_CORRECT", "1") } else { machine };
        // `bash` that is not called `sh` reads BASH_ENV before the script, and says so; the action starts no such shell.
        let machine = if shell.len() == 1 && shell[0].ends_with("/bash") {
            machine.env("BASH_ENV", "")
        } else {
            machine
        };
        let told = machine.run(Some(&server));
        assert!(
            told.starts_with("status 0\nstdout: [dir]/tools/release-step/1.2.3/x64/release-step\nstderr: "),
            "{told}"
        );
        assert!(!machine.path("home/evil").exists(), "{shell:?}\n{told}");
        assert!(told.contains("left: tools/release-step/1.2.3/x64/release-step, right, 755\n"), "{told}");
    }
}

#[test]
fn what_wget_is_told_to_write_elsewhere_is_not() {
    let Some(_) = find("wget") else { return missing("wget") };
    let server = Server::of(RIGHT);
    let told =
        surrounded(Machine::new().without("curl").tool("wget").argument(server.url())).run(Some(&server));
    assert!(told.contains("\nleft: home/.cache/release-step/1.2.3/x64/release-step, right, 755\n"), "{told}");
    assert!(!told.contains("left: evil\n"), "{told}");
}

/// What stands in a path ends in a message, on one line and as data.
#[test]
fn no_path_and_no_server_becomes_a_workflow_command() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().env("GITHUB_ACTIONS", "true").argument(server.url());
    let odd = "a\r::set-output name=x::y 100%0A::error::\u{1b}[31m##[error]";
    let machine = machine.executable(&format!("{odd}/{PLACE}"), TAMPERED);
    let cache = machine.path(odd);
    let told = machine.env("RUNNER_TOOL_CACHE", cache).run(Some(&server));
    let stderr: Vec<_> = told.lines().filter(|line| line.starts_with("stderr: ")).collect();
    assert_snapshot!(stderr.join("\n"), @"
    stderr: ::notice title=release-step::[dir]/a ::set-output name=x::y 100%250A::error:: [31m##[error]/release-step/1.2.3/x64/release-step, which is in the tool cache, is not the release-step 1.2.3 that the table names: it is not run
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    ");
}

#[test]
fn a_program_that_path_finds_from_here_only_is_passed_over() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().executable("release-step", RIGHT).argument(server.url());
    let path = format!(".:{}", machine.path("bin").display());
    assert_snapshot!(machine.env("PATH", path).run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    left: release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

/// An empty file, a folder, a link to nothing.
#[test]
fn what_is_no_binary_is_no_obstacle() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().cached(b"").argument(server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: release-step: [dir]/tools/release-step/1.2.3/x64/release-step, which is in the tool cache, is not the release-step 1.2.3 that the table names: it is not run
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");

    let machine = Machine::new().tool_cache().argument(server.url());
    fs::create_dir_all(machine.path("tools").join(PLACE)).unwrap();
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn without_anything_that_computes_sums_nothing_is_verified_and_nothing_runs() {
    let machine = Machine::bare().tool("curl").cached(RIGHT);
    assert_snapshot!(machine.run(None), @"
    status 2
    stderr: release-step: nothing was released: none of `sha256sum`, `shasum` and `openssl` is on PATH: install one, as without them no binary can be verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

#[test]
fn each_program_that_computes_sums_will_do() {
    for name in ["sha256sum", "shasum", "openssl"] {
        let Some(_) = find(name) else { continue };
        let machine = Machine::bare().tool(name).cached(RIGHT);
        let told = machine.run(None);
        assert!(told.starts_with("status 0\nstdout: [dir]/tools/"), "{name}\n{told}");
        let tampered = Machine::bare().tool(name).cached(TAMPERED).run(None);
        assert!(tampered.starts_with("status 2\nstderr: release-step: [dir]/tools/"), "{name}\n{tampered}");
    }
}
