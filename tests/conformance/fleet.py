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
import calendar
import collections
import hashlib
import json
import os
import random
import re
import shlex
import string
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, quote, urlsplit

from alibabacloud_tea_openapi.utils import Utils as AlibabaSigner
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer as HuaweiSigner

LETTERS_DIGITS = string.ascii_letters + string.digits
CIS = ("github", "gitlab", "jenkins", "plain")
VENDOR_NAME = {
    "release_artifact": "ReleaseArtifact",
    "publish_routine_code_revision": "PublishRoutineCodeRevision",
    "release_package": "CreateFactoryPendingItemsPackage",
    "deploy_packages": "DeployFactoryPackages",
    "publish_extension_draft": "PublishPluginDraft",
}
ALIBABA = ("release_artifact", "publish_routine_code_revision")
INPUTS = {
    "release_artifact": ("artifact_id", "artifact_name", "client_token", "previous_version"),
    "publish_routine_code_revision": ("name", "select_code_revision", "envs"),
    "release_package": (
        "project_id", "workspace", "apply_user_id", "package_name", "pending_item_list", "pending_items", "approver_ids", "approvers",
        "release_package_id",
    ),
    "deploy_packages": ("project_id", "package_ids", "package_names", "workspace", "startup_mode"),
    "publish_extension_draft": ("domain_id", "plugin_name", "display_name", "version", "plugin_attribution", "version_attribution"),
}  # fmt: skip
COMMON_DEFAULTS = {
    "wait": "false", "wait_timeout": "30m", "poll_max_interval": "30s", "if_released": "again", "resume": "false",
    "retry_timeout": "5m", "settle_time": "90s", "dry_run": "FALSE",
}  # fmt: skip
EVERY_RUN = {"operation", "released", "release_outcome", "exit_status", "request_id", "started_at", "ended_at", "result"}
DOTENV_BYTES, DOTENV_VARIABLES = 5120, 20


# ---- random material ------------------------------------------------------------------------------------------------------------

PIECES = (
    *"+*~%/?&=#;:@!$'\"()<>[]{}|\\^`_-., ", *"éßñ测试包例ёжあ한ש", "🚀", "👩‍🚀", "e\u0301", "\u00a0", "\u3000", "\u200b", "\u202e", "\u2028",
    "%2F", "%20", "%", "%%25", "\\n", "\\u0041", "\\", "  ", "::error::x", "##[error]x", "##vso[task.complete]", "${HOME}", "%HOME%", "$(id)", "`id`",
    "<<EOF", "a=b", "null", "true", "0x10", "-1", "1e5", "NaN", "<img src=x>", "[x](http://x)", "**b**", "|", "--", "../", "&amp;", "&#10;", "''", '""',
    "ghadelimiter_0", "\ufffd", "\uffff", "\U0010fffd", "İ", "ﬀ",
)  # fmt: skip
CONTROLS = ("\n", "\r\n", "\r", "\t", "\x1b[31m", "\n::warning::evil\n", "\n::set-output name=evil::1\n", "\nevil=1\n", "\nEOF\nevil=1\n", "\x1b[0Ksection_start:1:evil\r\x1b[0Kx")


def chars(rng: random.Random, alphabet: str, low: int, high: int) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(low, high)))


def identifier(rng: random.Random, high: int = 40) -> str:
    """What may stand in a URL path or a header."""
    return chars(rng, LETTERS_DIGITS + "-_", 1, high)


def number(rng: random.Random) -> str:
    """An int64 as text; most are beyond what a double holds exactly."""
    return str(rng.choice((rng.randint(1, 999), rng.randint(10**18, 2**63 - 1), rng.randint(2**53, 2**60))))


def hard(rng: random.Random, most: int = 256) -> str:
    """Free text of hard characters: no control character, no white space at its ends, 1 to `most` characters."""
    wanted = most if rng.random() < 0.05 else rng.randint(1, min(most, 40))
    while True:
        text = ""
        while len(text) < wanted:
            text += rng.choice(PIECES) if rng.random() < 0.6 else chars(rng, LETTERS_DIGITS, 1, 4)
        text = text[:wanted].strip()
        if text:
            return text


def foreign(rng: random.Random) -> str:
    """Text as a server may send it: hard, at times with control characters or white space at its ends."""
    text = hard(rng)
    if rng.random() < 0.35:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(CONTROLS) + text[at:]
    return rng.choice((" ", "\t", "\n")) + text if rng.random() < 0.05 else text


def spaced(rng: random.Random, text: str) -> str:
    """The same value with white space around it."""
    if rng.random() < 0.75:
        return text
    return rng.choice(("", " ", "\n", "\t ", "\r\n")) + text + rng.choice(("", "  ", "\n", "\r\n", " \t"))


def spell_list(rng: random.Random, items: list[str], case: Case) -> str:
    """One of the spellings of a list that can carry these items."""
    ways = ["json"]
    if not any("," in item for item in items) and items[0][0] not in "[{":
        ways += ["lines", "commas"]
    if all(re.fullmatch(r"0|[1-9][0-9]{0,18}", item) for item in items):
        ways.append("numbers")
    way = rng.choice(ways)
    case.tags.append(f"list:{way}")
    if way == "lines":
        end = rng.choice(("\n", "\n", "\r\n"))
        lines = [rng.choice(("", "  ", "\t")) + item + rng.choice(("", " ")) for item in items]
        return "".join(line + end + rng.choice(("", "", end, "   " + end)) for line in lines)
    if way == "commas":
        return rng.choice((",", ", ", " ,\t")).join(items)
    if way == "numbers":
        values = [int(item) if rng.random() < 0.8 else item for item in items]
    else:
        values = items
    return json.dumps(values, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, None, 2)), separators=rng.choice((None, (",", ":"))))


def encode_answer(rng: random.Random, value: object) -> bytes:
    """JSON as servers write it: any order of members, any spacing, with escapes or without."""
    if isinstance(value, dict):
        value = dict(rng.sample(list(value.items()), len(value)))
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, None, 1)), separators=rng.choice((None, (",", ":"))))
    return (text + rng.choice(("", "\n"))).encode()


def number_or_text(rng: random.Random, text: str) -> int | str:
    return int(text) if text.isdigit() and str(int(text)) == text and rng.random() < 0.5 else text


UNKNOWN = ("exit_status", "released", "operation", "result", "new_field", "Extra", "hasOwnProperty", "__proto__", "evil")


def with_unknown(rng: random.Random, members: dict) -> dict:
    """Members that no one documented; some have names of our own outputs."""
    for name in rng.sample(UNKNOWN, rng.choice((0, 0, 1, 3))):
        members.setdefault(name, rng.choice((77, None, True, 1.5e300, [], {"a": [None]}, foreign(rng))))
    return members


# ---- cases ----------------------------------------------------------------------------------------------------------------------


@dataclass
class Case:
    number: int
    rng: random.Random
    operation: str
    ci: str
    environment: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    key: tuple[str, str, str | None] | None = None  # access key id, secret, security token
    token: str | None = None  # X-Auth-Token
    path: str = "/"
    parameters: dict = field(default_factory=dict)  # what the release call has to say
    headers: dict[str, str | None] = field(default_factory=dict)  # None: must not be there
    answer: bytes = b""
    request_id: str = ""
    outputs: dict[str, str] = field(default_factory=dict)  # name -> text; lists joined by commas
    lists: set[str] = field(default_factory=set)
    details: list[dict] | None = None
    prefix: str = ""  # output_prefix
    beside: str = ""  # output_file
    project_id: str | None = None

    def expect(self, name: str, value: object) -> None:
        """An output that the answer gives; null and nothing are not written."""
        if value is not None:
            self.outputs[name] = str(value)


def release_artifact(case: Case) -> None:
    rng = case.rng
    artifact = "artifact-" + chars(rng, "0123456789abcdef", 1, 24) if rng.random() < 0.8 else identifier(rng)
    case.inputs["artifact_id"] = artifact
    case.parameters = {"ArtifactId": artifact}
    if rng.random() < 0.5:
        printable = string.ascii_letters + string.digits + string.punctuation + " "
        token = chars(rng, printable, 1, 64).strip() or "t"
        case.inputs["client_token"] = case.parameters["ClientToken"] = case.outputs["client_token"] = token
    answer = {
        "RequestId": case.request_id,
        "ArtifactId": artifact,
        "ArtifactType": rng.choice(("EcsImage", "AcrImage", "File", foreign(rng))),
        "ArtifactVersion": rng.choice(("draft", "draft", 3, "12")),
        "VersionName": rng.choice((foreign(rng), "v1.0", None)),
        "Status": rng.choice(("Created", "Scanning", "Delivering", "Available")),
        "Description": rng.choice((foreign(rng), None)),
        "GmtModified": "1704867149000",
        "ArtifactProperty": json.dumps({"RegionId": "cn-hangzhou", "ImageId": "m-1"}),
    }
    if rng.random() < 0.1:
        del answer["ArtifactType"]
    for name in ("ArtifactId", "ArtifactType", "ArtifactVersion", "VersionName", "Status"):
        case.expect(name, answer.get(name))
    case.answer = encode_answer(rng, with_unknown(rng, answer))


def publish_routine_code_revision(case: Case) -> None:
    rng = case.rng
    name, revision = hard(rng), number(rng)
    case.inputs |= {"name": name, "select_code_revision": revision}
    if rng.random() < 0.2:
        envs = json.dumps({hard(rng, 20): rng.choice((1, [], {"SpecName": "5ms", "AllowedHosts": [hard(rng, 20)]}))}, ensure_ascii=rng.random() < 0.5)
        case.inputs["envs"] = envs
        case.parameters = {"Envs": envs}
    else:
        known = ["production", "staging", "presetCanaryZhejiang", "presetCanaryHongKong", "Preset_Canary_Beijing", "presetCanaryOverseas"]
        envs = rng.sample(known + [hard(rng, 30)], rng.randint(1, 5))
        case.inputs["envs"] = spell_list(rng, doubled(rng, envs), case)
        case.parameters = {"Envs": envs}
    case.parameters |= {"Name": name, "SelectCodeRevision": revision}
    other = number(rng)
    content, told = rng.choice((
        ({"CodeRevision": revision}, revision), ({"CodeRevision": int(revision)}, revision), ({"CodeRevision": other, "x": None}, other),
        ({"CodeRevision": int(other)}, other), ({"test": "test", "test2": 1}, revision), (revision, revision), (int(revision), revision),
        ({}, revision), (None, revision), ({"CodeRevision": None}, revision),
    ))  # fmt: skip
    answer = {"RequestId": case.request_id, "Content": content}
    if content is None and rng.random() < 0.5:
        del answer["Content"]
    case.expect("CodeRevision", told)
    case.answer = encode_answer(rng, with_unknown(rng, answer))


def doubled(rng: random.Random, items: list[str]) -> list[str]:
    """The same list, at times with an item twice: doubles are removed, the first stays."""
    return items + [rng.choice(items)] if rng.random() < 0.07 else items


def factory(case: Case, path: str, workspace: str | None) -> None:
    """What both DataArts calls have: the project in path and header, the workspace header."""
    case.project_id = identifier(case.rng) if case.rng.random() < 0.3 else uuid.UUID(int=case.rng.getrandbits(128)).hex
    if case.rng.random() < 0.2:
        case.environment["HUAWEICLOUD_SDK_PROJECT_ID"] = case.project_id
    else:
        case.inputs["project_id"] = case.project_id
        if case.rng.random() < 0.1:
            case.environment["HUAWEICLOUD_SDK_PROJECT_ID"] = "of-the-account"
    if workspace:
        case.inputs["workspace"] = workspace
    case.path = f"/v2/{case.project_id}/factory/{path}"
    case.headers = {"workspace": workspace, "x-project-id": case.project_id}


def release_package(case: Case) -> None:
    rng = case.rng
    factory(case, "pending-items/package", identifier(rng))
    user, package = hard(rng), hard(rng)
    items = unique(rng, lambda: rng.choice((number(rng), identifier(rng), uuid.UUID(int=rng.getrandbits(128)).hex)), 1, rng.choice((1, 5, 40)))
    approvers = unique(rng, lambda: rng.choice((identifier(rng), hard(rng, 60))), 1, 4)
    case.inputs |= {
        "apply_user_id": user,
        "package_name": package,
        "pending_item_list": spell_list(rng, doubled(rng, items), case),
        "approver_ids": spell_list(rng, doubled(rng, approvers), case),
    }
    case.parameters = {"apply_user_id": user, "package_name": package, "pending_item_list": items, "approver_ids": approvers}
    told = package if rng.random() < 0.6 else foreign(rng)
    made = number(rng) if rng.random() < 0.8 else identifier(rng)
    case.outputs = {"release_package_id": made, "package_name": told}
    case.answer = encode_answer(rng, with_unknown(rng, {"package_name": told, "release_package_id": number_or_text(rng, made)}))


def deploy_packages(case: Case) -> None:
    rng = case.rng
    factory(case, "release-packages/deploy", identifier(rng) if rng.random() < 0.7 else None)
    most = rng.choice((1, 3, 10, 100))
    ids = unique(rng, lambda: number(rng), most if most == 100 else 1, most)
    case.inputs["package_ids"] = spell_list(rng, doubled(rng, ids), case)
    mode = 1
    if rng.random() < 0.6:
        mode = rng.randint(0, 1)
        case.inputs["startup_mode"] = str(mode)
    case.parameters = {"package_ids": ids, "startup_mode": mode}
    answered = rng.sample(ids, len(ids)) if rng.random() < 0.3 else ids
    task = rng.choice((lambda: uuid.UUID(int=rng.getrandbits(128)).hex, lambda: number(rng)))
    of = {package: {"asy_subtask_num": rng.randint(0, 9), "asy_task_id": task(), "package_id": package} for package in ids}
    case.details = [of[package] for package in ids]  # told in the order of the input, however the answer has them
    case.outputs = {name: ",".join(item[name] for item in case.details) for name in ("asy_task_id", "package_id")}
    case.lists = {"asy_task_id", "package_id"}
    sent = [with_unknown(rng, item | {"package_id": number_or_text(rng, item["package_id"])}) for item in (of[package] for package in answered)]
    case.answer = encode_answer(rng, with_unknown(rng, {"deploy_package_details": sent}))


def publish_extension_draft(case: Case) -> None:
    rng = case.rng
    domain = chars(rng, LETTERS_DIGITS if rng.random() < 0.3 else "0123456789abcdef", 32, 32)
    if rng.random() < 0.2:
        case.environment["HUAWEICLOUD_SDK_DOMAIN_ID"] = domain
    else:
        case.inputs["domain_id"] = domain
    case.parameters = {
        "plugin_name": identifier(rng, 50),
        "display_name": hard(rng, 50),
        "version": ".".join(str(rng.choice((0, 1, 99, rng.randint(0, 99)))) for _ in range(3)),
        "plugin_attribution": rng.choice(("custom", "official")),
    }
    if rng.random() < 0.5:
        case.parameters["version_attribution"] = rng.choice(("draft", "formal"))
    case.inputs |= case.parameters
    case.path = f"/v1/{domain}/agent-plugin/publish-draft"
    case.headers = {"workspace": None}
    case.outputs = {"published": "true"}
    case.answer = rng.choice((b"true", b"true", b" true\n", b"true\r\n"))


def unique(rng: random.Random, draw, low: int, high: int) -> list[str]:
    wanted = rng.randint(low, high)
    found: dict[str, None] = {}
    while len(found) < wanted:
        found[draw()] = None
    return list(found)


def secret(case: Case, low: int, high: int, alphabet: str = LETTERS_DIGITS + "+/=") -> str:
    text = "s" + chars(case.rng, alphabet, low, high)
    case.secrets.append(text)
    return text


def credentials(case: Case) -> None:
    """One complete source, at times a second that stands later in the order of sources."""
    rng, alibaba = case.rng, case.operation in ALIBABA
    if alibaba:
        families = [
            tuple(f"{prefix}_{name}" for name in names)
            for prefix, names in (
                ("ALIBABA_CLOUD", ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")),
                ("ALICLOUD", ("ACCESS_KEY", "SECRET_KEY", "SECURITY_TOKEN")),
                ("ALIBABACLOUD", ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN")),
            )
        ]
    else:
        families = [
            ("HUAWEICLOUD_AUTH_TOKEN",), ("HW_AUTH_TOKEN",),
            ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
            ("HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN"), ("CLOUD_SDK_AK", "CLOUD_SDK_SK"),
        ]  # fmt: skip
    weights = [3, 1, 1] if alibaba else [3, 1, 4, 2, 1]
    first = rng.choices(range(len(families)), weights)[0]
    later = range(first + 1, len(families))
    chosen = [first] + ([rng.choice(later)] if later and rng.random() < 0.05 else [])
    for index in chosen:
        names = families[index]
        if len(names) == 1:
            token = secret(case, 40, 1500, LETTERS_DIGITS + "+/=-_")
            case.environment[names[0]] = token
            values = None
        else:
            key = rng.choice(("LTAI5t", "HPUA", "FAKE")) + chars(rng, LETTERS_DIGITS, 12, 20)
            temporary = len(names) == 3 and rng.random() < 0.4
            values = (key, secret(case, 24, 40, LETTERS_DIGITS + "+/=~-_."), secret(case, 40, 800) if temporary else None)
            case.environment |= {name: value for name, value in zip(names, values) if value}
            token = None
        if index == first:
            case.key, case.token = values, token
            case.tags.append(f"{'alibaba' if alibaba else 'huawei'}:{'token' if token else 'temporary key' if values[2] else 'key'}")
        else:
            case.tags.append("second source")


def put_inputs(case: Case) -> None:
    """Inputs to variables: the spellings of a name, white space, empty and irrelevant neighbours."""
    rng, env = case.rng, case.environment
    operation = rng.choice((case.operation, case.operation.replace("_", "-"), VENDOR_NAME[case.operation]))
    values = {"operation": operation} | case.inputs
    if rng.random() < 0.3:
        regions = {"release_artifact": ("cn-hangzhou", "ap-southeast-1"), "publish_routine_code_revision": ("cn-hangzhou",)}
        values["region"] = rng.choice(regions.get(case.operation, ("cn-north-4", "ap-southeast-3", "cn-south-1")))
    elif rng.random() < 0.2:
        env["ALIBABA_CLOUD_REGION_ID" if case.operation in ALIBABA else "HW_REGION_NAME"] = "cn-hangzhou" if case.operation in ALIBABA else "cn-north-4"
    for name in rng.sample(list(COMMON_DEFAULTS), rng.choice((0, 0, 0, 2))):
        values[name] = COMMON_DEFAULTS[name]
    if rng.random() < 0.15:
        values["log_level"] = rng.choice(("warn", "debug", "trace", "trace"))
        values["log_format"] = rng.choice(("text", "json"))
    if rng.random() < 0.1:
        values |= {"request_timeout": "45", "release_timeout": rng.choice(("1m30s", "90s", "30000ms"))}
    if rng.random() < 0.1:
        case.prefix = values["output_prefix"] = chars(rng, string.ascii_letters + "_", 1, 12)
    if case.ci != "gitlab" and rng.random() < 0.1:
        case.beside = values["output_file"] = rng.choice(("outputs.json", "outputs.properties"))
    for name in INPUTS[case.operation]:
        if name not in values and rng.random() < 0.2:
            values[name] = rng.choice(("", " ", "\n"))
    for name, value in values.items():
        spellings = [f"INPUT_{name.upper()}", f"INPUT_{name.upper().replace('_', '-')}"]
        hyphen = rng.random() < 0.4
        env[spellings[hyphen]] = spaced(rng, value)
        if spellings[0] != spellings[1]:
            case.tags.append("name:hyphen" if hyphen else "name:underscore")
            if rng.random() < 0.05:
                env[spellings[not hyphen]] = rng.choice((env[spellings[hyphen]], "", spaced(rng, value)))
    if rng.random() < 0.15:
        for names in INPUTS.values():
            for name in names:
                if f"INPUT_{name.upper().replace('_', '-')}" not in env:
                    env.setdefault(f"INPUT_{name.upper()}", "")
    if rng.random() < 0.1:
        env["INPUT_WHO-TO-GREET"] = "Mona the Octocat"
    if rng.random() < 0.05:
        env["UNREADABLE"] = "\udcff\udcfe"
    if rng.random() < 0.05:
        env[rng.choice(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"))] = f"http://user:{secret(case, 20, 20, LETTERS_DIGITS)}@127.0.0.1:9"


def put_ci(case: Case) -> None:
    env, rng = case.environment, case.rng
    explicit = rng.random() < 0.1
    if explicit:
        env["INPUT_CI"] = case.ci
    if explicit and rng.random() < 0.5:
        env[rng.choice(("GITHUB_ACTIONS", "GITLAB_CI"))] = "true"
    elif case.ci != "plain":
        env |= {"github": {"GITHUB_ACTIONS": "true"}, "gitlab": {"GITLAB_CI": "true"}, "jenkins": {"JENKINS_URL": "http://ci.example/"}}[case.ci]
    if case.ci != "plain" and rng.random() < 0.7:
        env["CI"] = "true"
    if rng.random() < 0.1:
        env |= {"github": {"RUNNER_DEBUG": "1"}, "gitlab": {"CI_DEBUG_TRACE": "true"}}.get(case.ci, {})


def make_case(seed: str, index: int) -> Case:
    rng = random.Random(f"{seed}/{index}")
    case = Case(index, rng, rng.choice(list(VENDOR_NAME)), rng.choice(CIS))
    case.request_id = str(uuid.UUID(int=rng.getrandbits(128))).upper() if case.operation in ALIBABA else uuid.UUID(int=rng.getrandbits(128)).hex
    globals()[case.operation](case)
    credentials(case)
    put_inputs(case)
    put_ci(case)
    case.tags += [f"operation:{case.operation}", f"ci:{case.ci}"]
    return case


# ---- the clouds -----------------------------------------------------------------------------------------------------------------


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    problems: list[str] = field(default_factory=list)

    def query(self) -> list[tuple[str, str]]:
        return decode_pairs(urlsplit(self.target).query)


def decode_pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []


NONCES: set[str] = set()
DELIMITERS: set[str] = set()
ONCE_LOCK = threading.Lock()


def near_now(text: str, form: str) -> bool:
    return abs(calendar.timegm(time.strptime(text, form)) - time.time()) < 15 * 60


def verify_alibaba(case: Case, got: Received) -> list[str]:
    key, secret_, token = case.key
    found = re.fullmatch(r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=[0-9a-f]{64}", got.headers.get("authorization", ""))
    if not found:
        return [f"no ACS3 authorization: {got.headers.get('authorization')!r}"]
    signed = found[2].split(";")
    must = {name for name in got.headers if name.startswith("x-acs-") or name in ("host", "content-type")}
    payload = hashlib.sha256(got.body).hexdigest()
    pairs = got.query()
    model = SimpleNamespace(
        method=got.method, pathname=urlsplit(got.target).path, query=dict(pairs), headers={name: got.headers.get(name) for name in signed}
    )
    expected = AlibabaSigner.get_authorization(model, "ACS3-HMAC-SHA256", payload, key, secret_)
    with ONCE_LOCK:
        nonce = got.headers.get("x-acs-signature-nonce")
        fresh = nonce is not None and nonce not in NONCES
        NONCES.add(nonce)
    return complaints(
        (expected == got.headers["authorization"], f"the vendor's signer says {expected!r}, sent {got.headers['authorization']!r}"),
        (must <= set(signed), f"sent but not signed: {sorted(must - set(signed))}"),
        (got.headers.get("x-acs-content-sha256") == payload, "x-acs-content-sha256 is not the body's"),
        (len(dict(pairs)) == len(pairs), "a query parameter twice"),
        (got.headers.get("x-acs-security-token") == token, "x-acs-security-token is not the one given"),
        (got.headers.get("x-acs-accesskey-id", key) == key, "x-acs-accesskey-id is not the key's"),
        (fresh, "nonce missing or used before"),
        (near_now(got.headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ"), "x-acs-date is not now"),
    )


def verify_huawei(case: Case, got: Received) -> list[str]:
    if case.token:
        return complaints(
            (got.headers.get("x-auth-token") == case.token, "X-Auth-Token is not the one given"),
            ("authorization" not in got.headers, "a token and a signature too"),
        )
    key, secret_, token = case.key
    found = re.fullmatch(r"SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([^,]+), Signature=[0-9a-f]{64}", got.headers.get("authorization", ""))
    if not found:
        return [f"no SDK-HMAC authorization: {got.headers.get('authorization')!r}"]
    signed = found[2].split(";")
    must = {"host", "x-sdk-date"} | {name for name in ("content-type", "workspace", "x-project-id", "x-security-token") if name in got.headers}
    request = SdkRequest(
        got.method, "http", got.headers["host"], urlsplit(got.target).path, query_params=got.query(),
        header_params={name: got.headers.get(name, "") for name in signed}, body=got.body,
    )  # fmt: skip
    expected = HuaweiSigner(SimpleNamespace(ak=key, sk=secret_)).sign(request).header_params["Authorization"]
    return complaints(
        (expected == got.headers["authorization"], f"the vendor's signer says {expected!r}, sent {got.headers['authorization']!r}"),
        (must <= set(signed), f"sent but not signed: {sorted(must - set(signed))}"),
        (got.headers.get("x-security-token") == token, "X-Security-Token is not the one given"),
        ("x-auth-token" not in got.headers, "a signature and a token too"),
        (near_now(got.headers.get("x-sdk-date", ""), "%Y%m%dT%H%M%SZ"), "X-Sdk-Date is not now"),
    )


def complaints(*claims: tuple[bool, str]) -> list[str]:
    return [text for holds, text in claims if not holds]


def distinct(pairs: list[tuple[str, object]]) -> dict:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


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


def status_answer(case: Case, got: Received) -> bytes | None:
    """Answers to the questions that may be asked before the call: nothing is released yet."""
    path, action = urlsplit(got.target).path, got.headers.get("x-acs-action")
    package = {"deploy_status": 1, "delete_flag": 0, "workspace_id": case.headers.get("workspace")}
    answers = {
        "GetArtifact": {"RequestId": "r", "ArtifactId": case.parameters.get("ArtifactId"), "ArtifactVersion": "draft", "Status": "Created", "MaxVersion": 1},
        "DescribeRoutine": {"RequestId": "r", "Content": {"Envs": [], "EnvConf": {}, "CodeRevs": [{"CodeRevision": case.parameters.get("SelectCodeRevision")}]}},
    }
    if action in answers:
        return json.dumps(answers[action]).encode()
    if case.operation == "publish_extension_draft" and path.endswith("/agent-plugin/detail"):
        return json.dumps(case.parameters | {"version_attribution": "draft"}).encode()
    if path.endswith("/factory/release-packages"):
        packages = [package | {"package_id": one} for one in case.parameters.get("package_ids", ())]
        return json.dumps({"total": len(packages), "data": packages}).encode()
    if got.method == "GET" and "/factory/release-packages/" in path:
        return json.dumps({"release_package": package | {"package_id": path.rsplit("/", 1)[1]}, "task_details": []}).encode()
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        server, case = self.server, self.server.case
        if "chunked" in self.headers.get("transfer-encoding", ""):
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
        got = Received(self.command, self.path, {}, body)
        for name, value in self.headers.items():
            if name.lower() in got.headers:
                got.problems.append(f"header {name} twice")
            got.headers[name.lower()] = value
        release = got.headers.get("x-acs-action") == VENDOR_NAME[case.operation] or (got.method == "POST" and urlsplit(got.target).path == case.path != "/")
        answer, refused = None, True
        try:
            got.problems += (verify_alibaba if case.operation in ALIBABA else verify_huawei)(case, got)
            refused = bool(got.problems)
            answer = None if release or not server.status_queries else status_answer(case, got)
            if answer is None:
                server.releases.append(got)
                got.problems += check_parameters(case, got)
        except Exception as error:  # whatever arrives that cannot be read is a finding, with its request
            got.problems.append(f"cannot be read: {error!r}")
        server.received.append(got)
        if refused:
            self.reply(case, 403, json.dumps({"Code": "SignatureDoesNotMatch", "error_code": "APIG.0301", "Message": "refused", "error_msg": "refused"}).encode())
        else:
            self.reply(case, 200, case.answer if answer is None else answer)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def reply(self, case: Case, status: int, body: bytes) -> None:
        rng = case.rng
        alibaba = case.operation in ALIBABA
        lines = [
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Forbidden'}",
            f"Date: {self.date_time_string()}",
            rng.choice(("Content-Type", "content-type")) + ": " + rng.choice(("application/json", "application/json;charset=utf-8", "application/json; charset=UTF-8")),
            f"{rng.choice(('x-acs-request-id', 'X-Acs-Request-Id') if alibaba else ('X-Request-Id', 'x-request-id'))}: {case.request_id}",
        ]
        way = rng.choice(("length", "length", "chunks", "close"))
        if way == "length":
            lines.append(f"Content-Length: {len(body)}")
        elif way == "close":
            lines.append("Connection: close")
            self.close_connection = True
        else:
            lines.append("Transfer-Encoding: chunked")
            at = rng.randint(1, len(body))
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:at], body[at:]) if part) + b"0\r\n\r\n"
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def log_message(self, *_: object) -> None:
        pass


class Clouds(ThreadingHTTPServer):
    """One worker's server: it holds the case that is under way."""

    daemon_threads = True

    def __init__(self, status_queries: bool) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status_queries = status_queries
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def begin(self, case: Case) -> None:
        self.case, self.received, self.releases = case, [], []


# ---- the CI systems -------------------------------------------------------------------------------------------------------------


def read_github(text: str) -> tuple[dict[str, str], set[str]]:
    """$GITHUB_OUTPUT by the grammar of the runner's FileCommandManager on Linux (only LF ends a line), and its delimiters."""
    found: dict[str, str] = {}
    delimiters = set()
    at = 0

    def line() -> tuple[str | None, bool]:
        nonlocal at
        if at >= len(text):
            return None, False
        start, end = at, text.find("\n", at)
        at = len(text) if end < 0 else end + 1
        return (text[start:], False) if end < 0 else (text[start:end], True)

    while (head := line()[0]) is not None:
        if not head:
            continue
        equals, heredoc = head.find("="), head.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = head.split("<<", 1)
            if not name or not delimiter:
                raise ValueError(f"invalid format {head!r}")
            delimiters.add(delimiter)
            start = end = at
            row, ended = line()
            while row != delimiter:
                if row is None or not ended:
                    raise ValueError(f"delimiter {delimiter!r} not found")
                end = at - 1
                row, ended = line()
            found[name] = text[start:end]
        elif equals > 0:
            name, found[name] = head.split("=", 1)
        else:
            raise ValueError(f"invalid format {head!r}")
    return found, delimiters


RUBY_BLANKS = "\0\t\n\v\f\r "
EXPANDED = re.compile(r"\$|%[A-Za-z_][A-Za-z0-9_]*%")  # GitLab's ExpandVariables: $NAME, ${NAME}, %NAME%; the contract: any $


def read_dotenv(data: bytes) -> dict[str, str]:
    """A dotenv report by the rules of GitLab's ParseDotenvArtifactService, with the limits of a self-managed GitLab."""
    if len(data) >= DOTENV_BYTES:
        raise ValueError(f"{len(data)} bytes: too big")
    rows = data.decode().split("\n")
    rows = rows[:-1] if rows[-1] == "" else rows
    if len(rows) > DOTENV_VARIABLES:
        raise ValueError(f"{len(rows)} variables: too many")
    found = {}
    for row in rows:
        name, equals, value = row.partition("=")
        name, value = name.strip(RUBY_BLANKS), value.strip(RUBY_BLANKS)
        if not equals or not re.fullmatch(r"[A-Za-z0-9_]{1,255}", name):
            raise ValueError(f"invalid format {row!r}")
        if EXPANDED.search(value):
            raise ValueError(f"{name} would be expanded: {value!r}")
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = value
    return found


def dotenv_carries(value: str) -> bool | None:
    """Whether a value can stand in a dotenv report; None where leaving it out is as right."""
    if "\n" in value or EXPANDED.search(value) or value.strip(RUBY_BLANKS) != value:
        return False
    return None if value.strip() != value or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value) else True


def read_properties(data: bytes) -> dict[str, str]:
    """Java's Properties.load(InputStream), which Jenkins' readProperties calls: ISO 8859-1, escapes, logical lines."""
    found = {}
    for row in re.findall(r"(?:[^\r\n\\]|\\(?:\r\n|[\s\S]))+", data.decode("latin-1")):
        row = re.sub(r"\\(?:\r\n|\r|\n)[ \t\f]*", "", row.lstrip(" \t\f"))
        if row and row[0] not in "#!":
            name, value = re.fullmatch(r"((?:[^\\ \t\f=:]|\\[\s\S])*)(?:[ \t\f]*[=:]?[ \t\f]*)([\s\S]*)", row).groups()
            found[unescape(name)] = unescape(value)
    return found


def unescape(text: str) -> str:
    """Java's escapes; \\uXXXX are UTF-16 units."""
    plain = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
    units = re.sub(r"\\(?:u([0-9A-Fa-f]{4})|([\s\S]))", lambda m: chr(int(m[1], 16)) if m[1] else plain.get(m[2], m[2]), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


COMMANDS = {"group", "endgroup", "error", "warning", "notice", "debug"}


def check_commands(stdout: str, stderr: str) -> list[str]:
    """What GitHub's runner would take for a command: it reads both streams, trims, ends a line at CR too, and finds ##[ anywhere."""
    problems, seen = [], collections.Counter()
    for stream, text in (("stdout", stdout), ("stderr", stderr)):
        for row in re.split(r"\r\n|\r|\n", text):
            command = re.match(r"::([A-Za-z-]+)( [^\n]*?)?::", row.lstrip())
            if command and stream == "stdout" and command[1] in COMMANDS:
                seen[command[1]] += 1
            elif row.lstrip().startswith("::") or "##[" in row:
                problems.append(f"a workflow command on {stream}: {row!r}")
            elif row.strip() and stream == "stdout":
                problems.append(f"not a workflow command on stdout: {row!r}")
    return problems + complaints((seen["error"] == 0, "::error:: on success"), (seen["warning"] <= 1, "more than one ::warning::"))


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
    meant = case.outputs | {"operation": case.operation, "released": "yes", "release_outcome": "submitted", "exit_status": "0", "request_id": case.request_id}
    problems = []
    for name, value in meant.items():
        if name not in found:
            problems.append(f"{where}: {name} is missing, meant {value!r}")
        elif as_text(found[name]) != value:
            problems.append(f"{where}: {name} is {as_text(found[name])!r}, meant {value!r}")
    for name in ("started_at", "ended_at"):
        problems += complaints((re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", str(found.get(name))), f"{where}: {name} is {found.get(name)!r}"))
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
    with ONCE_LOCK:
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
        problems += complaints(
            (done.returncode == 0, f"exit status {done.returncode}"),
            (len(clouds.releases) == 1, f"{len(clouds.releases)} release calls: {[(got.method, got.target) for got in clouds.received]}"),
            (files.keys() <= expected, f"files left behind: {sorted(files.keys() - expected)}"),
            ("panicked" not in stderr, "a panic"),
        )
        problems += check_secrets(case, {"stdout": done.stdout, "stderr": done.stderr} | files, clouds.received)
        if done.returncode == 0:
            try:
                problems += CHECKS[case.ci](case, place, stdout, stderr) + (check_beside(case, place) if case.beside else [])
            except (ValueError, OSError, AttributeError) as error:
                problems.append(f"outputs cannot be read back: {error!r}")
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
    parser.add_argument("--status-queries", action="store_true", help="status queries may precede the release call; without it exactly one request is right")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    binary = os.path.abspath(options.binary)
    numbers = range(options.count) if options.case is None else [options.case]
    clouds = threading.local()
    started = time.monotonic()

    def one(index: int) -> Verdict:
        if not hasattr(clouds, "mine"):
            clouds.mine = Clouds(options.status_queries)
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
