"""Holds the workflows, the action, Dependabot's rules and every shell script against linters and schemas. Each linter must also find what
is wrong in a bad text."""

import pathlib
import re
import subprocess
import tempfile

from ruamel.yaml import YAML

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


def scripts_within(document):
    """The shell scripts of a workflow's jobs, or of an action, with their shells and the names of their steps."""
    parts = document.get("jobs", {"": document.get("runs")})
    for part in parts.values():
        for step in part["steps"]:
            shell = step.get("shell", "bash")
            if "run" in step and shell in ("bash", "sh"):
                yield step.get("name", step.get("id")), shell, step["run"]


def steps(checks):
    """Workflows' own scripts by shellcheck. What stands in an expression, zizmor judges."""
    judged = 0
    for path in (ACTION, *WORKFLOWS):
        for name, shell, script in scripts_within(YAML(typ="safe").load(path.read_text())):
            judged += 1
            with tempfile.TemporaryDirectory() as folder:
                (pathlib.Path(folder) / "step").write_text(script)
                checks.equal(f"shellcheck: {path.name}, {name}", lint(checks, ["shellcheck", "--shell", shell, "step"], folder), 0)
    ((_, _, bad),) = scripts_within(YAML(typ="safe").load(BAD_WORKFLOW.replace("${{ github.head_ref }} ", "")))
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "step").write_text(bad)
        checks.equal("shellcheck: a bad step", lint(checks, ["shellcheck", "--shell", "bash", "step"], folder), 1)
    checks.equal("shellcheck: steps were judged", judged > 20, True)


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
    for part in (action, component, zizmor, steps, shellcheck, reasons):
        checks.part(part.__name__, part)
    checks.end()


main()
