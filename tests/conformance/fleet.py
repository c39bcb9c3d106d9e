#!/usr/bin/env python3
"""A fleet of random valid runs of the real binary, each judged by code that the vendors and the CI systems wrote or specify.

    fleet.py BINARY [--seed S] [--count N] [--case K] [--workers W] [--status-queries]

Every case is drawn from (seed, number) alone, so a failure is repeated by `--seed S --case K`. A server on 127.0.0.1 stands for
both clouds: it computes the signature of what arrived with the vendors' own signer classes, compares the decoded parameters with
the intended ones, and answers with a random valid answer. What the binary then wrote is read back by parsers that follow
each CI's own rules. Needs: alibabacloud_tea_openapi 0.4.6, huaweicloudsdkcore 3.1.219.
"""

from __future__ import annotations

import argparse
import base64
import collections
import functools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from cases import ALIBABA, VENDOR_NAME, Case, make_case
from ci import DOTENV_BYTES, check_commands, dotenv_carries, read_dotenv, read_github, read_properties
from clouds import Clouds, status_answer
from signers import verify
from wire import Received, complaints, decode_pairs, distinct

EVERY_RUN = {
    "operation", "released", "release_hash", "release_origin", "release_outcome", "exit_status", "request_id", "started_at", "ended_at", "result",
}  # fmt: skip

DELIMITERS: set[str] = set()
HASHES: dict[str, Case] = {}
LOCK = threading.Lock()


# ---- the request ----------------------------------------------------------------------------------------------------------------


def answer(status_queries: bool, case: Case, got: Received) -> tuple[int, bytes]:
    """Judges one request, and answers it as the vendor would."""
    refused = json.dumps({"Code": "SignatureDoesNotMatch", "error_code": "APIG.0301", "Message": "refused", "error_msg": "refused"}).encode()
    named = got.headers.get("x-acs-action") == VENDOR_NAME[case.operation] or (got.method == "POST" and urlsplit(got.target).path == case.path != "/")
    answer_ = None if named or not status_queries else status_answer(case, got)
    got.release = answer_ is None
    problems = verify(case, got)
    got.problems += problems
    if got.release:
        got.problems += check_parameters(case, got)
    return (403, refused) if problems else (200, case.answer if answer_ is None else answer_)


def check_parameters(case: Case, got: Received) -> list[str]:
    """Decodes the release call as the vendor's server would, and compares with what the case meant."""
    url, headers = urlsplit(got.target), got.headers
    problems = complaints(
        (got.method == "POST", f"method {got.method}"),
        (url.path == case.path, f"path {url.path!r}, meant {case.path!r}"),
        ("content-length" in headers or "transfer-encoding" in headers, "neither Content-Length nor chunks"),
        *((headers.get(name) == value, f"header {name}: {headers.get(name)!r}, meant {value!r}") for name, value in case.headers.items()),
    )
    if case.operation == "release_artifact":
        decoded, rest = distinct(got.query()), got.body.decode()
        meant = dict(case.parameters)
        if "ClientToken" not in meant and "ClientToken" in decoded:  # our own one, then
            meant["ClientToken"] = case.outputs["client_token"] = decoded["ClientToken"]
            problems += complaints((re.fullmatch(r"[!-~]{1,64}", decoded["ClientToken"]), "a client token that the vendor refuses"))
    elif case.operation == "publish_routine_code_revision":
        decoded, rest = distinct(decode_pairs(got.body.decode())), url.query
        meant = case.parameters
        problems += complaints((headers.get("content-type", "").split(";")[0] == "application/x-www-form-urlencoded", "content-type is not a form's"))
        if isinstance(meant["Envs"], list):
            decoded["Envs"] = json.loads(decoded["Envs"])
    else:
        decoded, rest, meant = json.loads(got.body, object_pairs_hook=distinct), url.query, case.parameters
        problems += complaints((headers.get("content-type", "").split(";")[0] == "application/json", "content-type is not JSON"))
    if case.operation in ALIBABA:
        version = "2021-05-21" if case.operation == "release_artifact" else "2018-01-15"
        problems += complaints(
            (headers.get("x-acs-action") == VENDOR_NAME[case.operation], f"action {headers.get('x-acs-action')}"),
            (headers.get("x-acs-version") == version, f"version {headers.get('x-acs-version')}"),
        )
    same = decoded == meant and json.dumps(decoded, sort_keys=True) == json.dumps(meant, sort_keys=True)
    return problems + complaints((same, f"parameters {decoded!r}, meant {meant!r}"), (not rest, f"something else was sent too: {rest!r}"))


# ---- the outputs ----------------------------------------------------------------------------------------------------------------


def as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(as_text(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def check_details(case: Case, value: object, strict: bool) -> list[str]:
    if isinstance(value, str) and not strict:
        value = json.loads(value)
    if not isinstance(value, list) or len(value) != len(case.details):
        return [f"deploy_package_details is {value!r}"]
    problems = []
    by_id = {item["package_id"]: item for item in case.details}  # the vendor's own array: in its order or in the input's
    for got in value:
        meant = by_id.pop(as_text(got.get("package_id")), {"package_id": "one that was asked for, once"})
        told = {name: as_text(got.get(name)) for name in meant}
        problems += complaints((told == {name: as_text(item) for name, item in meant.items()}, f"deploy_package_details: {got!r}, meant {meant!r}"))
        if strict:
            ids = [name for name in ("asy_task_id", "package_id") if not isinstance(got.get(name), str)]
            problems += complaints((not ids, f"an id that is not a string in deploy_package_details: {got!r}"))
    return problems


def check_values(case: Case, where: str, found: dict[str, object]) -> list[str]:
    """Every expected output is there under its name with its value, and no other."""
    meant = case.outputs | {
        "operation": case.operation, "released": "yes", "release_origin": case.origin, "release_outcome": "submitted" if case.origin == "call" else "succeeded", "exit_status": "0",
        "request_id": case.request_id, "release_hash": case.release_hash or as_text(found.get("release_hash")),
    }  # fmt: skip
    case.release_hash = meant["release_hash"]  # the same in every place
    problems = []
    for name, value in meant.items():
        if name not in found:
            problems.append(f"{where}: {name} is missing, meant {value!r}")
        elif as_text(found[name]) != value:
            problems.append(f"{where}: {name} is {as_text(found[name])!r}, meant {value!r}")
    for name in ("started_at", "ended_at"):
        problems += complaints((re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", str(found.get(name))), f"{where}: {name} is {found.get(name)!r}"))
    problems += complaints((re.fullmatch("[0-9a-f]{64}", case.release_hash), f"{where}: release_hash is {case.release_hash!r}"))
    own = set(meant) | EVERY_RUN | ({"deploy_package_details"} if case.details else set())
    return problems + [f"{where}: {name} is an output that nobody asked for: {found[name]!r}" for name in found if name not in own]


def check_result(case: Case, where: str, text: str) -> list[str]:
    found = json.loads(text, object_pairs_hook=distinct)
    problems = check_values(case, where, found)
    for name in case.outputs.keys() & found.keys():
        if name in case.lists:
            problems += complaints((isinstance(found[name], list) and all(isinstance(item, str) for item in found[name]), f"{where}: {name} is not an array of strings: {found[name]!r}"))
        elif name.lower().endswith("id") or name == "CodeRevision":
            problems += complaints((isinstance(found[name], str), f"{where}: {name} is not a string: {found[name]!r}"))
    if case.details is not None:
        problems += check_details(case, found.get("deploy_package_details"), strict=True)
    return problems + complaints(("result" not in found, f"{where}: a result inside the result"), ("error" not in found, f"{where}: an error on success: {found.get('error')!r}"))


def check_stdout(case: Case, stdout: str) -> list[str]:
    rows = stdout.split("\n")
    if len(rows) != 2 or rows[1]:
        return [f"stdout is not one line: {stdout!r}"]
    return check_result(case, "result on stdout", rows[0])


def unprefixed(case: Case, where: str, found: dict[str, str]) -> dict[str, str]:
    bare = [name for name in found if not name.startswith(case.prefix)]
    if bare:
        raise ValueError(f"{where}: names without the prefix {case.prefix!r}: {bare}")
    return {name[len(case.prefix) :]: value for name, value in found.items()}


def check_flat(case: Case, where: str, found: dict[str, str]) -> list[str]:
    """Outputs where each is one text: all of them, `result` too."""
    found = unprefixed(case, where, found)
    result = found.pop("result", None)
    problems = check_values(case, where, found)
    if case.details is not None:
        problems += check_details(case, found.get("deploy_package_details"), strict=False)
    return problems + ([f"{where}: result is missing"] if result is None else check_result(case, f"result in {where}", result))


def check_beside(case: Case, place: Place) -> list[str]:
    data = (place.work / case.beside).read_bytes()
    if case.beside.endswith(".json"):
        return check_result(case, case.beside, data.decode())
    return check_flat(case, case.beside, read_properties(data))


def check_github(case: Case, place: Place, stdout: str, stderr: str) -> list[str]:
    found, delimiters = read_github(place.output.read_bytes().decode())
    with LOCK:
        guessable = (delimiters & DELIMITERS) - {"E"}
        DELIMITERS.update(delimiters)
    problems = complaints(
        (not guessable, f"$GITHUB_OUTPUT: a delimiter that an earlier run had too: {guessable}"),
        (found.pop("earlier", None) == ("1" if place.earlier else None), "$GITHUB_OUTPUT: what was written earlier is gone"),
    )
    return problems + check_flat(case, "$GITHUB_OUTPUT", found) + check_commands(stdout, stderr)


def check_gitlab(case: Case, place: Place, stdout: str, stderr: str) -> list[str]:
    data = (place.work / "release-step.env").read_bytes()
    found = unprefixed(case, "dotenv", read_dotenv(data))
    whole = json.loads((place.work / "release-step.json").read_bytes())
    problems = check_result(case, "release-step.json", (place.work / "release-step.json").read_text("utf-8"))
    problems += complaints(("result" not in found and "deploy_package_details" not in found, "dotenv: a value that belongs into JSON only"))
    texts = {name: as_text(value) for name, value in whole.items() if name != "deploy_package_details"}
    fits = sum(len(f"{case.prefix}{name}={value}\n".encode()) for name, value in texts.items() if dotenv_carries(value) is not False) < DOTENV_BYTES
    for name, value in texts.items():
        if name in found:
            problems += complaints((found[name] == value, f"dotenv: {name} is {found[name]!r}, meant {value!r}"))
        elif dotenv_carries(value) and fits:
            problems.append(f"dotenv: {name} is left out without need: {value!r}")
        else:
            problems += complaints((re.search(rf"(?im)^.*warn.*\b{name}\b", stderr), f"dotenv: {name} is left out without a warning"))
    problems += [f"dotenv: {name} is an output that nobody asked for" for name in found if name not in texts]
    known = re.sub(r"\x1b\[0Ksection_(?:start|end):\d+:(?!evil)[A-Za-z0-9_.-]+(?:\[collapsed=true\])?\r\x1b\[0K", "", stderr)
    return problems + complaints(("\x1b" not in known, "an escape in the log that is no section of ours")) + check_stdout(case, stdout)


def check_jenkins(case: Case, place: Place, stdout: str, stderr: str) -> list[str]:
    text = (place.work / "release-step.json").read_text("utf-8")
    return check_result(case, "release-step.json", text) + check_stdout(case, stdout)


def check_plain(case: Case, place: Place, stdout: str, stderr: str) -> list[str]:
    return check_stdout(case, stdout)


CHECKS = {"github": check_github, "gitlab": check_gitlab, "jenkins": check_jenkins, "plain": check_plain}


@dataclass
class Place:
    """The folders and files that a CI lays out before a step."""

    root: Path
    work: Path
    output: Path
    earlier: str = ""

    @classmethod
    def lay(cls, root: Path, case: Case) -> Place:
        place = cls(root, root / "work", root / "output", case.rng.choice(("", "earlier=1", "earlier=1\n", "earlier<<E\n1\nE\n")))
        place.work.mkdir()
        (root / "home").mkdir()
        env = {"PATH": os.environ["PATH"], "HOME": str(root / "home")}
        if case.ci == "github":
            place.output.write_text(place.earlier)
            (root / "summary").touch()
            env |= {"GITHUB_OUTPUT": str(place.output), "GITHUB_STEP_SUMMARY": str(root / "summary"), "GITHUB_WORKSPACE": str(place.work)}
        elif case.ci != "plain":
            env["CI_PROJECT_DIR" if case.ci == "gitlab" else "WORKSPACE"] = str(place.work)
            if case.rng.random() < 0.2:
                for name in ("release-step.env", "release-step.json"):
                    (place.work / name).write_text("stale=1\n")
        case.environment |= env
        return place

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


EXPECTED_FILES = {
    "github": {"output", "summary"}, "gitlab": {"work/release-step.env", "work/release-step.json"},
    "jenkins": {"work/release-step.json", "work/release-step.env"}, "plain": set(),
}  # fmt: skip


def check_secrets(case: Case, texts: dict[str, bytes], received: list[Received]) -> list[str]:
    """No secret, token or signature, as it is or in the usual disguises."""
    signatures = [match[1] for got in received if (match := re.search(r"Signature=([0-9a-f]{64})", got.headers.get("authorization", "")))]
    problems = []
    for secret_ in case.secrets + signatures:
        raw = secret_.encode()
        forms = {raw, quote(secret_, safe="").encode(), json.dumps(secret_)[1:-1].encode(), base64.b64encode(raw).rstrip(b"=")[:-1]}
        problems += [f"a secret in {where}: {secret_!r}" for where, data in texts.items() if any(form in data for form in forms)]
    return problems


# ---- the fleet ------------------------------------------------------------------------------------------------------------------


@dataclass
class Verdict:
    case: Case
    problems: list[str]
    status: int | None = None
    stdout: str = ""
    stderr: str = ""


def what_is_released(case: Case) -> tuple:
    """All that a call means, without the token that makes it safe to repeat."""
    meant = {name: value for name, value in case.parameters.items() if name != "ClientToken"}
    return case.operation, case.path, case.headers.get("workspace"), json.dumps(meant, sort_keys=True)


def run_case(binary: str, clouds: Clouds, case: Case) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="fleet-") as root:
        place = Place.lay(Path(root), case)
        host = "localhost" if case.rng.random() < 0.05 else "127.0.0.1"
        case.environment["INPUT_ENDPOINT"] = f"http://{host}:{clouds.server_port}"
        clouds.begin(case)
        env = {os.fsencode(name): os.fsencode(value) for name, value in case.environment.items()}
        try:
            done = subprocess.run([binary], env=env, cwd=place.work, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return Verdict(case, ["did not end within 60 s"])
        files = place.files()
        stdout, stderr = (data.decode("utf-8", "surrogateescape") for data in (done.stdout, done.stderr))
        verdict = Verdict(case, [], done.returncode, stdout, stderr)
        problems = verdict.problems
        expected = EXPECTED_FILES[case.ci] | {f"work/{case.beside}"}
        for got in clouds.received:
            problems += got.problems
        releases = sum(got.release for got in clouds.received)
        problems += complaints(
            (done.returncode == 0, f"exit status {done.returncode}"),
            (releases == 1, f"{releases} release calls: {[(got.method, got.target) for got in clouds.received]}"),
            (files.keys() <= expected, f"files left behind: {sorted(files.keys() - expected)}"),
            ("panicked" not in stderr, "a panic"),
        )
        problems += check_secrets(case, {"stdout": done.stdout, "stderr": done.stderr} | files, clouds.received)
        if done.returncode == 0:
            try:
                problems += CHECKS[case.ci](case, place, stdout, stderr) + (check_beside(case, place) if case.beside else [])
            except (ValueError, OSError, AttributeError) as error:
                problems.append(f"outputs cannot be read back: {error!r}")
        with LOCK:
            other = HASHES.setdefault(case.release_hash or str(case.number), case)
        problems += complaints((what_is_released(other) == what_is_released(case), f"release_hash of case {other.number}, which is another release"))
        return verdict


def describe(seed: str, verdict: Verdict) -> str:
    """Enough to repeat the case by hand: everything in it is fake."""
    case = verdict.case
    assignments = [shlex.quote(f"{name}={value}") for name, value in sorted(case.environment.items())]
    return "\n".join([
        f"seed {seed}, case {case.number}: {case.operation} on {case.ci}",
        *(f"  difference: {problem}" for problem in verdict.problems),
        f"  exit status: {verdict.status}",
        f"  stdout: {verdict.stdout!r}",
        f"  stderr: {verdict.stderr!r}",
        f"  answer: {case.answer.decode()!r}",
        "  environment: env -i " + " \\\n    ".join(assignments),
    ])  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--show", type=int, default=5, help="how many failures are shown whole")
    parser.add_argument("--status-queries", action="store_true", help="status queries may precede the release call, and follow an answer of another revision; without it exactly one request is right")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    binary = os.path.abspath(options.binary)
    numbers = range(options.count) if options.case is None else [options.case]
    clouds = threading.local()
    started = time.monotonic()

    def one(index: int) -> Verdict:
        if not hasattr(clouds, "mine"):
            clouds.mine = Clouds(functools.partial(answer, options.status_queries))
        verdict = run_case(binary, clouds.mine, make_case(options.seed, index))
        sys.stdout.write("" if not verdict.problems else f"case {index}: {verdict.problems[0]}\n"[:300])
        return verdict

    with ThreadPoolExecutor(options.workers) as pool:
        verdicts = list(pool.map(one, numbers))
    failed = [verdict for verdict in verdicts if verdict.problems]
    tags = collections.Counter(tag for verdict in verdicts for tag in set(verdict.case.tags))
    print("\n".join(describe(options.seed, verdict) for verdict in failed[: options.show]))
    print("covered:", ", ".join(f"{tag} {count}" for tag, count in sorted(tags.items())))
    print(f"seed {options.seed}, {time.monotonic() - started:.1f} s")
    print(f"{len(verdicts) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
