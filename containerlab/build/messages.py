"""The engine's answer to a build: JSON messages, one a line, however the network cuts them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

CUT = "The engine's answer ends in the middle of a message: the log is incomplete."


class AnswerCut(ValueError):
    """The last message has no end; its text is the course's sentence about it."""


def messages(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Every message, as soon as it is whole; AnswerCut where the answer ends within one.

    A line end never stands inside a message (JSON escapes it), so bytes are cut there before they are read as UTF-8.
    """
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n") if b"\n" in chunk else None
        if lines is None:
            rest += chunk
            continue
        rest = lines.pop()
        for line in lines:
            if message := _read(line):
                yield message
    if rest.strip():
        message = _read(rest)
        if message is None:
            raise AnswerCut(CUT)
        yield message


def _read(line: bytes) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        found = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def error_of(message: dict[str, Any]) -> tuple[str, int | None] | None:
    """The text and the exit code of an error message; None for any other."""
    detail = message.get("errorDetail")
    text = message.get("error") or (detail.get("message") if isinstance(detail, dict) else None)
    if text is None:
        return None
    code = detail.get("code") if isinstance(detail, dict) else None
    return str(text).strip(), int(code) if isinstance(code, int) and code else None


def progress_of(message: dict[str, Any]) -> str | None:
    """A line of a pull: what the engine says of one layer; None for a message of another kind."""
    if "status" not in message:
        return None
    parts = [str(message.get("id") or ""), str(message["status"]), str(message.get("progress") or "")]
    return " ".join(part for part in parts if part)


def image_of(message: dict[str, Any]) -> str | None:
    aux = message.get("aux")
    return str(aux["ID"]) if isinstance(aux, dict) and aux.get("ID") else None
