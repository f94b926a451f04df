"""What a notebook holds of an engine's objects: an image that can be called, a container, a build.

They print as stable text, in the lecture's words: no ids, no times. The pictures are made when they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from containerlab import pictures
from containerlab.errors import ContainerNotFound, LabError, NotOurs
from containerlab.model import Change, Container, Image, human_size
from containerlab.results import CommandResult
from containerlab.show import ShownByItsCell

if TYPE_CHECKING:
    from containerlab.lab import Lab
    from containerlab.model import Build, BuildStep
    from containerlab.widgets.explorer import Explorer
    from containerlab.widgets.picture import Picture


class Output(str):
    """What a container printed; as the value of a cell it shows as that text, not as a quoted string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return self.rstrip("\n")


class Changes(tuple[Change, ...]):
    """What a writable layer holds; prints a line for each path."""

    __slots__ = ()

    def __repr__(self) -> str:
        lines = (f"{one.kind:8}{one.path}{'' if one.size is None else f'  {human_size(one.size)}'}" for one in self)
        return "\n".join(lines) or "nothing changed: the writable layer is empty"


class LabImage:
    """An image, as a class: call it, and it makes a container. ``model`` is what the engine says of it.

    It stays the image that it was when it was asked for, also when its tag moves on.
    """

    def __init__(self, lab: Lab, name: str, model: Image) -> None:
        self._lab = lab
        self.name = name
        self.model = model

    def __call__(
        self,
        *args: str,
        detach: bool = False,
        name: str | None = None,
        entrypoint: str | Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        network: str | None = None,
        wait: float = 30.0,
        **options: Any,
    ) -> LabContainer:
        """A new container with these arguments in place of CMD. Waits up to ``wait`` seconds for its end; a service
        that is to go on is started with ``detach=True``. Other options are those of ``Engine.create``."""
        options = {"entrypoint": entrypoint, "env": env, "network": network} | options
        return self._lab.run_container(self, args, name=name, wait=None if detach else wait, options=options)

    @property
    def layers(self) -> Picture:
        """The stack of its layers, base at the bottom."""
        return pictures.stack(self.model)

    stack = layers

    @property
    def history(self) -> Picture:
        """Its instructions, joined to its layers and to the lines of its Dockerfile where that is known."""
        return pictures.history(self.model)

    def explore(self, against: str | LabImage | None = None, *, helper: bool = False) -> Explorer:
        """The files of its layers: what each added, changed, removed, and wastes. With ``against``: what differs from
        that other image. ``helper``: a read-only container may look into the engine's folders (fast, also on an
        engine that is not ours)."""
        from containerlab.exploring import of_lab

        return of_lab(self._lab, self, against, helper)

    @property
    def source(self) -> Picture:
        """The image as a Python class, written from its own config."""
        return pictures.source(self.model)

    def diagram(self) -> Picture:
        """The class diagram: this image, its base, and its containers as instances."""
        engine = self._lab.engine
        return pictures.diagram(self.model, [engine.container(box.id, changes=True) for box in self.containers])

    @property
    def containers(self) -> tuple[LabContainer, ...]:
        """All containers made from it, whoever made them, oldest first."""
        found = [one for one in self._lab.engine.containers() if one.image_id == self.model.id]
        return tuple(LabContainer(self._lab, one) for one in sorted(found, key=lambda one: one.created or 0))

    def __repr__(self) -> str:
        count = len(self.model.layers)
        return f"{self.name}: an image of {count} layer{'' if count == 1 else 's'}"


class LabContainer(ShownByItsCell):
    """A container, as an instance of its image. ``model`` asks the engine each time it is read."""

    def __init__(self, lab: Lab, model: Container, argv: Sequence[str] = ()) -> None:
        self._lab = lab
        self._last = model
        self._output: str | None = None
        self.argv = tuple(argv) or (*model.entrypoint, *model.args)

    @property
    def model(self) -> Container:
        """What the engine says of it now; after its removal the last that was known, with the state "removed"."""
        if self._last.state != "removed":
            try:
                self._last = self._lab.engine.container(self._last.id)
            except ContainerNotFound:
                self._last = replace(self._last, state="removed")
        return self._last

    @property
    def id(self) -> str:
        return self._last.id

    @property
    def name(self) -> str:
        return self._last.name

    @property
    def state(self) -> str:
        """created, running, exited, ... or removed."""
        return self.model.state

    @property
    def exit_code(self) -> int | None:
        """The exit status of its process; None while it runs."""
        model = self.model
        return None if model.state in ("running", "created", "paused") else model.exit_code

    @property
    def image(self) -> LabImage:
        """The image that it was made from."""
        return self._lab.image(self._last.image_name or self._last.image_id)

    @property
    def output(self) -> Output:
        """What its process has printed so far, stdout and stderr."""
        if self._output is None or self._last.state != "removed":
            try:
                self._output = self._lab.engine.logs(self.id)
            except LabError:
                if self._output is None:
                    raise
        return Output(self._output)

    @property
    def stack(self) -> Picture:
        """Its image's layers, and its own writable layer on top."""
        container = self._lab.engine.container(self.id, changes=True)
        return pictures.stack(self._lab.with_lines(self._lab.engine.image(container.image_id)), container)

    @property
    def changes(self) -> Changes:
        """What differs from its image: what ``docker diff`` tells, with sizes."""
        return Changes(self._lab.engine.container(self.id, changes=True).changes)

    def run(self, command: str | Sequence[str]) -> CommandResult:
        """A second command in the running container (``docker exec``). A string goes to its shell."""
        argv = ["sh", "-c", command] if isinstance(command, str) else list(command)
        code, output = self._lab.exec(self.id, argv)
        result = CommandResult((*argv,), output, code)
        self._lab.ran(result)
        return result

    def start(self) -> LabContainer:
        """Starts it again, with the same arguments and the same writable layer."""
        self._ours("start")
        self._lab.engine.start(self.id)
        return self

    def stop(self, seconds: int = 2) -> LabContainer:
        """Asks its process to end, and ends it after ``seconds``."""
        self._ours("stop")
        self._lab.engine.stop(self.id, seconds)
        return self

    def wait(self, seconds: float = 30.0) -> LabContainer:
        """Waits for its end, at most so long."""
        self._lab.engine.wait(self.id, seconds)
        return self

    def remove(self) -> LabContainer:
        """Removes it, running or not, and its writable layer with it. Its output stays known here."""
        self._ours("remove")
        model, output = self.model, str(self.output) if self.state != "removed" else self._output
        if model.state != "removed":
            self._lab.engine.remove(self.id, force=True)
        self._output, self._last = output, replace(model, state="removed")
        return self

    def _ours(self, act: str) -> None:
        if not self._lab.owns(self._last):
            raise NotOurs(
                f"The container {self.name} was not made by this lab, so the lab does not {act} it.",
                f"if you are sure: %docker container {'rm' if act == 'remove' else act} {self.name}",
            )

    def __repr__(self) -> str:
        model = self.model
        code = "" if self.exit_code is None or model.state == "removed" else f" with status {model.exit_code}"
        head = f"{self.name}: a container of {model.image_name}, {model.state}{code}"
        if model.state == "removed" and self._output is None:
            return head
        return "\n".join(part for part in (head, repr(self.output)) if part)


class LabBuild(ShownByItsCell):
    """A build that was carried out: the model, its player, and the image that came of it."""

    def __init__(self, lab: Lab, model: Build, player: Any = None, folder: Any = None, options: Any = None) -> None:
        self._lab = lab
        self._player = player
        self.model = model
        self.folder = folder
        self.options = options

    @property
    def tag(self) -> str:
        return self.model.tag

    @property
    def image(self) -> LabImage:
        """The image that this build made (not what its tag means by now)."""
        image = self._lab.engine.image(self.model.image_id or self.tag)
        return LabImage(self._lab, self.tag, self._lab.with_lines(image))

    @property
    def steps(self) -> tuple[BuildStep, ...]:
        return self.model.steps

    @property
    def cached(self) -> tuple[str, ...]:
        """The instructions that came from the cache."""
        return tuple(step.instruction for step in self.model.cached)

    @property
    def ran(self) -> tuple[str, ...]:
        """The instructions that the engine carried out."""
        return tuple(step.instruction for step in self.model.ran)

    @property
    def output(self) -> Output:
        """The log of all steps."""
        return Output("\n".join(line for step in self.model.steps for line in step.log))

    @property
    def transcript(self) -> Picture:
        """What the builder printed, explained line by line."""
        return pictures.transcript(self.model)

    @property
    def player(self) -> Any:
        """The build, step by step."""
        if self._player is None:
            self._player = pictures.player(self.model)
        return self._player

    def _repr_mimebundle_(self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None) -> Any:
        return self.player._repr_mimebundle_(include=include, exclude=exclude)

    def __repr__(self) -> str:
        return summary(self.model)


def summary(build: Build) -> str:
    """A build in a line, without times: it is the same each time that the same things happen."""
    if build.state == "failed":
        failed = build.failed
        where = f" at line {failed.line}: {failed.instruction}" if failed else ""
        return f"{build.tag or 'build'}: failed{where}"
    if build.state == "cancelled":
        return f"{build.tag or 'build'}: cancelled"
    from containerlab.draw.player import saved

    return f"{build.tag or 'build'}: built, {saved(build).words}"
