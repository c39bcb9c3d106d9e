"""Runs the README's workflow and our own in `act`, which is what Gitea and Forgejo run, and reads what arrived."""

import json

from ruamel.yaml import YAML

from engine import ROOT, VENDORS_NAMES, VERSION_NAME, Checks, Sandbox, environment, expected, folder, github_workflows, inputs, run

REPOSITORY = "release-step/release-step@main"
ACTION = (ROOT / "action.yml").read_text()
DECLARED = set(YAML(typ="safe").load(ACTION)["outputs"])

class Act:
    """One run of a workflow, as far as its log tells."""

    def __init__(self, checks, root, sandbox, variables, more=()):
        home = root.parent / "home"
        command = ["act", "workflow_dispatch", "--json", "--platform", "ubuntu-latest=-self-hosted", *more]
        for name, value in variables.items():
            command += ["--var", f"{name}={value}"]
        for name in sandbox.keys():
            command += ["--secret", name]
        env = environment(home, **sandbox.keys())
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

    def written(self, job, step):
        """The outputs that a step without the action wrote."""
        own = [event for event in self.events if event.get("jobID") == job and event.get("stepID") == [step]]
        return {event["name"]: event["arg"] for event in own if event.get("command") == "set-output"}

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


def the_readmes_workflow(checks):
    """It waits. Run again it goes on with the same release."""
    workflow = github_workflows()[0]
    with Sandbox() as sandbox, folder({".github/workflows/release.yml": workflow}) as root:
        artifact = inputs(sandbox)["ARTIFACT_ID"]
        for turn in ("first", "again"):
            act = Act(checks, root, sandbox, {"ARTIFACT_ID": artifact}, ["--env", f"INPUT_ENDPOINT={sandbox.url}"])
            released = sandbox.only("released")
            id = released["ReleaseArtifact"]["what"]
            wanted = expected("release_artifact", released["ReleaseArtifact"], {}, waited=True)
            if turn == "again":
                del wanted["request_id"]
            outputs = act.written("release", "release")
            checks.equal(f"README, {turn}: the jobs", act.results(), {"release": ["success"], "announce": ["success"]})
            checks.equal(f"README, {turn}: what was released", [*released], ["ReleaseArtifact"])
            checks.equal(f"README, {turn}: the outputs", {key: outputs.get(key) for key in wanted}, wanted)
            said = f"artifact {id}, version {VERSION_NAME}, succeeded"
            checks.equal(f"README, {turn}: the later step", act.said("release").splitlines()[-1:], [said])
            checks.equal(f"README, {turn}: the later job", act.said("announce"), f"version {VERSION_NAME} is released\n")
            checks.without(f"README, {turn}", act.text, sandbox.secrets())
        checks.equal("README, again: it says so", "it is released already; nothing is sent" in act.text, True)


def the_readmes_workflow_fails(checks):
    """The release fails in the cloud: the job is red, its last step reads why, and nothing is announced."""
    workflow = github_workflows()[0]
    with Sandbox("--fate", "artifact=scan-failed") as sandbox, folder({".github/workflows/release.yml": workflow}) as root:
        artifact = inputs(sandbox)["ARTIFACT_ID"]
        act = Act(checks, root, sandbox, {"ARTIFACT_ID": artifact}, ["--env", f"INPUT_ENDPOINT={sandbox.url}"])
        released = sandbox.only("released")["ReleaseArtifact"]
        outputs = act.written("release", "release")
        wanted = {"exit_status": "5", "released": "yes", "release_outcome": "failed", "request_id": released["request_id"]}
        checks.equal("README, failed: the job", (act.status, act.results().get("release")), (1, ["failure"]))
        checks.equal("README, failed: the outputs", {key: outputs.get(key) for key in wanted}, wanted)
        said = f"artifact {released['what']}, version {VERSION_NAME}, failed"
        checks.equal("README, failed: the later step", act.said("release").splitlines()[-1:], [said])
        checks.equal("README, failed: the later job", act.said("announce"), "")


def the_readmes_action(checks):
    workflow = github_workflows()[1]
    with Sandbox() as sandbox, folder({".github/workflows/release.yml": workflow}) as root, folder({"action.yml": ACTION}) as action:
        variables = {"ARTIFACT_ID": inputs(sandbox)["ARTIFACT_ID"], "RELEASE_ENDPOINT": sandbox.url}
        for turn in ("first", "again"):
            act = Act(checks, root, sandbox, variables, ["--local-repository", f"{REPOSITORY}={action}"])
            id = sandbox.only("released")["ReleaseArtifact"]["what"]
            outcome = act.declared("release", "release").get("release_outcome")
            checks.equal(f"README, action, {turn}: the jobs", (act.results(), outcome), ({"release": ["success"]}, "succeeded"))
            checks.equal(f"README, action, {turn}: the later step", act.said("release"), f"artifact {id} is released as version {VERSION_NAME}\n")


def our_workflow(checks):
    workflow = (ROOT / "tests/engines/workflow.yml").read_text()
    with folder({".github/workflows/engine.yml": workflow, "action.yml": ACTION}) as root:
        for check in (operations, refused, red, matrix, legs):
            with Sandbox() as sandbox:
                checks.part(check.__name__, check, root, sandbox)


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
    checks.equal("matrix: the calls", calls, [("refused", record[0]["what"]), ("released", "2301"), ("released", "2302")])
    files = [json.loads(line) for line in act.said("matrix").splitlines()]
    legs = [(leg["exit_status"], leg.get("package_id"), leg["request_id"]) for leg in files]
    ids = [request["request_id"] for request in record]
    checks.equal("matrix: each leg's file", legs, [(4, None, ids[0]), (0, ["2301"], ids[1]), (0, ["2302"], ids[2])])


def legs(checks, root, sandbox):
    act = Act(checks, root, sandbox, {**inputs(sandbox), "ENDPOINT": sandbox.url}, ["--job", "after_legs"])
    checks.equal("legs: the calls", [request["what"] for request in sandbox.calls()], ["2301", "2302"])
    # On GitHub it is the leg that ends last, in `act` the first one.
    later = json.loads(act.said("after_legs") or "{}")
    checks.equal("legs: the later job", later in ({"package": "2301"}, {"package": "2302"}), True)


def main():
    checks = Checks()
    checks.part("README", the_readmes_workflow)
    checks.part("README, failed", the_readmes_workflow_fails)
    checks.part("README, action", the_readmes_action)
    our_workflow(checks)
    checks.end()


main()
