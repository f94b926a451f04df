"""A Dockerfile's text read into instructions, each with its lines.

The rules are BuildKit's own (frontend/dockerfile/parser/parser.go, instructions/parse.go); the words are cut in
``words.py``, the arguments that each instruction takes are checked in ``instructions.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from containerlab.build import instructions, words
from containerlab.build.words import Heredoc
from containerlab.errors import DockerfileError

_DIRECTIVE = re.compile(r"^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_DIRECTIVES = ("syntax", "escape", "check")
_BLANKS = " \t\v\f\r"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. ``line`` to ``end_line`` are its lines, from 1, continuations and heredocs included.

    ``text`` is the whole of it on one line, as an engine prints it; ``value`` is what follows the keyword and the
    flags. ``json`` holds the strings of the JSON form, None for the shell form. ``stage`` counts from 0; -1 for an
    ARG before the first FROM.
    """

    keyword: str
    value: str
    text: str
    line: int
    end_line: int
    stage: int = -1
    flags: tuple[str, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    json: tuple[str, ...] | None = None

    def flag(self, name: str) -> str | None:
        """The value of ``--name=value``; "" for a bare ``--name``, None where it is not there."""
        for flag in self.flags:
            key, _, value = flag[2:].partition("=")
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Stage:
    """``FROM base AS name``; ``name`` is "" where the Dockerfile gives none."""

    index: int
    name: str
    base: str
    line: int


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """What ``parse`` gives. ``directives`` are the parser directives as pairs; ``escape`` is ``\\`` or a backtick."""

    text: str
    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    escape: str = "\\"
    directives: tuple[tuple[str, str], ...] = ()

    def stage_of(self, name: str) -> Stage | None:
        """The stage of that name or number; names are compared without case."""
        for stage in reversed(self.stages):
            if stage.name and stage.name.lower() == name.lower():
                return stage
        return self.stages[int(name)] if name.isdigit() and int(name) < len(self.stages) else None


@dataclass
class _Lines:
    """The physical lines, and how far we are."""

    lines: list[str]
    escape: str = "\\"
    at: int = 0
    continued: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        mark = re.escape(self.escape)
        # An escape before the last one keeps it from continuing the line (parser.go, lineContinuationRegex).
        self.continued = re.compile(rf"(?:^|(?<=[^{mark}])){mark}[ \t]*$")

    def cut(self, line: str) -> tuple[str, bool]:
        """The line without its continuation mark, and whether it ends here."""
        if match := self.continued.search(line):
            return line[: match.start()], False
        return line, True


def parse(text: str) -> Dockerfile:
    """Reads a Dockerfile; DockerfileError tells the line and what was probably meant."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    directives = _directives(lines)
    source = _Lines(lines, dict(directives).get("escape", "\\"))
    found: list[Instruction] = []
    stages: list[Stage] = []
    while source.at < len(lines):
        instruction = _next(source, len(stages) - 1)
        if instruction is None:
            continue
        instructions.check(instruction, first=not stages)
        if instruction.keyword == "FROM":
            base, name = instructions.base_and_name(instruction)
            stages.append(Stage(len(stages), name, base, instruction.line))
            instruction = replace(instruction, stage=len(stages) - 1)
        found.append(instruction)
    if not found:
        raise DockerfileError(
            "The Dockerfile is empty: it has no instruction.", "Begin with a base image: FROM debian:bookworm-slim"
        )
    if not stages:
        raise DockerfileError(
            "The Dockerfile has no FROM: nothing to build on.", "Begin with a base image: FROM debian:bookworm-slim", 1
        )
    return Dockerfile(text, tuple(found), tuple(stages), source.escape, directives)


def _directives(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """``# name=value`` at the very top; the first line that is none ends them."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _DIRECTIVE.match(line.lstrip(_BLANKS))
        if not match or match[1].lower() not in _DIRECTIVES:
            break
        name, value = match[1].lower(), match[2]
        if name in found:
            raise DockerfileError(f"Only one {name} directive can be given.", f"Remove line {number}.", number)
        if name == "escape" and value not in ("\\", "`"):
            raise DockerfileError(
                f"The escape directive says {value!r}; it can be \\ or `.", "Write: # escape=`", number
            )
        found[name] = value
    return tuple(found.items())


def _next(source: _Lines, stage: int) -> Instruction | None:
    """The instruction that begins on the next line; None for a blank line or a comment."""
    first = source.lines[source.at]
    source.at += 1
    start = source.at
    if first.lstrip(_BLANKS).startswith("#"):
        return None
    joined, ends = source.cut(first.strip(_BLANKS))
    if ends and not joined:
        return None
    while not ends and source.at < len(source.lines):
        line = source.lines[source.at]
        source.at += 1
        if line.lstrip(_BLANKS).startswith("#") or not line.strip(_BLANKS):
            continue  # comments and empty lines within a continued instruction are dropped
        more, ends = source.cut(line)
        joined += more
    joined = joined.strip(_BLANKS)
    if not joined:
        return None
    keyword, _, rest = _keyword(joined)
    inner = keyword
    inner_rest = rest
    if keyword == "ONBUILD":
        inner, _, inner_rest = _keyword(rest)
    instructions.known(keyword, start)
    if keyword == "ONBUILD" and inner:
        instructions.known(inner, start)
    flags, value = words.flags_and_rest(inner_rest)
    array = _array(inner, value, start)
    heredocs: tuple[Heredoc, ...] = ()
    if inner in ("RUN", "COPY", "ADD") and array is None and "<<" in joined:
        heredocs = _heredocs(source, joined, start)
    if keyword == "ONBUILD":
        value = rest.strip()
    end = _last_line(source, start)
    return Instruction(keyword, value.strip(), joined, start, end, stage, flags, heredocs, array)


def _last_line(source: _Lines, start: int) -> int:
    """The instruction's last line: not the comments and blanks that a dangling continuation ran into."""
    end = min(source.at, len(source.lines))
    while end > start and not source.lines[end - 1].strip():
        end -= 1
    return end


def _keyword(text: str) -> tuple[str, str, str]:
    parts = text.lstrip().split(None, 1)
    return (parts[0].upper() if parts else "", " ", parts[1] if len(parts) > 1 else "")


def _array(keyword: str, value: str, line: int) -> tuple[str, ...] | None:
    if keyword == "HEALTHCHECK":
        kind, _, value = _keyword(value)
        if kind != "CMD":
            return None
    elif keyword not in instructions.JSON_FORMS:
        return None
    try:
        return words.json_strings(value)
    except words.NotStrings:
        raise DockerfileError(
            f"Line {line}: the JSON form of {keyword} takes strings only: {value.strip()}",
            'Put each word into double quotes, as in ["echo", "1"].',
            line,
        ) from None


def _heredocs(source: _Lines, joined: str, start: int) -> tuple[Heredoc, ...]:
    try:
        marks = words.heredoc_marks(joined, source.escape)
    except words.OpenQuote as error:
        raise DockerfileError(f"Line {start}: the quote {error} is not closed.", "Close it.", start) from None
    filled = []
    for mark in marks:
        content = ""
        for at in range(source.at, len(source.lines)):
            line = source.lines[at].rstrip("\r")
            if (line.lstrip("\t") if mark.chomp else line) == mark.name:
                source.at = at + 1
                break
            content += source.lines[at] + "\n"
        else:
            raise DockerfileError(
                f"Line {start}: the heredoc <<{mark.name} has no end.",
                f"Add a line that holds {mark.name} and nothing else.",
                start,
            )
        filled.append(Heredoc(mark.name, content, mark.expand, mark.chomp, mark.fd))
    return tuple(filled)
