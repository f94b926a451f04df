"""A notebook's connection: which engine it works on, what it has made there, and the way back when it is gone."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from containerlab.errors import (
    CleanUpIncomplete,
    ConsentNeeded,
    ContainerNotFound,
    EngineGone,
    ImageNotFound,
    LabError,
)
from containerlab.folder import Folders
from containerlab.show import cell, in_notebook, say

if TYPE_CHECKING:
    from containerlab.engine.client import Engine
    from containerlab.engine.kept import Kept
    from containerlab.engine.ownership import Session
    from containerlab.model import Container, EngineInfo


class Connection:
    """Connects to an engine when it is first needed; ``use(address)`` names another."""

    def __init__(self, engine: Engine | None, home: Path) -> None:
        self.home = home
        self.folders = Folders(home)
        self.swept = 0
        self._asked_in = -1
        self._engine: Engine | None = None
        self._session: Session | None = None
        self._kept: Kept | None = None
        self._before: list[Session] = []
        if engine is not None:
            self._take(engine)

    @property
    def engine(self) -> Engine:
        """The engine; found or started when it is first asked for. EngineGone, once a cell, where it is gone."""
        if self._engine is None:
            self._connect("", None)
        assert self._engine is not None
        if not cell() or self._asked_in != cell():
            try:
                self._engine.ping()
            except EngineGone as gone:
                raise EngineGone(gone.what, self._way_back()) from None
            self._asked_in = cell()
        return self._engine

    def _way_back(self) -> str:
        if self._engine is not None and self._engine.kind == "private":
            return "lab.restart_engine() starts it again; then run this cell again."
        return "Start the engine again; then run this cell again."

    @property
    def session(self) -> Session:
        """What this notebook has made, as recorded."""
        _ = self.engine
        assert self._session is not None
        return self._session

    @property
    def kept(self) -> Kept:
        """What this notebook's builds leave in the engine's cache."""
        _ = self.engine
        assert self._kept is not None
        return self._kept

    @property
    def info(self) -> EngineInfo:
        return self.engine.info()

    def connected(self) -> None:
        """EngineGone, with the next step, where the engine does not answer now."""
        self._asked_in = -1
        _ = self.engine

    def connect(self) -> None:
        """Find the engine; again, where it went away since."""
        self._asked_in = -1
        try:
            _ = self.engine
        except EngineGone:
            self._find_again()

    def use(self, address: str, consent: bool | None = None) -> None:
        """Work on another engine from now on: "docker", "podman", "private" or an address. Says which answers.

        ``consent=True`` agrees to an engine on another machine beforehand; else it is asked for."""
        try:
            self._connect(address, consent)
        except ConsentNeeded as needed:
            raise ConsentNeeded(needed.what, f"to use it all the same: lab.use({address!r}, consent=True)") from None
        say(self.greeting())

    def reconnect(self) -> None:
        """Find the engine again after it went away; the lab's own is started again if it died. Says which answers."""
        self._find_again()
        say(self.greeting())

    def _find_again(self) -> None:
        choice = ""
        if self._engine is not None:
            choice = "private" if self._engine.kind == "private" else self._engine.address
        self._connect(choice, True if choice else None)

    restart_engine = reconnect

    def ensure_bases(self) -> None:
        """The lectures' base images, on the lab's own engine: made where they are missing, saying so."""
        from containerlab.engine import bases, wire

        if self.engine.kind != "private":
            return
        listed = wire.get(self.engine.address, "/images/json", 10.0)  # without docker-py: its import takes longer
        there = {tag.removesuffix(":latest") for image in listed for tag in image.get("RepoTags") or ()}
        if there.issuperset(bases.NAMES):
            return
        try:
            bases.ensure(self.engine, progress=lambda what, _: say(what))
        except LabError as error:
            say(str(error))

    def greeting(self) -> str:
        """The line that names the engine."""
        return f"Engine: {self.info}"

    def _connect(self, choice: str, consent: bool | None) -> None:
        from containerlab.engine.find import find

        self._take(find(choice, consent=ask_consent if consent is None else consent, home=self.home))

    def _take(self, engine: Engine) -> None:
        from containerlab.engine.kept import Kept
        from containerlab.engine.ownership import Session, sweep

        self._asked_in = cell()
        if self._session is not None and self._engine is not None and engine.address == self._engine.address:
            self._engine.close()  # its connections are dead; the session's records go on
            self._engine = engine
            return
        if self._session is not None:
            self._before.append(self._session)
        else:
            atexit.register(self.close)
        self._engine = engine
        self._session = Session(engine, self.home)
        self._kept = Kept(self._session)
        try:
            removed = sweep(engine, self.home).removed
            self.swept = sum(not name.startswith("build cache ") for name in removed)
        except CleanUpIncomplete as incomplete:
            say(str(incomplete))

    # -- what is ours ---------------------------------------------------------------------------------------------

    def owns(self, container: Container) -> bool:
        """Whether this lab made it: by the label of the act that it recorded. (Its name, and the labels that it has
        from its image, prove nothing.)"""
        act = dict(container.labels).get("org.containerlab.act")
        return act is not None and any(
            entry.get("act") == act for session in [self.session, *self._before] for entry in session.records()
        )

    def remove_made(self, labels: Mapping[str, str]) -> None:
        """Removes the container of one act, also one whose id never reached us."""
        for container in self.engine.containers(labels=labels):
            with suppress(ContainerNotFound):
                self.engine.remove(container.id, force=True)

    @contextmanager
    def naming(self, *tags: str) -> Iterator[None]:
        """What is done within gives these tags. They are ours to take back; one that somebody else's image had goes
        back to that image. A new one is recorded at once (a killed kernel), one that moves when it has moved."""
        had: dict[str, str | None] = {}
        for tag in tags:
            try:
                image = self.engine.image(tag)
                had[tag] = None if self.session.owns(dict(image.config.labels)) else image.id
            except ImageNotFound:
                self.session.record("tag", tag)
        yield
        for tag in tags:
            with suppress(ImageNotFound):
                if tag not in had or self.engine.image(tag).id != had[tag]:
                    self.session.record("tag", tag, had.get(tag) or "")

    def clean(self) -> None:
        """Remove what this session made, and nothing else; says what went."""
        from containerlab.cleaning import told

        removed: list[str] = []
        left: list[str] = []
        for session in [*self._before, self.session]:
            cleaned = session.clean()
            removed += cleaned.removed
            left += cleaned.left
        self._before.clear()
        self.folders.clean()
        say("\n".join([told(removed), *(f"Left, since somebody else uses it: {name}" for name in left)]))

    def close(self) -> None:
        """What happens at the end of the kernel: the same without a word. What cannot be removed now is swept at the
        next start."""
        atexit.unregister(self.close)
        for session in [*self._before, *([self._session] if self._session else [])]:
            with suppress(Exception):
                session.clean()
            with suppress(Exception):
                session.close()
        self.folders.clean()


def ask_consent(address: str) -> bool:
    """Asks the person at the keyboard, where there is one; nobody there is a no."""
    if os.environ.get("CI") or (not in_notebook() and not os.isatty(0)):
        return False
    try:
        said = input(f"The engine at {address} is on another machine. Use it? [y/N] ")
    except (EOFError, OSError, RuntimeError, NotImplementedError):
        return False
    return said.strip().lower() in ("y", "yes")
