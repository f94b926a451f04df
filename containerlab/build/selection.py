"""What of a folder a Dockerfile can ask for: the paths that its COPY, ADD and bind mounts name."""

from __future__ import annotations

import posixpath
import re

from containerlab.build.dockerfile import Dockerfile, Instruction
from containerlab.build.ignore import regex
from containerlab.build.words import split

_REMOTE = re.compile(r"^(?:https?://|git@|git://|ssh://|ftp://)|^<<|^\d+<<")


class Selection:
    """``everything``, or only some paths and what lies below them."""

    def __init__(self, patterns: list[str], everything: bool = False) -> None:
        self.everything = everything or any(one in ("", ".") for one in patterns)
        parts = {tuple(one.split("/")) for one in patterns}
        self._patterns = [[re.compile(regex(part), re.S) for part in one] for one in parts]
        self.plain = sorted("/".join(one) for one in parts if not re.search(r"[*?\[\\]", "/".join(one)))
        self.only_plain = len(self.plain) == len(parts)

    def takes(self, path: str) -> bool:
        """True for a path that is named, lies below one, or is a folder on the way to one."""
        if self.everything:
            return True
        parts = path.split("/")
        return any(
            all(wanted.fullmatch(part) for wanted, part in zip(pattern, parts, strict=False))
            for pattern in self._patterns
        )

    @property
    def nothing(self) -> bool:
        return not self.everything and not self._patterns


def selection(dockerfile: Dockerfile) -> Selection:
    """The paths named; everything where a name holds a variable or a trigger may copy anything."""
    patterns: list[str] = []
    for one in dockerfile.instructions:
        if one.keyword == "ONBUILD":
            continue  # works in builds that stand on this image
        for source in _sources(one):
            if "$" in source:
                return Selection([], everything=True)
            patterns.append(posixpath.normpath(posixpath.join("/", source)).lstrip("/") or ".")
    return Selection(patterns)


def _sources(one: Instruction) -> list[str]:
    if one.keyword in ("COPY", "ADD") and one.flag("from") is None:
        named = list(one.json if one.json is not None else split(one.value))[:-1]
        return [source for source in named if not _REMOTE.match(source)]
    found = []
    if one.keyword == "RUN":
        for flag in one.flags:
            options = dict(part.partition("=")[::2] for part in flag.partition("=")[2].split(","))
            if flag.startswith("--mount=") and options.get("type", "bind") == "bind" and "from" not in options:
                found.append(options.get("source") or options.get("src") or ".")
    return found
