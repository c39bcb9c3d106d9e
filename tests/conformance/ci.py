"""Readers of what CI systems take from a step, each by that system's own rules."""

from __future__ import annotations

import collections
import re

from wire import complaints

DOTENV_BYTES, DOTENV_VARIABLES = 5120, 20


def read_github(text: str) -> tuple[dict[str, str], set[str]]:
    """$GITHUB_OUTPUT by the grammar of the runner's FileCommandManager on Linux (only LF ends a line), and its delimiters."""
    found: dict[str, str] = {}
    delimiters = set()
    at = 0

    def line() -> tuple[str | None, bool]:
        nonlocal at
        if at >= len(text):
            return None, False
        start, end = at, text.find("\n", at)
        at = len(text) if end < 0 else end + 1
        return (text[start:], False) if end < 0 else (text[start:end], True)

    while (head := line()[0]) is not None:
        if not head:
            continue
        equals, heredoc = head.find("="), head.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = head.split("<<", 1)
            if not name or not delimiter:
                raise ValueError(f"invalid format {head!r}")
            delimiters.add(delimiter)
            start = end = at
            row, ended = line()
            while row != delimiter:
                if row is None or not ended:
                    raise ValueError(f"delimiter {delimiter!r} not found")
                end = at - 1
                row, ended = line()
            found[name] = text[start:end]
        elif equals > 0:
            name, found[name] = head.split("=", 1)
        else:
            raise ValueError(f"invalid format {head!r}")
    return found, delimiters


RUBY_BLANKS = "\0\t\n\v\f\r "
EXPANDED = re.compile(r"\$|%[A-Za-z_][A-Za-z0-9_]*%")  # GitLab's ExpandVariables: $NAME, ${NAME}, %NAME%; the contract: any $


def read_dotenv(data: bytes) -> dict[str, str]:
    """A dotenv report by the rules of GitLab's ParseDotenvArtifactService, with the limits of a self-managed GitLab."""
    if len(data) >= DOTENV_BYTES:
        raise ValueError(f"{len(data)} bytes: too big")
    rows = data.decode().split("\n")
    rows = rows[:-1] if rows[-1] == "" else rows
    if len(rows) > DOTENV_VARIABLES:
        raise ValueError(f"{len(rows)} variables: too many")
    found = {}
    for row in rows:
        name, equals, value = row.partition("=")
        name, value = name.strip(RUBY_BLANKS), value.strip(RUBY_BLANKS)
        if not equals or not re.fullmatch(r"[A-Za-z0-9_]{1,255}", name):
            raise ValueError(f"invalid format {row!r}")
        if EXPANDED.search(value):
            raise ValueError(f"{name} would be expanded: {value!r}")
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = value
    return found


def dotenv_carries(value: str) -> bool | None:
    """Whether a value can stand in a dotenv report; None where leaving it out is as right."""
    if "\n" in value or EXPANDED.search(value) or value.strip(RUBY_BLANKS) != value:
        return False
    return None if value.strip() != value or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", value) else True


def read_properties(data: bytes) -> dict[str, str]:
    """Java's Properties.load(InputStream), which Jenkins' readProperties calls: ISO 8859-1, escapes, logical lines."""
    found = {}
    for row in re.findall(r"(?:[^\r\n\\]|\\(?:\r\n|[\s\S]))+", data.decode("latin-1")):
        row = re.sub(r"\\(?:\r\n|\r|\n)[ \t\f]*", "", row.lstrip(" \t\f"))
        if row and row[0] not in "#!":
            name, value = re.fullmatch(r"((?:[^\\ \t\f=:]|\\[\s\S])*)(?:[ \t\f]*[=:]?[ \t\f]*)([\s\S]*)", row).groups()
            found[unescape(name)] = unescape(value)
    return found


def unescape(text: str) -> str:
    """Java's escapes; \\uXXXX are UTF-16 units."""
    plain = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
    units = re.sub(r"\\(?:u([0-9A-Fa-f]{4})|([\s\S]))", lambda m: chr(int(m[1], 16)) if m[1] else plain.get(m[2], m[2]), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


COMMANDS = {"group", "endgroup", "error", "warning", "notice", "debug"}


def check_commands(stdout: str, stderr: str) -> list[str]:
    """What GitHub's runner would take for a command: it reads both streams, trims, ends a line at CR too, and finds ##[ anywhere."""
    problems, seen = [], collections.Counter()
    for stream, text in (("stdout", stdout), ("stderr", stderr)):
        for row in re.split(r"\r\n|\r|\n", text):
            command = re.match(r"::([A-Za-z-]+)( [^\n]*?)?::", row.lstrip())
            if command and stream == "stdout" and command[1] in COMMANDS:
                seen[command[1]] += 1
            elif row.lstrip().startswith("::") or "##[" in row:
                problems.append(f"a workflow command on {stream}: {row!r}")
            elif row.strip() and stream == "stdout":
                problems.append(f"not a workflow command on stdout: {row!r}")
    return problems + complaints((seen["error"] == 0, "::error:: on success"), (seen["warning"] <= 1, "more than one ::warning::"))
