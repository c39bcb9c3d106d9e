"""Runs the README's workflow and our own in `act`, which is what Gitea and Forgejo run, and reads what arrived. The binary is
installed in each: from a mirror on loopback, or from a tool cache."""

import concurrent.futures
import json
import os
import shutil

from ruamel.yaml import YAML

from engine import (
    ADOPTED, FOUND, ROOT, VENDORS_NAMES, VERSION_NAME, Checks, Release, Sandbox, adopted, environment, expected, folder, github_workflows, inputs,
    run,
)  # fmt: skip

ACTION = (ROOT / "action.yml").read_text()
DECLARED = set(YAML(typ="safe").load(ACTION)["outputs"])

# What stands in the place of the binary, or beside it, and must never run.
STRANGER = b"#!/bin/sh\necho a stranger ran\n"


class Act:
    """One run of a workflow, as far as its log tells."""

    def __init__(self, checks, root, sandbox, variables, more=(), path=None):
        home = root.parent / "home"
        act = shutil.which("act")
        command = [act, "workflow_dispatch", "--json", "--platform", "ubuntu-latest=-self-hosted", *more]
        for name, value in variables.items():
            command += ["--var", f"{name}={value}"]
        for name in sandbox.keys():
            command += ["--secret", name]
        env = environment(home, **sandbox.keys())
        env["PATH"] = path or env["PATH"]
        self.status, self.text = run(command, root, env)
        self.events = [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]
        checks.heard = "".join(event["msg"].rstrip("\n") + "\n" for event in self.events)

    def results(self):
        """Each job's result; one of a matrix is written as often as it has legs."""
        found = {}
        for event in self.events:
            if "jobResult" in event:
                found.setdefault(event["jobID"], []).append(event["jobResult"])
        return found

    def said(self, job):
        """What the scripts of a job printed, without the binary's own lines."""
        own = [event for event in self.events if event.get("raw_output") and event["jobID"] == job]
        return "".join(event["msg"] for event in own if not event["stepID"][1:])

    def annotations(self, job):
        """The notices and errors, as far as they are no debugging."""
        own = [event for event in self.events if event.get("jobID") == job and event.get("command") in ("notice", "warning", "error")]
        return [(event["command"], event["arg"]) for event in own]

    def declared(self, job, step):
        """The outputs that `act` took from the action's own `outputs`. It also hands on what the steps inside wrote, but
        only after the step has ended, and GitHub does not."""
        outputs = {}
        for event in self.events:
            if event.get("jobID") != job or event.get("stepID") != [step]:
                continue
            if "stepResult" in event and event["stage"] == "Main":
                break
            if event.get("command") == "set-output":
                outputs[event["name"]] = event["arg"]
        return outputs


def filled(outputs):
    return {name: value for name, value in outputs.items() if value}


def tool_cache(root, release):
    """Where `act` has its tool cache, and the binary has its place in it."""
    arch = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
    return root.parent / "home/.cache/act/tool_cache/release-step" / release.version / arch / "release-step"


class Job:
    """The README's workflow with the action in a folder of its own: a sandbox, a mirror, and what a job of this project gets."""

    def __init__(self, number=0, served=None, fate=()):
        self.number, self.sandbox, self.release = number, Sandbox(*fate), Release(served)

    def __enter__(self):
        workflow = {".github/workflows/release.yml": github_workflows()[self.number]}
        self.managers = [self.sandbox, self.release, folder(workflow), folder({"action.yml": ACTION, **self.release.installation()})]
        *_, self.root, self.action = [manager.__enter__() for manager in self.managers]
        self.cache = tool_cache(self.root, self.release)
        self.mirror = ["--env", f"RELEASE_STEP_DOWNLOAD_BASE_URL={self.release.url}"]
        return self

    def __exit__(self, *_):
        for manager in reversed(self.managers):
            manager.__exit__(None, None, None)

    def run(self, checks, more=(), path=None, **variables):
        known = inputs(self.sandbox)
        known = {name: known[name] for name in ("ARTIFACT_ID", "PROJECT_ID", "WORKSPACE", "PACKAGE_IDS")}
        own = ["--local-repository", f"release-step/release-step@v{self.release.version}={self.action}"]
        return Act(checks, self.root, self.sandbox, {**known, "RELEASE_ENDPOINT": self.sandbox.url, **variables}, [*own, *more], path)

    def is_green(self, checks, what, act):
        """Both jobs, with the outputs of the one in the other."""
        id = self.sandbox.only("released")["ReleaseArtifact"]["what"]
        said = f"artifact {id}, version {VERSION_NAME}, succeeded"
        checks.equal(f"{what}: the jobs", act.results(), {"release": ["success"], "announce": ["success"]})
        checks.equal(f"{what}: the later step", act.said("release").splitlines()[-1:], [said])
        checks.equal(f"{what}: the later job", act.said("announce"), f"version {VERSION_NAME} is released\n")
        checks.equal(f"{what}: what ran", "a stranger ran" in act.text, False)


def the_readmes_workflow(checks):
    """It waits. Run again it goes on with the same release, and with the same binary: with no mirror any more."""
    said = {"first": [], "again": [("warning", ADOPTED)]}
    with Job() as job:
        for turn in said:
            act = job.run(checks, job.mirror if turn == "first" else ())
            released = job.sandbox.only("released")
            wanted = expected("release_artifact", released["ReleaseArtifact"], {}, waited=True)
            outputs = filled(act.declared("release", "release"))
            if turn == "again":
                wanted = adopted(first)
            job.is_green(checks, f"README, {turn}", act)
            checks.equal(f"README, {turn}: what was released", [*released], ["ReleaseArtifact"])
            checks.equal(f"README, {turn}: the outputs", {key: outputs.get(key) for key in wanted}, wanted)
            checks.equal(f"README, {turn}: the annotations", act.annotations("release"), said[turn])
            first = outputs
            checks.equal(f"README, {turn}: the mirror", job.release.asked, [f"/v{job.release.version}/{job.release.name}"])
            checks.without(f"README, {turn}", act.text, job.sandbox.secrets())
        checks.equal("README, again: it says so", FOUND in act.text, True)


def the_readmes_workflow_fails(checks):
    """The release fails in the cloud: the job is red, its last step reads why, and nothing is announced."""
    with Job(fate=("--fate", "artifact=scan-failed")) as job:
        act = job.run(checks, job.mirror)
        released = job.sandbox.only("released")["ReleaseArtifact"]
        outputs = act.declared("release", "release")
        wanted = {"exit_status": "5", "released": "yes", "release_outcome": "failed", "request_id": released["request_id"]}
        checks.equal("README, failed: the job", (act.status, act.results().get("release")), (1, ["failure"]))
        checks.equal("README, failed: the outputs", {key: outputs.get(key) for key in wanted}, wanted)
        said = f"artifact {released['what']}, version {VERSION_NAME}, failed"
        checks.equal("README, failed: the later step", act.said("release").splitlines()[-1:], [said])
        checks.equal("README, failed: the later job", act.said("announce"), "")


def the_readmes_steps(checks):
    """With the mirror as an input."""
    with Job(number=1) as job:
        act = job.run(checks, RELEASE_STEP_MIRROR=job.release.url)
        ids = job.sandbox.only("released")["DeployFactoryPackages"]["what"]
        checks.equal("README, steps: the job", act.results(), {"release": ["success"]})
        checks.equal("README, steps: the later step", act.said("release"), f"deployed {ids}, failed \n")
        checks.equal("README, steps: the mirror", job.release.asked, [f"/v{job.release.version}/{job.release.name}"])


def only_a_tool_cache(checks):
    """On PATH stands what `act` and the script need, as on Alpine: no `bash`, and nothing that could use a network."""
    with Job() as job:
        job.cache.parent.mkdir(parents=True)
        job.cache.write_bytes(job.release.binary)
        path = job.root.parent / "bin"
        path.mkdir()
        for name in ("sh", "dirname", "tr", "sed", "uname", "chmod", "sha256sum"):
            (path / name).symlink_to(shutil.which(name))
        act = job.run(checks, path=str(path))
        job.is_green(checks, "tool cache", act)
        checks.equal("tool cache: the mirror", job.release.asked, [])


def a_tampered_binary(checks):
    """In the tool cache and in the mirror: neither runs, the job is red and says why, and nothing is sent to the cloud."""
    with Job(served=STRANGER) as job:
        job.cache.parent.mkdir(parents=True)
        job.cache.write_bytes(STRANGER)
        act = job.run(checks, job.mirror)
        checks.equal("tampered: the job", (act.status, act.results()["release"]), (1, ["failure"]))
        checks.equal("tampered: what ran", "a stranger ran" in act.text, False)
        checks.equal("tampered: the cloud", job.sandbox.record(), [])
        checks.equal("tampered: the later step", act.said("release"), "artifact , version , not_released\n")
        url = f"{job.release.url}/v{job.release.version}/{job.release.name}"
        wanted = [
            ("notice", f"{job.cache}, which is in the tool cache, is not the release-step {job.release.version} that the table names: it is not run"),
            ("error", f"nothing was released: {url} is not release-step {job.release.version}: its SHA-256 is"),
        ]
        seen = [(level, text[: len(own)]) for (level, text), (_, own) in zip(act.annotations("release"), wanted)]
        checks.equal("tampered: the annotations", seen, wanted)


def an_older_one_on_path(checks):
    with Job() as job:
        older = job.root.parent / "usr/release-step"
        older.parent.mkdir()
        older.write_bytes(STRANGER)
        older.chmod(0o755)
        act = job.run(checks, job.mirror, path=f"{older.parent}:{os.environ['PATH']}")
        job.is_green(checks, "older", act)
        wanted = f"{older}, which is on PATH, is not the release-step {job.release.version} that the table names: it is left alone, and not run"
        checks.equal("older: the annotations", act.annotations("release"), [("notice", wanted)])
        checks.equal("older: left alone", older.read_bytes(), STRANGER)


def forge(name):
    """What the runner of Gitea or Forgejo sets; neither has releases of ours, and both give the action no repository of its own."""

    def checked(checks):
        with Job() as job:
            names = {"gitea": ["GITEA_ACTIONS"], "forgejo": ["GITEA_ACTIONS", "FORGEJO_ACTIONS"]}[name]
            variables = [*(f"{variable}=true" for variable in names), "GITHUB_ACTION_REPOSITORY=", "GITHUB_ACTION_REF="]
            more = [word for variable in variables for word in ("--env", variable)]
            act = job.run(checks, [*job.mirror, *more, "--github-instance", f"{name}.example"])
            job.is_green(checks, name, act)
            checks.equal(f"{name}: the mirror", job.release.asked, [f"/v{job.release.version}/{job.release.name}"])

    checked.__name__ = name
    return checked


def ours(check):
    """One job of our own workflow, with the binary in the tool cache."""

    def checked(checks):
        workflow = (ROOT / "tests/engines/workflow.yml").read_text()
        with Release() as release, Sandbox() as sandbox:
            files = {".github/workflows/engine.yml": workflow, "action.yml": ACTION, **release.installation()}
            with folder(files) as root:
                cache = tool_cache(root, release)
                cache.parent.mkdir(parents=True)
                cache.write_bytes(release.binary)
                check(checks, root, sandbox)
            checks.equal(f"{check.__name__}: the mirror", release.asked, [])

    checked.__name__ = check.__name__
    return checked


def operations(checks, root, sandbox):
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "later"])
    released = sandbox.only("released")
    steps = json.loads(act.said("operations") or "{}")
    later = json.loads(act.said("later") or "{}")
    checks.equal("operations: the jobs", act.results(), {"operations": ["success"], "later": ["success"]})
    for operation, name in VENDORS_NAMES.items():
        outputs = steps[operation]["outputs"]
        wanted = expected(operation, released[name], sandbox.operations[operation])
        checks.equal(f"{operation}: the later step", {key: outputs.get(key) for key in wanted}, wanted)
        checks.equal(f"{operation}: the action's outputs", set(act.declared("operations", operation)), DECLARED)
        checks.equal(f"{operation}: by the action", filled(act.declared("operations", operation)), filled(outputs))
        checks.equal(f"{operation}: in `result`", in_result(outputs), filled({**outputs, "result": ""}))
        own = "result" if operation == "release_artifact" else list(expected(operation, released[name], {}))[0]
        checks.equal(f"{operation}: the later job", later.get(operation), outputs[own])
    checks.without("operations", act.text, sandbox.secrets())


def in_result(outputs):
    """The object in `result`, as single outputs would say it."""
    result = json.loads(outputs["result"])
    details = result.pop("deploy_package_details", None)
    found = {name: as_output(value) for name, value in result.items()}
    if details is not None:
        found["deploy_package_details"] = outputs["deploy_package_details"]
    return found


def as_output(value):
    if isinstance(value, list):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def refused(checks, root, sandbox):
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "refused"])
    checks.equal("refused: the job", (act.status, act.results()), (0, {"refused": ["success"]}))
    of_refusal(checks, "refused", json.loads(act.said("refused") or "{}"), sandbox, "success")
    checks.equal("refused: by the action", act.declared("refused", "release").get("error_code"), "EntityNotExist.Artifact")


def red(checks, root, sandbox):
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "red"])
    checks.equal("red: the job", (act.status, act.results()), (1, {"red": ["failure"]}))
    own = act.said("red")
    of_refusal(checks, "red", json.loads(own[own.find("{") :] or "{}"), sandbox, "failure")
    checks.equal("red: the step between", "this must not run" in own, False)


def of_refusal(checks, name, steps, sandbox, conclusion):
    """What a later step sees of a call that the API rejected."""
    release = steps["release"]
    request = sandbox.only("refused")["ReleaseArtifact"]
    checks.equal(f"{name}: the step", (release["outcome"], release["conclusion"]), ("failure", conclusion))
    wanted = {
        "error_code": request["what"],
        "request_id": request["request_id"],
        "exit_status": "4",
        "released": "no",
        "release_outcome": "not_released",
    }
    checks.equal(f"{name}: the later step", {key: release["outputs"].get(key) for key in wanted}, wanted)


def matrix(checks, root, sandbox):
    """Every leg's file. `act` goes on after a red leg with `fail-fast: true`, too, so that this cannot tell the two apart."""
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "matrix"])
    record = sandbox.calls()
    calls = [(request["verdict"], request["what"]) for request in record]
    # The first leg's package is in no list, and has no detail: its call is never made.
    checks.equal("matrix: the calls", calls, [("released", "2301"), ("released", "2302")])
    files = [json.loads(line) for line in act.said("matrix").splitlines()]
    legs = [tuple(leg.get(name) for name in ("exit_status", "released", "package_id", "request_id")) for leg in files]
    ids = [request["request_id"] for request in record]
    checks.equal("matrix: each leg's file", legs, [(2, "no", None, None), (0, "yes", ["2301"], ids[0]), (0, "yes", ["2302"], ids[1])])
    checks.equal("matrix: the first leg's reason", "`9999`" in files[0]["error_message"], True)


def legs(checks, root, sandbox):
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "after_legs"])
    checks.equal("legs: the calls", [request["what"] for request in sandbox.calls()], ["2301", "2302"])
    # On GitHub it is the leg that ends last, in `act` the first one.
    later = json.loads(act.said("after_legs") or "{}")
    checks.equal("legs: the later job", later in ({"package": "2301"}, {"package": "2302"}), True)


def main():
    """The jobs mostly wait, so that several run at once; each has its own surroundings."""
    readmes = [the_readmes_workflow, the_readmes_workflow_fails, the_readmes_steps, only_a_tool_cache, a_tampered_binary, an_older_one_on_path]
    parts = [*readmes, *map(forge, ("gitea", "forgejo")), *map(ours, (operations, refused, red, matrix, legs))]
    total = Checks()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for checks in pool.map(alone, parts):
            total.passed += checks.passed
            total.failed += checks.failed
    total.end()


def alone(part):
    checks = Checks()
    checks.part(part.__name__, part)
    return checks


main()
