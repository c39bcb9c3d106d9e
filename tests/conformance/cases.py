"""Random valid runs of release-step: each is drawn from (seed, number) alone."""

from __future__ import annotations

import json
import random
import re
import string
import uuid
from dataclasses import dataclass, field

from material import (
    CONTROLS, LETTERS_DIGITS, chars, doubled, encode_answer, foreign, hard, identifier, is_taken, item, number, number_or_text, spaced, spell_list,
    unique, value, with_unknown,
)  # fmt: skip

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
# Values with which nothing changes for a release that goes well and is not waited for.
COMMON = {
    "wait": ("false", "FALSE"), "wait_timeout": ("30m", "0", "1h30m"), "poll_interval": ("1s", "5s", "500ms"), "poll_max_interval": ("30s", "2s"),
    "if_released": ("again", "adopt", "fail"), "resume": ("false", "False"), "retry_timeout": ("5m", "0", "10s"), "settle_time": ("90s", "0", "2"),
    "dry_run": ("FALSE",),
}  # fmt: skip


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
    origin: str = "call"  # release_origin
    is_called: bool = False  # the release call has come
    release_hash: str = ""  # as the first place has it
    prefix: str = ""  # output_prefix
    beside: str = ""  # output_file
    max_version: int | str = 0  # of the artifact, before the release
    project_id: str | None = None
    domain_id: str | None = None

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
        token = next(text for text in iter(lambda: chars(rng, printable, 1, 64).strip() or "t", None) if is_taken(text))
        case.inputs["client_token"] = case.parameters["ClientToken"] = case.outputs["client_token"] = token
    # A number in one answer of the vendor's, a text in the other.
    case.max_version = rng.choice((0, 1, "12", rng.randint(2, 10**6)))
    case.expect("previous_version", case.max_version)
    if rng.random() < 0.2:
        case.inputs["previous_version"] = str(rng.randint(0, 10**6))
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
    name, revision = value(rng), number(rng)
    case.inputs |= {"name": name, "select_code_revision": revision}
    if rng.random() < 0.2:
        conf = {"SpecName": "5ms", "AllowedHosts": [hard(rng, 20), rng.choice(CONTROLS)], "Depth": [None, True, 0, -1.5, 10**18 + 1]}
        envs = "://@"
        while not is_taken(envs):
            envs = json.dumps({hard(rng, 20): rng.choice((1, [], conf))}, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 2)))
        case.inputs["envs"] = envs
        case.parameters = {"Envs": envs}
    else:
        known = ["production", "staging", "presetCanaryZhejiang", "presetCanaryHongKong", "Preset_Canary_Beijing", "presetCanaryOverseas"]
        envs = rng.sample(known + [item(rng, 30)], rng.randint(1, 5))
        case.inputs["envs"] = spell_list(rng, doubled(rng, envs), case.tags)
        case.parameters = {"Envs": envs}
    case.parameters |= {"Name": name, "SelectCodeRevision": revision}
    contents = [
        {"CodeRevision": revision}, {"CodeRevision": int(revision)}, {"test": "test", "test2": 1}, revision, int(revision), {}, None,
        {"CodeRevision": None},
    ]  # fmt: skip
    if isinstance(case.parameters["Envs"], list) and rng.random() < 0.2:
        # Another revision's answer is none: the release is looked up, and is found.
        other = next(other for other in iter(lambda: number(rng), None) if other != revision)
        contents, case.origin = [{"CodeRevision": other, "x": None}, {"CodeRevision": int(other)}], "lookup"
    content = rng.choice(contents)
    case.tags.append(f"origin:{case.origin}")
    answer = {"RequestId": case.request_id, "Content": content}
    if content is None and rng.random() < 0.5:
        del answer["Content"]
    case.expect("CodeRevision", revision)
    case.answer = encode_answer(rng, with_unknown(rng, answer))


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
    user, package = value(rng), value(rng)
    items = unique(rng, lambda: rng.choice((number(rng), identifier(rng), uuid.UUID(int=rng.getrandbits(128)).hex)), 1, rng.choice((1, 5, 40)))
    approvers = ["://@"]
    while not is_taken(",".join(approvers * 2)):  # no login from one item to the next either
        approvers = unique(rng, lambda: rng.choice((identifier(rng), item(rng, 60))), 1, 4)
    case.inputs |= {
        "apply_user_id": user,
        "package_name": package,
        "pending_item_list": spell_list(rng, doubled(rng, items), case.tags),
        "approver_ids": spell_list(rng, doubled(rng, approvers), case.tags),
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
    case.inputs["package_ids"] = spell_list(rng, doubled(rng, ids), case.tags)
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
    domain = case.domain_id = chars(rng, LETTERS_DIGITS if rng.random() < 0.3 else "0123456789abcdef", 32, 32)
    if rng.random() < 0.2:
        case.environment["HUAWEICLOUD_SDK_DOMAIN_ID"] = domain
    else:
        case.inputs["domain_id"] = domain
    case.parameters = {
        "plugin_name": identifier(rng, 50),
        "display_name": value(rng, 50),
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


def secret(case: Case, low: int, high: int, alphabet: str = LETTERS_DIGITS + "+/=") -> str:
    text = "s_=s"
    while re.match(r"[A-Za-z0-9]*_\w*=+[^=]", text, re.A):  # an assignment, which a run is refused for
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
            key = rng.choice(("LTAI5t", "FAKE") if alibaba else ("HPUA", "FAKE")) + chars(rng, LETTERS_DIGITS, 12, 20)
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
    for name in rng.sample(list(COMMON), rng.choice((0, 0, 0, 2, 4))):
        values[name] = rng.choice(COMMON[name])
    if case.inputs.get("previous_version"):
        values.pop("if_released", None)  # the versions above it would be the release
    case.tags += [f"{name}:{values[name]}" for name in ("if_released", "retry_timeout", "settle_time") if name in values]
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


def make_case(seed: str, index: int, cis: tuple[str, ...] = CIS) -> Case:
    rng = random.Random(f"{seed}/{index}")
    case = Case(index, rng, rng.choice(list(VENDOR_NAME)), rng.choice(cis))
    case.request_id = str(uuid.UUID(int=rng.getrandbits(128))).upper() if case.operation in ALIBABA else uuid.UUID(int=rng.getrandbits(128)).hex
    globals()[case.operation](case)
    credentials(case)
    put_inputs(case)
    put_ci(case)
    case.tags += [f"operation:{case.operation}", f"ci:{case.ci}"]
    return case
