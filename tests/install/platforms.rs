//! Which binary it is, by what `uname` says; and the table.

use insta::assert_snapshot;

use crate::machine::{Machine, RIGHT};
use crate::server::Server;

/// The path that is printed, and the file that is asked for.
fn installed(system: &str, machine: &str, more: &[(&str, &str)]) -> [String; 2] {
    let server = Server::of(RIGHT);
    let machine = Machine::new().system(system, machine).tool_cache().argument(server.url());
    let machine = more.iter().fold(machine, |machine, (name, value)| machine.env(name, *value));
    let told = machine.run(Some(&server));
    let line =
        |start: &str| told.lines().find_map(|line| line.strip_prefix(start)).unwrap_or(&told).to_owned();
    [line("stdout: [dir]/tools/release-step/1.2.3/"), line("asked: GET /v1.2.3/release-step-1.2.3-")]
}

#[test]
fn each_platform_has_its_own() {
    let both = [
        installed("Linux", "x86_64", &[]),
        installed("Linux", "amd64", &[("RUNNER_ARCH", "ARM64")]),
        installed("Linux", "aarch64", &[]),
        installed("Darwin", "arm64", &[]),
        installed("Darwin", "x86_64", &[]),
        installed("MINGW64_NT-10.0-26100", "x86_64", &[]),
        installed(
            "MINGW64_NT-10.0-26100",
            "x86_64",
            &[("RUNNER_ARCH", "ARM64"), ("PROCESSOR_ARCHITECTURE", "AMD64")],
        ),
        installed("MSYS_NT-10.0", "x86_64", &[("PROCESSOR_ARCHITECTURE", "ARM64")]),
        installed(
            "CYGWIN_NT-10.0",
            "i686",
            &[("PROCESSOR_ARCHITEW6432", "AMD64"), ("PROCESSOR_ARCHITECTURE", "x86")],
        ),
    ];
    assert_snapshot!(both.map(|both| both.join(" ")).join("\n"), @"
    x64/release-step x86_64-unknown-linux-musl
    x64/release-step x86_64-unknown-linux-musl
    arm64/release-step aarch64-unknown-linux-musl
    arm64/release-step aarch64-apple-darwin
    x64/release-step x86_64-apple-darwin
    x64/release-step.exe x86_64-pc-windows-msvc.exe
    arm64/release-step.exe aarch64-pc-windows-msvc.exe
    arm64/release-step.exe aarch64-pc-windows-msvc.exe
    x64/release-step.exe x86_64-pc-windows-msvc.exe
    ");
}

#[test]
fn what_the_table_does_not_have_is_said() {
    for (system, machine, target) in [
        ("FreeBSD", "amd64", "x86_64-FreeBSD"),
        ("Linux", "riscv64", "riscv64-unknown-linux-musl"),
        ("Linux", "armv7l", "armv7l-unknown-linux-musl"),
        ("MINGW32_NT-6.1", "i686", "i686-pc-windows-msvc"),
    ] {
        assert_eq!(
            Machine::new().system(system, machine).run(None),
            format!(
                "status 2\nstderr: release-step: nothing was released: SHA256SUMS, the table of binaries, has none for \
                 {target}: use a tagged version, which lists Linux, macOS and Windows on x64 and arm64, or build it \
                 from source\n"
            )
        );
    }
}

/// As it is before the first tag.
#[test]
fn an_empty_table_is_said() {
    assert_snapshot!(Machine::new().file("action/SHA256SUMS", "").cached(RIGHT).run(None), @"
    status 2
    stderr: release-step: nothing was released: SHA256SUMS, the table of binaries, has none for x86_64-unknown-linux-musl: use a tagged version, which lists Linux, macOS and Windows on x64 and arm64, or build it from source
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

#[test]
fn a_missing_table_is_said() {
    let machine = Machine::new().cached(RIGHT);
    std::fs::remove_file(machine.path("action/SHA256SUMS")).unwrap();
    assert_snapshot!(machine.run(None), @"
    status 2
    stderr: release-step: nothing was released: [dir]/action/SHA256SUMS, the table of binaries, cannot be read: it belongs beside install.sh
    left: tools/release-step/1.2.3/x64/release-step, right, 755
    ");
}

/// As an editor may leave it, and as a version that is not final is written.
#[test]
fn a_table_needs_no_line_feed_at_its_end_and_versions_may_have_hyphens() {
    let table = format!("{}  release-step-2.0.0-rc.1-x86_64-unknown-linux-musl", crate::machine::sum(RIGHT));
    let server = Server::of(RIGHT);
    let machine = Machine::new().file("action/SHA256SUMS", table).argument(server.url());
    assert_snapshot!(machine.run(Some(&server)), @"
    status 0
    stdout: [dir]/home/.cache/release-step/2.0.0-rc.1/x64/release-step
    stderr: release-step: 2.0.0-rc.1 for x86_64-unknown-linux-musl, downloaded from [server]/v2.0.0-rc.1/release-step-2.0.0-rc.1-x86_64-unknown-linux-musl and verified
    left: home/.cache/release-step/2.0.0-rc.1/x64/release-step, right, 755
    asked: GET /v2.0.0-rc.1/release-step-2.0.0-rc.1-x86_64-unknown-linux-musl
    ");
}
