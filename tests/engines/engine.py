"""What the engines' scripts share: the README's blocks, the sandbox with its record, and the checks."""

import contextlib
import hashlib
import http.server
import os
import pathlib
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / os.environ.get("RELEASE_STEP", "target/release/release-step")
SANDBOX = ROOT / os.environ.get("SANDBOX", "target/debug/sandbox")

# What a fresh sandbox answers for its artifact.
VERSION_NAME = "1.24.0"

# What a run says that adopts the release of an earlier one, which is done and a numbered version.
ADOPTED = f"nothing was released by this run: an existing release, done (version 24, `{VERSION_NAME}`), was adopted"
FOUND = "found the existing release; no release call is sent"

# One line of the sandbox's log; see `tests/sandbox/src/main.rs`.
LINE = re.compile(r"\S+Z \w+ (?P<operation>\S+) (?P<status>\d+) (?P<request_id>\S+) (?P<verdict>accepted|released|refused)(: (?P<what>\S+))?")


def blocks(heading, language):
    """The README's fenced blocks of a language under a heading, as they stand."""
    readme = (ROOT / "README.md").read_text()
    section = re.search(rf"^### {re.escape(heading)}\n(.*?)(?=^##)", readme, re.S | re.M)
    found = re.findall(rf"^```{language}\n(.*?)^```$", section[1], re.S | re.M) if section else []
    if not found:
        sys.exit(f"the README has no {language} block under `{heading}`")
    return found


# Around the README's second block for GitHub, which is the steps of a job.
AROUND_STEPS = """\
name: release
on: workflow_dispatch
permissions: {}
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
"""


def github_workflows():
    """The README's two blocks for GitHub as workflows: a whole one, and one job's steps."""
    workflow, steps = blocks("GitHub Actions", "yaml")
    return workflow, AROUND_STEPS + textwrap.indent(steps, "      ")


class Sandbox:
    """Both clouds on loopback, where releases are quick. `operations` holds the variables that make each operation succeed."""

    def __init__(self, *options):
        self.command = [SANDBOX, "--pace", "300ms", *options]

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        self.log = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "log"
        self.process = subprocess.Popen(self.command, stdout=self.log.open("w"), stdin=subprocess.DEVNULL)
        self.stack.callback(self.process.wait)
        self.stack.callback(self.process.kill)
        deadline = time.monotonic() + 20
        while "# publish_extension_draft" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stack.close()
                sys.exit(f"{SANDBOX} does not start")
            time.sleep(0.02)
        text = self.log.read_text()
        self.url = re.search(r"http://\S+", text)[0]
        self.operations = {}
        for name, lines in re.findall(r"^# (\w+)\n((?:export .*\n)+)", text, re.M):
            words = shlex.split(lines.replace("export ", ""))
            self.operations[name] = dict(word.split("=", 1) for word in words)
        return self

    def __exit__(self, *_):
        self.stack.close()

    def keys(self):
        """The credentials of both clouds, under the names that the binary reads."""
        every = {name: value for inputs in self.operations.values() for name, value in inputs.items()}
        return {name: value for name, value in every.items() if not name.startswith("INPUT_")}

    def secrets(self):
        """What must stand nowhere."""
        return [value for name, value in self.keys().items() if name.endswith(("_SECRET", "_SK"))]

    def record(self):
        """Every request so far."""
        return [match.groupdict() for match in LINE.finditer(self.log.read_text())]

    def calls(self):
        """The release calls so far, without the questions for the status."""
        return [request for request in self.record() if request["operation"] in VENDORS_NAMES.values()]

    def only(self, verdict):
        """The release calls of one verdict, by operation; no operation may stand there twice."""
        found = [request for request in self.calls() if request["verdict"] == verdict]
        by_operation = {request["operation"]: request for request in found}
        assert len(by_operation) == len(found), found
        return by_operation


class Release:
    """A file server on loopback that plays the release of this version, or a mirror of it: `url` is a `download_base_url`. It has one
    binary, that of this machine, or `served` in its place. `asked` holds the paths that were asked for."""

    def __init__(self, served=None):
        self.binary = BINARY.read_bytes()
        self.served = self.binary if served is None else served
        self.asked = []
        self.version = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]
        self.name = f"release-step-{self.version}-{platform.machine()}-unknown-linux-musl"

    def table(self):
        """What SHA256SUMS says of it."""
        return f"{hashlib.sha256(self.binary).hexdigest()}  {self.name}\n"

    def installation(self):
        """The files below `resources`, as the tag's commit has them."""
        files = {f"resources/release-step/{name}": (ROOT / "resources/release-step" / name).read_text() for name in ("install.sh", "install.ps1")}
        return {**files, "resources/release-step/SHA256SUMS": self.table()}

    def __enter__(self):
        release = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                release.asked.append(self.path)
                found = self.path == f"/v{release.version}/{release.name}"
                body = release.served if found else b"not here"
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def inputs(sandbox):
    """The inputs of all operations as a project would keep them, such as `ARTIFACT_ID`."""
    every = [pair for operation in sandbox.operations.values() for pair in operation.items()]
    return {name.removeprefix("INPUT_"): value for name, value in every if name.startswith("INPUT_")}


@contextlib.contextmanager
def folder(files):
    """A git repository with these files, as an engine wants it."""
    with tempfile.TemporaryDirectory() as path:
        root = pathlib.Path(path) / "project"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        git = ["git", "-c", "user.name=engine", "-c", "user.email=engine@example.com", "-C", str(root)]
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "as it stands"], check=True)
        yield root


def environment(home, **more):
    """What an engine gets: nothing of the surroundings but `PATH`."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **more}


def run(command, cwd, env):
    """Runs a command to its end; both streams in one."""
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
    )
    return done.returncode, done.stdout.decode(errors="replace")


def lint(checks, command, cwd=ROOT):
    """The status; what it said is in `checks.heard`."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    checks.heard = done.stdout
    return done.returncode


class Checks:
    """Counts what was held against what. `heard` is what the engine printed last, shown where something failed."""

    def __init__(self):
        self.passed, self.failed, self.heard = 0, 0, ""

    def part(self, name, function, *arguments):
        before, self.heard = self.failed, ""
        try:
            function(self, *arguments)
        except (LookupError, TypeError, ValueError, OSError, AssertionError, subprocess.TimeoutExpired) as error:
            self.failed += 1
            print(f"FAILED {name}: ended early: {error!r}")
        if self.failed > before:
            print(textwrap.indent(self.heard[-4000:], f"  {name} | "))

    def equal(self, what, seen, wanted):
        if seen == wanted:
            self.passed += 1
            return
        self.failed += 1
        if isinstance(seen, dict) and isinstance(wanted, dict):
            same = {key for key in seen if key in wanted and seen[key] == wanted[key]}
            seen, wanted = ({key: side[key] for key in side if key not in same} for side in (seen, wanted))
        print(f"FAILED {what}\n  seen:   {seen!r}\n  wanted: {wanted!r}")

    def without(self, what, text, secrets):
        self.equal(f"{what}: no secret", [secret for secret in secrets if secret in text], [])

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0 or self.passed == 0)


def expected(operation, released, inputs, waited=False):
    """The outputs of an accepted call, or of a release that is done, that follow from the sandbox's record and the inputs."""
    ids = released["what"]
    version, status = ("24", "Available") if waited else ("draft", "Scanning")
    own = {
        "release_artifact": {"ArtifactId": ids, "ArtifactType": "File", "ArtifactVersion": version, "VersionName": VERSION_NAME, "Status": status},
        "publish_routine_code_revision": {"CodeRevision": ids},
        "release_package": {"release_package_id": ids, "package_name": inputs.get("INPUT_PACKAGE_NAME")},
        "deploy_packages": {"package_id": ids},
        "publish_extension_draft": {"published": "true"},
    }
    common = {"operation": operation, "released": "yes", "release_outcome": "succeeded" if waited else "submitted", "exit_status": "0"}
    return {**own[operation], **common, "release_origin": "call", "request_id": released["request_id"]}


def adopted(first):
    """The outputs of a second run that adopts what the first one released, by that one's outputs. No call of its own has an id."""
    own = {"request_id", "started_at", "ended_at", "result", "client_token", "previous_version"}
    return {**{name: value for name, value in first.items() if name not in own}, "release_origin": "adopted", "request_id": None, "client_token": None}


VENDORS_NAMES = {
    "release_artifact": "ReleaseArtifact",
    "publish_routine_code_revision": "PublishRoutineCodeRevision",
    "release_package": "CreateFactoryPendingItemsPackage",
    "deploy_packages": "DeployFactoryPackages",
    "publish_extension_draft": "PublishPluginDraft",
}
