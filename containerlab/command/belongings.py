"""What the course made on this machine: a list to show first, each thing with the way to remove it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from containerlab import settings
from containerlab.command import jupyter
from containerlab.engine import bases, ownership, wire
from containerlab.engine.client import Engine
from containerlab.errors import EngineError, LabError
from containerlab.model.units import human_size, short_id

NOTEBOOKS = jupyter.CHECKOUT / "notebooks"
# Ours in home(): it may be a folder that holds other things too.
OWN_FILES = ("lab.json", "lab.log", "prepare.lock", "prepare.log", "prepare.json")


@dataclass(frozen=True, slots=True)
class Belonging:
    """``remove`` raises a LabError where something stays."""

    says: str
    remove: Callable[[], object]


def sessions() -> Iterator[Belonging]:
    """What notebooks left on engines, one entry an engine."""
    by_engine: dict[str, list[Path]] = {}
    for file in sorted((settings.home() / "sessions").glob("*.jsonl")):
        address = str(_lines(file)[:1] and _lines(file)[0].get("engine", ""))
        by_engine.setdefault(address, []).append(file)
    for address, files in by_engine.items():
        with suppress(EngineError):  # an engine that has gone keeps its things, and their record stays for it
            engine = _engine(address)
            names = list(dict.fromkeys(name for file in files for name in _names(engine, file)))
            if names:
                yield Belonging(", ".join(names), partial(ownership.sweep, engine, settings.home()))


def _engine(address: str) -> Engine:
    """The engine at an address that a session noted; ours is started where it has stopped."""
    if sys.platform.startswith("linux"):
        from containerlab.engine.private import PrivateEngine

        private = PrivateEngine(settings.home())
        if private.address == address:
            return private.start()
    if wire.is_remote(address) and not settings.remote_consent():
        raise EngineError("A remote engine needs consent.")
    engine = Engine(address)
    engine.ping()
    return engine


def _lines(file: Path) -> list[dict[str, str]]:
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def _names(engine: Engine, file: Path) -> Iterator[str]:
    """The recorded things that are still there, by the names that a person knows."""
    cached = 0
    for entry in _lines(file):
        kind, identity = entry.get("kind", ""), entry.get("id", "")
        if kind == "container":
            labels = {ownership.ACT: entry["act"]} if "act" in entry else {ownership.SESSION: file.stem}
            for one in engine.containers(labels=labels):
                if identity in {"", one.id}:
                    yield f"container {one.name}"
        elif kind in {"tag", "image"}:
            if identity and engine.has_image(identity):
                yield f"image {identity if kind == 'tag' else short_id(identity)}"
        elif kind == "cache":
            cached += 1
        elif kind:
            yield f"{kind} {identity or '(by its label)'}"
    if cached:
        yield f"{cached} build cache records"


def work() -> Iterator[Belonging]:
    """What the notebooks wrote beside themselves."""
    folder, progress = NOTEBOOKS / "work", NOTEBOOKS / ".progress.json"
    if folder.exists():
        yield Belonging(f"the lectures' work folder {_short(folder)}", lambda: _remove(folder))
    if progress.exists():
        yield Belonging(f"your answers and progress {_short(progress)}", lambda: _remove(progress))


def everything_else() -> Iterator[Belonging]:
    """For ``--all``: our engine's data, the caches, the stand-ins in the student's engine, our own small files."""
    yield from _stand_ins()
    home = settings.home()
    if sys.platform.startswith("linux") and (home / "engine").exists():
        from containerlab.engine.private import PrivateEngine

        yield Belonging(
            f"the lab's own engine with all images and containers in it ({_size(home / 'engine')})",
            PrivateEngine(home).remove,
        )
    made = settings.cache() / "bases"
    if made.exists():
        yield Belonging(f"the base images made here ({_size(made)})", lambda: _remove(made))
    own = [home / name for name in (*OWN_FILES, "jupyter", "sessions") if (home / name).exists()]
    if own:
        yield Belonging(f"JupyterLab's settings and logs in {home}", lambda: _remove(*own, empty=home))


def _stand_ins() -> Iterator[Belonging]:
    from containerlab.engine import find

    for engine in find.answering():
        with suppress(LabError):
            for image in engine.images(labels={bases.LABEL: ""}):
                for tag in image.tags:
                    if tag.startswith("containerlab/"):
                        yield Belonging(f"base image {tag}", partial(engine.remove_image, tag))


def _remove(*paths: Path, empty: Path | None = None) -> None:
    for path in paths:
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise LabError(f"{path} stays: {error.strerror}") from None
    if empty is not None:
        with suppress(OSError):
            empty.rmdir()


def _size(folder: Path) -> str:
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += (Path(root) / name).lstat().st_size
    return human_size(total)


def _short(path: Path) -> str:
    return os.path.relpath(path)
