"""Holds workflows, `action.yml`, GitLab's component, and every block of YAML that the engines run, against the schemas of the CI
systems, and against what no schema asks for."""

import pathlib
import re
import tempfile

from ruamel.yaml import YAML

from engine import ROOT, blocks, github_workflows, lint

ACTION = ROOT / "action.yml"
COMPONENT = ROOT / "templates/release-step.yml"
HERE = ROOT / "tests/engines"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
DEPENDABOT = ROOT / ".github/dependabot.yml"


def valid(checks, what, schema, text, status=0):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "text.yml"
        path.write_text(text)
        seen = lint(checks, ["check-jsonschema", "--builtin-schema", f"vendor.{schema}", path])
    checks.equal(f"{what} by {schema}", seen, status)


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
            if input := re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", value):
                mapped.setdefault((input[1], variable), []).append(name)
    for name, declared in document["inputs"].items():
        installs = (name, name.upper()) in mapped
        variable = name.upper() if installs else f"INPUT_{name.upper().replace('-', '__')}"
        wanted = ["install", "install_on_windows"] if installs else ["release", "release_on_windows"]
        seen = mapped.pop((name, variable), None)
        checks.equal(f"action: input {name}", (seen, bool(declared.get("description"))), (wanted, True))
    checks.equal("action: what is mapped without an input", mapped, {})
    for name, declared in document["outputs"].items():
        own = ["install", "install_on_windows"] if name in ("error_message", "exit_status", "release_outcome", "released") else []
        value = " || ".join(f"steps.{step}.outputs.{name}" for step in ("release", "release_on_windows", *own))
        checks.equal(f"action: output {name}", declared["value"], f"${{{{ {value} }}}}")


def component_parts():
    """The component's head, and its job as GitLab sees it when each input has its default."""
    head, job = COMPONENT.read_text().split("\n---\n")
    defaults = {name: declared.get("default", "release_artifact") for name, declared in YAML(typ="safe").load(head)["spec"]["inputs"].items()}
    return (("head", head), ("job", re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: defaults[match[1]], job)))


def component(checks):
    """What no schema asks for."""
    head, document = YAML(typ="safe").load_all(COMPONENT.read_text())
    declared, job = head["spec"]["inputs"], document["$[[ inputs.job ]]"]
    checks.equal("component: one job", list(document), ["$[[ inputs.job ]]"])
    checks.equal("component: required", [name for name, input in declared.items() if "default" not in input], ["operation"])
    checks.equal("component: described", [name for name, input in declared.items() if not input["description"]], [])
    checks.equal("component: quoted", [name for name, input in declared.items() if not isinstance(input.get("default", ""), str)], [])
    used = set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", str(document)))
    checks.equal("component: used", used, set(declared))
    (script,) = job["script"]
    for name in ("install.sh", "SHA256SUMS"):
        carried = re.search(rf"<<'end of {name}' \|\| exit 2\n(.*?)^end of {name}$", script, re.S | re.M)[1]
        checks.equal(f"component: {name}", carried, (ROOT / "resources/release-step" / name).read_text())
    checks.equal("component: an input in a script", "$[[" in script, False)
    checks.equal("component: one job, one run", (job["inherit"], job["retry"], job["interruptible"]), ({"default": ["tags"]}, 0, False))
    checks.equal("component: the binary takes the shell's place", script.splitlines()[-1].split()[0], "exec")


def schemas(checks):
    workflow, steps = github_workflows()
    for what, schema, text in (
        ("action.yml", "github-actions", ACTION.read_text()),
        *((path.name, "github-workflows", path.read_text()) for path in WORKFLOWS),
        ("dependabot.yml", "dependabot", DEPENDABOT.read_text()),
        ("README, GitHub", "github-workflows", workflow),
        ("README, GitHub, action", "github-workflows", steps),
        ("workflow.yml", "github-workflows", (HERE / "workflow.yml").read_text()),
        *((f"README, GitLab, {number}", "gitlab-ci", text) for number, text in enumerate(blocks("GitLab CI", "yaml"))),
        ("README, GitLab, resume", "gitlab-ci", blocks("Submit, then resume", "yaml")[0]),
        ("gitlab-ci.yml", "gitlab-ci", (HERE / "gitlab-ci.yml").read_text()),
        ("gitlab-installation.yml", "gitlab-ci", (HERE / "gitlab-installation.yml").read_text()),
        *((f"component, {part}", "gitlab-ci", text) for part, text in component_parts()),
    ):
        checks.part(what, valid, what, schema, text)
    checks.part("a bad workflow", valid, "a bad workflow", "github-workflows", "on: push\njobs: none\n", 1)
