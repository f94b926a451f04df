"""Variables in an instruction's words, as both builders fill them in (BuildKit, frontend/dockerfile/shell/lex.go).

Only the plain forms are known here; for anything else ``sure`` is False, and the oracle then says that it doesn't know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?:(:[-+])([^{}$\\'\"]*))?\}")


@dataclass(frozen=True, slots=True)
class Expanded:
    text: str
    sure: bool = True


def expand(word: str, variables: Mapping[str, str], escape: str = "\\") -> Expanded:
    """The word without its quotes and with its variables filled in; an unset variable is empty."""
    if not any(mark in word for mark in ("$", "'", '"', escape)):
        return Expanded(word)
    out: list[str] = []
    sure = True
    quote = ""
    at = 0
    while at < len(word):
        char = word[at]
        if quote == "'":
            if char == "'":
                quote = ""
            else:
                out.append(char)
        elif char == "'" and not quote:
            quote = "'"
        elif char == '"':
            quote = "" if quote else '"'
        elif char == escape and at + 1 < len(word):
            following = word[at + 1]
            out.append(following if not quote or following in f'"${escape}' else char + following)
            at += 1
        elif char == "$":
            value, length, known = _variable(word[at + 1 :], variables)
            out.append(value)
            sure = sure and known
            at += length
        else:
            out.append(char)
        at += 1
    return Expanded("".join(out), sure and not quote)


def _variable(rest: str, variables: Mapping[str, str]) -> tuple[str, int, bool]:
    """(value, characters read after the dollar, whether the form is known)."""
    if match := _NAME.match(rest):
        return variables.get(match[0], ""), match.end(), True
    if match := _BRACED.match(rest):
        value = variables.get(match[1], "")
        if match[2] == ":-":
            value = value or match[3]
        elif match[2] == ":+":
            value = match[3] if value else ""
        return value, match.end(), True
    return "$", 0, False
