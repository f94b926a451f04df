"""What the oracle is told: a base image, and all that goes into one build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from containerlab.build.dockerfile import Dockerfile
from containerlab.model.engine import Builder

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class BaseImage:
    """The image behind a FROM. ``layers`` are diff ids, base first; the rest is of its config.

    ``plain`` is False where it has what the oracle does not follow: ONBUILD triggers, a SHELL of its own."""

    id: str
    layers: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    user: str = ""
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Given:
    """All that goes into one build.

    ``files``: each path of the context with the mark of what it is (``files.marks``); folders end with a slash.
    ``bases``: the image that each FROM line's reference (variables filled in) stands for on this engine; one that is
    missing makes its stage unknown. ``version`` is the engine's.
    """

    dockerfile: Dockerfile
    builder: Builder
    files: Mapping[str, str] = field(default_factory=dict)
    build_args: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, BaseImage] = field(default_factory=dict)
    target: str = ""
    version: str = ""
