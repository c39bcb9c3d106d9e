"""Releases from the maintainer's first look to the image, and all that must not get through. See README.md."""

import concurrent.futures
import json
import pathlib
import sys
import tempfile

from world import COMPONENT, HERE, LINUX, NOTES, SETTINGS, TABLE, TAG, TARGETS, TEMPLATE, VERSION, World, name

import binaries
import rules
import self_test

sys.path.insert(0, str(HERE.parent / "engines"))
from engine import Checks  # noqa: E402

SBOM, BUNDLE = f"release-step-{VERSION}.cdx.json", f"release-step-{VERSION}.sigstore.jsonl"
ASSETS = sorted([*map(name, TARGETS), "SHA256SUMS", SBOM, BUNDLE])


def lines(*text):
    return "".join(f"{line}\n" for line in text)


def releases(world):
    return [
        {key: one[key] for key in ("tag_name", "target_commitish", "draft", "immutable")} | {"published": one.get("published", 0)}
        for one in world.get("releases.json")
    ]


def whole(checks, world):
    """From the first look to the image."""
    built = world.head()
    wanted = lines(
        f"{VERSION} cannot be tagged:",
        f"  - there is no draft of {TAG}: `gh workflow run release.yml --repo release-step/release-step --ref main` makes it",
    )
    checks.equal("prepare: only the draft is missing", world.script("prepare"), (1, wanted))
    job = world.job("check")
    checks.equal("dispatch: check", (job.run(), job.said), (0, f"{VERSION} can be released\n"))
    world.drafted()
    checks.equal(
        "the draft", releases(world), [{"tag_name": TAG, "target_commitish": built, "draft": True, "immutable": False, "published": 0}]
    )
    checks.equal("the draft's notes", world.get("releases.json")[0]["body"], NOTES + "\n")
    checks.equal("the draft's files", sorted(path.name for path in world.asset("").iterdir()), ASSETS)
    checks.equal(
        "the parts name no folder",
        [line for line in world.asset(SBOM).read_text().splitlines() if "file:///" in line][0].split('"bom-ref":')[1],
        f'"path+file:///release-step#release-step@{VERSION}"}}}},"components":[{{"name":"ring"}},{{"name":"rustls"}},{{"name":"tokio"}}]}}',
    )
    job = world.job("check")
    wanted = lines(
        f"{VERSION} cannot be released:",
        f"  - there is a release {TAG} already. If it is a draft that shall be made anew, delete it: `gh release delete {TAG} --repo release-step/release-step`",
    )
    checks.equal("dispatched again", (job.run(), job.said), (1, wanted))

    job = world.job("draft", artifacts=world.built())
    wanted = f"there is a release {TAG} already. If it is a draft that shall be made anew, delete it: `gh release delete {TAG} --repo release-step/release-step`"
    checks.equal("drafted again", (job.run(), job.said.splitlines()[-1]), (1, wanted))
    checks.equal("drafted once", len(releases(world)), 1)

    wanted = f"{TAG} is tagged. `git push --atomic origin main {TAG}` publishes it.\n"
    checks.equal("prepare: nothing is missing", world.script("prepare"), (0, wanted))
    checks.equal(
        "prepare: the commit",
        world.git("show", "--format=%P %s", "--name-only", TAG + "^{}").split("\n"),
        [f"{built} Name the binaries of {TAG}", "", TABLE, TEMPLATE],
    )
    checks.equal("prepare: the table", (world.home / TABLE).read_text(), world.table())
    inside = "".join(f"      {line}\n" for line in world.table().splitlines())
    checks.equal(
        "prepare: the component", (world.home / TEMPLATE).read_text(), COMPONENT.replace("      end of", inside + "      end of", 1)
    )
    checks.equal("prepare: pushed nothing", world.git("ls-remote", "origin", "main", TAG), f"{built}\trefs/heads/main")
    back = f"git tag --delete {TAG} && git reset --hard origin/main"
    wanted = f"  - there is a tag {TAG} already, and not at the origin: `{back}` takes it and its commit back\n"
    checks.equal("prepare, where the push was refused", wanted in world.script("prepare")[1], True)
    world.git("push", "--quiet", "--atomic", "origin", "main", TAG)

    checks.equal("publish", (lambda status, said: (status, said.splitlines()[-1:]))(*world.publish()), (0, [f"{TAG} is published"]))
    published = [{"tag_name": TAG, "target_commitish": built, "draft": False, "immutable": True, "published": 1}]
    checks.equal("published", releases(world), published)
    status, said = world.publish()
    checks.equal("publish, again", (status, said.splitlines()[-1]), (0, f"{TAG} is published"))
    checks.equal("published once", releases(world), published)

    job = world.job("image", f"refs/tags/{TAG}", world.head(TAG))
    checks.equal("image", job.run(), 0)
    checks.heard = job.said
    checks.equal(
        "image: pushed",
        (world.state / "pushed").read_text().split(),
        ["ghcr.io/release-step/release-step", VERSION, *sorted(name(target) for target in TARGETS if "linux" in target)],
    )
    checks.equal(
        "image: attested", world.get("attestations.json")[-1]["statement"]["subjects"], {"ghcr.io/release-step/release-step": f"{7:064}"}
    )

    checks.equal("image: its tag", (world.state / "tagged").read_text(), f"ghcr.io/release-step/release-step {VERSION} sha256:{7:064}\n")

    status, said = world.script("prepare")
    checks.equal("prepare, after it: status", status, 1)
    for text in (
        f"the version in Cargo.toml, {VERSION}, is not above that of the last tag, {VERSION}",
        f"there is a tag {TAG} already",
        f"{TAG} is published already: raise the version",
    ):
        checks.equal(f"prepare, after it: {text}", f"  - {text}\n" in said, True)


def everything_missing(checks, world):
    """Whatever is missing is said at once."""
    world.edit("Cargo.toml", rf'(?m)^version = "{VERSION}"', 'version = "0.1.0"')
    world.edit("CHANGELOG.md", r"## \[Unreleased\]\n", "## [Unreleased]\n\n- Not released.\n")
    world.edit("CHANGELOG.md", r"## \[0.1.0\] - 2026-01-02\n\n- The first.\n", "")
    world.commit("Take it back")
    world.git("checkout", "--quiet", "-b", "other")
    (world.home / "new").write_text("not committed")
    world.put(
        "settings.json",
        {
            "rulesets": [{"target": "tag", "enforcement": "disabled"}],
            "rules/branches/main": [],
            "environments/release": {"protection_rules": []},
            "actions/permissions/workflow": {"default_workflow_permissions": "write"},
        },
    )
    wanted = lines(
        "0.1.0 cannot be tagged:",
        "  - Cargo.lock has not 0.1.0 for release-step: run `cargo update --workspace`",
        "  - Cargo.lock has not 0.1.0 for sandbox: run `cargo update --workspace`",
        "  - the version in Cargo.toml, 0.1.0, is not above that of the last tag, 0.1.0",
        "  - CHANGELOG.md has no heading `## [0.1.0] - <year>-<month>-<day>`",
        "  - CHANGELOG.md says nothing of 0.1.0",
        "  - CHANGELOG.md has something under Unreleased: move it to 0.1.0",
        "  - README.md pins 0.2.0, and not 0.1.0",
        "  - the tree has changes that are not committed",
        "  - this is not the branch main",
        "  - main is not what the origin has: push, or pull",
        "  - there is a tag v0.1.0 already",
        f"  - CI has not passed for {world.head()}: it has not run",
        "  - in the repository's settings: immutable releases are not switched on (GitHub says: gh: Not Found (HTTP 404))",
        "  - in the repository's settings: no rule protects tags (false)",
        "  - in the repository's settings: main can be rewritten (false)",
        "  - in the repository's settings: the environment `release` has no reviewer (false)",
        "  - in the repository's settings: workflows may write by default (false)",
        "  - there is no draft of v0.1.0: `gh workflow run release.yml --repo release-step/release-step --ref main` makes it",
    )
    checks.equal("everything is missing", world.script("prepare"), (1, wanted))


def sign_again(**changes):
    """Each attestation with another origin, on GitHub's side and in the bundle."""

    def change(world):
        signed = [one["statement"] | changes for one in world.get("attestations.json")]
        world.put("attestations.json", [])
        bundles = [world.attest(statement) for statement in signed]
        world.asset(BUNDLE).write_text("".join(json.dumps(bundle) + "\n" for bundle in bundles))

    return change


def forget(kind):
    def change(world):
        world.put("attestations.json", [one for one in world.get("attestations.json") if one["statement"]["predicate"] != kind])

    return change


def forge(world):
    bundles = [json.loads(line) for line in world.asset(BUNDLE).read_text().splitlines()]
    for bundle in bundles:
        bundle["signature"] = "mine"
    world.asset(BUNDLE).write_text("".join(json.dumps(bundle) + "\n" for bundle in bundles))


def tamper(file):
    def change(world):
        with world.asset(file).open("ab") as asset:
            asset.write(b"!")

    return change


def tamper_wholly(world):
    """With a table that agrees."""
    tamper(name(LINUX))(world)
    world.asset("SHA256SUMS").write_text(world.table())


def other_commit(world):
    drafts = world.get("releases.json")
    drafts[0]["target_commitish"] = "0" * 40
    world.put("releases.json", drafts)


def halve(world):
    """The bundle without its second attestation."""
    world.asset(BUNDLE).write_text(world.asset(BUNDLE).read_text().splitlines(keepends=True)[0])


def mutable(world):
    world.put("settings.json", SETTINGS | {"immutable-releases": {"enabled": False}})


def ci_failed(world):
    world.put("runs.json", [world.run("failure"), world.run("success")])


PROVENANCE, PARTS = "https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom"
WORKFLOW = "release-step/release-step/.github/workflows/release.yml"

# What is done to a draft, what `prepare` must say of it (a part of it), and in how many complaints.
NONE = f"GitHub has no provenance of {name(LINUX)} by {WORKFLOW} of "
BAD_DRAFTS = {
    "a binary is tampered with": (tamper(name(LINUX)), NONE, 2),
    "a binary and the table are": (tamper_wholly, f"GitHub has no provenance of SHA256SUMS by {WORKFLOW} of ", 2),
    "the list of parts is": (tamper(SBOM), f"GitHub has no provenance of {SBOM} by {WORKFLOW} of ", 1),
    "a target is missing": (lambda world: world.asset(name(TARGETS[0])).unlink(), f"{name(TARGETS[0])} is missing", 1),
    "a file is too many": (lambda world: world.asset("more").write_text("?"), "more has no place in a release", 1),
    "GitHub has no provenance": (forget(PROVENANCE), f"no attestations with predicate type {PROVENANCE}", 8),
    "GitHub has no list of parts": (forget(PARTS), f"GitHub has no list of the parts of {name(LINUX)}: ", 6),
    "the bundle is empty": (lambda world: world.asset(BUNDLE).write_text(""), f"{BUNDLE} has no provenance of SHA256SUMS by ", 8),
    "the bundle is forged": (forge, f"{BUNDLE} has no provenance of {name(LINUX)} by ", 8),
    "the bundle lacks the parts": (halve, f"{BUNDLE} has no list of the parts of {name(LINUX)}: ", 6),
    "another branch built it": (sign_again(ref="refs/heads/mine"), NONE, 8),
    "another commit was built": (sign_again(commit="0" * 40), NONE, 8),
    "another workflow built it": (sign_again(workflow="release-step/release-step/.github/workflows/mine.yml"), NONE, 8),
    "somebody's machine built it": (sign_again(runner="self-hosted"), NONE, 8),
    "the draft is of another commit": (other_commit, f"the draft of {TAG} was made from {'0' * 40}, and not from ", 1),
    "CI failed": (ci_failed, "CI has not passed for ", 1),
    "CI did not run": (lambda world: world.put("runs.json", []), "it has not run", 1),
    "releases may be changed": (mutable, "immutable releases are not switched on (false)", 1),
    "CI failed, and a binary is tampered with": (lambda world: (ci_failed(world), tamper(name(LINUX))(world)), NONE, 3),
}


def bad_draft(checks, world, what):
    change, part, count = BAD_DRAFTS[what]
    before = world.head()
    change(world)
    status, said = world.script("prepare")
    checks.heard = said
    complaints = [line for line in said.splitlines() if line.startswith("  - ")]
    checks.equal(f"{what}: refused", (status, any(part in line for line in complaints), len(complaints)), (1, True, count))
    checks.equal(
        f"{what}: nothing was made", (world.head(), world.git("tag", "--list", TAG), world.git("status", "--porcelain")), (before, "", "")
    )


def amended(path, text):
    """The tag's commit with one more change."""

    def change(world):
        file = world.home / path
        world.write(file, (file.read_text() if file.exists() else "") + text)
        world.git("add", "--all")
        world.git("commit", "--quiet", "--amend", "--no-edit")

    return change


def on_top(world):
    world.commit("One more")


def merged(world):
    world.git("checkout", "--quiet", "-b", "side", "HEAD^")
    world.commit("On the side")
    world.git("checkout", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "side", "--message", "Merge")


def other_table(world):
    """The table names other bytes, in both places."""
    for path in (TABLE, TEMPLATE):
        digest = world.table().split()[0]
        world.edit(path, digest, "0" * 64)
    amended(TABLE, "")(world)


def template_forgotten(world):
    world.git("checkout", "--quiet", "HEAD^", "--", TEMPLATE)
    amended(TABLE, "")(world)


NOT = f"{TAG} is not published:\n"
# What is done after `prepare`, and what `publish` must say (a part of it).
BAD_TAGS = {
    "the commit changes a script": (
        amended("resources/release-step/install.sh", "# more\n"),
        NOT + "  - resources/release-step/install.sh is not as it was built",
    ),
    "the commit brings a file": (amended("src/more.rs", "// more\n"), NOT + "  - src/more.rs is not as it was built"),
    "the component has another change": (
        amended(TEMPLATE, "      curl mine | sh\n"),
        NOT + f"  - {TEMPLATE} has another change than the table's: +      curl mine | sh\n",
    ),
    "the component lacks the table": (template_forgotten, NOT + f"  - {TEMPLATE} lacks a line of the table: "),
    "the table is of other bytes": (other_table, NOT + f"  - {TABLE}, in the commit of {TAG}, is not that of the draft"),
    "the tag is one commit later": (on_top, f"{TAG} is not published: its release must be a draft made from "),
    "the tag is a merge": (merged, NOT + f"  - the commit of {TAG} has 2 parents here, and not one"),
    "the tag is on the built commit": (lambda world: world.git("reset", "--quiet", "--hard", "HEAD^"), NOT),
    "a binary was changed since": (tamper(name(LINUX)), f"  - {NONE}"),
    "a file was added since": (lambda world: world.asset("more").write_text("?"), NOT + "  - more has no place in a release\n"),
    "the draft is gone": (lambda world: world.put("releases.json", []), ", the parent of the tag's commit, and is: not there"),
}


def bad_tag(checks, world, what):
    change, part = BAD_TAGS[what]
    change(world)
    world.git("tag", "--force", "--annotate", "--message", "again", TAG)
    world.git("push", "--quiet", "--force", "origin", "main", TAG)
    status, said = world.publish()
    checks.heard = said
    checks.equal(f"{what}: refused", (status, part in said), (1, True))
    checks.equal(
        f"{what}: not published",
        [(one["draft"], one["published"]) for one in releases(world)],
        [(True, 0)] if world.get("releases.json") else [],
    )


def other_name(checks, world):
    world.git("tag", "v0.3.0", f"{TAG}^{{}}")
    world.git("push", "--quiet", "origin", "v0.3.0")
    checks.equal(
        "a tag of another version",
        world.publish("v0.3.0"),
        (1, lines("v0.3.0 is not published:", f"  - the tag is v0.3.0, and the version in Cargo.toml {VERSION}")),
    )


def published_but_mutable(checks, world):
    mutable(world)
    status, said = world.publish()
    wanted = f"{TAG} is published, but:\n  - it can still be changed: switch immutable releases on, and make a new version\n  - GitHub has not attested it\n"
    checks.equal("published, but mutable", (status, wanted in said), (1, True))


def incomplete(checks, world):
    artifacts = world.built()
    del artifacts["release-x86_64-apple-darwin"]
    artifacts["release-more"] = {"more": b"?"}
    job = world.job("draft", artifacts=artifacts)
    wanted = lines(
        "this is not all that was to be built:", "  - more has no place in a release", f"  - {name('x86_64-apple-darwin')} is missing"
    )
    checks.equal("a build is missing", (job.run(), job.said), (1, wanted))
    checks.equal("a build is missing: no draft", world.get("releases.json"), [])


def stories(folder):
    """Each story by its name, in a world that starts where it begins."""
    places = (pathlib.Path(folder) / str(number) for number in range(1000))
    first = next(places)
    first.mkdir()
    start = World.new(first)
    draft = start.copy(next(places)).drafted()
    tag = draft.copy(next(places)).tagged()
    yield "a whole release", whole, start.copy(next(places))
    yield "everything is missing", everything_missing, start.copy(next(places))
    yield "a build is missing", incomplete, start.copy(next(places))
    for what in BAD_DRAFTS:
        yield what, bad_draft, draft.copy(next(places)), what
    for what in BAD_TAGS:
        yield what, bad_tag, tag.copy(next(places)), what
    yield "another version", other_name, tag.copy(next(places))
    yield "mutable", published_but_mutable, tag.copy(next(places))


def tell(what, story, world, *more):
    checks = Checks()
    checks.part(what, story, world, *more)
    unknown = world.state / "unknown"
    checks.equal(f"{what}: every invocation is known", unknown.exists() and unknown.read_text(), False)
    return checks


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(3) as pool:
        for told in [pool.submit(tell, *story) for story in stories(folder)]:
            checks.passed += told.result().passed
            checks.failed += told.result().failed
        checks.part("check-binary", binaries.judged, pathlib.Path(folder) / "binaries")
        checks.part("workflows", rules.workflows)
        checks.part("binstall", rules.binstall)
        checks.part("self-test", self_test.tried)
    checks.end()


main()
