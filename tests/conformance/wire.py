"""Requests as they came, and their decoding: strict, so that nothing slips through twice or half."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    protocol: str = "HTTP/1.1"
    release: bool = False  # the release call itself, no question before or after it
    problems: list[str] = field(default_factory=list)

    def query(self) -> list[tuple[str, str]]:
        return decode_pairs(urlsplit(self.target).query)


def decode_pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []


def complaints(*claims: tuple[bool, str]) -> list[str]:
    return [text for holds, text in claims if not holds]


def distinct(pairs: list[tuple[str, object]]) -> dict:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)
