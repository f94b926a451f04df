"""What a lab knows of its engine's build cache: every build is noted as it is made, for the oracle to foresee the next.

The notes lie in the lab's home, so that they outlive the kernel as the cache does. Before they are used, they are
held against what the engine has: steps that somebody else built, and steps that were dropped.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from containerlab.errors import LabError
from containerlab.model import short_id

if TYPE_CHECKING:
    from containerlab.build.context import Context
    from containerlab.build.oracle import BaseImage, Given, Memory, Prediction
    from containerlab.build.oracle.journal import Entry
    from containerlab.build.oracle.memory import Node
    from containerlab.lab import Lab
    from containerlab.magics.options import BuildOptions
    from containerlab.model import Build
    from containerlab.model.engine import Builder

LARGEST = 32_000_000  # bytes of a context whose files are read for it
KEPT = 400  # builds in the journal
# Seconds between the engine's clock and ours. Small, since a record that is taken for somebody else's does no harm: it
# only makes a miss unknown.
TOLERANCE = 0.02

_of: WeakKeyDictionary[Lab, Keeper] = WeakKeyDictionary()


def of(lab: Lab) -> Keeper:
    """The keeper of a lab, on the engine that it has now."""
    keeper = _of.get(lab)
    if keeper is None or keeper.address != lab.engine.address:
        keeper = _of[lab] = Keeper(lab)
    return keeper


@dataclass
class _Noted:
    entry: Entry
    ran: list[Node]
    records: set[str] = field(default_factory=set)


class Keeper:
    """The memories of one engine, one for each builder."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.address = lab.engine.address
        self._path = lab.home / "builds" / f"{_identity(lab)}.jsonl"
        self._memories: dict[Builder, Memory] = {}
        self._noted: list[_Noted] = []
        self._bases: dict[str, BaseImage | None] = {}
        self._size = -1  # of the journal, as far as it is known here

    # -- noting ---------------------------------------------------------------------------------------------------

    def before(self, context: Context, options: BuildOptions) -> Given | None:
        """What to hand to ``after`` when the build is over. No build fails for want of a note."""
        try:
            return self.given(context, options)
        except Exception:
            return None

    def after(self, given: Given | None, build: Build) -> None:
        with suppress(Exception):
            self.note(given, build)

    def given(self, context: Context, options: BuildOptions, files: Mapping[str, str] | None = None) -> Given | None:
        """All that goes into the build; None where it is too much to read, or cannot be."""
        from containerlab.build.oracle import Given, marks, references
        from containerlab.build.oracle.files import TooLarge, without_ignored

        builder = cast("Builder", options.builder) or self._lab.info.builders[0]
        if builder not in ("buildkit", "classic"):
            return None
        if files is None:
            self._bases.clear()  # a tag may have moved
        try:
            found = dict(files) if files is not None else marks(context, LARGEST)
            ignore = (context.folder / ".dockerignore") if context.folder else None
            if builder == "classic" and ignore is not None and ignore.is_file():
                found = without_ignored(found, context.dockerfile_name, ignore.read_text("utf-8", "replace"))
        except (OSError, TooLarge, LabError):
            return None
        args = {
            name: os.environ.get(name, "") if value is None else value
            for name, value in options.build_args.items()
            if value is not None or name in os.environ
        }
        made = Given(context.dockerfile, builder, found, args, {}, options.target, self._lab.info.version)
        bases = {name: self._base(name) for name in references(made)}
        return replace(made, bases={name: base for name, base in bases.items() if base is not None})

    def _base(self, reference: str) -> BaseImage | None:
        from containerlab.engine.cachefacts import base_image

        if reference not in self._bases:
            found = None
            with suppress(LabError):
                found = base_image(self._lab.engine, reference)
            self._bases[reference] = found
        return self._bases[reference]

    def note(self, given: Given | None, build: Build) -> None:
        """The build has taken place."""
        from containerlab.build.oracle.journal import Entry, write

        self._bases.clear()
        if given is None or build.builder != given.builder:
            if self._size >= 0:
                self.memory(build.builder).whole = False
            return
        entry = Entry(given, build)
        if self._size >= 0:  # else it is learned when the journal is first asked for: builds do not wait for it
            self._learn(entry)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(0o600)  # it holds build args
            line = write(entry) + "\n"
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)
            if self._size >= 0:
                self._size += len(line.encode())

    def _learn(self, entry: Entry) -> None:
        from containerlab.build.oracle import record

        ran = record(entry.given, entry.build, self.memory(entry.given.builder))
        self._noted.append(_Noted(entry, ran, set(entry.records)))

    def memory(self, builder: Builder) -> Memory:
        from containerlab.build.oracle import Memory

        if self._size < 0:
            self._recall()
        return self._memories.setdefault(builder, Memory())

    def _recall(self) -> None:
        """The builds of earlier kernels, and of others that are running."""
        from containerlab.build.oracle.journal import read

        self._memories.clear()
        self._noted.clear()
        self._size = 0
        try:
            text = self._path.read_text("utf-8")
        except OSError:
            return
        self._size, lines = len(text.encode()), text.splitlines()
        for line in lines[-KEPT:]:
            with suppress(ValueError, LabError):
                self._learn(read(line))
        if len(lines) > 2 * KEPT:
            with suppress(OSError):
                text = "\n".join(lines[-KEPT:]) + "\n"
                _replace(self._path, text)
                self._size = len(text.encode())

    # -- held against the engine ------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Look at what the engine's caches hold now."""
        from containerlab.engine.cachefacts import cache_records, step_images, steps_of_others

        self._bases.clear()
        if self._size != (self._path.stat().st_size if self._path.exists() else 0):
            self._recall()
        engine = self._lab.engine
        builders = self._lab.info.builders
        if "buildkit" in builders:
            self._compare(cache_records(engine))
        if "classic" in builders:
            memory = self.memory("classic")
            memory.keep_only(step_images(engine))
            memory.whole = True
            memory.foreign = steps_of_others(engine, {short_id(one) for one in memory.ids("classic")})

    def _compare(self, records: Mapping[str, float]) -> None:
        """BuildKit names its records as it likes: they are told apart by when they were made."""
        memory = self.memory("buildkit")
        noted = [one for one in self._noted if one.entry.given.builder == "buildkit"]
        whole = True
        for name, made in records.items():
            owner = next((one for one in reversed(noted) if _within(made, one.entry.build)), None)
            if owner is None:
                whole = False
            else:
                owner.records.add(name)
        for one in noted:  # in order: what was built again later is there again
            gone = not one.records & records.keys()
            doubtful = bool(one.records - records.keys())
            for node in one.ran:
                node.gone, node.doubtful = gone, doubtful
        memory.whole = whole

    def seconds(self) -> dict[str, float]:
        """How long each instruction took when it last ran, by its text."""
        return {
            step.instruction: step.seconds
            for one in self._noted
            for step in one.entry.build.steps
            if step.state == "done" and step.started is not None
        }

    def foresee(self, given: Given) -> Prediction:
        from containerlab.build.oracle import predict

        return predict(given, self.memory(given.builder))


def _within(made: float, build: Build) -> bool:
    return build.started - TOLERANCE <= made <= (build.completed or build.started) + TOLERANCE


def _identity(lab: Lab) -> str:
    """The engine's own name for its data: another one after its data was removed."""
    found = str(lab.engine.raw_info().get("ID") or "engine")
    return "".join(char for char in found.lower() if char.isalnum())[:32]


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.touch(0o600)
    beside.write_text(text, "utf-8")
    beside.replace(path)
