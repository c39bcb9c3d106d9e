"""Holds the workflows, the action, Dependabot's rules and every shell script against linters and schemas. Each linter must also find what
is wrong in a bad text."""

import pathlib
import re
import subprocess
import tempfile

from engine import ROOT, Checks, lint
from schemas import ACTION, DEPENDABOT, WORKFLOWS, action, component, schemas

BAD_WORKFLOW = """\
on: pull_request_target
jobs:
  job:
    runs-on: ubuntu-2
    steps:
      - uses: actions/checkout@v4
      - run: echo ${{ github.head_ref }} $HOME
"""


def zizmor(checks):
    """Offline: what it would ask GitHub is whether a commit belongs to the version in its comment."""
    command = ["zizmor", "--offline", "--persona=pedantic", "--no-progress", "--strict-collection", "--color=never"]
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "bad.yml").write_text(BAD_WORKFLOW)
        lint(checks, [*command, "bad.yml"], folder)
    found = set(re.findall(r"^\w+\[([a-z-]+)\]", checks.heard, re.M))
    checks.equal("zizmor: finds what is wrong", {"dangerous-triggers", "template-injection", "unpinned-uses", "artipacked"} - found, set())
    checks.equal("zizmor", lint(checks, [*command, ".github", "action.yml"]), 0)
    judged = sorted(re.findall(r"completed (\S+)", checks.heard))
    checks.equal("zizmor: what it judged", judged, sorted(str(path.relative_to(ROOT)) for path in (ACTION, DEPENDABOT, *WORKFLOWS)))


def actionlint(checks):
    """It has shellcheck judge the workflows' scripts, too."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "bad.yml").write_text(BAD_WORKFLOW)
        checks.equal("actionlint: a bad workflow", lint(checks, ["actionlint", "-no-color", "bad.yml"], folder), 1)
    found = set(re.findall(r"\[[a-z-]+\]$", checks.heard, re.M))
    checks.equal("actionlint: finds what is wrong", {"[expression]", "[runner-label]", "[shellcheck]"} - found, set())
    checks.equal("actionlint", lint(checks, ["actionlint", "-no-color", *map(str, WORKFLOWS)]), 0)


def files():
    """Every file of the project; git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def scripts():
    return [path for path in files() if path.suffix == ".sh" or re.match(rb"#!\S*[/ ](env )?(ba|da|)sh\b", path.read_bytes()[:40])]


def shellcheck(checks):
    """With what a script sources."""
    found = scripts()
    checks.equal(
        "shellcheck: no script is left out",
        {".ci/run", "resources/release-step/install.sh", ".github/release/prepare"} - {str(path.relative_to(ROOT)) for path in found},
        set(),
    )
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "bad").write_text("#!/bin/sh\nrm -r $1\n")
        checks.equal("shellcheck: a bad script", lint(checks, ["shellcheck", "bad"], folder), 1)
    checks.equal("shellcheck", lint(checks, ["shellcheck", "--external-sources", *map(str, found)]), 0)


def reasons(checks):
    """Whatever is switched off has its reason behind it, or above it."""
    without = []
    for path in files():
        if path.suffix in (".py", ".md", ".txt") or b"\0" in path.read_bytes():
            continue
        lines = path.read_text().splitlines()
        for before, line in zip(["", *lines], lines):
            if found := re.search(r"# (zizmor: ignore(\[[a-z-]+\])?|shellcheck disable=SC\d+)(?P<reason>.*)", line):
                above = found[1].startswith("shellcheck") and re.match(r"\s*# \w", before)
                if len(found["reason"].split()) < 2 and not above:
                    without.append(f"{path.relative_to(ROOT)}: {line.strip()}")
    checks.equal("a reason for whatever is switched off", without, [])


def main():
    checks = Checks()
    schemas(checks)
    for part in (action, component, zizmor, actionlint, shellcheck, reasons):
        checks.part(part.__name__, part)
    checks.end()


main()
