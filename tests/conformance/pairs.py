#!/usr/bin/env python3
"""The same call made by release-step and by the vendor's own SDK: both requests as they came over the wire, compared.

    pairs.py BINARY [--seed S] [--count N] [--case K] [--show N]

BINARY is release-step. Every case is drawn from (seed, number) alone, so a failure is repeated by `--seed S --case K`. Whatever
differs must be in ON_PURPOSE, and whatever is in ON_PURPOSE must differ at least once. Needs what requirements.txt pins.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple
from urllib.parse import urlsplit

import twins
from cases import Case, make_case
from clients import Clients, forget_proxies
from clouds import Clouds, status_answer
from signers import verify
from wire import Received, complaints, decode_pairs, distinct

# Where release-step has a token, the SDK needs a key to sign with.
STAND_IN = ("STANDINAKNOTREAL0001", "not/a+real=Secret", None)


class Absent:
    """What one of the two does not send."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


# ---- what a request says ---------------------------------------------------------------------------------------------------------

# Values of the moment: their form is compared, not their text.
FORMS = {
    "x-acs-date": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "x-acs-signature-nonce": r"[0-9a-f]{32}",
    "x-sdk-date": r"\d{8}T\d{6}Z",
}


def facts(got: Received) -> dict[str, Any]:
    """Everything that a request says, decoded: one entry for each thing that may differ."""
    url = urlsplit(got.target)
    found = {"protocol": got.protocol, "method": got.method, "path": url.path}
    found |= {f"query {name}": value for name, value in distinct(got.query()).items()}
    for name, value in got.headers.items():
        found |= header_facts(got, name, value)
    return found | body_facts(got)


def header_facts(got: Received, name: str, value: str) -> Iterator[tuple[str, Any]]:
    if name == "authorization":
        signed = re.search(r"SignedHeaders=([^,]*)", value)
        value = re.sub(r"SignedHeaders=[^,]*", "SignedHeaders=(names)", value)
        value = re.sub(r"Signature=[0-9a-f]{64}$", "Signature=(64 digits)", value)
        yield from ((f"signed {one}", True) for one in (signed[1].split(";") if signed else ()))
    elif name in FORMS and re.fullmatch(FORMS[name], value):
        value = FORMS[name]
    elif name == "content-length" and value == str(len(got.body)):
        value = "(the body's)"
    elif name == "x-acs-content-sha256" and value == hashlib.sha256(got.body).hexdigest():
        value = "(the body's)"
    yield f"header {name}", value


def body_facts(got: Received) -> dict[str, Any]:
    media = got.headers.get("content-type", "").split(";")[0].strip().lower()
    if not got.body:
        return {}
    if media == "application/x-www-form-urlencoded":
        form = distinct(decode_pairs(got.body.decode()))
        # A parameter that is JSON inside the form: what it means counts.
        return {f"form {name}": json.loads(value, object_pairs_hook=distinct) if name == "Envs" else value for name, value in form.items()}
    if media == "application/json":
        body = json.loads(got.body, object_pairs_hook=distinct)
        return {f"body {name}": value for name, value in body.items()} if isinstance(body, dict) else {"body": body}
    return {"body": got.body.decode("latin-1")}


def same(ours: Any, theirs: Any) -> bool:
    """Equal in value and in type, at every depth."""
    if ours is ABSENT or theirs is ABSENT:
        return ours is theirs
    return json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


# ---- differences on purpose ------------------------------------------------------------------------------------------------------


class OnPurpose(NamedTuple):
    what: str
    reason: str
    fits: Callable[[Case, str, Any, Any], bool]  # the case, what differs, what release-step sends, what the SDK sends


def reads(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


ON_PURPOSE = (
    OnPurpose(
        "`User-Agent`",
        "each client names itself",
        lambda case, name, ours, theirs: name == "header user-agent" and reads(ours, r"release-step/\d+\.\d+\.\d+"),
    ),
    OnPurpose(
        "`User-Agent` is signed by the SDKs",
        "neither vendor asks for it, and a proxy that rewrites it would break the signature",
        lambda case, name, ours, theirs: name == "signed user-agent" and ours is ABSENT,
    ),
    OnPurpose(
        "`Accept-Encoding` asks for compression in the SDKs",
        "the answers are small, and what is never compressed need not be unpacked",
        lambda case, name, ours, theirs: name == "header accept-encoding" and ours == "identity",
    ),
    OnPurpose(
        "`Connection: keep-alive` is sent by Huawei Cloud's SDK",
        "HTTP/1.1 means it anyway",
        lambda case, name, ours, theirs: (name, ours, theirs) == ("header connection", ABSENT, "keep-alive"),
    ),
    OnPurpose(
        "`x-acs-credentials-provider` is sent, and signed, by Alibaba Cloud's SDK",
        "it only tells the vendor which part of its SDK the key came from",
        lambda case, name, ours, theirs: name.split(" ")[1:] == ["x-acs-credentials-provider"] and ours is ABSENT,
    ),
    OnPurpose(
        "`ClientToken` is always sent by release-step",
        "with one of its own the call may be repeated after a lost answer; the SDK leaves it out unless it is given",
        lambda case, name, ours, theirs: name == "query ClientToken"
        and "client_token" not in case.inputs
        and theirs is ABSENT
        and reads(ours, r"[!-~]{1,64}"),
    ),
    OnPurpose(
        "`startup_mode` is always sent by release-step",
        "starting jobs is an effect that nobody should get by silence; the value is the documented default, 1",
        lambda case, name, ours, theirs: name == "body startup_mode"
        and "startup_mode" not in case.inputs
        and theirs is ABSENT
        and same(ours, 1),
    ),
    OnPurpose(
        "`X-Auth-Token` is sent in place of a signature, where a token is given",
        "the API takes either; the SDK cannot be given a ready token, so it signs with another key",
        lambda case, name, ours, theirs: case.token is not None
        and (
            (name == "header x-auth-token" and (ours, theirs) == (case.token, ABSENT))
            or (reads(name, r"header authorization|header x-sdk-date|signed .*") and ours is ABSENT)
        ),
    ),
)


def compare(case: Case, ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[set[str], list[str]]:
    """What differs on purpose, and what should not."""
    known, problems = set(), []
    for name in sorted(ours.keys() | theirs.keys()):
        pair = ours.get(name, ABSENT), theirs.get(name, ABSENT)
        if same(*pair):
            continue
        fitting = [listed.what for listed in ON_PURPOSE if listed.fits(case, name, *pair)]
        known.update(fitting)
        if not fitting:
            problems.append(f"{name}: release-step {pair[0]!r}, SDK {pair[1]!r}")
    return known, problems


# ---- one case --------------------------------------------------------------------------------------------------------------------


def answer(case: Case, got: Received) -> tuple[int, bytes]:
    """Answers as the vendor does, whatever the judge says: the verdict is read afterwards."""
    asked = twins.find_question(got)
    got.release = asked is None
    got.problems += verify(case, got)
    answer_ = case.answer if asked is None else status_answer(case, got)
    got.problems += complaints((answer_ is not None, "a question that nobody here can answer"))
    return 200, answer_ or b"{}"


class Verdict(NamedTuple):
    case: Case
    problems: list[str]
    known: set[str]
    calls: list[str]


def run_ours(binary: str, clouds: Clouds, case: Case) -> tuple[list[Received], list[str]]:
    clouds.begin(case)
    with tempfile.TemporaryDirectory(prefix="pairs-") as folder:
        place = {"PATH": os.environ["PATH"], "HOME": folder, "INPUT_ENDPOINT": f"http://127.0.0.1:{clouds.server_port}"}
        env = {os.fsencode(name): os.fsencode(value) for name, value in (case.environment | place).items()}
        try:
            done = subprocess.run([binary], env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return [], ["did not end within 60 s"]
    releases = sum(got.release for got in clouds.received)
    problems = [] if done.returncode == 0 else [f"exit status {done.returncode}: {done.stderr.decode('utf-8', 'replace')}"]
    problems += [] if releases == 1 else [f"{releases} release calls"]
    return clouds.received, problems + [f"release-step: {problem}" for got in clouds.received for problem in got.problems]


def run_theirs(clouds: Clouds, case: Case, twin: twins.Twin, seen: Received) -> tuple[Received | None, list[str]]:
    """The SDK's request; what it cannot sign, what it sends wrongly by its own vendor's judge, and an answer that it cannot read, are problems."""
    signing = dataclasses.replace(case, key=STAND_IN, token=None) if case.token else case
    clouds.begin(signing)
    problems = []
    try:
        twin(Clients(f"http://127.0.0.1:{clouds.server_port}"), signing, seen)
    except Exception as error:  # an SDK may raise anything at all
        problems.append(f"the SDK ended with {type(error).__name__}: {error}")
    if len(clouds.received) != 1:
        return None, [*problems, f"the SDK sent {len(clouds.received)} requests"]
    got = clouds.received[0]
    return got, problems + [f"SDK: {problem}" for problem in got.problems]


def run_case(binary: str, clouds: Clouds, case: Case) -> Verdict:
    verdict = Verdict(case, [], set(), [])
    requests, problems = run_ours(binary, clouds, case)
    verdict.problems.extend(problems)
    for ours in requests:
        asked = twins.find_question(ours)
        name, twin = asked or (case.operation, twins.RELEASES[case.operation])
        verdict.calls.append(name)
        theirs, problems = run_theirs(clouds, case, twin, ours)
        verdict.problems.extend(problems)
        if theirs is None:
            continue
        try:
            known, problems = compare(case, facts(ours), facts(theirs))
        except ValueError as error:
            known, problems = set(), [f"cannot be decoded: {error}: {ours.target!r} {ours.body!r}"]
        verdict.known.update(known)
        verdict.problems.extend(f"{name}: {problem}" for problem in problems)
    return verdict


# ---- all of them -----------------------------------------------------------------------------------------------------------------


def missing(verdicts: list[Verdict]) -> list[str]:
    """What a whole run has to show and does not: each release call, and each difference on purpose, which the README lists too."""
    known = set().union(*(verdict.known for verdict in verdicts))
    calls = {call for verdict in verdicts for call in verdict.calls}
    readme = Path(__file__).with_name("README.md").read_text()
    return [
        *(f"never made: {name}" for name in twins.RELEASES if name not in calls),
        *(f"listed as a difference on purpose, but never seen: {listed.what}" for listed in ON_PURPOSE if listed.what not in known),
        *(f"not in the README: {listed.what}" for listed in ON_PURPOSE if f"| {listed.what} | {listed.reason} |\n" not in readme),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--case", type=int, help="only this case")
    parser.add_argument("--show", type=int, default=5, help="how many failures are shown")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    forget_proxies()
    started, binary, clouds = time.monotonic(), os.path.abspath(options.binary), Clouds(answer)
    numbers = range(options.count) if options.case is None else [options.case]
    verdicts = [run_case(binary, clouds, make_case(options.seed, number, ("plain",))) for number in numbers]
    failed = [verdict for verdict in verdicts if verdict.problems]
    for verdict in failed[: options.show]:
        print(f"seed {options.seed}, case {verdict.case.number}: {verdict.case.operation}", *verdict.problems, sep="\n  ")
    lacking = missing(verdicts) if options.case is None else []
    for problem in lacking:
        print(f"FAILED {problem}")
    calls = collections.Counter(call for verdict in verdicts for call in verdict.calls)
    print("compared:", ", ".join(f"{name} {count}" for name, count in sorted(calls.items())))
    print(f"seed {options.seed}, {time.monotonic() - started:.1f} s")
    print(f"{len(verdicts) - len(failed)} passed, {len(failed) + len(lacking)} failed")
    return 1 if failed or lacking else 0


if __name__ == "__main__":
    sys.exit(main())
