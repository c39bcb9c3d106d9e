"""Runs the README's pipelines and our own in `gitlab-ci-local`, and reads what arrived."""

import collections
import contextlib
import json
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import tempfile
import textwrap

from ruamel.yaml import YAML

from engine import (
    BINARY, FOUND, ROOT, VENDORS_NAMES, VERSION_NAME, Checks, Release, Sandbox, blocks, environment, expected, folder, inputs, run,
)  # fmt: skip

# DataArts is asked each five seconds at most, if nobody is in a hurry.
QUICK = {"INPUT_POLL_INTERVAL": "300ms"}

# Where the README has this project, on an instance that is only known to `git`.
HOST = "gitlab.example"
OURS = "release-step/release-step"

# Nobody listens there.
NOWHERE = "http://127.0.0.1:1"

# What `gitlab-ci.yml` has for a name.
TEXT = """it's "nightly": `a\\b` #1 $5 | 'x'"""


def component(table):
    """`templates/release-step.yml` with this table of hashes in the place of its own, as the tag's commit has it."""
    text = (ROOT / "templates/release-step.yml").read_text()

    def embedded(table):
        return "<<'end of SHA256SUMS' || exit 2\n" + textwrap.indent(f"{table}end of SHA256SUMS\n", "      ")

    now = embedded((ROOT / "resources/release-step/SHA256SUMS").read_text())
    assert text.count(now) == 1, "the component has another table than resources/release-step/SHA256SUMS"
    return text.replace(now, embedded(table))


@contextlib.contextmanager
def project(pipeline, release, path=OURS, files=None):
    """A project with this pipeline, on an instance that has ours under `path`, with the tag of its version."""
    with folder({".gitlab-ci.yml": pipeline, **(files or {})}) as root, folder({"templates/release-step.yml": component(release.table())}) as ours:
        subprocess.run(["git", "-C", str(ours), "tag", f"v{release.version}"], check=True)
        subprocess.run(["git", "-C", str(root), "remote", "add", "origin", f"https://{HOST}/shop/orders.git"], check=True)
        home = root.parent / "home"
        home.mkdir()
        (home / ".gitconfig").write_text(f'[url "file://{ours}"]\n  insteadOf = https://{HOST}/{path}.git\n')
        yield root


class Pipeline:
    """One run of a pipeline, as far as its jobs' logs tell."""

    def __init__(self, checks, root, sandbox, variables, jobs=(), first_on_path=None):
        # Without isolation all jobs share one folder and would find each other's files without any artifact. There is no container.
        # `GITLAB_CI` is `true` at GitLab; the engine sets it to `false`.
        command = ["gitlab-ci-local", "--force-shell-executor", "--shell-executor-no-image", "--shell-isolation", "--no-artifacts-to-source", *jobs]
        for name, value in {"GITLAB_CI": "true", **sandbox.keys(), "INPUT_ENDPOINT": sandbox.url, **variables}.items():
            command += ["--variable", f"{name}={value}"]
        env = environment(root.parent / "home", GCL_IGNORE_PREDEFINED_VARS="GITLAB_CI")
        if first_on_path:
            env["PATH"] = f"{first_on_path}:{env['PATH']}"
        self.status, self.text = run(command, root, env)
        # The engine copies a component that is included twice to the same place at the same time, and now and then falls over itself,
        # before any job begins. What is really missing is missing each time.
        for _ in range(4):
            if "Component include could not be fetched" not in self.text:
                break
            shutil.rmtree(root / ".gitlab-ci-local/includes", ignore_errors=True)
            self.status, self.text = run(command, root, env)
        checks.heard = self.text
        checks.without("the log", self.text, sandbox.secrets())
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

    def kept(self, job, name="release-step"):
        """The JSON among its artifacts."""
        return json.loads((self.artifacts / job / f"{name}.json").read_text())

    def jobs(self):
        """How each job ended."""
        return {job: ending for ending, job in re.findall(r"^ (PASS|WARN|FAIL) +(\S+)", plain(self.text), re.M)}


def plain(text):
    """Without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def mirror(release):
    """The variable that a group has where runners do not reach GitHub."""
    return {"RELEASE_STEP_DOWNLOAD_BASE_URL": release.url}


def some(kept, wanted):
    return {key: kept.get(key) for key in wanted}


def the_readmes_pipeline(checks, text, path=OURS):
    """It waits. Run again it goes on with the same release, and with the binary that the runner has kept."""
    with Sandbox() as sandbox, Release() as release, project(text, release, path) as root:
        for turn in ("first", "again"):
            pipeline = Pipeline(checks, root, sandbox, {**mirror(release), **QUICK})
            released = sandbox.only("released")["DeployFactoryPackages"]
            ids = released["what"]
            wanted = {"release_outcome": "succeeded", "exit_status": 0, "succeeded_package_ids": ids.split(","), "deploy_status": ["2", "2"]}
            call = {"release_origin": "call", "request_id": released["request_id"]}
            wanted |= call if turn == "first" else {"release_origin": "adopted", "request_id": None}
            checks.equal(f"{turn}: the jobs", (pipeline.status, pipeline.jobs()), (0, {"deploy": "PASS", "announce": "PASS"}))
            checks.equal(f"{turn}: the later job", pipeline.said("announce"), [f"packages {ids}, succeeded"])
            checks.equal(f"{turn}: the file", some(pipeline.kept("deploy"), wanted), wanted)
        checks.equal("downloads", release.asked, [f"/v{release.version}/{release.name}"])


def the_readmes_pipeline_on_a_mirror(checks):
    """This project stands elsewhere on the instance."""
    text = blocks("GitLab CI", "yaml")[0]
    checks.equal("the README's place", text.count(f"/{OURS}/release-step@v"), 1)
    the_readmes_pipeline(checks, text.replace(f"/{OURS}/", "/platform/mirrors/release-step/"), "platform/mirrors/release-step")


def the_readmes_pipeline_fails(checks):
    """The release fails in the cloud: the job is red, and the later one reads what came of it."""
    text = blocks("GitLab CI", "yaml")[0]
    with Sandbox("--fate", "package=failed") as sandbox, Release() as release, project(text, release) as root:
        pipeline = Pipeline(checks, root, sandbox, {**mirror(release), **QUICK})
        ids = sandbox.only("released")["DeployFactoryPackages"]["what"]
        wanted = {"release_outcome": "failed", "exit_status": 5, "released": "yes", "failed_package_ids": ids.split(",")}
        checks.equal("the jobs", (pipeline.status, pipeline.jobs()), (1, {"deploy": "FAIL", "announce": "PASS"}))
        checks.equal("the later job", pipeline.said("announce"), [f"packages {ids}, failed"])
        checks.equal("the file", some(pipeline.kept("deploy"), wanted), wanted)


def the_readmes_two_releases(checks):
    """Neither takes the other's results away."""
    text = blocks("GitLab CI", "yaml")[1]
    with Sandbox() as sandbox, Release() as release, project(text, release) as root:
        pipeline = Pipeline(checks, root, sandbox, {**mirror(release), **QUICK})
        released = sandbox.only("released")
        ids = released["DeployFactoryPackages"]["what"]
        checks.equal("the jobs", (pipeline.status, pipeline.jobs()), (0, {"artifact": "PASS", "packages": "PASS", "announce": "PASS"}))
        said, *files = pipeline.said("announce")
        checks.equal("both outputs", said, f"version {VERSION_NAME}, packages {ids}")
        kept = {job: pipeline.kept(job, job) for job in ("artifact", "packages")}
        checks.equal("both files", [json.loads(line) for line in files], [*kept.values()])
        wanted = [released["ReleaseArtifact"]["what"], ids.split(",")]
        checks.equal("what they hold", [kept["artifact"]["ArtifactId"], kept["packages"]["package_id"]], wanted)


def the_readmes_two_releases_unwatched(checks):
    """Status 6, which `packages` allows: that job is orange, and the pipeline goes on."""
    text = blocks("GitLab CI", "yaml")[1]
    with Sandbox("--fault", "ListFactoryReleasePackages 2-: 503") as sandbox, Release() as release, project(text, release) as root:
        pipeline = Pipeline(checks, root, sandbox, {**mirror(release), **QUICK, "INPUT_WAIT_TIMEOUT": "3s"})
        ids = sandbox.only("released")["DeployFactoryPackages"]["what"]
        checks.equal("the jobs", (pipeline.status, pipeline.jobs()), (0, {"artifact": "PASS", "packages": "WARN", "announce": "PASS"}))
        checks.equal("the outputs", pipeline.said("announce")[0], f"version {VERSION_NAME}, packages {ids}")
        checks.equal("the file", some(pipeline.kept("packages", "packages"), ("exit_status", "release_outcome")), {"exit_status": 6, "release_outcome": "timed_out"})


def the_readmes_plain_job(checks):
    """Nothing is installed: the image, which is played by a folder on `PATH`, has the binary."""
    text, image = blocks("GitLab CI", "yaml")[2], "  image: ghcr.io/release-step/release-step:"
    # With an image the engine gives the job another `CI_PROJECT_DIR`, even where no container is used.
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(image))
    with Sandbox() as sandbox, Release() as release, project(text, release) as root:
        pipeline = Pipeline(checks, root, sandbox, QUICK, first_on_path=on_path(root, BINARY))
        released = sandbox.only("released")["DeployFactoryPackages"]
        wanted = {"release_outcome": "succeeded", "exit_status": 0, "request_id": released["request_id"]}
        checks.equal("the job", (pipeline.status, pipeline.jobs()), (0, {"deploy": "PASS"}))
        checks.equal("the file", some(pipeline.kept("deploy"), wanted), wanted)


def the_readmes_submit_and_resume(checks):
    """The first job ends at once; the second one, started by hand, waits with the id that the first one left."""
    text = blocks("Submit, then resume", "yaml")[0]
    with Sandbox("--fate", "package=approved", "--pace", "2s") as sandbox, Release() as release, project(text, release) as root:
        variables = {**mirror(release), **QUICK}
        pipeline = Pipeline(checks, root, sandbox, variables)
        id = sandbox.only("released")["CreateFactoryPendingItemsPackage"]["what"]
        kept = pipeline.kept("submit")
        checks.equal("the first job", (pipeline.status, pipeline.jobs()), (0, {"submit": "PASS"}))
        checks.equal("what it left", (kept["release_package_id"], kept["release_outcome"]), (id, "submitted"))
        asked = [request["operation"] for request in sandbox.record()]

        pipeline = Pipeline(checks, root, sandbox, variables, ["resume"])
        kept = pipeline.kept("resume")
        checks.equal("the second job", (pipeline.status, pipeline.jobs()), (0, {"resume": "PASS"}))
        checks.equal("how it ended", (kept["release_package_id"], kept["release_outcome"]), (id, "succeeded"))
        asked = {request["operation"] for request in sandbox.record()[len(asked) :]}
        checks.equal("what it asked", asked, {"ShowFactoryPackageDetail"})
        checks.equal("by the id", (FOUND in pipeline.text, kept["release_origin"], kept.get("request_id")), (True, "resumed", None))


def our_pipeline(checks):
    text = (ROOT / "tests/engines/gitlab-ci.yml").read_text()
    with Sandbox() as sandbox, Release() as release, project(text, release, files={"release-step.yml": component(release.table())}) as root:
        pipeline = Pipeline(checks, root, sandbox, {**inputs(sandbox), **mirror(release)})
        jobs = {**dict.fromkeys(VENDORS_NAMES, "PASS"), "everything": "PASS", "one": "PASS", "after_refused": "PASS"}
        checks.equal("the jobs", pipeline.jobs(), {**jobs, "refused": "WARN"})
        operations(checks, pipeline, sandbox)
        refused(checks, pipeline, sandbox)


def operations(checks, pipeline, sandbox):
    released = sandbox.only("released")
    everything, one = pipeline.variables("everything"), pipeline.variables("one")
    for operation, name in VENDORS_NAMES.items():
        wanted = expected(operation, released[name], sandbox.operations[operation])
        if operation == "release_package":
            # A dotenv report does not carry a dollar.
            checks.equal("text as it stands", (wanted.pop("package_name"), pipeline.kept(operation, operation)["package_name"]), ("nightly", TEXT))
        wanted = {f"{operation}_{key}": value for key, value in wanted.items()}
        checks.equal(f"{operation}: a later job", some(everything, wanted), wanted)
        here = {key for key in wanted if key in one}
        checks.equal(f"{operation}: a job with `needs`", here, set(wanted) if operation == "release_artifact" else set())


def refused(checks, pipeline, sandbox):
    request = sandbox.only("refused")["ReleaseArtifact"]
    seen = pipeline.variables("after_refused")
    wanted = {"error_code": request["what"], "request_id": request["request_id"], "exit_status": "4", "released": "no"}
    checks.equal("refused: a later job", some(seen, wanted), wanted)
    kept = json.loads(pipeline.said("after_refused")[-1])
    checks.equal("refused: the file", (kept["error"]["code"], kept["exit_status"]), (request["what"], 4))


def on_path(root, program):
    """A folder for `PATH` with this program as `release-step`."""
    path = root.parent / "bin"
    path.mkdir()
    (path / "release-step").symlink_to(program)
    return path


def place(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)


def our_installation(checks):
    """Each job with another runner: which are green, what they say, and that no other bytes are run."""
    text = (ROOT / "tests/engines/gitlab-installation.yml").read_text()
    with Sandbox() as sandbox, Release() as release, tempfile.TemporaryDirectory() as name:
        there = pathlib.Path(name)
        # Whoever runs it leaves a trace.
        trap = f"#!/bin/sh\ntouch {there}/trap\n".encode()
        place(there / "binary/release-step", release.binary)
        place(there / "other/release-step", trap)
        architecture = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
        for cache, content in (("in_cache", release.binary), ("other_in_cache", trap)):
            place(there / f"caches/{cache}/release-step/{release.version}/{architecture}/release-step", content)
        files = {"release-step.yml": component(release.table()), "without-table.yml": component("")}
        with Release(served=trap) as tampered, project(text, release, files=files) as root:
            variables = {"FOLDER": there, "RELEASE": release.url, "TAMPERED": tampered.url, "RELEASE_STEP_DOWNLOAD_BASE_URL": NOWHERE}
            pipeline = Pipeline(checks, root, sandbox, {**inputs(sandbox), **variables})
            places(checks, pipeline, release, tampered, there)
            checks.equal("downloads", (len(release.asked), len(tampered.asked)), (4, 1))
        checks.equal("the calls", [call["verdict"] for call in sandbox.calls()], ["released", *["accepted"] * 4])
        # Of the five that call. The dry run sends nothing.
        asked = collections.Counter(request["operation"] for request in sandbox.record())
        checks.equal("the requests", asked, {"DescribeRoutine": 5, "PublishRoutineCodeRevision": 5})
        checks.equal("the trap", (there / "trap").exists(), False)
        checks.equal("what is kept of it", [path for path in (there / "caches/tampered").rglob("*") if path.is_file()], [])


def places(checks, pipeline, release, tampered, there):
    """How each job ends, and all that the installation says there."""
    downloaded = rf"release-step: {release.version} for \S+, downloaded from {release.url}/\S+ and verified"
    passed_over = rf"release-step: {there}/\S+, which is %s, is not the release-step {release.version} that the table names: it is %s"
    wanted = {
        "mirror": ("PASS", None, [downloaded]),
        "other_on_path": ("PASS", None, [passed_over % ("on PATH", "left alone, and not run"), downloaded]),
        "other_in_cache": ("PASS", None, [passed_over % ("in the tool cache", "not run"), downloaded]),
        "on_path": ("PASS", None, []),
        "in_cache": ("PASS", None, []),
        "tampered": ("FAIL", "2", [rf"release-step: nothing was released: {tampered.url}/\S+ is not release-step .* It was deleted, not run.*"]),
        "nowhere": ("FAIL", "7", [rf"release-step: nothing was released: {NOWHERE}/\S+ could not be downloaded \(curl: .*"]),
        "without_table": ("FAIL", "2", ["release-step: nothing was released: SHA256SUMS, the table of binaries, has none .*"]),
        "dry_run": ("PASS", None, [downloaded]),
        "other_file": ("FAIL", "2", ["release-step: nothing was released: give `output_name` instead of `output_file`.*"]),
    }
    dry = {"release_outcome": "dry_run", "released": "no", "exit_status": 0, "request_id": None, "release_origin": None}
    checks.equal("dry_run: the file", some(pipeline.kept("dry_run", "dry_run"), dry), dry)
    checks.equal("the jobs", pipeline.jobs(), {job: ending for job, (ending, *_) in wanted.items()})
    statuses = dict(re.findall(r"^(\w+) .*FAIL (\d+)", plain(pipeline.text), re.M))
    for job, (_, status, says) in wanted.items():
        said = [line for line in pipeline.said(job) if line.startswith(("release-step: ", "curl: "))]
        matches = len(said) == len(says) and all(re.fullmatch(pattern, line) for pattern, line in zip(says, said))
        checks.equal(f"{job}: status, and what it said", (statuses.get(job), said, matches), (status, said, True))


def the_script_elsewhere(checks):
    """As a runner wraps it, in other shells than the engine's bash, and where nobody has said `errexit`."""
    for shell in (["dash"], ["busybox", "sh"], ["bash", "-l"]):
        for errexit in ("set -o errexit", "set +o errexit"):
            the_script(checks, shell, errexit, good=True)
            the_script(checks, shell, errexit, good=False)


def the_script(checks, shell, errexit, good):
    with Sandbox() as sandbox, Release(served=None if good else b"#!/bin/sh\n") as release, tempfile.TemporaryDirectory() as name:
        document = [*YAML(typ="safe").load_all(component(release.table()))][1]
        (step,) = document["$[[ inputs.job ]]"]["script"]
        there, temporary = pathlib.Path(name), pathlib.Path(name) / "a folder"
        temporary.mkdir()
        for ending in ("env", "json"):
            (there / f"orders.{ending}").write_text("of an earlier job")
        # The project's own: `artifacts:` would not find that file.
        own = {**sandbox.operations["release_artifact"], "RELEASE_STEP_OUTPUT_NAME": "orders", "INPUT_OUTPUT_FILE": "elsewhere.env"}
        own |= {"RELEASE_STEP_INPUT_DOWNLOAD_BASE_URL": release.url, "TMPDIR": str(temporary)}
        wrapped = f"{errexit}\n: | eval {shlex.quote(step)}\nexit\n"
        status, checks.heard = run([*shell, "-c", wrapped], there, environment(there / "home", **own))
        what = f"{shell[0]}, {errexit}, {'good' if good else 'tampered'}"
        left = sorted(path.name for path in there.glob("orders.*"))
        checks.equal(f"{what}: status, files", (status, left), (0, ["orders.env", "orders.json"]) if good else (2, []))
        checks.equal(f"{what}: calls, temporary files", (len(sandbox.calls()), [*temporary.iterdir()]), (int(good), []))


def main():
    checks = Checks()
    checks.part("README", the_readmes_pipeline, blocks("GitLab CI", "yaml")[0])
    checks.part("README, mirrored", the_readmes_pipeline_on_a_mirror)
    checks.part("README, failed", the_readmes_pipeline_fails)
    checks.part("README, two releases", the_readmes_two_releases)
    checks.part("README, unwatched", the_readmes_two_releases_unwatched)
    checks.part("README, plain", the_readmes_plain_job)
    checks.part("README, resume", the_readmes_submit_and_resume)
    checks.part("ours", our_pipeline)
    checks.part("installation", our_installation)
    checks.part("elsewhere", the_script_elsewhere)
    checks.end()


main()
