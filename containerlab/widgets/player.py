"""The build player: live while the engine builds, then played back step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import traitlets

from containerlab.draw import player as draw
from containerlab.model import Build
from containerlab.widgets.base import CourseWidget, css, esm

PATCHES_A_SECOND = 50
_HEAD = ("title", "builder", "state", "tone", "word", "time", "context", "error", "image", "imageFull", "order")


class Player(CourseWidget):
    """``frames`` is the whole build as JSON (``containerlab.draw.player.frames``); ``text`` the same in words.

    While a build runs, ``follow`` sends only what changed, at most 50 times a second, as messages
    ``{"kind": "patch", "head": {...}, "steps": {index: step}}``; ``finish`` sets the final state as a trait, so that
    a second view and the saved notebook have all of it.
    """

    _esm = esm("player")
    _css = css("player")
    frames = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        build: Build | None = None,
        previous: Build | None = None,
        *,
        live: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._previous = previous
        self._clock = clock
        self._sent_at = -1.0
        self._sent: dict[str, Any] = {}
        shown = draw.frames(build, previous) if build else {}
        super().__init__(frames=shown, text=draw.player_text(build) if build else "", live=live)
        self._sent = shown

    def follow(self, build: Build | Callable[[], Build]) -> bool:
        """Show the build as far as it is. Cheap when called for every event: what comes faster than the screen can
        show is skipped (a function is then not even called). Tells whether it was sent."""
        now = self._clock()
        if self._sent_at >= 0 and now - self._sent_at < 1 / PATCHES_A_SECOND:
            return False
        self._sent_at = now
        shown = draw.frames(build() if callable(build) else build, self._previous)
        if not self._sent.get("steps"):
            self.live = True
            self.frames = self._sent = shown
            return True
        before = self._sent["steps"]
        steps = {str(at): step for at, step in enumerate(shown["steps"]) if at >= len(before) or before[at] != step}
        head = {key: shown[key] for key in _HEAD if shown[key] != self._sent[key]}
        self._sent = shown
        if steps or head:
            self.send({"kind": "patch", "head": head, "steps": steps})
        return bool(steps or head)

    def finish(self, build: Build, previous: Build | None = None) -> None:
        """The build as it ended, whichever way; from here on it can be played."""
        self._previous = previous or self._previous
        self._sent = draw.frames(build, self._previous)
        with self.hold_sync():
            self.text = draw.player_text(build)
            self.frames = self._sent
            self.live = False

    def plain(self) -> str:
        return str(self.text)
