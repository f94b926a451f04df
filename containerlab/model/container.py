"""A container: an image's layers, one writable layer on top, and a process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ContainerState = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead", "removed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One path in the writable layer, as ``docker diff`` tells it; ``size`` in bytes, None where it was not asked."""

    path: str
    kind: Literal["added", "changed", "deleted"]
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A container as the engine describes it.

    ``args`` is what followed the image's name (or the image's CMD where nothing did), ``entrypoint`` what it is given
    to; ``command`` is both, as the process got it. Times are in seconds since 1970, None where not reached.
    ``writable_bytes`` is the size of the writable layer, None where it was not asked.
    """

    id: str
    name: str
    image_id: str
    image_name: str
    state: ContainerState
    command: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    exit_code: int | None = None
    out_of_memory: bool = False
    created: float | None = None
    started: float | None = None
    finished: float | None = None
    changes: tuple[Change, ...] = ()
    writable_bytes: int | None = None
    labels: tuple[tuple[str, str], ...] = ()
    ports: tuple[str, ...] = ()
