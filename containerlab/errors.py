"""Every error that the course raises on purpose, as one tree.

    LabError
    ├── EngineError            the engine could not do what was asked
    │   ├── EngineNotFound     no engine answers, and none could be started
    │   ├── EngineGone         it answered before and does not now
    │   ├── EngineSilent       it accepted the call and never answered
    │   ├── EngineUnsupported  its API is too old or too new
    │   ├── WrongAddress       the address names no engine
    │   ├── ConsentNeeded      a remote engine; nothing was changed
    │   ├── ImageNotFound, ContainerNotFound
    │   ├── NameTaken, PortTaken
    │   ├── DiskFull, NoNetwork
    │   └── EngineRefused      any other answer that is not a success
    ├── DockerfileError        the text cannot be read as a Dockerfile
    ├── BuildFailed            a step ended with an error; carries the Build
    ├── BuildCancelled         stopped by Ctrl-C; carries the Build
    ├── Interrupted            stopped by Ctrl-C; what it had begun was undone
    ├── CommandError           a magic or a command line that makes no sense
    ├── NotOurs                the course did not make it, so it does not touch it
    ├── CleanUpIncomplete      something of ours remains, by name
    └── SetupError             this machine lacks something, with the step that adds it

A message says what happened and why; ``next`` says what to do now. In a notebook both are shown without a traceback.
"""

from __future__ import annotations

from typing import Any


class LabError(Exception):
    """What happened, and the next step. ``str()`` is what a person reads."""

    def __init__(self, what: str, next: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next = next

    def __str__(self) -> str:
        return f"{self.what}\n→ {self.next}" if self.next else self.what

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines in place of a traceback."""
        return str(self).splitlines()


class EngineError(LabError):
    """The engine could not do what was asked."""


class EngineNotFound(EngineError):
    """No engine answers, and none could be started."""


class EngineGone(EngineError):
    """The engine answered before and does not answer now."""


class EngineSilent(EngineError):
    """The engine accepted the call and gave no answer in time."""


class EngineUnsupported(EngineError):
    """The engine's API is older or newer than what the course can speak."""


class WrongAddress(EngineError):
    """The address cannot be an engine's."""


class ConsentNeeded(EngineError):
    """The engine is on another machine and nobody has agreed to use it."""


class ImageNotFound(EngineError):
    """The engine has no such image."""


class ContainerNotFound(EngineError):
    """The engine has no such container."""


class NameTaken(EngineError):
    """A container of that name exists."""


class PortTaken(EngineError):
    """The port is in use."""


class DiskFull(EngineError):
    """The engine's disk has no room left."""


class NoNetwork(EngineError):
    """A registry or a package server could not be reached."""


class EngineRefused(EngineError):
    """Any other answer that is not a success; ``status`` is the HTTP status, 0 where there was none."""

    def __init__(self, what: str, next: str = "", status: int = 0) -> None:
        super().__init__(what, next)
        self.status = status


class DockerfileError(LabError):
    """The text cannot be read as a Dockerfile; ``line`` counts from 1, 0 for the file as a whole."""

    def __init__(self, what: str, next: str = "", line: int = 0) -> None:
        super().__init__(what, next)
        self.line = line


class BuildFailed(LabError):
    """A step of a build failed; ``build`` is the containerlab.model.Build as far as it came."""

    def __init__(self, what: str, next: str = "", build: Any = None) -> None:
        super().__init__(what, next)
        self.build = build


class BuildCancelled(BuildFailed):
    """The build was interrupted, and was stopped on the engine as well."""


class Interrupted(LabError):
    """Stopped by Ctrl-C; what it had begun was undone."""


class CommandError(LabError):
    """A magic or a command line that makes no sense."""


class NotOurs(LabError):
    """The course did not make this, and so does not touch it."""


class CleanUpIncomplete(LabError):
    """Something of ours could not be removed; ``left`` names each thing."""

    def __init__(self, what: str, next: str = "", left: tuple[str, ...] = ()) -> None:
        super().__init__(what, next)
        self.left = left


class SetupError(LabError):
    """This machine lacks something that the course needs."""
