//! The tool cache, then PATH, then a download.

use std::fs;
use std::os::unix::fs::MetadataExt;

use insta::assert_snapshot;

use crate::machine::{Machine, OLDER, PLACE, RIGHT, TAMPERED};
use crate::server::Server;

/// Neither cargo nor a network nor anything that could use one.
#[test]
fn a_tool_cache_is_enough() {
    let machine = Machine::new().without("curl").cached(RIGHT);
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

#[test]
fn a_tool_cache_without_the_mode_is_enough() {
    let machine = Machine::new().without("curl").tool_cache().file(&format!("tools/{PLACE}"), RIGHT);
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

#[test]
fn a_mirror_is_enough() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().tool_cache().argument(server.url() + "/some/where/");
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/some/where/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /some/where/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    // The next job finds it there.
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

#[test]
fn the_mirror_may_come_by_a_variable_and_the_argument_wins() {
    let (server, other) = (Server::of(RIGHT), Server::of(TAMPERED));
    let machine = Machine::new().env("RELEASE_STEP_DOWNLOAD_BASE_URL", server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    let machine = Machine::new().env("RELEASE_STEP_DOWNLOAD_BASE_URL", other.url()).argument(server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn the_same_bytes_on_path_are_enough() {
    let machine = Machine::new().without("curl").executable("bin/release-step", RIGHT);
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/bin/release-step
    ");
}

#[test]
fn an_older_one_on_path_is_left_alone_and_passed_over() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().executable("usr/release-step", OLDER).tool_cache().argument(server.url());
    let path = format!("{}:{}", machine.path("usr").display(), machine.path("bin").display());
    assert_snapshot!(machine.env("PATH", path).run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: release-step: [dir]/usr/release-step, which is on PATH, is not the release-step 1.2.3 that the table names: it is left alone, and not run
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    left: usr/release-step, older, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_tampered_tool_cache_is_not_run_but_replaced() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().cached(TAMPERED).argument(server.url()).env("GITHUB_ACTIONS", "true");
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/tools/release-step/1.2.3/x64/release-step
    stderr: ::notice title=release-step::[dir]/tools/release-step/1.2.3/x64/release-step, which is in the tool cache, is not the release-step 1.2.3 that the table names: it is not run
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn a_tampered_tool_cache_that_nobody_can_write_is_not_run_and_another_place_is_taken() {
    let server = Server::of(RIGHT);
    let machine =
        Machine::new().cached(TAMPERED).read_only("tools/release-step/1.2.3/x64").argument(server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: [dir]/tools/release-step/1.2.3/x64/release-step, which is in the tool cache, is not the release-step 1.2.3 that the table names: it is not run
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    left: tools/release-step/1.2.3/x64/release-step, tampered, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
    // And so the next time, without a download.
    assert_snapshot!(machine.run(None), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: [dir]/tools/release-step/1.2.3/x64/release-step, which is in the tool cache, is not the release-step 1.2.3 that the table names: it is not run
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    left: tools/release-step/1.2.3/x64/release-step, tampered, 755
    ");
}

#[test]
fn without_any_cache_the_jobs_own_folder_is_taken() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().argument(server.url()).file("temp/x", "");
    let (home, temp) = (machine.path("home"), machine.path("temp"));
    fs::write(home.join(".cache"), "").unwrap();
    let told = machine.env("RUNNER_TEMP", temp).run(Some(&server));
    assert_snapshot!(without_random(&told), @"
    status 0
    stdout: [dir]/temp/release-step.[random]/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache
    left: temp/release-step.[random]/release-step, right, 755
    left: temp/x
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

/// A cache whose name means something else in another folder, or is more than one line.
#[test]
fn odd_caches_are_passed_over() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().env("RUNNER_TOOL_CACHE", "some tools").env("XDG_CACHE_HOME", "/tmp/a\nb=c");
    assert_snapshot!(machine.argument(server.url()).run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    ");
}

#[test]
fn paths_may_have_spaces_and_quotes() {
    let server = Server::of(RIGHT);
    let machine = Machine::new().argument(server.url());
    let cache = machine.path("it's \"a\" $(cache) * %41");
    assert_snapshot!(machine.env("RUNNER_TOOL_CACHE", cache).run(Some(&server)), @r#"
    status 0
    stdout: [dir]/it's "a" $(cache) * %41/release-step/1.2.3/x64/release-step
    stderr: release-step: 1.2.3 for x86_64-unknown-linux-musl, downloaded from [server]/v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl and verified
    left: it's "a" $(cache) * %41/release-step/1.2.3/x64/release-step, right, 755
    asked: GET /v1.2.3/release-step-1.2.3-x86_64-unknown-linux-musl
    "#);
}

/// For the other users of the runner, whatever this job has set.
#[test]
fn a_cache_can_be_read_by_everybody() {
    let server = Server::of(RIGHT);
    let strict = ["/bin/sh", "-c", "umask 077; exec /bin/sh \"$0\" \"$@\""].map(str::to_owned);
    let machine = Machine::new().shell(&strict).tool_cache().argument(server.url());
    assert!(machine.run(Some(&server)).starts_with("status 0\n"));
    let folders = ["tools", "tools/release-step", "tools/release-step/1.2.3/x64"];
    assert_eq!(folders.map(|folder| fs::metadata(machine.path(folder)).unwrap().mode() & 0o777), [0o755; 3]);
}

/// What `mktemp` chose.
fn without_random(told: &str) -> String {
    let mut parts = told.split("release-step.");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |told, part| told + "release-step.[random]" + &part[6..])
}
