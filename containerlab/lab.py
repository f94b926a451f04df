"""The session that a notebook holds: every object of the engine is asked for, made and cleaned up through it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from containerlab import settings
from containerlab.connection import Connection
from containerlab.course.predict import Predictions
from containerlab.course.progress import NAME, Progress
from containerlab.errors import (
    CommandError,
    EngineError,
    ImageNotFound,
    Interrupted,
    LabError,
    NameTaken,
)
from containerlab.folder import Folder
from containerlab.show import say

if TYPE_CHECKING:
    from containerlab.course.check import Verdict
    from containerlab.engine.client import Engine
    from containerlab.model import Image
    from containerlab.objects import LabBuild, LabContainer, LabImage
    from containerlab.results import CommandResult
    from containerlab.widgets.picture import Picture

INTERRUPTED = "Interrupted, cleaned up."


class Lab(Connection):
    """What a notebook calls ``lab``. Connects to an engine when it is first needed."""

    def __init__(self, engine: Engine | None = None, home: Path | None = None) -> None:
        self.builds: list[LabBuild] = []
        self.last: LabBuild | LabContainer | CommandResult | None = None
        self.predictions = Predictions()
        self.progress = Progress(Path.cwd() / NAME)
        self._counts: dict[str, int] = {}
        self._scoring = True
        super().__init__(engine, home or settings.home())

    # -- images and containers -----------------------------------------------------------------------------------

    def resolve(self, reference: str) -> str:
        """The name under which this engine has it: the course's stand-in for a base image, else the same name."""
        from containerlab.engine.bases import NAMES, resolve

        name = reference.removesuffix(":latest")
        return resolve(self.engine, name) if name in NAMES else reference

    def image(self, reference: str) -> LabImage:
        """The image of that name; call it to make a container of it."""
        from containerlab.objects import LabImage

        return LabImage(self, reference, self.with_lines(self.engine.image(self.resolve(reference))))

    def container(self, reference: str) -> LabContainer:
        """The container of that name, whoever made it. What others made is shown, not changed."""
        from containerlab.objects import LabContainer

        return LabContainer(self, self.engine.container(reference))

    def containers(self, image: str | None = None) -> tuple[LabContainer, ...]:
        """The containers of this session, oldest first; with ``image`` all that were made from it."""
        if image is not None:
            return self.image(image).containers
        from containerlab.objects import LabContainer

        found = [one for one in self.engine.containers(labels=self.session.labels()) if self.owns(one)]
        return tuple(LabContainer(self, one) for one in sorted(found, key=lambda one: one.created or 0))

    def run_container(
        self, image: LabImage, args: Sequence[str], *, name: str | None, wait: float | None, options: Mapping[str, Any]
    ) -> LabContainer:
        """What calling a LabImage does: create, start, wait. Whatever stops it on the way leaves no container."""
        from containerlab.objects import LabContainer

        engine = self.engine
        labels = self.session.intend("container")
        given = {key: one for key, one in options.items() if one is not None} | {"labels": labels}
        try:
            made = self._create(image, list(args), name, given)
            engine.start(made)
            if wait is not None:
                engine.wait(made, wait)
            box = LabContainer(self, engine.container(made))
        except KeyboardInterrupt:
            self.remove_made(labels)
            raise Interrupted(INTERRUPTED) from None
        except EngineError:
            with suppress(EngineError):
                self.remove_made(labels)
            raise
        self.ran(box)
        return box

    def _create(self, image: LabImage, args: list[str], name: str | None, options: Mapping[str, Any]) -> str:
        """A named container: ``hello-2`` is the second one that this lab made of an image called hello."""
        reference = image.model.id
        with suppress(ImageNotFound):
            if self.engine.image(self.resolve(image.name)).id == image.model.id:
                reference = self.resolve(image.name)
        stem = (
            re.sub(r"[^a-zA-Z0-9_.-]", "", image.name.rpartition("/")[2].partition(":")[0].partition("@")[0]) or "box"
        )
        for _ in range(1000):
            if name is None:
                self._counts[stem] = self._counts.get(stem, 0) + 1
            chosen = name or f"{stem}-{self._counts[stem]}"
            try:
                return self.engine.create(reference, args, name=chosen, **options)
            except NameTaken:
                if name is not None:
                    raise  # else it is another notebook's, or was left by someone: the next number
        raise CommandError(f"All names from {stem}-1 on are taken.", "give one: name=...")

    def exec(self, container: str, argv: Sequence[str]) -> tuple[int, str]:
        try:
            return self.engine.exec(container, argv)
        except KeyboardInterrupt:
            from containerlab.stopping import end_exec

            if end_exec(self.engine, container, argv):
                raise Interrupted(INTERRUPTED) from None
            raise Interrupted(
                "Interrupted. The command may still run in the container.", "stop the container to end it"
            ) from None

    # -- builds --------------------------------------------------------------------------------------------------

    def build(self, source: str | Path | Folder, tag: str = "", **options: Any) -> LabBuild:
        """Build from a Dockerfile's text, or from a folder (or a file) that holds one; shows it step by step.

        Options: ``builder`` ("classic" or "buildkit"), ``build_args``, ``target``, ``no_cache``, ``pull``,
        ``folder`` (what COPY reads) and ``file``."""
        from containerlab.building import build_from

        return build_from(self, source, tag, options)

    def compare(self, a: LabBuild | None = None, b: LabBuild | None = None) -> Any:
        """Two builds against each other: what the cache saved. Without arguments, the last build and the one before."""
        from containerlab import pictures
        from containerlab.building import last_two

        earlier, later = (a, b) if a is not None and b is not None else last_two(self.builds)
        return pictures.comparison(later.model, earlier.model)

    def try_edit(self, tag: str, name: str) -> tuple[str, ...]:
        """The instructions that a build of ``tag`` would carry out after an edit of the file ``name``. The student's
        files and image stay as they are."""
        from containerlab.building import try_edit

        return try_edit(self, tag, name)

    def with_lines(self, image: Image) -> Image:
        """The image with what the lab knows beyond the engine: the lines of the Dockerfile where this lab has built
        it, else the base of the course that it stands on."""
        from containerlab.build.assemble import lines_of
        from containerlab.build.dockerfile import parse
        from containerlab.engine import bases

        for build in reversed(self.builds):
            if build.model.image_id == image.id:
                return lines_of(image, parse(build.model.dockerfile))
        known = image
        for name in bases.NAMES:
            with suppress(ImageNotFound):
                base = self.engine.image(self.resolve(name))
                count = len(base.layers)
                if image.id != base.id and known.base_layers < count and image.layers[:count] == base.layers:
                    known = replace(image, base=name, base_layers=count, base_rows=len(base.history))
        return known

    def folder(self, name: str | Mapping[str, str | bytes], files: Mapping[str, str | bytes] | None = None) -> Folder:
        """A folder beside the notebook with these files in it, to build from: ``%docker build -t app greeter``.
        Called again it writes into the same folder. Without a name it lies out of sight: use it as ``$folder``."""
        return self.folders.unnamed(name) if not isinstance(name, str) else self.folders.named(name, files or {})

    def touch(self, path: str) -> None:
        """A new date for a file; its content stays."""
        self.folders.touch(path)

    # -- pictures ------------------------------------------------------------------------------------------------

    def share(self, a: str | LabImage, b: str | LabImage) -> Picture:
        """Two images side by side: the layers that both have are there once."""
        from containerlab import pictures

        return pictures.shared(self._model(a), self._model(b))

    def pipeline(self, tag: str | LabImage) -> Picture:
        """Dockerfile, build, image, run, containers: the real objects in one diagram."""
        from containerlab import pictures

        image = tag if not isinstance(tag, str) else self.image(tag)
        build = next((one.model for one in reversed(self.builds) if one.model.image_id == image.model.id), None)
        boxes = [box.model for box in image.containers]
        return pictures.pipeline(build.dockerfile if build else "", build, image.model, boxes)

    def analogies(self) -> Picture:
        """Class and instance, recipe and dish: where each helps, and where it breaks."""
        from containerlab import pictures

        done = [one for one in self.builds if one.model.state == "done"]
        with suppress(LabError):
            if done:
                image = done[-1].image
                return pictures.analogies(image.model, [box.model for box in image.containers])
        return pictures.analogies(None, ())

    def glossary(self) -> Picture:
        """The words of the course, each with the thing on this engine that it names."""
        from containerlab.course.glossary import glossary

        return glossary(self)

    def _model(self, image: str | LabImage) -> Image:
        return self.image(image).model if isinstance(image, str) else image.model

    # -- predictions and exercises -------------------------------------------------------------------------------

    def predict(self, name: str) -> Any:
        """Ask a question of the lecture; the next run answers it."""
        from containerlab.course import registry
        from containerlab.widgets.question import Question

        question = registry.question(name)
        asked = Question(prompt=question.prompt, options=list(question.options), kind=question.kind)
        self.predictions.ask(question, asked)
        return asked

    def check(self, name: str) -> Verdict:
        """Look at the engine: is the exercise done? With a hint where it is not."""
        verdict = self.judge(name)
        self.progress.checked(name, verdict.right)
        return verdict

    def judge(self, name: str) -> Verdict:
        """The same without keeping the result."""
        from containerlab.course import registry

        with self.not_scoring():
            verdict: Verdict = registry.check(name).look(self)
        return verdict

    def ran(self, result: LabBuild | LabContainer | CommandResult) -> None:
        """A run took place: it is the last one, and it answers the predictions that wait."""
        if not self._scoring:
            return
        self.last = result
        for scored in self.predictions.score(self, result):
            say(str(scored))
            self.progress.predicted(scored.question.id, scored.answer, scored.truth, scored.right)

    @contextmanager
    def not_scoring(self) -> Iterator[None]:
        """Runs within are the lab's own: they answer no prediction, and are not the last."""
        before, self._scoring = self._scoring, False
        try:
            yield
        finally:
            self._scoring = before

    def clean(self) -> None:
        """Remove what this session made, and nothing else; says what went."""
        super().clean()
        self._counts.clear()

    def __repr__(self) -> str:
        return f"lab on {self.info}" if self._engine is not None else "lab, not connected yet"
