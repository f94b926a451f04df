"""What all widgets of the course have in common: stable text, a mime bundle that nbval can compare, shared assets."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import anywidget

from containerlab.draw import theme

_HERE = Path(__file__).parent


@cache
def esm(name: str) -> str:
    """The widget's module: ``common.js`` and ``NAME.js`` as one, since a saved notebook has nothing to import from."""
    return f"{(_HERE / 'common.js').read_text('utf-8')}\n{(_HERE / f'{name}.js').read_text('utf-8')}"


@cache
def css(name: str) -> str:
    """The widget's style sheet: the theme of all pictures and its own."""
    return f"{theme.css()}\n{(_HERE / f'{name}.css').read_text('utf-8')}"


class CourseWidget(anywidget.AnyWidget):
    """A widget whose ``text/plain`` is ``plain()``: stable, without ids and times."""

    def plain(self) -> str:
        """What stands for the widget where there is no widget: a terminal, a test, an untrusted notebook."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.plain()

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Text and the view, nothing else: nbval compares every other mime type."""
        view = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        return {"text/plain": self.plain(), "application/vnd.jupyter.widget-view+json": view}, {}
