"""`check-binary` on programs that are what they say, and on such that are not."""

import struct
import subprocess

from world import HERE, ROOT, World

MUSL = "x86_64-unknown-linux-musl"


def program(folder, name, version=None):
    file = folder / name
    subprocess.run([HERE / "program", version or current(), file], check=True)
    return file


def current():
    text = (ROOT / "Cargo.toml").read_text()
    return text.split('\nversion = "', 1)[1].split('"', 1)[0]


def mach(folder, machine):
    """The head of a program for macOS."""
    file = folder / f"mach-{machine:x}"
    file.write_bytes(struct.pack("<II", 0xFEEDFACF, machine) + b"\0" * 64 + b"__DATA,.dep-v0")
    return file


def windows(folder, machine, more=b""):
    """The head of a program for Windows."""
    file = folder / f"pe-{machine:x}-{len(more)}"
    file.write_bytes(
        b"MZ" + b"\0" * 58 + struct.pack("<I", 0x110) + b"\0" * 0xD0 + b"PE\0\0" + struct.pack("<H", machine) + b".dep-v0" + more
    )
    return file


def judged(checks, folder):
    folder.mkdir()
    libraries = folder / "otool"
    # Stands in for macOS's: the second library is not the system's, if LIBRARY is set.
    World.write(libraries, '#!/bin/sh\nprintf "%s:\\n\\t/usr/lib/libSystem.B.dylib (x)\\n%s" "$2" "${LIBRARY:+\t$LIBRARY (x)\n}"\n', 0o755)

    def judge(what, file, target, *wanted, library=""):
        command = [ROOT / ".github/release/check-binary", file, target]
        env = {"PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin", "LIBRARY": library}
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if wanted:
            said = (1, "".join(f"{line}\n" for line in (f"{file}:", *(f"  - {line}" for line in wanted))))
        else:
            said = (0, f"{file}: release-step {current()} for {target}, {file.stat().st_size} bytes\n")
        checks.equal(f"check-binary: {what}", (done.returncode, done.stdout), said)

    judge("as it should be", program(folder, "good"), MUSL)
    judge("for another machine", folder / "good", "aarch64-unknown-linux-musl", "it is no program for aarch64-unknown-linux-musl")
    judge("for another system", folder / "good", "x86_64-pc-windows-msvc", "it is no program for x86_64-pc-windows-msvc")
    judge("for no target", folder / "good", "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu is no target of a release")
    judge("with a loader", changed(folder, "dynamic", " -static "), MUSL, "it needs the loader of a C library", "it needs shared libraries")
    judge("not stripped", changed(folder, "unstripped", " -s "), MUSL, "it is not stripped")
    judge("of another version", program(folder, "old", version="0.0.9"), MUSL, "to `--version` it says: release-step 0.0.9")
    large = program(folder, "large")
    with large.open("ab") as file:
        file.write(b"\0" * 3_500_000)
    judge("too large", large, MUSL, f"it has {large.stat().st_size} bytes, at most 3500000 are allowed")
    bare = folder / "bare"
    bare.write_bytes(program(folder, "with").read_bytes().replace(b".dep-v0", b".rep-v0"))
    judge("without its parts", bare, MUSL, "it has no list of its parts (cargo auditable)")
    foreign(folder, judge)


def changed(folder, name, flag):
    """A program that is made without one of the flags."""
    script = (HERE / "program").read_text()
    assert script.count(flag) == 1
    (folder / "builder").write_text(script.replace(flag, " "))
    subprocess.run(["bash", folder / "builder", current(), folder / name], check=True)
    return folder / name


def foreign(folder, judge):
    """What this machine cannot run, and says so; nothing else is wrong with the first of each."""
    arm, intel, x64, arm64 = mach(folder, 0x100000C), mach(folder, 0x1000007), windows(folder, 0x8664), windows(folder, 0xAA64)

    script = ROOT / ".github/release/check-binary"
    line = next(number for number, line in enumerate(script.read_text().splitlines(), 1) if line.startswith("said="))

    def unrun(file):
        return f"to `--version` it says: {script}: line {line}: {file}: cannot execute binary file: Exec format error"

    for what, file, target in (
        ("macOS, arm64", arm, "aarch64-apple-darwin"),
        ("macOS, x64", intel, "x86_64-apple-darwin"),
        ("Windows, x64", x64, "x86_64-pc-windows-msvc"),
        ("Windows, arm64", arm64, "aarch64-pc-windows-msvc"),
    ):
        judge(what, file, target, unrun(file))
    judge("macOS, the other machine", intel, "aarch64-apple-darwin", "it is no program for aarch64-apple-darwin", unrun(intel))
    judge(
        "macOS, a library",
        arm,
        "aarch64-apple-darwin",
        "it needs libraries that are not the system's: /opt/lib/libmine.dylib (x)",
        unrun(arm),
        library="/opt/lib/libmine.dylib",
    )
    needy = windows(folder, 0x8664, b"\0VCRUNTIME140.dll\0")
    judge("Windows, the package of Visual C++", needy, "x86_64-pc-windows-msvc", "it needs the package of Visual C++", unrun(needy))
