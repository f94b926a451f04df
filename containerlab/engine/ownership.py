"""What the course made is labelled and recorded; a clean-up removes what is both, and nothing else.

A label alone is no proof: a container takes its image's labels along, and anybody can type a label. A record alone
is none either: it is a file. So a session's things carry its label and stand in ``home/sessions/ID.jsonl``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from containerlab import errors
from containerlab.engine import reading
from containerlab.engine.client import Engine
from containerlab.engine.locks import try_lock
from containerlab.model import short_id

Kind = Literal["container", "network", "volume", "tag", "image", "cache"]

SESSION = "org.containerlab.session"
HOME = "org.containerlab.home"
ACT = "org.containerlab.act"
BASE = "org.containerlab.base"  # the label of bases.py, whose images are nobody's session's
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")
ORDER: tuple[Kind, ...] = ("container", "network", "volume", "tag", "image", "cache")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Names of what was ``removed``; ``left`` is ours, and in use by somebody else's container.

    ``others`` counts the containers and images on the engine that are not ours.
    """

    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    others: int = 0

    def __str__(self) -> str:
        what = f"removed {len(self.removed)}" if self.removed else "nothing to remove"
        rest = f"; {self.others} of other people's containers and images untouched" if self.others else ""
        rest += "".join(f"; {name}" for name in self.left)
        return what + rest


class Session:
    """One kernel's (or command's) things on one engine. Its lock tells other processes that it is alive."""

    def __init__(self, engine: Engine, home: Path, identity: str = "") -> None:
        self.engine = engine
        self.id = identity or secrets.token_hex(6)
        self._home = Path(home).absolute()
        folder = self._home / "sessions"
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / f"{self.id}.jsonl"
        self._lock = try_lock(self.file.with_suffix(".lock"))
        if self._lock is None:
            raise errors.NotOurs(f"The session {self.id} belongs to another process.")
        if not self.file.exists():
            self._write({"session": self.id, "engine": engine.address, "pid": os.getpid(), "at": time.time()})

    def labels(self) -> dict[str, str]:
        """What everything that this session makes carries."""
        home = hashlib.sha256(str(self._home).encode()).hexdigest()[:12]  # an image may travel: no path in it
        return {SESSION: self.id, HOME: home}

    def intend(self, kind: Kind) -> dict[str, str]:
        """Labels for one thing that is about to be made, recorded already: it is ours even if we die right after."""
        act = secrets.token_hex(6)
        self._write({"kind": kind, "act": act})
        return {**self.labels(), ACT: act}

    def record(self, kind: str, identity: str, was: str = "") -> None:
        """Notes a thing by its id (a volume or a tag by its name). An "image" given by its name is a "tag".

        With a tag goes the id that it has now: it is ours while it names that image. ``was``: the id that it had
        before, which gets it back.
        """
        entry = {"kind": kind, "id": identity}
        if kind in {"image", "tag"} and not _ID.fullmatch(identity):
            entry["kind"] = "tag"
            with suppress(errors.EngineError):
                entry["image"] = str(_inspect(self.engine, "inspect_image", "image", identity)["Id"])
        self._write(entry | {"was": was} if was else entry)

    def records(self) -> Iterator[dict[str, str]]:
        for line in self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else ():
            with suppress(ValueError):  # the last line of a process that was killed
                entry = json.loads(line)
                if "kind" in entry:
                    yield entry

    def clean(self) -> Cleaned:
        """Removes what is ours; CleanUpIncomplete names what could not be. What is left stays recorded."""
        entries = list(self.records())
        removed: list[str] = []
        left: list[str] = []
        in_use: list[str] = []
        kept: list[dict[str, str]] = []
        for kind in ORDER:
            if kind == "cache":
                removed += self._prune([entry["id"] for entry in entries if entry["kind"] == kind])
                continue
            for entry in reversed(entries):  # the newest first: an image before the one that it was built from
                if entry["kind"] != kind:
                    continue
                name = f"{kind} {entry.get('id') or entry.get('act')}"
                try:
                    removed += _twice(self, kind, entry)
                except (errors.EngineGone, errors.EngineSilent):
                    raise
                except errors.LabError as error:
                    used = kind in {"tag", "image"} and isinstance(error, errors.EngineRefused) and error.status == 409
                    (in_use if used else left).append(f"{name}: {error.what}")
                    kept.append(entry)
        self._rewrite(kept)
        if left:
            raise errors.CleanUpIncomplete(
                "Not everything of this session could be removed:\n" + "\n".join(left),
                "Run lab.clean() again, or remove it with docker container rm, docker image rm.",
                left=tuple(left),
            )
        return Cleaned(tuple(removed), tuple(in_use), self._others())

    def _prune(self, ids: list[str]) -> list[str]:
        """Records of the build cache: one on which another stands goes only after that one, so again and again, while
        some go. What is still in use then is in use by somebody else's build, and stays."""
        removed: list[str] = []
        while gone := self.engine.prune_build_cache(one for one in ids if one not in removed):
            removed += gone
        return [f"build cache {identity}" for identity in removed]

    def close(self, keep: bool = False) -> None:
        """Gives the lock back; the record goes too when nothing is in it (or stays for the next sweep)."""
        if self._lock is None:
            return
        if not keep and not list(self.records()):
            self.file.unlink(missing_ok=True)
            self.file.with_suffix(".lock").unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None

    # -- the record ----------------------------------------------------------------------------------------------

    def _write(self, entry: dict[str, Any]) -> None:
        # One write to a file opened for appending: whole lines, also when two threads record.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, (json.dumps(entry) + "\n").encode())
        finally:
            os.close(descriptor)

    def _rewrite(self, kept: list[dict[str, str]]) -> None:
        head = {"session": self.id, "engine": self.engine.address, "pid": os.getpid(), "at": time.time()}
        new = self.file.with_suffix(".new")
        new.write_text("".join(json.dumps(entry) + "\n" for entry in (head, *kept)), encoding="utf-8")
        new.replace(self.file)

    # -- what is ours --------------------------------------------------------------------------------------------

    def owns(self, labels: dict[str, str] | None) -> bool:
        return (labels or {}).get(SESSION) == self.id

    def _others(self) -> int:
        """Containers and images of other people, the course's own base images aside."""
        with self.engine.asking():
            images = [row for row in self.engine.images() if BASE not in dict(row.labels)]
            return len(self.engine.api.containers(all=True)) + len(images)


def sweep(engine: Engine, home: Path) -> Cleaned:
    """Removes what sessions of dead processes left on this engine; living sessions are not touched."""
    removed: list[str] = []
    left: list[str] = []
    for file in sorted((Path(home) / "sessions").glob("*.jsonl")):
        try:
            head = json.loads(file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            head = {}
        if head.get("engine") != engine.address:
            continue
        try:
            session = Session(engine, home, file.stem)
        except errors.NotOurs:  # it lives
            continue
        try:
            removed += session.clean().removed
        except errors.CleanUpIncomplete as error:
            left += error.left
        finally:
            session.close()
    if left:
        raise errors.CleanUpIncomplete(
            "Left over by an earlier session, and not to be removed:\n" + "\n".join(left),
            "Restart the engine, then try again.",
            left=tuple(left),
        )
    return Cleaned(tuple(removed))


# -- one remover a kind: the names of what went; nothing for what is gone already or is not ours --


def _container(session: Session, entry: dict[str, str]) -> list[str]:
    gone = []
    for identity in _found(session, entry, "container"):
        with suppress(errors.ContainerNotFound):
            raw = _inspect(session.engine, "inspect_container", "container", identity)
            if session.owns(raw["Config"].get("Labels")):
                session.engine.remove(raw["Id"], force=True)
                gone.append(f"container {raw['Name'].lstrip('/')}")
    return gone


def _network(session: Session, entry: dict[str, str]) -> list[str]:
    gone = []
    for identity in _found(session, entry, "network"):
        with _missing_is_fine():
            raw = _inspect(session.engine, "inspect_network", "network", identity)
            if session.owns(raw.get("Labels")):
                with session.engine.asking("network"):
                    session.engine.api.remove_network(raw["Id"])
                gone.append(f"network {raw['Name']}")
    return gone


def _volume(session: Session, entry: dict[str, str]) -> list[str]:
    gone = []
    for identity in _found(session, entry, "volume"):
        with _missing_is_fine():
            raw = _inspect(session.engine, "inspect_volume", "volume", identity)
            if session.owns(raw.get("Labels")):
                with session.engine.asking("volume"):
                    session.engine.api.remove_volume(raw["Name"])
                gone.append(f"volume {raw['Name']}")
    return gone


def _tag(session: Session, entry: dict[str, str]) -> list[str]:
    """A tag of ours goes while it names the image that it was recorded with, or one with our label."""
    gone: list[str] = []
    with suppress(errors.ImageNotFound):
        raw = _inspect(session.engine, "inspect_image", "image", entry["id"])
        if raw["Id"] == entry.get("image") or session.owns((raw.get("Config") or {}).get("Labels")):
            if entry.get("was") and entry["was"] != raw["Id"] and session.engine.has_image(entry["was"]):
                session.engine.tag(entry["was"], entry["id"])
            else:
                session.engine.remove_image(entry["id"])
            gone.append(f"image {entry['id']}")
    if "image" in entry:  # it may have lost its tag to a later build
        gone += _image(session, {"kind": "image", "id": entry["image"]})
    return gone


def _image(session: Session, entry: dict[str, str]) -> list[str]:
    """An image that carries our label and has no name any more; one with a name is in use by somebody."""
    gone = []
    for identity in _found(session, entry, "image"):
        with suppress(errors.ImageNotFound):
            raw = _inspect(session.engine, "inspect_image", "image", identity)
            if session.owns((raw.get("Config") or {}).get("Labels")) and not reading.tags(raw.get("RepoTags")):
                session.engine.remove_image(raw["Id"])
                gone.append(f"image {short_id(raw['Id'])}")
    return gone


_REMOVERS: dict[Kind, Callable[[Session, dict[str, str]], list[str]]] = {
    "container": _container,
    "network": _network,
    "volume": _volume,
    "tag": _tag,
    "image": _image,
}


def _found(session: Session, entry: dict[str, str], kind: str) -> list[str]:
    """The ids that an entry stands for: the one it names, or what carries its act (and did not inherit it)."""
    if "id" in entry:
        return [entry["id"]]
    wanted = {"label": [f"{ACT}={entry['act']}"]}
    api = session.engine.api
    with session.engine.asking():
        if kind == "container":
            listed = [row for row in api.containers(all=True, filters=wanted) if not _inherited(api, row, entry["act"])]
            return [str(row["Id"]) for row in listed]
        if kind == "network":
            return [str(row["Id"]) for row in api.networks(filters=wanted)]
        if kind == "volume":
            return [str(row["Name"]) for row in api.volumes(filters=wanted)["Volumes"] or ()]
        return [str(row["Id"]) for row in api.images(all=True, filters=wanted)]


def _inherited(api: Any, row: dict[str, Any], act: str) -> bool:
    config = api.inspect_image(row["ImageID"]).get("Config") or {}
    return bool((config.get("Labels") or {}).get(ACT) == act)


def _inspect(engine: Engine, call: str, kind: str, identity: str) -> dict[str, Any]:
    with engine.asking(f"{kind} {identity}"):
        found: dict[str, Any] = getattr(engine.api, call)(identity)
    return found


class _missing_is_fine:  # noqa: N801 - reads as the words of a with statement
    """Networks and volumes have no error of their own: a 404 means that they are gone already."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        return isinstance(error, errors.EngineRefused) and error.status == 404


def _twice(session: Session, kind: Kind, entry: dict[str, str]) -> list[str]:
    """A removal that fails once ("device busy", "removal in progress") mostly succeeds a moment later."""
    try:
        return _REMOVERS[kind](session, entry)
    except (errors.EngineGone, errors.EngineSilent):
        raise
    except errors.LabError:
        time.sleep(0.5)
        return _REMOVERS[kind](session, entry)
