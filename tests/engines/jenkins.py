"""Builds the README's Jenkinsfiles and some of our own, with the library's step and without, under dash, bash and busybox.

There is no Jenkins here. A Jenkinsfile is run by Groovy with stand-ins for Jenkins's steps: see `jenkins.groovy`.
"""

import json
import os
import re
import shutil

from controller import Groovy, Jenkins, library, shown, step
from engine import ADOPTED, BINARY, FOUND, VERSION_NAME, Checks, Release, Sandbox, adopted, blocks, environment, expected, folder, run

SHELLS = ("dash", "bash", "busybox")


def some(result, wanted):
    return {key: (result or {}).get(key) for key in wanted}


def the_readmes_library(checks, shell):
    """It downloads, waits, and hands over to the next stage. Built again it finds the binary without any network, and adopts."""
    with Release() as release, Sandbox() as sandbox, folder({"Jenkinsfile": blocks("Jenkins", "groovy")[0]}) as root:
        jenkins = Jenkins(checks, shell, root, release, sandbox)
        checks.equal(f"{shell}, library: green", jenkins.build(), 0)
        released = sandbox.only("released")["ReleaseArtifact"]
        wanted = {**expected("release_artifact", released, {}, waited=True), "exit_status": 0}
        checks.equal(f"{shell}, library: downloaded once", release.asked, [f"/v{release.version}/{release.name}"])
        checks.equal(f"{shell}, library: the archive", some(jenkins.result(), wanted), wanted)
        (name,) = jenkins.archive()
        checks.equal(f"{shell}, library: its name", bool(re.fullmatch(r"release-step-release_artifact-[0-9a-f-]{36}/release-step\.json", name)), True)
        said = f"echo: artifact {released['what']} is released as version {VERSION_NAME}"
        checks.equal(f"{shell}, library: the next stage", jenkins.has_said(said), True)
        checks.equal(f"{shell}, library: nothing in the workspace", os.listdir(jenkins.workspace), [])

        release.__exit__()
        first = jenkins.result()
        checks.equal(f"{shell}, library, again: green", jenkins.build(), 0)
        checks.equal(f"{shell}, library, again: the calls", sandbox.calls(), [released])
        wanted = adopted(first)
        checks.equal(f"{shell}, library, again: the archive", some(jenkins.result(), wanted), wanted)
        checks.equal(f"{shell}, library, again: it says so", [jenkins.has_said(said) for said in (FOUND, f"warn: {ADOPTED}")], [True, True])


def an_aborted_build(checks, shell):
    """The step leaves the exception alone; the archive has what the run came to."""
    with Release() as release, Sandbox("--fate", "artifact=stuck") as sandbox:
        caught = f"catchError {{ {step(sandbox, 'release_artifact')} }}"
        with folder({"Jenkinsfile": library(release, caught)}) as root:
            jenkins = Jenkins(checks, shell, root, release, sandbox)
            checks.equal(f"{shell}, aborted: the build", jenkins.build(when='"submitted"', then="abort"), 1)
            checks.equal(f"{shell}, aborted: how", jenkins.has_said("ended: FlowInterruptedException: the build is aborted"), True)
            released = sandbox.only("released")["ReleaseArtifact"]
            wanted = {"exit_status": 143, "released": "yes", "release_outcome": "cancelled", "request_id": released["request_id"]}
            checks.equal(f"{shell}, aborted: the archive", some(jenkins.result(), wanted), wanted)


def without_the_library(checks, shell):
    """The README's lines with the script in the project: green, again, and without a mirror."""
    with Release() as release, Sandbox() as sandbox:
        files = {name.replace("resources/", ""): text for name, text in release.installation().items() if not name.endswith(".ps1")}
        with folder({"Jenkinsfile": blocks("Jenkins", "groovy")[1], **files}) as root:
            jenkins = Jenkins(checks, shell, root, release, sandbox)
            checks.equal(f"{shell}, no library: green", jenkins.build(), 0)
            released = sandbox.only("released")["PublishPluginDraft"]
            wanted = {**expected("publish_extension_draft", released, {}, waited=True), "published": True, "exit_status": 0}
            checks.equal(f"{shell}, no library: the archive", some(jenkins.result(), wanted), wanted)
            said = f"echo: succeeded, ended at {jenkins.result()['ended_at']}"
            checks.equal(f"{shell}, no library: what it says", jenkins.has_said(said), True)

            checks.equal(f"{shell}, no library, again: green", jenkins.build(), 0)
            checks.equal(f"{shell}, no library, again: the calls", sandbox.calls(), [released])

            shutil.rmtree(jenkins.base / "home/.cache")
            checks.equal(f"{shell}, no library, no mirror: red", jenkins.build({"RELEASE_STEP_DOWNLOAD_BASE_URL": f"{release.url}/nowhere"}), 1)
            said = "ended: AbortException: script returned exit code 7"
            checks.equal(f"{shell}, no library, no mirror: how", (jenkins.has_said(said), jenkins.archive()), (True, {}))


def a_failed_release(checks):
    """The same thrice: as a map, as an error that is caught, and as one that is not. With `adopt` a failed release is made again."""
    with Release() as release, Sandbox("--fate", "artifact=scan-failed") as sandbox:
        failing = step(sandbox, "release_artifact")
        body = f"{shown(step(sandbox, 'release_artifact', returnStatus=True))}\ncatchError {{ {failing} }}\n{failing}"
        with folder({"Jenkinsfile": library(release, body)}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            checks.equal("failed: red", jenkins.build(), 1)
            wanted = [(5, "yes", "failed", call["request_id"]) for call in sandbox.calls()]
            results = sorted(jenkins.archive().values(), key=lambda result: wanted.index(said(result)))
            checks.equal("failed: the archive", ([said(result) for result in results], len(wanted)), (wanted, 3))
            checks.equal("failed: the map", jenkins.maps(), results[:1])
            message = f"release-step: status 5, failed: {results[2]['error_message']}\n"
            checks.equal("failed: the errors", (jenkins.has_said(f"caught: {message}"), jenkins.has_said(f"ended: AbortException: {message}")), (True, True))


def said(result):
    return result["exit_status"], result["released"], result["release_outcome"], result["request_id"]


def parallel_legs(checks):
    """Two at once in one workspace, each with its own result; lists and numbers as Groovy has them."""
    with Release() as release, Sandbox() as sandbox:
        legs = [f"leg{id}: {{ {shown(step(sandbox, 'deploy_packages', package_ids=[id], startup_mode=0))} }}" for id in (2301, 2302)]
        with folder({"Jenkinsfile": library(release, f"parallel({', '.join(legs)})")}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            checks.equal("parallel: green", jenkins.build(), 0)
            calls = sorted((call["what"], call["request_id"]) for call in sandbox.calls())
            checks.equal("parallel: the calls", [what for what, _ in calls], ["2301", "2302"])
            for where, results in {"the maps": jenkins.maps(), "the archive": jenkins.archive().values()}.items():
                found = sorted((*result["succeeded_package_ids"], result["request_id"]) for result in results)
                checks.equal(f"parallel: {where}", found, calls)


def inputs_of_all_kinds(checks):
    """What the shell of an agent gets: nothing in a value is expanded, and nothing of another job's is left."""
    program = "#!/bin/sh\nenv | grep '^INPUT_'\nprintf '{\"exit_status\": 0}' >\"$WORKSPACE/release-step.json\"\n"
    with Release() as release, Sandbox() as sandbox:
        release.binary = release.served = program.encode()
        inputs = """operation: 'release-package', name: 'a $HOME ${HOME} $$ `id` "q" \\'', envs: [production: true], "package_ids": [1, 'b,c', null],
            startup_mode: 0, wait: false, region: null, endpoint: '', poll_interval: "${1 + 1}s", 'wait-timeout': '9s', returnStatus: true, download_base_url: ''"""
        with folder({"Jenkinsfile": library(release, f"releaseStep({inputs})")}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            checks.equal("inputs: green", jenkins.build({"INPUT_REGION": "cn-north-4", "INPUT_CI": "github", "HOME": ""}), 0)
            wanted = [
                "INPUT_CI=jenkins",
                'INPUT_ENVS={"production":true}',
                "INPUT_NAME=a $HOME ${HOME} $$ `id` \"q\" '",
                "INPUT_OPERATION=release-package",
                'INPUT_PACKAGE_IDS=["1","b,c",null]',
                "INPUT_POLL_INTERVAL=2s",
                "INPUT_STARTUP_MODE=0",
                "INPUT_WAIT=false",
                "INPUT_WAIT__TIMEOUT=9s",
            ]
            checks.equal("inputs: without a home it is not kept", jenkins.has_said(" exec " + str(jenkins.base / "a job@tmp")), True)
            checks.equal("inputs: what is set", sorted(line for line in jenkins.said.splitlines() if line.startswith("INPUT_")), wanted)


def what_is_not_installed(checks):
    """Unreachable, tampered with, of no tagged version: nothing runs. What else is on PATH stays there and is not run."""
    ran = "#!/bin/sh\necho 'it ran'\nexit 0\n"
    with Release(served=ran.encode()) as release, Sandbox() as sandbox:
        with folder({"Jenkinsfile": library(release, step(sandbox, "release_artifact", download_base_url=f"{release.url}"))}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            older = jenkins.base / "older"
            older.mkdir()
            (older / "release-step").write_text(ran)
            (older / "release-step").chmod(0o755)
            nowhere = {"RELEASE_STEP_DOWNLOAD_BASE_URL": "http://127.0.0.1:1"}
            checks.equal("tampered: red", jenkins.build(nowhere, path=f"{older}:"), 1)
            said = "ended: AbortException: release-step: status 2, not_released: the binary could not be installed (status 2): the log says why; nothing was released\n"
            checks.equal("tampered: the error", jenkins.has_said(said), True)
            checks.equal("tampered: why", jenkins.has_said("It was deleted, not run"), True)
            checks.equal("tampered: neither ran", (jenkins.has_said("it ran"), sandbox.record()), (False, []))
            checks.equal("older: it says so", jenkins.has_said("which is on PATH, is not the release-step"), True)

            release.served = release.binary
            checks.equal("older: green", jenkins.build(nowhere, path=f"{older}:"), 0)
            checks.equal("older: it did not run", jenkins.has_said("it ran"), False)
    with Release() as release, Sandbox() as sandbox:
        with folder({"Jenkinsfile": library(release, shown(step(sandbox, "release_artifact", returnStatus=True)))}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            checks.equal("unreachable: green", jenkins.build({"RELEASE_STEP_DOWNLOAD_BASE_URL": f"{release.url}/nowhere"}), 0)
            wanted = {"exit_status": 7, "released": "no", "release_outcome": "not_released"}
            checks.equal("unreachable: the map", some(jenkins.maps()[0], wanted), wanted)
            (jenkins.base / "project/Jenkinsfile").write_text(library(release, shown("releaseStep(returnStatus: true)")))
            checks.equal("no inputs: green", jenkins.build(), 0)
            checks.equal("no inputs: the map", (jenkins.maps()[0]["exit_status"], jenkins.has_said("`INPUT_OPERATION`")), (2, True))
            (jenkins.base / "library/resources/release-step/SHA256SUMS").write_text("")
            checks.equal("untagged: green", jenkins.build(), 0)
            checks.equal("untagged: the map", (jenkins.maps()[0]["exit_status"], jenkins.archive(), sandbox.record()), (2, {}, []))


def a_lost_run(checks):
    """Killed after the call was accepted, and while its answer was awaited; killed so that the agent is gone; not able to start."""
    for faults, when, wanted in (
        (["--fate", "artifact=stuck"], '"submitted"', {"exit_status": 6, "released": "yes", "release_outcome": "unwatched"}),
        (["--fault", "release: hang after"], '"unknown"', {"exit_status": 8, "released": "unknown", "release_outcome": "unknown"}),
    ):
        with Release() as release, Sandbox(*faults) as sandbox:
            with folder({"Jenkinsfile": library(release, shown(step(sandbox, "release_artifact", returnStatus=True)))}) as root:
                jenkins = Jenkins(checks, "dash", root, release, sandbox)
                checks.equal(f"killed, {when}: green", jenkins.build(when=when, then="kill"), 0)
                checks.equal(f"killed, {when}: the map", some(jenkins.maps()[0], wanted), wanted)
                if when == '"submitted"':
                    ids = (jenkins.maps()[0]["request_id"], jenkins.result()["request_id"])
                    checks.equal("killed: the id is there", ids, (sandbox.only("released")["ReleaseArtifact"]["request_id"],) * 2)
                    checks.equal("lost: green", jenkins.build(when=when, then="lose"), 0)
                    checks.equal("lost: it says so", jenkins.has_said("echo: release-step: Jenkins lost the run: java.io.IOException: the agent is gone"), True)
                    checks.equal("lost: the map", some(jenkins.maps()[0], wanted), wanted)
    with Release() as release, Sandbox() as sandbox:
        release.binary = release.served = b"#!/nowhere/at/all\n"
        with folder({"Jenkinsfile": library(release, step(sandbox, "release_artifact"))}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            checks.equal("not started: red", jenkins.build(), 1)
            said = "ended: AbortException: release-step: status 2, not_released: the binary could not be started (status 127); nothing was released\n"
            checks.equal("not started: the error", jenkins.has_said(said), True)


def a_full_archive(checks):
    """It does not hide what the release came to."""
    with Release() as release, Sandbox() as sandbox:
        with folder({"Jenkinsfile": library(release, shown(step(sandbox, "release_artifact")))}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            status = jenkins.build(archive="full")
            said = "echo: release-step: release-step.json could not be archived: hudson.AbortException: no space left on device"
            checks.equal("a full archive", (status, jenkins.maps()[0]["exit_status"], jenkins.has_said(said)), (0, 0, True))


def an_agent_on_windows(checks):
    """What it would run, and what becomes of the statuses. The scripts themselves do not run here."""
    with Release() as release, Sandbox() as sandbox:
        with folder({"Jenkinsfile": library(release, shown(step(sandbox, "release_artifact", returnStatus=True)))}) as root:
            jenkins = Jenkins(checks, "dash", root, release, sandbox)
            ends = [{"status": 0}, {"status": 5, "result": '{"exit_status": 5, "released": "yes"}'}]
            checks.equal("Windows: green", jenkins.build(windows=ends), 0)
            checks.equal("Windows: the map", (jenkins.maps(), jenkins.result()), ([{"exit_status": 5, "released": "yes"}], jenkins.maps()[0]))
            scripts = re.findall(r"^bat: (.*?)(?=^bat: |^echo: )", jenkins.said, re.S | re.M)
            wanted = [
                ["@echo off", 'powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "%RELEASE_STEP_FOLDER%\\install.ps1" >"%RELEASE_STEP_FOLDER%\\binary"'],
                ["@echo off", 'set /p RELEASE_STEP_BINARY=<"%RELEASE_STEP_FOLDER%\\binary"', 'set "WORKSPACE=%RELEASE_STEP_FOLDER%"', '"%RELEASE_STEP_BINARY%"'],
            ]
            checks.equal("Windows: the scripts", [[line.strip() for line in text.splitlines() if line.strip()] for text in scripts], wanted)
            checks.equal("Windows: not installed", (jenkins.build(windows=[{"status": 7}]), jenkins.maps()[0]["exit_status"]), (0, 7))


def the_readmes_shell(checks, shell):
    """The result is the last line of stdout."""
    with Sandbox() as sandbox, Release() as release, folder({"script.sh": blocks("A shell", "sh")[0], **release.installation()}) as root:
        variables = {**sandbox.keys(), "INPUT_ENDPOINT": sandbox.url, "RELEASE_STEP_DOWNLOAD_BASE_URL": release.url}
        status, checks.heard = run([shell, *(["sh"] if shell == "busybox" else []), "script.sh"], root, environment(root, **variables))
        released = sandbox.only("released")["ReleaseArtifact"]
        result = json.loads(checks.heard.splitlines()[-1])
        wanted = {**expected("release_artifact", released, {}, waited=True), "exit_status": 0}
        checks.equal(f"{shell}: the status", status, 0)
        checks.equal(f"{shell}: the result", {key: result.get(key) for key in wanted}, wanted)


def main():
    checks = Checks()
    with Groovy() as checks.groovy:
        for shell in SHELLS:
            checks.part(f"{shell}, library", the_readmes_library, shell)
            checks.part(f"{shell}, aborted", an_aborted_build, shell)
            checks.part(f"{shell}, no library", without_the_library, shell)
            checks.part(shell, the_readmes_shell, shell)
        for part in (a_failed_release, parallel_legs, inputs_of_all_kinds, what_is_not_installed, a_lost_run, a_full_archive, an_agent_on_windows):
            checks.part(part.__name__, part)
    checks.end()


main()
