"""What no linter knows of the workflows, and where the downloads of `cargo binstall` and of the installation come from."""

import json
import os
import re
import subprocess
import tempfile
import tomllib

from github import ROOT, WORKFLOWS, workflow
from world import TARGETS, World

READ = {"contents": "read"}
SIGN = {"id-token": "write", "attestations": "write"}
PERMISSIONS = {
    "check": {"contents": "write"},
    "build": READ,
    "parts": READ,
    "draft": {"contents": "write", **SIGN},
    "publish": {"contents": "write", "attestations": "read"},
    "image": {**READ, "packages": "write", **SIGN},
}


def workflows(checks):
    release, ci = workflow("release.yml"), workflow("ci.yml")
    checks.equal("release: permissions", {name: job["permissions"] for name, job in release["jobs"].items()}, PERMISSIONS)
    conditions = {name: job["if"] for name, job in release["jobs"].items() if "if" in job}
    wanted = {
        "check": "github.event_name == 'workflow_dispatch' && github.ref == 'refs/heads/main'",
        "publish": "github.event_name == 'push'",
    }
    checks.equal("release: what each start runs", conditions, wanted)
    needs = {name: job["needs"] for name, job in release["jobs"].items() if "needs" in job}
    checks.equal("release: needs", needs, {"build": "check", "parts": "check", "draft": ["build", "parts"], "image": "publish"})
    checks.equal(
        "release: targets", sorted(leg["target"] for leg in release["jobs"]["build"]["strategy"]["matrix"]["include"]), sorted(TARGETS)
    )
    checks.equal("release: a person agrees", release["jobs"]["publish"].get("environment"), "release")
    checks.equal(
        "ci: permissions", {json.dumps(job["permissions"]) for name, job in ci["jobs"].items() if name != "conclusion"}, {json.dumps(READ)}
    )
    used = sorted(set(re.findall(r"uses: (\S+@.+)", "".join(path.read_text() for path in WORKFLOWS.iterdir()))))
    checks.equal(
        "each action is used in one version",
        [re.fullmatch(r"(actions/[a-z-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)[1] for use in used],
        sorted(f"actions/{name}" for name in ("attest", "checkout", "download-artifact", "upload-artifact")),
    )
    conclusion(checks, ci["jobs"])


def conclusion(checks, jobs):
    job = jobs["conclusion"]
    checks.equal("conclusion: needs all", sorted(job["needs"]), sorted(set(jobs) - {"conclusion"}))
    checks.equal("conclusion: whatever came of them", job["if"], "always()")
    (step,) = job["steps"]

    def status(*results):
        needs = json.dumps({str(number): {"result": result, "outputs": {}} for number, result in enumerate(results)})
        env = {"PATH": os.environ["PATH"], "NEEDS": needs}
        return subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=env, stdout=subprocess.DEVNULL).returncode

    seen = {
        results: status(*results)
        for results in (("success",) * 5, ("success", "failure"), ("skipped", "success"), ("success", "cancelled"), ())
    }
    checks.equal("conclusion", list(seen.values()), [0, 1, 1, 1, 1])


def installed(target, version):
    """The address from which install.sh downloads on a machine of this kind."""
    machine, system = target.split("-", 1)
    uname = {"unknown-linux-musl": "Linux", "apple-darwin": "Darwin", "pc-windows-msvc": "MINGW64_NT-10.0"}[system]
    suffix = ".exe" if "windows" in system else ""
    with tempfile.TemporaryDirectory() as folder:
        place = World(folder).folder
        World.write(place / "resources/SHA256SUMS", f"{'0' * 64}  release-step-{version}-{target}{suffix}\n")
        World.write(place / "resources/install.sh", (ROOT / "resources/release-step/install.sh").read_text())
        World.write(place / "bin/uname", f"#!/bin/sh\ncase $1 in -s) echo {uname} ;; -m) echo {machine} ;; esac\n", 0o755)
        World.write(place / "bin/curl", f'#!/bin/sh\nfor word; do :; done\necho "$word" >{place}/asked\nexit 22\n', 0o755)
        env = {"PATH": f"{place}/bin:/usr/bin:/bin", "HOME": folder, "RUNNER_ARCH": {"x86_64": "X64", "aarch64": "ARM64"}[machine]}
        done = subprocess.run(["sh", place / "resources/install.sh"], env=env, capture_output=True, text=True)
        assert done.returncode == 7, done.stderr
        return (place / "asked").read_text().strip()


def binstall(checks):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())
    shared, package = package["workspace"]["package"], package["package"]
    settings = package["metadata"]["binstall"]
    checks.equal(
        "binstall: settings",
        {key: value for key, value in settings.items() if key != "pkg-url"},
        {"pkg-fmt": "bin", "disabled-strategies": ["quick-install", "compile"]},
    )
    for target in TARGETS:
        names = {"repo": shared["repository"], "name": package["name"], "version": shared["version"], "target": target}
        names["binary-ext"] = ".exe" if "windows" in target else ""
        url = re.sub(r"\{ ([a-z-]+) \}", lambda match: names[match[1]], settings["pkg-url"])
        checks.equal(f"binstall: {target}", url, installed(target, shared["version"]))
