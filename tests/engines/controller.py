"""A Jenkins for `jenkins.py`, as far as Groovy with stand-ins is one."""

import contextlib
import json
import shutil
import subprocess
import threading

from engine import ROOT, environment

HERE = ROOT / "tests/engines"


class Groovy:
    """One process for all builds: to start it takes longer than a build."""

    def __enter__(self):
        command = ["groovy", "-cp", str(HERE), str(HERE / "jenkins.groovy")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def run(self, path):
        """The status of a build, and what it printed."""
        limit = threading.Timer(60, self.process.kill)
        limit.start()
        self.process.stdin.write(f"{path}\n".encode())
        self.process.stdin.flush()
        said = ""
        for line in self.process.stdout:
            if line.startswith(b"\0"):
                limit.cancel()
                return int(line[1:]), said
            said += line.decode(errors="replace")
        limit.cancel()
        raise OSError(f"Groovy ended: {said}")


class Jenkins:
    """A controller with the library at its tag, and an agent with a workspace, without a `release-step` on its PATH, and with
    `release` as its mirror. `root` is the project."""

    def __init__(self, checks, shell, root, release, sandbox):
        self.checks, self.shell, self.base, self.release, self.sandbox = checks, shell, root.parent, release, sandbox
        self.description = self.base / "build.json"
        self.workspace = self.base / "a job"
        for name in (self.workspace, "home", "tmp", "agent", "library/vars"):
            (self.base / name).mkdir(parents=True)
        (self.base / "agent/sh").symlink_to(shutil.which(shell))
        shutil.copy(ROOT / "vars/releaseStep.groovy", self.base / "library/vars")
        for name, text in release.installation().items():
            path = self.base / "library" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self, variables=None, path="", **more):
        """The status of one build. `variables` and `path` are the agent's. What befalls it: `then` (`abort`, `kill`, `lose`) as soon as
        the result's file has the text `when`; `archive` is `full`; on `windows` scripts end as told."""
        shutil.rmtree(self.base / "archive", ignore_errors=True)
        agents = {
            "PATH": f"{self.base}/agent:{path}/usr/bin:/bin",
            "WORKSPACE": str(self.workspace),
            "TMPDIR": str(self.base / "tmp"),
            "RELEASE_STEP_DOWNLOAD_BASE_URL": self.release.url,
            "INPUT_ENDPOINT": self.sandbox.url,
        }
        self.description.write_text(json.dumps({
            "base": str(self.base),
            "project": str(self.base / "project"),
            "library": str(self.base / "library"),
            "version": self.release.version,
            "credentials": credentials(self.sandbox),
            "environment": environment(self.base / "home", **{**agents, **(variables or {})}),
            **more,
        }))
        status, self.said = self.checks.groovy.run(self.description)
        self.checks.heard = self.said
        self.checks.without(self.shell, self.said + str(self.archive()), self.sandbox.secrets())
        left = [*(self.base / "tmp").iterdir(), *(self.base / "a job@tmp").glob("*")]
        self.checks.equal(f"{self.shell}: nothing is left on the agent", left, [])
        return status

    def archive(self):
        """Each archived file by its path."""
        files = [path for path in (self.base / "archive").rglob("*") if path.is_file()]
        return {str(path.relative_to(self.base / "archive")): json.loads(path.read_text()) for path in files}

    def result(self):
        """The one result in the archive."""
        (result,) = self.archive().values()
        return result

    def maps(self):
        """What the Jenkinsfile got from the step, as it printed it."""
        return [json.loads(line.removeprefix("echo: result ")) for line in self.said.splitlines() if line.startswith("echo: result ")]

    def has_said(self, text):
        return text in self.said


def credentials(sandbox):
    keys = sandbox.keys()
    return {
        "hw-ak": keys["HUAWEICLOUD_SDK_AK"],
        "hw-sk": keys["HUAWEICLOUD_SDK_SK"],
        "alibaba-cloud": [keys["ALIBABA_CLOUD_ACCESS_KEY_ID"], keys["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]],
    }


BINDINGS = {
    "release_artifact": "usernamePassword(credentialsId: 'alibaba-cloud', usernameVariable: 'ALIBABA_CLOUD_ACCESS_KEY_ID', passwordVariable: 'ALIBABA_CLOUD_ACCESS_KEY_SECRET')",
    "deploy_packages": "string(credentialsId: 'hw-ak', variable: 'HUAWEICLOUD_SDK_AK'), string(credentialsId: 'hw-sk', variable: 'HUAWEICLOUD_SDK_SK')",
}


def groovy(value):
    """A value as Groovy has it."""
    if isinstance(value, list):
        return "[" + ", ".join(groovy(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int):
        return "null" if value is None else str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def step(sandbox, operation, **more):
    """The library's step with what makes the operation succeed, and waits for it."""
    inputs = {name.removeprefix("INPUT_").lower(): value for name, value in sandbox.operations[operation].items() if name.startswith("INPUT_")}
    del inputs["endpoint"]
    inputs = {**inputs, "wait": True, "if_released": "adopt", "poll_interval": "100ms", **more}
    pairs = [f"{name}: {groovy(value)}" for name, value in inputs.items()]
    return f"releaseStep({', '.join(pairs)}, credentials: [{BINDINGS[operation]}])"


def library(release, body):
    return f"@Library('release-step@v{release.version}') _\nnode {{\n{body}\n}}\n"


def shown(call):
    return f"echo('result ' + groovy.json.JsonOutput.toJson({call}))"
