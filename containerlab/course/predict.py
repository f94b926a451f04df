"""Commit first, then let the engine judge: questions, and the predictions that wait for the next run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before a run. ``truth`` gets the lab and what the run gave (a build, a container, a command's result) and
    returns the right options. Where it returns None, or asks the result for what it does not have (a question about
    a build, and the student listed images first), the question waits for the next run."""

    id: str
    prompt: str
    options: tuple[str, ...]
    truth: Callable[[Any, Any], Sequence[str] | None]
    kind: Literal["one", "many"] = "one"
    note: str = ""


def all_questions() -> tuple[Question, ...]:
    """The questions of all lectures."""
    from containerlab.course import registry

    return registry.questions()


class Asked(Protocol):
    """What the question's widget has, as far as scoring goes."""

    answer: Any

    def reveal(self, truth: Sequence[str], note: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Scored:
    """A prediction beside what the engine said; ``right`` is None where none was made."""

    question: Question
    answer: tuple[str, ...]
    truth: tuple[str, ...]

    @property
    def right(self) -> bool | None:
        return set(self.answer) == set(self.truth) if self.answer else None

    def __str__(self) -> str:
        engine = ", ".join(self.truth) or "nothing"
        if not self.answer:
            return f"No prediction made · the engine: {engine}"
        return f"Your prediction: {', '.join(self.answer)} · the engine: {engine}"


class Predictions:
    """The questions that wait. Asking the same one again replaces it: a cell can be run twice."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Question, Asked]] = {}

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(self._waiting)

    def ask(self, question: Question, asked: Asked) -> None:
        self._waiting[question.id] = (question, asked)

    def score(self, lab: Any, result: Any) -> list[Scored]:
        """Judge all that wait by this run; each widget gets its truth, and locks."""
        scored: list[Scored] = []
        for name, (question, asked) in list(self._waiting.items()):
            try:
                truth = question.truth(lab, result)
            except AttributeError:
                continue
            if truth is None:
                continue
            del self._waiting[name]
            outcome = Scored(question, tuple(asked.answer), tuple(truth))
            asked.reveal(outcome.truth, question.note)
            scored.append(outcome)
        return scored
