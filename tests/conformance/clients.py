"""The vendors' own SDK clients of one URL."""

from __future__ import annotations

import os
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import huaweicloudsdkcodeartspipeline.v2 as pipeline
import huaweicloudsdkdataartsstudio.v1 as studio
import huaweicloudsdkdgc.v1 as dgc
from alibabacloud_computenestsupplier20210521.client import Client as NestClient
from alibabacloud_dcdn20180115.client import Client as DcdnClient
from alibabacloud_tea_openapi.models import Config
from huaweicloudsdkcore.auth.credentials import BasicCredentials


class Key(NamedTuple):
    id: str
    secret: str
    token: str | None = None


class Clients:
    """Makes clients of the five services; all of them talk to one host."""

    def __init__(self, url: str) -> None:
        self.url, self.host = url, urlsplit(url).netloc

    def alibaba(self, client: type, key: Key) -> Any:
        return client(Config(
            access_key_id=key.id, access_key_secret=key.secret, security_token=key.token,
            endpoint=self.host, protocol="http", region_id="cn-hangzhou",
        ))  # fmt: skip

    def huawei(self, client: type, key: Key, project: str | None) -> Any:
        credentials = BasicCredentials(key.id, key.secret, project)
        if key.token:
            credentials = credentials.with_security_token(key.token)
        return client.new_builder().with_credentials(credentials).with_endpoint(self.url).build()

    def nest(self, key: Key) -> NestClient:
        return self.alibaba(NestClient, key)

    def dcdn(self, key: Key) -> DcdnClient:
        return self.alibaba(DcdnClient, key)

    def studio(self, key: Key, project: str) -> studio.DataArtsStudioClient:
        return self.huawei(studio.DataArtsStudioClient, key, project)

    def dgc(self, key: Key, project: str) -> dgc.DgcClient:
        return self.huawei(dgc.DgcClient, key, project)

    def pipeline(self, key: Key, project: str | None = None) -> pipeline.CodeArtsPipelineClient:
        return self.huawei(pipeline.CodeArtsPipelineClient, key, project)


def forget_proxies() -> None:
    """The SDKs would ask a proxy for the way to this machine itself."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
