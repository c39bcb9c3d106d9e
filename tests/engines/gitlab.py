"""Runs the README's pipeline and our own in `gitlab-ci-local`, and reads what arrived."""

import json
import re

from engine import ROOT, VENDORS_NAMES, Checks, Sandbox, blocks, environment, expected, folder, inputs, run


class Pipeline:
    """One run of a pipeline, as far as its jobs' logs tell."""

    def __init__(self, checks, root, sandbox, variables):
        # Without isolation all jobs share one folder and would find each other's files without any artifact.
        # `GITLAB_CI` is `true` at GitLab; the engine sets it to `false`.
        command = ["gitlab-ci-local", "--shell-executor-no-image", "--shell-isolation", "--no-artifacts-to-source"]
        for name, value in {"GITLAB_CI": "true", **sandbox.keys(), **variables}.items():
            command += ["--variable", f"{name}={value}"]
        self.status, self.text = run(command, root, environment(root.parent / "home", GCL_IGNORE_PREDEFINED_VARS="GITLAB_CI"))
        checks.heard = self.text
        self.output = root / ".gitlab-ci-local/output"

    def said(self, job):
        """What a job printed, without the lines that repeat its script."""
        path = self.output / f"{job}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if not line.startswith(("$ ", "\x1b[32m$ "))]

    def variables(self, job):
        """What `env` printed there."""
        return dict(line.split("=", 1) for line in self.said(job) if re.match(r"\w+=", line))

    def jobs(self):
        """How each job ended."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.text)
        return {job: ending for ending, job in re.findall(r"^ (PASS|WARN|FAIL) +(\S+)", plain, re.M)}


def the_readmes_pipeline(checks):
    text = blocks("GitLab CI", "yaml")[0]
    with Sandbox() as sandbox, folder({".gitlab-ci.yml": text}) as root:
        pipeline = Pipeline(checks, root, sandbox, {"INPUT_ENDPOINT": sandbox.url})
        checks.equal("README: the jobs", (pipeline.status, pipeline.jobs()), (0, {"deploy": "PASS", "announce": "PASS"}))
        released = sandbox.only("released")
        kept = json.loads((root / ".gitlab-ci-local/artifacts/deploy/release-step.json").read_text())
        tasks = ",".join(kept["asy_task_id"])
        ids = released["DeployFactoryPackages"]["what"]
        checks.equal("README: the later job", pipeline.said("announce"), [f"packages {ids} are being deployed by the tasks {tasks}"])
        checks.equal("README: the file", kept["request_id"], released["DeployFactoryPackages"]["request_id"])
        checks.without("README", pipeline.text, sandbox.secrets())


def our_pipeline(checks):
    text = (ROOT / "tests/engines/gitlab-ci.yml").read_text()
    with Sandbox() as sandbox, folder({".gitlab-ci.yml": text}) as root:
        pipeline = Pipeline(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url})
        jobs = {**dict.fromkeys(VENDORS_NAMES, "PASS"), "everything": "PASS", "one": "PASS", "after_refused": "PASS"}
        checks.equal("ours: the jobs", pipeline.jobs(), {**jobs, "refused": "WARN"})
        operations(checks, pipeline, sandbox)
        refused(checks, pipeline, sandbox)
        checks.without("ours", pipeline.text, sandbox.secrets())


def operations(checks, pipeline, sandbox):
    released = sandbox.only("released")
    everything, one = pipeline.variables("everything"), pipeline.variables("one")
    for operation, name in VENDORS_NAMES.items():
        wanted = expected(operation, released[name], sandbox.operations[operation])
        wanted = {f"{operation}_{key}": value for key, value in wanted.items()}
        checks.equal(f"{operation}: a later job", {key: everything.get(key) for key in wanted}, wanted)
        here = {key for key in wanted if key in one}
        checks.equal(f"{operation}: a job with `needs`", here, set(wanted) if operation == "release_artifact" else set())


def refused(checks, pipeline, sandbox):
    request = sandbox.only("refused")["ReleaseArtifact"]
    seen = pipeline.variables("after_refused")
    wanted = {"error_code": request["what"], "request_id": request["request_id"], "exit_status": "4", "released": "no"}
    checks.equal("refused: a later job", {key: seen.get(key) for key in wanted}, wanted)
    kept = json.loads(pipeline.said("after_refused")[-1])
    checks.equal("refused: the file", (kept["error"]["code"], kept["exit_status"]), (request["what"], 4))


def main():
    checks = Checks()
    checks.part("README", the_readmes_pipeline)
    checks.part("ours", our_pipeline)
    checks.end()


main()
