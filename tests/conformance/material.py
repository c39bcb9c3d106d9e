"""Random material: values of hard characters, their spellings, and JSON as servers write it. All of it follows from one generator."""

from __future__ import annotations

import json
import random
import re
import string

LETTERS_DIGITS = string.ascii_letters + string.digits

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


# What a run is refused for: a value that was never filled in, a number that lost its digits, a URL with a login; in a list also an item
# that looks like several, or has quotes.
UNFILLED = re.compile(
    r"""\s*(null|undefined|\[object Object\]|\[MASKED\]|\*{3,}|(\$|\$env:)[A-Za-z_]\w*|\$\{[^{}()% ]+\}|\$\([^{}()% ]+\)|%[A-Za-z_]\w*%|\{\{.*\}\}"""
    r"""|[-+]?[\d.]+[eE][-+]?\d+|".*"|'.*'|“.*”|‘.*’)\s*|.*(\$\{\{.*\}\}|\$\[\[.*\]\]).*""",
    re.S | re.A,
)
LOGIN = re.compile(r"://\S*@")
NO_ITEM = re.compile(r"""[，、;；"'“”‘’]""")


def is_taken(text: str) -> bool:
    return not UNFILLED.fullmatch(text) and not LOGIN.search(text)


def value(rng: random.Random, most: int = 256) -> str:
    """Hard text that is a value: no one forgot to fill it in, and no login is in it."""
    return next(text for text in iter(lambda: hard(rng, most), None) if is_taken(text))


def item(rng: random.Random, most: int) -> str:
    """Hard text that is one item of a list."""
    return next(text for text in iter(lambda: value(rng, most), None) if not NO_ITEM.search(text))


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


def spell_list(rng: random.Random, items: list[str], tags: list[str]) -> str:
    """One of the spellings of a list that can carry these items."""
    ways = ["json"]
    # A dash before an item is YAML's, and is dropped.
    if not any("," in item or f"{item} ".startswith("- ") for item in items) and items[0][0] not in "[{":
        ways += ["lines", "commas"]
    if all(re.fullmatch(r"0|[1-9][0-9]{0,18}", item) for item in items):
        ways.append("numbers")
    way = rng.choice(ways)
    tags.append(f"list:{way}")
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


def doubled(rng: random.Random, items: list[str]) -> list[str]:
    """The same list, at times with an item twice: doubles are removed, the first stays."""
    return items + [rng.choice(items)] if rng.random() < 0.07 else items


def unique(rng: random.Random, draw, low: int, high: int) -> list[str]:
    wanted = rng.randint(low, high)
    found: dict[str, None] = {}
    while len(found) < wanted:
        found[draw()] = None
    return list(found)
