//! What may go wrong with a download: nothing is released, nothing is left behind, and the message says what to do.

use std::fs;
use std::io::Read;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::machine::{Machine, NAME, OLDER, RIGHT, TAMPERED, find};
use crate::server::{Answer, Server, nobody};
use crate::shells::missing;

/// A job on GitHub without a tool cache, and with this mirror.
fn job(server: &Server) -> Machine {
    Machine::new().argument(server.url()).env("GITHUB_ACTIONS", "true")
}

fn answers(answers: impl Into<Vec<Answer>>) -> String {
    let server = Server::start(answers);
    words(&job(&server).run(Some(&server)))
}

/// Without what curl says of its own, which differs from version to version.
fn words(told: &str) -> String {
    told.lines().map(|line| line.split_once("(curl: (").map_or(line.to_owned(), own_words) + "\n").collect()
}

fn own_words((before, after): (&str, &str)) -> String {
    let (status, after) = after.split_once(')').unwrap();
    let (_, after) = after.split_once("): ").unwrap();
    format!("{before}(curl: ({status}) …): {after}")
}

#[test]
fn a_tampered_one_is_deleted_and_refused() {
    let server = Server::of(TAMPERED);
    assert_snapshot!(job(&server).run(Some(&server)), @"
    status 2
    stderr: ::error title=release-step::nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl is not release-step 1.2.3: its SHA-256 is [tampered sum], and the table has [right sum]. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn another_version_in_the_mirror_is_refused() {
    let server = Server::of(OLDER);
    let told = Machine::new().argument(server.url()).run(Some(&server));
    let sum = crate::machine::sum(OLDER);
    assert_snapshot!(told.replace(&sum, "[older sum]"), @"
    status 2
    stderr: release-step: nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl is not release-step 1.2.3: its SHA-256 is [older sum], and the table has [right sum]. It was deleted, not run. If this is a mirror, copy the file to it again; if not, report it
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_page_of_a_login_in_its_place_is_refused() {
    let server = Server::of(b"<html>please log in</html>");
    assert!(job(&server).run(Some(&server)).starts_with("status 2\nstderr: ::error "));
}

/// It is not asked for again.
#[test]
fn a_mirror_that_has_no_such_file_is_named() {
    assert_snapshot!(answers([Answer::Status(404, String::new())]), @"
    status 7
    stderr: ::error title=release-step::nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded (curl: (22) …): is there a release 1.2.3? A mirror must have this file, too
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_server_that_fails_is_asked_three_times() {
    assert_snapshot!(answers([Answer::Status(503, "Retry-After: 3600\r\n".into())]), @"
    status 7
    stderr: ::error title=release-step::nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded (curl: (22) …): can this runner reach it? Behind a proxy set `https_proxy`; without internet give a mirror as `download_base_url`, or put the file below $RUNNER_TOOL_CACHE or ~/.cache as release-step/1.2.3/x64/release-step
    left: home/pauses: 1 2
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_server_that_hangs_up_is_asked_three_times() {
    let told = answers([Answer::Nothing, Answer::Reset, Answer::Half(RIGHT.to_vec())]);
    assert_snapshot!(told, @"
    status 7
    stderr: ::error title=release-step::nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded (curl: (18) …): can this runner reach it? Behind a proxy set `https_proxy`; without internet give a mirror as `download_base_url`, or put the file below $RUNNER_TOOL_CACHE or ~/.cache as release-step/1.2.3/x64/release-step
    left: home/pauses: 1 2
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_server_that_comes_back_is_good() {
    let told = answers([Answer::Reset, Answer::Status(500, String::new()), Answer::File(RIGHT.to_vec())]);
    assert_snapshot!(told, @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    left: home/pauses: 1 2
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_server_that_nobody_reaches_is_named() {
    let (_held, url) = nobody();
    let told = Machine::new().argument(&url).run(None);
    assert_snapshot!(words(&told.replace(&url, "[nobody]")), @"
    status 7
    stderr: release-step: nothing was released: [nobody]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded (curl: (7) …): can this runner reach it? Behind a proxy set `https_proxy`; without internet give a mirror as `download_base_url`, or put the file below $RUNNER_TOOL_CACHE or ~/.cache as release-step/1.2.3/x64/release-step
    left: home/pauses: 1 2
    ");
}

#[test]
fn a_redirect_is_followed() {
    let there = Server::of(RIGHT);
    let told = answers([Answer::Status(302, format!("Location: {}/asset\r\n", there.url()))]);
    assert!(told.starts_with("status 0\n"), "{told}");
    assert_eq!(there.asked(), ["GET /asset"]);
}

/// No file grows beyond a limit, whatever the server sends.
#[test]
fn a_server_that_never_ends_does_not_fill_the_disk() {
    let told = answers([Answer::Endless]);
    let (_, last) = told.split_once("::error title=release-step::nothing was released: ").unwrap();
    assert!(told.starts_with("status 7\n"), "{told}");
    assert!(
        !last.contains("left: home/.cache")
            && last.ends_with(&"asked: GET /v1.2.3/NAME\n".replace("NAME", NAME)),
        "{told}"
    );
}

#[test]
fn neither_curl_nor_wget_is_said() {
    let server = Server::of(RIGHT);
    assert_snapshot!(job(&server).without("curl").run(Some(&server)), @"
    status 2
    stderr: ::error title=release-step::nothing was released: neither `curl` nor `wget` is on PATH: install one, or put release-step-1.2.3-x86_64-unknown-linux-musl below $RUNNER_TOOL_CACHE or ~/.cache as release-step/1.2.3/x64/release-step
    ");
}

#[test]
fn base_urls_that_cannot_be_right_are_refused_and_not_asked() {
    let server = Server::of(RIGHT);
    let port = server.url().rsplit_once(':').unwrap().1.to_owned();
    let hidden = [
        format!("http://someone:secret@127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/?token=secret"),
        format!("http://127.0.0.1:{port}/ secret"),
        format!("http://127.0.0.1:{port}/\n::set-output name=secret::1"),
        format!("http://127.0.0.1:{port}/#secret"),
        format!("http://127.0.0.1:{port}/\u{e4}/secret"),
        format!("http://127.0.0.1:{port}/$(secret)"),
        " ".to_owned(),
    ];
    for url in hidden {
        let told = Machine::new().argument(&url).run(Some(&server));
        assert_eq!(
            told,
            "status 2\nstderr: release-step: nothing was released: `download_base_url`, or \
             RELEASE_STEP_DOWNLOAD_BASE_URL, must be a plain URL without user name, query and white space, such as \
             `https://mirror.example/release-step`\n",
            "{url}"
        );
    }
    for url in [
        "ftp://mirror.example",
        "file:///etc",
        "mirror.example/x",
        "https://",
        "HTTPS://mirror.example",
        "-o",
    ] {
        let told = Machine::new().env("RELEASE_STEP_DOWNLOAD_BASE_URL", url).run(Some(&server));
        assert_eq!(
            told,
            format!(
                "status 2\nstderr: release-step: nothing was released: `download_base_url`, or \
                 RELEASE_STEP_DOWNLOAD_BASE_URL, is `{url}`: it must begin with `https://` (or `http://`)\n"
            )
        );
    }
}

#[test]
fn several_at_once_share_one_cache() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().tool_cache().argument(server.url());
    let running: Vec<_> = (0..8).map(|_| machine.start()).collect();
    for one in running {
        let output = one.wait_with_output().unwrap();
        assert_eq!(
            machine.tell(&output, None).lines().take(2).collect::<Vec<_>>(),
            ["status 0", "stdout: [dir]/tools/release-step/1.2.3/x64/release-step"]
        );
    }
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

/// The signal goes to the shell alone, which is in the middle of a download.
#[test]
fn a_cancelled_one_ends_at_once_and_leaves_nothing() {
    for shell in crate::shells::all() {
        for (signal, status) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
            let server = Server::start([Answer::Stall(vec![b'x'; 100_000])]);
            let machine = Machine::new().shell(&shell).tool_cache().argument(server.url());
            let mut child = machine.start();
            let begin = Instant::now();
            while !is_downloading(&machine) {
                assert!(begin.elapsed() < Duration::from_secs(20), "{shell:?}: nothing arrives");
                thread::sleep(Duration::from_millis(2));
            }
            let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
            assert!(sent.success());
            let begin = Instant::now();
            let ended = child.wait().unwrap();
            assert!(begin.elapsed() < Duration::from_secs(5), "{shell:?}, {signal}");
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            assert_eq!((ended.code(), &*stderr), (Some(status), ""), "{shell:?}, {signal}");
            let left = fs::read_dir(machine.path("tools/release-step/1.2.3/x64")).unwrap().count();
            assert_eq!(left, 0, "{shell:?}, {signal}");
        }
    }
}

fn is_downloading(machine: &Machine) -> bool {
    let Ok(entries) = fs::read_dir(machine.path("tools/release-step/1.2.3/x64")) else { return false };
    entries.flatten().any(|entry| entry.metadata().is_ok_and(|metadata| metadata.len() > 1000))
}

/// Its options are those of GNU's and of `BusyBox`'s.
#[test]
fn wget_does_as_well() {
    let Some(_) = find("wget") else { return missing("wget") };
    let server = Server::start([Answer::Status(500, String::new()), Answer::File(RIGHT.to_vec())]);
    let machine = Machine::new().without("curl").tool("wget").tool_cache().argument(server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/pauses: 1
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    let server = Server::start([Answer::Status(404, String::new())]);
    let told = Machine::new().without("curl").tool("wget").argument(server.url()).run(Some(&server));
    let told = told.lines().map(|line| line.split_once("(2").map_or(line.to_owned(), without_time));
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    status 7
    stderr: release-step: nothing was released: [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl could not be downloaded ([time] ERROR 404: It.): is there a release 1.2.3? A mirror must have this file, too
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

/// It begins with the day, as `2026-11-22 09:40:11`.
fn without_time((before, after): (&str, &str)) -> String {
    format!("{before}([time]{}", &after[18..])
}
