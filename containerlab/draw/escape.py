"""Every escape of every drawing: text into HTML, text into Graphviz labels, and what the eye must not miss.

Strings from an engine are never trusted. ``element`` escapes each child that is not ``Html`` already, so that a
drawing cannot forget to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape as _escape
from typing import Any

# Controls, soft hyphen, bidi controls, zero-width, invisible operators, tags, lone surrogates. Tab and newline stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_NAMES = frozenset(
    {"b", "br", "button", "code", "dd", "div", "dl", "dt", "em", "i", "kbd", "li", "ol", "p", "pre", "span"}
    | {"table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_ATTRIBUTES = frozenset(
    {"class", "colspan", "hidden", "reversed", "role", "scope", "start", "style", "tabindex", "title", "type"}
)
_STYLE = re.compile(r"--cl-[a-z]+:-?[0-9.]+(px|%|s)?(;--cl-[a-z]+:-?[0-9.]+(px|%|s)?)*")


class Html(str):
    """Markup in which every foreign string is escaped already."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def _mark(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"⟨U+{code:04X}⟩"


def visible(value: object) -> str:
    """The text with everything that hides, reorders or controls shown as a mark; tabs and newlines stay."""
    return _HIDDEN.sub(_mark, str(value))


def one_line(value: object, limit: int = 400) -> str:
    """``visible`` on one line, cut with an ellipsis where it is longer than ``limit`` characters."""
    text = visible(" ".join(str(value)[: 4 * limit].split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def log_line(value: object, limit: int = 2000) -> str:
    """A line of output: colours dropped, other escapes shown, cut with a count of what was cut."""
    text = visible(_COLOUR.sub("", str(value)).rstrip("\r\n").replace("\r", "\n"))
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text) - limit} more characters)"


def text(value: object) -> Html:
    """Any value as literal text in HTML, in an element or in a quoted attribute."""
    told = str(value)
    return _short(told) if len(told) < 40 else _escaped(told)


def _escaped(told: str) -> Html:
    return Html(_escape(visible(told), quote=True))


_short = lru_cache(maxsize=2048)(_escaped)  # a picture says "cl-slab" and "created" hundreds of times


def join(parts: Iterable[object], between: object = "") -> Html:
    """Children one after the other; what is not ``Html`` is escaped, None is left out."""
    return Html(_child(between).join(_child(part) for part in parts if part is not None))


def _child(part: object) -> str:
    if isinstance(part, Html):
        return part
    if isinstance(part, (list, tuple)):
        return join(part)
    return "" if part is None else text(part)


@cache
def _attribute(key: str) -> str:
    """The attribute's name in HTML; ValueError for one that drawings do not have."""
    name = key.rstrip("_").replace("_", "-")
    if name not in _ATTRIBUTES and not name.startswith(("aria-", "data-")):
        raise ValueError(f"drawings have no attribute {name}")
    return name


def element(name: str, *children: object, **attributes: Any) -> Html:
    """``element("li", "a < b", class_="x", data_pick=1, aria_label="…")``; None and False leave an attribute out.

    Only the names that drawings need exist: no link, no script, no event handler, no style but numbers in variables.
    """
    if name not in _NAMES:
        raise ValueError(f"drawings have no <{name}>")
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = _attribute(key)
        if key == "style" and not _STYLE.fullmatch(value):
            raise ValueError(f"drawings style by numbers only, not {value!r}")
        written.append(key if value is True else f'{key}="{text(value)}"')
    inner = "".join(_child(child) for child in children)
    return Html(f"<{' '.join(written)}>" if name == "br" else f"<{' '.join(written)}>{inner}</{name}>")


_DOT = {ord(char): f"&#{ord(char)};" for char in "{}|<>\"'"} | {ord("&"): "&amp;", ord("\\"): "&#92;&#92;"}


def dot_text(value: object, limit: int = 120) -> str:
    """Literal text inside a Graphviz record label: nothing ends the label, opens a field, or stands for a name."""
    return one_line(value, limit).translate(_DOT)
