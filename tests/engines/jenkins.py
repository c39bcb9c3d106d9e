"""Runs the README's Jenkins pipeline, and its lines for a shell, under dash and bash.

There is no Jenkins here. The pipeline is run by Groovy with stand-ins for Jenkins's steps: see `jenkins.groovy`.
"""

import json

from engine import ROOT, Checks, Sandbox, blocks, environment, expected, folder, run

SHELLS = ("dash", "bash")
FILE = "release-step.json"


def jenkinsfile():
    return blocks("Jenkins", "groovy")[0]


def build(checks, shell, root, sandbox, **more):
    """The status of one build; what it printed is in `checks.heard`."""
    keys = sandbox.keys()
    credentials = {"hw-ak": keys["HUAWEICLOUD_SDK_AK"], "hw-sk": keys["HUAWEICLOUD_SDK_SK"]}
    variables = {
        "CREDENTIALS": json.dumps(credentials),
        "SHELL_OF_AGENT": shell,
        "JENKINS_URL": "https://jenkins.example.com/",
        "WORKSPACE": str(root),
        "INPUT_ENDPOINT": sandbox.url,
        **more,
    }
    command = ["groovy", str(ROOT / "tests/engines/jenkins.groovy")]
    status, checks.heard = run(command, root, environment(root.parent, **variables))
    checks.without(shell, checks.heard, sandbox.secrets())
    return status


def kept(root):
    return read(root / FILE)


def archived(root):
    return read(root.parent / "archive.json")


def read(path):
    return json.loads(path.read_text()) if path.exists() else None


def some(result, wanted):
    return {key: (result or {}).get(key) for key in wanted}


def the_readmes_pipeline(checks, shell):
    """It waits. Built again it goes on with the same release. Then without the binary: what the last build left is not read."""
    with Sandbox() as sandbox, folder({"Jenkinsfile": jenkinsfile()}) as root:
        checks.equal(f"{shell}: green", build(checks, shell, root, sandbox), 0)
        released = sandbox.only("released")["PublishPluginDraft"]
        wanted = {**expected("publish_extension_draft", released, {}, waited=True), "published": True, "exit_status": 0}
        checks.equal(f"{shell}: the archive", some(archived(root), wanted), wanted)
        said = f"echo: succeeded, request {released['request_id']}"
        checks.equal(f"{shell}: what it says", said in checks.heard, True)

        checks.equal(f"{shell}: again", build(checks, shell, root, sandbox), 0)
        checks.equal(f"{shell}: again, the calls", sandbox.calls(), [released])
        del wanted["request_id"]
        checks.equal(f"{shell}: again, the archive", some(archived(root), wanted), wanted)
        checks.equal(f"{shell}: again, it says so", "it is released already; nothing is sent" in checks.heard, True)

        checks.equal(f"{shell}: without the binary", build(checks, shell, root, sandbox, PATH="/usr/bin:/bin"), 1)
        checks.equal(f"{shell}: no old file", (kept(root), "release-step: not found" in checks.heard), (None, True))


def a_refused_call(checks, shell):
    """Somebody deletes the draft before the call."""
    with Sandbox("--fault", "status: somebody deletes extension") as sandbox, folder({"Jenkinsfile": jenkinsfile()}) as root:
        checks.equal(f"{shell}: red", build(checks, shell, root, sandbox), 1)
        refused = sandbox.only("refused")["PublishPluginDraft"]
        wanted = {"exit_status": 4, "released": "no", "error_code": refused["what"], "request_id": refused["request_id"]}
        checks.equal(f"{shell}: the red file", some(archived(root), wanted), wanted)
        said = f"error: status 4, not_released: {archived(root)['error_message']}"
        checks.equal(f"{shell}: what it says when red", said in checks.heard, True)


def a_wait_that_ends(checks, shell):
    """By its own limit; then because the build is aborted."""
    with Sandbox("--fate", "extension=stuck") as sandbox, folder({"Jenkinsfile": jenkinsfile()}) as root:
        checks.equal(f"{shell}: timed out", build(checks, shell, root, sandbox, INPUT_WAIT_TIMEOUT="500ms"), 1)
        request_id = sandbox.only("released")["PublishPluginDraft"]["request_id"]
        wanted = {"exit_status": 6, "released": "yes", "release_outcome": "timed_out", "request_id": request_id}
        checks.equal(f"{shell}: timed out, the archive", some(archived(root), wanted), wanted)
        checks.equal(f"{shell}: timed out, what it says", "error: status 6, timed_out: " in checks.heard, True)
    with Sandbox("--fate", "extension=stuck") as sandbox, folder({"Jenkinsfile": jenkinsfile()}) as root:
        checks.equal(f"{shell}: aborted", build(checks, shell, root, sandbox, ABORT="yes"), 1)
        request_id = sandbox.only("released")["PublishPluginDraft"]["request_id"]
        wanted = {"exit_status": 143, "released": "yes", "release_outcome": "cancelled", "request_id": request_id}
        checks.equal(f"{shell}: aborted, the archive", some(archived(root), wanted), wanted)


def the_readmes_shell(checks, shell):
    """The result is the last line of stdout."""
    with Sandbox() as sandbox, folder({"script.sh": blocks("A shell", "sh")[0]}) as root:
        variables = {**sandbox.keys(), "INPUT_ENDPOINT": sandbox.url}
        status, checks.heard = run([shell, "script.sh"], root, environment(root, **variables))
        released = sandbox.only("released")["ReleaseArtifact"]
        result = json.loads(checks.heard.splitlines()[-1])
        wanted = {**expected("release_artifact", released, {}, waited=True), "exit_status": 0}
        checks.equal(f"{shell}: the status", status, 0)
        checks.equal(f"{shell}: the result", {key: result.get(key) for key in wanted}, wanted)


def main():
    checks = Checks()
    for shell in SHELLS:
        checks.part(f"Jenkins, {shell}", the_readmes_pipeline, shell)
        checks.part(f"Jenkins, {shell}, refused", a_refused_call, shell)
        checks.part(f"Jenkins, {shell}, the end of a wait", a_wait_that_ends, shell)
        checks.part(f"a shell, {shell}", the_readmes_shell, shell)
    checks.end()


main()
