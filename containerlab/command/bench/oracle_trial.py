"""The oracle against a real engine: build, edit, foresee, build again, compare."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from containerlab import errors
from containerlab.build.context import Context
from containerlab.build.oracle import BaseImage, Given, Memory, marks, predict, record
from containerlab.build.oracle.files import without_ignored
from containerlab.command.bench.oracle_cases import Case, make
from containerlab.command.bench.oracle_edits import EDITS, edit
from containerlab.engine import builds
from containerlab.engine.cachefacts import base_image
from containerlab.engine.client import Engine
from containerlab.model import Build
from containerlab.model.engine import Builder
from containerlab.model.prediction import Prediction, became

EDITS_PER_CASE = 10
VARIANTS = {"plain": "ENV BASE=1", "label": "ENV BASE=1\nLABEL other=1", "env": "ENV BASE=2"}


@dataclass
class Result:
    """``asserted`` and ``unknown`` count steps; ``wrong`` holds each wrong one whole."""

    builder: str
    seed: int
    edits: int = 0
    failed: int = 0
    asserted: int = 0
    right: int = 0
    unknown: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[str, int] = field(default_factory=dict)
    unknown_by_edit: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0  # seconds of the slowest prediction

    @property
    def unknown_share(self) -> float:
        return self.unknown / max(self.asserted + self.unknown, 1)


class Trial:
    """Cases one after the other on one builder; ``run`` gives what came of them."""

    def __init__(self, engine: Engine, builder: Builder, seed: int, say: Callable[[str], None] | None = None) -> None:
        self.engine = engine
        self.builder = builder
        self.rng = random.Random(seed)
        self.result = Result(builder, seed)
        self.say = say
        self.folder = Path(tempfile.mkdtemp(prefix="oracle-"))
        self.tag = f"containerlab-oracle-{uuid.uuid4().hex[:8]}:base"
        self._made: set[str] = set()
        self._cases = 0
        self.variants: dict[str, str] = {}
        self.bases: dict[str, BaseImage] = {}
        self.memory = Memory()
        self._wanted = list(EDITS)
        self.rng.shuffle(self._wanted)

    def run(self, edits: int) -> Result:
        try:
            for name, text in VARIANTS.items():
                context = Context(None, f"FROM busybox\n{text}\n")
                self.variants[name] = builds.build(
                    self.engine, context, tag=f"{self.tag}-{name}", builder="classic"
                ).image_id
                self.bases[name] = base_image(self.engine, f"{self.tag}-{name}")
            while self.result.edits < edits:
                self._case(min(EDITS_PER_CASE, edits - self.result.edits))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._clean()
        return self.result

    def _case(self, edits: int) -> None:
        case = make(
            self.rng, uuid.UUID(int=self.rng.getrandbits(128)).hex[:6] + uuid.uuid4().hex[:6], self.tag, self._cases
        )
        self._cases += 1
        self.memory = Memory()
        history = [case]
        if not self._build(self._given(case), case):
            return  # not a Dockerfile that builds
        for _ in range(edits):
            if self.rng.random() < 0.1:
                case, told = self.rng.choice(history), ["back to an earlier one"]
            else:
                wanted = self._wanted.pop() if self._wanted else None
                case, told = edit(self.rng, case, wanted)
            self._compare(history[-1], case, told)
            history.append(case)

    def _compare(self, before: Case, case: Case, told: list[str]) -> None:
        given = self._given(case)
        started = time.perf_counter()
        foreseen = predict(given, self.memory)
        self.result.slowest = max(self.result.slowest, time.perf_counter() - started)
        self.result.edits += 1
        for name in told:
            self.result.kinds[name] = self.result.kinds.get(name, 0) + 1
        build = self._build(given, case)
        if build is None:
            return
        self.result.failed += build.state != "done"
        wrong = self._count(foreseen, build, "+".join(told))
        if wrong:
            told_whole = {
                "edits": told,
                "steps": wrong,
                "dockerfile": case.text,
                "before": before.text,
                "build_args": case.build_args,
                "base": [before.base, case.base],
                "files": sorted(case.files),
                "ignore": case.files.get(".dockerignore", b"").decode(),
            }
            self.result.wrong.append(told_whole)
            if self.say:
                self.say(f"wrong: {told_whole}")

    def _count(self, foreseen: Prediction, build: Build, kinds: str) -> list[dict[str, Any]]:
        wrong = []
        for one, step in zip(foreseen.steps, build.steps, strict=True):
            was = became(build, step)
            if one.silent or was is None:
                continue
            if self.builder == "buildkit" and step.started is None:
                continue  # said of another stage's equal step
            if one.outcome == "unknown":
                self.result.unknown += 1
                self.result.unknown_by_edit[kinds] = self.result.unknown_by_edit.get(kinds, 0) + 1
                continue
            self.result.asserted += 1
            if one.outcome == was:
                self.result.right += 1
            else:
                wrong.append(
                    {"step": one.instruction, "line": one.line, "said": one.outcome, "was": was, "why": one.why}
                )
        return wrong

    def _given(self, case: Case) -> Given:
        self._write(case)
        context = Context(self.folder, case.text)
        files = marks(context)
        if self.builder == "classic":
            files = without_ignored(files, "Dockerfile", case.files.get(".dockerignore", b"").decode())
        version = self.engine.info().version
        return Given(
            context.dockerfile, self.builder, files, case.build_args, {self.tag: self.bases[case.base]}, version=version
        )

    def _build(self, given: Given, case: Case) -> Build | None:
        """The build, also one that failed: its steps before that count. None where there was none."""
        self.engine.tag(self.variants[case.base], self.tag)
        context = Context(self.folder, case.text)
        try:
            build = builds.build(self.engine, context, builder=self.builder, build_args=case.build_args)
        except errors.BuildFailed as failed:
            if failed.build is None:
                return None
            build = failed.build
        except errors.LabError:
            return None
        self._made |= {one for one in (build.image_id, *(step.image_id for step in build.steps)) if one}
        record(given, build, self.memory)
        return build

    def _write(self, case: Case) -> None:
        for child in self.folder.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        for name, content in case.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(case.modes.get(name, 0o644))
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_dir():
                path.chmod(case.modes.get(name, 0o755))

    def _clean(self) -> None:
        """Removes what it made; an image goes once nothing stands on it."""
        for name in (self.tag, *(f"{self.tag}-{one}" for one in VARIANTS)):
            self._remove(name)
        made: set[str] = set()
        left = self._made
        while left and left != made:
            made, left = left, {image for image in left if not self._remove(image)}

    def _remove(self, image: str) -> bool:
        """Whether it is gone."""
        try:
            self.engine.remove_image(image, force=True)
        except errors.ImageNotFound:
            return True
        except errors.EngineError:
            return False
        return True
