"""The vendors' own signer classes as judges of a request that came over the wire."""

from __future__ import annotations

import calendar
import hashlib
import re
import threading
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

from alibabacloud_tea_openapi.utils import Utils as AlibabaSigner
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer as HuaweiSigner

from cases import ALIBABA, Case
from wire import Received, complaints

NONCES: set[str] = set()
NONCES_LOCK = threading.Lock()


def near_now(text: str, form: str) -> bool:
    return abs(calendar.timegm(time.strptime(text, form)) - time.time()) < 15 * 60


def verify(case: Case, got: Received) -> list[str]:
    """What is wrong with a request's authorisation, by the vendor's own reckoning."""
    return (verify_alibaba if case.operation in ALIBABA else verify_huawei)(case, got)


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
    with NONCES_LOCK:
        nonce = got.headers.get("x-acs-signature-nonce")
        fresh = nonce is not None and nonce not in NONCES
        NONCES.add(nonce)
    return complaints(
        (expected == got.headers["authorization"], f"the vendor's signer says {expected!r}, sent {got.headers['authorization']!r}"),
        (must <= set(signed), f"sent but not signed: {sorted(must - set(signed))}"),
        (got.headers.get("x-acs-content-sha256") == payload, "x-acs-content-sha256 is not the body's"),
        (len(dict(pairs)) == len(pairs), "a query parameter twice"),
        (got.headers.get("x-acs-security-token") == token, "x-acs-security-token is not the one given"),
        (got.headers.get("x-acs-accesskey-id") == (key if token else None), "x-acs-accesskey-id is not the temporary key's"),
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
