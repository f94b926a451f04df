"""A question that is answered before the engine answers it; then both answers stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from containerlab.draw.escape import one_line
from containerlab.widgets.base import CourseWidget, css, esm


class Question(CourseWidget):
    """``answer`` is the list of options that the student chose, [] while there is none. ``truth`` is None until the
    engine has spoken, then the list of options that it proved right; from then on the answer is locked. ``note`` is a
    sentence under it, such as why."""

    _esm = esm("question")
    _css = css("question")
    prompt = traitlets.Unicode("").tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    kind = traitlets.Enum(("one", "many"), "one").tag(sync=True)
    answer = traitlets.List(traitlets.Unicode()).tag(sync=True)
    truth = traitlets.List(traitlets.Unicode(), default_value=None, allow_none=True).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)

    def __init__(self, prompt: str, options: Sequence[str], kind: str = "one", answer: Sequence[str] = ()) -> None:
        super().__init__(prompt=prompt, options=list(options), kind=kind, answer=list(answer))

    @traitlets.validate("answer")
    def _known_and_open(self, proposal: Any) -> list[str]:
        """Only options can be chosen, one where one is asked for, and none any more when the truth is known."""
        if self.truth is not None:
            return list(self.answer)
        chosen = [option for option in self.options if option in proposal["value"]]
        return chosen[:1] if self.kind == "one" else chosen

    @property
    def right(self) -> bool | None:
        """Whether the answer is the engine's; None before the engine spoke, or without an answer."""
        return None if self.truth is None or not self.answer else set(self.answer) == set(self.truth)

    def reveal(self, truth: Sequence[str], note: str = "") -> None:
        """The engine's answer: locks the student's."""
        with self.hold_sync():
            self.note = note
            self.truth = list(truth)

    def plain(self) -> str:
        sign = "( )" if self.kind == "one" else "[ ]"
        return "\n".join(
            [one_line(self.prompt, 300), *[f"  {sign} {one_line(option, 200)}" for option in self.options]]
        )
