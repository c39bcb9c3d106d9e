"""For each call of release-step: the same call, made with the vendor's own SDK.

A release call is its twin's whole business: everything comes from the case, nothing from what release-step sent. A question may be asked in
several right ways (which page, which version), so its twin also gets the request that was seen, and takes no more from it than that choice.
A new question is one function here, and its answer in `clouds.status_answer`.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit

import huaweicloudsdkcodeartspipeline.v2 as pipeline
import huaweicloudsdkdataartsstudio.v1 as studio
from alibabacloud_computenestsupplier20210521 import models as nest
from alibabacloud_dcdn20180115 import models as dcdn

from cases import Case
from clients import Clients, Key
from wire import Received, distinct

Twin = Callable[[Clients, Case, Received], Any]


class Question(NamedTuple):
    name: str
    twin: Twin


RELEASES: dict[str, Twin] = {}
QUESTIONS: dict[str, Question] = {}


def release(twin: Twin) -> Twin:
    """Registers the twin of a release call under the name of its operation."""
    RELEASES[twin.__name__] = twin
    return twin


def question(pattern: str) -> Callable[[Twin], Twin]:
    """Registers the twin of a question: `POST / ACTION` for Alibaba Cloud, `METHOD PATH` for Huawei Cloud, as a regular expression."""

    def register(twin: Twin) -> Twin:
        QUESTIONS[pattern] = Question(twin.__name__, twin)
        return twin

    return register


def find_question(got: Received) -> Question | None:
    """The question that this request asks; none where it can only be the release call."""
    line = f"{got.method} {urlsplit(got.target).path} {got.headers.get('x-acs-action', '')}".strip()
    found = [asked for pattern, asked in QUESTIONS.items() if re.fullmatch(pattern, line)]
    return found[0] if found else None


def typed(model: type, fields: dict) -> Any:
    """A model of Huawei's SDK with these fields, which must be of the types that it declares."""
    kinds = {"str": str, "int": int}
    for name, value in fields.items():
        kind = model.openapi_types[name]  # a name that the SDK does not know ends here
        inner = re.fullmatch(r"list\[(\w+)\]", kind)
        values = value if inner and isinstance(value, list) else [value]
        if any(type(one) is not kinds[inner[1] if inner else kind] for one in values):
            raise TypeError(f"{name} is {value!r}, the SDK says {kind}")
    return model(**fields)


# ---- release calls --------------------------------------------------------------------------------------------------------------


@release
def release_artifact(clients: Clients, case: Case, _seen: Received) -> Any:
    given = case.parameters
    request = nest.ReleaseArtifactRequest(artifact_id=given["ArtifactId"], client_token=given.get("ClientToken"))
    return clients.nest(Key(*case.key)).release_artifact(request)


@release
def publish_routine_code_revision(clients: Clients, case: Case, _seen: Received) -> Any:
    given = case.parameters
    envs = given["Envs"] if isinstance(given["Envs"], list) else json.loads(given["Envs"])
    request = dcdn.PublishRoutineCodeRevisionRequest(name=given["Name"], select_code_revision=given["SelectCodeRevision"], envs=envs)
    return clients.dcdn(Key(*case.key)).publish_routine_code_revision(request)


@release
def release_package(clients: Clients, case: Case, _seen: Received) -> Any:
    body = studio.CreateFactoryPendingItemsPackageBody(**case.parameters)
    request = studio.CreateFactoryPendingItemsPackageRequest(workspace=case.headers["workspace"], body=body)
    return clients.studio(Key(*case.key), case.project_id).create_factory_pending_items_package(request)


@release
def deploy_packages(clients: Clients, case: Case, _seen: Received) -> Any:
    """With `startup_mode` only where it was given: what is sent otherwise is a difference on purpose."""
    mode = {"startup_mode": int(case.inputs["startup_mode"])} if "startup_mode" in case.inputs else {}
    body = studio.DeployFactoryPackagesRequestBody(package_ids=case.parameters["package_ids"], **mode)
    request = studio.DeployFactoryPackagesRequest(workspace=case.headers["workspace"], body=body)
    return clients.studio(Key(*case.key), case.project_id).deploy_factory_packages(request)


@release
def publish_extension_draft(clients: Clients, case: Case, _seen: Received) -> Any:
    body = pipeline.PluginPartQueryDTO(**case.parameters)
    request = pipeline.PublishPluginDraftRequest(domain_id=case.domain_id, body=body)
    return clients.pipeline(Key(*case.key)).publish_plugin_draft(request)


# ---- questions ------------------------------------------------------------------------------------------------------------------


@question("POST / GetArtifact")
def get_artifact(clients: Clients, case: Case, seen: Received) -> Any:
    version = distinct(seen.query()).get("ArtifactVersion")
    request = nest.GetArtifactRequest(artifact_id=case.parameters["ArtifactId"], artifact_version=version)
    return clients.nest(Key(*case.key)).get_artifact(request)


@question("POST / DescribeRoutine")
def describe_routine(clients: Clients, case: Case, _seen: Received) -> Any:
    return clients.dcdn(Key(*case.key)).describe_routine(dcdn.DescribeRoutineRequest(name=case.parameters["Name"]))


@question("POST /v2/[^/]+/factory/release-packages")
def list_packages(clients: Clients, case: Case, seen: Received) -> Any:
    body = typed(studio.ListReleasePackagesRequestBody, json.loads(seen.body, object_pairs_hook=distinct))
    request = studio.ListFactoryReleasePackagesRequest(workspace=case.headers["workspace"], body=body)
    return clients.studio(Key(*case.key), case.project_id).list_factory_release_packages(request)


@question("GET /v2/[^/]+/factory/release-packages/[^/]+")
def show_package(clients: Clients, case: Case, seen: Received) -> Any:
    package = urlsplit(seen.target).path.rsplit("/", 1)[1]
    if package not in (case.outputs.get("release_package_id"), *case.parameters.get("package_ids", ())):
        raise ValueError(f"{package!r} is not a package of this run")
    request = studio.ShowFactoryPackageDetailRequest(workspace=case.headers["workspace"], package_id=package)
    return clients.studio(Key(*case.key), case.project_id).show_factory_package_detail(request)


@question("GET /v1/[^/]+/agent-plugin/detail")
def show_plugin(clients: Clients, case: Case, _seen: Received) -> Any:
    given = case.parameters
    request = pipeline.ShowPluginVersionRequest(domain_id=case.domain_id, plugin_name=given["plugin_name"], version=given["version"])
    return clients.pipeline(Key(*case.key)).show_plugin_version(request)
