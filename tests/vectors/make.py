#!/usr/bin/env python3
"""Makes (or, with --check, compares) the stage files of every case from its context.json.

The bytes come out of the vendors' own signers, never out of this project: see README.md for the
packages and versions. Usage: make.py [--check] [CASE ...]
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from alibabacloud_tea_openapi import utils as alibaba
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

HERE = Path(__file__).resolve().parent


def acs3(case: dict) -> dict[str, str]:
    """Listens in on the two functions through which get_authorization passes its intermediate texts."""
    stages = {}
    hash_, sign_ = alibaba.Utils.hash, alibaba.signature_method

    def hash_and_keep(raw, algorithm):
        stages["canonical-request.txt"] = raw.decode()
        return hash_(raw, algorithm)

    def sign_and_keep(secret, source, algorithm):
        stages["string-to-sign.txt"] = source
        return sign_(secret, source, algorithm)

    request = SimpleNamespace(
        method=case["method"], pathname=case["path"], query=dict(case["query"]), headers=dict(case["headers"])
    )
    payload = hash_(case["body"].encode(), case["algorithm"]).hex()
    alibaba.Utils.hash, alibaba.signature_method = staticmethod(hash_and_keep), sign_and_keep
    try:
        stages["authorization.txt"] = alibaba.Utils.get_authorization(
            request, case["algorithm"], payload, case["access_key_id"], case["access_key_secret"]
        )
    finally:
        alibaba.Utils.hash, alibaba.signature_method = staticmethod(hash_), sign_
    return stages


class ListeningSigner(Signer):
    """The SDK's signer, which leaves its intermediate texts in `stages`."""

    def _process_canonical_request(self, request, signed_headers):
        text = super()._process_canonical_request(request, signed_headers)
        self.stages = {"canonical-request.txt": text}
        return text

    def _process_string_to_sign(self, canonical_request, time):
        text = super()._process_string_to_sign(canonical_request, time)
        self.stages["string-to-sign.txt"] = text
        return text


def sdk_hmac(case: dict) -> dict[str, str]:
    signer = ListeningSigner(SimpleNamespace(ak=case["access_key_id"], sk=case["access_key_secret"]))
    request = signer.sign(
        SdkRequest(
            method=case["method"],
            schema="https",
            host=case["host"],
            resource_path=case["path"],
            query_params=[tuple(pair) for pair in case["query"]],
            header_params=dict(case["headers"]),
            body=case["body"],
        )
    )
    return signer.stages | {"authorization.txt": request.header_params["Authorization"], "target.txt": request.uri}


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    names = [name for name in arguments if name != "--check"]
    folders = [HERE / name for name in names] or sorted(path.parent for path in HERE.glob("*/context.json"))
    wrong = 0
    for folder in folders:
        case = json.loads((folder / "context.json").read_text(encoding="utf-8"))
        stages = {"ACS3-HMAC-SHA256": acs3, "SDK-HMAC-SHA256": sdk_hmac}[case["algorithm"]](case)
        for name, text in stages.items():
            path, data = folder / name, text.encode()
            if check and (not path.exists() or path.read_bytes() != data):
                print(f"{folder.name}/{name}: the vendor's signer says {data!r}")
                wrong += 1
            elif not check:
                path.write_bytes(data)
    print(f"{len(folders)} cases, {wrong} differences" if check else f"{len(folders)} cases written")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
