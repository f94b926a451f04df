"""The visual language in one place: states, marks, heights, and the style sheet that all pictures share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from containerlab.draw.escape import Html, element


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: ``tone`` names the colour and the mark in theme.css, ``word`` is what is read."""

    tone: str
    word: str


STEP: dict[str, Look] = {
    "waiting": Look("wait", "waiting"),
    "running": Look("run", "running"),
    "cached": Look("ok", "cached"),
    "done": Look("done", "run"),
    "noted": Look("done", "noted"),
    "failed": Look("bad", "failed"),
    "cancelled": Look("bad", "cancelled"),
    "base": Look("ok", "present"),
    "unreached": Look("wait", "not reached"),
}

CONTAINER: dict[str, Look] = {
    "created": Look("wait", "created"),
    "running": Look("run", "running"),
    "paused": Look("warn", "paused"),
    "restarting": Look("run", "restarting"),
    "removing": Look("bad", "being removed"),
    "exited": Look("done", "exited"),
    "dead": Look("bad", "dead"),
    "removed": Look("bad", "removed"),
}

BUILD: dict[str, Look] = {
    "running": Look("run", "building"),
    "done": Look("done", "built"),
    "failed": Look("bad", "failed"),
    "cancelled": Look("bad", "cancelled"),
}


@cache
def css() -> str:
    """The style sheet of all pictures: JupyterLab's own variables, each with a fall-back for exported pages."""
    return Path(__file__).with_name("theme.css").read_text("utf-8")


def mark(look: Look, word: str | None = None) -> Html:
    """A state: colour, mark and word together. ``word=""`` shows the mark alone, its word for screen readers."""
    said = look.word if word is None else word
    shown = element("span", said) if said else element("span", look.word, class_="cl-sr")
    return element("span", element("i", class_="cl-mark", aria_hidden="true"), shown, class_=f"cl-state cl-{look.tone}")


def slab_height(size: int) -> int:
    """A layer's height in pixels: ten more for each factor of ten above 1 kB, never below a readable line."""
    return 30 + round(10 * math.log10(max(size, 1000) / 1000))
