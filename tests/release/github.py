"""Runs jobs of `release.yml` as GitHub does: each in a fresh check-out, with the steps' own scripts and stand-ins for the four actions. What
it does not know (an action, an option of one, an expression) ends the test."""

import fnmatch
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import tempfile

from ruamel.yaml import YAML

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORKFLOWS = ROOT / ".github/workflows"


def workflow(name):
    return YAML(typ="safe").load((WORKFLOWS / name).read_text())


def stand_in():
    """The stand-in for `gh` as a module, to sign with it."""
    os.environ.setdefault("STAND_IN", "")
    loader = importlib.machinery.SourceFileLoader("gh", str(HERE / "gh"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("gh", loader))
    loader.exec_module(module)
    return module


class Job:
    """One job. `event` is the ref and its commit; `artifacts` are kept from job to job."""

    def __init__(self, world, name, ref, commit, artifacts, matrix=None):
        self.world, self.name, self.ref, self.commit, self.artifacts = world, name, ref, commit, artifacts
        place = pathlib.Path(tempfile.mkdtemp(prefix="job-", dir=world.folder))
        self.folder, self.temp = place / "work", place / "temp"
        self.temp.mkdir()
        self.workflow = workflow("release.yml")
        self.job = self.workflow["jobs"][name]
        self.matrix, self.outputs, self.said = matrix or {}, {}, ""

    def value(self, text):
        """A text with its expressions replaced."""
        contexts = {"github.token": lambda: "the token of the job"}

        def one(match):
            expression = match[1]
            if expression in contexts:
                return contexts[expression]()
            if found := re.fullmatch(r"matrix\.(\w+)", expression):
                return self.matrix[found[1]]
            if found := re.fullmatch(r"steps\.(\w+)\.outputs\.([\w-]+)", expression):
                return self.outputs[found[1]][found[2]]
            raise ValueError(f"unknown expression {expression}")

        return re.sub(r"\$\{\{ (.+?) \}\}", one, str(text))

    def run(self):
        """Runs the steps; the status of the last, or of the one that failed."""
        for step in self.job["steps"]:
            if step.get("if", "runner.os == 'Linux'") != "runner.os == 'Linux'":
                raise ValueError(f"unknown condition {step['if']}")
            options = {name: self.value(value) for name, value in step.get("with", {}).items()}
            if "run" in step:
                status, outputs = self.script(step)
            else:
                action = {
                    "checkout": self.checkout,
                    "upload-artifact": self.upload,
                    "download-artifact": self.download,
                    "attest": self.attest,
                }
                name = re.fullmatch(r"actions/([a-z-]+)@[0-9a-f]{40}", step["uses"])[1]
                status, outputs = 0, action[name](**{key.replace("-", "_"): value for key, value in options.items()})
            if "id" in step:
                self.outputs[step["id"]] = outputs
            if status:
                return status
        return 0

    def script(self, step):
        file = self.temp / "output"
        file.write_text("")
        env = {
            **self.world.environment(),
            "GITHUB_OUTPUT": str(file),
            "GITHUB_SHA": self.commit,
            "GITHUB_REF": self.ref,
            "RUNNER_TEMP": str(self.temp),
        }
        env |= {"GITHUB_REF_NAME": self.ref.split("/", 2)[2], "GITHUB_ACTOR": "maintainer"}
        for level in (self.workflow, self.job, step):
            env |= {name: self.value(value) for name, value in level.get("env", {}).items()}
        if ("GH_TOKEN" in env) != bool(re.search(r"release/(check|draft|publish|image)\b|docker", step["run"])):
            raise ValueError(f"the token belongs to what asks GitHub, and to nothing else: {step['name']}")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.value(step["run"])]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.said += done.stdout
        return done.returncode, dict(line.split("=", 1) for line in file.read_text().splitlines())

    def checkout(self, persist_credentials, fetch_depth="1"):
        """With a tag it makes the tag's name stand for the commit, even if the tag is annotated."""
        assert persist_credentials == "False"
        git = ["git", "-C", str(self.folder)]
        subprocess.run(["git", "init", "--quiet", "--template=", "--initial-branch", "none", str(self.folder)], check=True)
        subprocess.run([*git, "remote", "add", "origin", f"file://{self.world.origin}"], check=True)
        subprocess.run(
            [*git, "fetch", "--quiet", "--no-tags", f"--depth={fetch_depth}", "origin", f"+{self.commit}:{self.ref}"], check=True
        )
        subprocess.run([*git, "checkout", "--quiet", "--force", self.commit], check=True)
        return {}

    def upload(self, name, path, if_no_files_found):
        assert if_no_files_found == "error"
        files = {file.name: file.read_bytes() for file in self.folder.glob(path)}
        assert files and name not in self.artifacts
        self.artifacts[name] = files
        return {}

    def download(self, pattern, merge_multiple, path):
        assert merge_multiple == "True"
        (self.folder / path).mkdir()
        for name, files in self.artifacts.items():
            if fnmatch.fnmatch(name, pattern):
                for file, content in files.items():
                    (self.folder / path / file).write_bytes(content)
        return {}

    def attest(self, subject_path=None, subject_checksums=None, sbom_path=None, subject_name=None, subject_digest=None):
        permissions = self.job["permissions"]
        assert permissions["id-token"] == "write" and permissions["attestations"] == "write"
        if subject_path:
            subjects = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in self.folder.glob(subject_path)}
        elif subject_checksums:
            lines = (self.folder / subject_checksums).read_text().splitlines()
            subjects = {line.split("  ")[1]: line.split("  ")[0] for line in lines}
        else:
            subjects = {subject_name: subject_digest.removeprefix("sha256:")}
        statement = {"subjects": subjects, "predicate": "https://slsa.dev/provenance/v1", **self.world.signer(self.ref, self.commit)}
        if sbom_path:
            parts = json.loads((self.folder / sbom_path).read_text())
            assert parts["bomFormat"] and parts["serialNumber"] and parts["specVersion"]
            statement |= {"predicate": "https://cyclonedx.org/bom", "parts": parts}
        bundle = self.world.attest(statement)
        file = self.temp / f"attestation-{len(list(self.temp.iterdir()))}.json"
        file.write_text(json.dumps(bundle) + "\n")
        return {"bundle-path": str(file)}
