"""A builder's events put together into a Build: which instruction each belongs to, and how it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from containerlab.build import stages
from containerlab.build.dockerfile import Dockerfile, Stage
from containerlab.build.instructions import METADATA
from containerlab.build.joining import finish, lines_of
from containerlab.model import Build, BuildEvent, BuildStep
from containerlab.model.build import BuildState, StepState
from containerlab.model.engine import Builder

__all__ = ["Assembler", "finish", "lines_of"]

KEPT_LINES = 2000  # of a step's log, at its head and at its end
KEPT_EVENTS = 20_000
_METADATA_OF = re.compile(r"\[internal\] load metadata for (\S+)")


@dataclass
class _Step:
    """A step as far as it is known."""

    state: StepState = "waiting"
    started: float | None = None
    completed: float | None = None
    log: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    left_out: int = 0
    open_line: bool = False
    image_id: str = ""
    error: str = ""
    exit_code: int | None = None

    def write(self, text: str) -> None:
        """Adds output; beyond a limit only the head, the end and a count are kept."""
        pieces = text.split("\n")
        lines = self.tail if self.tail else self.log
        if self.open_line and lines:
            lines[-1] += pieces.pop(0)
        self.open_line = pieces[-1] != "" if pieces else self.open_line
        if pieces and pieces[-1] == "":
            pieces.pop()
            self.open_line = False
        for piece in pieces:
            if len(self.log) < KEPT_LINES:
                self.log.append(piece)
            else:
                self.tail.append(piece)
        if len(self.tail) > 2 * KEPT_LINES:
            self.left_out += len(self.tail) - KEPT_LINES
            del self.tail[:-KEPT_LINES]

    def lines(self) -> tuple[str, ...]:
        note = [f"… {self.left_out} lines left out …"] if self.left_out else []
        return (*self.log, *note, *self.tail)


class Assembler:
    """``feed`` it every event; ``build`` is the Build at that moment.

    FROM has no step of its own to run: it is "cached" where the base image was there, "done" where it was pulled.
    BuildKit says nothing of metadata instructions: they stand as the step before them does. A step that stays
    "waiting" in a build that is done belongs to a stage that nobody needed.
    """

    def __init__(self, dockerfile: Dockerfile, tag: str, builder: Builder | str, target: str = "") -> None:
        self.dockerfile = dockerfile
        self._tag = tag
        self._builder: Builder = builder  # type: ignore[assignment]
        self._target = target
        self._steps = [_Step() for _ in dockerfile.instructions]
        self._keys: dict[str, int | None] = {}
        self._numbers: dict[str, int] = {}
        self._events: list[BuildEvent] = []
        self._state: BuildState = "running"
        self._image = ""
        self._error = ""
        self._exit_code: int | None = None
        self._warnings: list[str] = []
        self._started = 0.0
        self._completed: float | None = None
        self._pulled: set[int] = set()
        self._needed = stages.needed(dockerfile, target)
        self.context_bytes = 0

    def feed(self, event: BuildEvent) -> None:
        if len(self._events) < KEPT_EVENTS:
            self._events.append(event)
        if event.at and not self._started:
            self._started = event.at
        if event.at:
            self._completed = max(self._completed or 0.0, event.at)
        if event.kind == "warning":
            self._warnings.append(event.text)
        elif event.step == "":
            self._whole(event)
        elif event.kind == "step":
            self._keys[event.step] = self._place(event)
        else:
            at = self._keys.get(event.step)
            if at is not None:
                self._step(self._steps[at], at, event)

    def begin(self, at: float) -> None:
        """The build was asked for at that time; without it, it begins with its first event."""
        self._started = at

    def cancel(self, at: float) -> None:
        """It was interrupted: what ran or waited is cancelled."""
        self._state = "cancelled"
        self._completed = at
        for step in self._steps:
            if step.state == "running":
                step.state = "cancelled"
                step.completed = at

    def cut(self, why: str) -> None:
        """The answer ended before the build did."""
        if self._state == "running":
            self._fail(why, None)

    @property
    def state(self) -> BuildState:
        return self._state

    @property
    def image_id(self) -> str:
        return self._image

    # -- events ----------------------------------------------------------------------------------------------------

    def _whole(self, event: BuildEvent) -> None:
        if event.kind == "image":
            self._image = event.text
        elif event.kind == "done" and self._state == "running":
            self._state = "done"
        elif event.kind == "failed":
            self._fail(event.text, event.exit_code)

    def _fail(self, text: str, exit_code: int | None) -> None:
        self._state = "failed"
        self._error = self._error or text
        failed = [step for step in self._steps if step.state == "failed"]
        if failed:
            if exit_code is not None and failed[0].exit_code is None:
                failed[0].exit_code = exit_code
        else:
            blamed = self._blamed()
            if blamed is not None:
                blamed.state = "failed"
                blamed.error = text
                blamed.exit_code = exit_code
        for step in self._steps:
            if step.state == "running":
                step.state = "cancelled"

    def _blamed(self) -> _Step | None:
        """Where an error belongs that names no step: to the one that runs, if there is just one."""
        running = [step for step in self._steps if step.state == "running"]
        return running[0] if len(running) == 1 else None

    def _step(self, step: _Step, at: int, event: BuildEvent) -> None:
        if event.kind == "started":
            if step.started is None or step.state in ("cached", "done"):
                step.started = event.at
            if step.state in ("waiting", "done"):
                step.state = "running"
        elif event.kind == "cached":
            if step.state != "failed":
                step.state = "cached"
            step.completed = event.at or step.started
        elif event.kind == "done":
            if step.state in ("running", "waiting"):
                step.state = "done"
            step.completed = event.at
        elif event.kind == "failed":
            step.state = "cancelled" if _is_cancelled(event.text) else "failed"
            step.error, step.exit_code, step.completed = event.text, event.exit_code, event.at
            if step.state == "failed":
                self._fail(event.text, event.exit_code)
        elif event.kind == "log":
            step.write(event.text)
        elif event.kind == "progress":
            if self.dockerfile.instructions[at].keyword == "FROM" and _is_pull(event.text):
                self._pulled.add(at)
        elif event.kind == "image":
            step.image_id = event.text

    # -- which instruction an event's step is ------------------------------------------------------------------------

    def _place(self, event: BuildEvent) -> int | None:
        self._builder = _speaker(event) or self._builder
        if self._builder == "buildkit":
            return self._place_of_vertex(event)
        if self._builder == "podman":
            return self._place_in_stage(event)
        # The classic builder numbers the instructions as they stand; a label of ours comes after the last.
        return event.number - 1 if 0 < event.number <= len(self._steps) else None

    def _place_in_stage(self, event: BuildEvent) -> int | None:
        stage = int(event.stage.partition("/")[0] or 1) - 1
        own = [at for at, one in enumerate(self.dockerfile.instructions) if one.stage == stage]
        return own[event.number - 1] if 0 < event.number <= len(own) else None

    def _place_of_vertex(self, event: BuildEvent) -> int | None:
        if not event.number:
            return self._place_of_internal(event.text)
        stage = self._stage_of_vertex(event.stage)
        own = stages.counted(self.dockerfile, stage)
        # Triggers of the base image (ONBUILD) are counted right after FROM; they are FROM's doing.
        more = max(event.total - len(own), 0)
        has_from = bool(own) and self.dockerfile.instructions[own[0]].keyword == "FROM"
        index = event.number - 1
        if more and index >= int(has_from):
            index = 0 if has_from and index <= more else index - more
        return own[index] if 0 <= index < len(own) else None

    def _stage_of_vertex(self, name: str) -> Stage:
        match = re.fullmatch(r"stage-(\d+)", name)
        if match and int(match[1]) < len(self.dockerfile.stages):
            return self.dockerfile.stages[int(match[1])]
        named = [stage for stage in self.dockerfile.stages if stage.name.lower() == name.lower() and name]
        return named[-1] if named else stages.target_stage(self.dockerfile, self._target)

    def _place_of_internal(self, text: str) -> int | None:
        """Looking for the base image in a registry is FROM's doing; all else is the builder's own."""
        match = _METADATA_OF.match(text)
        if not match:
            return None
        froms = [at for at, one in enumerate(self.dockerfile.instructions) if one.keyword == "FROM"]
        for at in froms:
            base = stages.expanded(self.dockerfile, self.dockerfile.instructions[at].stage)
            if match[1].endswith(f"/{base}") or f"/{match[1]}".endswith((f"/{base}:latest", f"/{base}")):
                return at
        return froms[0] if len(froms) == 1 else None

    # -- the build ---------------------------------------------------------------------------------------------------

    @property
    def build(self) -> Build:
        """The build as far as it has come; nothing is changed by looking."""
        return Build(
            tag=self._tag,
            builder=self._builder,
            dockerfile=self.dockerfile.text,
            steps=self._as_steps(),
            state=self._state,
            image_id=self._image,
            error=self._error,
            started=self._started,
            completed=self._completed if self._state != "running" else None,
            context_bytes=self.context_bytes,
            warnings=tuple(self._warnings),
            events=tuple(self._events),
        )

    def _as_steps(self) -> tuple[BuildStep, ...]:
        states = self._states()
        return tuple(
            BuildStep(
                number=at + 1,
                instruction=one.text,
                line=one.line,
                end_line=one.end_line,
                stage=self._stage_name(one.stage),
                state=states[at],
                started=step.started,
                completed=step.completed if states[at] not in ("waiting", "running") else None,
                log=step.lines(),
                metadata_only=one.keyword in METADATA,
                image_id=step.image_id,
                error=step.error,
                exit_code=step.exit_code,
            )
            for at, (one, step) in enumerate(zip(self.dockerfile.instructions, self._steps, strict=True))
        )

    def _stage_name(self, index: int) -> str:
        if index < 0 or len(self.dockerfile.stages) == 1:
            return self.dockerfile.stages[0].name if index >= 0 else ""
        return self.dockerfile.stages[index].name or f"stage-{index}"

    def _states(self) -> list[StepState]:
        states: list[StepState] = [step.state for step in self._steps]
        for at, one in enumerate(self.dockerfile.instructions):
            if one.keyword == "FROM":
                states[at] = self._state_of_from(at, states)
        if self._builder != "classic":
            self._fill(states)
        first = states[next(at for at, one in enumerate(self.dockerfile.instructions) if one.keyword == "FROM")]
        for at, one in enumerate(self.dockerfile.instructions):
            if one.stage < 0 and states[at] != "failed":
                states[at] = "cached" if first in ("cached", "done") else "waiting"
        return states

    def _state_of_from(self, at: int, states: Sequence[StepState]) -> StepState:
        """Cached once it is there (no builder tells this reliably), done where something was pulled."""
        own = states[at]
        stage = self.dockerfile.instructions[at].stage
        if own == "failed":
            return own
        begun = any(
            states[other] != "waiting"
            for other, one in enumerate(self.dockerfile.instructions)
            if one.stage == stage and other != at
        )
        if own in ("done", "cached") or begun or (self._state == "done" and stage in self._needed):
            # Also where BuildKit gave it up since another step failed: that one was on its way to it.
            return "done" if at in self._pulled else "cached"
        return own

    def _fill(self, states: list[StepState]) -> None:
        """States of the instructions that BuildKit and Podman do not report."""
        before: StepState = "waiting"
        stage = -1
        for at, one in enumerate(self.dockerfile.instructions):
            if one.stage != stage:
                stage, before = one.stage, states[at]
            if states[at] == "waiting" and stage in self._needed and one.keyword != "FROM":
                silent = one.keyword in METADATA and self._builder == "buildkit"
                # A step equal to one of another stage is built once, under the other's name.
                merged = self._state == "done"
                if (silent or merged) and before in ("cached", "done"):
                    states[at] = before
            before = states[at]


def _speaker(event: BuildEvent) -> Builder | None:
    """Which builder keys its steps like that: an engine may have had to use another one than was thought."""
    if event.step.startswith("sha256:"):
        return "buildkit"
    if re.fullmatch(r"\d+/\d+", event.step):
        return "classic"
    return "podman" if re.fullmatch(r"\d+/\d+ \d+/\d+", event.step) else None


def _is_cancelled(text: str) -> bool:
    return text.strip().endswith(("context canceled", "Canceled"))


def _is_pull(text: str) -> bool:
    """Bytes on their way. ``resolve ...`` and ``sha256:... done`` are said of an image that is there, too."""
    return bool(re.search(r"\b(?:Pulling|Downloading|Extracting|Trying to pull|extracting)\b|sha256:\w+ \d+/\d+", text))
