"""A maintainer's clone of this project with a version to release, its origin, and GitHub, which is the stand-in's folder."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

from github import HERE, ROOT, Job, stand_in

SIGNED = stand_in().signed
LAST, VERSION = "0.1.0", "0.2.0"
TAG = f"v{VERSION}"
LINUX = "x86_64-unknown-linux-musl"
TARGETS = [
    f"{machine}-{system}" for machine in ("aarch64", "x86_64") for system in ("apple-darwin", "pc-windows-msvc", "unknown-linux-musl")
]
NOTES = "### Added\n\n- Something new.\n"
TABLE, TEMPLATE = "resources/release-step/SHA256SUMS", "templates/release-step.yml"

# The place of the table in the component.
COMPONENT = """\
spec:
---
release:
  script:
    - |
      cat >SHA256SUMS <<'end of SHA256SUMS'
      end of SHA256SUMS
      sh install.sh
"""

SETTINGS = {
    "immutable-releases": {"enabled": True},
    "rulesets": [{"target": "branch", "enforcement": "active"}, {"target": "tag", "enforcement": "active"}],
    "rules/branches/main": [{"type": "deletion"}, {"type": "non_fast_forward"}, {"type": "required_status_checks"}],
    "environments/release": {"protection_rules": [{"type": "required_reviewers"}, {"type": "branch_policy"}]},
    "actions/permissions/workflow": {"default_workflow_permissions": "read"},
}

# They stand in for `.github/image/push` and `tag`, which are tested elsewhere.
PUSH = """\
#!/usr/bin/env bash
set -euo pipefail
echo "$1 $2 $(cd "$3" && ls | tr '\\n' ' ')" >"$STAND_IN/pushed"
echo "sha256:$(printf '%064d' 7)"
"""
NAME_IT = """\
#!/usr/bin/env bash
echo "$*" >"$STAND_IN/tagged"
"""

# Stand-ins that have nothing to do but to be called as they should.
ONLY = """\
#!/usr/bin/env bash
case $* in {}) ;; *) echo "stand-in: unknown invocation: {} $*" >&2; exit 2 ;; esac
"""
CALLED = {
    "rustup": "'toolchain install 1.95.0 --profile minimal' | 'toolchain install 1.95.0 --profile minimal --target '*-unknown-linux-musl",
    "sudo": "'apt-get update -qq' | 'apt-get install -qq -y --no-install-recommends musl-tools'",
    "docker": "'login ghcr.io --username maintainer --password-stdin'",
}


def name(target):
    return f"release-step-{VERSION}-{target}" + (".exe" if "windows" in target else "")


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.origin, self.home, self.state, self.bin = (self.folder / part for part in ("origin.git", "maintainer", "github", "bin"))

    @classmethod
    def new(cls, folder):
        """The last version is released; the next one is written, committed and pushed, and CI has passed."""
        world = cls(folder)
        world.state.mkdir()
        world.put("settings.json", SETTINGS)
        world.bin.mkdir()
        for stand_in_name, known in CALLED.items():
            world.write(world.bin / stand_in_name, ONLY.format(known, stand_in_name), 0o755)
        for stand_in_name in ("gh", "cargo"):
            (world.bin / stand_in_name).symlink_to(HERE / stand_in_name)
        subprocess.run(["git", "init", "--quiet", "--template=", "--bare", "--initial-branch", "main", str(world.origin)], check=True)
        world.home.mkdir()
        world.git("init", "--quiet", "--template=", "--initial-branch", "main")
        world.git("remote", "add", "origin", f"file://{world.origin}")
        world.project()
        world.commit("The last version")
        world.git("tag", f"v{LAST}")
        world.raise_version()
        world.commit("Raise the version")
        world.git("push", "--quiet", "origin", "main", f"v{LAST}")
        world.put("runs.json", [world.run("success"), world.run("failure")])
        return world

    def project(self):
        """This project's own files, as far as the scripts read them."""
        for path in ("Cargo.toml", "Cargo.lock", "README.md", "CHANGELOG.md", "resources/release-step/install.sh", ".gitignore"):
            (self.home / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, self.home / path)
        shutil.copytree(ROOT / ".github/release", self.home / ".github/release")
        self.write(self.home / ".github/image/push", PUSH, 0o755)
        self.write(self.home / ".github/image/tag", NAME_IT, 0o755)
        self.write(self.home / TABLE, "")
        self.write(self.home / TEMPLATE, COMPONENT)
        self.write(self.home / "tests/sandbox/Cargo.toml", "")
        self.edit("Cargo.toml", r'(?m)^version = "[\d.]+"', f'version = "{LAST}"')
        self.edit("Cargo.lock", r'(name = "(?:release-step|sandbox)"\nversion = )"[\d.]+"', rf'\1"{LAST}"')
        self.edit("README.md", r"(release-step[/\w.$\[\]-]*[@:]v?|\bv|release-step[-/])(\d+\.\d+\.\d+|main)\b", rf"\g<1>{LAST}")
        self.write(self.home / "CHANGELOG.md", f"# Changelog\n\n## [Unreleased]\n\n## [{LAST}] - 2026-01-02\n\n- The first.\n")

    def raise_version(self):
        self.edit("Cargo.toml", rf'(?m)^version = "{LAST}"', f'version = "{VERSION}"')
        self.edit("Cargo.lock", rf'(name = "(?:release-step|sandbox)"\nversion = )"{LAST}"', rf'\1"{VERSION}"')
        self.edit("README.md", rf"(release-step[/\w.$\[\]-]*[@:]v?|\bv|release-step[-/]){LAST}\b", rf"\g<1>{VERSION}")
        self.edit("CHANGELOG.md", r"## \[Unreleased\]\n", f"## [Unreleased]\n\n## [{VERSION}] - 2026-11-22\n\n{NOTES}")

    @staticmethod
    def write(path, text, mode=0o644):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def edit(self, path, pattern, replacement):
        text, count = re.subn(pattern, replacement, (self.home / path).read_text())
        assert count, f"{path} has no {pattern}"
        (self.home / path).write_text(text)

    def put(self, file, value):
        (self.state / file).write_text(json.dumps(value))

    def get(self, file):
        path = self.state / file
        return json.loads(path.read_text()) if path.exists() else []

    def run(self, conclusion):
        """A run of a workflow for the tip of main."""
        return {"workflow": "ci.yml", "headSha": self.head(), "status": "completed", "conclusion": conclusion}

    def environment(self):
        more = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.folder), "STAND_IN": str(self.state), "LANG": "C.UTF-8"}
        people = {
            f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "m"), ("EMAIL", "m@example.com"))
        }
        return {**more, **people, "RELEASE_PAUSE": "0", "BUILD_PROGRAM": str(HERE / "program")}

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.home, env=self.environment(), check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def head(self, revision="HEAD"):
        return self.git("rev-parse", f"{revision}^{{commit}}")

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def script(self, script, *words):
        """What a maintainer runs: its status and what it said."""
        command = [f".github/release/{script}", *map(str, words)]
        done = subprocess.run(
            command,
            cwd=self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout

    def signer(self, ref, commit):
        return {
            "workflow": "release-step/release-step/.github/workflows/release.yml",
            "ref": ref,
            "commit": commit,
            "runner": "github-hosted",
        }

    def attest(self, statement):
        bundle = SIGNED(statement)
        self.put("attestations.json", [*self.get("attestations.json"), bundle])
        return bundle

    def job(self, name, ref="refs/heads/main", commit=None, artifacts=None, matrix=None):
        return Job(self, name, ref, commit or self.head("origin/main"), {} if artifacts is None else artifacts, matrix)

    def built(self):
        """The artifacts of a whole build. This machine builds its own program only."""
        artifacts = {f"release-{target}": {name(target): f"a program for {target}\n".encode()} for target in TARGETS if target != LINUX}
        jobs = self.job("build", artifacts=artifacts, matrix={"target": LINUX}), self.job("parts", artifacts=artifacts)
        said = [(job.run(), job.said) for job in jobs]
        assert [status for status, _ in said] == [0, 0], said
        return artifacts

    def drafted(self):
        job = self.job("draft", artifacts=self.built())
        assert job.run() == 0, job.said
        return self

    def tagged(self):
        status, said = self.script("prepare")
        assert status == 0, said
        self.git("push", "--quiet", "--atomic", "origin", "main", TAG)
        return self

    def publish(self, tag=TAG):
        """What the job came to, and the releases after it."""
        job = self.job("publish", f"refs/tags/{tag}", self.head(tag))
        return job.run(), job.said

    def copy(self, folder):
        """Another world that goes on from here."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("job-*"))
        world = World(folder)
        world.git("remote", "set-url", "origin", f"file://{world.origin}")
        return world

    def asset(self, name):
        return self.state / "assets" / TAG / name

    def table(self):
        sums = [(hashlib.sha256(self.asset(name(target)).read_bytes()).hexdigest(), name(target)) for target in TARGETS]
        return "".join(f"{digest}  {file}\n" for digest, file in sums)
