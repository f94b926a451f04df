"""Which instructions there are and what each takes (BuildKit, frontend/dockerfile/instructions/parse.go)."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from containerlab.build import words
from containerlab.errors import DockerfileError

if TYPE_CHECKING:
    from containerlab.build.dockerfile import Instruction

KEYWORDS = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
]
JSON_FORMS = frozenset(["ADD", "COPY", "CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"])
METADATA = frozenset(
    [
        "ARG",
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "SHELL",
        "STOPSIGNAL",
        "USER",
    ]
) | {"VOLUME"}
"""Instructions that write no files: the image's config only."""

_FLAGS = {
    "ADD": "chown chmod link keep-git-dir checksum exclude unpack",
    "COPY": "chown chmod link from parents exclude",
    "FROM": "platform",
    "HEALTHCHECK": "interval timeout start-period start-interval retries",
    "RUN": "mount network security device",
}
_EXAMPLES = {
    "ADD": "ADD files.tar.gz /app/",
    "ARG": "ARG VERSION=1",
    "COPY": "COPY app.py /app/",
    "ENV": "ENV NAME=value",
    "EXPOSE": "EXPOSE 8000",
    "FROM": "FROM debian:bookworm-slim AS build",
    "HEALTHCHECK": "HEALTHCHECK CMD test -f /ready",
    "LABEL": 'LABEL title="My image"',
    "MAINTAINER": "LABEL authors=me@example.com",
    "ONBUILD": "ONBUILD COPY . /app",
    "RUN": "RUN apt-get update",
    "SHELL": 'SHELL ["/bin/bash", "-c"]',
    "STOPSIGNAL": "STOPSIGNAL SIGINT",
    "USER": "USER nobody",
    "VOLUME": "VOLUME /data",
    "WORKDIR": "WORKDIR /app",
}
_STAGE_NAME = re.compile(r"^[a-z][a-z0-9-_.]*$")


def known(keyword: str, line: int) -> None:
    """DockerfileError with the nearest word for an instruction that does not exist."""
    if keyword in KEYWORDS:
        return
    near = difflib.get_close_matches(keyword, KEYWORDS, 1, 0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Instructions are: {', '.join(KEYWORDS)}."
    raise DockerfileError(f"Line {line}: unknown instruction {keyword}.", hint, line)


def check(instruction: Instruction, first: bool) -> None:
    """DockerfileError where the instruction's arguments are not what it takes."""
    if first and instruction.keyword not in ("FROM", "ARG"):
        raise DockerfileError(
            f"Line {instruction.line}: {instruction.keyword} stands before the first FROM.",
            "Begin with a base image: FROM debian:bookworm-slim",
            instruction.line,
        )
    _check(instruction, instruction.keyword, instruction.value)


def _check(instruction: Instruction, keyword: str, value: str) -> None:
    for flag in instruction.flags if keyword != "ONBUILD" else ():
        name = flag[2:].partition("=")[0]
        taken = _FLAGS.get(keyword, "").split()
        if name not in taken:
            near = difflib.get_close_matches(name, taken, 1, 0.5)
            raise _wrong(instruction, f"{keyword} has no flag --{name}", f"Did you mean --{near[0]}?" if near else "")
    parts = instruction.json if instruction.json is not None else words.split(value)
    if keyword in ("CMD", "ENTRYPOINT"):
        return  # both may be empty: that takes away the base image's
    if keyword == "SHELL":
        if not instruction.json:
            raise _wrong(instruction, "SHELL takes the JSON form")
        return
    if not parts and not instruction.heredocs:
        raise _wrong(instruction, f"{keyword} lacks its argument")
    if keyword == "FROM":
        _check_from(instruction, parts)
    elif keyword in ("COPY", "ADD") and len(parts) < 2:
        raise _wrong(instruction, f"{keyword} takes what to copy and where to; it has one of the two")
    elif keyword in ("ENV", "LABEL"):
        _check_pairs(instruction, keyword, value)
    elif keyword == "ARG":
        _check_arg(instruction, value)
    elif keyword == "VOLUME" and not all(part.strip() for part in parts):
        raise _wrong(instruction, "VOLUME has an empty path")
    elif keyword == "HEALTHCHECK":
        _check_healthcheck(instruction, parts)
    elif keyword == "ONBUILD":
        _check_onbuild(instruction, value)


def base_and_name(instruction: Instruction) -> tuple[str, str]:
    """``FROM base AS name`` as (base, name)."""
    parts = words.split(instruction.value)
    return parts[0], parts[2] if len(parts) == 3 else ""


def _check_from(instruction: Instruction, parts: tuple[str, ...]) -> None:
    if len(parts) not in (1, 3) or (len(parts) == 3 and parts[1].upper() != "AS"):
        raise _wrong(instruction, f"FROM takes one image, or an image AS a name; it has: {' '.join(parts)}")
    if len(parts) == 3 and not _STAGE_NAME.match(parts[2].lower()):
        raise _wrong(instruction, f"{parts[2]} cannot be a stage's name (a letter, then letters, digits, - _ .)")


def _check_pairs(instruction: Instruction, keyword: str, value: str) -> None:
    pairs = words.quoted_words(value)
    if pairs and "=" not in pairs[0]:
        if len(pairs) < 2:
            raise _wrong(instruction, f"{keyword} {pairs[0]} lacks a value")
        return  # the old form: ENV NAME the rest of the line
    for pair in pairs:
        name, equals, _ = pair.partition("=")
        if not equals:
            raise _wrong(instruction, f"{keyword}: {pair} has no = (a value with blanks needs quotes)")
        if not words.unquoted(name):
            raise _wrong(instruction, f"{keyword}: a name before the = is missing in {pair}")


def _check_arg(instruction: Instruction, value: str) -> None:
    for pair in words.quoted_words(value):
        if not pair.partition("=")[0]:
            raise _wrong(instruction, f"ARG: a name before the = is missing in {pair}")


def _check_healthcheck(instruction: Instruction, parts: tuple[str, ...]) -> None:
    kind = words.split(instruction.value)[0].upper()
    rest = words.split(instruction.value)[1:]
    if kind == "NONE":
        if rest:
            raise _wrong(instruction, "HEALTHCHECK NONE takes nothing more")
    elif kind != "CMD":
        raise _wrong(instruction, f"HEALTHCHECK takes CMD or NONE, not {kind}")
    elif not rest or not parts:
        raise _wrong(instruction, "HEALTHCHECK CMD lacks its command")


def _check_onbuild(instruction: Instruction, value: str) -> None:
    inner, _, rest = value.partition(" ")
    keyword = inner.upper()
    if keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        raise _wrong(instruction, f"ONBUILD cannot hold {keyword}")
    _check(instruction, keyword, words.flags_and_rest(rest)[1])


def _wrong(instruction: Instruction, what: str, hint: str = "") -> DockerfileError:
    example = _EXAMPLES.get(instruction.keyword)
    hint = hint or (f"For example: {example}" if example else "")
    return DockerfileError(f"Line {instruction.line}: {what}.", hint, instruction.line)
