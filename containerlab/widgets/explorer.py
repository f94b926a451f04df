"""The layer explorer in a cell. The browser holds what it shows; each folder is asked for when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from containerlab.widgets.base import CourseWidget, css, esm

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class Explorer(CourseWidget):
    """``head`` and ``view`` are what ``containerlab.draw.explorer`` gave; ``text`` is the same in words, stable.

    The browser asks by messages ``{"kind": "view" | "file" | "content", "id": number, ...}``, and ``answer`` says what
    comes back, under the same kind and id. ``head`` and ``view`` as traits are the state that a saved notebook shows.
    """

    _esm = esm("explorer")
    _css = css("explorer")
    head = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self, answer: Answer, head: dict[str, Any], view: dict[str, Any] | None = None, text: str = ""
    ) -> None:
        super().__init__(head=head, view=view, text=text)
        self._answer = answer
        self.on_msg(self._asked)

    def fill(self, head: dict[str, Any], view: dict[str, Any], text: str) -> None:
        """The files, once they are read."""
        with self.hold_sync():
            self.head, self.view, self.text = head, view, text

    def _asked(self, _: Any, question: Any, buffers: Any) -> None:
        del buffers
        if isinstance(question, dict) and question.get("kind") in {"view", "file", "content"}:
            self.send({"id": question.get("id"), "kind": question["kind"], **self._answer(question)})

    def plain(self) -> str:
        return str(self.text)
