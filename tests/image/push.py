"""`push`, `tag` and `try`, with `docker` beside them that runs what they build and refuses what it does not know."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

from engine import BINARY, ROOT, Checks, Release, run

IMAGE = "ghcr.io/release-step/release-step"
VERSION = Release().version
AMD64, ARM64 = (f"release-step-{VERSION}-{machine}-unknown-linux-musl" for machine in ("x86_64", "aarch64"))


class Desk:
    """A copy of the scripts beside a table, the release's binaries, and the stand-in with its registry."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder)
        self.scripts = self.root / "checkout/.github/image"
        shutil.copytree(ROOT / ".github/image", self.scripts)
        self.assets = self.root / "assets of the release"
        for name in (self.assets, self.root / "bin", self.root / "state", self.root / "temporary"):
            name.mkdir()
        (self.root / "bin/docker").symlink_to(ROOT / "tests/image/docker")
        native = bytearray(BINARY.read_bytes())
        (self.assets / AMD64).write_bytes(native)
        native[18] = 183
        (self.assets / ARM64).write_bytes(native)
        self.table = self.root / "checkout/resources/release-step/SHA256SUMS"
        self.table.parent.mkdir(parents=True)
        self.write_table(AMD64, ARM64)

    def write_table(self, *names):
        lines = [f"{hashlib.sha256((self.assets / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
        self.table.write_text("".join(lines) + f"{'0' * 64}  release-step-{VERSION}-x86_64-pc-windows-msvc.exe\n")

    def tag(self, checks, digest, version=VERSION, **environment):
        return self.push(checks, IMAGE, version, digest, script="tag", **environment)

    def push(self, checks, *arguments, script="push", **environment):
        """The status, what stood on stdout, and what else was said."""
        environment = {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "STAND_IN": str(self.root / "state"),
            "TMPDIR": str(self.root / "temporary"),
            "OUT": str(self.root / "out"),
            "SOURCE_DATE_EPOCH": "1700000000",
            **environment,
        }
        command = ["sh", "-c", 'exec "$@" >"$OUT"', "sh", self.scripts / script, *(arguments or (IMAGE, VERSION, self.assets))]
        status, said = run(command, self.root, environment)
        checks.heard = said
        return status, (self.root / "out").read_text(), said

    def registry(self):
        path = self.root / "state/registry.json"
        return json.loads(path.read_text()) if path.exists() else {"images": {}, "tags": {}}

    def calls(self):
        path = self.root / "state/calls"
        return path.read_text().splitlines() if path.exists() else []

    def left(self):
        """What should have been cleared away."""
        return [*(self.root / "temporary").iterdir(), *(self.root / "state").glob("builder-*")]


@contextlib.contextmanager
def desk():
    with tempfile.TemporaryDirectory() as folder:
        yield Desk(folder)


def pushes(checks):
    """The first release, of an image that the registry has never seen; then once more."""
    with desk() as here:
        status, out, said = here.push(checks)
        registry = here.registry()
        (digest,) = registry["images"][IMAGE]
        checks.equal("push: status and stdout", (status, out), (0, f"{digest}\n"))
        checks.equal("push: the check ran first", f"the image: release-step {VERSION}, as 1001" in said, True)
        checks.equal("push: no tag yet", registry["tags"], {})
        wanted = [(name, hashlib.sha256((here.assets / asset).read_bytes()).hexdigest()) for name, asset in (("amd64", AMD64), ("arm64", ARM64))]
        checks.equal("push: the platforms and their bytes", [(one[0], one[-1]) for one in registry["images"][IMAGE][digest]], wanted)
        checks.equal(
            "push: the calls",
            here.calls(),
            ["build --build-arg VERSION=" + VERSION, "run --rm --interactive", "buildx create --name", "buildx build --builder"]
            + ["buildx rm " + builder(here.calls())],
        )
        checks.equal("push: nothing is left", here.left(), [])
        checks.equal("push, again: the same image", here.push(checks)[:2], (0, f"{digest}\n"))
        name = f"{IMAGE}:{VERSION}"
        for what, said in (("tag", f"{name} is {digest}\n"), ("tag, again", f"{name} is {digest} already\n")):
            checks.equal(what, (here.tag(checks, digest)[:2], here.registry()["tags"]), ((0, said), {name: digest}))
        other = "sha256:" + "1" * 64
        status, out, said = here.tag(checks, other)
        checks.equal("tag, another image", (status, out, "stays what it is" in said, here.registry()["tags"]), (1, "", True, {name: digest}))


def builder(calls):
    return calls[-1].rpartition(" ")[2]


def refuses_binaries(checks):
    """What does not fit is refused before Docker is asked for anything."""
    def tampered(here):
        with (here.assets / ARM64).open("ab") as asset:
            asset.write(b"\0")

    def swapped(here):
        for name in (AMD64, ARM64):
            (here.assets / name).rename(here.assets / f"{name}.old")
        (here.assets / f"{AMD64}.old").rename(here.assets / ARM64)
        (here.assets / f"{ARM64}.old").rename(here.assets / AMD64)
        here.write_table(AMD64, ARM64)

    for what, said, spoil in (
        ("a tampered binary", "and SHA256SUMS has", tampered),
        ("no binary", "there is no", lambda here: (here.assets / ARM64).unlink()),
        ("no table", "does not name", lambda here: here.table.write_text("")),
        ("a name twice", "does not name", lambda here: here.write_table(AMD64, AMD64, ARM64)),
        ("two names confounded", "is no program for amd64", swapped),
    ):
        with desk() as here:
            spoil(here)
            status, out, heard = here.push(checks)
            checks.equal(f"push, {what}", (status, out, said in heard, here.calls(), here.left()), (1, "", True, [], []))
    for what, arguments in (("two arguments", (IMAGE, VERSION)), ("a tag that moves", (IMAGE, "latest", "."))):
        with desk() as here:
            checks.equal(f"push, {what}", (here.push(checks, *arguments)[:2], here.calls()), ((1, ""), []))


def refuses_the_image(checks):
    """What `check` finds is not pushed."""
    with desk() as here:
        text = (here.scripts / "Containerfile").read_text()
        (here.scripts / "Containerfile").write_text(text.replace("USER 1001:1001", "USER 0:0"))
        status, out, said = here.push(checks)
        checks.equal("push, an image of root's", (status, out, "it runs as root" in said, here.registry()["images"]), (1, "", True, {}))


def refuses_the_unclear(checks):
    """Whatever the registry and the builder may say, there is no tag and no digest on stdout unless all is well."""
    with desk() as here:
        status, out, heard = here.push(checks, FAULT="no digest")
        checks.equal("push, no digest", (status, out, "named no digest" in heard, here.left()), (1, "", True, []))
    with desk() as here:
        digest = here.push(checks)[1].strip()
        for what, arguments in (("a tag that moves", (digest, "latest")), ("no digest", ("latest",))):
            checks.equal(f"tag, {what}", (here.tag(checks, *arguments)[:2], here.registry()["tags"]), ((1, ""), {}))
        status, out, heard = here.tag(checks, digest, FAULT="forbidden")
        checks.equal("tag, forbidden", (status, out, "cannot be told" in heard, here.registry()["tags"]), (1, "", True, {}))
        status, out, heard = here.tag(checks, digest, FAULT="other digest")
        checks.equal("tag, other digest", (status, out, "became sha256:0000" in heard), (1, "", True))


def main():
    checks = Checks()
    for part in (pushes, refuses_binaries, refuses_the_image, refuses_the_unclear):
        checks.part(part.__name__, part)
    checks.end()


main()
