"""The image as a root file system: what each CI does in it, as its user, with the release build against the sandbox."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import rootfs
from engine import BINARY, ROOT, Checks, Release, Sandbox, blocks

HERE = ROOT / ".github/image"
CONTAINERFILE = HERE / "Containerfile"
PROJECT = "builds/team/service"
VERSION = Release().version


@contextlib.contextmanager
def container(text=None):
    """The image of this machine: its configuration, and its files."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        binary = folder / "context/linux/amd64/release-step"
        binary.parent.mkdir(parents=True)
        shutil.copy(BINARY, binary)
        (folder / "Containerfile").write_text(CONTAINERFILE.read_text() if text is None else text)
        root = folder / "root"
        root.mkdir()
        root.chmod(0o755)
        rootfs.base(root)
        yield rootfs.Image(folder / "Containerfile", folder / "context", root, {"VERSION": VERSION, "TARGETARCH": "amd64"})


def place(image, folder, owner, mode):
    """A folder of the runner's, mounted."""
    path = image.root / folder
    path.mkdir(parents=True)
    os.chown(path, owner, owner)
    path.chmod(mode)
    return path


def go(checks, image, command, script=None, user=None, **environment):
    """Runs a command in the image to its end; what was printed, on both streams."""
    environment = {**image.environment, **environment}
    more = {"stdin": subprocess.PIPE} if script else {}
    process = rootfs.start(image.root, command, environment, user or image.user, **more)
    out, err = process.communicate(script.encode() if script else None, timeout=60)
    checks.heard = f"{out.decode()}\n{err.decode()}"
    return process.returncode, out.decode(), err.decode()


def owner_and_mode(path):
    about = path.stat()
    return about.st_uid, oct(about.st_mode & 0o777)


def configuration(checks):
    with container() as image:
        checks.equal("the user", image.user, "1001:1001")
        checks.equal("what it runs by itself", image.command, ["sh"])
        checks.equal("the version's label", image.labels["org.opencontainers.image.version"], VERSION)
        binary = image.root / "usr/local/bin/release-step"
        checks.equal("the binary's bytes", binary.read_bytes() == BINARY.read_bytes(), True)
        checks.equal("the binary's owner and mode", owner_and_mode(binary), (0, "0o755"))


def no_line_is_passed_over(checks):
    """Each of these would make another image, or one that cannot be tested here."""
    text = CONTAINERFILE.read_text()
    for line in ('ENTRYPOINT ["release-step"]', "RUN true", "USER app", "COPY a b", "VOLUME /data", "SHELL /bin/sh", "FROM alpine:latest"):
        try:
            with container(f"{text}\n{line}\n"):
                refused = False
        except rootfs.Unknown:
            refused = True
        checks.equal(f"`{line}` is not passed over", refused, True)


def the_check_itself(checks):
    """`check` passes here, and fails where something is wrong."""
    script = (HERE / "check").read_text()
    wrongs = {
        "": lambda root: None,
        "not on PATH": lambda root: (root / "usr/local/bin/release-step").rename(root / "release-step"),
        "does not run": lambda root: (root / "usr/local/bin/release-step").write_bytes(b"\x7fELF"),
        "as it was copied": lambda root: os.chown(root / "usr/local/bin/release-step", 0, 7),
        "no `nohup`": lambda root: (root / "bin/nohup").unlink(),
        "no CA certificates": lambda root: (root / "etc/ssl/certs/ca-certificates.crt").write_text(""),
        "no /tmp": lambda root: (root / "tmp").chmod(0o755),
        "change the user or the group: /bin/ping.suid": lambda root: suid(root / "bin/ping.suid"),
        "could write: /srv": lambda root: (root / "srv").mkdir() or (root / "srv").chmod(0o777),
        "could write: /etc/passwd": lambda root: os.chown(root / "etc/passwd", 1001, 0),
        "could write: /usr/local/bin": lambda root: os.chown(root / "usr/local/bin", 0, 1001),
    }
    for what, spoil in wrongs.items():
        with container() as image:
            spoil(image.root)
            status, _, err = go(checks, image, ["sh"], script, VERSION=VERSION)
            checks.equal(f"check, {what or 'as it is'}", (status, what in err), (1 if what else 0, True))
    with container() as image:
        for what, more in (("it has `release-step", {"VERSION": "9.9.9"}), ("as root", {"VERSION": VERSION, "user": "0:0"}), ("as root", {"VERSION": VERSION, "user": "7:0"})):
            status, _, err = go(checks, image, ["sh"], script, **more)
            checks.equal(f"check, {what}", (status, what in err), (1, True))


def suid(path):
    path.write_text("")
    path.chmod(0o4755)


# The runner's helper clones as root and lets everybody write, or with FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR gives the folder to the user
# that `id` names in the image.
def gitlab(checks):
    block = blocks("A container image", "yaml")[0]
    script = re.search(r"^  script:\n((?:    - .+\n)+)", block, re.M)[1].replace("    - ", "")
    variables = dict(re.findall(r'^    (INPUT_\w+): "?(.+?)"?$', block, re.M))
    # The runner pipes its script into a shell that it looks for, and the job's lines into `eval` there.
    lines = f"set -eo pipefail\nset +o noclobber\n: | eval $'cd \"/{PROJECT}\"\\n{script.strip()}'\nexit 0\n"
    find_shell = "if [ -x /bin/bash ]; then exec /bin/bash; elif [ -x /bin/sh ]; then exec /bin/sh; else exit 1; fi"
    for what, owner, mode in (("a folder for everybody", 0, 0o777), ("a folder of the image's user", 1001, 0o755)):
        with Sandbox() as sandbox, container() as image:
            project = place(image, PROJECT, owner, mode)
            wanted = sandbox.operations["deploy_packages"]
            ours = {**variables, **wanted, "INPUT_POLL_INTERVAL": "300ms", **sandbox.keys(), "GITLAB_CI": "true", "CI_PROJECT_DIR": f"/{PROJECT}"}
            status, _, err = go(checks, image, ["sh", "-c", find_shell], lines, **ours)
            checks.equal(f"GitLab, {what}: status", status, 0)
            released = sandbox.only("released")["DeployFactoryPackages"]
            kept = json.loads((project / "release-step.json").read_text())
            checks.equal(f"GitLab, {what}: the JSON", (kept["release_outcome"], kept["package_id"]), ("succeeded", released["what"].split(",")))
            dotenv = (project / "release-step.env").read_text().splitlines()
            checks.equal(f"GitLab, {what}: the dotenv report", f"package_id={released['what']}" in dotenv, True)
            checks.equal(f"GitLab, {what}: the files", {owner_and_mode(project / f"release-step.{kind}") for kind in ("env", "json")}, {(1001, "0o644")})
            checks.without(f"GitLab, {what}", checks.heard, sandbox.secrets())


def github(checks):
    """A container job: the runner's folders are its own user's, and each step is a script in one of them."""
    with Sandbox() as sandbox, container() as image:
        place(image, "__w/service", 1001, 0o755)
        temporary = place(image, "__w/_temp", 1001, 0o755)
        output = temporary / "output"
        output.touch()
        os.chown(output, 1001, 1001)
        (temporary / "step.sh").write_text("exec release-step\n")
        ours = {**sandbox.operations["release_artifact"], "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/__w/_temp/output", "HOME": "/github/home"}
        status, _, _ = go(checks, image, ["sh", "-c", "cd /__w/service && exec sh -e /__w/_temp/step.sh"], INPUT_WAIT="true", **ours)
        released = sandbox.only("released")["ReleaseArtifact"]
        checks.equal("GitHub: status", status, 0)
        checks.equal("GitHub: an output", released["what"] in output.read_text(), True)


def jenkins(checks):
    """`inside` runs the script as the agent's user, whoever that is, with the workspace mounted where it is outside."""
    with Sandbox() as sandbox, container() as image:
        workspace = place(image, "home/jenkins/workspace/service", 112, 0o755)
        (workspace / "script.sh").write_text("exec release-step\n")
        ours = {**sandbox.operations["publish_extension_draft"], "INPUT_CI": "jenkins", "WORKSPACE": "/home/jenkins/workspace/service"}
        status, _, _ = go(checks, image, ["sh", "-c", "cd $WORKSPACE && exec nohup sh -xe script.sh"], user="112:119", **ours)
        kept = json.loads((workspace / "release-step.json").read_text())
        checks.equal("Jenkins: status and file", (status, kept["released"], owner_and_mode(workspace / "release-step.json")), (0, "yes", (112, "0o644")))


def installation(checks):
    """install.sh, takes the binary that is there: its hash is in the table. Nothing is asked for."""
    with Release() as release, container() as image:
        for name, text in release.installation().items():
            path = image.root / PROJECT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command = ["sh", f"/{PROJECT}/resources/release-step/install.sh", release.url]
        status, out, err = go(checks, image, command)
        checks.equal("install.sh", (status, out, err, release.asked), (0, "/usr/local/bin/release-step\n", "", []))


def cancelled(checks):
    """A job's end reaches the binary, which says how far it came."""
    with Sandbox("--pace", "1h") as sandbox, container() as image:
        project = place(image, PROJECT, 0, 0o777)
        ours = {**image.environment, **sandbox.operations["release_artifact"], "INPUT_WAIT": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": f"/{PROJECT}"}
        process = rootfs.start(image.root, ["sh", "-c", f"cd /{PROJECT} && exec release-step"], ours, image.user)
        deadline = time.monotonic() + 20
        while len(sandbox.record()) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        checks.heard = f"{out.decode()}\n{err.decode()}"
        kept = json.loads((project / "release-step.json").read_text())
        checks.equal("cancelled", (process.returncode, kept["release_outcome"], kept["released"]), (143, "cancelled", "yes"))


def the_readmes_block(checks):
    """It names the version that Cargo.toml has, and is what GitLab takes."""
    text = (ROOT / "README.md").read_text()
    tags = set(re.findall(r"ghcr\.io/release-step/release-step:([\w.-]+)", text))
    checks.equal("the README's tags", tags, {VERSION})
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "job.yml"
        path.write_text(blocks("A container image", "yaml")[0])
        done = subprocess.run(["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", path], capture_output=True, text=True)
        checks.heard = done.stdout + done.stderr
        checks.equal("the README's block by gitlab-ci", done.returncode, 0)


def main():
    checks = Checks()
    for part in (configuration, no_line_is_passed_over, the_check_itself, gitlab, github, jenkins, installation, cancelled, the_readmes_block):
        checks.part(part.__name__, part)
    checks.end()


main()
