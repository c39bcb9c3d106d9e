//! Pipes that are not read, files that are none, and full disks: nothing holds a run up, and nothing is sent where the
//! outputs have no place.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use release_step::process::env::Env;
use release_step::process::signal::OsSignals;
use sandbox::Server;
use serde_json::json;

use crate::exit_status::wait_for_request;
use crate::support::hostile::{Behaviour, Hostile};
use crate::support::placeholders;
use crate::support::step::{Run, Step};

const OPERATION: &str = "release_artifact";

fn mkfifo(path: &std::path::Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_place_that_is_no_file_is_refused_before_anything_is_sent() {
    let server = Hostile::start([Behaviour::Hang]);
    let outside = tempfile::tempdir().unwrap();
    let place = |name: &str| outside.path().join(name).to_str().unwrap().to_owned();
    mkfifo(&outside.path().join("pipe.json"));
    symlink("circle.json", place("circle.json")).unwrap();
    fs::create_dir(place("folder.json")).unwrap();
    fs::write(place("utf-16"), b"\xff\xfea\0=\0b\0\n\0").unwrap();
    fs::write(place("mixed"), b"a=b\nc\0=\0d\0\r\0\n\0").unwrap();
    let github = |path: &str| Step::github().env("GITHUB_OUTPUT", path);
    let cases = [
        ("GITHUB_OUTPUT is a pipe", github(&place("pipe.json"))),
        ("GITHUB_OUTPUT is a folder", github(&place("folder.json"))),
        ("GITHUB_OUTPUT is a device", github("/dev/null")),
        ("GITHUB_OUTPUT is a link to itself", github(&place("circle.json"))),
        ("GITHUB_OUTPUT is in UTF-16", github(&place("utf-16"))),
        ("GITHUB_OUTPUT goes on in UTF-16", github(&place("mixed"))),
        ("output_file is a pipe", Step::plain().input("output_file", place("pipe.json"))),
        ("output_file is a folder", Step::plain().input("output_file", place("folder.json"))),
        ("output_file is a link to itself", Step::plain().input("output_file", place("circle.json"))),
    ];
    let mut told = String::new();
    for (case, step) in cases {
        let run = step.releasing(OPERATION, &server.url()).run().exits_with(2);
        let said = run.stderr.clone() + &run.stdout.replace("%0A", "\n");
        let said = placeholders::replaced(&said, outside.path());
        let said = said.lines().filter(|line| line.contains("cannot be written") || line.contains("hint: "));
        let said = said.filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n");
        write!(told, "{case}\n{said}\n\n").unwrap();
    }
    assert_eq!(server.connections(), 0);
    insta::assert_snapshot!(told, @"
    GITHUB_OUTPUT is a pipe
    ::error title=release_artifact::the outputs cannot be written to `[dir]/pipe.json`: it is a pipe or a device, not a file; nothing was sent
    hint: name an ordinary file

    GITHUB_OUTPUT is a folder
    ::error title=release_artifact::the outputs cannot be written to `[dir]/folder.json`: it is a folder, not a file; nothing was sent
    hint: name an ordinary file

    GITHUB_OUTPUT is a device
    ::error title=release_artifact::the outputs cannot be written to `/dev/null`: it is a pipe or a device, not a file; nothing was sent
    hint: name an ordinary file

    GITHUB_OUTPUT is a link to itself
    ::error title=release_artifact::the outputs cannot be written to `[dir]/circle.json`: it is a symbolic link that leads to itself; nothing was sent
    hint: name an ordinary file

    GITHUB_OUTPUT is in UTF-16
    ::error title=release_artifact::the outputs cannot be written to `[dir]/utf-16`: there is text in UTF-16 in it, which is not understood there; nothing was sent
    hint: PowerShell 5 writes UTF-16 with `>` and `>>`: use `Out-File -Append -Encoding utf8` there

    GITHUB_OUTPUT goes on in UTF-16
    ::error title=release_artifact::the outputs cannot be written to `[dir]/mixed`: there is text in UTF-16 in it, which is not understood there; nothing was sent
    hint: PowerShell 5 writes UTF-16 with `>` and `>>`: use `Out-File -Append -Encoding utf8` there

    output_file is a pipe
    [time] error: the outputs cannot be written to `[dir]/pipe.json`: it is a pipe or a device, not a file; nothing was sent
    [time] error: hint: name an ordinary file

    output_file is a folder
    [time] error: the outputs cannot be written to `[dir]/folder.json`: it is a folder, not a file; nothing was sent
    [time] error: hint: name an ordinary file

    output_file is a link to itself
    [time] error: the outputs cannot be written to `[dir]/circle.json`: it is a symbolic link that leads to itself; nothing was sent
    [time] error: hint: name an ordinary file
    ");
}

/// What a link leads to need not be there.
#[test]
fn a_link_is_followed_to_a_file_that_is_not_there_yet() {
    let server = Server::start();
    let step = Step::plain().releasing(OPERATION, server.url()).input("output_file", "link.json");
    symlink("target.json", step.path("link.json")).unwrap();
    let run = step.run().exits_with(0);
    assert_eq!(run.json("target.json"), run.result());
}

#[test]
fn a_file_that_is_deleted_meanwhile_is_made_again() {
    let server = Hostile::start([Behaviour::Hang]);
    let step = Step::github().releasing(OPERATION, &server.url()).input("output_file", "a.json");
    let files = ["github_output", "a.json"].map(|name| step.path(name));
    let running = step.start();
    wait_for_request(&server);
    for file in files {
        fs::remove_file(file).unwrap();
    }
    running.signal("TERM");
    running.signal("INT");
    let run = running.finish();
    assert_eq!(run.json("a.json")["released"], "unknown");
    assert_eq!(run.github_outputs().get("released"), Some("unknown"));
}

/// `ulimit -f`, in blocks of 512 bytes, does what a full disk does. The step's path is in the message, not that of a
/// temporary file.
#[test]
fn a_full_disk_is_refused_before_the_call() {
    let server = Server::start();
    let full = |step: Step, blocks: u8| {
        let step = step.releasing(OPERATION, server.url());
        step.by_shell(&format!("ulimit -f {blocks}; exec \"$0\"")).run().exits_with(2)
    };
    let run = full(Step::plain().input("output_file", "a.json"), 0);
    insta::assert_snapshot!(run.log(), @"
    error: the outputs cannot be written to `a.json`: File too large (os error 27); nothing was sent
    error: hint: make room there, or give another `output_file`
    ");
    assert!(run.files.is_empty(), "{}", run.transcript());

    // A part that fits is taken back: half an output would take the others with it.
    let earlier = format!("earlier={}\n", "1".repeat(400));
    let run = full(Step::github().file("github_output", &earlier), 1);
    assert_eq!(run.file("github_output"), earlier);
    assert!(run.stdout.contains("no release call was sent"), "{}", run.transcript());
    assert!(server.effects().is_empty());
}

/// Runs the binary with one of its streams a pipe that is full already and that nothing reads.
fn beside_a_full_pipe(step: Step, stream: u8) -> Step {
    let script = "mkfifo pipe; exec 3<>pipe; rm pipe; head -c 65536 /dev/zero >&3; exec \"$0\" STREAM>&3";
    step.env("PATH", "/usr/bin:/bin").by_shell(&script.replace("STREAM", &stream.to_string()))
}

#[track_caller]
fn in_time(begin: Instant) {
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

#[test]
fn a_log_that_is_not_read_does_not_hold_the_run_up() {
    let server = Server::start();
    let step = Step::plain().releasing(OPERATION, server.url()).input("log_level", "trace");
    let begin = Instant::now();
    let run = beside_a_full_pipe(step, 2).run().exits_with(0);
    in_time(begin);
    assert_eq!(run.result()["released"], "yes");
}

#[test]
fn a_log_that_is_not_read_does_not_hold_a_signal_up() {
    let server = Hostile::from_the_first([Behaviour::Hang]);
    let step = Step::plain().releasing(OPERATION, &server.url());
    let running = beside_a_full_pipe(step, 2).start();
    wait_for_request(&server);
    let begin = Instant::now();
    running.signal("TERM");
    let run = running.finish().exits_with(143);
    in_time(begin);
    assert_eq!(run.result()["released"], "no");
}

#[test]
fn a_stdout_that_is_not_read_is_an_output_that_could_not_be_written() {
    let server = Server::start();
    let releasing = |step: Step| step.releasing("publish_routine_code_revision", server.url());
    let begin = Instant::now();
    let run = beside_a_full_pipe(releasing(Step::plain()), 1).run().exits_with(9);
    in_time(begin);
    let result = run.stderr.lines().find_map(|line| line.split_once(" error: result: ")).unwrap().1;
    let result: serde_json::Value = serde_json::from_str(result).unwrap();
    assert_eq!(result["released"], json!("yes"));
    assert!(run.stderr.contains("written to `stdout`: "), "{}", run.transcript());

    // What people are shown is less than a release.
    beside_a_full_pipe(releasing(Step::github()), 1).run().exits_with(0);
}

/// A file system that hangs lets no signal be heard. This test runs itself again and hangs there.
#[test]
fn the_second_signal_ends_what_hangs() {
    const THERE: &str = "RELEASE_STEP_TEST_THAT_HANGS";
    if Env::snapshot().get(THERE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let _signals = OsSignals::listen().unwrap();
        std::io::stdout()
            .write_all(
                b"listening
",
            )
            .unwrap();
        thread::sleep(Duration::from_secs(20));
        panic!("it was not ended");
    }
    let test = "hanging::the_second_signal_ends_what_hangs";
    for (first, second, status) in
        [("TERM", "TERM", 143), ("INT", "TERM", 130), ("HUP", "INT", 129), ("QUIT", "HUP", 131)]
    {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.args([test, "--exact", "--nocapture"]).env(THERE, "1").stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        assert!(lines.any(|line| line.unwrap().contains("listening")));
        let pid = child.id().to_string();
        let signal =
            |name| assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        signal(first);
        thread::sleep(Duration::from_millis(1500));
        assert_eq!(child.try_wait().unwrap(), None, "the first one leaves time to write");
        let begin = Instant::now();
        signal(second);
        assert_eq!(child.wait().unwrap().code(), Some(status));
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }
}

/// `nohup` is there to let a process outlive its terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let server = Hostile::start([Behaviour::Hang]);
    let step = Step::plain().releasing(OPERATION, &server.url()).by_shell("trap '' HUP; exec \"$0\"");
    let mut running = step.start();
    running.wait_for(" calling ");
    running.signal("HUP");
    thread::sleep(Duration::from_millis(500));
    running.signal("TERM");
    let run: Run = running.finish().exits_with(143);
    assert!(!run.stderr.contains("SIGHUP"), "{}", run.transcript());
}

/// The memory of the process holds secrets.
#[cfg(target_os = "linux")]
#[test]
fn a_crash_leaves_no_core_file() {
    let crash = |script: &str| {
        let server = Hostile::start([Behaviour::Hang]);
        let step = Step::plain().releasing(OPERATION, &server.url()).env("PATH", "/usr/bin:/bin");
        let mut running = step.by_shell(&format!("ulimit -c unlimited; {script}")).start();
        running.wait_for(" calling ");
        running.signal("ABRT");
        let run = running.finish();
        assert_eq!(run.signal, Some(6), "{}", run.transcript());
        run.dumped_core
    };
    if !crash("echo ' calling '; exec sleep 20") {
        crate::support::skipped("this machine writes no core files at all");
    }
    assert!(!crash("exec \"$0\""));
}
