"""What COPY and ADD name, variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from containerlab.build.dockerfile import Instruction
from containerlab.build.oracle.files import Source, source
from containerlab.build.oracle.stage import StageState
from containerlab.build.words import split

_REMOTE = re.compile(r"^(?:https?://|git@|git://|ssh://|ftp://)")


@dataclass(frozen=True, slots=True)
class Copying:
    """``names`` are its sources as written and expanded, ``sources`` what they take of the context (none of it for
    COPY --from). ``sure`` is False where something of it could not be followed; ``odd`` where it can be told to be the
    same, but not to be another (a flag with several spellings, a heredoc)."""

    names: tuple[str, ...]
    dest: str
    sources: tuple[Source, ...]
    flags: tuple[str, ...]
    sure: bool
    odd: bool
    remote: bool

    @property
    def missing(self) -> str:
        return next((one.name for one in self.sources if not one.found), "")


def copying(one: Instruction, state: StageState, files: Mapping[str, str]) -> Copying:
    sure_before, state.sure = state.sure, True
    words = [state.expand(word) for word in (one.json if one.json is not None else split(one.value))]
    flags = tuple(sorted(state.expand(flag) for flag in one.flags))
    sure, state.sure = state.sure and sure_before, sure_before
    *names, dest = words or [""]
    remote = any(_REMOTE.match(name) for name in names)
    taken: tuple[Source, ...] = ()
    if one.flag("from") is None:
        taken = tuple(source(name, files) for name in names if not _REMOTE.match(name) and not name.startswith("<<"))
    known = {"chown", "from", "link"}
    odd = bool(one.heredocs) or any(flag[2:].partition("=")[0] not in known for flag in flags)
    return Copying(tuple(names), dest, taken, flags, sure and all(one.sure for one in taken), odd, remote)
