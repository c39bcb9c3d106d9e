"""Holds `action.yml`, and every block of YAML that the engines run, against the schemas of the CI systems."""

import pathlib
import re
import subprocess
import tempfile

from ruamel.yaml import YAML

from engine import ROOT, Checks, blocks, github_workflows

ACTION = ROOT / "action.yml"
HERE = ROOT / "tests/engines"


def valid(checks, what, schema, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "text.yml"
        path.write_text(text)
        command = ["check-jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    checks.heard = done.stdout
    checks.equal(f"{what} by {schema}", done.returncode, 0)


def action(checks):
    """What no schema asks for."""
    document = YAML(typ="safe").load(ACTION.read_text())
    checks.equal("action: branding", sorted(document.get("branding", {})), ["color", "icon"])
    steps = {step["id"]: step for step in document["runs"]["steps"]}
    checks.equal("action: the steps", list(steps), ["install", "install_on_windows", "release", "release_on_windows"])
    checks.equal("action: no expression in a script", [step for step in steps if "${{" in steps[step]["run"]], [])
    last = {name: steps[name]["run"].splitlines()[-1].split()[0] for name in ("install", "release")}
    checks.equal("action: what is started takes the shell's place", last, {"install": "exec", "release": "exec"})
    mapped = {}
    for name, step in steps.items():
        for variable, value in step["env"].items():
            if input := re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value):
                mapped.setdefault((input[1], variable), []).append(name)
    for name, declared in document["inputs"].items():
        installs = (name, name.upper()) in mapped
        variable = name.upper() if installs else f"INPUT_{name.upper()}"
        wanted = ["install", "install_on_windows"] if installs else ["release", "release_on_windows"]
        seen = mapped.pop((name, variable), None)
        checks.equal(f"action: input {name}", (seen, bool(declared.get("description"))), (wanted, True))
    checks.equal("action: what is mapped without an input", mapped, {})
    for name, declared in document["outputs"].items():
        value = " || ".join(f"steps.{step}.outputs.{name}" for step in ("release", "release_on_windows"))
        checks.equal(f"action: output {name}", declared["value"], f"${{{{ {value} }}}}")


def main():
    checks = Checks()
    workflow, steps = github_workflows()
    for what, schema, text in (
        ("action.yml", "github-actions", ACTION.read_text()),
        ("README, GitHub", "github-workflows", workflow),
        ("README, GitHub, action", "github-workflows", steps),
        ("workflow.yml", "github-workflows", (HERE / "workflow.yml").read_text()),
        ("README, GitLab", "gitlab-ci", blocks("GitLab CI", "yaml")[0]),
        ("README, GitLab, resume", "gitlab-ci", blocks("Submit, then resume", "yaml")[0]),
        ("gitlab-ci.yml", "gitlab-ci", (HERE / "gitlab-ci.yml").read_text()),
    ):
        checks.part(what, valid, what, schema, text)
    checks.part("action.yml", action)
    checks.end()


main()
