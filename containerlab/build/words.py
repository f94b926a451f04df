"""A Dockerfile line cut into words: white space, quotes, JSON arrays, flags and heredoc marks.

The rules are BuildKit's (frontend/dockerfile/parser/line_parsers.go, split_command.go; shell/lex.go for quotes).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_HEREDOC = re.compile(r"^(\d*)<<(-?)([^<]+)$")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """``<<NAME`` and the lines up to NAME. ``expand`` is False where the name was quoted; ``chomp`` for ``<<-``."""

    name: str
    content: str
    expand: bool = True
    chomp: bool = False
    fd: int = 0


class NotStrings(ValueError):
    """A JSON array that holds something else than strings."""


class OpenQuote(ValueError):
    """A quote that nothing closes."""


def split(text: str) -> tuple[str, ...]:
    """Words between white space; quotes mean nothing (COPY, EXPOSE and the like)."""
    return tuple(text.split())


def quoted_words(text: str, escape: str = "\\", strict: bool = False) -> tuple[str, ...]:
    """Words between white space that is neither quoted nor escaped; quotes and escapes stay in the words.

    With ``strict``, OpenQuote for a quote without its end; else the word goes to the end of the text.
    """
    words: list[str] = []
    word = ""
    quote = ""
    begun = False
    index = 0
    while index < len(text):
        char = text[index]
        if quote:
            word += char
            if char == quote:
                quote = ""
            elif char == escape and quote == '"' and index + 1 < len(text):
                index += 1
                word += text[index]
        elif char.isspace():
            if begun:
                words.append(word)
                word, begun = "", False
        else:
            begun = True
            word += char
            if char in "'\"":
                quote = char
            elif char == escape and index + 1 < len(text):
                index += 1
                word += text[index]
        index += 1
    if quote and strict:
        raise OpenQuote(quote)
    if begun:
        words.append(word)
    return tuple(words)


def unquoted(word: str, escape: str = "\\") -> str:
    """The word without its quotes and escapes."""
    plain = ""
    quote = ""
    index = 0
    while index < len(word):
        char = word[index]
        if quote == "'" and char != "'":
            plain += char
        elif char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif char == escape and index + 1 < len(word):
            index += 1
            plain += word[index] if not quote or word[index] in f'"${escape}' else escape + word[index]
        else:
            plain += char
        index += 1
    return plain


def json_strings(text: str) -> tuple[str, ...] | None:
    """The strings of a JSON array; None where the text is no JSON array (then it is a shell's line)."""
    text = text.strip()
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not all(isinstance(item, str) for item in found):
        raise NotStrings(text)
    return tuple(found)


def flags_and_rest(text: str) -> tuple[tuple[str, ...], str]:
    """The ``--flags`` that lead, and what follows them. A bare ``--`` ends the flags."""
    flags: list[str] = []
    rest = text.lstrip()
    while rest.startswith("--"):
        end = _flag_end(rest)
        word = rest[:end]
        if word == "--":
            return tuple(flags), rest[end:].lstrip()
        flags.append(word)
        rest = rest[end:].lstrip()
    return tuple(flags), rest


def _flag_end(text: str) -> int:
    """Where the first word ends; an escaped or quoted blank does not end it (split_command.go)."""
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        if quote:
            if char == quote:
                quote = ""
            elif char == "\\":
                index += 1
        elif char in "'\"":
            quote = char
        elif char == "\\":
            index += 1
        elif char.isspace():
            return index
        index += 1
    return len(text)


def heredoc_marks(text: str, escape: str = "\\") -> tuple[Heredoc, ...]:
    """The heredocs that a line opens, in order, without content yet."""
    marks = []
    for word in quoted_words(text, escape, strict=True):
        if match := _HEREDOC.match(word):
            name = unquoted(match[3], escape)
            marks.append(Heredoc(name, "", name == match[3], match[2] == "-", int(match[1] or 0)))
    return tuple(marks)
