"""The Dockerfile playground: an editor, and beside it what the build cache will make of each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from containerlab.widgets.base import CourseWidget, css, esm


class Playground(CourseWidget):
    """``dockerfile`` and ``files`` (name to text) are what is edited; ``rows`` are the steps beside it
    (``containerlab.draw.playground.rows``). With ``ask`` the oracle keeps silent until ``committed``.

    The page asks by messages: ``{"kind": "build"}``, ``{"kind": "orders"}``; ``asked`` is called with the kind.
    ``edits`` are the student's ``[{"file": name, "times": a day}]``, ``orders`` what each order would cost.
    """

    _esm = esm("playground")
    _css = css("playground")
    title = traitlets.Unicode("").tag(sync=True)
    builder = traitlets.Unicode("").tag(sync=True)
    dockerfile = traitlets.Unicode("").tag(sync=True)
    files = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    ask = traitlets.Bool(False).tag(sync=True)
    committed = traitlets.Bool(False).tag(sync=True)
    guesses = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Unicode()).tag(sync=True)
    state = traitlets.Enum(("open", "building", "built", "failed"), "open").tag(sync=True)
    score = traitlets.Unicode("").tag(sync=True)
    edits = traitlets.List(traitlets.Dict()).tag(sync=True)
    orders = traitlets.List(traitlets.Dict()).tag(sync=True)
    advice = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)

    def __init__(self, asked: Callable[[str], None] | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self._asked = asked
        self.on_msg(self._message)

    def _message(self, _: Any, content: Any, buffers: Any) -> None:
        if self._asked is not None and isinstance(content, dict) and content.get("kind") in ("build", "orders"):
            self._asked(content["kind"])

    def plain(self) -> str:
        return str(self.text)
