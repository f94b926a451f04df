"""A build on the engine: the context sent, the answer read as it comes, Ctrl-C carried through to the engine."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from containerlab import errors
from containerlab.build.assemble import Assembler
from containerlab.build.joining import finish
from containerlab.build.stages import base_stage, expanded
from containerlab.engine import wire
from containerlab.engine.asking import asking, refused
from containerlab.engine.build_call import Answer, post, stream_of
from containerlab.model import Build, BuildEvent, BuildStep
from containerlab.model.engine import Builder

if TYPE_CHECKING:
    from containerlab.build.context import Context
    from containerlab.engine.client import Engine

LOG_END = 10  # lines of a failed step's log that its error shows
NO_SESSION = "build-context-"  # engines 25 and 26 with the containerd store look this host up: moby issue 47717

NO_CONTEXT = "The BuildKit of this engine takes no build context over the API."


@dataclass
class _Running:
    """What is needed to stop the build: its id for BuildKit, the container that works for the classic builder."""

    build_id: str
    containers: list[str] = field(default_factory=list)
    container: str = ""

    def on_container(self, container: str) -> None:
        self.container = container
        if container:
            self.containers.append(container)


def build(
    engine: Engine,
    context: Context,
    *,
    tag: str = "",
    builder: Builder | None = None,
    build_args: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    target: str = "",
    no_cache: bool = False,
    pull: bool = False,
    network: str = "",
    on_event: Callable[[BuildEvent], None] | None = None,
    clock: Callable[[], float] = time.time,
) -> Build:
    """Builds, and returns the Build with its layers. ``on_event`` is called with each event as it comes.

    ``builder``: "buildkit" or "classic"; None for what the engine uses by itself. ``labels`` go on the image only:
    they touch no step's cache. BuildFailed (a step failed; it carries the Build), BuildCancelled (Ctrl-C; stopped on
    the engine as well), DockerfileError, EngineGone.
    """
    dockerfile = context.dockerfile  # an error in it is told before anything is sent
    if target and dockerfile.stage_of(target) is None:
        raise errors.CommandError(f"The Dockerfile has no stage {target}.", _stages(context))
    chosen = _builder(engine, builder)
    options: dict[str, Any] = {
        "t": tag,
        "dockerfile": context.dockerfile_name,
        "buildargs": json.dumps(dict(build_args)) if build_args else "",
        "labels": json.dumps(dict(labels)) if labels else "",
        "target": target,
        "nocache": "1" if no_cache else "",
        "pull": "1" if pull else "",
        "networkmode": network,
        "rm": "1",
        "forcerm": "1",
    }
    if context.narrow and _has_triggers(engine, context):
        context.everything = True
    work = _Work(engine, context, tag, target, on_event, clock)
    made = work.carry_out(chosen, options)
    if made.state == "failed" and chosen == "buildkit" and NO_SESSION in made.error:
        if builder is not None or "classic" not in engine.info().builders:
            raise errors.CommandError(NO_CONTEXT, "Leave the choice of the builder to the course.")
        made = work.carry_out("classic", options)
        made = replace(made, warnings=(*made.warnings, NO_CONTEXT + " The classic builder was used."))
    if made.state != "done":
        raise _failed(made)
    return finish(made, _image(engine, made), target, dockerfile)


def _builder(engine: Engine, wanted: Builder | None) -> Builder:
    able = engine.info().builders
    if wanted is None:
        return able[0]
    if wanted not in able:
        raise errors.CommandError(
            f"This engine has no builder {wanted}.", f"It has: {', '.join(able)}. Leave the choice to the engine."
        )
    return wanted


def _has_triggers(engine: Engine, context: Context) -> bool:
    """Whether a base image has ONBUILD triggers, which may copy any file; of one that must be pulled nobody knows."""
    dockerfile = context.dockerfile
    for stage in dockerfile.stages:
        base = expanded(dockerfile, stage.index)
        if base_stage(dockerfile, stage) or base.lower() == "scratch":
            continue
        try:
            raw = _inspect(engine, base)
        except errors.ImageNotFound:
            return True
        if (raw.get("Config") or {}).get("OnBuild"):
            return True
    return False


def _inspect(engine: Engine, ref: str) -> Mapping[str, Any]:
    if not wire.speaks_plainly(engine.address):
        with asking(f"image {ref}", address=engine.address):
            found: Mapping[str, Any] = engine.api.inspect_image(ref)
            return found
    answer = wire.get(engine.address, f"/v{engine.info().api_version}/images/{quote(ref)}/json", engine.deadline)
    return answer if isinstance(answer, dict) else {}


def _stages(context: Context) -> str:
    names = [stage.name for stage in context.dockerfile.stages if stage.name]
    return f"Its stages are: {', '.join(names)}." if names else "Give a stage a name: FROM image AS name"


class _Work:
    """One call of the builder after the other, until one has done it."""

    def __init__(
        self,
        engine: Engine,
        context: Context,
        tag: str,
        target: str,
        on_event: Callable[[BuildEvent], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self.engine = engine
        self.context = context
        self.tag = tag
        self.target = target
        self.on_event = on_event
        self.clock = clock

    def carry_out(self, builder: Builder, options: Mapping[str, Any]) -> Build:
        running = _Running(uuid.uuid4().hex)
        query = {key: value for key, value in options.items() if value}
        if builder == "buildkit":
            query |= {"version": "2", "buildid": running.build_id}
        elif builder == "classic":
            query["version"] = "1"
        assembler = Assembler(self.context.dockerfile, self.tag, builder, self.target)
        assembler.begin(self.clock())
        tell = _Teller(self.on_event, builder == "buildkit")
        stream: Answer | None = None
        try:
            stream = stream_of(self.engine, self.context, f"/build?{urlencode(query)}")
            for event in self._read(builder, stream, running):
                assembler.feed(event)
                tell(event)
        except KeyboardInterrupt:
            self._cancel(builder, running, stream)
            assembler.cancel(self.clock())
            assembler.context_bytes = self.context.size
            raise errors.BuildCancelled(
                "The build was cancelled; it is stopped on the engine as well.",
                "Nothing of it is left but its cached steps. Run the cell again to build.",
                assembler.build,
            ) from None
        finally:
            if stream is not None:
                stream.close()
        assembler.context_bytes = self.context.size
        if assembler.state == "running":
            self.engine.ping()  # EngineGone, if that is why
            assembler.cut("The engine's answer ended before the build did: its log is incomplete.")
        return assembler.build

    def _read(self, builder: Builder, stream: Answer, running: _Running) -> Iterator[BuildEvent]:
        if builder == "buildkit":
            from containerlab.build import buildkit

            return buildkit.read(stream, self.clock)
        if builder == "podman":
            from containerlab.build import podman

            return podman.read(stream, self.clock)
        from containerlab.build import classic

        return classic.read(stream, self.clock, running.on_container)

    def _cancel(self, builder: Builder, running: _Running, stream: Answer | None) -> None:
        """Stops the build on the engine; another Ctrl-C while this goes on does not keep it from being done."""
        for _ in range(3):
            try:
                self._stop(builder, running, stream)
                break
            except KeyboardInterrupt:
                continue

    def _stop(self, builder: Builder, running: _Running, stream: Answer | None) -> None:
        if builder == "buildkit":
            post(self.engine, f"/build/cancel?id={quote(running.build_id)}")
            if stream is not None:
                stream.drain()
            return
        # The classic builder stops between two steps once its caller is gone; what runs now has to be killed.
        if stream is not None:
            stream.close()
        if running.container:
            post(self.engine, f"/containers/{running.container}/kill")
        for container in running.containers:
            with suppress(errors.EngineError):
                self.engine.remove(container, force=True)


class _Teller:
    """Hands events on. BuildKit's first ones are held back until it has its context: where it can take none, another
    builder does the work and tells it from the beginning."""

    def __init__(self, on_event: Callable[[BuildEvent], None] | None, hold: bool) -> None:
        self._on_event = on_event
        self._held: list[BuildEvent] | None = [] if hold and on_event is not None else None

    def __call__(self, event: BuildEvent) -> None:
        if self._on_event is None:
            return
        if self._held is not None:
            self._held.append(event)
            if event.kind == "step" and "load remote build context" in event.text:
                return
            if event.kind not in ("step", "log") and not (event.kind == "failed" and NO_SESSION not in event.text):
                return
            held, self._held = self._held, None
            for one in held:
                self._on_event(one)
            return
        self._on_event(event)


def _failed(build: Build) -> errors.BuildFailed:
    step = build.failed
    if step is None:
        return errors.BuildFailed(f"The build failed: {build.error}", _next_step(build.error), build)
    where = f"line {step.line}" if step.line == step.end_line else f"lines {step.line} to {step.end_line}"
    why = f"exit code {step.exit_code}" if step.exit_code else _missing_file(step) or step.error
    lines = [f"The build failed at {where} of the Dockerfile: {_one_line(step.instruction)}", f"  {why}"]
    if step.log:
        end = step.log[-LOG_END:]
        if len(step.log) > len(end):
            lines.append(f"  the last {len(end)} of {len(step.log)} lines of its log:")
        lines += [f"  | {line}" for line in end]
    return errors.BuildFailed("\n".join(lines), _next_step(step.error), build)


# What BuildKit, the classic builder and Podman say of a file that a COPY names and the context has not.
_MISSING = re.compile(r'"/?([^"]+)":? (?:not found|no such file)|stat (\S+): (?:file does not exist|no such file)')


def _missing_file(step: BuildStep) -> str:
    found = _MISSING.search(step.error) if step.keyword in ("COPY", "ADD") else None
    if found is None:
        return ""
    return f"the build folder has no {found[1] or found[2]}, or .dockerignore leaves it out"


def _next_step(error: str) -> str:
    ours = refused(error)
    if isinstance(ours, (errors.NoNetwork, errors.DiskFull)):
        return ours.next
    return "Correct that line, and build again: the steps before it come from the cache."


def _one_line(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= 100 else first[:99] + "…"


def _image(engine: Engine, build: Build) -> Any:
    """The image that was built: by its id, which no later tag can move."""
    try:
        return engine.image(build.image_id or build.tag)
    except errors.ImageNotFound:
        return engine.image(build.tag) if build.tag else None
