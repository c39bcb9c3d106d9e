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
    (step,) = document["runs"]["steps"]
    checks.equal("action: no expression in a script", "${{" in step["run"], False)
    checks.equal("action: the binary takes the shell's place", step["run"].split()[0], "exec")
    for name, declared in document["inputs"].items():
        mapped = step["env"].get(f"INPUT_{name.upper()}")
        checks.equal(f"action: input {name}", (mapped, bool(declared.get("description"))), (f"${{{{ inputs.{name} }}}}", True))
    own = [name for name, value in step["env"].items() if not re.fullmatch(r"\$\{\{ inputs\.\w+ \}\}", value)]
    checks.equal("action: what is set without an input", own, ["INPUT_OUTPUT_PREFIX"])
    for name, declared in document["outputs"].items():
        checks.equal(f"action: output {name}", declared["value"], f"${{{{ steps.{step['id']}.outputs.{name} }}}}")


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
