"""A Containerfile made a root file system, and commands run in it: what an engine does, as far as the image needs it. Root is needed."""

import json
import os
import pathlib
import re
import shutil
import subprocess

from engine import BINARY

ESCAPES = re.compile(r"[\\`]")
WORD = re.compile(r"""(?:[^\s"']|"[^"]*")+""")


class Unknown(Exception):
    """A line that this does not know: never passed over, or the test would speak of another image."""


def base(root):
    """Stands in for Alpine: Debian's static busybox under all of its names, certificates, and the folders of a base image."""
    root = pathlib.Path(root)
    for folder, mode in (("bin", 0o755), ("etc/ssl/certs", 0o755), ("root", 0o700), ("tmp", 0o1777), ("dev", 0o755), ("usr/local/bin", 0o755)):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).chmod(mode)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for name in subprocess.run(["/bin/busybox", "--list"], check=True, capture_output=True, text=True).stdout.split():
        if name != "busybox":
            (root / "bin" / name).symlink_to("busybox")
    # Alpine's busybox has it.
    (root / "bin/nohup").write_text('#!/bin/sh\nexec "$@"\n')
    (root / "bin/nohup").chmod(0o755)
    shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    os.mknod(root / "dev/null", 0o666 | 0o020000, os.makedev(1, 3))
    (root / "dev/null").chmod(0o666)
    libraries(root)


def libraries(root):
    """What the binary of this machine is linked with. The release's binary needs none of it."""
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True).stdout
    for path in re.findall(r"/\S+\.so\S*", linked):
        target = pathlib.Path(root) / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(path), target)


class Image:
    """The configuration that a Containerfile gives, and the files that it copies into `root`, which is a base already."""

    def __init__(self, containerfile, context, root, arguments):
        self.context, self.root, self.arguments, self.declared = pathlib.Path(context), pathlib.Path(root), arguments, {}
        self.base, self.user, self.command, self.labels = None, "0:0", [], {}
        self.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        text = pathlib.Path(containerfile).read_text()
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            if line.strip():
                name, _, rest = line.strip().partition(" ")
                known = getattr(self, f"do_{name.lower()}", None)
                if known is None or (self.base is None) != (name == "FROM"):
                    raise Unknown(line)
                known(rest.strip())

    def expand(self, text):
        """`$NAME` of a declared argument."""
        if ESCAPES.search(text) or "${" in text:
            raise Unknown(text)
        return re.sub(r"\$(\w+)", lambda match: self.declared[match[1]], text)

    def do_from(self, rest):
        if not re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", rest):
            raise Unknown(f"FROM {rest}: not pinned")
        self.base = rest

    def do_arg(self, rest):
        if not re.fullmatch(r"\w+", rest):
            raise Unknown(f"ARG {rest}")
        self.declared[rest] = self.arguments[rest]

    def pairs(self, rest):
        for word in WORD.findall(rest):
            name, equals, value = word.partition("=")
            if not equals:
                raise Unknown(rest)
            yield name, self.expand(value.strip('"'))

    def do_label(self, rest):
        self.labels.update(self.pairs(rest))

    def do_env(self, rest):
        self.environment.update(self.pairs(rest))

    def do_user(self, rest):
        if not re.fullmatch(r"\d+:\d+", rest):
            raise Unknown(f"USER {rest}")
        self.user = rest

    def do_cmd(self, rest):
        self.command = json.loads(rest)

    def do_copy(self, rest):
        match = re.fullmatch(r"--chmod=(0[0-7]{3}) (\S+) (/\S+[^/])", rest)
        if not match:
            raise Unknown(f"COPY {rest}")
        target = self.root / match[3].lstrip("/")
        shutil.copyfile(self.context / self.expand(match[2]), target)
        target.chmod(int(match[1], 8))


def start(root, command, environment, user, **more):
    """A process in `root` as a user, without this one's groups and environment."""
    chroot = [shutil.which("chroot"), f"--userspec={user}", "--groups=", str(root), *command]
    return subprocess.Popen(chroot, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **{"stdin": subprocess.DEVNULL, **more})
