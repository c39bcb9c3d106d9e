#!/usr/bin/env python3
"""Random signing vectors, made by the vendors' own signers, for tests/vectors.rs.

    vectors.py FOLDER [--seed S] [--count N]

They hold what no call of release-step has today and a signer must still get right: repeated and padded headers, names with `_`, paths with escapes,
queries in any order. FOLDER is made anew; `VECTORS=FOLDER cargo test --test vectors` compares this project's signers with it, stage by stage.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import string
import sys
import time
from pathlib import Path
from urllib.parse import quote

from material import LETTERS_DIGITS, chars, hard, identifier

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "vectors"))
from make import acs3, sdk_hmac  # noqa: E402


def lettered(rng: random.Random, name: str) -> str:
    """The same header name in some letter case."""
    return rng.choice((name, name.lower(), name.upper(), name.title()))


def padded(rng: random.Random, value: str) -> str:
    return rng.choice(("", "", " ", "\t ")) + value + rng.choice(("", "", "  "))


def host(rng: random.Random) -> str:
    return chars(rng, string.ascii_lowercase, 1, 20) + rng.choice((".aliyuncs.com", ".myhuaweicloud.com", ":8443"))


def key(rng: random.Random) -> dict:
    return {"access_key_id": chars(rng, LETTERS_DIGITS, 16, 24), "access_key_secret": chars(rng, LETTERS_DIGITS + "+/=~-_.", 24, 40)}


def body(rng: random.Random) -> str:
    return rng.choice(("", hard(rng), json.dumps({hard(rng): [hard(rng), 1, None]}, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1)))))


def alibaba(rng: random.Random) -> dict:
    """One value a name in the query, and safe names: the vendor's signer takes a map, and does not encode names."""
    query = {identifier(rng, 12): rng.choice(("", hard(rng))) for _ in range(rng.randint(0, 6))}
    headers = {lettered(rng, "host"): host(rng), lettered(rng, "x-acs-date"): "2026-01-02T03:04:05Z"}
    for name in (f"x-acs-{identifier(rng, 8)}" for _ in range(rng.randint(0, 5))):
        # The same name in two letter cases is the same header sent twice.
        for spelling in {name, lettered(rng, name)}:
            headers[spelling] = padded(rng, hard(rng, 40))
    return {
        "vendor": "alibaba", "algorithm": "ACS3-HMAC-SHA256", **key(rng), "method": rng.choice(("GET", "POST")), "host": "", "path": rng.choice(("/", "/a/b%20c")),
        "query": list(query.items()), "headers": rng.sample(list(headers.items()), len(headers)), "body": body(rng),
    }  # fmt: skip


def huawei(rng: random.Random) -> dict:
    """No header name twice: the vendor's signer takes a map. No `/` inside a segment of the path: the signer would take it for the end of the segment."""
    names = [rng.choice(("limit", "offset", hard(rng, 12))) for _ in range(rng.randint(0, 6))]
    segments = [quote(hard(rng, 12).replace("/", "-"), safe=rng.choice(("", "+*'(),:@"))) for _ in range(rng.randint(1, 4))]
    headers = {"x-sdk-date": "20260102T030405Z", "host": host(rng)}
    if rng.random() < 0.7:
        headers["content-type"] = rng.choice(("application/json", "application/json;charset=utf-8"))
    for _ in range(rng.randint(0, 5)):
        headers[f"x-{identifier(rng, 8)}".lower()] = padded(rng, hard(rng, 40))
    headers = {{"content-type": "Content-Type", "x-sdk-date": "X-Sdk-Date"}.get(name) or lettered(rng, name): value for name, value in headers.items()}
    return {
        "vendor": "huawei", "algorithm": "SDK-HMAC-SHA256", **key(rng), "method": rng.choice(("GET", "POST")), "host": "",
        "path": "/" + "/".join(segments) + rng.choice(("", "", "/")), "query": [(name, rng.choice(("", "10", "2", hard(rng)))) for name in names],
        "headers": rng.sample(list(headers.items()), len(headers)), "body": body(rng),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", default=str(time.time_ns()))
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    for number in range(options.count):
        rng = random.Random(f"{options.seed}/vector/{number}")
        make, sign = rng.choice(((alibaba, acs3), (huawei, sdk_hmac)))
        case = make(rng)
        place = options.folder / f"{number}-{case['vendor']}"
        place.mkdir(parents=True)
        for name, text in (sign(case) | {"context.json": json.dumps(case)}).items():
            (place / name).write_bytes(text.encode())
    print(f"seed {options.seed}, {options.count} vectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
