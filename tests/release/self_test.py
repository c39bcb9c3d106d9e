"""Runs the job of `ci.yml` that tries the action, in act, with a stand-in for cargo that builds nothing: the programs are here already."""

import sys

from github import HERE, ROOT
from world import World

sys.path.insert(0, str(HERE.parent / "engines"))
from engine import BINARY, SANDBOX, environment, folder, run  # noqa: E402

CARGO = rf"""#!/usr/bin/env bash
set -euo pipefail
case $* in
'build --quiet --locked --package sandbox')
    mkdir -p target/debug
    # GitHub ends what a job leaves running.
    printf '#!/bin/sh\nexec timeout 100 {SANDBOX} "$@"\n' >target/debug/sandbox
    chmod +x target/debug/sandbox
    ;;
'install --quiet --locked --force --no-track --bin release-step --path '*' --root '*)
    while [ "$1" != --root ]; do shift; done
    mkdir -p "$2/bin"
    cp '{BINARY}' "$2/bin"
    ;;
*) exit 2 ;;
esac
"""


def job(checks, *changes):
    """The job's status with some text of `self-test` changed."""
    paths = [
        ".github/self-test",
        ".github/workflows/ci.yml",
        "action.yml",
        "resources/release-step/install.sh",
        "resources/release-step/SHA256SUMS",
    ]
    files = {path: (ROOT / path).read_text() for path in paths}
    for old, new in changes:
        assert files[".github/self-test"].count(old) == 1
        files[".github/self-test"] = files[".github/self-test"].replace(old, new)
    with folder(files) as root:
        (root / ".github/self-test").chmod(0o755)
        place = World(root.parent).folder / "bin"
        World.write(place / "cargo", CARGO, 0o755)
        World.write(place / "rustup", '#!/bin/sh\n[ "$*" = "toolchain install 1.95.0 --profile minimal" ]\n', 0o755)
        env = environment(root.parent / "home")
        env["PATH"] = f"{place}:{env['PATH']}"
        command = ["act", "push", "--job", "action", "--matrix", "system:ubuntu-24.04", "--platform", "ubuntu-24.04=-self-hosted"]
        status, checks.heard = run(command, root, env)
    return status


def tried(checks):
    checks.equal("self-test: the action", job(checks), 0)
    checks.equal("self-test: both judges spoke", checks.heard.count("Success - Main Judge"), 2)
    checks.equal("self-test: what is red must be red with 3", job(checks, ('.exit_status == "3"', '.exit_status == "2"')), 1)
    checks.equal("self-test: it was the second judge", "Failure - Main Judge that" in checks.heard, True)
