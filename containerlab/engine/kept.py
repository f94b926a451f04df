"""Which records of the engine's build cache are a session's: those that came into being while it built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from containerlab.engine.ownership import Session
from containerlab.errors import EngineError

_SHORTEST = 4  # characters of a step that must be seen in a record, before anything is concluded from them


class Kept:
    """Records what the builds of one session leave in the cache (``GET /system/df``), so that clean-up finds it.

    On an engine that others use as well, a record counts only where it names a step of the session's own build:
    somebody else may build at the same time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: set[str] | None = None

    @contextmanager
    def building(self, instructions: Sequence[str]) -> Iterator[None]:
        """A build within; also one that fails or is stopped leaves steps behind."""
        if self._known is None:
            self._known = {str(record["ID"]) for record in self._records()}
        try:
            yield
        finally:
            with suppress(EngineError):
                self._note(instructions)

    def _note(self, instructions: Sequence[str]) -> None:
        assert self._known is not None
        alone = self._session.engine.kind == "private"
        for record in self._records():
            identity = str(record["ID"])
            if identity in self._known:
                continue
            self._known.add(identity)
            if alone or names_a_step(str(record.get("Description", "")), instructions):
                self._session.record("cache", identity)

    def _records(self) -> list[dict[str, Any]]:
        return self._session.engine.build_cache()


def names_a_step(description: str, instructions: Sequence[str]) -> bool:
    """Whether a cache record's description ("mount / from exec /bin/sh -c make", "[2/3] COPY . .") tells of one of
    these steps. Variables are filled in there: a step is compared up to its first ``$``."""
    told = " ".join(description.split())
    for instruction in instructions:
        keyword, _, value = " ".join(instruction.split()).partition(" ")
        text = value if keyword.upper() == "RUN" else f"{keyword} {value}"
        fixed = text.partition("$")[0].rstrip()
        if len(fixed) >= _SHORTEST and fixed in told:
            return True
    return False
