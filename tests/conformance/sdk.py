#!/usr/bin/env python3
"""The vendors' own SDKs as clients of the sandbox: every call that it serves, and the refusals that matter.

    sdk.py SANDBOX

SANDBOX is the binary that `cargo build -p sandbox` makes. Each scenario has a fresh one on a free port of its own. A failure is one
line; the last line is `N passed, N failed`. Needs what requirements.txt pins.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Callable, Iterator

import huaweicloudsdkcodeartspipeline.v2 as pipeline
import huaweicloudsdkdataartsstudio.v1 as studio
import huaweicloudsdkdgc.v1 as dgc
from alibabacloud_computenestsupplier20210521 import models as nest
from alibabacloud_computenestsupplier20210521.client import Client as NestClient
from alibabacloud_dcdn20180115 import models as dcdn
from alibabacloud_dcdn20180115.client import Client as DcdnClient
from alibabacloud_tea_openapi.exceptions import ClientException
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from clients import Clients, Key, forget_proxies

# What a fresh sandbox holds: tests/sandbox/src/world.

ALIBABA = Key("LTAI-sandbox-not-real", "not+a/real=Secret~of*Alibaba")
ALIBABA_TEMPORARY = Key("STS.sandbox-not-real", "not/a+real=TemporarySecret", "CAIS-not+a/real=SecurityToken/of+Alibaba==")
ALIBABA_POWERLESS = Key("LTAI-sandbox-powerless", "powerless+/=Secret")
HUAWEI = Key("SANDBOXAKNOTREAL0001", "not+a/real=Secret~of*Huawei")
HUAWEI_TEMPORARY = Key("HSTSANDBOXNOTREAL001", "not/a+real=TemporarySecret", "gQhj-not+a/real=SecurityToken/of+Huawei==")
HUAWEI_POWERLESS = Key("SANDBOXAKPOWERLESS01", "powerless+/=Secret")
HUAWEI_AUTH_TOKEN = "MIIF-not+a/real=Token/of+Huawei=="

ARTIFACT, ARTIFACT_NAME = "artifact-5f0c2b7d9e3a4c168b20", "web-shop"
OTHER_ARTIFACT = "artifact-00000000000000000001"
ROUTINE, LIVE_REVISION, NEW_REVISION = "edge-hello", "1620876959997924701", "1720876959997924702"
NEWEST_REVISION = "1820876959997924703"
PROJECT, WORKSPACE = "b384b9e9ab9b4ee8994c8633aabc9505", "0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e"
APPLICANT, DEPLOYER = "a1b2c3d4e5f60718293a4b5c6d7e8f90", "d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f"
ITEMS, PACKAGES = ["5101", "5102"], ["2301", "2302"]
DOMAIN, PLUGIN, DRAFT = "ce8df55870164338a72d7e828a966a2a", "notify-team", "0.1.0"

HUAWEI_FAILURES_BEFORE_LOCK = 6
# The sandbox's clock goes on by this with each request and stands still between them: no state is missed, however slow the machine is.
TICK_MILLISECONDS = 50
MOST_POLLS = 40
MOST_PAGES = 20


# ---- checks ---------------------------------------------------------------------------------------------------------------------


class Checks:
    """Counts, and prints one line a failure."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def that(self, name: str, holds: bool, seen: Any) -> None:
        if holds:
            self.passed += 1
        else:
            self.fail(name, repr(seen))

    def equal(self, name: str, seen: Any, meant: Any) -> None:
        self.that(name, seen == meant, seen)

    def fail(self, name: str, why: str) -> None:
        self.failed += 1
        print(f"FAILED {name}: {' '.join(why.split())[:400]}", flush=True)

    def refused(self, name: str, call: Callable[[], Any], code: str, status: int) -> None:
        self.equal(name, refusal(call), (code, status))

    def passes_through(self, name: str, ask: Callable[[], Any], states: list) -> None:
        self.equal(name, watch(ask, states[-1]), states)


def refusal(call: Callable[[], Any]) -> Any:
    """Code and status as the SDK understood them; the answer if there was no refusal."""
    try:
        return call()
    except ClientException as error:
        return error.code, error.status_code
    except ClientRequestException as error:
        return error.error_code, error.status_code


def watch(ask: Callable[[], Any], last: Any) -> list:
    """Every state that was seen, each once and in order, until the last one."""
    states: list = []
    for _ in range(MOST_POLLS):
        state = ask()
        if state not in states[-1:]:
            states.append(state)
        if state == last:
            break
    return states


def collect(fetch: Callable[[list, int], tuple[list, bool]]) -> tuple[list, int]:
    """All entries and the number of pages. `fetch` takes the entries so far and the page's number; it says whether more follow."""
    entries: list = []
    for page in range(MOST_PAGES):
        found, more = fetch(entries, page)
        entries = entries + found
        if not more:
            return entries, page + 1
    raise ValueError(f"the pages do not end: {len(entries)} entries so far")


def by_token(ask: Callable[[str | None], Any]) -> tuple[list, int]:
    token = None

    def fetch(_entries: list, _page: int) -> tuple[list, bool]:
        nonlocal token
        body = ask(token)
        token = body.next_token
        return body.artifacts, bool(token)

    return collect(fetch)


# ---- clients --------------------------------------------------------------------------------------------------------------------

SIGNATURE_REFUSED = {"alibaba": ("SignatureDoesNotMatch", 400), "huawei": ("APIGW.0301", 401)}

# The SDK gives its answer no members, because it takes the literal `true` for none.
NO_MODEL = ("publish_plugin_draft",)


def misspelt(key: Key, at: int) -> Key:
    """The same key, one byte of its secret changed."""
    at %= len(key.secret)
    return key._replace(secret=key.secret[:at] + "!" + key.secret[at + 1 :])


class Twice:
    """An SDK's client that makes every call twice: with one byte of the secret changed, which must be refused, and then rightly.

    What the right one answers must have a place in the SDK's own classes, every member of it.
    """

    def __init__(self, check: Checks, vendor: str, client: Any, wrong: Callable[[], Any]) -> None:
        self.check, self.vendor, self.client, self.wrong = check, vendor, client, wrong
        self.raw: Any = None
        if vendor == "alibaba":
            call_api = client.call_api
            client.call_api = lambda *args: self.keep(call_api(*args))

    def keep(self, answer: dict) -> dict:
        self.raw = answer["body"]
        return answer

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.check.refused(f"{name}: one byte of the secret", lambda: getattr(self.wrong(), name)(*args), *SIGNATURE_REFUSED[self.vendor])
            answer = getattr(self.client, name)(*args)
            if name not in NO_MODEL:
                self.check.equal(f"{name}: what the SDK cannot read of the answer", self.unread(answer), [])
            return answer

        return call

    def unread(self, answer: Any) -> list[str]:
        if self.vendor == "alibaba":
            return list(differences(self.raw, answer.body.to_map(), "body"))
        return list(differences(json.loads(answer.raw_content or b"{}"), answer, "body"))


def differences(raw: Any, read: Any, place: str) -> Iterator[str]:
    """Where what an SDK read differs from what came: members that it does not know, values that it changed."""
    if hasattr(read, "attribute_map"):
        read = {wire: value for name, wire in read.attribute_map.items() if (value := getattr(read, name)) is not None or wire in raw}
    if isinstance(raw, dict) and isinstance(read, dict):
        for name, value in raw.items():
            yield from differences(value, read[name], f"{place}.{name}") if name in read else (f"{place}.{name}",)
    elif isinstance(raw, list) and isinstance(read, list) and len(raw) == len(read):
        for one, other in zip(raw, read):
            yield from differences(one, other, f"{place}[]")
    elif (type(raw), raw) != (type(read), read):
        yield f"{place}: {read!r} for {raw!r}"


class Plain(Clients):
    """The SDKs' clients of one sandbox, as they are."""

    def nest(self, key: Key = ALIBABA) -> NestClient:
        return super().nest(key)

    def dcdn(self, key: Key = ALIBABA_TEMPORARY) -> DcdnClient:
        return super().dcdn(key)

    def studio(self, key: Key = HUAWEI, project: str = PROJECT) -> studio.DataArtsStudioClient:
        return super().studio(key, project)

    def dgc(self, key: Key = HUAWEI, project: str = PROJECT) -> dgc.DgcClient:
        return super().dgc(key, project)

    def pipeline(self, key: Key = HUAWEI_TEMPORARY, project: str = PROJECT) -> pipeline.CodeArtsPipelineClient:
        return super().pipeline(key, project)


class Clouds(Plain):
    """The same, each making every call twice."""

    def __init__(self, url: str, check: Checks) -> None:
        super().__init__(url)
        self.check, self.plain, self.byte = check, Plain(url), itertools.count()

    def alibaba(self, client: type, key: Key) -> Any:
        wrong = lambda: self.plain.alibaba(client, misspelt(key, next(self.byte)))
        return Twice(self.check, "alibaba", super().alibaba(client, key), wrong)

    def huawei(self, client: type, key: Key, project: str | None) -> Any:
        wrong = lambda: self.plain.huawei(client, misspelt(key, next(self.byte)), project)
        return Twice(self.check, "huawei", super().huawei(client, key, project), wrong)


@contextlib.contextmanager
def sandbox(binary: str, check: Checks, log: list[str], *options: str) -> Iterator[Clouds]:
    """A fresh sandbox; its log is complete when it has ended."""
    command = [binary, "--tick", f"{TICK_MILLISECONDS}ms", *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        drain = None
        try:
            greeting = process.stdout.readline()
            if not greeting.startswith("listening on http://"):
                raise OSError(f"not a sandbox's greeting: {greeting!r}")
            drain = threading.Thread(target=log.extend, args=(process.stdout,))
            drain.start()
            yield Clouds(greeting.removeprefix("listening on ").strip(), check)
        finally:
            process.kill()
            if drain:
                drain.join()


# ---- Compute Nest ---------------------------------------------------------------------------------------------------------------


def release(client: NestClient, artifact: str | None = ARTIFACT, token: str | None = None) -> Any:
    return client.release_artifact(nest.ReleaseArtifactRequest(artifact_id=artifact, client_token=token)).body


def draft_status(client: NestClient) -> str:
    """The draft's status, or the code that says that there is none."""
    request = nest.GetArtifactRequest(artifact_id=ARTIFACT, artifact_version="draft")
    seen = refusal(lambda: client.get_artifact(request).body.status)
    return seen if isinstance(seen, str) else seen[0]


def artifact_lists(check: Checks, clouds: Clouds) -> None:
    client = clouds.nest()
    named = nest.ListArtifactsRequestFilter(name="Name", values=[ARTIFACT_NAME])
    available = nest.ListArtifactVersionsRequestFilters(name="Status", values=["Available"])
    totals = set()

    def artifacts(token: str | None) -> Any:
        body = client.list_artifacts(nest.ListArtifactsRequest(filter=[named], max_results=10, next_token=token)).body
        totals.add(body.total_count)
        return body

    def versions(token: str | None) -> Any:
        return client.list_artifact_versions(
            nest.ListArtifactVersionsRequest(artifact_id=ARTIFACT, filters=[available], next_token=token)
        ).body

    found, pages = by_token(artifacts)
    check.equal("ListArtifacts: pages", (len({one.artifact_id for one in found}), pages, totals), (25, 3, {25}))
    exact = [(one.artifact_id, one.max_version) for one in found if one.name == ARTIFACT_NAME]
    check.equal("ListArtifacts: the name as a whole, MaxVersion as text", exact, [(ARTIFACT, "23")])
    found, pages = by_token(versions)
    numbers = [one.artifact_version for one in found]
    check.equal("ListArtifactVersions: pages", (numbers, pages), ([str(number) for number in range(23, 0, -1)], 2))


def artifact_release(check: Checks, clouds: Clouds) -> None:
    client = clouds.nest()
    draft = client.get_artifact(nest.GetArtifactRequest(artifact_name=ARTIFACT_NAME, artifact_version="draft")).body
    check.equal("GetArtifact: the draft", (draft.artifact_version, draft.status, draft.max_version), ("draft", "Created", 23))
    answer = release(client)
    check.equal("ReleaseArtifact", (answer.artifact_version, answer.status, answer.version_name), ("draft", "Scanning", "1.24.0"))
    check.refused("ReleaseArtifact: released already", lambda: release(client), "OperationDenied", 400)
    no_draft = "EntityNotExist.ArtifactVersion"
    check.passes_through("ReleaseArtifact: the draft's states", lambda: draft_status(client), ["Scanning", "Delivering", no_draft])
    newest = client.get_artifact(nest.GetArtifactRequest(artifact_id=ARTIFACT)).body
    check.equal("GetArtifact: the new version", (newest.artifact_version, newest.status, newest.max_version), ("24", "Available", 24))
    check.refused("ReleaseArtifact: no draft left", lambda: release(client), no_draft, 404)


def artifact_client_token(check: Checks, clouds: Clouds) -> None:
    client, token = clouds.nest(), "tok+1/="
    first, second = release(client, token=token), release(client, token=token)
    check.equal("ClientToken: the earlier answer", second.gmt_modified, first.gmt_modified)
    check.that("ClientToken: a request id of its own", second.request_id != first.request_id, second.request_id)
    other = lambda: release(client, OTHER_ARTIFACT, token)
    check.refused("ClientToken: of another artifact", other, "IdempotentParameterMismatch", 400)


def artifact_refusals(check: Checks, clouds: Clouds) -> None:
    client = clouds.nest()
    check.refused("ReleaseArtifact: no such artifact", lambda: release(client, "artifact-0"), "EntityNotExist.Artifact", 404)
    check.refused("ReleaseArtifact: no artifact", lambda: release(client, None), "MissingArtifactId", 400)
    unserved = lambda: clouds.plain.nest().delete_artifact(nest.DeleteArtifactRequest(artifact_id=ARTIFACT))
    check.refused("Alibaba Cloud: an action that is not served", unserved, "InvalidAction.NotFound", 404)


# ---- DCDN -----------------------------------------------------------------------------------------------------------------------


def routine(client: DcdnClient) -> dict:
    return client.describe_routine(dcdn.DescribeRoutineRequest(name=ROUTINE)).body.content


def running(client: DcdnClient, environment: str) -> str:
    return routine(client)["EnvConf"][environment]["CodeRev"]


def publish(client: DcdnClient, envs: Any, name: str = ROUTINE, revision: str = NEW_REVISION) -> dict:
    request = dcdn.PublishRoutineCodeRevisionRequest(name=name, select_code_revision=revision, envs=envs)
    return client.publish_routine_code_revision(request).body.content


def routine_descriptions(check: Checks, clouds: Clouds) -> None:
    client = clouds.dcdn()
    check.equal("DescribeRoutineUserInfo", client.describe_routine_user_info().body.content["Routines"], [ROUTINE])
    canaries = client.describe_routine_canary_envs().body.content["Envs"]
    check.that("DescribeRoutineCanaryEnvs", "presetCanaryHongKong" in canaries and len(canaries) == 35, canaries)
    newest = max(routine(client)["CodeRevs"], key=lambda revision: revision["CreationTime"])
    check.equal("DescribeRoutine: the newest revision", newest["CodeRevision"], NEWEST_REVISION)
    request = dcdn.DescribeRoutineCodeRevisionRequest(name=ROUTINE, select_code_revision=NEW_REVISION)
    description = client.describe_routine_code_revision(request).body.content["CodeDescription"]
    check.equal("DescribeRoutineCodeRevision", description, "c2Vjb25k")


def routine_publication(check: Checks, clouds: Clouds) -> None:
    client = clouds.dcdn()
    answer = publish(client, ["production", "Preset_Canary_Zhejiang"])
    check.equal("PublishRoutineCodeRevision", answer, {"CodeRevision": NEW_REVISION})
    production = lambda: running(client, "production")
    check.passes_through("PublishRoutineCodeRevision: live after a while", production, [LIVE_REVISION, NEW_REVISION])
    check.equal("PublishRoutineCodeRevision: the older spelling", running(client, "presetCanaryZhejiang"), NEW_REVISION)
    check.equal("PublishRoutineCodeRevision: nothing else changes", running(client, "staging"), LIVE_REVISION)
    publish(client, {"staging": {"SpecName": "50ms"}})
    staging = lambda: running(client, "staging")
    check.passes_through("PublishRoutineCodeRevision: Envs as an object", staging, [LIVE_REVISION, NEW_REVISION])


def routine_refusals(check: Checks, clouds: Clouds) -> None:
    client, general = clouds.dcdn(), "EdgeRoutine.GeneralError"
    refuse = lambda fault, call, code=general: check.refused(f"PublishRoutineCodeRevision: {fault}", call, code, 400)
    refuse("no such routine", lambda: publish(client, ["production"], name="x"))
    refuse("no such revision", lambda: publish(client, ["production"], revision="1"))
    refuse("no such environment", lambda: publish(client, ["prod"]))
    refuse("no environments", lambda: publish(client, None), "MissingEnvs")


# ---- DataArts Factory -----------------------------------------------------------------------------------------------------------


def pending_items(client: studio.DataArtsStudioClient) -> tuple[list, int]:
    def fetch(entries: list, page: int) -> tuple[list, bool]:
        request = studio.ListFactoryPendingItemsRequest(workspace=WORKSPACE, x_project_id=PROJECT, limit=10, offset=page)
        answer = client.list_factory_pending_items(request)
        return answer.data, len(entries) + len(answer.data) < answer.total

    return collect(fetch)


def workspace_users(client: studio.DataArtsStudioClient) -> tuple[list, int]:
    def fetch(entries: list, _page: int) -> tuple[list, bool]:
        request = studio.ListWorkspaceusersRequest(workspace_id=WORKSPACE, limit="5", offset=str(len(entries)))
        answer = client.list_workspaceusers(request)
        return answer.data, len(entries) + len(answer.data) < answer.count

    return collect(fetch)


def packages(client: studio.DataArtsStudioClient) -> tuple[list, int]:
    def fetch(entries: list, page: int) -> tuple[list, bool]:
        body = studio.ListReleasePackagesRequestBody(offset=page, deploy_status_filter=[1, 2], sorted_direction="asc")
        answer = client.list_factory_release_packages(studio.ListFactoryReleasePackagesRequest(workspace=WORKSPACE, body=body))
        return answer.data, len(entries) + len(answer.data) < answer.total

    return collect(fetch)


def pack(client: studio.DataArtsStudioClient, **changes: Any) -> Any:
    fields = {"apply_user_id": APPLICANT, "package_name": "nächtlich", "pending_item_list": ITEMS, "approver_ids": [DEPLOYER]}
    body = studio.CreateFactoryPendingItemsPackageBody(**fields | changes)
    request = studio.CreateFactoryPendingItemsPackageRequest(workspace=WORKSPACE, x_project_id=PROJECT, body=body)
    return client.create_factory_pending_items_package(request)


def package(client: studio.DataArtsStudioClient, package_id: str) -> Any:
    return client.show_factory_package_detail(studio.ShowFactoryPackageDetailRequest(workspace=WORKSPACE, package_id=package_id))


def deploy(client: studio.DataArtsStudioClient, package_ids: list, startup_mode: Any = 1) -> Any:
    body = studio.DeployFactoryPackagesRequestBody(package_ids=package_ids, startup_mode=startup_mode)
    return client.deploy_factory_packages(studio.DeployFactoryPackagesRequest(workspace=WORKSPACE, body=body))


def withdraw(client: studio.DataArtsStudioClient, package_ids: list) -> Any:
    body = studio.CancelFactoryPackagesRequestBody(package_ids=package_ids)
    return client.cancel_factory_packages(studio.CancelFactoryPackagesRequest(workspace=WORKSPACE, body=body))


def task_status(client: dgc.DgcClient, task_id: str) -> str:
    return client.list_system_tasks(dgc.ListSystemTasksRequest(workspace=WORKSPACE, task_id=task_id)).status


def factory_lists(check: Checks, clouds: Clouds) -> None:
    client = clouds.studio(HUAWEI_TEMPORARY)
    items, pages = pending_items(client)
    check.equal("ListFactoryPendingItems: pages", (len({item.pending_item_id for item in items}), pages), (27, 3))
    ours = [(item.pending_item_id, item.package_flag, item.submit_user_id) for item in items if item.item_name.endswith("_customers")]
    check.equal("ListFactoryPendingItems: not packed yet", sorted(ours), [(item, 0, APPLICANT) for item in ITEMS])
    users, pages = workspace_users(client)
    check.equal("ListWorkspaceusers: pages", (len({user.user_id for user in users}), pages), (13, 3))
    deployers = [user.user_id for user in users if any(role.role_code == "deployer" for role in user.roles)]
    check.equal("ListWorkspaceusers: the deployer", deployers, [DEPLOYER])
    found, pages = packages(client)
    check.equal("ListFactoryReleasePackages: pages", (len({one.package_id for one in found}), pages), (14, 2))
    times = [one.apply_timestamp for one in found]
    check.equal("ListFactoryReleasePackages: oldest first", times, sorted(times))


def package_creation(check: Checks, clouds: Clouds) -> None:
    client = clouds.studio()
    made = pack(client)
    check.equal("CreateFactoryPendingItemsPackage", made.package_name, "nächtlich")
    check.refused("CreateFactoryPendingItemsPackage: packed already", lambda: pack(client), "DLF.3051", 400)
    body = studio.ListReleasePackagesRequestBody(key_word="nächt")
    listed = client.list_factory_release_packages(studio.ListFactoryReleasePackagesRequest(workspace=WORKSPACE, body=body)).data
    check.equal("ListFactoryReleasePackages: key_word", [one.package_id for one in listed], [made.release_package_id])
    status = package(client, made.release_package_id).release_package.deploy_status
    check.equal("ShowFactoryPackageDetail: waits for its approval", status, 1)


def package_creation_refusals(check: Checks, clouds: Clouds) -> None:
    client = clouds.studio()
    faults = {
        "another applicant": {"apply_user_id": DEPLOYER},
        "an approver who may not approve": {"approver_ids": [APPLICANT]},
        "no such item": {"pending_item_list": ["1"]},
        "too many items": {"pending_item_list": [str(number) for number in range(101)]},
    }
    for fault, changes in faults.items():
        check.refused(f"CreateFactoryPendingItemsPackage: {fault}", lambda: pack(client, **changes), "DLF.3051", 400)


def package_deployment(check: Checks, clouds: Clouds) -> None:
    client, tasks = clouds.studio(), clouds.dgc()
    made = pack(client).release_package_id
    details = deploy(client, [made, PACKAGES[0]]).deploy_package_details
    seen = [(detail.package_id, detail.asy_subtask_num) for detail in details]
    check.equal("DeployFactoryPackages", seen, [(int(made), 2), (int(PACKAGES[0]), 1)])
    check.equal("ListSystemTasks: at first", task_status(tasks, details[0].asy_task_id), "RUNNING")
    status = lambda: package(client, made).release_package.deploy_status
    check.passes_through("ShowFactoryPackageDetail: deploying, then deployed", status, [5, 2])
    check.equal("ListSystemTasks: at last", task_status(tasks, details[0].asy_task_id), "SUCCESSFUL")
    parts = [(task.deploy_status, task.start_job_status) for task in package(client, made).task_details]
    check.equal("ShowFactoryPackageDetail: jobs start, scripts do not", parts, [(2, 2), (2, None)])


def package_deployment_refusals(check: Checks, clouds: Clouds) -> None:
    client, (kept, withdrawn) = clouds.studio(), PACKAGES
    refuse = lambda fault, call, code: check.refused(f"DeployFactoryPackages: {fault}", call, code, 400)
    refuse("no such package", lambda: deploy(client, [kept, "1"]), "DLF.0810")
    refuse("numbers for ids", lambda: deploy(client, [int(kept)]), "DLF.3051")
    refuse("text for startup_mode", lambda: deploy(client, [kept], "1"), "DLF.3051")
    withdraw(client, [withdrawn])
    check.equal("CancelFactoryPackages", package(client, withdrawn).release_package.delete_flag, 1)
    refuse("a package that was withdrawn", lambda: deploy(client, [withdrawn]), "DLF.0810")
    check.equal("DeployFactoryPackages: a refusal deploys nothing", package(client, kept).release_package.deploy_status, 1)
    stranger = clouds.studio(project="0" * 32)
    check.refused("Huawei Cloud: another project", lambda: package(stranger, kept), "APIGW.0302", 403)
    unserved = lambda: clouds.plain.studio().list_workspaces(studio.ListWorkspacesRequest())
    check.refused("Huawei Cloud: an API that is not served", unserved, "APIGW.0101", 404)


# ---- CodeArts Pipeline ----------------------------------------------------------------------------------------------------------


def plugin_attribution(client: pipeline.CodeArtsPipelineClient) -> str:
    request = pipeline.ShowPluginVersionRequest(domain_id=DOMAIN, plugin_name=PLUGIN, version=DRAFT)
    return client.show_plugin_version(request).version_attribution


def publish_plugin(client: pipeline.CodeArtsPipelineClient) -> tuple[int, Any]:
    """Status, and the body or its code, as they came: an error has status 200, too, so the SDK raises nothing."""
    body = pipeline.PluginPartQueryDTO(
        plugin_name=PLUGIN, display_name="Notify the team", version=DRAFT, plugin_attribution="custom", version_attribution="draft"
    )
    answer = client.publish_plugin_draft(pipeline.PublishPluginDraftRequest(domain_id=DOMAIN, body=body))
    found = json.loads(answer.raw_content)
    return answer.status_code, found["error_code"] if isinstance(found, dict) else found


def plugin_lists(check: Checks, clouds: Clouds) -> None:
    client = clouds.pipeline()

    def numbers(entries: list, _page: int) -> tuple[list, bool]:
        request = pipeline.ListPluginVersionNumberRequest(domain_id=DOMAIN, plugin_name=PLUGIN, limit="4", offset=str(len(entries)))
        answer = client.list_plugin_version_number(request)
        return answer.data, len(entries) + len(answer.data) < answer.total

    def versions(entries: list, _page: int) -> tuple[list, bool]:
        request = pipeline.ListPLuginVersionRequest(domain_id=DOMAIN, plugin_name=PLUGIN, limit="10", offset=str(len(entries)))
        answer = client.list_p_lugin_version(request)
        return answer.data, len(entries) + len(answer.data) < answer.total

    found, pages = collect(numbers)
    check.equal("ListPluginVersionNumber: pages", (len(set(found)), DRAFT in found, pages), (11, True, 3))
    found, pages = collect(versions)
    drafts = [one.version for one in found if one.version_attribution == "draft"]
    check.equal("ListPLuginVersion: pages", (len({one.version for one in found}), drafts, pages), (11, [DRAFT], 2))


def plugin_publication(check: Checks, clouds: Clouds) -> None:
    client, powerless = clouds.pipeline(), clouds.pipeline(HUAWEI_POWERLESS)
    check.equal("ShowPluginVersion: a draft", plugin_attribution(client), "draft")
    check.equal("PublishPluginDraft: without permission", publish_plugin(powerless), (200, "DEVCP.00014031"))
    check.equal("PublishPluginDraft", publish_plugin(client), (200, True))
    check.equal("ShowPluginVersion: formal", plugin_attribution(client), "formal")
    check.equal("PublishPluginDraft: published already", publish_plugin(client), (200, "DEVCP.00014004"))


# ---- credentials ----------------------------------------------------------------------------------------------------------------


def alibaba_credentials(check: Checks, clouds: Clouds) -> None:
    for key in (ALIBABA, ALIBABA_TEMPORARY):
        check.equal(f"Alibaba Cloud: {key.id}", running(clouds.dcdn(key), "production"), LIVE_REVISION)
        every = {refusal(lambda: routine(clouds.plain.dcdn(misspelt(key, at)))) for at in range(len(key.secret))}
        check.equal(f"Alibaba Cloud: {key.id}: any byte of the secret", every, {SIGNATURE_REFUSED["alibaba"]})
    refuse = lambda fault, key, code, status: check.refused(f"Alibaba Cloud: {fault}", lambda: routine(clouds.plain.dcdn(key)), code, status)
    refuse("an unknown key", Key("nobody", "x"), "InvalidAccessKeyId.NotFound", 404)
    refuse("no security token", ALIBABA_TEMPORARY._replace(token=None), "InvalidSecurityToken.Malformed", 400)
    refuse("a wrong security token", ALIBABA_TEMPORARY._replace(token="x"), "InvalidSecurityToken.Malformed", 400)
    another = ALIBABA._replace(token=ALIBABA_TEMPORARY.token)
    refuse("another key's security token", another, "InvalidSecurityToken.MismatchWithAccessKey", 400)
    refuse("without permission", ALIBABA_POWERLESS, "NoPermission", 403)


def huawei_credentials(check: Checks, clouds: Clouds) -> None:
    show = lambda key: package(clouds.plain.studio(key), PACKAGES[0])
    for key in (HUAWEI, HUAWEI_TEMPORARY):
        every = set()
        for at in range(len(key.secret)):
            every.add(refusal(lambda: show(misspelt(key, at))))
            # Also keeps the key from being locked.
            check.equal(f"Huawei Cloud: {key.id}", show(key).release_package.deploy_status, 1)
        check.equal(f"Huawei Cloud: {key.id}: any byte of the secret", every, {SIGNATURE_REFUSED["huawei"]})
    refuse = lambda fault, key: check.refused(f"Huawei Cloud: {fault}", lambda: show(key), "APIGW.0301", 401)
    refuse("an unknown key", Key("nobody", "x"))
    refuse("no security token", HUAWEI_TEMPORARY._replace(token=None))
    refuse("a wrong security token", HUAWEI_TEMPORARY._replace(token="x"))
    refuse("another key's security token", HUAWEI._replace(token=HUAWEI_TEMPORARY.token))
    check.refused("Huawei Cloud: without permission", lambda: show(HUAWEI_POWERLESS), "DLF.6888", 400)


def huawei_lock(check: Checks, clouds: Clouds) -> None:
    show = lambda key: lambda: package(clouds.plain.studio(key), PACKAGES[0]).release_package.deploy_status
    failures = [refusal(show(misspelt(HUAWEI, at))) for at in range(HUAWEI_FAILURES_BEFORE_LOCK - 1)]
    check.equal("Huawei Cloud: a few failures do not lock a key", refusal(show(HUAWEI)), 1)
    failures += [refusal(show(misspelt(HUAWEI, at))) for at in range(HUAWEI_FAILURES_BEFORE_LOCK)]
    check.equal("Huawei Cloud: each failure by itself", set(failures), {("APIGW.0301", 401)})
    check.refused("Huawei Cloud: more of them lock it", show(HUAWEI), "APIGW.0301", 401)
    check.equal("Huawei Cloud: another key is not locked", refusal(show(HUAWEI_TEMPORARY)), 1)


def huawei_auth_token(check: Checks, clouds: Clouds) -> None:
    # The SDK cannot be given a ready token, so these requests are plain ones.
    right, wrong, signature = {"X-Auth-Token": HUAWEI_AUTH_TOKEN}, {"X-Auth-Token": "x"}, {"Authorization": "SDK-HMAC-SHA256 Access=a"}
    cases = {"right": (right, 200), "wrong": (wrong, 401), "none": ({}, 401), "beside a signature": (right | signature, 401)}
    for name, (headers, status) in cases.items():
        connection = http.client.HTTPConnection(clouds.host)
        connection.request("GET", f"/v2/{PROJECT}/factory/release-packages/{PACKAGES[0]}", headers={"workspace": WORKSPACE, **headers})
        answer = connection.getresponse()
        check.equal(f"X-Auth-Token: {name}", answer.status, status)
        named = [header for header in ("Date", "X-Request-Id") if answer.getheader(header)]
        check.equal(f"X-Auth-Token: {name}: the answer's headers", named, ["Date", "X-Request-Id"])
        connection.close()


# ---- all of it ------------------------------------------------------------------------------------------------------------------

SCENARIOS = (
    artifact_lists, artifact_release, artifact_client_token, artifact_refusals,
    routine_descriptions, routine_publication, routine_refusals,
    factory_lists, package_creation, package_creation_refusals, package_deployment, package_deployment_refusals,
    plugin_lists, plugin_publication,
    alibaba_credentials, huawei_credentials, huawei_lock,
)  # fmt: skip
WITHOUT_SDK = (huawei_auth_token,)


def run(check: Checks, binary: str, scenario: Callable[[Checks, Clouds], None]) -> list[str]:
    """The log of the scenario's sandbox."""
    log: list[str] = []
    try:
        with sandbox(binary, check, log) as clouds:
            scenario(check, clouds)
    except Exception as error:  # An SDK may raise anything at all over an answer that it cannot read.
        check.fail(f"{scenario.__name__} ended early", f"{type(error).__name__}: {error}")
    return log


def served() -> set[str]:
    """The calls that the sandbox serves, by its own source."""
    source = Path(__file__).parent.parent / "sandbox/src"
    alibaba = "".join(path.read_text() for path in source.glob("alibaba/*.rs"))
    actions = re.findall(r"ACTIONS: \[&str; \d+\] =\s*\[(.*?)\]", alibaba, re.DOTALL)
    routes = re.findall(r'\(\s*[A-Z]\w+,\s*"([A-Z]\w+)",', (source / "huawei/call.rs").read_text())
    return set(re.findall(r'"(\w+)"', "".join(actions))) | set(routes)


def check_coverage(check: Checks, log: list[str]) -> None:
    """Every call was accepted from an SDK, and refused because of the secret, as the sandbox itself logged it."""
    rows = [found for line in log if (found := re.fullmatch(r"\S+ [A-Z]+ (\w+) (\d+) (?:.*\brefused: (\S+))?.*\n", line))]
    accepted = {row[1] for row in rows if row[3] is None and row[2] in ("200", "204")}
    refused = {row[1] for row in rows if (row[3], int(row[2])) in SIGNATURE_REFUSED.values()}
    check.that("served, and known to be", len(served()) > 20, served())
    check.equal("served but never accepted, or accepted but not known", sorted(served() ^ accepted), [])
    check.equal("served but never refused because of one byte", sorted(served() - refused), [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sandbox", help="the sandbox's binary")
    binary = os.path.abspath(parser.parse_args().sandbox)
    forget_proxies()
    check, log = Checks(), []
    for scenario in SCENARIOS:
        log += run(check, binary, scenario)
    check_coverage(check, log)
    for scenario in WITHOUT_SDK:
        run(check, binary, scenario)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
