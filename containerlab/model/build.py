"""A build: what the engine reported, whichever builder it speaks, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from containerlab.model.engine import Builder
from containerlab.model.image import Layer

StepState = Literal["waiting", "running", "cached", "done", "failed", "cancelled"]
BuildState = Literal["running", "done", "failed", "cancelled"]
EventKind = Literal["step", "started", "cached", "log", "progress", "done", "failed", "image", "warning"]


@dataclass(frozen=True, slots=True)
class BuildEvent:
    """One thing that a builder said, in one shape for the classic builder, BuildKit and Podman.

    ``step`` is the builder's own key of the step (a vertex digest, "3/4"), "" for the build as a whole. ``text`` is
    the step's name for "step", output for "log" and "progress", the message for "failed" and "warning", the image's
    id for "image" (of the step where ``step`` is set, else of the result). ``at`` is in seconds since 1970 by the
    engine's clock where it gives one, else by ours. ``exit_code`` goes with "failed" where a process ended with one.
    """

    kind: EventKind
    step: str = ""
    text: str = ""
    at: float = 0.0
    number: int = 0
    total: int = 0
    stage: str = ""
    stderr: bool = False
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One instruction of the Dockerfile as it was built.

    ``number`` counts from 1 over all stages, as the Dockerfile has them; ``line`` to ``end_line`` are its lines in
    the Dockerfile, from 1, both included. ``layer`` is the layer that it made, None for metadata and for a step that
    did not come so far. ``image_id`` is what the classic builder gives every step, "" elsewhere. ``log`` is its
    output, in order, split at line ends.
    """

    number: int
    instruction: str
    line: int
    end_line: int
    stage: str = ""
    state: StepState = "waiting"
    started: float | None = None
    completed: float | None = None
    log: tuple[str, ...] = ()
    layer: Layer | None = None
    metadata_only: bool = False
    image_id: str = ""
    error: str = ""
    exit_code: int | None = None

    @property
    def keyword(self) -> str:
        """FROM, RUN, COPY ..."""
        return self.instruction.split(None, 1)[0].upper() if self.instruction else ""

    @property
    def seconds(self) -> float:
        """How long it took; 0 for a step that did not run."""
        return self.completed - self.started if self.started is not None and self.completed is not None else 0.0

    @property
    def bytes_added(self) -> int:
        return self.layer.size if self.layer else 0


@dataclass(frozen=True, slots=True)
class Build:
    """A build from its first step to its image. ``context_bytes`` is the size of the tar that was sent."""

    tag: str
    builder: Builder
    dockerfile: str
    steps: tuple[BuildStep, ...]
    state: BuildState = "running"
    image_id: str = ""
    error: str = ""
    started: float = 0.0
    completed: float | None = None
    context_bytes: int = 0
    warnings: tuple[str, ...] = ()
    events: tuple[BuildEvent, ...] = ()

    @property
    def seconds(self) -> float:
        return (self.completed or self.started) - self.started

    @property
    def cached(self) -> tuple[BuildStep, ...]:
        return tuple(step for step in self.steps if step.state == "cached")

    @property
    def ran(self) -> tuple[BuildStep, ...]:
        """Steps that the engine carried out in this build."""
        return tuple(step for step in self.steps if step.state == "done")

    @property
    def failed(self) -> BuildStep | None:
        return next((step for step in self.steps if step.state == "failed"), None)
