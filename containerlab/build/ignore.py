""".dockerignore: which paths stay out of the context (moby/patternmatcher)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable


class Ignore:
    """Patterns in order; the last one that matches decides. ``!`` takes a path back in."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = [rule for line in lines if (rule := _rule(line))]
        self._takes_back = any(negated for negated, _ in self._rules)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def excludes(self, path: str) -> bool:
        """``path`` is relative, with slashes. A pattern that matches a folder matches all below it."""
        parents = [path]
        while "/" in parents[-1]:
            parents.append(parents[-1].rpartition("/")[0])
        out = False
        for negated, pattern in self._rules:
            if negated == out and any(pattern.fullmatch(one) for one in parents):
                out = not negated
        return out

    def can_skip(self, folder: str) -> bool:
        """True where nothing below the folder can be in the context."""
        return not self._takes_back and self.excludes(folder)


def read(text: str) -> Ignore:
    return Ignore(text.removeprefix("\ufeff").splitlines())


def _rule(line: str) -> tuple[bool, re.Pattern[str]] | None:
    if line.startswith("#"):
        return None
    pattern = line.strip()
    negated = pattern.startswith("!")
    if negated:
        pattern = pattern[1:].strip()
    if not pattern:
        return None
    pattern = posixpath.normpath(pattern)
    if len(pattern) > 1:
        pattern = pattern.lstrip("/")
    return negated, re.compile(regex(pattern), re.S)


def regex(pattern: str) -> str:
    """Go's filepath.Match syntax plus ``**`` as a regular expression."""
    out = ""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*" and pattern.startswith("*", index):
            index += 1
            if pattern.startswith("/", index):
                index += 1
            out += ".*" if index >= len(pattern) else "(?:.*/)?"
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "\\" and index < len(pattern):
            out += re.escape(pattern[index])
            index += 1
        elif char == "[" and (end := pattern.find("]", index + 1)) > 0:
            inner = pattern[index:end].replace("[", r"\[")
            out += f"[{inner}]"
            index = end + 1
        else:
            out += re.escape(char)
    return out
