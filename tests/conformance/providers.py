#!/usr/bin/env python3
"""The vendors' own credential providers as clients of the sandbox: each gets keys from it, and the keys work.

    providers.py SANDBOX

SANDBOX is the binary that `cargo build -p sandbox` makes. The providers are unpatched: those of Alibaba Cloud ask STS over TLS, and both
clouds' ask the metadata services at their fixed addresses, which stand on the loopback interface of a network namespace that the script
makes for itself. Where no namespace may be made, it says so and leaves those out. Needs what requirements.txt pins, `unshare` and `ip`.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterator
from urllib.parse import urlsplit

from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider.ecs_ram_role import EcsRamRoleCredentialsProvider
from alibabacloud_credentials.provider.oidc import OIDCRoleArnCredentialsProvider
from alibabacloud_credentials.provider.ram_role_arn import RamRoleArnCredentialsProvider
from alibabacloud_credentials.provider.uri import URLCredentialsProvider
from huaweicloudsdkcodeartspipeline.v2 import CodeArtsPipelineClient
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.auth.provider import EnvCredentialProvider, MetadataCredentialProvider, OidcStsCredentialProvider
from huaweicloudsdkcore.client import ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkdataartsstudio.v1 import DataArtsStudioClient

from clients import Key, forget_proxies
from sdk import (
    ALIBABA, ALIBABA_POWERLESS, ALIBABA_TEMPORARY, DOMAIN, HUAWEI, LIVE_REVISION, PACKAGES, PROJECT, Checks, Plain, misspelt, package,
    plugin_attribution, running, sandbox,
)  # fmt: skip

# What a fresh sandbox believes: tests/sandbox/src/world/keyless.rs.

REQUEST_TOKEN = "not+a/real.request~token=="
TOKEN_PATH = "/1//idtoken/aaaa/bbbb?api-version=2.0"
CREDENTIALS_PATH = "/credentials?x=1"
ROLE, CLOSED_ROLE = (f"acs:ram::1234567890123456:role/{name}" for name in ("deploy", "closed"))
PROVIDER_ARN = "acs:ram::1234567890123456:oidc-provider/github"
ECS_ROLE = "deploy-role"
AGENCY, CLOSED_AGENCY = (f"iam::{DOMAIN}:agency:{name}" for name in ("deploy", "closed"))
PROVIDER_URN = f"iam::{DOMAIN}:oidcProvider:github"
IDP, REGION = "github", "cn-north-4"
STRANGER = "repo:acme/evil:ref:refs/heads/main"

METADATA_ADDRESSES = ("100.100.100.200", "169.254.169.254")
INSIDE = "--inside"


class Cloud:
    """One sandbox, for the providers."""

    def __init__(self, plain: Plain, folder: str) -> None:
        self.plain, self.url, self.host, self.folder = plain, plain.url, plain.host, folder
        # Their certificates are of a name.
        self.sts = f"localhost:{urlsplit(self.url).port}"

    def token_file(self, audience: str) -> str:
        """A file with an identity token, and a line break behind it, as everybody writes one."""
        connection = http.client.HTTPConnection(self.host)
        connection.request("GET", f"{TOKEN_PATH}&audience={audience}", headers={"Authorization": f"bearer {REQUEST_TOKEN}"})
        token = json.loads(connection.getresponse().read())["value"]
        connection.close()
        path = Path(self.folder, audience)
        path.write_text(token + "\n")
        return str(path)


@contextlib.contextmanager
def variables(**values: str) -> Iterator[None]:
    """What a provider reads from its environment."""
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            del os.environ[name]


# ---- Alibaba Cloud --------------------------------------------------------------------------------------------------------------


def use_alibaba(check: Checks, cloud: Cloud, name: str, provider: Any, kind: str) -> None:
    """The provider gets keys, and its vendor's client calls with them."""
    found = provider.get_credentials()
    key = Key(found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token())
    check.equal(f"{name}: what kind of keys", (key.id[:4], found.get_provider_name()), ("STS.", kind))
    check.equal(f"{name}: the keys work", running(cloud.plain.dcdn(key), "production"), LIVE_REVISION)


def refuse_alibaba(check: Checks, name: str, provider: Any, code: str) -> None:
    try:
        said = f"keys: {provider.get_credentials().get_access_key_id()}"
    except CredentialException as error:
        said = str(error)
    check.that(f"{name}: refused with {code}", code in said, said)


def ram_role(cloud: Cloud, key: Key, role: str = ROLE, **more: Any) -> RamRoleArnCredentialsProvider:
    return RamRoleArnCredentialsProvider(
        access_key_id=key.id, access_key_secret=key.secret, security_token=key.token, role_arn=role,
        role_session_name="release-step", sts_endpoint=cloud.sts, **more,
    )  # fmt: skip


def oidc_role(cloud: Cloud, role: str = ROLE, **more: Any) -> OIDCRoleArnCredentialsProvider:
    return OIDCRoleArnCredentialsProvider(
        role_arn=role, oidc_provider_arn=PROVIDER_ARN, oidc_token_file_path=cloud.token_file(more.pop("audience", "sts.aliyuncs.com")),
        role_session_name="release-step", sts_endpoint=cloud.sts, **more,
    )  # fmt: skip


def alibaba_role(check: Checks, cloud: Cloud) -> None:
    for name, key in (("keys", ALIBABA), ("temporary keys", ALIBABA_TEMPORARY)):
        kind = "ram_role_arn/static_sts" if key.token else "ram_role_arn/static_ak"
        use_alibaba(check, cloud, f"RamRoleArn with {name}", ram_role(cloud, key, policy='{"Version":"1","Statement":[]}'), kind)
    refuse = lambda name, provider, code: refuse_alibaba(check, f"RamRoleArn: {name}", provider, code)
    for at in (0, 5, -1):
        refuse("a wrong secret", ram_role(cloud, misspelt(ALIBABA, at)), "SignatureDoesNotMatch")
    refuse("another security token", ram_role(cloud, ALIBABA_TEMPORARY._replace(token="x")), "InvalidSecurityToken.Malformed")
    refuse("without permission", ram_role(cloud, ALIBABA_POWERLESS), "NoPermission")
    refuse("a role that does not trust", ram_role(cloud, ALIBABA, CLOSED_ROLE), "NoPermission")
    refuse("no such role", ram_role(cloud, ALIBABA, ROLE + "s"), "EntityNotExist.Role")
    refuse("longer than the role allows", ram_role(cloud, ALIBABA, duration_seconds=3601), "InvalidParameter.DurationSeconds")


def alibaba_oidc(check: Checks, cloud: Cloud) -> None:
    use_alibaba(check, cloud, "OIDC", oidc_role(cloud), "oidc_role_arn")
    refuse = lambda name, provider, code: refuse_alibaba(check, f"OIDC: {name}", provider, code)
    refuse("a role that does not trust", oidc_role(cloud, CLOSED_ROLE), "AuthenticationFail.NoPermission")
    refuse("another audience", oidc_role(cloud, audience="sts.huaweicloud.com"), "AuthenticationFail.OIDCToken.AudienceNotMatch")


def alibaba_uri(check: Checks, cloud: Cloud) -> None:
    use_alibaba(check, cloud, "credentials URI", URLCredentialsProvider(uri=cloud.url + CREDENTIALS_PATH), "credential_uri")


def ecs_role(**more: Any) -> EcsRamRoleCredentialsProvider:
    return EcsRamRoleCredentialsProvider(async_update_enabled=False, **more)


def alibaba_metadata(check: Checks, cloud: Cloud) -> None:
    use_alibaba(check, cloud, "EcsRamRole, named", ecs_role(role_name=ECS_ROLE), "ecs_ram_role")
    use_alibaba(check, cloud, "EcsRamRole, not named", ecs_role(), "ecs_ram_role")
    use_alibaba(check, cloud, "EcsRamRole, only with a token", ecs_role(disable_imds_v1=True), "ecs_ram_role")
    refuse_alibaba(check, "EcsRamRole: no such role", ecs_role(role_name="other"), "404")


# ---- Huawei Cloud ---------------------------------------------------------------------------------------------------------------


def forget_look_ups() -> None:
    """The SDK remembers project and account of a key's id, and each sandbox hands out the same ids."""
    for credentials in (BasicCredentials, GlobalCredentials):
        credentials._CACHE.clear()


def use_huawei(check: Checks, cloud: Cloud, name: str, provider: type) -> None:
    """The provider gets keys, the SDK finds project and account with them, and its clients call."""
    forget_look_ups()
    region = Region(REGION, cloud.url)
    factory = ClientBuilder(DataArtsStudioClient).with_credentials(provider.get_basic().get_credentials()).with_region(region).build()
    check.equal(f"{name}: the project", factory.get_credentials().project_id, PROJECT)
    check.equal(f"{name}: the keys work", package(factory, PACKAGES[0]).release_package.deploy_status, 1)
    builder = ClientBuilder(CodeArtsPipelineClient, "GlobalCredentials").with_credentials(provider.get_global().get_credentials())
    extensions = builder.with_region(region).build()
    check.equal(f"{name}: the account", extensions.get_credentials().domain_id, DOMAIN)
    check.equal(f"{name}: the keys work with CodeArts", plugin_attribution(extensions), "draft")


def refuse_huawei(check: Checks, cloud: Cloud, name: str, provider: type, code: str) -> None:
    forget_look_ups()
    try:
        builder = ClientBuilder(DataArtsStudioClient).with_credentials(provider.get_basic().get_credentials())
        said = f"keys: {builder.with_region(Region(REGION, cloud.url)).build().get_credentials().ak}"
    except (ClientRequestException, SdkException) as error:
        said = f"{error} {getattr(error, 'error_msg', '')}"
    check.that(f"{name}: refused with {code}", code in said, said)


def oidc_variables(cloud: Cloud, agency: str = AGENCY, audience: str = "sts.huaweicloud.com") -> dict:
    return {
        "HUAWEICLOUD_OIDC_PROVIDER_URN": PROVIDER_URN,
        "HUAWEICLOUD_OIDC_AGENCY_URN": agency,
        "HUAWEICLOUD_OIDC_TOKEN_FILE": cloud.token_file(audience),
    }


def huawei_oidc(check: Checks, cloud: Cloud) -> None:
    with variables(**oidc_variables(cloud)):
        use_huawei(check, cloud, "OIDC STS", OidcStsCredentialProvider)
    with variables(**oidc_variables(cloud, CLOSED_AGENCY)):
        refuse_huawei(check, cloud, "OIDC STS: an agency that does not trust", OidcStsCredentialProvider, "STS5.1001")
    with variables(**oidc_variables(cloud, audience="sts.aliyuncs.com")):
        refuse_huawei(check, cloud, "OIDC STS: another audience", OidcStsCredentialProvider, "STS5.2001")


def huawei_federation(check: Checks, cloud: Cloud) -> None:
    file = cloud.token_file("sts.huaweicloud.com")
    with variables(HUAWEICLOUD_SDK_IDP_ID=IDP, HUAWEICLOUD_SDK_ID_TOKEN_FILE=file):
        use_huawei(check, cloud, "federation", EnvCredentialProvider)
    with variables(HUAWEICLOUD_SDK_IDP_ID="other", HUAWEICLOUD_SDK_ID_TOKEN_FILE=file):
        refuse_huawei(check, cloud, "federation: no such provider", EnvCredentialProvider, "requires authentication")


def huawei_keys(check: Checks, cloud: Cloud) -> None:
    """Nothing is exchanged, but project and account are looked up."""
    with variables(HUAWEICLOUD_SDK_AK=HUAWEI.id, HUAWEICLOUD_SDK_SK=HUAWEI.secret):
        use_huawei(check, cloud, "keys", EnvCredentialProvider)
    with variables(HUAWEICLOUD_SDK_AK=HUAWEI.id, HUAWEICLOUD_SDK_SK=misspelt(HUAWEI, 3).secret):
        refuse_huawei(check, cloud, "keys: a wrong secret", EnvCredentialProvider, "APIGW.0301")


def huawei_metadata(check: Checks, cloud: Cloud) -> None:
    use_huawei(check, cloud, "metadata", MetadataCredentialProvider)


# ---- other ways of the same services --------------------------------------------------------------------------------------------


def strangers(check: Checks, cloud: Cloud) -> None:
    """The CI system's tokens are of a repository that no role and no agency trusts."""
    refuse_alibaba(check, "OIDC: another subject", oidc_role(cloud), "There is no permission")
    with variables(**oidc_variables(cloud)):
        refuse_huawei(check, cloud, "OIDC STS: another subject", OidcStsCredentialProvider, "STS5.1001")


def token_in_body(check: Checks, cloud: Cloud) -> None:
    """Python's provider has the token in the URL. That passes only where the sandbox is asked to let it."""
    refuse_alibaba(check, "OIDC: a token in the URL", oidc_role(cloud), "InvalidParameter")


def hardened(check: Checks, cloud: Cloud) -> None:
    use_alibaba(check, cloud, "EcsRamRole, hardened", ecs_role(role_name=ECS_ROLE), "ecs_ram_role")
    use_huawei(check, cloud, "metadata, hardened", MetadataCredentialProvider)


def without_tokens(check: Checks, cloud: Cloud) -> None:
    use_alibaba(check, cloud, "EcsRamRole, no tokens", ecs_role(role_name=ECS_ROLE), "ecs_ram_role")
    refuse_alibaba(check, "EcsRamRole: no tokens, but one is wanted", ecs_role(role_name=ECS_ROLE, disable_imds_v1=True), "404")
    use_huawei(check, cloud, "metadata, no tokens", MetadataCredentialProvider)


def without_role(check: Checks, cloud: Cloud) -> None:
    refuse_alibaba(check, "EcsRamRole: the server has no role", ecs_role(), "404")
    refuse_huawei(check, cloud, "metadata: the server has no agency", MetadataCredentialProvider, "Please configure Cloud Service Agency first")


def stale_token(check: Checks, cloud: Cloud) -> None:
    use_huawei(check, cloud, "metadata: the token is stale", MetadataCredentialProvider)


# ---- all of it ------------------------------------------------------------------------------------------------------------------

Scenario = Callable[[Checks, Cloud], None]

LENIENT = ("--sts", "token-in-url")
ANYWHERE: tuple[tuple[tuple[str, ...], tuple[Scenario, ...]], ...] = (
    (LENIENT, (alibaba_role, alibaba_oidc, alibaba_uri, huawei_oidc, huawei_federation, huawei_keys)),
    ((*LENIENT, "--subject", STRANGER), (strangers,)),
    ((), (token_in_body,)),
)
WITH_ADDRESSES: tuple[tuple[tuple[str, ...], tuple[Scenario, ...]], ...] = (
    ((), (alibaba_metadata, huawei_metadata)),
    (("--metadata", "required-token"), (hardened,)),
    (("--metadata", "no-token"), (without_tokens,)),
    (("--metadata", "no-role"), (without_role,)),
    (("--fault", "GetSecurityKey 1: error 401 unauthorized", "--fault", "GetSecurityKey 3: error 401 unauthorized"), (stale_token,)),
)


def run(check: Checks, binary: str, options: tuple[str, ...], scenarios: tuple[Scenario, ...]) -> list[str]:
    """The log of the scenarios' sandbox."""
    log: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sandbox(binary, check, log, "--tls", folder, *options) as clouds:
        cloud = Cloud(clouds.plain, folder)
        places = {
            "SSL_CERT_FILE": f"{folder}/ca.pem",
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": cloud.url,
            "HUAWEICLOUD_SDK_STS_ENDPOINT": cloud.url,
        }
        with variables(**places):
            for scenario in scenarios:
                try:
                    scenario(check, cloud)
                except Exception as error:  # A provider may raise anything at all over an answer that it cannot read.
                    check.fail(f"{scenario.__name__} ended early", f"{type(error).__name__}: {error}")
    return log


def served() -> set[str]:
    """The requests for credentials that the sandbox serves, by its own source."""
    source = Path(__file__).parent.parent / "sandbox/src"
    files = ("alibaba/sts/mod.rs", "huawei/keyless/mod.rs", "metadata/mod.rs", "identity/mod.rs")
    text = "".join((source / file).read_text() for file in files)
    lists = re.findall(r"(?:ACTIONS|OPERATIONS): \[&str; \d+\] =\s*\[(.*?)\]", text, re.DOTALL)
    return set(re.findall(r'"(\w+)"', "".join(lists))) | set(re.findall(r'OPERATION: &str = "(\w+)"', text))


def check_coverage(check: Checks, log: list[str]) -> None:
    """Every request was accepted from a provider, as the sandboxes themselves logged it."""
    accepted = {found[1] for line in log if (found := re.fullmatch(r"\S+ [A-Z]+ (\w+) 20[01] \S* ?accepted.*\n", line))}
    check.that("served, and known to be", len(served()) > 10, served())
    check.equal("served but never accepted", sorted(served() - accepted), [])


def enter_namespace(arguments: list[str]) -> int | None:
    """Runs this script in a network namespace of its own; none where the system permits none."""
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2")):
        if not shutil.which(program):
            sys.exit(f"`{program}` is missing: install {package}")
    for namespace in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
        if subprocess.run([*namespace, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0:
            return subprocess.run([*namespace, sys.executable, *arguments, INSIDE]).returncode
    return None


def put_addresses_on_loopback() -> None:
    for command in (["link", "set", "lo", "up"], *(["addr", "add", f"{address}/32", "dev", "lo"] for address in METADATA_ADDRESSES)):
        subprocess.run(["ip", *command], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sandbox", help="the sandbox's binary")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    binary = os.path.abspath(arguments.sandbox)
    if not arguments.inside:
        status = enter_namespace(["-B", os.path.abspath(__file__), binary])
        if status is not None:
            return status
        print("this system permits no network namespace: the metadata services, which have fixed addresses, are left out")
    forget_proxies()
    # Alibaba Cloud's providers log each refusal that is meant here.
    logging.disable()
    check = Checks()
    if arguments.inside:
        put_addresses_on_loopback()
    log: list[str] = []
    for options, scenarios in ANYWHERE:
        log += run(check, binary, options, scenarios)
    if arguments.inside:
        listening = [part for address in METADATA_ADDRESSES for part in ("--metadata-address", f"{address}:80")]
        for options, scenarios in WITH_ADDRESSES:
            log += run(check, binary, (*listening, *options), scenarios)
        check_coverage(check, log)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
