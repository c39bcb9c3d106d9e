"""`mirror.sh` against a release on loopback, and install.sh with what it made: a mirror, and a tool cache without any network."""

import contextlib
import functools
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import tempfile
import threading

from engine import BINARY, Checks, Release, blocks, environment, folder, run

VERSION = Release().version
TARGETS = [f"{machine}-{system}" for machine in ("x86_64", "aarch64") for system in ("unknown-linux-musl", "apple-darwin", "pc-windows-msvc.exe")]
NAMES = [f"release-step-{VERSION}-{target}" for target in TARGETS]
NATIVE = Release().name
SHELLS = ("dash", "bash --posix", "busybox sh")


@contextlib.contextmanager
def serving(path):
    """A folder on loopback: its URL, and the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=path))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class Desk:
    """The release with all its binaries, the installation of its tag, and a folder for the mirror, in a place with spaces."""

    def __init__(self, path):
        self.root = pathlib.Path(path) / "a place"
        self.release, self.mirror, self.cache = self.root / "release", self.root / "the mirror", self.root / "tool cache"
        (self.release / f"v{VERSION}").mkdir(parents=True)
        table = ""
        for name in NAMES:
            content = BINARY.read_bytes() if name == NATIVE else name.encode() * 1000
            (self.release / f"v{VERSION}" / name).write_bytes(content)
            table += f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        self.scripts = self.root / "checkout/resources/release-step"
        self.scripts.mkdir(parents=True)
        for name in ("install.sh", "mirror.sh"):
            shutil.copy(pathlib.Path(__file__).parents[2] / "resources/release-step" / name, self.scripts)
        self.table = self.scripts / "SHA256SUMS"
        self.table.write_text(table)

    def run(self, checks, script, *arguments, shell="dash", before=(), **more):
        status, said = run([*before, *shell.split(), self.scripts / script, *arguments], self.root, environment(self.root / "home", **more))
        checks.heard = said
        return status, said

    def copied(self):
        """The files of the mirror, hidden ones too, and whether each is the release's."""
        files = [path for path in self.mirror.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.mirror)): path.read_bytes() == (self.release / path.relative_to(self.mirror)).read_bytes() for path in files}


@contextlib.contextmanager
def desk():
    with tempfile.TemporaryDirectory() as path:
        yield Desk(path)


def all_of(names):
    return {f"v{VERSION}/{name}": True for name in names}


def copies(checks):
    """All binaries; again, which asks for nothing; and with one that was damaged in the mirror."""
    for shell in SHELLS:
        with desk() as here, serving(here.root) as (url, asked):
            more = {"shell": shell, "RELEASE_STEP_DOWNLOAD_BASE_URL": f"{url}/release/"}
            # Of the surroundings nothing may get in between.
            status, said = here.run(checks, "mirror.sh", here.mirror, IFS="/v", BASH_ENV="/nowhere", **more)
            checks.equal(f"mirror, {shell}: status and files", (status, here.copied()), (0, all_of(NAMES)))
            checks.equal(f"mirror, {shell}: what was asked for", asked, [f"/release/v{VERSION}/{name}" for name in NAMES])
            modes = {path.stat().st_mode & 0o777 for path in (here.mirror / f"v{VERSION}").iterdir()}
            checks.equal(f"mirror, {shell}: modes", modes, {0o755})
            before = {path: path.stat().st_mtime_ns for path in here.mirror.rglob("*")}
            status, said = here.run(checks, "mirror.sh", here.mirror, **more)
            after = {path: path.stat().st_mtime_ns for path in here.mirror.rglob("*")}
            checks.equal(f"mirror, {shell}, again", (status, len(asked), before == after, said.count("is there\n")), (0, 6, True, 6))
            (here.mirror / f"v{VERSION}" / NAMES[2]).write_text("damaged")
            status, said = here.run(checks, "mirror.sh", here.mirror, **more)
            checks.equal(f"mirror, {shell}, one damaged", (status, asked[6:], here.copied()), (0, [f"/release/v{VERSION}/{NAMES[2]}"], all_of(NAMES)))


def refuses(checks):
    """A binary that is not the table's is not kept, and neither is one of an earlier run in its place; what came before it stays."""
    for shell in SHELLS:
        with desk() as here, serving(here.release) as (url, asked):
            (here.release / f"v{VERSION}" / NAMES[1]).write_text("tampered")
            (here.mirror / f"v{VERSION}").mkdir(parents=True)
            (here.mirror / f"v{VERSION}" / NAMES[1]).write_text("older")
            status, said = here.run(checks, "mirror.sh", here.mirror, shell=shell, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
            checks.equal(f"tampered, {shell}", (status, "was deleted" in said, here.copied()), (2, True, all_of(NAMES[:1])))
    with desk() as here, serving(here.release) as (url, asked):
        (here.release / f"v{VERSION}" / NAMES[3]).unlink()
        status, said = here.run(checks, "mirror.sh", here.mirror, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("one missing", (status, "could not be downloaded" in said, here.copied()), (7, True, all_of(NAMES[:3])))
        for what, arguments, more, wanted in (
            ("no such target", ("mips-unknown-linux", here.cache), {}, "no binary for mips-unknown-linux"),
            ("no URL", (), {"RELEASE_STEP_DOWNLOAD_BASE_URL": "file:///etc"}, "must begin with"),
            ("no folder", None, {}, "mirror.sh FOLDER"),
        ):
            count = len(asked)
            arguments = [] if arguments is None else [here.mirror, *arguments]
            status, said = here.run(checks, "mirror.sh", *arguments, **{"RELEASE_STEP_DOWNLOAD_BASE_URL": url, **more})
            checks.equal(what, (status, wanted in said, len(asked), here.cache.exists()), (2, True, count, False))
        here.table.write_text("")
        status, said = here.run(checks, "mirror.sh", here.mirror, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("no table", (status, "use a tagged version" in said), (2, True))


def one_target(checks):
    """Only that one; where there is no curl, by wget."""
    target = NATIVE.removeprefix(f"release-step-{VERSION}-")
    with desk() as here, serving(here.release) as (url, asked):
        tools = here.root / "tools"
        tools.mkdir()
        for name in ("dash", "wget", "sha256sum", "cut", "mkdir", "mktemp", "rm", "mv", "chmod", "dirname"):
            (tools / name).symlink_to(shutil.which(name))
        status, said = here.run(checks, "mirror.sh", here.mirror, target, PATH=str(tools), RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("one target, by wget", (status, here.copied(), len(asked)), (0, all_of([NATIVE]), 1))
        (tools / "sha256sum").unlink()
        status, said = here.run(checks, "mirror.sh", here.mirror, target, PATH=str(tools), RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("nothing to verify with", (status, "nothing can be verified" in said), (2, True))
        # Without the Windows ending, as Rust writes it.
        status, said = here.run(checks, "mirror.sh", here.mirror, "aarch64-pc-windows-msvc", here.cache, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        kept = sorted(str(path.relative_to(here.cache)) for path in here.cache.rglob("*") if path.is_file())
        checks.equal("one for Windows, and its tool cache", (status, kept, len(asked)), (0, [f"release-step/{VERSION}/arm64/release-step.exe"], 2))
        status, said = here.run(checks, "mirror.sh", here.mirror, "", here.cache, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("a tool cache of all systems", (status, "name its TARGET" in said, len(asked)), (2, True, 2))
        (here.scripts / "SHA256SUMS").write_text((here.scripts / "SHA256SUMS").read_text().rstrip("\n"))
        status, said = here.run(checks, "mirror.sh", here.mirror, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        checks.equal("a table whose last line has no end", (status, len(here.copied())), (0, 6))


def installs(checks):
    """install.sh from the mirror; then from a tool cache that was filled, and used, without any network."""
    with desk() as here:
        with serving(here.release) as (url, _):
            here.run(checks, "mirror.sh", here.mirror, RELEASE_STEP_DOWNLOAD_BASE_URL=url)
        for how in ("argument", "variable"):
            with serving(here.mirror) as (url, asked):
                more = {"RUNNER_TOOL_CACHE": str(here.root / f"cache of {how}")}
                arguments = [url] if how == "argument" else []
                if how == "variable":
                    more["RELEASE_STEP_DOWNLOAD_BASE_URL"] = url
                status, said = here.run(checks, "install.sh", *arguments, **more)
                binary = said.splitlines()[-1]
                checks.equal(f"install.sh, mirror by {how}", (status, asked), (0, [f"/v{VERSION}/{NATIVE}"]))
                checks.equal(f"install.sh, mirror by {how}: it runs", run([binary, "--version"], here.root, {})[1], f"release-step {VERSION}\n")
        alone = ["unshare", "--net"]
        target = NATIVE.removeprefix(f"release-step-{VERSION}-")
        for shell in SHELLS:
            shutil.rmtree(here.cache, ignore_errors=True)
            status, said = here.run(checks, "mirror.sh", here.mirror, target, here.cache, shell=shell, before=alone)
            checks.equal(f"no network, {shell}: the cache is filled", status, 0)
            status, said = here.run(checks, "install.sh", shell=shell, before=alone, RUNNER_TOOL_CACHE=str(here.cache))
            arch = {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine]
            binary = here.cache / f"release-step/{VERSION}/{arch}/release-step"
            checks.equal(f"no network, {shell}: install.sh", (status, said), (0, f"{binary}\n"))
            binary.write_text("tampered")
            status, said = here.run(checks, "install.sh", "http://127.0.0.1:1", shell=shell, before=alone, RUNNER_TOOL_CACHE=str(here.cache))
            checks.equal(f"no network, {shell}: a tampered one", (status, re.search(rf"^{re.escape(str(binary))}$", said, re.M)), (7, None))


def the_readmes_lines(checks):
    """As they stand there, with a repository of this machine in the place of GitHub's."""
    first, second = blocks("Without GitHub: a mirror", "sh")
    with desk() as here, serving(here.release) as (url, _):
        files = {f"resources/release-step/{path.name}": path.read_text() for path in here.scripts.iterdir()}
        with folder(files) as origin:
            run(["git", "-C", str(origin), "tag", f"v{VERSION}"], origin, environment(origin))
            git = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{origin}.insteadOf", "GIT_CONFIG_VALUE_0": "https://github.com/release-step/release-step"}
            ours = environment(here.root / "home", RELEASE_STEP_DOWNLOAD_BASE_URL=url, **git)
            status, checks.heard = run(["sh", "-ec", first], here.root, ours)
        made = [path.name for path in (here.root / "mirror" / f"v{VERSION}").iterdir()]
        checks.equal("README: the mirror", (status, sorted(made)), (0, sorted(NAMES)))
        target = NATIVE.removeprefix(f"release-step-{VERSION}-")
        second = second.replace("x86_64-unknown-linux-musl", target).replace("/opt/toolcache", "toolcache")
        status, checks.heard = run(["unshare", "--net", "sh", "-ec", second], here.root, environment(here.root / "home"))
        kept = [path.name for path in (here.root / "toolcache").rglob("release-step") if path.is_file()]
        checks.equal("README: the tool cache", (status, kept), (0, ["release-step"]))


def main():
    checks = Checks()
    for part in (copies, refuses, one_target, installs, the_readmes_lines):
        checks.part(part.__name__, part)
    checks.end()


main()
