"""Runs the README's pipeline and our own in `gitlab-ci-local`, and reads what arrived."""

import json
import re

from engine import ROOT, VENDORS_NAMES, Checks, Sandbox, blocks, environment, expected, folder, inputs, run

# DataArts is asked each five seconds at most, if nobody is in a hurry.
QUICK = {"INPUT_POLL_INTERVAL": "300ms"}


class Pipeline:
    """One run of a pipeline, as far as its jobs' logs tell."""

    def __init__(self, checks, root, sandbox, variables, jobs=()):
        # Without isolation all jobs share one folder and would find each other's files without any artifact.
        # `GITLAB_CI` is `true` at GitLab; the engine sets it to `false`.
        command = ["gitlab-ci-local", "--shell-executor-no-image", "--shell-isolation", "--no-artifacts-to-source", *jobs]
        for name, value in {"GITLAB_CI": "true", **sandbox.keys(), **variables}.items():
            command += ["--variable", f"{name}={value}"]
        self.status, self.text = run(command, root, environment(root.parent / "home", GCL_IGNORE_PREDEFINED_VARS="GITLAB_CI"))
        checks.heard = self.text
        self.output = root / ".gitlab-ci-local/output"
        self.artifacts = root / ".gitlab-ci-local/artifacts"

    def said(self, job):
        """What a job printed, without the lines that repeat its script."""
        path = self.output / f"{job}.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if not line.startswith(("$ ", "\x1b[32m$ "))]

    def variables(self, job):
        """What `env` printed there."""
        return dict(line.split("=", 1) for line in self.said(job) if re.match(r"\w+=", line))

    def kept(self, job):
        """The JSON among its artifacts."""
        return json.loads((self.artifacts / job / "release-step.json").read_text())

    def jobs(self):
        """How each job ended."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.text)
        return {job: ending for ending, job in re.findall(r"^ (PASS|WARN|FAIL) +(\S+)", plain, re.M)}


def the_readmes_pipeline(checks):
    """It waits. Run again it goes on with the same release."""
    text = blocks("GitLab CI", "yaml")[0]
    with Sandbox() as sandbox, folder({".gitlab-ci.yml": text}) as root:
        for turn in ("first", "again"):
            pipeline = Pipeline(checks, root, sandbox, {"INPUT_ENDPOINT": sandbox.url, **QUICK})
            released = sandbox.only("released")["DeployFactoryPackages"]
            ids, kept = released["what"], pipeline.kept("deploy")
            wanted = {"release_outcome": "succeeded", "exit_status": 0, "succeeded_package_ids": ids.split(","), "deploy_status": ["2", "2"]}
            if turn == "first":
                wanted["request_id"] = released["request_id"]
            checks.equal(f"README, {turn}: the jobs", (pipeline.status, pipeline.jobs()), (0, {"deploy": "PASS", "announce": "PASS"}))
            checks.equal(f"README, {turn}: the later job", pipeline.said("announce"), [f"packages {ids}, succeeded"])
            checks.equal(f"README, {turn}: the file", {key: kept.get(key) for key in wanted}, wanted)
            checks.without(f"README, {turn}", pipeline.text, sandbox.secrets())


def the_readmes_pipeline_fails(checks):
    """The release fails in the cloud: the job is red, and the later one reads what came of it."""
    text = blocks("GitLab CI", "yaml")[0]
    with Sandbox("--fate", "package=failed") as sandbox, folder({".gitlab-ci.yml": text}) as root:
        pipeline = Pipeline(checks, root, sandbox, {"INPUT_ENDPOINT": sandbox.url, **QUICK})
        ids, kept = sandbox.only("released")["DeployFactoryPackages"]["what"], pipeline.kept("deploy")
        wanted = {"release_outcome": "failed", "exit_status": 5, "released": "yes", "failed_package_ids": ids.split(",")}
        checks.equal("README, failed: the jobs", (pipeline.status, pipeline.jobs()), (1, {"deploy": "FAIL", "announce": "PASS"}))
        checks.equal("README, failed: the later job", pipeline.said("announce"), [f"packages {ids}, failed"])
        checks.equal("README, failed: the file", {key: kept.get(key) for key in wanted}, wanted)


def the_readmes_submit_and_resume(checks):
    """The first job ends at once; the second one, started by hand, waits with the id that the first one left."""
    text = blocks("Submit, then resume", "yaml")[0]
    with Sandbox("--fate", "package=approved", "--pace", "2s") as sandbox, folder({".gitlab-ci.yml": text}) as root:
        variables = {"INPUT_ENDPOINT": sandbox.url, **QUICK}
        pipeline = Pipeline(checks, root, sandbox, variables)
        id = sandbox.only("released")["CreateFactoryPendingItemsPackage"]["what"]
        kept = pipeline.kept("submit")
        checks.equal("resume: the first job", (pipeline.status, pipeline.jobs()), (0, {"submit": "PASS"}))
        checks.equal("resume: what it left", (kept["release_package_id"], kept["release_outcome"]), (id, "submitted"))
        asked = [request["operation"] for request in sandbox.record()]

        pipeline = Pipeline(checks, root, sandbox, variables, ["resume"])
        kept = pipeline.kept("resume")
        checks.equal("resume: the second job", (pipeline.status, pipeline.jobs()), (0, {"resume": "PASS"}))
        checks.equal("resume: how it ended", (kept["release_package_id"], kept["release_outcome"]), (id, "succeeded"))
        asked = {request["operation"] for request in sandbox.record()[len(asked) :]}
        checks.equal("resume: what it asked", asked, {"ShowFactoryPackageDetail"})
        checks.equal("resume: by the id", "it is released already; nothing is sent" in pipeline.text, True)
        checks.without("resume", pipeline.text, sandbox.secrets())


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
    checks.part("README, failed", the_readmes_pipeline_fails)
    checks.part("README, resume", the_readmes_submit_and_resume)
    checks.part("ours", our_pipeline)
    checks.end()


main()
